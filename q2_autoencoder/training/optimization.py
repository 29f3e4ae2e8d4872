"""How weights are moved: by which optimizers, one update, the one-cycle learning rate."""

import math
from dataclasses import dataclass
from typing import Any

import torch

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.training.muon import Muon
from shared.device import autocast

RISE = 0.1  # share of the training in which the learning rate rises
ADAM_BETAS = (0.9, 0.99)  # a plain training has too few steps for a memory of a thousand


@dataclass(frozen=True)
class AutoencoderTraining:
    """An autoencoder, the optimizers that move it, and the schedules of their learning rates."""

    autoencoder: Autoencoder
    adam: torch.optim.Adam
    muon: Muon
    adam_schedule: torch.optim.lr_scheduler.LambdaLR
    muon_schedule: torch.optim.lr_scheduler.LambdaLR

    @property
    def parts(self) -> dict[str, Any]:
        """All of these by name, as a checkpoint holds them."""
        return dict(vars(self))

    def update(self, loss: torch.Tensor) -> None:
        """Move the weights one step down `loss`."""
        update(loss, self.adam, self.muon)

    def end_step(self) -> None:
        """Take the learning rates on, after the update or updates of a batch."""
        self.adam_schedule.step()
        self.muon_schedule.step()


def autoencoder_training(
    model: Autoencoder, config: TrainingConfig, steps: int
) -> AutoencoderTraining:
    """Return `model` with what moves it through a training of so many steps."""
    adam, muon = make_optimizers(model, config)
    return AutoencoderTraining(model, adam, muon, one_cycle(adam, steps), one_cycle(muon, steps))


def make_optimizers(model: Autoencoder, config: TrainingConfig) -> tuple[torch.optim.Adam, Muon]:
    """Return Muon for most of the hidden layers' matrices, and Adam for all other weights.

    Muon gains more per step, but its cost grows with the cube of a matrix's smaller side: on the
    two large layers beside the convolutions it does not pay.
    """
    matrices = model.hidden_matrices()
    taken = set(map(id, matrices))
    others = [weight for weight in model.parameters() if id(weight) not in taken]
    adam = torch.optim.Adam(others, lr=config.peak_lr, betas=ADAM_BETAS, fused=True)
    precision = autocast(matrices[0].device, config.precision)
    return adam, Muon(matrices, config.muon_lr, precision)


def update(loss: torch.Tensor, *optimizers: torch.optim.Optimizer) -> None:
    """Move the weights of `optimizers` one step down `loss`."""
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()


def one_cycle_factor(step: int, steps: int) -> float:
    """Return the share of the peak learning rate for step 0 … steps − 1.

    Linear rise over the first tenth, then cosine decay (Loshchilov and Hutter, "SGDR",
    2017). torch's OneCycleLR rises and falls by one law, and divides by zero in some short
    trainings.
    """
    rise = RISE * steps
    if step + 1 < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step + 1 - rise) / (steps + 1 - rise)))


def one_cycle(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """Return the schedule that takes `optimizer` through one cycle of `steps` steps."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle_factor(step, steps))
