"""How weights are moved: one update, and the one-cycle learning rate over all of them."""

import math

import torch

WARM_UP = 0.1  # share of the training in which the learning rate rises


def update(optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    """Move the weights of `optimizer` one step down `loss`."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def one_cycle_factor(step: int, steps: int) -> float:
    """Return the share of the peak learning rate for step 0 … steps − 1.

    Linear rise over the first tenth, then cosine decay (Loshchilov and Hutter, "SGDR",
    2017). torch's OneCycleLR, which does this too, divides by zero in some short trainings.
    """
    rise = WARM_UP * steps
    if step + 1 < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step + 1 - rise) / (steps + 1 - rise)))


def one_cycle(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """Return the schedule that takes `optimizer` through one cycle of `steps` steps."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle_factor(step, steps))
