"""Errors of reconstructions over a whole image set."""

from collections.abc import Callable

import torch
from torch import Tensor

from q2_autoencoder.networks.batches import EVALUATION_BATCH, to_pixels
from q2_autoencoder.records import Errors


def reconstruction_errors(reconstruct: Callable[[Tensor], Tensor], images: Tensor) -> Errors:
    """Return the mean errors of `reconstruct` on uint8 `images` (N, 28, 28).

    `reconstruct` maps pixels (B, 784) in [0, 1] to the same.
    """
    absolute = squared = torch.zeros((), dtype=torch.float64)
    with torch.no_grad():
        for batch in images.split(EVALUATION_BATCH):
            pixels = to_pixels(batch)
            difference = reconstruct(pixels).float() - pixels
            absolute = absolute + difference.abs().sum(dtype=torch.float64).cpu()
            squared = squared + difference.square().sum(dtype=torch.float64).cpu()
    count = images.numel()
    return Errors(
        l1=(absolute / count).item(),
        mse=(squared / count).item(),
        squared_error=(squared / len(images)).item(),
    )
