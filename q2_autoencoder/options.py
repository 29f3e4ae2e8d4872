"""The options that several scripts of Question 2 share, beside the settings of config.py.

torch is not imported: `--help` and a wrong option need not wait for it.
"""

import argparse
import re
from argparse import Namespace
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from q2_autoencoder.config import LARGEST_SEED, LATENT_DIMS, LOSS_NAMES, Loss, RunConfig
from shared import cli, datasets
from shared.cli import nonnegative_number, whole_number
from shared.device import DEVICE_HELP
from shared.files import RESULTS
from shared.settings import add_settings, from_options, setting

Dimensions = TypeVar("Dimensions", bound="DimensionSelection")
Settings = TypeVar("Settings")

FOLDER = RESULTS / "q2_autoencoder"
MOST_SEEDS = 100  # of one kind of run
MOST_DIMENSIONS = 4  # that one figure tells apart, by as many colours


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where a script computes, and where it reads and writes."""

    device: str = setting("--device", default="auto", metavar="DEVICE", help=DEVICE_HELP)
    data_dir: Path = setting(
        "--data-dir",
        "--data-root",
        default=datasets.default_root(),
        type=Path,
        metavar="DIR",
        help="folder of the data sets, in torchvision's layout; missing ones are fetched into it",
    )
    results: Path = setting(
        "--results",
        default=FOLDER,
        type=Path,
        metavar="DIR",
        help="folder of the runs, one folder each",
    )


@dataclass(frozen=True, kw_only=True)
class Execution(Machine):
    """How a training runs; nothing in here changes its outcome."""

    num_seeds: int = setting(
        "--num-seeds",
        "--seeds",
        default=1,
        type=whole_number(1, MOST_SEEDS),
        help="train so many runs, with seeds from --seed upwards",
    )
    resume: bool = setting(
        "--resume", default=False, help="go on from the newest whole checkpoint of each run"
    )
    checkpoint_every: int | None = setting(
        "--checkpoint-every",
        default=None,
        type=whole_number(1, 10**9),
        help="steps between checkpoints (default: those of an epoch)",
    )


@dataclass(frozen=True, kw_only=True)
class DataSelection(Machine):
    """Which data set a script works on."""

    data: str = setting("--data", default="mnist", choices=datasets.DATASETS, help="data set")


@dataclass(frozen=True, kw_only=True)
class FolderSelection(Machine):
    """The one run that a script looks at."""

    run: Path = setting("--run", type=Path, metavar="DIR", help="folder of the run")


@dataclass(frozen=True, kw_only=True)
class Selection(DataSelection):
    """Which finished runs a script looks at."""

    seed: int = setting(
        "--seed", default=0, type=whole_number(0, LARGEST_SEED), help="seed of the first run"
    )
    num_seeds: int = setting(
        "--num-seeds",
        "--seeds",
        default=1,
        type=whole_number(1, MOST_SEEDS),
        help="so many runs of each kind, with seeds from --seed upwards",
    )

    @property
    def seeds(self) -> range:
        return range(self.seed, self.seed + self.num_seeds)


@dataclass(frozen=True, kw_only=True)
class RunSelection(Selection):
    """Runs of one latent dimension and loss, or the one in the folder `run`."""

    latent_dim: int | None = setting(
        "--latent",
        default=None,
        type=whole_number(1, datasets.PIXELS),
        help="latent dimension of the runs",
    )
    run: Path | None = setting(
        "--run", default=None, type=Path, metavar="DIR", help="folder of one run, in place of all"
    )
    loss: Loss = setting("--loss", default="l1", choices=LOSS_NAMES, help="loss of the runs")


@dataclass(frozen=True, kw_only=True)
class PartsSelection(Selection):
    """Runs of one latent dimension."""

    latent_dim: int = setting(
        "--latent",
        default=16,
        type=whole_number(1, datasets.PIXELS),
        help="latent dimension of the runs",
    )


@dataclass(frozen=True, kw_only=True)
class DimensionSelection(Selection):
    """Runs of several latent dimensions, in rising order."""

    latent_dims: list[int]


@dataclass(frozen=True, kw_only=True)
class VariantSelection(DimensionSelection):
    """The same, of several variants: how many seeds of each, by their names in
    training/named_variants.py.
    """

    variants: dict[str, int]
    name: str


@dataclass(frozen=True, kw_only=True)
class WeightsSelection(DimensionSelection):
    """The same, of several variants with several pairs of weights each."""

    variants: list[str]
    weights: list[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class LossSelection(DimensionSelection):
    """The same, of one loss."""

    loss: Loss = setting("--loss", default="l1", choices=LOSS_NAMES, help="loss of the runs")


def training_parser(doc: str | None, config_class: type[RunConfig]) -> cli.Parser:
    """Return a parser with the settings of `config_class` and those of `Execution`."""
    parser = cli.Parser(doc)
    add_settings(parser.add_argument_group("training"), config_class)
    runs = parser.add_argument_group("runs")
    add_settings(runs, Execution, "num_seeds", "resume", "checkpoint_every", "results")
    add_settings(parser.add_argument_group("machine"), Execution, "device", "data_dir")
    return parser


def add_latent_dims(parser: argparse._ActionsContainer, words: str) -> None:
    """Add `--latents` to `parser`, or a group of its options: the assignment's unless others are
    given.
    """
    parser.add_argument(
        "--latents",
        dest="latent_dims",
        type=whole_number(1, datasets.PIXELS),
        nargs="+",
        default=list(LATENT_DIMS),
        metavar="N",
        help=words,
    )


def parser_of(doc: str | None, settings_class: type) -> cli.Parser:
    """Return a parser with the settings of `settings_class` and those of `Machine`.

    One that holds several latent dimensions gets the option for them, too.
    """
    parser = cli.Parser(doc)
    group, machine = parser.add_argument_group("settings"), {f.name for f in fields(Machine)}
    if issubclass(settings_class, DimensionSelection):
        add_latent_dims(group, f"latent dimensions to compare, at most {MOST_DIMENSIONS}")
    own = [f.name for f in fields(settings_class) if f.name not in machine]
    add_settings(group, settings_class, *own)
    add_settings(parser.add_argument_group("machine"), Machine)
    return parser


def parse_settings(doc: str | None, kind: type[Settings]) -> Settings:
    """Parse the command line of a script whose options are those of `kind`, and `Machine`'s."""
    return from_options(kind, parser_of(doc, kind).parse_args())


def parse_runs(doc: str | None) -> RunSelection:
    """Parse the command line of a script that looks at the runs of one latent dimension."""
    parser = cli.Parser(doc)
    group = parser.add_argument_group("runs")
    which = group.add_mutually_exclusive_group(required=True)
    add_settings(which, RunSelection, "latent_dim", "run")
    named = {"loss": "--loss", "data": "--data", "seed": "--seed", "num_seeds": "--num-seeds"}
    add_settings(group, RunSelection, *named)
    add_settings(parser.add_argument_group("machine"), Machine)
    # What is still None after parsing was not given.
    options = parser.parse_args(namespace=Namespace(**dict.fromkeys(named)))
    for name, flag in named.items():
        if getattr(options, name) is None:
            setattr(options, name, parser.get_default(name))
        elif options.run is not None:
            parser.error(f"{flag} is not allowed with --run, whose folder says it all")
    return from_options(RunSelection, options)


def named_counts(text: str) -> tuple[str, int | None]:
    """Return the name and the number of "NAME=NUMBER", or of "NAME" the name and None.

    Raises:
        argparse.ArgumentTypeError: the number is none of seeds.
    """
    name, given, number = text.partition("=")
    return name, whole_number(1, MOST_SEEDS)(number) if given else None


def folder_word(text: str) -> str:
    """Return `text` if it can be part of the name of a folder of comparisons.

    Raises:
        argparse.ArgumentTypeError: it cannot, or compare.py's folders have that name.
    """
    if not re.fullmatch("[a-z][a-z0-9-]*", text) or text in LOSS_NAMES:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not accepted; give small letters, digits and hyphens, and no loss"
        )
    return text


def pair_of_weights(text: str) -> tuple[float, float]:
    """Return the two numbers of "1,2".

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    words = text.split(",")
    if len(words) != 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; give two numbers as in 1,2")
    return nonnegative_number(words[0]), nonnegative_number(words[1])


def parse_dimensions(parser: cli.Parser, kind: type[Dimensions]) -> Dimensions:
    """Parse the command line of a script that compares latent dimensions."""
    return select_dimensions(parser, parser.parse_args(), kind)


def select_dimensions(
    parser: cli.Parser, options: Namespace, kind: type[Dimensions], *further: str
) -> Dimensions:
    """Return the settings of a script that compares latent dimensions from parsed `options`.

    Fields of `kind` that are no settings are those of the parser's own options `further`.
    """
    latent_dims = sorted(set(options.latent_dims))
    if len(latent_dims) > MOST_DIMENSIONS:
        parser.error(f"--latents takes at most {MOST_DIMENSIONS} latent dimensions")
    found = {name: getattr(options, name) for name in further}
    return from_options(kind, options, latent_dims=latent_dims, **found)
