"""The same question for the other optimizers of torch.optim, driven by the real classes.

The steps of each depend only on the slopes met so far (and on its own position, where it decays
weights), so that Lemma 1 of THEORY.md holds for it: the highest top that it reaches is the
supremum of x_t − L in the valley. That it never comes back from beyond the top is proved for
Adam and plain gradient descent only. What is known of "all t" differs too. Plain gradient descent
has its exact answer (descent.py) and Adam its certificate; the others are simulated for a stated
number of steps, which gives a lower bound.
"""

import inspect
import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from q1_bump.certificate import Supremum, supremum
from q1_bump.descent import overshoot
from q1_bump.optimizer_table import NOT_APPLICABLE, OPTIMIZERS
from q1_bump.problem import Problem, valley_slope
from q1_bump.simulator import kink_tolerance, snap

STEPS = 5_000  # simulated; long enough that all but the slowest have settled


def make_optimizer(name: str, parameters: list[Tensor], problem: Problem) -> torch.optim.Optimizer:
    """Return the optimizer `name` of the table for these parameters."""
    spec = OPTIMIZERS[name]
    arguments: dict[str, Any] = {"lr": float(problem.alpha), **spec.more}
    if spec.moments:
        arguments["betas"] = (float(problem.beta1), float(problem.beta2))
        arguments["eps"] = float(problem.epsilon)
    return getattr(torch.optim, spec.torch_class)(parameters, **arguments)


class Height(NamedTuple):
    """The greatest height that an optimizer is known to climb.

    Attributes:
        name: as `--optimizer` takes it.
        height: the greatest x_t − L met, 0 if it never came past L, None where the
            optimizer divides by zero or leaves the doubles.
        step: the step of that, or None where the certified supremum is not attained.
        certified: whether it is the supremum over all time, not only over `steps` steps.
        trajectory: x₀ … x_steps.
    """

    name: str
    height: float | None
    step: int | None
    certified: bool
    trajectory: list[float]


def valley_trajectory(name: str, problem: Problem, steps: int) -> list[float]:
    """Return x₀ … x_steps of an optimizer in the valley, in double precision."""
    distance, tolerance = float(problem.distance), kink_tolerance(problem)
    x = torch.zeros(1, dtype=torch.float64)
    gradient = x.grad = torch.zeros_like(x)
    optimizer = make_optimizer(name, [x], problem)
    positions = [0.0]
    for _ in range(steps):
        gradient.fill_(valley_slope(snap(positions[-1], distance, tolerance), distance))
        optimizer.step()
        positions.append(x.item())
    return positions


def greatest_height(name: str, problem: Problem, steps: int = STEPS) -> Height:
    """Return the greatest height that the optimizer climbs, certified where that is known.

    Raises:
        BadInput: Adam is not defined for these parameters, or needs too many steps.
    """
    positions = valley_trajectory(name, problem, steps)
    if not all(math.isfinite(x) for x in positions):
        return Height(name, None, None, False, positions)
    top = max(positions)
    height = max(0.0, top - float(problem.distance))
    simulated = Height(name, height, positions.index(top), False, positions)
    if name == "sgd":
        exact = overshoot(problem.alpha, problem.distance)
        n = math.ceil(problem.distance / problem.alpha)
        return simulated._replace(height=float(exact), step=n, certified=True)
    if name == "adam" and isinstance(found := supremum(problem), Supremum):
        return simulated._replace(height=float(found.middle), step=found.step, certified=True)
    return simulated


def uncovered() -> list[str]:
    """Return the optimizer classes of this torch that are not in either table."""
    covered = {spec.torch_class for spec in OPTIMIZERS.values()} | set(NOT_APPLICABLE)
    classes = inspect.getmembers(torch.optim, inspect.isclass)
    return sorted(
        name
        for name, cls in classes
        if issubclass(cls, torch.optim.Optimizer)
        and cls is not torch.optim.Optimizer
        and name not in covered
    )
