"""Blurred images, and how well a network labels them."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from q2_autoencoder.networks.batches import EVALUATION_BATCH
from q2_autoencoder.records import BlurAccuracy
from shared.datasets import SIDE

TESTED_WIDTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5)


def blur_matrices(widths: Tensor, side: int = SIDE) -> Tensor:
    """Return the matrices (W, side, side) that blur the columns of an image, one a width (W,).

    The discrete Gaussian kernel (Lindeberg, "Scale-space for discrete signals", 1990): heat that
    flows from pixel to pixel for the time width². Its standard deviation is exactly `widths`
    pixels, however small; a Gaussian sampled at whole pixels has 0.09 where 0.3 is asked for. At
    the edge the row is mirrored, so that the cosines of the DCT-II are the eigenvectors.
    """
    angles = torch.arange(side, dtype=torch.float64) * (math.pi / side)
    cosines = torch.cos((torch.arange(side, dtype=torch.float64) + 0.5)[:, None] * angles)
    cosines = cosines / cosines.norm(dim=0)
    # On the host, where the widths are drawn: the device need not be waited for, nor know doubles.
    kept = (widths.double().square()[:, None] * (angles.cos() - 1)).exp()
    return ((cosines * kept[:, None]) @ cosines.T).float()


def blur(pixels: Tensor, width: float) -> Tensor:
    """Return pixels (N, 784) blurred by a Gaussian of standard deviation `width` pixels."""
    matrix = blur_matrices(torch.tensor([width]))[0].to(pixels.device)
    return (matrix @ (pixels.view(-1, SIDE, SIDE) @ matrix.T)).flatten(1)


def blur_randomly(
    pixels: Tensor, widths: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """Return pixels (N, 784), each image blurred by a width of its own from a range.

    The widths are spread evenly (one is drawn from each N-th of the range), so that all batches
    are equally hard: a few widths a batch, or one, make the threshold of a network that learns
    from them wander with the batch.
    """
    low, high = widths
    places = torch.arange(len(pixels)) + torch.rand(len(pixels), generator=generator)
    matrices = blur_matrices(low + (high - low) * places / len(pixels))
    # On MPS a copy that is not waited for may read what is freed already.
    matrices = matrices.to(pixels.device, non_blocking=pixels.is_cuda)
    return (matrices @ pixels.view(-1, SIDE, SIDE) @ matrices.mT).flatten(1)


@torch.no_grad()
def sharp_share(network: nn.Module, pixels: Tensor) -> float:
    """Return the share of pixels (N, 784) that `network` scores above 0, as sharp."""
    labels = [network(part) > 0 for part in pixels.split(EVALUATION_BATCH)]
    return torch.cat(labels).sum().item() / len(pixels)


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
