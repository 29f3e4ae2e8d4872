"""The folder of a training run: its name, the files in it, and how they are read back."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from q2_autoencoder.networks.autoencoder import PIXELS, Autoencoder
from shared.checkpoints import load_checkpoint, load_weights, save_checkpoint, weights_of
from shared.errors import BadInput
from shared.files import RESULTS, read_json, shown, write_json

FOLDER = RESULTS / "q2_autoencoder"
CHECKPOINT, METRICS, EVALUATION = "checkpoint.pt", "metrics.json", "evaluation.json"
CLARITY, FAILURE = "clarity.json", "failure.json"
NUMBERS = (METRICS, EVALUATION, CLARITY, FAILURE)  # what a run came to; a new one discards them
KIND, VERSION = "autoencoder", 2


class Run(NamedTuple):
    """A finished training: its folder, the content of its metrics.json, and the model (CPU)."""

    folder: Path
    metrics: dict[str, Any]
    model: Autoencoder


def run_name(data: str, loss: str, latent: int, seed: int, variant: str = "") -> str:
    """Return the name of a run's folder, which tells it from other runs.

    `variant` says how the training went on from a plain one ("" for a plain one).
    """
    return "-".join(filter(None, (data, loss, variant, f"latent{latent}", f"seed{seed}")))


def save_model(folder: Path, model: Autoencoder) -> Path:
    """Write the model's size and weights."""
    return save_checkpoint(
        folder / CHECKPOINT, KIND, VERSION, latent=model.latent, weights=weights_of(model)
    )


def load_model(path: Path) -> Autoencoder:
    """Return the autoencoder that `save_model` wrote to `path`, on the CPU, for evaluation.

    Raises:
        BadInput: the file is missing, damaged, foreign or of another architecture.
    """
    content = load_checkpoint(path, KIND, VERSION)
    latent = content.get("latent")
    if type(latent) is not int or not 1 <= latent <= PIXELS:
        raise BadInput(f"{shown(path)} has {latent!r} latent dimensions; 1 to {PIXELS} make sense")
    model = Autoencoder(latent)
    load_weights(model, content.get("weights"), path)
    return model.eval()


def save_metrics(folder: Path, metrics: dict[str, Any], belonging: Iterable[Path]) -> Path:
    """Write metrics.json, last of all files: where it stands, the run is whole.

    It names the digests of the files `belonging` to it, so that others are not taken for them.
    """
    files = {path.name: file_digest(path) for path in belonging}
    write_json(folder / METRICS, {**metrics, "files": files})
    return folder / METRICS


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, which tells trainings of one name apart."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_entries(content: dict[str, Any], entries: dict[str, type], path: Path) -> None:
    """Check that `content`, read from the file `path`, has `entries` of these types.

    Raises:
        BadInput: it has not.
    """
    for key, kind in entries.items():
        if type(content.get(key)) is not kind:
            raise BadInput(
                f"{shown(path)} has {content.get(key)!r} for {key!r}; it was edited, or written "
                "by another version"
            )


def load_metrics(folder: Path) -> dict[str, Any]:
    """Return a run's metrics.

    Raises:
        BadInput: there is no whole run in `folder`, or an entry that all runs have is missing.
    """
    if not folder.is_dir():
        raise BadInput(
            f"there is no run in {shown(folder)}; q2_autoencoder/train.py and, from its runs, "
            "train_adversarial.py make them"
        )
    if not (folder / METRICS).exists():
        raise BadInput(f"the run in {shown(folder)} is not whole: it has no {METRICS}; train again")
    metrics = read_json(folder / METRICS)
    text, whole, real, table, rows = str, int, float, dict, list
    entries = {
        "data": text, "loss": text, "latent": whole, "seed": whole, "epochs": whole,
        "batch_size": whole, "learning_rate": real, "seconds": real, "precision": text,
        "device_name": text, "test": table, "pca_test": table, "curve": rows, "files": table,
    }  # fmt: skip
    check_entries(metrics, entries, folder / METRICS)
    if metrics["batch_size"] < 2:
        raise BadInput(f"{shown(folder / METRICS)} has a batch size of {metrics['batch_size']}")
    for point in metrics["curve"]:
        if not isinstance(point, dict) or {type(point.get(k)) for k in ("train", "test")} != {
            float
        }:
            raise BadInput(f"{shown(folder / METRICS)} has no curve that can be drawn; train again")
    named = re.fullmatch(r"(.+-)?latent(\d+)-seed(\d+)", folder.resolve().name)
    begins, *numbers = named.groups() if named else ("", 0, 0)
    if named and not (
        begins.startswith(f"{metrics['data']}-{metrics['loss']}-")
        and numbers == [str(metrics["latent"]), str(metrics["seed"])]
    ):
        raise BadInput(
            f"{shown(folder / METRICS)} is of another run: {metrics['data']}, {metrics['loss']}, "
            f"latent {metrics['latent']}, seed {metrics['seed']}"
        )
    for errors in (metrics["test"], metrics["pca_test"]):
        check_entries(errors, dict.fromkeys(("l1", "mse", "squared_error"), real), folder / METRICS)
    return metrics


def load_evaluation(folder: Path) -> dict[str, Any]:
    """Return what eval.py found in the run in `folder`.

    Raises:
        BadInput: the run is missing, was not evaluated, or was trained again since.
    """
    metrics = load_metrics(folder)
    command = f"run `python q2_autoencoder/eval.py --run {shown(folder)}` first"
    if not (folder / EVALUATION).exists():
        raise BadInput(f"{shown(folder)} has no {EVALUATION}; {command}")
    evaluation = read_json(folder / EVALUATION)
    entries = {
        "classifier_accuracy": float, "digit_accuracy": float, "pca_digit_accuracy": float,
        "nearest_neighbour_accuracy": float, "kept_detail": float, "centre_distance": float,
        "confusion": list, "original_confusion": list, "neighbour_confusion": list,
        "cluster_table": list, "clustering": dict,
    }  # fmt: skip
    check_entries(evaluation, entries, folder / EVALUATION)
    if evaluation.get("checkpoint_sha256") != metrics["files"].get(CHECKPOINT):
        raise BadInput(f"{shown(folder)} was trained again since its evaluation; {command}")
    return evaluation


def check_belongs(path: Path, metrics: dict[str, Any]) -> None:
    """Check that the file `path`, read just before, is the one that `metrics` were written with.

    Raises:
        BadInput: it is of another training, or was replaced since.
    """
    if file_digest(path) != metrics["files"].get(path.name):
        raise BadInput(
            f"{shown(path)} does not belong to the {METRICS} beside it: it is of another training"
        )


def load_run(folder: Path) -> Run:
    """Return the run in `folder`.

    Raises:
        BadInput: the run is missing, not whole, damaged or of another architecture.
    """
    metrics = load_metrics(folder)
    model = load_model(folder / CHECKPOINT)
    if model.latent != metrics["latent"]:
        raise BadInput(
            f"{shown(folder)} holds a checkpoint with {model.latent} latent dimensions beside "
            f"metrics of {metrics['latent']}; train again"
        )
    check_belongs(folder / CHECKPOINT, metrics)
    return Run(folder, metrics, model)
