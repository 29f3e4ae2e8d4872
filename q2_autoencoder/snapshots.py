"""The plane of two-dimensional codes as it was before and after every epoch of a training."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from q2_autoencoder.data import to_pixels
from q2_autoencoder.evaluation import BATCH
from q2_autoencoder.model import Autoencoder
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
def snapshot(model: Autoencoder, data: ImageData) -> tuple[np.ndarray, np.ndarray]:
    """Return codes (N, 2) and pictures (10, 28, 28) of `model` as it is, as `History` has them."""
    training = model.training
    model.eval()
    codes = torch.cat([model.encode(to_pixels(part)) for part in data.test_images.split(BATCH)])
    # argmax finds the first of equal values.
    first = [int((data.test_labels == digit).int().argmax()) for digit in range(10)]
    pictures = model(to_pixels(data.test_images[first])).view(-1, 28, 28)
    model.train(training)
    return codes.cpu().numpy(), pictures.mul(255).round().byte().cpu().numpy()


def save_history(folder: Path, snapshots: list[tuple[np.ndarray, np.ndarray]]) -> Path:
    """Write `snapshots`, one an epoch, into `folder`."""
    codes, pictures = map(np.stack, zip(*snapshots, strict=True))
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
        with np.load(path, allow_pickle=False) as arrays:
            history = History(arrays["codes"], arrays["pictures"])
    except OSError as error:
        raise BadInput(f"cannot read {shown(path)}: {error.strerror or 'damaged'}") from None
    except Exception:  # numpy has no one exception for a damaged file: zlib's, tokenize's, ...
        raise BadInput(f"{shown(path)} is damaged or no file of snapshots; train again") from None
    shapes = (history.codes.shape, history.pictures.shape)
    if shapes != ((epochs + 1, images, 2), (epochs + 1, 10, 28, 28)):
        raise BadInput(f"{shown(path)} holds arrays of other shapes; train again")
    return history
