"""The settings of a training. A new hyperparameter is one more field here, and nothing else.

Every field becomes an option of the scripts (where it is made by `setting`), an entry of
metrics.json and of each checkpoint, and a reason to refuse a checkpoint that has another value.
torch is not imported: `--help` and a wrong option need not wait for it.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from shared.cli import nonnegative_number, positive_number, whole_number
from shared.datasets import DATASETS, PIXELS
from shared.device import PRECISIONS
from shared.settings import described, setting

Loss = Literal["l1", "mse"]
LOSS_NAMES: tuple[Loss, ...] = get_args(Loss)  # training/losses.py holds the functions
# training/adversarial.py holds the steps. Only in the first two is dis_net trained.
Strategy = Literal[
    "four-step", "three-step", "none", "random-features", "digit-features", "blurred-input"
]
STRATEGY_NAMES: tuple[Strategy, ...] = get_args(Strategy)
Start = Literal["plain", "scratch"]
START_NAMES: tuple[Start, ...] = get_args(Start)
ScoreLoss = Literal["hinge", "endless-hinge", "bce"]
SCORE_LOSS_NAMES: tuple[ScoreLoss, ...] = get_args(ScoreLoss)  # in training/losses.py, too
WITH_DIS_NET = ("four-step", "three-step")
Processing = Literal["none", "contrast", "unsharp"]  # evaluation/processing.py holds the functions
LATENT_DIMS = (2, 16, 256)  # those that the assignment asks for
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
    dis_net_epochs: int = setting(
        "--dis-net-epochs",
        default=2,
        type=whole_number(1, 10_000),
        help="the state before the last so many epochs is kept; there train_adversarial.py goes on "
        "with dis_net",
    )

    @property
    def epochs_before_dis_net(self) -> int:
        """How many epochs are trained before dis_net joins."""
        return max(0, self.epochs - self.dis_net_epochs)


# What the name of a run's folder calls settings that are not at their defaults.
SHORT_NAMES = {
    "separate_updates": "separate",
    "adversarial_weight": "adv",
    "feature_matching_weight": "fm",
}
# In units of the reconstruction loss's gradient; found on validation images (docs/question2.md).
ADVERSARIAL_WEIGHT, FEATURE_MATCHING_WEIGHT = 2.0, 2.0


@dataclass(frozen=True, kw_only=True)
class DisNetSettings:
    """How dis_net takes part in a training, or what stands in its place."""

    strategy: Strategy = setting(
        "--strategy",
        "--adversary",
        default="four-step",
        choices=STRATEGY_NAMES,
        help="how dis_net takes part, or what stands in its place as a control: none, with --start "
        "scratch, trains without it; random-features and digit-features match the features of a "
        "network like it that nothing was taught, or that tells digits; blurred-input is the loss "
        "that report 000 prints",
    )
    separate_updates: bool = setting(
        "--separate-updates",
        "--apart",
        default=False,
        help="update the autoencoder twice per batch, once for each of the last two steps",
    )
    start: Start = setting(
        "--start",
        default="plain",
        choices=START_NAMES,
        help="plain: dis_net, which has learned blur alone, joins for the last epochs of the plain "
        "run; scratch: both begin untrained",
    )
    score_loss: ScoreLoss = setting(
        "--score-loss",
        default="hinge",
        choices=SCORE_LOSS_NAMES,
        help="of dis_net's scores: hinge, in which a reconstruction gains up to its original's "
        "score; endless-hinge, in which it always gains; or bce, the cross-entropy of the labels",
    )
    unbalanced: bool = setting(
        "--unbalanced",
        default=False,
        help="weigh the losses themselves, and each kind of fake as much as the sharp images; else "
        "the weights are in units of the reconstruction loss's gradient, and all fakes together "
        "weigh as much as the sharp images",
    )
    adversarial_weight: float = setting(
        "--adversarial-weight",
        "--score-weight",
        default=ADVERSARIAL_WEIGHT,
        type=nonnegative_number,
        metavar="X",
        help="weight of dis_net's score beside the reconstruction loss",
    )
    feature_matching_weight: float = setting(
        "--feature-matching-weight",
        "--feature-weight",
        default=FEATURE_MATCHING_WEIGHT,
        type=nonnegative_number,
        metavar="X",
        help="weight of the feature-matching loss beside it",
    )


@dataclass(frozen=True, kw_only=True)
class AdversarialOptions(DisNetSettings, RunConfig):
    """The options of a training with dis_net. All other settings are those of the plain run.

    Attributes:
        epochs: None for the plain run's.
    """

    epochs: int | None = setting(
        "--epochs",
        default=None,
        type=whole_number(1, 10_000),
        help="passes over the training images, with --start scratch (default: the plain run's)",
    )

    @property
    def variant(self) -> "Variant":
        """What tells this training from others of the same plain run."""
        names = {field.name for field in fields(Variant)} - {"processing"}
        return Variant(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig(DisNetSettings, TrainingConfig):
    """The same with nothing left open, and with the plain run's settings.

    Attributes:
        plain_run, plain_sha256: folder name and checkpoint's digest of the plain run.
    """

    plain_run: str = described("the plain run's name")
    plain_sha256: str = described("the plain run gone on from")

    @property
    def dis_net(self) -> DisNetConfig:
        """What dis_net's first epoch depends on."""
        return DisNetConfig(**{f.name: getattr(self, f.name) for f in fields(DisNetConfig)})


@dataclass(frozen=True, kw_only=True)
class Variant(DisNetSettings):
    """One way of training with dis_net, or without.

    Attributes:
        loss: the reconstruction loss.
        epochs: None for the plain run's.
        processing: what is done to the reconstructions of a finished run.
    """

    loss: Loss
    epochs: int | None = None
    processing: Processing = "none"

    @property
    def settings(self) -> dict[str, Any]:
        """The fields that say how the networks are trained."""
        return {name: value for name, value in vars(self).items() if name != "processing"}

    def with_weights(self, adversarial: float, feature_matching: float) -> "Variant":
        """Return the same with other weights; without a dis_net there is no adversarial one."""
        found = replace(self, feature_matching_weight=feature_matching)
        return replace(found, adversarial_weight=adversarial) if self.has_dis_net else found

    @property
    def has_weights(self) -> bool:
        """Whether a feature-matching loss takes part, of dis_net or of what stands in its place."""
        return self.has_dis_net or self.strategy in ("random-features", "digit-features")

    @property
    def has_dis_net(self) -> bool:
        """Whether a dis_net is trained."""
        return self.strategy in WITH_DIS_NET

    @property
    def is_plain(self) -> bool:
        """Whether the run is the plain one itself."""
        return (self.strategy, self.start) == ("none", "plain")

    @property
    def name(self) -> str:
        """The part of a run's name that tells it from the plain run; "" for that one itself.

        Only what is not the default is named.
        """
        if self.is_plain:
            return ""
        parts: list[str] = [self.strategy]
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("loss", "strategy", "processing") or value == field.default:
                continue
            short = SHORT_NAMES.get(field.name, field.name)
            parts.append(value if isinstance(value, str) else short)
            if not isinstance(value, str | bool):
                parts[-1] += f"{value:g}"
        return "-".join(parts)
