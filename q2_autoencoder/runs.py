"""The folder of a training run: its name, the files in it, and how they are read back."""

from pathlib import Path
from typing import Any, NamedTuple

from q2_autoencoder.model import PIXELS, Autoencoder
from shared.checkpoints import load_checkpoint, load_weights, save_checkpoint, weights_of
from shared.errors import BadInput
from shared.files import RESULTS, read_json, shown, write_json

FOLDER = RESULTS / "q2_autoencoder"
CHECKPOINT, METRICS = "checkpoint.pt", "metrics.json"
KIND, VERSION = "autoencoder", 2


class Run(NamedTuple):
    """A finished training: its folder, the content of its metrics.json, and the model (CPU)."""

    folder: Path
    metrics: dict[str, Any]
    model: Autoencoder


def run_name(data: str, loss: str, latent: int, seed: int) -> str:
    """Return the name of a run's folder, which tells it from other runs."""
    return f"{data}-{loss}-latent{latent}-seed{seed}"


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


def discard_metrics(folder: Path) -> None:
    """Remove the metrics of an earlier run before its other files are replaced one by one."""
    (folder / METRICS).unlink(missing_ok=True)


def save_metrics(folder: Path, metrics: dict[str, Any]) -> Path:
    """Write metrics.json, last of all files: where it stands, the run is whole."""
    write_json(folder / METRICS, metrics)
    return folder / METRICS


def load_metrics(folder: Path) -> dict[str, Any]:
    """Return a run's metrics.

    Raises:
        BadInput: there is no whole run in `folder`, or an entry that all runs have is missing.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no run in {shown(folder)}; q2_autoencoder/train.py makes runs")
    if not (folder / METRICS).exists():
        raise BadInput(f"the run in {shown(folder)} is not whole: it has no {METRICS}; train again")
    metrics = read_json(folder / METRICS)
    entries = {"data": str, "loss": str, "latent": int, "seed": int, "test": dict, "curve": list}
    for key, kind in entries.items():
        if type(metrics.get(key)) is not kind:
            raise BadInput(
                f"{shown(folder / METRICS)} has {metrics.get(key)!r} for {key!r}; was it edited?"
            )
    return metrics


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
    return Run(folder, metrics, model)
