"""What the scripts hand to each other: the content of each JSON file, as typed records.

A file is read into its record by `shared.files.read_record`, which refuses entries that are
missing or of another type. A change of a record raises its version.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from q2_autoencoder.config import AdversarialConfig, Loss, TrainingConfig
from shared.datasets import VALIDATION
from shared.provenance import Environment
from shared.summary import Interval, Spread

METRICS_VERSION = 4
EVALUATION_VERSION = 4
MEASURES_VERSION = 4
FAILURE_VERSION = 2
COMPARISON_VERSION = 3
VARIANTS_VERSION = 3
BLIND_SPOTS_VERSION = 3
CHOICE_VERSION = 1
BOOTSTRAP_VERSION = 1
ALL_CLUSTERED_VERSION = 1
RATE_DISTORTION_VERSION = 2

Table = list[list[int]]  # counts (10, 10)
DATA_SET_NAMES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST"}


def data_set_name(data: str) -> str:
    """Return what a data set is called in figures and texts."""
    name = data.removesuffix(VALIDATION)
    part = " (validation images)" if name != data else ""
    return DATA_SET_NAMES.get(name, name) + part


@dataclass(frozen=True)
class Errors:
    """Mean errors on the test images: "l1" and "mse" per pixel, "squared_error" per image.

    The last is the unit of Hinton and Salakhutdinov (Science 2006).
    """

    l1: float
    mse: float
    squared_error: float


@dataclass(frozen=True)
class CurvePoint:
    """An epoch: the mean loss of its training steps, and the test loss after it."""

    epoch: int
    train: float
    test: float


@dataclass(frozen=True)
class BlurAccuracy:
    """The share of images that a network labels rightly at one blur width, in pixels.

    Width 0 is the images as they are, whose right label is "sharp".
    """

    width: float
    accuracy: float


@dataclass(frozen=True)
class AdversarialMetrics:
    """What belongs to a training with dis_net, or to one that stands beside it.

    Attributes:
        config: its settings.
        seconds: of its steps.
        epochs_before: of the plain run, before dis_net joined.
        autoencoder_updates: how many times the autoencoder's weights were moved.
        steps_per_point: each point of the curves is the mean over so many steps.
        warm_up_seconds: of the epoch in which dis_net learned alone, trained once for all runs of
            a seed.
        warm_up: curves by name, of that epoch.
        curves: curves by name, of the epochs after it.
        dis_net_accuracy: by "before" and "after" those epochs; without a warm-up only after.
    """

    config: AdversarialConfig
    seconds: float
    epochs_before: int
    autoencoder_updates: int
    steps_per_point: int
    warm_up_seconds: float
    warm_up: dict[str, list[float]]
    curves: dict[str, list[float]]
    dis_net_accuracy: dict[str, list[BlurAccuracy]]


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """metrics.json: a finished run.

    Attributes:
        config: of the plain training, or of one like it.
        adversarial: what dis_net, or training from scratch beside it, adds; None for a plain run.
        test, pca_test: of the network, and of principal components of the same number.
        curve: of all epochs, plain and adversarial.
        seconds: of all training steps, without tests, figures and checkpoints.
        images_per_second: of the last part.
        resumed: one entry for each time the training went on: "step", and "before", what was
            another value in the environment.
        environment: versions, device and commit.
        files: SHA-256 of the files that belong to this one, by name.
    """

    config: TrainingConfig
    test: Errors
    pca_test: Errors
    curve: list[CurvePoint]
    seconds: float
    images_per_second: int
    resumed: list[dict[str, Any]]
    environment: Environment
    files: dict[str, str]
    adversarial: AdversarialMetrics | None = None
    version: int = METRICS_VERSION

    @property
    def epochs(self) -> int:
        """Epochs of the autoencoder in all."""
        return self.config.epochs

    @property
    def title(self) -> str:
        """Data set, latent dimension and seed in words, for figures."""
        config = self.config
        name = data_set_name(config.data)
        return f"{name}, latent dimension {config.latent_dim}, seed {config.seed}"


class KeptDetail(NamedTuple):
    """The window of an image that keeps most detail: its corner, its side, and the share kept."""

    top: int
    left: int
    side: int
    share: float


class History(NamedTuple):
    """The 2-D latent space over a run: epoch 0 (before training) … E.

    Attributes:
        codes: codes (E + 1, N, 2) of the test images, float32.
        reconstructions: (E + 1, 10, 28, 28) of the first test image of each class, uint8.
    """

    codes: np.ndarray
    reconstructions: np.ndarray


class Separation(NamedTuple):
    """How far the classes lie apart in a latent space.

    Attributes:
        between: root mean square distance of the classes' means from their mean.
        within: root mean square distance of the codes from their class's mean.
    """

    between: float
    within: float


@dataclass(frozen=True)
class ClusteringScores:
    """How well clusters match digits, over the seeds of the clustering (or of the training).

    Each is 1 at best: accuracy under the best matching one to one (Kuhn 1955), normalised mutual
    information, adjusted Rand index (Hubert and Arabie 1985).
    """

    accuracy: Spread
    nmi: Spread
    ari: Spread


@dataclass(frozen=True)
class CodesAccuracy:
    """How often test codes tell their digit, learned from training codes.

    Attributes:
        linear_probe: by logistic regression.
        one_nn: by the nearest training code.
    """

    linear_probe: float
    one_nn: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """evaluation.json: what the codes of a run keep.

    Attributes:
        checkpoint_sha256: of the weights that were evaluated.
        classifier_accuracy: of the evaluation classifier on the originals.
        reconstruction_accuracy: share of reconstructions classified as the original's digit.
        pca_reconstruction_accuracy: the same of principal components.
        codes, standardised_codes: accuracy of the codes, as they are and with each dimension's
            deviation made 1.
        effective_dimension: participation ratio of the codes' principal variances.
        dead_dimensions: how many the decoder does not need.
        samples_distance: Fréchet distance of the test images to as many images decoded from a
            mixture of Gaussians, on the evaluation classifier's features.
        kept_detail: mean share kept of each image's best-kept detail.
        centre_distance: mean distance of the decoded cluster centres, in pixel values.
        confusion, original_confusion, neighbour_confusion: digit (row) against the class of its
            reconstruction, of itself, and of its nearest neighbour.
        clustering: scores by what was clustered, and how.
        cluster_table: cluster (row) against digit, of the k-means shown.
        matched_digits: the digit of each cluster under the best matching.
        separation_by_epoch: of the 2-D codes, from before training on; None for other dimensions.
    """

    checkpoint_sha256: str
    config: TrainingConfig
    test: Errors
    classifier_accuracy: float
    reconstruction_accuracy: float
    pca_reconstruction_accuracy: float
    codes: CodesAccuracy
    standardised_codes: CodesAccuracy
    effective_dimension: float
    dead_dimensions: int
    samples_distance: float
    kept_detail: float
    centre_distance: float
    confusion: Table
    original_confusion: Table
    neighbour_confusion: Table
    clustering: dict[str, ClusteringScores]
    cluster_table: Table
    matched_digits: list[int]
    separation_by_epoch: list[Separation] | None
    version: int = EVALUATION_VERSION


@dataclass(frozen=True, kw_only=True)
class AllClustered:
    """all_clustered.json: clusters of the codes of all images, training and test.

    Attributes:
        checkpoint_sha256: of the weights that made the codes.
        images: how many there are.
        clustering: scores by what was clustered, and how.
    """

    checkpoint_sha256: str
    config: TrainingConfig
    images: int
    clustering: dict[str, ClusteringScores]
    version: int = ALL_CLUSTERED_VERSION


@dataclass(frozen=True)
class BootstrappedMeasure:
    """A mean over images of two runs, and the bootstrapped interval of their difference."""

    run: float
    plain: float
    difference: Interval


@dataclass(frozen=True, kw_only=True)
class ImageBootstrap:
    """bootstrap.json: one run against the plain run of its seed, over the test images.

    Attributes:
        run, plain: the names of their folders.
        epochs: of the run, in all.
        images, resamples: how many there are.
        measures: by their names in `Measures`.
    """

    run: str
    epochs: int
    plain: str
    images: int
    resamples: int
    measures: dict[str, BootstrappedMeasure]
    version: int = BOOTSTRAP_VERSION


@dataclass(frozen=True)
class ErrorSpreads:
    """`Errors` over seeds."""

    l1: Spread
    mse: Spread
    squared_error: Spread


@dataclass(frozen=True, kw_only=True)
class DimensionResult:
    """One latent dimension, over seeds: `Evaluation` and `Metrics` as mean and deviation.

    Confusions are sums over the seeds; tables and separations are lists, one entry a seed; the
    curve is the first seed's.
    """

    epochs: int
    device_name: str
    precision: str
    seconds: Spread
    curve: list[CurvePoint]
    test: ErrorSpreads
    pca_test: Errors
    reconstruction_accuracy: Spread
    pca_reconstruction_accuracy: Spread
    one_nn_accuracy: Spread
    one_nn_accuracy_standardised: Spread
    linear_probe_accuracy: Spread
    linear_probe_accuracy_standardised: Spread
    effective_dimension: Spread
    dead_dimensions: Spread
    samples_distance: Spread
    kept_detail: Spread
    centre_distance: Spread
    confusion: Table
    original_confusion: Table
    neighbour_confusion: Table
    clustering: dict[str, ClusteringScores]
    cluster_table: list[Table]
    separation_by_epoch: list[list[Separation] | None]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """comparison.json: latent dimensions side by side, by dimension as text."""

    data: str
    loss: str
    seeds: list[int]
    classifier_accuracy: float
    latent_dims: dict[str, DimensionResult]
    version: int = COMPARISON_VERSION


@dataclass(frozen=True)
class Failure:
    """failure.json: the epoch in which a training was given up, and why.

    `kind` is "diverged" (a number is not finite) or "collapsed" (one image for all).
    """

    epoch: int
    kind: str
    reason: str
    version: int = FAILURE_VERSION


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What was measured of reconstructions against their originals.

    Attributes:
        sharpness_ratio: median of the images' ratios, reconstruction over original.
        sharpness_low, sharpness_high: of these ratios the 5 % and 95 % quantiles.
        sharpness_error: mean over the images of the natural logarithm's absolute value.
        equivalent_blur: width in pixels of the blur that makes originals equally soft; 0 where
            reconstructions are as sharp as originals or sharper.
        spectrum_error: mean over the spatial frequencies of how many decibels the power of the
            reconstructions lies off the originals'.
        sharp_share: share that the held-out blur classifier labels as sharp.
        two_sample_accuracy: of a network that was trained to tell them from the originals.
        reconstruction_accuracy: share that is classified as the original's digit.
        frechet_distance, kernel_distance: between the two sets, on the evaluation classifier's
            features.
        frechet_distance_random, kernel_distance_random: the same on random features.
        ssim: structural similarity (Wang et al. 2004), mean over the images.
        gradient_distance: Wasserstein's, of the gradient magnitudes of image and image, mean over
            the images. By it weights are chosen, on validation images (study/steps/choose.py).
        l1, mse: per pixel.
    """

    sharpness_ratio: float
    sharpness_low: float
    sharpness_high: float
    sharpness_error: float
    equivalent_blur: float
    spectrum_error: float
    sharp_share: float
    two_sample_accuracy: float
    reconstruction_accuracy: float
    frechet_distance: float
    kernel_distance: float
    frechet_distance_random: float
    kernel_distance_random: float
    ssim: float
    gradient_distance: float
    l1: float
    mse: float


@dataclass(frozen=True)
class KeptMeasures:
    """measures.json: the measures of a run, of which weights, by which judges."""

    checkpoint_sha256: str
    judges: str
    measures: Measures
    version: int = MEASURES_VERSION


@dataclass(frozen=True, kw_only=True)
class BlindSpots:
    """blind_spots.json: what the judges say of originals that were distorted in known ways.

    Attributes:
        images: how many there are.
        distorted: measures by distortion.
        two_halves: of two halves of the originals, by the names of those `Measures` that compare
            whole sets.
    """

    data: str
    images: int
    distorted: dict[str, Measures]
    two_halves: dict[str, float]
    version: int = BLIND_SPOTS_VERSION


MeasuresOverSeeds = dict[str, Spread]  # by the names of `Measures`


@dataclass(frozen=True, kw_only=True)
class FinishedRuns:
    """The runs of a variant that were not given up.

    Attributes:
        epochs: in all.
        epochs_with_dis_net: the last of these, in which dis_net took part.
        dis_net_accuracy: before those, or after them where dis_net did not learn alone first, one
            list a run of train_adversarial.py; an empty one where no dis_net was trained.
        seconds: of training, in all.
    """

    seeds: list[int]
    epochs: int
    epochs_with_dis_net: int
    device_name: str
    precision: str
    dis_net_accuracy: list[list[BlurAccuracy]]
    seconds: Spread
    measures: MeasuresOverSeeds

    def by_seed(self, key: str) -> dict[int, float]:
        """Return the measure of the name `key` by seed."""
        return dict(zip(self.seeds, self.measures[key].values, strict=True))


@dataclass(frozen=True)
class VariantResult:
    """A variant over seeds: `failures` by folder name; without others `finished` is None."""

    failures: dict[str, Failure]
    finished: FinishedRuns | None


@dataclass(frozen=True)
class JudgesAccuracy:
    """How well the judges do on originals, and on originals blurred by known widths."""

    classifier_accuracy: float
    blur_classifier: list[BlurAccuracy]


@dataclass(frozen=True, kw_only=True)
class AdversarialComparison:
    """adversarial.json: variants side by side, by latent dimension as text, then by name."""

    data: str
    seeds: list[int]
    judges: JudgesAccuracy
    latent_dims: dict[str, dict[str, VariantResult]]
    version: int = VARIANTS_VERSION


@dataclass(frozen=True, kw_only=True)
class PartsComparison:
    """adversarial_weight.json and design.json: parts of a training told apart, by variant."""

    data: str
    latent_dim: int
    seeds: list[int]
    variants: dict[str, VariantResult]
    version: int = VARIANTS_VERSION


class Weights(NamedTuple):
    """A pair of weights beside the reconstruction loss, in units of its gradient."""

    adversarial: float
    feature_matching: float


@dataclass(frozen=True)
class Criteria:
    """By what weights are chosen: the gradient distance and the L1 of reconstructions."""

    gradient_distance: float
    l1: float

    def over(self, other: "Criteria") -> "Criteria":
        """Return both as multiples of the other's."""
        return Criteria(self.gradient_distance / other.gradient_distance, self.l1 / other.l1)


@dataclass(frozen=True)
class Tried:
    """A pair of weights that was tried.

    Attributes:
        ratios: means over the seeds, as multiples of the plain runs', by latent dimension; without
            those of which a run failed.
        score: mean logarithm of the gradient distance's; None where a run failed.
        allowed: whether it costs no more L1 than it may.
    """

    weights: Weights
    ratios: dict[str, Criteria]
    score: float | None
    allowed: bool


@dataclass(frozen=True, kw_only=True)
class Choice:
    """choice.json: the weights that were tried for each variant, and those that were chosen.

    Attributes:
        plain: what the plain runs came to, by loss, then by latent dimension.
        chosen: by variant; None where no pair is allowed.
    """

    data: str
    seeds: list[int]
    plain: dict[str, dict[str, Criteria]]
    tried: dict[str, list[Tried]]
    chosen: dict[str, Weights | None]
    version: int = CHOICE_VERSION


@dataclass(frozen=True)
class Rate:
    """What a latent dimension costs, over seeds.

    Attributes:
        trained_with: by the loss of the runs, their test errors per pixel, "l1" and "mse".
        pca: those of as many principal components.
    """

    trained_with: dict[Loss, dict[Loss, Spread]]
    pca: Errors


@dataclass(frozen=True, kw_only=True)
class RateDistortion:
    """rate_distortion.json: test errors by latent dimension as text."""

    data: str
    seeds: list[int]
    latent_dims: dict[str, Rate]
    version: int = RATE_DISTORTION_VERSION
