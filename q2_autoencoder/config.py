"""The settings of a training. A new hyperparameter is one more field here, and nothing else.

Every field becomes an option of the scripts (where it is made by `setting`), an entry of
metrics.json and of each checkpoint, and a reason to refuse a checkpoint that has another value.
torch is not imported: `--help` and a wrong option need not wait for it.
"""

import math
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

from shared.cli import nonnegative_number, positive_number, whole_number
from shared.datasets import DATASETS, PIXELS
from shared.device import PRECISIONS
from shared.settings import described, setting

Loss = Literal["l1", "mse"]
LOSS_NAMES = ("l1", "mse")  # training/losses.py holds the functions
Strategy = Literal["none", "three-step", "four-step"]
STRATEGY_NAMES = ("four-step", "three-step", "none")  # training/adversarial.py holds the steps
LARGEST_SEED = 2**31 - 1
FAILED = 3  # exit status where a training failed; 1 is a traceback's, 2 that of bad input


def run_name(data: str, loss: str, latent_dim: int, seed: int, variant: str = "") -> str:
    """Return the name of a run's folder, which tells it from other runs.

    `variant` says how the run went on from a plain one ("" for a plain one).
    """
    return "-".join(filter(None, (data, loss, variant, f"latent{latent_dim}", f"seed{seed}")))


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """What every training of Question 2 is given.

    Attributes:
        precision: "fp32" or "bf16"; the scripts put what the hardware has in the place of "auto".
    """

    data: str = setting("--data", default="mnist", choices=DATASETS, help="data set")
    seed: int = setting(
        "--seed",
        default=0,
        type=whole_number(0, LARGEST_SEED),
        help="seed of the first run: weights and the order of the images follow from it",
    )
    precision: str = setting(
        "--precision",
        default="auto",
        choices=PRECISIONS,
        help="number format of matrix products; auto takes bf16 where it is faster",
    )
    deterministic: bool = setting(
        "--deterministic",
        default=False,
        help="use only algorithms that give the same bits every time",
    )


def _batch_size() -> int:
    return setting(
        "--batch-size", default=250, type=whole_number(2, 60_000), help="images per step"
    )


@dataclass(frozen=True, kw_only=True)
class DisNetConfig(NetworkConfig):
    """dis_net's first epoch, in which it learns alone what blur is."""

    batch_size: int = _batch_size()


@dataclass(frozen=True, kw_only=True)
class RunConfig(NetworkConfig):
    """What every training of an autoencoder is given."""

    latent_dim: int = setting(
        "--latent",
        type=whole_number(1, PIXELS),
        help=f"latent dimension: how many numbers the encoder keeps of an image, 1 to {PIXELS}",
    )
    loss: Loss = setting(
        "--loss", default="l1", choices=LOSS_NAMES, help="reconstruction loss, a mean over pixels"
    )
    epochs: int
    peak_lr: float


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(RunConfig):
    """A plain training: an autoencoder and its reconstruction loss."""

    epochs: int = setting(
        "--epochs", default=6, type=whole_number(1, 10_000), help="passes over the training images"
    )
    batch_size: int = _batch_size()
    peak_lr: float = setting(
        "--peak-lr",
        "--lr",
        default=3e-3,
        type=positive_number,
        metavar="X",
        help="Adam's learning rate where the one-cycle schedule is highest",
    )
    muon_lr: float = setting(
        "--muon-lr",
        default=0.02,
        type=positive_number,
        metavar="X",
        help="Muon's, which moves the matrices of the hidden layers, at the same place",
    )


# Adversarial and feature-matching weight by latent dimension; found at these three with the L1, at
# seed 0, on training images, for the networks of commit a45b94b; the squared error takes the same.
# The score alone sharpens without end; feature matching alone blurs, being squared: it prefers the
# mean of what is possible. Together they end about where the originals are. The less there is to be
# corrected, the less score it takes; what two numbers reconstruct is far from its original, so that
# feature matching weighs more by itself.
WEIGHTS = {2: (0.05, 2.0), 16: (0.04, 7.0), 256: (0.012, 7.0)}


def default_weights(latent_dim: int) -> tuple[float, float]:
    """Return adversarial and feature-matching weight of the nearest in `WEIGHTS`, by ratio."""
    return WEIGHTS[min(WEIGHTS, key=lambda known: abs(math.log(latent_dim / known)))]


def _weights_in_words(place: int) -> str:
    return ", ".join(f"{weights[place]:g} at {dim}" for dim, weights in WEIGHTS.items())


@dataclass(frozen=True, kw_only=True)
class _AdversarialSettings(RunConfig):
    """What a training that goes on from a plain run is given, with dis_net or without."""

    epochs: int = setting(
        "--epochs",
        default=1,
        type=whole_number(1, 10_000),
        help="passes over the training images after dis_net's first one",
    )
    peak_lr: float = setting(
        "--peak-lr",
        "--lr",
        default=1e-3,
        type=positive_number,
        metavar="X",
        help="the autoencoder's learning rate where the one-cycle schedule is highest",
    )
    strategy: Strategy = setting(
        "--strategy",
        "--adversary",
        default="four-step",
        choices=STRATEGY_NAMES,
        help="how dis_net takes part; none goes on without it, as a control",
    )
    separate_updates: bool = setting(
        "--separate-updates",
        "--apart",
        default=False,
        help="update the autoencoder twice per batch, once for each of the last two steps",
    )


@dataclass(frozen=True, kw_only=True)
class AdversarialOptions(_AdversarialSettings):
    """The same as options: weights that are None are those of `default_weights`."""

    adversarial_weight: float | None = setting(
        "--adversarial-weight",
        "--score-weight",
        default=None,
        type=nonnegative_number,
        metavar="X",
        help="weight of dis_net's score beside the reconstruction loss (default by the nearest "
        f"latent dimension: {_weights_in_words(0)})",
    )
    feature_matching_weight: float | None = setting(
        "--feature-matching-weight",
        "--feature-weight",
        default=None,
        type=nonnegative_number,
        metavar="X",
        help="weight of the feature-matching loss beside it (default by the nearest latent "
        f"dimension: {_weights_in_words(1)})",
    )

    @property
    def variant(self) -> "Variant":
        """What tells this training from others that go on from the same plain run."""
        return Variant(
            self.loss,
            self.strategy,
            self.separate_updates,
            self.adversarial_weight,
            self.feature_matching_weight,
        )


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig(_AdversarialSettings):
    """The same with nothing left open.

    Attributes:
        batch_size: the plain run's.
        plain_run, plain_sha256: folder name and checkpoint's digest of the run gone on from.
    """

    adversarial_weight: float = described("--adversarial-weight")
    feature_matching_weight: float = described("--feature-matching-weight")
    batch_size: int = described("the plain run's batch size")
    plain_run: str = described("the plain run's name")
    plain_sha256: str = described("the plain run gone on from")

    @property
    def dis_net(self) -> DisNetConfig:
        """What dis_net's first epoch depends on."""
        return DisNetConfig(**{f.name: getattr(self, f.name) for f in fields(DisNetConfig)})


class Variant(NamedTuple):
    """One way of going on from a plain training, with fields as in `AdversarialOptions`."""

    loss: Loss
    strategy: Strategy
    separate_updates: bool = False
    adversarial_weight: float | None = None
    feature_matching_weight: float | None = None

    @property
    def name(self) -> str:
        """The part of a run's name that says how it went on; only given weights are named."""
        parts: list[str] = [self.strategy]
        if self.separate_updates:
            parts.append("separate")
        if self.adversarial_weight is not None:
            parts.append(f"adv{self.adversarial_weight:g}")
        if self.feature_matching_weight is not None:
            parts.append(f"fm{self.feature_matching_weight:g}")
        return "-".join(parts)

    def weights(self, latent_dim: int) -> tuple[float, float]:
        """Return adversarial and feature-matching weight, the default in place of None."""
        adversarial, feature_matching = default_weights(latent_dim)
        if self.adversarial_weight is not None:
            adversarial = self.adversarial_weight
        if self.feature_matching_weight is not None:
            feature_matching = self.feature_matching_weight
        return adversarial, feature_matching


# Report 000's three losses; report 002's two strategies with the L1. The plain ones go on without
# dis_net, for the same number of updates.
PLAIN, PLAIN_MSE = "L1 alone", "MSE alone"
MSE = "MSE + dis_net"
FOUR, THREE = "L1 + dis_net, four-step", "L1 + dis_net, three-step"
VARIANTS = {
    PLAIN: Variant("l1", "none"),
    PLAIN_MSE: Variant("mse", "none"),
    MSE: Variant("mse", "four-step"),
    FOUR: Variant("l1", "four-step"),
    THREE: Variant("l1", "three-step"),
}

# The ablation: FOUR with another adversarial weight, from none at all on; beside it PLAIN and
# THREE, FOUR without feature matching, and both strategies with separate updates.
SWEEP = {
    f"{FOUR}, adversarial weight 0": Variant("l1", "four-step", adversarial_weight=0.0),
    f"{FOUR}, adversarial weight 0.02": Variant("l1", "four-step", adversarial_weight=0.02),
    FOUR: VARIANTS[FOUR],
    f"{FOUR}, adversarial weight 0.1": Variant("l1", "four-step", adversarial_weight=0.1),
}
FOUR_SEPARATE, THREE_SEPARATE = f"{FOUR}, separate updates", f"{THREE}, separate updates"
SCORE_ONLY = f"{FOUR}, no feature matching"
ABLATION = SWEEP | {
    PLAIN: VARIANTS[PLAIN],
    SCORE_ONLY: Variant("l1", "four-step", feature_matching_weight=0.0),
    FOUR_SEPARATE: Variant("l1", "four-step", separate_updates=True),
    THREE: VARIANTS[THREE],
    THREE_SEPARATE: Variant("l1", "three-step", separate_updates=True),
}
