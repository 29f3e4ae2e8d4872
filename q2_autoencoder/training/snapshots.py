"""The plane of two-dimensional codes as it was before and after every epoch of a training."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.errors import BATCH
from q2_autoencoder.training import run_folder as runs
from shared.checkpoints import check_archive
from shared.datasets import ImageData
from shared.errors import BadInput
from shared.files import atomic_path, shown

NAME = "snapshots.npz"


class History(NamedTuple):
    """A training's snapshots, by epoch 0 (before training) … E.

    Attributes:
        codes: codes (E + 1, N, 2) of the test images, float32.
        pictures: reconstructions (E + 1, 10, 28, 28) of the first test image of each class, uint8.
    """

    codes: np.ndarray
    pictures: np.ndarray


@torch.no_grad()
def snapshot(model: Autoencoder, data: ImageData) -> tuple[Tensor, Tensor]:
    """Return codes (N, 2) and pictures (10, 28, 28) of `model` as it is, as `History` has them.

    They stay where the model is.
    """
    training = model.training
    model.eval()
    codes = torch.cat([model.encode(to_pixels(part)) for part in data.test_images.split(BATCH)])
    # argmax finds the first of equal values.
    first = [int((data.test_labels == digit).int().argmax()) for digit in range(10)]
    pictures = model(to_pixels(data.test_images[first])).view(-1, 28, 28)
    model.train(training)
    return codes, pictures.mul(255).round().byte()


def save_history(folder: Path, snapshots: list[tuple[Tensor, Tensor]]) -> Path:
    """Write `snapshots`, one an epoch, into `folder`."""
    codes, pictures = (
        torch.stack([one.cpu() for one in series]).numpy()
        for series in zip(*snapshots, strict=True)
    )
    buffer = io.BytesIO()
    np.savez_compressed(buffer, codes=codes, pictures=pictures)
    with atomic_path(folder / NAME) as temporary:
        temporary.write_bytes(buffer.getbuffer())
    return folder / NAME


def load_history(folder: Path, epochs: int, images: int) -> History:
    """Return the snapshots in a run's folder, of `epochs` epochs and `images` test images.

    Raises:
        BadInput: the file is missing, damaged or of other shapes.
    """
    path = folder / NAME
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {shown(path)}: {error.strerror}") from None
    check_archive(data, path, "file of snapshots")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            history = History(arrays["codes"], arrays["pictures"])
    except Exception:  # numpy has no one exception for a damaged file: zlib's, tokenize's, ...
        raise BadInput(f"{shown(path)} is damaged or no file of snapshots; train again") from None
    shapes = (history.codes.shape, history.pictures.shape)
    if shapes != ((epochs + 1, images, 2), (epochs + 1, 10, 28, 28)):
        raise BadInput(f"{shown(path)} holds arrays of other shapes; train again")
    return history


def history_of(run: runs.Run, images: int) -> History | None:
    """Return the snapshots that a training kept of its plane of codes; None for other sizes.

    Raises:
        BadInput: they are missing, damaged or of another training.
    """
    if run.metrics["latent"] != 2:
        return None
    history = load_history(run.folder, len(run.metrics["curve"]), images)
    runs.check_belongs(run.folder / NAME, run.metrics)
    return history
