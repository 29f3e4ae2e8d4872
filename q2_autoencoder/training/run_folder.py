"""The folder of a run: what is written there and how it is read back."""

import dataclasses
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.records import EVALUATION_VERSION, METRICS_VERSION, Evaluation, Metrics
from q2_autoencoder.training import file_names
from shared.checkpoints import load_checkpoint, load_weights, save_checkpoint, weights_of
from shared.datasets import PIXELS
from shared.errors import BadInput
from shared.files import read_record, shown, write_record

KIND, VERSION = "autoencoder", 4


class Run(NamedTuple):
    """A finished run: its folder, the content of its metrics.json, and the model on the CPU."""

    folder: Path
    metrics: Metrics
    model: Autoencoder


def save_model(folder: Path, model: Autoencoder) -> Path:
    """Write the latent dimension and the weights of `model`."""
    return save_checkpoint(
        folder / file_names.CHECKPOINT,
        KIND,
        VERSION,
        latent_dim=model.latent_dim,
        weights=weights_of(model),
    )


def load_model(path: Path) -> Autoencoder:
    """Return the autoencoder that `save_model` wrote to `path`, on the CPU, for evaluation.

    Raises:
        BadInput: the file is missing, damaged, foreign or of another architecture.
    """
    content = load_checkpoint(path, KIND, VERSION)
    latent_dim = content.get("latent_dim")
    if type(latent_dim) is not int or not 1 <= latent_dim <= PIXELS:
        raise BadInput(
            f"{shown(path)} has {latent_dim!r} latent dimensions; 1 to {PIXELS} make sense"
        )
    model = Autoencoder(latent_dim)
    load_weights(model, content.get("weights"), path)
    return model.eval()


def save_metrics(folder: Path, metrics: Metrics, belonging: Iterable[Path]) -> Metrics:
    """Write metrics.json, last of all files: where it stands, the run is whole.

    Returns `metrics` with the digests of the files `belonging` to it, so that others are not taken
    for them.
    """
    files = {path.name: file_digest(path) for path in belonging}
    metrics = dataclasses.replace(metrics, files=files)
    write_record(folder / file_names.METRICS, metrics)
    return metrics


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, which tells runs of one name apart."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_metrics(folder: Path) -> Metrics:
    """Return a run's metrics.

    Raises:
        BadInput: there is no whole run in `folder`, or its metrics are damaged or another run's.
    """
    if not folder.is_dir():
        raise BadInput(
            f"there is no run in {shown(folder)}; q2_autoencoder/train.py and, from its runs, "
            "train_adversarial.py make them"
        )
    path = folder / file_names.METRICS
    if not path.exists():
        raise BadInput(
            f"the run in {shown(folder)} is not whole: it has no {file_names.METRICS}; train again"
        )
    metrics = read_record(path, Metrics, METRICS_VERSION)
    config = metrics.config
    if config.batch_size < 2 or not metrics.curve:
        raise BadInput(
            f"{shown(path)} has a batch size of {config.batch_size} and a curve of "
            f"{len(metrics.curve)} epochs; it was edited"
        )
    named = re.fullmatch(r"(.+-)?latent(\d+)-seed(\d+)", folder.resolve().name)
    begins, *numbers = named.groups() if named else ("", 0, 0)
    if named and not (
        (begins or "").startswith(f"{config.data}-{config.loss}-")
        and numbers == [str(config.latent_dim), str(config.seed)]
    ):
        raise BadInput(
            f"{shown(path)} is of another run: {config.data}, {config.loss}, latent dimension "
            f"{config.latent_dim}, seed {config.seed}"
        )
    return metrics


def load_evaluation(folder: Path) -> Evaluation:
    """Return what eval.py found in the run in `folder`.

    Raises:
        BadInput: the run is missing, was not evaluated, or was trained again since.
    """
    metrics = load_metrics(folder)
    command = f"run `python q2_autoencoder/eval.py --run {shown(folder)}` first"
    if not (folder / file_names.EVALUATION).exists():
        raise BadInput(f"{shown(folder)} has no {file_names.EVALUATION}; {command}")
    evaluation = read_record(folder / file_names.EVALUATION, Evaluation, EVALUATION_VERSION)
    if evaluation.checkpoint_sha256 != metrics.files.get(file_names.CHECKPOINT):
        raise BadInput(f"{shown(folder)} was trained again since its evaluation; {command}")
    return evaluation


def check_belongs(path: Path, metrics: Metrics) -> None:
    """Check that the file `path`, read just before, is the one that `metrics` were written with.

    Raises:
        BadInput: it is of another run, or was replaced since.
    """
    if file_digest(path) != metrics.files.get(path.name):
        raise BadInput(
            f"{shown(path)} does not belong to the {file_names.METRICS} beside it: it is of "
            "another run"
        )


def load_run(folder: Path) -> Run:
    """Return the run in `folder`.

    Raises:
        BadInput: the run is missing, not whole, damaged or of another architecture.
    """
    metrics = load_metrics(folder)
    model = load_model(folder / file_names.CHECKPOINT)
    if model.latent_dim != metrics.config.latent_dim:
        raise BadInput(
            f"{shown(folder)} holds a checkpoint with {model.latent_dim} latent dimensions beside "
            f"metrics of {metrics.config.latent_dim}; train again"
        )
    check_belongs(folder / file_names.CHECKPOINT, metrics)
    return Run(folder, metrics, model)
