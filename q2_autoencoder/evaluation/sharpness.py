"""How sharp images are, from their edges alone, and how their power is spread over frequencies."""

import math
from typing import Any

import torch
from scipy.optimize import brentq
from torch import Tensor

from q2_autoencoder.evaluation.detail import laplacian
from q2_autoencoder.networks.blur import blur
from shared.datasets import SIDE

WIDEST = 8.0  # pixels: wider blurs are not told apart
RINGS = SIDE // 2  # of spatial frequency: k cycles an image, up to the Nyquist frequency


def sharpness(pixels: Tensor) -> Tensor:
    """Return the variance (N,) of the Laplacian of each image of pixels (N, 784).

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (2000).
    """
    return laplacian(pixels.view(-1, SIDE, SIDE)).flatten(1).var(1)


def sharpness_ratios(originals: Tensor, others: Tensor) -> Tensor:
    """Return the sharpness of `others` over that of `originals` (N,), image by image."""
    return sharpness(others) / sharpness(originals)


def sharpness_ratio(own: Tensor, others: Tensor) -> float:
    """Return the median of the sharpness of `others`, pixels (N, 784), over the originals' `own`.

    `own` is what `sharpness` returns of the originals, (N,): many others are compared with them.
    """
    return (sharpness(others) / own).median().item()


def equivalent_blur(originals: Tensor, own: Tensor, ratio: float) -> float:
    """Return the width of the blur, in pixels, that leaves `originals` (N, 784) this `ratio`.

    `own` is their sharpness (N,). At most `WIDEST`; 0 for a ratio of 1 and more.
    """

    def excess(width: float) -> float:
        return sharpness_ratio(own, blur(originals, width)) - ratio

    if ratio >= 1:
        return 0.0
    if excess(WIDEST) > 0:
        return WIDEST
    width: Any = brentq(excess, 0.0, WIDEST, xtol=1e-3)
    return width


def power_by_frequency(pixels: Tensor) -> Tensor:
    """Return the mean power (14,) of pixels (N, 784) at 1 to 14 cycles an image, in any direction.

    The radially averaged power spectrum: each frequency counts to the ring that it is nearest to.
    """
    spectrum = torch.fft.fft2(pixels.view(-1, SIDE, SIDE)).abs().square().mean(0)
    cycles = torch.fft.fftfreq(SIDE, 1 / SIDE, device=pixels.device)
    radius = torch.hypot(cycles[:, None], cycles).round().long()
    return torch.stack([spectrum[radius == ring].mean() for ring in range(1, RINGS + 1)])


def decibels(own: Tensor, others: Tensor) -> Tensor:
    """Return how many decibels the powers `others` lie above `own`; no fewer than −120."""
    return 10 / math.log(10) * (others / own).clamp(min=1e-12).log()
