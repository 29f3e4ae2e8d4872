"""train.py's loop without its folder and checkpoints, for the benchmarks that train."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_batches
from q2_autoencoder.training.losses import LOSSES
from q2_autoencoder.training.optimization import ADAM_BETAS, make_optimizers, one_cycle, update
from shared.device import in_precision, move_network


def train(
    model: Autoencoder,
    config: TrainingConfig,
    images: Tensor,
    after_step: Callable[[int], Any] = lambda step: None,
) -> Callable[[Tensor], Tensor]:
    """Train on uint8 `images` (N, 28, 28), on their device; return the function that reconstructs.

    A model without hidden matrices is moved by Adam alone.
    """
    device = images.device
    model = move_network(model, device).train()
    reconstruct = in_precision(model, device, config.precision)
    optimizers: tuple[torch.optim.Optimizer, ...] = (
        make_optimizers(model, config)
        if model.hidden_matrices()
        else (torch.optim.Adam(model.parameters(), config.peak_lr, ADAM_BETAS, fused=True),)
    )
    steps = batches_per_epoch(len(images), config.batch_size) * config.epochs
    schedules = [one_cycle(optimizer, steps) for optimizer in optimizers]
    shuffling, step = torch.Generator().manual_seed(config.seed), 0
    for _ in range(config.epochs):
        for pixels in shuffled_batches(images, config.batch_size, shuffling):
            update(LOSSES[config.loss](reconstruct(pixels), pixels), *optimizers)
            for schedule in schedules:
                schedule.step()
            step += 1
            after_step(step)
    model.eval()
    return reconstruct
