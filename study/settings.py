"""A study file: which runs are trained and compared. All of it is checked before anything runs."""

import argparse
import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from q2_autoencoder.config import (
    LARGEST_SEED,
    LOSS_NAMES,
    AdversarialOptions,
    Loss,
    TrainingConfig,
    Variant,
    run_name,
)
from q2_autoencoder.options import FOLDER, MOST_DIMENSIONS, MOST_SEEDS, folder_word
from q2_autoencoder.training.named_variants import COMPARED, PARTS, PLAIN, VARIANTS
from shared.cli import Parser
from shared.datasets import DATASETS, PIXELS, VALIDATION
from shared.errors import BadInput
from shared.files import PROJECT, shown
from shared.settings import add_settings, option_words

HERE = Path(__file__).resolve().parent
FILES = sorted(path.name for path in HERE.glob("*.yaml"))
# Settings that name a run, and that the study gives: they stand elsewhere in the file.
NAMING = ("latent_dim", "loss", "data", "seed")


class PlainRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plain training that stands beside the compared ones, with seed 0."""

    data: str
    latent_dim: int
    loss: Loss = "l1"
    settings: dict[str, Any] = {}


class Study(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The content of a study file.

    Attributes:
        results: folder of the runs; a relative one lies in the project.
        data: data sets.
        latent_dims: compared side by side.
        num_seeds: runs of each kind, with seeds from `first_seed` on.
        num_seeds_of: of variants that have more or fewer, by name.
        variants: names of `COMPARED` in q2_autoencoder/training/named_variants.py.
        weights: pairs of adversarial and feature-matching weight. Where they are given, the study
            tries each with every variant and chooses one for it; it compares nothing else.
        rate_distortion: whether the study is of plain runs of both losses alone, whose errors are
            drawn against the latent dimension.
        comparison: its name, which tells its results from those of another study.
        parts: latent dimension at which the parts of the training with dis_net are told apart, by
            the names of `PARTS` in q2_autoencoder/training/named_variants.py.
        further_runs: plain runs that are trained and not compared.
        train: settings of all trainings that differ from train.py's defaults.
        publish: whether Question 1, the gallery and the ledger belong to the study.
        cluster_all: latent dimension of the plain run of whose codes all images' are clustered, if
            any; it belongs to what is published.
        further_studies: names of the files in study/ whose results the gallery shows as well.
    """

    results: str
    data: list[str]
    latent_dims: list[int]
    num_seeds: int
    variants: list[str] = []
    rate_distortion: bool = False
    first_seed: int = 0
    num_seeds_of: dict[str, int] = {}
    weights: list[tuple[float, float]] = []
    comparison: str = "adversarial"
    parts: dict[str, int] = {}
    further_runs: list[PlainRun] = []
    train: dict[str, Any] = {}
    publish: bool = False
    cluster_all: int | None = None
    further_studies: list[str] = []

    @property
    def further(self) -> list["Study"]:
        """The studies whose results the gallery shows as well."""
        return [read_study(HERE / name) for name in self.further_studies]

    @property
    def folder(self) -> Path:
        """The folder of the runs."""
        return PROJECT / self.results

    def seeds(self, variant: str = "") -> range:
        """Return the seeds of the runs of a variant, or of those that `num_seeds_of` leaves out."""
        count = self.num_seeds_of.get(variant, self.num_seeds)
        return range(self.first_seed, self.first_seed + count)

    @property
    def losses(self) -> list[Loss]:
        """The losses of the plain runs: L1, and those of the variants that go on from them."""
        used = {"l1", *(COMPARED[name].loss for name in self.variants)}
        return [loss for loss in LOSS_NAMES if self.rate_distortion or loss in used]

    def plain_runs(self, data: str, loss: Loss = "l1") -> list["Run"]:
        """Return the plain runs that are compared, or gone on from."""
        return [Run(data, loss, dim, seed) for dim in self.latent_dims for seed in self.seeds()]

    def compared_runs(self, data: str) -> list["Run"]:
        """Return the runs that compare_adversarial.py puts side by side."""
        return [
            Run.of(data, COMPARED[name], dim, seed)
            for dim in self.latent_dims
            for name in self.variants
            for seed in self.seeds(name)
        ]

    def single_runs(self, data: str) -> list["Run"]:
        """Return the compared runs that `num_seeds_of` asks for once: they have no interval."""
        return [
            run
            for name, count in self.num_seeds_of.items()
            if count == 1 and not COMPARED[name].is_plain
            for dim in self.latent_dims
            for run in [Run.of(data, COMPARED[name], dim, self.first_seed)]
        ]

    def parts_runs(self, data: str, parts: str) -> list["Run"]:
        """Return the runs that compare_parts.py puts side by side."""
        return [
            Run.of(data, variant, self.parts[parts], seed)
            for variant in PARTS[parts].all.values()
            for seed in self.seeds()
        ]

    def tried_runs(self, data: str) -> list["Run"]:
        """Return the runs among whose weights choose.py chooses."""
        return [
            Run.of(data, COMPARED[name].with_weights(*pair), dim, seed)
            for dim in self.latent_dims
            for name in self.variants
            for pair in self.weights
            for seed in self.seeds()
        ]

    @property
    def all_runs(self) -> dict[str, "Run"]:
        """All runs by name."""
        runs = [Run(one.data, one.loss, one.latent_dim, 0) for one in self.further_runs]
        for data in self.data:
            runs += [run for loss in self.losses for run in self.plain_runs(data, loss)]
            if self.weights:
                runs += self.tried_runs(data)
            else:
                runs += self.compared_runs(data)
                runs += [run for name in self.parts for run in self.parts_runs(data, name)]
        return {run.name: run for run in runs}

    def plain_settings(self, run: "Run") -> Mapping[str, Any]:
        """Return the settings of a plain run that differ from train.py's defaults."""
        for one in self.further_runs:
            if (one.data, one.loss, one.latent_dim) == (run.data, run.loss, run.latent_dim):
                return {**self.train, **one.settings}
        return self.train

    def settings_of(self, config_class: type) -> dict[str, Any]:
        """Return the settings of the trainings that another script has as well, and takes."""
        names = {f.name for f in dataclasses.fields(config_class)} - {"epochs"}
        return {name: value for name, value in self.train.items() if name in names}


class Run(NamedTuple):
    """One training; a plain one has no variant."""

    data: str
    loss: Loss
    latent_dim: int
    seed: int
    variant: Variant | None = None

    @classmethod
    def of(cls, data: str, variant: Variant, latent_dim: int, seed: int) -> "Run":
        """Return the run of a variant, which may be the plain one."""
        own = None if variant.is_plain else variant
        return cls(data, variant.loss, latent_dim, seed, own)

    @property
    def name(self) -> str:
        """The name of its folder."""
        variant = self.variant.name if self.variant else ""
        return run_name(self.data, self.loss, self.latent_dim, self.seed, variant)

    @property
    def plain(self) -> "Run":
        """The plain run that it goes on from."""
        return self._replace(variant=None)

    @property
    def naming_words(self) -> list[str]:
        """The options that name it on the command line of its script."""
        numbers = {"data": self.data, "latent_dim": self.latent_dim, "seed": self.seed}
        if self.variant is None:
            return option_words(TrainingConfig, {**numbers, "loss": self.loss})
        usual = Variant(loss=self.loss, strategy=self.variant.strategy)
        given = {
            name: value
            for name, value in self.variant.settings.items()
            if name in ("loss", "strategy") or value != getattr(usual, name)
        }
        return option_words(AdversarialOptions, {**numbers, **given})


def read_study(path: Path) -> Study:
    """Return the study in the YAML file `path`.

    Raises:
        BadInput: it cannot be read, or an entry is missing, unknown or not accepted.
    """
    study = _decoded(path)
    for problem in _problems(study):
        raise BadInput(f"{shown(path)}: {problem}")
    return study


def _decoded(path: Path) -> Study:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Study)
    except OSError as error:
        raise BadInput(f"cannot read {shown(path)}: {error.strerror}") from None
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(f"{shown(path)}: {error}") from None


def _problems(study: Study) -> Iterator[str]:
    """Yield what is wrong with the values of a study, in the words of its file."""
    yield from _wrong_results(study.results)
    yield from _unknown("data", study.data, DATASETS)
    yield from _unknown("variants", study.variants, COMPARED)
    yield from _wrong_dimensions("latent_dims", study.latent_dims)
    if study.rate_distortion and (study.variants or study.weights or study.parts):
        yield "rate_distortion: such a study has no variants, weights or parts"
    for name in ("data", "latent_dims", *(() if study.rate_distortion else ("variants",))):
        entries = getattr(study, name)
        if not entries:
            yield f"{name} is empty"
        if len(set(entries)) < len(entries):
            yield f"{name} names something twice"
    if len(study.latent_dims) > MOST_DIMENSIONS and not study.rate_distortion:
        yield f"latent_dims: at most {MOST_DIMENSIONS} are compared side by side"
    for where, count in (("num_seeds", study.num_seeds), *_named(study.num_seeds_of)):
        if not 1 <= count <= MOST_SEEDS:
            yield f"{where}: {count} is not accepted; give a whole number from 1 to {MOST_SEEDS}"
    yield from _unknown("num_seeds_of", study.num_seeds_of, study.variants)
    if not 0 <= study.first_seed <= LARGEST_SEED - MOST_SEEDS:
        yield (
            f"first_seed: {study.first_seed} is not accepted; give a whole number from 0 to "
            f"{LARGEST_SEED - MOST_SEEDS}"
        )
    if study.weights:
        yield from _wrong_search(study)
    try:
        folder_word(study.comparison)
    except argparse.ArgumentTypeError as error:
        yield f"comparison: {error}"
    if not (study.weights or study.rate_distortion):
        if PLAIN not in study.variants:
            yield f"variants: {PLAIN!r} is missing, with which the others are compared"
        if study.variants == [PLAIN]:
            yield f"variants: another one than {PLAIN!r} is missing, to be compared with it"
    yield from _unknown("parts", study.parts, PARTS)
    for name, dim in study.parts.items():
        if dim not in study.latent_dims:
            yield f"parts: {name}: {dim} is not among latent_dims"
    for run in study.further_runs:
        yield from _unknown("further_runs: data", [run.data], DATASETS)
        yield from _wrong_dimensions("further_runs: latent_dim", [run.latent_dim])
        yield from _refused("further_runs: settings", TrainingConfig, run.settings)
        if run.latent_dim in study.latent_dims and run.data in study.data:
            yield f"further_runs: {run.latent_dim} is among latent_dims already"
    further = [(run.data, run.loss, run.latent_dim) for run in study.further_runs]
    if len(set(further)) < len(further):
        yield "further_runs names a run twice"
    if study.publish and study.folder != FOLDER:
        yield f"results: the gallery is made from {shown(FOLDER)}; with publish it must be that"
    yield from _refused("train", TrainingConfig, study.train)
    if study.cluster_all is not None and study.cluster_all not in study.latent_dims:
        yield f"cluster_all: {study.cluster_all} is not among latent_dims"
    if study.further_studies and not study.publish:
        yield "further_studies: a study that does not publish shows no results of others"
    yield from _unknown("further_studies", study.further_studies, FILES)
    for name in study.further_studies:
        other = _decoded(HERE / name)
        if other.publish or other.folder != study.folder:
            yield f"further_studies: {name} publishes itself, or has its results elsewhere"


def _wrong_results(results: str) -> Iterator[str]:
    """Yield what is wrong with the folder of the results: nothing else may lie in it."""
    if not results or not results.isprintable():
        yield f"results: {results!r} is not accepted; give the path of a folder"
    elif PROJECT.is_relative_to((PROJECT / results).resolve()):
        yield f"results: {results!r} holds the project itself; give a folder of their own"


def _wrong_search(study: Study) -> Iterator[str]:
    """Yield what is wrong with a search for weights."""
    for pair in study.weights:
        if not all(0 <= weight < math.inf for weight in pair):
            yield f"weights: {list(pair)} is not accepted; give two numbers from 0 on"
    if len(set(study.weights)) < len(study.weights):
        yield "weights names a pair twice"
    if study.parts or study.num_seeds_of:
        yield "weights: a search has no parts and no num_seeds_of"
    for name in study.variants:
        if name in COMPARED and (name not in VARIANTS or not VARIANTS[name].has_weights):
            yield f"variants: {name!r} has no weights to be tried"
    for name in study.data:
        if not name.endswith(VALIDATION):
            yield f"data: {name!r} has test images; weights are chosen on {name}{VALIDATION}"


def _named(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for name, count in counts.items():
        yield f"num_seeds_of: {name!r}", count


def _unknown(where: str, given: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    for name in given:
        if name not in known:
            yield f"{where}: {name!r} is not known; give some of {', '.join(map(repr, known))}"


def _wrong_dimensions(where: str, given: Iterable[int]) -> Iterator[str]:
    for dim in given:
        if not 1 <= dim <= PIXELS:
            yield f"{where}: {dim} is not accepted; a latent dimension is 1 to {PIXELS}"


class _Refused(Exception):
    """A setting that the script's own parser does not take."""


class _Trial(Parser):
    """The script's parser, for which a wrong option is no end of the program."""

    def error(self, message: str) -> NoReturn:
        raise _Refused(message)


def _refused(where: str, config_class: type, given: Mapping[str, Any]) -> Iterator[str]:
    known = [f.name for f in dataclasses.fields(config_class) if f.name not in NAMING]
    unknown = list(_unknown(where, given, known))
    if unknown:
        yield from unknown
        return
    usual = {field.name: field.default for field in dataclasses.fields(config_class)}
    for name, value in given.items():
        switch = usual[name] is False
        if isinstance(value, bool) != switch:
            accepted = "true or false" if switch else f"a value such as {usual[name]}"
            yield f"{where}: {name}: {value!r} is not accepted; give {accepted}"
    trial = _Trial()
    add_settings(trial, config_class, *known)
    try:
        trial.parse_args(option_words(config_class, given))
    except _Refused as refused:
        yield f"{where}: {refused}"
