"""How alike two sets of images are as sets, on the features of a network.

Two unlike sets of features: those of the evaluation classifier, which serve to tell digits, and
those of random weights, which nothing was ever taught: means of textures over the whole image.
"""

import statistics
from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from shared.datasets import SIDE

RANDOM_FEATURES_SEED = 20_240
WINDOW, CHANNELS = 5, (24, 48)  # of the random network: pixels a side, feature maps a layer
SCALE = 100.0  # of its features, so that distances are numbers of an ordinary size
BLOCK = 1000  # images of each set that the kernel compares, each with each


class RandomFeatures(nn.Module):
    """Features (N, 72) of pixels (N, 784) by two convolutions with random weights.

    Each is the mean of a feature map over the image: how much of a texture there is, wherever. The
    24 filters of the first layer are orthogonal to each other and to constant brightness; there
    are no more such filters of 5×5 pixels. Random convolutions are known to serve nearly as well
    as trained ones (Saxe et al., "On random weights and unsupervised feature learning", 2011).
    """

    def __init__(self):
        super().__init__()
        (first, second), around = CHANNELS, WINDOW // 2
        with torch.random.fork_rng(devices=[]):  # their own weights are replaced
            self.first = nn.Conv2d(1, first, WINDOW, padding=around, bias=False)
            self.second = nn.Conv2d(first, second, WINDOW, stride=2, padding=around, bias=False)
        generator = torch.Generator().manual_seed(RANDOM_FEATURES_SEED)
        constant = torch.ones(1, WINDOW**2)
        filters = torch.cat([constant, torch.randn(first, WINDOW**2, generator=generator)])
        orthogonal = torch.linalg.qr(filters.T).Q.T[1:]
        self.first.weight.data = orthogonal.reshape(self.first.weight.shape).contiguous()
        nn.init.orthogonal_(self.second.weight, generator=generator)
        self.eval().requires_grad_(False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the features."""
        first = self.first(pixels.view(-1, 1, SIDE, SIDE)).relu()
        second = self.second(first).relu()
        return SCALE * torch.cat([first.mean((2, 3)), second.mean((2, 3))], 1)


class _Given(nn.Module):
    """Features that are there already, in the shape that torchmetrics asks for."""

    def __init__(self, count: int):
        super().__init__()
        self.num_features = count

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet_distance(features: Tensor, others: Tensor) -> float:
    """Return the Fréchet distance of two sets of features (N, F), on the CPU.

    Of the Gaussians with the sets' means and covariances (Heusel et al. 2017), whose features
    are Inception's. On other ones a distance can be compared within this project only.
    """
    metric: Any = FrechetInceptionDistance(feature=_Given(features.shape[1]))
    metric.update(features, real=True)
    metric.update(others, real=False)
    return metric.compute().item()


def kernel_distance(features: Tensor, others: Tensor) -> float:
    """Return the kernel distance (KID) of two sets of features (N, F), on the CPU.

    The squared maximum mean discrepancy under the kernel (x·y/F + 1)³ (Bińkowski et al. 2018):
    unbiased, so that of equal distributions it is 0 on average, however few images there are. The
    mean over blocks of `BLOCK` images of each set, as theirs is over subsets. An image is never
    compared with its own reconstruction, which would let the sets pass for more than alike.
    (torchmetrics' distance does compare them, and draws from the global random numbers.)
    """
    blocks = zip(features.double().split(BLOCK), others.double().split(BLOCK), strict=True)
    return statistics.fmean(_discrepancy(a, b) for a, b in blocks)


def _discrepancy(a: Tensor, b: Tensor) -> float:
    """Return the unbiased squared discrepancy of two sets of as many features (N, F)."""
    count = len(a)

    def mean_kernel(x: Tensor, y: Tensor) -> Tensor:
        kernel = (x @ y.T / x.shape[1] + 1) ** 3
        return (kernel.sum() - kernel.trace()) / (count * (count - 1))

    return (mean_kernel(a, a) + mean_kernel(b, b) - 2 * mean_kernel(a, b)).item()
