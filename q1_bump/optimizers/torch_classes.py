"""The same question for the other optimizers of torch.optim, and their real classes.

The steps of each depend only on the slopes met so far (and on its own position, where it decays
weights), so that Lemma 1 of THEORY.md holds for it: the highest top that it reaches is the
supremum of x_t − L in the valley. Whether one comes back from beyond a top is said by THEORY.md,
Lemma 11. What is drawn comes from the real classes, what is proved from `certificate.py`.
"""

import math
import sys
from fractions import Fraction
from typing import Any, NamedTuple

import torch
from torch import Tensor

from q1_bump.adam.simulator import kink_tolerance, snap
from q1_bump.optimizers.certificate import Answer, Certified, Unbounded, certify, exact_height
from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.problem import Problem, valley_slope

DRAWN_STEPS = 60


def make_optimizer(name: str, parameters: list[Tensor], problem: Problem) -> torch.optim.Optimizer:
    """Return the optimizer `name` of the table for these parameters."""
    spec = OPTIMIZERS[name]
    arguments: dict[str, Any] = {"lr": float(problem.alpha), **spec.more}
    if spec.moments:
        arguments["betas"] = (float(problem.beta1), float(problem.beta2))
        arguments["eps"] = float(problem.epsilon)
    return getattr(torch.optim, spec.torch_class)(parameters, **arguments)


class OptimizerHeight(NamedTuple):
    """The greatest height that an optimizer climbs.

    Attributes:
        name: as `--optimizer` takes it.
        found: what is proved of the supremum; None where the optimizer divides by zero or
            leaves the doubles without such a proof.
        exact: the height as a fraction, where it is known and not too long.
        trajectory: x₀ … for a few steps.
    """

    name: str
    found: Answer | None
    exact: Fraction | None
    trajectory: list[float]

    @property
    def where(self) -> str:
        """At which step the height is reached, in words."""
        if not isinstance(self.found, Certified):
            return "at least; not certified"
        if self.found.attained is False:
            return "a limit, never reached"
        return "" if self.found.step is None else f"at step {self.found.step}"

    @property
    def height(self) -> float | None:
        """The height, at least 0, or a lower bound where it is not certified; None without one."""
        if self.found is None or isinstance(self.found, Unbounded):
            return None
        found = self.found
        return float(max(0, found.middle if isinstance(found, Certified) else found.lower))


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


def optimizer_height(name: str, problem: Problem) -> OptimizerHeight:
    """Return the greatest height that the optimizer climbs, certified where that succeeds."""
    positions = valley_trajectory(name, problem, DRAWN_STEPS)
    undefined = OptimizerHeight(name, None, None, positions)
    try:
        found = certify(name, problem)
    except ZeroDivisionError:
        return undefined
    finite = all(math.isfinite(x) for x in positions) and found.lower <= sys.float_info.max
    if not finite and not isinstance(found, Unbounded):
        return undefined
    exact = None
    if isinstance(found, Certified):
        if found.lower == found.upper:
            exact = found.lower
        elif found.step is not None:
            exact = exact_height(name, problem, found.step)
    return OptimizerHeight(name, found, exact, positions)
