"""The same question for the other optimizers of torch.optim, driven by the real classes.

Every one of them moves by the slopes met so far alone (and by its own position, where it decays
weights), so that Lemma 1 of THEORY.md holds for it: the highest top that it comes to is the
supremum of x_t − L in the endless valley. That there is no way back from beyond the top is
proved for Adam and plain gradient descent only. What is known of "all t" differs too. Plain
gradient descent has its exact answer (descent.py) and Adam its
certificate; the others are simulated for a stated number of steps, which gives a lower bound.
"""

import inspect
import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from q1_bump.certificate import supremum
from q1_bump.descent import overshoot
from q1_bump.problem import Problem, valley_slope
from q1_bump.simulator import kink_tolerance, snap

STEPS = 5_000  # simulated; long enough that all but the slowest have settled


def _adam_family(name: str) -> Callable[[list[Tensor], Problem], torch.optim.Optimizer]:
    """Return a maker of the class `name` that takes the problem's β₁, β₂ and ε."""

    def make(parameters: list[Tensor], problem: Problem) -> torch.optim.Optimizer:
        return getattr(torch.optim, name)(
            parameters,
            lr=float(problem.alpha),
            betas=(float(problem.beta1), float(problem.beta2)),
            eps=float(problem.epsilon),
        )

    return make


def _default(name: str, **more) -> Callable[[list[Tensor], Problem], torch.optim.Optimizer]:
    """Return a maker of the class `name` with its own defaults but for the learning rate."""

    def make(parameters: list[Tensor], problem: Problem) -> torch.optim.Optimizer:
        return getattr(torch.optim, name)(parameters, lr=float(problem.alpha), **more)

    return make


# By the name `--optimizer` takes: all at the problem's learning rate; β₁, β₂ and ε where the
# class has them under these names; everything else as torch sets it.
OPTIMIZERS: dict[str, Callable[[list[Tensor], Problem], torch.optim.Optimizer]] = {
    "sgd": _default("SGD"),
    "momentum": _default("SGD", momentum=0.9),
    "nesterov": _default("SGD", momentum=0.9, nesterov=True),
    "asgd": _default("ASGD"),
    "rprop": _default("Rprop"),
    "adagrad": _default("Adagrad"),
    "adadelta": _default("Adadelta"),
    "rmsprop": _default("RMSprop"),
    "adafactor": _default("Adafactor"),
    "adam": _adam_family("Adam"),
    "amsgrad": lambda parameters, problem: torch.optim.Adam(
        parameters,
        lr=float(problem.alpha),
        betas=(float(problem.beta1), float(problem.beta2)),
        eps=float(problem.epsilon),
        amsgrad=True,
    ),
    "adamw": _adam_family("AdamW"),
    "adamax": _adam_family("Adamax"),
    "nadam": _adam_family("NAdam"),
    "radam": _adam_family("RAdam"),
}

NOT_APPLICABLE = {
    "LBFGS": "evaluates the loss several times a step and needs curvature, which is 0 here",
    "SparseAdam": "takes sparse gradients only; on one parameter it would be Adam",
    "Muon": "takes matrices only",
}


class Height(NamedTuple):
    """The greatest height that an optimizer is known to climb.

    Attributes:
        name: as `--optimizer` takes it.
        height: the greatest x_t − L met, 0 if it never came past L, None where the
            optimizer divides by zero or leaves the doubles.
        step: the step of that, or None where the certified supremum is not attained.
        certified: whether it is the supremum over all time, not only over `steps` steps.
        path: x₀ … x_steps.
    """

    name: str
    height: float | None
    step: int | None
    certified: bool
    path: list[float]


def valley_path(name: str, problem: Problem, steps: int) -> list[float]:
    """Return x₀ … x_steps of an optimizer in the endless valley, in double precision."""
    distance, tolerance = float(problem.distance), kink_tolerance(problem)
    x = torch.zeros(1, dtype=torch.float64)
    x.grad = torch.zeros_like(x)
    optimizer = OPTIMIZERS[name]([x], problem)
    path = [0.0]
    for _ in range(steps):
        x.grad.fill_(valley_slope(snap(path[-1], distance, tolerance), distance))
        optimizer.step()
        path.append(x.item())
    return path


def greatest_height(name: str, problem: Problem, steps: int = STEPS) -> Height:
    """Return the greatest height that the optimizer climbs, certified where that is known.

    Raises:
        BadInput: Adam is not defined for these parameters, or needs too many steps.
    """
    path = valley_path(name, problem, steps)
    if not all(math.isfinite(x) for x in path):
        return Height(name, None, None, False, path)
    top = max(path)
    simulated = Height(name, max(0.0, top - float(problem.distance)), path.index(top), False, path)
    if name == "sgd":
        exact = overshoot(problem.alpha, problem.distance)
        n = math.ceil(problem.distance / problem.alpha)
        return simulated._replace(height=float(exact), step=n, certified=True)
    if name == "adam" and (found := supremum(problem)).certified:
        middle = (found.lower + found.upper) / 2
        return simulated._replace(height=float(middle), step=found.step, certified=True)
    return simulated


def uncovered() -> list[str]:
    """Return the optimizer classes of this torch that neither table above names."""
    problem, parameter = Problem(), torch.zeros(1, requires_grad=True)
    covered = {type(make([parameter], problem)).__name__ for make in OPTIMIZERS.values()}
    classes = inspect.getmembers(torch.optim, inspect.isclass)
    return sorted(
        name
        for name, cls in classes
        if issubclass(cls, torch.optim.Optimizer)
        and cls is not torch.optim.Optimizer
        and name not in covered | set(NOT_APPLICABLE)
    )
