"""A training that can be killed at any moment: what it needs to go on, kept in its folder.

A checkpoint (`training-<step>.pt`) holds the networks, optimizers, schedules, all random states,
the place in the shuffled epoch and what was recorded so far. Going on from it gives the weights
that the training would have come to without the break, bit by bit.
"""

import dataclasses
import itertools
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Generic

import torch
from torch import Tensor

from q2_autoencoder.config import AdversarialConfig, TrainingConfig
from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_batches
from q2_autoencoder.options import Execution
from q2_autoencoder.records import Metrics
from q2_autoencoder.training import file_names, joining, run_folder
from q2_autoencoder.training.finite import FiniteWatch
from q2_autoencoder.training.state import (
    RECORDED,
    RecordType,
    RunContext,
    TrainingState,
    load_parts,
    random_states,
    set_random_states,
    to_device,
)
from shared import cli
from shared.checkpoints import load_checkpoint, save_checkpoint
from shared.device import wait_for
from shared.errors import BadInput, Interrupted
from shared.files import locked, shown, writable_folder
from shared.interruption import noted
from shared.provenance import environment
from shared.settings import differences

KIND, VERSION = "training", 4
KEPT = 2  # checkpoints: the newest, and the one before should the disk have damaged that


class Resumable(Generic[RecordType]):
    """The place that one training has come to, and when its state is written to its folder.

    Attributes:
        steps_per_epoch: batches of an epoch.
        epoch: epochs that are finished.
        batch: batches of the next epoch that are finished.
        seconds: spent in training steps so far, without tests, figures and checkpoints.
        resumed: one entry each time the training went on: the step, and what was another value
            in the environment before.
        watch: stops the training where a number is not finite.
    """

    def __init__(
        self,
        config: TrainingConfig | AdversarialConfig,
        context: RunContext,
        state: TrainingState[RecordType],
        images: Tensor,
    ):
        """Begin anew, or go on from the newest good checkpoint where `context` asks for it.

        Beginning anew removes the checkpoints of a run that was not finished.

        Args:
            config: what makes the run what it is; a checkpoint of another one is refused.
            context: where it is kept, and when it stops.
            state: what a checkpoint holds; changed in place.
            images: uint8 training images (N, 28, 28) on the training device.

        Raises:
            BadInput: no checkpoint is good, or it is of a run with other settings.
        """
        self.config, self.context, self.state, self.images = config, context, state, images
        self.steps_per_epoch = batches_per_epoch(len(images), config.batch_size)
        self.checkpoint_every = context.checkpoint_every or self.steps_per_epoch
        self.epoch, self.batch = state.epochs_before, 0
        self.saved_step = self.step
        self.seconds = 0.0
        self.resumed: list[dict[str, Any]] = []
        # Before this epoch's order was drawn.
        self.order = state.generators["shuffling"].get_state()
        self.watch = FiniteWatch(
            state.optimizers, lambda: self.step, lambda: newest_checkpoint(context.folder)
        )
        self._begin()

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
        shuffling = self.state.generators["shuffling"]
        if self.batch:
            shuffling.set_state(self.order)
        else:
            self.order = shuffling.get_state()
        everything = shuffled_batches(self.images, self.config.batch_size, shuffling)
        started = time.perf_counter()
        for pixels in itertools.islice(everything, self.batch, None):
            yield self.batch, pixels
            self.batch += 1
            if self.watch.due:
                self.watch.check_gradients()
            stops = self._due() or self.context.stop_request()
            if self.batch < self.steps_per_epoch and stops:
                wait_for(self.images.device)
                self.seconds += time.perf_counter() - started
                self._save_if_due()
                started = time.perf_counter()
        wait_for(self.images.device)
        self.seconds += time.perf_counter() - started
        self.watch.check_gradients()

    def save(self) -> Path:
        """Write a checkpoint and remove those that are too old to be of use."""
        path = save_checkpoint(
            self.context.folder / f"training-{self.step:09}.pt",
            KIND,
            VERSION,
            config=dataclasses.asdict(self.config),
            environment=dataclasses.asdict(self.context.environment),
            place={
                "epoch": self.epoch,
                "batch": self.batch,
                "order": self.order,
                "seconds": self.seconds,
                "resumed": self.resumed,
            },
            parts={name: part.state_dict() for name, part in self.state.parts.items()},
            generators={name: one.get_state() for name, one in self.state.generators.items()},
            random=random_states(),
            record=dict(vars(self.state.record)),
        )
        self.saved_step = self.step
        for old in checkpoints(self.context.folder)[KEPT:]:
            old.unlink()
        return path

    def _begin(self) -> None:
        folder, found = self.context.folder, checkpoints(self.context.folder)
        if not self.context.resume or not found:
            if self.context.resume:
                print(f"no checkpoint in {shown(folder)}: beginning anew", flush=True)
            elif found:
                print(
                    f"beginning anew: {shown(found[0])} is removed (--resume would go on from it)"
                )
            discard_checkpoints(folder)
            return
        content, path = newest_good(found)
        refuse_other(self.config, content.get("config"), path)
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
        load_parts(self.state.parts, content["parts"], path)
        for name, generator in self.state.generators.items():
            generator.set_state(content["generators"][name])
        set_random_states(content["random"])
        place, record = content["place"], vars(self.state.record)
        if content["record"].keys() != record.keys():
            raise KeyError
        if not 0 <= place["batch"] < self.steps_per_epoch:
            raise ValueError
        record.update(to_device(content["record"], self.images.device))
        self.epoch, self.batch = place["epoch"], place["batch"]
        self.order, self.seconds = place["order"], place["seconds"]
        before = {
            key: content["environment"].get(key)
            for key, value in dataclasses.asdict(self.context.environment).items()
            if content["environment"].get(key) != value
        }
        if before:
            cli.remark(
                f"{', '.join(sorted(before))} changed since {shown(path)} was written; the "
                "outcome may differ from an unbroken run's in its last digits"
            )
        self.resumed = [*place["resumed"], {"step": self.step, "before": before}]
        self.saved_step = self.step

    def _due(self) -> bool:
        return self.step - self.saved_step >= self.checkpoint_every

    def _save_if_due(self) -> None:
        number = self.context.stop_request()
        if not (number or self._due()):
            return
        self.watch.check_gradients()  # before weights that came from them are kept
        if self.step > self.saved_step:
            self.save()
        if number:
            newest = newest_checkpoint(self.context.folder)
            kept = f"kept in {shown(newest)}" if newest else "before the first step"
            raise Interrupted(
                f"stopped by {signal.Signals(number).name} after step {self.step}, {kept}; "
                f"go on with: {resuming_command()}",
                number,
            )


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints of a training in `folder`, the newest first."""
    return sorted(folder.glob("training-*.pt"), reverse=True)


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the newest checkpoint of a training in `folder`, or None."""
    return next(iter(checkpoints(folder)), None)


def discard_checkpoints(folder: Path) -> None:
    """Remove what a training under way has left in `folder`, the oldest checkpoint first."""
    for path in reversed(checkpoints(folder)):
        path.unlink()
    (folder / joining.UNDER_WAY).unlink(missing_ok=True)


def finished(config: TrainingConfig | AdversarialConfig, context: RunContext) -> Metrics | None:
    """Return the metrics of a finished run that `--resume` need not go on with, else None.

    A run whose files are missing or others is trained anew.

    Raises:
        BadInput: the run there is finished, but of other settings.
    """
    folder = context.folder
    if not context.resume or checkpoints(folder) or not (folder / file_names.METRICS).exists():
        return None
    metrics = run_folder.load_metrics(folder)
    found = metrics.adversarial.config if metrics.adversarial else metrics.config
    refuse_other(config, dataclasses.asdict(found), folder / file_names.METRICS)
    for name, digest in metrics.files.items():
        if not (folder / name).exists() or run_folder.file_digest(folder / name) != digest:
            cli.remark(f"{shown(folder / name)} is gone or another: training anew")
            return None
    print(f"{shown(folder)} is finished already", flush=True)
    return metrics


@contextmanager
def locked_runs(
    folders: Sequence[Path], execution: Execution, device: torch.device
) -> Iterator[list[RunContext]]:
    """Lock the runs' `folders`, made where missing, and note signals instead of stopping at once.

    Yields a context for each. The environment is that of the code which runs, not of a later
    commit.

    Raises:
        BadInput: a folder cannot be written to, or another process has locked it.
        Interrupted: a signal came after the last step of the last run.
    """
    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(locked(writable_folder(folder)))
        stop_request = stack.enter_context(noted())
        here = environment(device)
        yield [
            RunContext(folder, here, stop_request, execution.checkpoint_every, execution.resume)
            for folder in folders
        ]
        if number := stop_request():
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
            content = load_checkpoint(path, KIND, VERSION, allowed=RECORDED)
        except BadInput as error:
            problems.append(str(error))
            continue
        for problem in problems:
            cli.remark(f"{problem}; the checkpoint before it is taken")
        return content, path
    raise BadInput(f"no good checkpoint: {'; '.join(problems)}; train anew without --resume")


def refuse_other(config: TrainingConfig | AdversarialConfig, found: Any, path: Path) -> None:
    """Check that `found`, the settings in the file `path`, are those asked for.

    Raises:
        BadInput: they are not; the differing options are named.
    """
    if differing := differences(config, found if isinstance(found, dict) else {}):
        raise BadInput(
            f"{shown(path)} is of another run: {', '.join(differing)}; give the same options, "
            "or train anew without --resume"
        )


def resuming_command() -> str:
    """Return the command line of this process with --resume."""
    more = [] if "--resume" in sys.argv else ["--resume"]
    return shlex.join(["python", *sys.argv, *more])
