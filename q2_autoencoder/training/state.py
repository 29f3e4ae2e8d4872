"""What a training runs in, and what it needs to go on after a break."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from q2_autoencoder.records import CurvePoint
from q2_autoencoder.training.snapshots import Snapshot
from shared.checkpoints import load_weights
from shared.provenance import Environment

StopRequest = Callable[[], int | None]


@dataclass(frozen=True)
class RunContext:
    """Where a run is kept and when it stops. Nothing in here changes its outcome.

    Attributes:
        folder: the run's, locked by this process.
        environment: what the numbers depend on beside the settings.
        stop_request: returns which signal has asked to stop, or None.
        checkpoint_every: steps between checkpoints; None for those of an epoch.
        resume: whether to go on from the newest whole checkpoint.
    """

    folder: Path
    environment: Environment
    stop_request: StopRequest
    checkpoint_every: int | None = None
    resume: bool = False


@dataclass
class Record:
    """What a training keeps of itself; changed in place.

    Attributes:
        curve: the losses, epoch by epoch.
        snapshots: the 2-D latent space, epoch by epoch; empty for other latent dimensions.
        steps: what each step of the epoch under way measured, by name, as tensors (S,).
    """

    curve: list[CurvePoint] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    steps: dict[str, Tensor] = field(default_factory=dict)

    def note(self, place: int, measured: dict[str, Tensor], steps_per_epoch: int) -> None:
        """Put what the step at `place` of the epoch measured into `steps`; nothing is read back."""
        for name, value in measured.items():
            if name not in self.steps:
                self.steps[name] = value.new_full((steps_per_epoch,), torch.nan)
            self.steps[name][place] = value

    def take_steps(self) -> dict[str, Tensor]:
        """Return what the epoch's steps measured, and begin the next epoch."""
        steps, self.steps = self.steps, {}
        return steps


@dataclass
class AdversarialRecord(Record):
    """The same for a training with dis_net.

    Attributes:
        epochs: what the steps of each epoch measured.
        last_good: the autoencoder's weights after the last epoch that went well.
    """

    epochs: list[dict[str, Tensor]] = field(default_factory=list)
    last_good: dict[str, Tensor] = field(default_factory=dict)


RecordType = TypeVar("RecordType", bound=Record)


@dataclass(frozen=True)
class TrainingState(Generic[RecordType]):
    """All that a checkpoint holds beside settings, place and random states.

    Attributes:
        parts: networks, optimizers and schedules, by name.
        generators: random numbers, by name; "shuffling" orders the images of an epoch.
        record: what the training keeps of itself.
        epochs_before: epochs that were trained before it began.
    """

    parts: dict[str, nn.Module | torch.optim.Optimizer | torch.optim.lr_scheduler.LRScheduler]
    generators: dict[str, torch.Generator]
    record: RecordType
    epochs_before: int = 0

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        """The optimizers among the parts."""
        return [p for p in self.parts.values() if isinstance(p, torch.optim.Optimizer)]


# What a checkpoint may hold beside tensors, numbers, strings and containers of them.
RECORDED = (CurvePoint,)


def random_states() -> dict[str, Any]:
    """Return the states of all global random generators, as plain numbers and tensors."""
    state: Any = np.random.get_state()  # noqa: NPY002 (for libraries that draw from it)
    name, keys, *rest = state
    return {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(keys.astype(np.int64)), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
    }


def set_random_states(states: dict[str, Any]) -> None:
    """Put all global random generators into the `states` that `random_states` gave."""
    random.setstate(states["python"])
    name, keys, *rest = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if states["cuda"] and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])


def to_device(value: Any, device: torch.device) -> Any:
    """Return `value` with every tensor in its dicts and lists on `device`."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: to_device(one, device) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(to_device(one, device) for one in value)
    return value


def load_parts(parts: Mapping[str, Any], states: Mapping[str, Any], path: Path) -> None:
    """Put networks, optimizers and schedules into their states, read from `path`.

    Raises:
        BadInput: a network is of another architecture.
    """
    for name, part in parts.items():
        if isinstance(part, nn.Module):
            load_weights(part, states[name], path)
        else:
            part.load_state_dict(states[name])
