"""How sharp images are, from their edges alone."""

from typing import Any

from scipy.optimize import brentq
from torch import Tensor

from q2_autoencoder.evaluation.detail import laplacian
from q2_autoencoder.networks.blur import blur

WIDEST = 8.0  # pixels: wider blurs are not told apart


def sharpness(pixels: Tensor) -> Tensor:
    """Return the variance (N,) of the Laplacian of each image of pixels (N, 784).

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (2000).
    """
    return laplacian(pixels.view(-1, 28, 28)).flatten(1).var(1)


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
        blurred = originals if width == 0 else blur(originals, width)
        return sharpness_ratio(own, blurred) - ratio

    if ratio >= 1:
        return 0.0
    # From below: a wide kernel is slow, and most answers are small.
    low, high = 0.0, 0.5
    while excess(high) > 0:
        if high >= WIDEST:
            return WIDEST
        low, high = high, 2 * high
    width: Any = brentq(excess, low, high, xtol=1e-3)
    return width
