"""How clear reconstructions are, judged by what no autoencoder was trained against.

No number says all. Sharpness knows edges and no digits: noise is sharp, too. The referee knows
what blur does, and is easily content. The classifier knows digits, and forgives blur. The Fréchet
distance compares the two sets as a whole, not picture by picture, on features that serve to tell
digits. SSIM, L1 and MSE compare pixel by pixel and reward the middle between two possible
pictures, which is blurred.
"""

from typing import NamedTuple

import torch
from scipy.optimize import brentq
from torch import Tensor, nn
from torchmetrics.functional.image import structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.blur_classifier import Referee
from q2_autoencoder.evaluation.classifier import Classifier
from q2_autoencoder.evaluation.detail import laplacian
from q2_autoencoder.networks.discriminator import blur, share_clear
from q2_autoencoder.networks.errors import BATCH

WIDEST = 8.0  # pixels: more blur than this is not told apart


class Clarity(NamedTuple):
    """What was measured of reconstructions against their originals.

    Attributes:
        sharpness_ratio: median of the pictures' ratios, reconstruction over original.
        equivalent_blur: width in pixels of the blur that makes originals equally soft; 0 where
            reconstructions are as sharp as originals or sharper.
        clear_share: share that the referee scores as clear.
        digit_accuracy: share that the classifier reads as the original's digit.
        frechet_distance: between the two sets, on the classifier's features.
        ssim: structural similarity (Wang et al. 2004), mean over the pictures.
        l1, mse: per pixel.
    """

    sharpness_ratio: float
    equivalent_blur: float
    clear_share: float
    digit_accuracy: float
    frechet_distance: float
    ssim: float
    l1: float
    mse: float


def sharpness(pixels: Tensor) -> Tensor:
    """Return the variance (N,) of the Laplacian of each picture of pixels (N, 784).

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (2000).
    """
    return laplacian(pixels.view(-1, 28, 28)).flatten(1).var(1)


def sharpness_ratios(originals: Tensor, others: Tensor) -> Tensor:
    """Return the sharpness of `others` over that of `originals` (N,), picture by picture."""
    return sharpness(others) / sharpness(originals)


def sharpness_ratio(originals: Tensor, others: Tensor) -> float:
    """Return the median over the pictures of sharpness of `others` over that of `originals`."""
    return sharpness_ratios(originals, others).median().item()


def equivalent_blur(originals: Tensor, ratio: float) -> float:
    """Return the width of the blur, in pixels, that leaves `originals` (N, 784) this `ratio`.

    At most `WIDEST`; 0 for a ratio of 1 and more.
    """

    def excess(width: float) -> float:
        left = originals if width == 0 else blur(originals, width)
        return sharpness_ratio(originals, left) - ratio

    if ratio >= 1:
        return 0.0
    # From below: a wide kernel is slow, and most answers are small.
    low, high = 0.0, 0.5
    while excess(high) > 0:
        if high >= WIDEST:
            return WIDEST
        low, high = high, 2 * high
    return brentq(excess, low, high, xtol=1e-3)


class _Features(nn.Module):
    """The classifier's features in the shape that torchmetrics asks for."""

    num_features = classifier.FEATURES

    def __init__(self, reader: Classifier):
        super().__init__()
        self.reader = reader

    def forward(self, pixels: Tensor) -> Tensor:
        return self.reader.features(pixels)


@torch.no_grad()
def frechet_distance(reader: Classifier, originals: Tensor, others: Tensor) -> float:
    """Return the Fréchet distance of two sets of pixels (N, 784) on `reader`'s features.

    Of the Gaussians with the sets' means and covariances (Heusel et al. 2017), whose features
    are Inception's. On these ones a distance can be compared within this project only.
    """
    metric = FrechetInceptionDistance(feature=_Features(reader), normalize=True)
    metric = metric.to(originals.device)
    for real, pixels in ((True, originals), (False, others)):
        for part in pixels.split(BATCH):
            metric.update(part, real=real)
    return metric.compute().item()


def mean_ssim(originals: Tensor, others: Tensor) -> float:
    """Return the mean structural similarity of two sets of pixels (N, 784), 1 for equal ones."""
    parts = [
        structural_similarity_index_measure(
            b.view(-1, 1, 28, 28), a.view(-1, 1, 28, 28), data_range=1.0, reduction="sum"
        )
        for a, b in zip(originals.split(BATCH), others.split(BATCH), strict=True)
    ]
    return (torch.stack(parts).sum() / len(originals)).item()


def measure(
    originals: Tensor, others: Tensor, labels: Tensor, reader: Classifier, referee: Referee
) -> Clarity:
    """Return all measures of reconstructions `others` of `originals`, both pixels (N, 784).

    `labels` (N,) are the originals' digits.
    """
    ratio = sharpness_ratio(originals, others)
    difference = others - originals
    return Clarity(
        ratio,
        equivalent_blur(originals, ratio),
        share_clear(referee, others),
        (classifier.read(reader, others) == labels).double().mean().item(),
        frechet_distance(reader, originals, others),
        mean_ssim(originals, others),
        difference.abs().mean().item(),
        difference.square().mean().item(),
    )
