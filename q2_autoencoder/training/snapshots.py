"""The 2-D latent space as it was before and after every epoch of a run."""

import io
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import EVALUATION_BATCH, to_pixels
from q2_autoencoder.records import History
from q2_autoencoder.training import file_names, run_folder
from shared.checkpoints import check_archive
from shared.datasets import ImageData
from shared.errors import BadInput
from shared.files import atomic_path, shown

Snapshot = tuple[Tensor, Tensor]  # codes (N, 2) and reconstructions (10, 28, 28), as in `History`


def first_of_each(labels: Tensor) -> list[int]:
    """Return the place of the first image of each digit among `labels` (N,)."""
    return [int((labels == digit).int().argmax()) for digit in range(10)]  # the first of the ones


@torch.no_grad()
def snapshot(model: Autoencoder, data: ImageData) -> Snapshot:
    """Return codes and reconstructions of `model` as it is; they stay on its device."""
    training = model.training
    model.eval()
    parts = data.test_images.split(EVALUATION_BATCH)
    codes = torch.cat([model.encode(to_pixels(part)) for part in parts])
    first = first_of_each(data.test_labels)
    reconstructions = model(to_pixels(data.test_images[first])).view(-1, 28, 28)
    model.train(training)
    return codes, reconstructions.mul(255).round().byte()


def save_history(folder: Path, snapshots: list[Snapshot]) -> Path:
    """Write `snapshots`, one per epoch, into `folder`."""
    codes, reconstructions = (
        torch.stack([one.cpu() for one in series]).numpy()
        for series in zip(*snapshots, strict=True)
    )
    buffer = io.BytesIO()
    np.savez_compressed(buffer, codes=codes, reconstructions=reconstructions)
    with atomic_path(folder / file_names.SNAPSHOTS) as temporary:
        temporary.write_bytes(buffer.getbuffer())
    return folder / file_names.SNAPSHOTS


def load_history(folder: Path, epochs: int, images: int) -> History:
    """Return the snapshots in a run's folder, of `epochs` epochs and `images` test images.

    Raises:
        BadInput: the file is missing, damaged or of other shapes.
    """
    path = folder / file_names.SNAPSHOTS
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {shown(path)}: {error.strerror}") from None
    check_archive(data, path, "file of snapshots")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            history = History(arrays["codes"], arrays["reconstructions"])
    except Exception:  # numpy has no one exception for a damaged file: zlib's, tokenize's, ...
        raise BadInput(f"{shown(path)} is damaged or no file of snapshots; train again") from None
    shapes = (history.codes.shape, history.reconstructions.shape)
    if shapes != ((epochs + 1, images, 2), (epochs + 1, 10, 28, 28)):
        raise BadInput(f"{shown(path)} holds arrays of other shapes; train again")
    return history


def history_of(run: run_folder.Run, images: int) -> History | None:
    """Return the snapshots of a run's 2-D latent space; None for other latent dimensions.

    Raises:
        BadInput: they are missing, damaged or of another run.
    """
    if run.metrics.config.latent_dim != 2:
        return None
    history = load_history(run.folder, len(run.metrics.curve), images)
    run_folder.check_belongs(run.folder / file_names.SNAPSHOTS, run.metrics)
    return history
