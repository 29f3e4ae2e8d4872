"""The maximum height at a million parameter sets at once, in torch.

Positions are kept in units of the step a = α/(1 + ε), in which Adam's trajectory depends on L/a
and the βs alone. The downhill steps are skipped (x = n, m = −(1 − β₁^n) after n of them); then all
points of a block take their steps together. Blocks are small enough for the cache and sorted by
β₁, so that points leave from the front as soon as the decay of their memory allows.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from q1_bump.adam.simulator import ROUNDING
from shared.errors import BadInput

BLOCK = {"cpu": 40_960, "cuda": 1 << 20}  # points; on the CPU two threads' caches hold a block
TIES = 1024  # points of a block of ties, of which there are few
SHRINK = 16  # steps between two looks at which points have settled
MEMORY = 1e-13  # a point goes on until β₁^t has fallen below this,
LEAST_STEPS = 60  # and so many steps more (measured: no gain from more)
MOST_STEPS = 100_000  # in all
UNIT = 2.0**-54  # what is smaller does not change 1
DIFFERENT = 1e-9  # heights that differ by more do not differ by rounding alone


class Grid(NamedTuple):
    """Parameters of all points: float64 tensors of equal shape on one device."""

    lr: Tensor
    beta1: Tensor
    distance: Tensor


class HeightMap(NamedTuple):
    """Results on the grid, each of its shape.

    Attributes:
        height: sup (x_t − L) over the simulated steps, in the unit of L.
        first: the height of the first excursion.
        uphill_steps: number of steps up the bump before Adam first turns back.
    """

    height: Tensor
    first: Tensor
    uphill_steps: Tensor

    @property
    def later_is_highest(self) -> Tensor:
        """Where a later excursion is higher than the first."""
        return self.height > self.first + DIFFERENT


def steps_to_settle(beta1: float) -> int:
    """Return the number of steps after the descent that settle a trajectory with this β₁.

    Raises:
        BadInput: more than the budget.
    """
    memory = math.log(MEMORY) / math.log(beta1) if beta1 > 0 else 0
    if memory > MOST_STEPS:
        raise BadInput(
            f"beta1 = {beta1:.12g} takes {memory:.0f} steps a point to settle; "
            f"the budget is {MOST_STEPS}"
        )
    return LEAST_STEPS + math.ceil(memory)


def max_heights(grid: Grid, beta2: float, eps: float) -> HeightMap:
    """Return the maximum heights at all points of the grid."""
    shape, beta1 = grid.lr.shape, grid.beta1.flatten()
    unit = (grid.lr / (1 + eps)).flatten()
    ratio = grid.distance.flatten() / unit
    n = torch.ceil(ratio * (1 - ROUNDING))  # L = n·a up to rounding counts as a tie
    tie = (ratio - n).abs() <= ROUNDING * ratio
    ratio = torch.where(tie, n, ratio)
    order = beta1.argsort()
    peaks, first, uphill = (torch.empty_like(ratio) for _ in range(3))

    for kinks, size in ((False, BLOCK[grid.lr.device.type]), (True, TIES)):
        points = order[tie[order] == kinks]
        for block in points.split(size) if len(points) else ():  # else one empty block
            arguments = (n[block], ratio[block], beta1[block])
            if kinks:
                results = _simulate_with_kinks(*arguments, beta2, eps)
                peaks[block], first[block], uphill[block] = results
            else:
                peaks[block] = _simulate(*arguments)
                first[block], uphill[block] = _first_excursion(*arguments)
    return HeightMap(
        ((peaks - ratio) * unit).view(shape),
        ((first - ratio) * unit).view(shape),
        uphill.view(shape),
    )


def _simulate(n: Tensor, ratio: Tensor, beta1: Tensor) -> Tensor:
    """Return the greatest position of trajectories that never meet the kink, so that v̂ = 1.

    `beta1` must rise: the points that have settled are then the first ones, and leave.
    """
    power = beta1**n
    m, y = power - 1, n - ratio  # y = x − L/a, whose sign is the slope
    gain, slope, scale, best = 1 - beta1, torch.empty_like(y), torch.empty_like(y), y.clone()
    whole, peaks = (beta1, gain, power, m, y, slope, scale, best), best
    greatest = beta1[-1].item()
    for step in range(steps_to_settle(greatest)):
        if step > LEAST_STEPS and step % SHRINK == 0:
            done = int((whole[0] < MEMORY ** (1 / (step - LEAST_STEPS))).sum())
            beta1, gain, power, m, y, slope, scale, best = (values[done:] for values in whole)
        torch.sign(y, out=slope)
        m.lerp_(slope, gain)  # β₁·m + (1 − β₁)·g
        if greatest**step > UNIT:
            power.mul_(beta1)
            torch.sub(1, power, out=scale)
            y.addcdiv_(m, scale, value=-1)
        else:  # 1 − β₁^t is 1 in double precision
            y.sub_(m)
        torch.maximum(best, y, out=best)
    return peaks + ratio


def _simulate_with_kinks(
    n: Tensor, ratio: Tensor, beta1: Tensor, beta2: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Simulate trajectories that meet the kink at step n.

    Returns the greatest position, that of the first excursion, and its uphill steps.
    """
    rest1, rest2 = 1 - beta1**n, 1 - beta2**n  # 1 − β^t of the bias corrections
    m, v, y = -rest1, rest2.clone(), torch.zeros_like(n)  # y = x − L/a
    one = torch.ones_like(n)
    best, gain, near = y.clone(), 1 - beta1, ROUNDING * ratio
    first, uphill, forward = y.clone(), torch.zeros_like(y), torch.ones_like(y, dtype=torch.bool)
    climbing = True
    for _ in range(steps_to_settle(beta1[-1].item())):
        slope = y.sign().masked_fill_(y.abs() <= near, 0)
        m.lerp_(slope, gain)
        if climbing:
            forward &= m < 0
            uphill += forward & (slope > 0)
        v.lerp_(slope.square_(), 1 - beta2)
        rest1.lerp_(one, gain)
        rest2.lerp_(one, 1 - beta2)
        root = torch.div(v, rest2).sqrt_()
        y.addcdiv_(m, (root + eps if eps else root).mul_(rest1), value=-(1 + eps))
        torch.maximum(best, y, out=best)
        if climbing:
            first = torch.where(forward, y, first)
            climbing = bool(forward.any())
    return best + ratio, first + ratio, uphill


def _first_excursion(n: Tensor, ratio: Tensor, beta1: Tensor) -> tuple[Tensor, Tensor]:
    """Return its highest position and its number of uphill steps, from the closed form.

    Uphill step j gains (2β₁^j − β₁^{n+j} − 1)/(1 − β₁^{n+j}), which falls with j; the excursion
    ends where it is not positive.
    """
    position, count = n.clone(), torch.zeros_like(n)
    power, start = torch.ones_like(beta1), beta1**n
    while True:
        power = power * beta1
        gain = ((2 - start) * power - 1) / (1 - start * power)
        forward = gain > 0
        if not forward.any():
            return position, count
        position += gain.clamp(min=0)
        count += forward
