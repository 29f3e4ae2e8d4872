"""How good reconstructions are, by networks and numbers that no autoencoder was trained against.

No number says all. Sharpness knows edges and no digits: noise is sharp, too. The blur classifier
knows what blur does, and is easily satisfied. The evaluation classifier knows digits, and forgives
blur. The Fréchet distance compares the two sets as a whole, not image by image, on features that
serve to tell digits. SSIM, L1 and MSE compare pixel by pixel and favour the middle between two
possible images, which is blurred.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance

from q2_autoencoder.evaluation.blur_classifier import BlurClassifier
from q2_autoencoder.evaluation.classifier import FEATURES, EvaluationClassifier, classify
from q2_autoencoder.evaluation.sharpness import equivalent_blur, sharpness_ratio
from q2_autoencoder.networks.batches import EVALUATION_BATCH
from q2_autoencoder.networks.blur import sharp_share
from q2_autoencoder.records import Measures


class _Features(nn.Module):
    """The classifier's features in the shape that torchmetrics asks for."""

    num_features = FEATURES

    def __init__(self, classifier: EvaluationClassifier):
        super().__init__()
        self.classifier = classifier

    def forward(self, pixels: Tensor) -> Tensor:
        return self.classifier.features(pixels)


@torch.no_grad()
def frechet_distance(classifier: EvaluationClassifier, originals: Tensor, others: Tensor) -> float:
    """Return the Fréchet distance of two sets of pixels (N, 784) on the classifier's features.

    Of the Gaussians with the sets' means and covariances (Heusel et al. 2017), whose features
    are Inception's. On these ones a distance can be compared within this project only.
    """
    metric: Any = FrechetInceptionDistance(feature=_Features(classifier), normalize=True)
    metric = metric.to(originals.device)
    for real, pixels in ((True, originals), (False, others)):
        for part in pixels.split(EVALUATION_BATCH):
            metric.update(part, real=real)
    return metric.compute().item()


def mean_ssim(originals: Tensor, others: Tensor) -> float:
    """Return the mean structural similarity of two sets of pixels (N, 784), 1 for equal ones."""
    batches = zip(originals.split(EVALUATION_BATCH), others.split(EVALUATION_BATCH), strict=True)
    parts = []
    for a, b in batches:
        similarity: Any = structural_similarity_index_measure(
            b.view(-1, 1, 28, 28), a.view(-1, 1, 28, 28), data_range=1.0, reduction="sum"
        )
        parts.append(similarity)
    total = torch.stack(parts).sum()
    return (total / len(originals)).item()


def measure(
    originals: Tensor,
    others: Tensor,
    labels: Tensor,
    classifier: EvaluationClassifier,
    blur_classifier: BlurClassifier,
) -> Measures:
    """Return all measures of reconstructions `others` of `originals`, both pixels (N, 784).

    `labels` (N,) are the originals' digits.
    """
    ratio = sharpness_ratio(originals, others)
    difference = others - originals
    right = classify(classifier, others) == labels.cpu()
    return Measures(
        sharpness_ratio=ratio,
        equivalent_blur=equivalent_blur(originals, ratio),
        sharp_share=sharp_share(blur_classifier, others),
        reconstruction_accuracy=right.double().mean().item(),
        frechet_distance=frechet_distance(classifier, originals, others),
        ssim=mean_ssim(originals, others),
        l1=difference.abs().mean().item(),
        mse=difference.square().mean().item(),
    )
