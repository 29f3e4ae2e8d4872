"""The folder of a training run: its name, and the files in it."""

import io
from pathlib import Path
from typing import Any

import torch

from q2_autoencoder.model import Autoencoder
from shared.files import atomic_path, write_json

CHECKPOINT, METRICS = "checkpoint.pt", "metrics.json"


def run_name(data: str, loss: str, latent: int, seed: int) -> str:
    """Return the name of a run's folder, which tells it from other runs."""
    return f"{data}-{loss}-latent{latent}-seed{seed}"


def save_checkpoint(folder: Path, model: Autoencoder) -> Path:
    """Write the model's size and weights, on the CPU and without any code, atomically."""
    weights = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
    # Through memory: on a full disk torch.save raises a RuntimeError that names no reason.
    buffer = io.BytesIO()
    torch.save({"latent": model.latent, "weights": weights}, buffer)
    with atomic_path(folder / CHECKPOINT) as temporary:
        temporary.write_bytes(buffer.getbuffer())
    return folder / CHECKPOINT


def discard_metrics(folder: Path) -> None:
    """Remove the metrics of an earlier run before its other files are replaced one by one."""
    (folder / METRICS).unlink(missing_ok=True)


def save_metrics(folder: Path, metrics: dict[str, Any]) -> Path:
    """Write metrics.json, last of all files: where it stands, the run is whole."""
    write_json(folder / METRICS, metrics)
    return folder / METRICS
