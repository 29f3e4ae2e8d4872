"""A training that can be killed at any moment: what it needs to go on, kept in its folder.

A checkpoint (`training-<step>.pt`) holds the networks, optimizers, schedules, all random states,
the place in the shuffled epoch and what was recorded so far. Going on from it gives the weights
that the training would have come to without the break, bit by bit.
"""

import itertools
import math
import random
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_batches
from q2_autoencoder.training import run_folder as runs
from shared import cli
from shared.checkpoints import load_checkpoint, load_weights, save_checkpoint
from shared.errors import BadInput, Interrupted
from shared.files import held, shown, writable_folder
from shared.interruption import noted

KIND, VERSION = "training", 1
KEPT = 2  # checkpoints: the newest, and the one before should the disk have damaged that
CHECK_EVERY = 50  # steps; looking at gradients means to wait for the device
# Where the option is not called as its entry in metrics.json is.
OPTIONS = {
    "learning_rate": "--lr",
    "strategy": "--adversary",
    "start_sha256": "the plain run gone on from",
}


class NotFinite(BadInput):
    """A loss or gradient is not finite: the training cannot go on.

    `reason` says what, where and at which learning rate; the message also from where to go on.
    """

    def __init__(self, reason: str, folder: Path):
        newest = next(iter(checkpoints(folder)), None)
        last = shown(newest) if newest else "not yet written"
        super().__init__(f"{reason}; the last good checkpoint is {last}; give a lower --lr")
        self.reason = reason


class Resumable:
    """The state of one training, and when it is written to its folder.

    Attributes:
        epoch: epochs that are finished.
        batch: batches of the next epoch that are finished.
        seconds: spent in training steps so far, without tests, figures and checkpoints.
        resumed: one entry each time the training went on: the step, and what was another value
            in the environment before.
        record: what the training keeps of itself: lists, dicts, tensors and numbers.
    """

    def __init__(
        self,
        folder: Path,
        settings: dict[str, Any],
        origin: dict[str, Any],
        parts: dict[str, Any],
        generators: dict[str, torch.Generator],
        record: dict[str, Any],
        images: Tensor,
        batch_size: int,
        checkpoint_every: int | None,
        stopping: Callable[[], int | None],
    ):
        """Keep a training in `folder`.

        Args:
            folder: the run's, held by this process.
            settings: what makes the training what it is; a checkpoint of others is refused.
            origin: what `provenance.environment` says.
            parts: networks, optimizers and schedules, by name.
            generators: random numbers by name; "shuffling" orders the images of an epoch.
            record: what the training keeps of itself, to be changed in place.
            images: uint8 training images (N, 28, 28) on the training device.
            batch_size: images a batch has at least.
            checkpoint_every: steps between checkpoints; None for an epoch.
            stopping: returns which signal has asked to stop, or None.
        """
        self.folder, self.settings, self.origin = folder, settings, origin
        self.parts, self.generators, self.record = parts, generators, record
        self.images, self.batch_size = images, batch_size
        self.stopping = stopping
        self.steps_per_epoch = batches_per_epoch(len(images), self.batch_size)
        self.checkpoint_every = checkpoint_every or self.steps_per_epoch
        self.epoch = self.batch = self.saved_step = 0
        self.seconds, self.resumed = 0.0, []
        self.order = generators["shuffling"].get_state()  # before this epoch's order was drawn
        self.unchecked: list[tuple[int, float, Tensor]] = []
        for part in parts.values():
            if isinstance(part, torch.optim.Optimizer):
                part.register_step_pre_hook(self._note_gradients)

    @property
    def step(self) -> int:
        """The number of batches that are finished."""
        return self.epoch * self.steps_per_epoch + self.batch

    def epochs(self, count: int) -> Iterator[int]:
        """Yield the numbers of the epochs up to `count` that are still to come.

        After each of them a checkpoint is written where one is due.

        Raises:
            Interrupted: a signal asked to stop; everything so far is in a checkpoint.
            NotFinite: a gradient was not.
        """
        while self.epoch < count:
            self._save_if_due()
            yield self.epoch + 1
            self.epoch, self.batch = self.epoch + 1, 0
        self._save_if_due()

    def batches(self) -> Iterator[tuple[int, Tensor]]:
        """Yield (place in the epoch, pixels (B, 784)) for the rest of this epoch's batches.

        After each of them, but the last, a checkpoint is written where one is due.

        Raises:
            Interrupted, NotFinite: as `epochs`.
        """
        shuffling = self.generators["shuffling"]
        if self.batch:
            shuffling.set_state(self.order)
        else:
            self.order = shuffling.get_state()
        everything = shuffled_batches(self.images, self.batch_size, shuffling)
        started = time.perf_counter()
        for pixels in itertools.islice(everything, self.batch, None):
            yield self.batch, pixels
            self.batch += 1
            if len(self.unchecked) >= CHECK_EVERY:
                self.check_gradients()
            if self.batch < self.steps_per_epoch and (self._due() or self.stopping()):
                self._wait_for_device()
                self.seconds += time.perf_counter() - started
                self._save_if_due()
                started = time.perf_counter()
        self._wait_for_device()
        self.seconds += time.perf_counter() - started
        self.check_gradients()

    def check_gradients(self) -> None:
        """Look at the gradients noted since the last time.

        Raises:
            NotFinite: some were not; step, learning rate and last good checkpoint are named.
        """
        noted, self.unchecked = self.unchecked, []
        if not noted:
            return
        finite = torch.stack([largest for *_, largest in noted]).isfinite().tolist()
        if not all(finite):
            step, rate, _ = noted[finite.index(False)]
            raise NotFinite(
                f"gradients are not finite at step {step}, learning rate {rate:.3g}", self.folder
            )

    def refuse_not_finite(self, what: str, values: Iterable[float]) -> None:
        """Check `values`, which the training has come to.

        Raises:
            NotFinite: one is not; step, learning rate and last good checkpoint are named.
        """
        if not all(map(math.isfinite, values)):
            rate = self.parts["optimizer"].param_groups[0]["lr"]
            raise NotFinite(
                f"the {what} are not finite at step {self.step}, learning rate {rate:.3g}",
                self.folder,
            )

    def save(self) -> Path:
        """Write a checkpoint and remove those that are too old to be of use."""
        path = save_checkpoint(
            self.folder / f"training-{self.step:09}.pt", KIND, VERSION,
            settings=self.settings, origin=self.origin, epoch=self.epoch, batch=self.batch,
            order=self.order, seconds=self.seconds, resumed=self.resumed,
            parts={name: part.state_dict() for name, part in self.parts.items()},
            generators={name: one.get_state() for name, one in self.generators.items()},
            random=random_states(), record=self.record,
        )  # fmt: skip
        self.saved_step = self.step
        for old in checkpoints(self.folder)[KEPT:]:
            old.unlink()
        return path

    def begin(self, resume: bool) -> None:
        """Go on from the newest good checkpoint in the folder, or begin anew.

        Beginning anew removes the checkpoints of a training that was not finished.

        Raises:
            BadInput: no checkpoint is good, or it is of a training with other settings.
        """
        found = checkpoints(self.folder)
        if not resume or not found:
            if resume:
                print(f"no checkpoint in {shown(self.folder)}: beginning anew", flush=True)
            elif found:
                print(
                    f"beginning anew: {shown(found[0])} is removed (--resume would go on from it)"
                )
            discard_checkpoints(self.folder)
            return
        content, path = newest_good(found)
        refuse_other(self.settings, content.get("settings"), path)
        try:
            self._go_on_from(content, path)
        except BadInput:
            raise
        except Exception:  # torch's state_dicts are checked by no one exception
            raise BadInput(f"{shown(path)} holds a state that does not fit this training") from None
        for damaged in found[: found.index(path)]:  # they would pass for the newest ones
            damaged.unlink()
        print(f"going on from {shown(path)}, step {self.step}", flush=True)

    def _go_on_from(self, content: dict[str, Any], path: Path) -> None:
        device = self.images.device
        for name, part in self.parts.items():
            state = content["parts"][name]
            if isinstance(part, nn.Module):
                load_weights(part, state, path)
            else:
                part.load_state_dict(state)
        for name, generator in self.generators.items():
            generator.set_state(content["generators"][name])
        set_random_states(content["random"])
        if content["record"].keys() != self.record.keys():
            raise KeyError
        if not 0 <= content["batch"] < self.steps_per_epoch:
            raise ValueError
        self.record.update(moved(content["record"], device))
        self.epoch, self.batch = content["epoch"], content["batch"]
        self.order, self.seconds = content["order"], content["seconds"]
        before = {
            key: value for key, value in content["origin"].items() if self.origin.get(key) != value
        }
        if before:
            cli.remark(
                f"{', '.join(sorted(before))} changed since {shown(path)} was written; the "
                "outcome may differ from an unbroken training's in its last digits"
            )
        self.resumed = [*content["resumed"], {"step": self.step, "before": before}]
        self.saved_step = self.step

    def _due(self) -> bool:
        return self.step - self.saved_step >= self.checkpoint_every

    def _save_if_due(self) -> None:
        number = self.stopping()
        if not (number or self._due()):
            return
        self.check_gradients()  # before weights that came from them are kept
        if self.step > self.saved_step:
            self.save()
        if number:
            newest = next(iter(checkpoints(self.folder)), None)
            kept = f"kept in {shown(newest)}" if newest else "before the first step"
            raise Interrupted(
                f"stopped by {signal.Signals(number).name} after step {self.step}, {kept}; "
                f"go on with: {resuming_command()}",
                number,
            )

    def _note_gradients(self, optimizer: torch.optim.Optimizer, *_) -> None:
        gradients = [
            weight.grad
            for group in optimizer.param_groups
            for weight in group["params"]
            if weight.grad is not None
        ]
        largest = torch.nn.utils.get_total_norm(gradients, math.inf)
        self.unchecked.append((self.step + 1, optimizer.param_groups[0]["lr"], largest))

    def _wait_for_device(self) -> None:
        if self.images.device.type == "cuda":
            torch.cuda.synchronize(self.images.device)


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints of a training in `folder`, the newest first."""
    return sorted(folder.glob("training-*.pt"), reverse=True)


def discard_checkpoints(folder: Path) -> None:
    """Remove the checkpoints of a training in `folder`, the oldest first."""
    for path in reversed(checkpoints(folder)):
        path.unlink()


def finished(folder: Path, settings: dict[str, Any]) -> dict[str, Any] | None:
    """Return the metrics of the run in `folder` where there is nothing to go on with, else None.

    Raises:
        BadInput: the run there is finished, but of other settings.
    """
    if checkpoints(folder) or not (folder / runs.METRICS).exists():
        return None
    metrics = runs.load_metrics(folder)
    refuse_other(settings, metrics, folder / runs.METRICS)
    print(f"{shown(folder)} is finished already", flush=True)
    return metrics


@contextmanager
def guarded(folders: Sequence[Path]) -> Iterator[Callable[[], int | None]]:
    """Hold the runs' `folders`, made where missing, and note signals instead of stopping at once.

    Yields a function that returns which signal has asked to stop, or None.

    Raises:
        BadInput: a folder cannot be written to, or another process holds it.
        Interrupted: a signal came after the last step of the last training.
    """
    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(held(writable_folder(folder)))
        stopping = stack.enter_context(noted())
        yield stopping
        if number := stopping():
            raise Interrupted(
                f"stopped by {signal.Signals(number).name}; what was trained is written; go on "
                f"with: {resuming_command()}",
                number,
            )


def newest_good(paths: list[Path]) -> tuple[dict[str, Any], Path]:
    """Return the content of the first of `paths` that is whole, and its path; name the others.

    Raises:
        BadInput: none is.
    """
    problems = []
    for path in paths:
        try:
            content = load_checkpoint(path, KIND, VERSION)
        except BadInput as error:
            problems.append(str(error))
            continue
        for problem in problems:
            cli.remark(f"{problem}; the checkpoint before it is taken")
        return content, path
    raise BadInput(f"no good checkpoint: {'; '.join(problems)}; train anew without --resume")


def refuse_other(settings: dict[str, Any], found: Any, path: Path) -> None:
    """Check that `found`, the settings in the file `path`, are those asked for.

    Raises:
        BadInput: they are not; the differing options are named.
    """
    if differing := differences(settings, found if isinstance(found, dict) else {}):
        raise BadInput(
            f"{shown(path)} is of another training: {', '.join(differing)}; give the same options, "
            "or train anew without --resume"
        )


def differences(settings: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return in words, by option, where `found` has other values than `settings`."""
    words = []
    for key, value in settings.items():
        other = found.get(key)
        if isinstance(value, dict) and isinstance(other, dict):
            words += differences(value, other)
        elif other != value:
            option = OPTIONS.get(key, f"--{key.replace('_', '-')}")
            words.append(f"{option} was {other!r} and is now {value!r}")
    return words


def resuming_command() -> str:
    """Return the command line of this process with --resume."""
    more = [] if "--resume" in sys.argv else ["--resume"]
    return shlex.join(["python", *sys.argv, *more])


def random_states() -> dict[str, Any]:
    """Return the states of all global random generators, as plain numbers and tensors."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002 (kept for libraries that draw from it)
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


def moved(value: Any, device: torch.device) -> Any:
    """Return `value` with every tensor in its dicts and lists on `device`."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: moved(one, device) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(moved(one, device) for one in value)
    return value
