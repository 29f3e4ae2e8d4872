"""Blurs that are no Gaussian, with which a judge of blur is trained or tested."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from shared.datasets import SIDE

TAPS = 9  # places along a movement whose mean is its blur


def smeared(pixels: Tensor, across: float, down: float) -> Tensor:
    """Return pixels (N, 784) moved evenly along a way of so many pixels about their place.

    The mean over `TAPS` places, between which pixels are interpolated linearly.
    """
    images = pixels.view(-1, 1, SIDE, SIDE)
    total = torch.zeros_like(images)
    for tap in range(TAPS):
        place = (tap + 0.5) / TAPS - 0.5
        total += _shifted(_shifted(images, place * across, axis=3), place * down, axis=2)
    return (total / TAPS).flatten(1)


def _shifted(images: Tensor, pixels: float, axis: int) -> Tensor:
    """Return images (N, 1, 28, 28) shifted along an axis, black beyond the edge."""
    whole = math.floor(pixels)
    part = pixels - whole
    reach = abs(whole) + 1
    margins = [reach, reach, 0, 0] if axis == 3 else [0, 0, reach, reach]
    framed = functional.pad(images, margins)
    near = framed.narrow(axis, reach + whole, SIDE)
    return near if part == 0 else near.lerp(framed.narrow(axis, reach + whole + 1, SIDE), part)


def motion_blur(pixels: Tensor, length: float, angle: float) -> Tensor:
    """Return pixels (N, 784) smeared along a line of `length` pixels at `angle` radians."""
    return smeared(pixels, length * math.cos(angle), length * math.sin(angle))


def box_blur(pixels: Tensor, side: float) -> Tensor:
    """Return pixels (N, 784) averaged over a square of `side` pixels."""
    return smeared(smeared(pixels, side, 0), 0, side)


def median_filtered(pixels: Tensor, side: int) -> Tensor:
    """Return pixels (N, 784) with the median of a square of `side` pixels, odd, in their places."""
    images = pixels.view(-1, 1, SIDE, SIDE)
    windows = functional.unfold(functional.pad(images, [side // 2] * 4), side)
    return windows.median(1).values
