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
    absolute, squared = [], []
    with torch.no_grad():
        for batch in images.split(EVALUATION_BATCH):
            pixels = to_pixels(batch)
            difference = reconstruct(pixels).float() - pixels
            absolute.append(difference.abs().sum(1))
            squared.append(difference.square().sum(1))
    # Image by image in single precision, which every device has; over the images in double.
    absolute, squared = (torch.cat(parts).cpu().double().sum() for parts in (absolute, squared))
    count = images.numel()
    return Errors(
        l1=(absolute / count).item(),
        mse=(squared / count).item(),
        squared_error=(squared / len(images)).item(),
    )
