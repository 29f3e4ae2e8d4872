"""How good reconstructions are, by networks and numbers that no autoencoder was trained against.

No number says all; plots/tables.py says of each what it knows and what it does not.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from q2_autoencoder.evaluation.blur_classifier import BlurClassifier
from q2_autoencoder.evaluation.classifier import EvaluationClassifier
from q2_autoencoder.evaluation.feature_distances import (
    RandomFeatures,
    frechet_distance,
    kernel_distance,
)
from q2_autoencoder.evaluation.gradients import gradient_distance
from q2_autoencoder.evaluation.sharpness import (
    decibels,
    equivalent_blur,
    power_by_frequency,
    sharpness,
)
from q2_autoencoder.evaluation.two_sample import two_sample_test
from q2_autoencoder.networks.batches import EVALUATION_BATCH, map_batches
from q2_autoencoder.networks.blur import sharp_share
from q2_autoencoder.records import Measures
from shared.device import move_network

LEAST = 1e-6  # of a sharpness ratio: an image without any edge has no logarithm


@dataclass(frozen=True)
class Reference:
    """What reconstructions are measured against, computed once for all of them.

    Attributes:
        originals: pixels (N, 784), on the judges' device.
        labels: their digits (N,), on the CPU.
        classifier, blur_classifier: the judges.
        random_network: gives the random features.
        features, random_features: (N, 128) and (N, 72) of the originals, on the CPU.
        sharpness: of the originals (N,).
        power: by spatial frequency, of the originals (14,).
    """

    originals: Tensor
    labels: Tensor
    classifier: EvaluationClassifier
    blur_classifier: BlurClassifier
    random_network: RandomFeatures
    features: Tensor
    random_features: Tensor
    sharpness: Tensor
    power: Tensor


def make_reference(
    originals: Tensor,
    labels: Tensor,
    classifier: EvaluationClassifier,
    blur_classifier: BlurClassifier,
) -> Reference:
    """Return what reconstructions of `originals`, pixels (N, 784), are measured against."""
    random_network = move_network(RandomFeatures(), originals.device)
    return Reference(
        originals=originals,
        labels=labels.cpu(),
        classifier=classifier,
        blur_classifier=blur_classifier,
        random_network=random_network,
        features=map_batches(classifier.features, originals),
        random_features=map_batches(random_network, originals),
        sharpness=sharpness(originals),
        power=power_by_frequency(originals),
    )


def structural_similarities(originals: Tensor, others: Tensor) -> Tensor:
    """Return the structural similarity (N,) of each pair of pixels (N, 784), 1 for equal ones."""
    batches = zip(originals.split(EVALUATION_BATCH), others.split(EVALUATION_BATCH), strict=True)
    parts = []
    for a, b in batches:
        pair = b.view(-1, 1, 28, 28), a.view(-1, 1, 28, 28)
        parts.append(structural_similarity_index_measure(*pair, data_range=1.0, reduction="none"))
    return torch.cat([torch.as_tensor(part) for part in parts])


def classes_of(reference: Reference, features: Tensor) -> Tensor:
    """Return the class (N,) that the classifier gives to what has these features (N, 128)."""
    device = reference.originals.device
    return map_batches(lambda part: reference.classifier.head(part).argmax(1), features.to(device))


def measure(reference: Reference, others: Tensor) -> Measures:
    """Return all measures of reconstructions `others`, pixels (N, 784) on the judges' device."""
    features = map_batches(reference.classifier.features, others)
    random_features = map_batches(reference.random_network, others)
    right = classes_of(reference, features) == reference.labels
    ratios = sharpness(others) / reference.sharpness
    ratio = ratios.median().item()
    level = decibels(reference.power, power_by_frequency(others))
    difference = others - reference.originals
    return Measures(
        sharpness_ratio=ratio,
        sharpness_low=ratios.quantile(0.05).item(),
        sharpness_high=ratios.quantile(0.95).item(),
        sharpness_error=ratios.clamp(min=LEAST).log().abs().mean().item(),
        equivalent_blur=equivalent_blur(reference.originals, reference.sharpness, ratio),
        spectrum_error=level.abs().mean().item(),
        sharp_share=sharp_share(reference.blur_classifier, others),
        two_sample_accuracy=two_sample_test(reference.originals, others),
        reconstruction_accuracy=right.double().mean().item(),
        frechet_distance=frechet_distance(reference.features, features),
        kernel_distance=kernel_distance(reference.features, features),
        frechet_distance_random=frechet_distance(reference.random_features, random_features),
        kernel_distance_random=kernel_distance(reference.random_features, random_features),
        ssim=structural_similarities(reference.originals, others).double().mean().item(),
        gradient_distance=gradient_distance(reference.originals, others),
        l1=difference.abs().mean().item(),
        mse=difference.square().mean().item(),
    )
