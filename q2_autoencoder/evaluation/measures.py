"""How good reconstructions are, by networks and numbers that no autoencoder was trained against.

No number says all. Sharpness knows edges and no digits: noise is sharp, too. The blur classifier
knows what blur does, and is easily satisfied. The evaluation classifier knows digits, and forgives
blur. The Fréchet distance compares the two sets as a whole, not image by image, on features that
serve to tell digits. SSIM, L1 and MSE compare pixel by pixel and favour the middle between two
possible images, which is blurred.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance

from q2_autoencoder.evaluation.blur_classifier import BlurClassifier
from q2_autoencoder.evaluation.classifier import FEATURES, EvaluationClassifier
from q2_autoencoder.evaluation.sharpness import equivalent_blur, sharpness, sharpness_ratio
from q2_autoencoder.networks.batches import EVALUATION_BATCH, map_batches
from q2_autoencoder.networks.blur import sharp_share
from q2_autoencoder.records import Measures


@dataclass(frozen=True)
class Reference:
    """What reconstructions are measured against, computed once for all of them.

    Attributes:
        originals: pixels (N, 784), on the judges' device.
        labels: their digits (N,), on the CPU.
        classifier, blur_classifier: the judges.
        features: the classifier's features (N, 128) of the originals, on the CPU.
        sharpness: of the originals (N,).
    """

    originals: Tensor
    labels: Tensor
    classifier: EvaluationClassifier
    blur_classifier: BlurClassifier
    features: Tensor
    sharpness: Tensor


def make_reference(
    originals: Tensor,
    labels: Tensor,
    classifier: EvaluationClassifier,
    blur_classifier: BlurClassifier,
) -> Reference:
    """Return what reconstructions of `originals`, pixels (N, 784), are measured against."""
    return Reference(
        originals=originals,
        labels=labels.cpu(),
        classifier=classifier,
        blur_classifier=blur_classifier,
        features=map_batches(classifier.features, originals),
        sharpness=sharpness(originals),
    )


class _Given(nn.Module):
    """Features that are there already, in the shape that torchmetrics asks for."""

    num_features = FEATURES

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet_distance(features: Tensor, others: Tensor) -> float:
    """Return the Fréchet distance of two sets of the classifier's features (N, 128), on the CPU.

    Of the Gaussians with the sets' means and covariances (Heusel et al. 2017), whose features
    are Inception's. On these ones a distance can be compared within this project only.
    """
    metric: Any = FrechetInceptionDistance(feature=_Given())
    metric.update(features, real=True)
    metric.update(others, real=False)
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


def classes_of(reference: Reference, features: Tensor) -> Tensor:
    """Return the class (N,) that the classifier gives to what has these features (N, 128)."""
    device = reference.originals.device
    return map_batches(lambda part: reference.classifier.head(part).argmax(1), features.to(device))


@torch.no_grad()
def measure(reference: Reference, others: Tensor) -> Measures:
    """Return all measures of reconstructions `others`, pixels (N, 784) on the judges' device."""
    features = map_batches(reference.classifier.features, others)
    right = classes_of(reference, features) == reference.labels
    ratio = sharpness_ratio(reference.sharpness, others)
    difference = others - reference.originals
    return Measures(
        sharpness_ratio=ratio,
        equivalent_blur=equivalent_blur(reference.originals, reference.sharpness, ratio),
        sharp_share=sharp_share(reference.blur_classifier, others),
        reconstruction_accuracy=right.double().mean().item(),
        frechet_distance=frechet_distance(reference.features, features),
        ssim=mean_ssim(reference.originals, others),
        l1=difference.abs().mean().item(),
        mse=difference.square().mean().item(),
    )
