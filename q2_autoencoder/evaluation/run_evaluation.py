"""What the codes of one run keep, measured; eval.py draws it and writes it down."""

import statistics
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.spatial.distance import pdist
from torch import Tensor

from q2_autoencoder.evaluation.classifier import EvaluationClassifier, classify
from q2_autoencoder.evaluation.clustering import (
    K_MEANS_ON_CODES,
    MIXTURE_ON_EMBEDDING,
    clustering_scores,
    count_table,
    gaussian_mixture,
    k_means,
    k_means_labels,
    matched_digits,
)
from q2_autoencoder.evaluation.codes import (
    PROBED_IMAGES,
    dead_dimensions,
    drawn_codes,
    effective_dimension,
    linear_probe,
    standardised,
)
from q2_autoencoder.evaluation.detail import best_kept_detail
from q2_autoencoder.evaluation.embedding import (
    nearest_neighbour_labels,
    separation,
    tsne_embedding,
)
from q2_autoencoder.evaluation.feature_distances import frechet_distance
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.records import ClusteringScores, CodesAccuracy, Evaluation, History
from q2_autoencoder.training import file_names
from q2_autoencoder.training.run_folder import Run
from q2_autoencoder.training.snapshots import first_of_each
from shared.datasets import ImageData

CLUSTERING_SEEDS = range(5)  # of k-means and the mixture


@dataclass(frozen=True)
class Baseline:
    """What the images and principal components give: the same for all runs, computed once.

    Attributes:
        originals: the test images as pixels (N, 784).
        digits, train_digits: labels of the test and the training images.
        pca_classes, original_classes: what the evaluation classifier classifies reconstructions
            by principal components and the originals as.
        clusters: labels (N,) for each seed, by what was clustered, and how.
    """

    originals: Tensor
    digits: np.ndarray
    train_digits: np.ndarray
    pca_classes: np.ndarray
    original_classes: np.ndarray
    clusters: dict[str, list[np.ndarray]]


@dataclass(frozen=True)
class Outputs:
    """What a model makes of the images; all on the CPU.

    Attributes:
        baseline: what it is compared with.
        codes, train_codes: of the test and the training images.
        reconstructions: pixels (N, 784).
        classes: what the evaluation classifier classifies them as.
        drawn: pixels (N, 784) decoded from a mixture of Gaussians.
        samples_distance: Fréchet distance of the test images to them.
    """

    baseline: Baseline
    codes: np.ndarray
    train_codes: np.ndarray
    reconstructions: Tensor
    classes: np.ndarray
    drawn: Tensor
    samples_distance: float

    @cached_property
    def standardised(self) -> tuple[np.ndarray, np.ndarray]:
        """Training and test codes with each dimension's training deviation made 1."""
        return standardised(self.train_codes, self.codes)

    @property
    def originals(self) -> Tensor:
        """The test images as pixels (N, 784)."""
        return self.baseline.originals

    @property
    def digits(self) -> np.ndarray:
        """Their labels."""
        return self.baseline.digits


@dataclass(frozen=True)
class Clusters:
    """What clustering finds in the codes of the test images.

    Attributes:
        scores: by what was clustered, and how.
        embedding: t-SNE coordinates (N, 2) of the codes.
        labels: the cluster (N,) of each code: of the seeds' k-means the one with the least sum of
            squared distances, chosen without the digits.
        table: images (10, 10) of each of those clusters that show each digit.
        centres: of those clusters, decoded to pixels (10, 784).
    """

    scores: dict[str, ClusteringScores]
    embedding: np.ndarray
    labels: np.ndarray
    table: np.ndarray
    centres: np.ndarray


def baseline_of(latent_dim: int, data: ImageData, classifier: EvaluationClassifier) -> Baseline:
    """Return what runs of this latent dimension are compared with.

    All lie on the same device.
    """
    pixels = to_pixels(data.test_images)
    components = principal_components(data.train_images, latent_dim).to(pixels.device)
    pca_codes = map_batches(components.encode, pixels).numpy()
    print("k-means of PCA codes and pixels ...", flush=True)
    return Baseline(
        originals=pixels.cpu(),
        digits=data.test_labels.cpu().numpy(),
        train_digits=data.train_labels.cpu().numpy(),
        pca_classes=classify(classifier, components.reconstruct(pixels)).numpy(),
        original_classes=classify(classifier, pixels).numpy(),
        clusters={
            f"k-means on {words}": [k_means_labels(points, seed) for seed in CLUSTERING_SEEDS]
            for words, points in (
                ("PCA codes of the same dimension", pca_codes),
                ("pixels", pixels.cpu().numpy()),
            )
        },
    )


def outputs_of(
    model: Autoencoder, data: ImageData, classifier: EvaluationClassifier, baseline: Baseline
) -> Outputs:
    """Return what `model` makes of `data`; all lie on the same device."""
    pixels = to_pixels(data.test_images)
    reconstructions = map_batches(model, pixels)
    train_codes = map_batches(model.encode, to_pixels(data.train_images)).numpy()
    codes = torch.from_numpy(drawn_codes(train_codes, len(pixels), seed=0)).to(pixels.device)
    drawn = map_batches(model.decode, codes)
    features = (map_batches(classifier.features, one.to(pixels.device)) for one in (pixels, drawn))
    return Outputs(
        baseline=baseline,
        codes=map_batches(model.encode, pixels).numpy(),
        train_codes=train_codes,
        drawn=drawn,
        samples_distance=frechet_distance(*features),
        reconstructions=reconstructions,
        classes=classify(classifier, reconstructions.to(pixels.device)).numpy(),
    )


def find_clusters(model: Autoencoder, outputs: Outputs) -> Clusters:
    """Return what clustering finds in the model's codes, and in what they are compared with."""
    print(
        "t-SNE of the test images' codes, clusters of the codes and of the embedding ...",
        flush=True,
    )
    embedding = np.asarray(tsne_embedding(outputs.codes, seed=0))
    fits: list[Any] = [k_means(outputs.codes, seed) for seed in CLUSTERING_SEEDS]
    best = min(fits, key=lambda fit: fit.inertia_)
    found: dict[str, list[np.ndarray]] = {
        K_MEANS_ON_CODES: [fit.labels_ for fit in fits],
        "k-means on standardised codes": [
            k_means_labels(outputs.standardised[1], seed) for seed in CLUSTERING_SEEDS
        ],
        **outputs.baseline.clusters,
        "k-means on the t-SNE embedding of the codes": [
            k_means_labels(embedding, seed) for seed in CLUSTERING_SEEDS
        ],
        MIXTURE_ON_EMBEDDING: [gaussian_mixture(embedding, seed) for seed in CLUSTERING_SEEDS],
    }
    centres = torch.tensor(best.cluster_centers_).float().to(next(model.parameters()).device)
    with torch.no_grad():
        decoded = model.decode(centres).cpu().numpy()
    return Clusters(
        scores={name: clustering_scores(labels, outputs.digits) for name, labels in found.items()},
        embedding=embedding,
        labels=best.labels_,
        table=count_table(best.labels_, outputs.digits),
        centres=decoded,
    )


def evaluate(
    run: Run, history: History | None, data: ImageData, outputs: Outputs, clusters: Clusters
) -> Evaluation:
    """Return what was measured of a run; `data` lies on its model's device."""
    digits, train_digits = outputs.digits, outputs.baseline.train_digits
    neighbours = nearest_neighbour_labels(outputs.train_codes, train_digits, outputs.codes)
    train, codes = outputs.standardised
    probed = torch.from_numpy(outputs.codes[:PROBED_IMAGES]).to(data.test_images.device)
    kept = best_kept_detail(
        outputs.originals.view(-1, 28, 28), outputs.reconstructions.view(-1, 28, 28)
    )

    def right(classes: np.ndarray) -> float:
        return float((classes == digits).mean())

    return Evaluation(
        checkpoint_sha256=run.metrics.files[file_names.CHECKPOINT],
        config=run.metrics.config,
        test=reconstruction_errors(run.model, data.test_images),
        classifier_accuracy=right(outputs.baseline.original_classes),
        reconstruction_accuracy=right(outputs.classes),
        pca_reconstruction_accuracy=right(outputs.baseline.pca_classes),
        codes=CodesAccuracy(
            linear_probe(outputs.train_codes, train_digits, outputs.codes, digits),
            right(neighbours),
        ),
        standardised_codes=CodesAccuracy(
            linear_probe(train, train_digits, codes, digits),
            right(nearest_neighbour_labels(train, train_digits, codes)),
        ),
        effective_dimension=effective_dimension(outputs.codes),
        dead_dimensions=dead_dimensions(run.model.decode, probed),
        samples_distance=outputs.samples_distance,
        kept_detail=statistics.fmean(detail.share for detail in kept),
        centre_distance=float(pdist(clusters.centres).mean()),
        confusion=count_table(digits, outputs.classes).tolist(),
        original_confusion=count_table(digits, outputs.baseline.original_classes).tolist(),
        neighbour_confusion=count_table(digits, neighbours).tolist(),
        clustering=clusters.scores,
        cluster_table=clusters.table.tolist(),
        matched_digits=matched_digits(clusters.table).tolist(),
        separation_by_epoch=None
        if history is None
        else [separation(codes, digits) for codes in history.codes],
    )


def first_originals(outputs: Outputs) -> np.ndarray:
    """Return the first original (10, 28, 28), uint8, of each digit: those of a `History`."""
    pixels = outputs.originals[first_of_each(torch.from_numpy(outputs.digits))]
    return (pixels * 255).round().byte().view(-1, 28, 28).numpy()
