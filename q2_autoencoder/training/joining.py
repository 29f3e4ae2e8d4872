"""The state of a plain training where dis_net may join it, kept in the run's folder.

It holds nothing of the machine and no times: a training gives the same file each time. Until the
training is finished it has a name of its own, so that an older run in the folder stays whole.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from q2_autoencoder.records import CurvePoint
from q2_autoencoder.training import file_names
from q2_autoencoder.training.optimization import AutoencoderTraining
from q2_autoencoder.training.snapshots import Snapshot
from q2_autoencoder.training.state import TrainingState, load_parts, to_device
from shared.checkpoints import load_checkpoint, save_checkpoint
from shared.errors import BadInput
from shared.files import shown

UNDER_WAY = f".{file_names.BEFORE_DIS_NET}"
KIND, VERSION = "a training that dis_net may join", 1


@dataclass(frozen=True)
class Joined:
    """What a training with dis_net goes on from, beside the autoencoder.

    Attributes:
        epochs: that were trained before.
        shuffling: state of the random numbers that order the images.
        curve, snapshots: of those epochs.
    """

    epochs: int
    shuffling: torch.Tensor
    curve: list[CurvePoint]
    snapshots: list[Snapshot]


def keep(folder: Path, state: TrainingState, epochs: int) -> Path:
    """Write the state of a plain training under way, after so many epochs."""
    return save_checkpoint(
        folder / UNDER_WAY,
        KIND,
        VERSION,
        parts={name: part.state_dict() for name, part in state.parts.items()},
        epochs=epochs,
        shuffling=state.generators["shuffling"].get_state(),
        curve=[(point.epoch, point.train, point.test) for point in state.record.curve],
        snapshots=list(state.record.snapshots),
    )


def check(folder: Path) -> None:
    """Check that a training under way has kept its state.

    Raises:
        BadInput: it is gone.
    """
    if not (folder / UNDER_WAY).exists():
        raise BadInput(f"{shown(folder / UNDER_WAY)} is gone; train anew without --resume")


def finish(folder: Path, stage: Path) -> Path:
    """Put the state into `stage`, among the results of the training that is finished.

    Raises:
        BadInput: it is gone.
    """
    check(folder)
    return Path(shutil.copyfile(folder / UNDER_WAY, stage / file_names.BEFORE_DIS_NET))


def join(path: Path, autoencoder: AutoencoderTraining, device: torch.device) -> Joined:
    """Put an autoencoder into the state that `keep` wrote to `path`, and return the rest of it.

    Raises:
        BadInput: the file is missing, damaged or of another architecture.
    """
    content: dict[str, Any] = load_checkpoint(path, KIND, VERSION)
    load_parts(autoencoder.parts, content["parts"], path)
    return Joined(
        content["epochs"],
        content["shuffling"],
        [CurvePoint(*values) for values in content["curve"]],
        to_device(content["snapshots"], device),
    )
