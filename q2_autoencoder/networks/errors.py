"""Errors of reconstructions over a whole image set."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from q2_autoencoder.networks.batches import to_pixels

BATCH = 1000  # images; bounds the memory, not the result


def reconstruction_errors(
    reconstruct: Callable[[Tensor], Tensor], images: Tensor
) -> dict[str, float]:
    """Return the mean errors of `reconstruct` on uint8 `images` (N, 28, 28).

    `reconstruct` maps pixels (B, 784) in [0, 1] to the same. The errors: "l1" and "mse" are
    means over pixels, "squared_error" is the sum over the pixels of an image, averaged over
    images (the unit of Hinton and Salakhutdinov, Science 2006).
    """
    absolute = squared = torch.zeros((), dtype=torch.float64)
    with torch.no_grad():
        for batch in images.split(BATCH):
            pixels = to_pixels(batch)
            difference = reconstruct(pixels).float() - pixels
            absolute = absolute + difference.abs().sum(dtype=torch.float64).cpu()
            squared = squared + difference.square().sum(dtype=torch.float64).cpu()
    count = images.numel()
    return {
        "l1": (absolute / count).item(),
        "mse": (squared / count).item(),
        "squared_error": (squared / len(images)).item(),
    }


def mean_and_sd(values: Sequence[float]) -> dict[str, Any]:
    """Return "mean", sample standard deviation "sd" (None for one value) and the "values"."""
    return {
        "mean": statistics.fmean(values),
        "sd": statistics.stdev(values) if len(values) > 1 else None,
        "values": list(values),
    }


def mean_sd_text(spread: dict[str, Any], form: str) -> str:
    """Return "mean ± sd" of what `mean_and_sd` gave, or the mean alone of one value."""
    mean = f"{spread['mean']:{form}}"
    return mean if spread["sd"] is None else f"{mean} ± {spread['sd']:{form}}"
