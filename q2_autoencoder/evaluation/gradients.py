"""How steep the edges of images are: the criterion by which dis_net's weights were chosen."""

import torch
from torch import Tensor
from torch.nn import functional

from q2_autoencoder.networks.batches import map_batches
from shared.datasets import SIDE


def gradient_magnitudes(pixels: Tensor) -> Tensor:
    """Return the lengths (N, 676) of the gradients within pixels (N, 784), by Prewitt's filters.

    As differences of the means of three pixels, over two pixels.
    """
    across = torch.tensor([-1.0, 0.0, 1.0], device=pixels.device).expand(3, 3) / 3
    filters = torch.stack([across, across.T])[:, None]
    gradients = functional.conv2d(pixels.view(-1, 1, SIDE, SIDE), filters)
    return gradients.square().sum(1).sqrt().flatten(1)


def gradient_distance(originals: Tensor, others: Tensor) -> float:
    """Return how unlike the steepnesses of edges are in pairs of pixels (N, 784), as a mean.

    Wasserstein's distance of the two images' gradient magnitudes, wherever they lie: 0 where both
    have edges of the same steepness, and as many. It tells too soft from too steep no more than L1
    tells too dark from too light; both count.
    """
    own, other = (map_batches(_sorted_magnitudes, pixels) for pixels in (originals, others))
    return (own - other).abs().double().mean().item()


def _sorted_magnitudes(pixels: Tensor) -> Tensor:
    return gradient_magnitudes(pixels).sort(1).values
