"""The training of a small network beside the autoencoder and dis_net, in one go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from tqdm import tqdm

from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_indices
from q2_autoencoder.training.optimization import one_cycle, update
from shared.device import move_network

Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained.

    Attributes:
        name: of the network, beside the progress bar.
        epochs: passes over the images; more of them where they are fewer than `least_steps`.
        least_steps: for small data sets.
        batch_size: images per step.
        learning_rate, weight_decay: AdamW's, the first where the one-cycle schedule is highest.
        seed: of weights, order of the images and whatever else is drawn.
    """

    name: str
    epochs: int
    least_steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    seed: int


def fit(
    make: Callable[[], Model],
    images: Tensor,
    recipe: Recipe,
    batch_loss: Callable[[Model, Tensor, torch.Generator], Tensor],
) -> Model:
    """Return a network trained on `images`, on their device, in evaluation mode.

    `batch_loss` gets the network, the indices of a batch and the generator that shuffles. The
    caller's random numbers stay as they were.
    """
    device = images.device
    steps_per_epoch = batches_per_epoch(len(images), recipe.batch_size)
    epochs = max(recipe.epochs, -(-recipe.least_steps // steps_per_epoch))
    steps = steps_per_epoch * epochs
    with (
        torch.random.fork_rng(devices=[device] if device.type == "cuda" else []),
        tqdm(total=steps, unit="step", desc=recipe.name, disable=None, leave=False) as bar,
    ):
        torch.manual_seed(recipe.seed)
        model = move_network(make(), device)
        generator = torch.Generator().manual_seed(recipe.seed)
        optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        schedule = one_cycle(optimizer, steps)
        for _ in range(epochs):
            for index in shuffled_indices(len(images), recipe.batch_size, generator, device):
                update(batch_loss(model, index, generator), optimizer)
                schedule.step()
                bar.update()
    return model.eval()
