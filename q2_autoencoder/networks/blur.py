"""Blurred images, and how well a network labels them."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.transforms.v2 import functional as transforms

from q2_autoencoder.networks.batches import EVALUATION_BATCH
from q2_autoencoder.records import BlurAccuracy

WIDTHS_PER_BATCH = 5  # one for all made dis_net learn a threshold that wanders with the batch
TESTED_WIDTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5)


def blur(pixels: Tensor, width: float) -> Tensor:
    """Return pixels (N, 784) blurred by a Gaussian of standard deviation `width` pixels.

    The kernel reaches three widths to either side.
    """
    side = 2 * math.ceil(3 * width) + 1
    images = pixels.view(-1, 1, 28, 28)
    return transforms.gaussian_blur(images, [side, side], [width, width]).flatten(1)


def blur_randomly(
    pixels: Tensor, widths: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """Return pixels (N, 784) blurred by widths drawn evenly from a range, one for each fifth."""
    low, high = widths
    drawn = low + (high - low) * torch.rand(WIDTHS_PER_BATCH, generator=generator)
    parts = zip(pixels.tensor_split(WIDTHS_PER_BATCH), drawn.tolist(), strict=True)
    return torch.cat([blur(part, width) for part, width in parts])


@torch.no_grad()
def sharp_share(network: nn.Module, pixels: Tensor) -> float:
    """Return the share of pixels (N, 784) that `network` scores above 0, as sharp."""
    labels = [network(part) > 0 for part in pixels.split(EVALUATION_BATCH)]
    return torch.cat(labels).double().mean().item()


def accuracy_by_blur_width(
    network: nn.Module, pixels: Tensor, widths: Sequence[float] = TESTED_WIDTHS
) -> list[BlurAccuracy]:
    """Return the share of sharp `pixels` (N, 784) that `network` labels rightly, by blur width.

    First at width 0, where the images are as they are and the right label is "sharp".
    """
    found = [BlurAccuracy(0.0, sharp_share(network, pixels))]
    for width in widths:
        found.append(BlurAccuracy(width, 1 - sharp_share(network, blur(pixels, width))))
    return found
