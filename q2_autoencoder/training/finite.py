"""Numbers that are not finite stop a run: soon, and saying where."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor

from shared.errors import BadInput
from shared.files import shown

CHECK_EVERY = 50  # steps; looking at gradients means waiting for the device


class NotFinite(BadInput):
    """A loss or gradient is not finite: the run has diverged.

    `reason` says what, where and at which learning rate; the message also from where to go on.
    """

    def __init__(self, reason: str, newest_checkpoint: Path | None):
        last = shown(newest_checkpoint) if newest_checkpoint else "not yet written"
        super().__init__(f"{reason}; the last good checkpoint is {last}; give a lower --peak-lr")
        self.reason = reason


class FiniteWatch:
    """Notes the largest gradient of every update, and looks at them now and then.

    Args:
        optimizers: the first one's learning rate is named beside losses.
        step: returns the number of finished steps.
        newest_checkpoint: returns the checkpoint to name.
    """

    def __init__(
        self,
        optimizers: list[torch.optim.Optimizer],
        step: Callable[[], int],
        newest_checkpoint: Callable[[], Path | None],
    ):
        self.optimizers, self.step, self.newest_checkpoint = optimizers, step, newest_checkpoint
        self.noted: list[tuple[int, float, Tensor]] = []
        for optimizer in optimizers:
            optimizer.register_step_pre_hook(self._note)

    @property
    def due(self) -> bool:
        """Whether so many updates were noted that it is time to look at them."""
        return len(self.noted) >= CHECK_EVERY * len(self.optimizers)

    def check_gradients(self) -> None:
        """Look at the gradients noted since the last time.

        Raises:
            NotFinite: some were not; step, learning rate and last good checkpoint are named.
        """
        noted, self.noted = self.noted, []
        if not noted:
            return
        finite = torch.stack([largest for *_, largest in noted]).isfinite().tolist()
        if not all(finite):
            step, rate, _ = noted[finite.index(False)]
            raise NotFinite(
                f"gradients are not finite at step {step}, learning rate {rate:.3g}",
                self.newest_checkpoint(),
            )

    def check_values(self, what: str, values: Iterable[float]) -> None:
        """Check `values`, which the training has come to.

        Raises:
            NotFinite: one is not; step, learning rate and last good checkpoint are named.
        """
        if not all(map(math.isfinite, values)):
            rate = self.optimizers[0].param_groups[0]["lr"]
            raise NotFinite(
                f"the {what} are not finite at step {self.step()}, learning rate {rate:.3g}",
                self.newest_checkpoint(),
            )

    def _note(self, optimizer: torch.optim.Optimizer, *_) -> None:
        gradients = [
            weight.grad
            for group in optimizer.param_groups
            for weight in group["params"]
            if weight.grad is not None
        ]
        largest = torch.nn.utils.get_total_norm(gradients, math.inf)
        self.noted.append((self.step() + 1, optimizer.param_groups[0]["lr"], largest))
