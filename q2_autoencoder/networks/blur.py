"""Blurred images, and how well a network labels them."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from q2_autoencoder.networks.batches import EVALUATION_BATCH
from q2_autoencoder.records import BlurAccuracy
from shared.datasets import SIDE

WIDTHS_PER_BATCH = 5  # one for all made dis_net learn a threshold that wanders with the batch
TESTED_WIDTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5)


def _mirrored(reach: int) -> Tensor:
    """Return which pixel of a row lies at place i + offset, (28, 2 * reach + 1).

    Beyond the edge the row is mirrored, as torchvision's gaussian_blur does.
    """
    offsets = torch.arange(-reach, reach + 1)
    places = (torch.arange(SIDE)[:, None] + offsets).abs()
    return (SIDE - 1) - (SIDE - 1 - places).abs()


def blur_matrices(widths: Tensor, widest: float) -> Tensor:
    """Return the matrices (W, 28, 28) that blur the columns of an image, one for each width (W,).

    Gaussians of standard deviation `widths` pixels, sampled at whole pixels, that reach three
    widths to either side. As matrices, blurring is two products with all images of a batch. They
    are made on the host, where the widths are drawn: the device need not be waited for. No width
    is above `widest`.
    """
    reach = math.ceil(3 * widest)
    offsets = torch.arange(-reach, reach + 1)
    kernels = (-0.5 * (offsets / widths[:, None]).square()).exp()
    kernels = kernels * (offsets.abs() <= (3 * widths[:, None]).ceil())
    kernels = kernels / kernels.sum(1, keepdim=True)
    shape = (len(widths), SIDE, 2 * reach + 1)
    places = _mirrored(reach).expand(shape)
    matrices = torch.zeros(len(widths), SIDE, SIDE)
    return matrices.scatter_add_(2, places, kernels[:, None].expand(shape))


def blur(pixels: Tensor, width: float) -> Tensor:
    """Return pixels (N, 784) blurred by a Gaussian of standard deviation `width` pixels."""
    matrix = blur_matrices(torch.tensor([width]), width)[0].to(pixels.device)
    return (matrix @ (pixels.view(-1, SIDE, SIDE) @ matrix.T)).flatten(1)


def blur_randomly(
    pixels: Tensor, widths: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """Return pixels (N, 784) blurred by widths drawn evenly from a range, one for each fifth."""
    low, high = widths
    drawn = low + (high - low) * torch.rand(WIDTHS_PER_BATCH, generator=generator)
    fifths = torch.arange(len(pixels), device=pixels.device) * WIDTHS_PER_BATCH // len(pixels)
    # On MPS a copy that is not waited for may read what is freed already.
    matrices = blur_matrices(drawn, high).to(pixels.device, non_blocking=pixels.is_cuda)[fifths]
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
