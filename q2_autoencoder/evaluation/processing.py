"""Two controls of dis_net: what photo editors do to soft images, fitted on training images.

Each is made so strong that the training reconstructions of a run are as sharp as their originals.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from scipy.optimize import brentq
from torch import Tensor

from q2_autoencoder.config import Processing
from q2_autoencoder.evaluation.sharpness import sharpness, sharpness_ratio
from q2_autoencoder.networks.blur import blur

Change = Callable[[Tensor], Tensor]  # of pixels (N, 784)

FITTED_IMAGES = 2000  # training images: the first ones
FACTORS = (0.5, 4.0)  # between which a contrast's factor is looked for
MASK_WIDTHS = (0.5, 0.8, 1.2)  # pixels: of the blur whose difference is added
AMOUNTS = (-0.9, 8.0)  # between which that difference's factor is looked for


def stretched(pixels: Tensor, factor: float) -> Tensor:
    """Return pixels (N, 784) with their contrast stretched about one half, cut off at 0 and 1."""
    return (0.5 + factor * (pixels - 0.5)).clamp(0, 1)


def unsharp_masked(pixels: Tensor, width: float, amount: float) -> Tensor:
    """Return pixels (N, 784) plus `amount` times what a blur of `width` pixels takes away."""
    return (pixels + amount * (pixels - blur(pixels, width))).clamp(0, 1)


def fitted(processing: Processing, originals: Tensor, reconstructions: Tensor) -> Change:
    """Return the processing after which `reconstructions` are as sharp as `originals`, (N, 784).

    By the median over the images. Where no strength between the limits does it, it is the limit. An
    unsharp mask has the width that leaves the smallest L1.
    """
    own = sharpness(originals)

    def strength(change: Callable[[Tensor, float], Tensor], limits: tuple[float, float]) -> float:
        def excess(value: float) -> float:
            return sharpness_ratio(own, change(reconstructions, value)) - 1

        low, high = limits
        if excess(high) < 0:
            return high
        if excess(low) > 0:
            return low
        found: Any = brentq(excess, low, high, xtol=1e-4)
        return found

    if processing == "none":
        return lambda pixels: pixels
    if processing == "contrast":
        return partial(stretched, factor=strength(stretched, FACTORS))
    masks = [
        partial(
            unsharp_masked,
            width=width,
            amount=strength(lambda p, a, w=width: unsharp_masked(p, w, a), AMOUNTS),
        )
        for width in MASK_WIDTHS
    ]
    return min(masks, key=lambda change: (change(reconstructions) - originals).abs().mean().item())
