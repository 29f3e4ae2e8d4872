"""Certified heights for the page: where it shows one of these sets, it says "proved"."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from q1_bump.optimizers.certificate import Certified, certify, exact_height
from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.problem import Problem

LONGEST = 60  # characters of a fraction that the page shows
ALPHAS = ("1/20", "1/10", "1/5", "3/10", "2/5", "1/2", "7/10", "9/10")
BETAS = ("0", "1/2", "7/10", "4/5", "9/10", "19/20", "99/100")
DISTANCES = ("1/2", "1", "3/2", "2", "3")
EPSILONS = ("0", "1/100")


@dataclass(frozen=True)
class Proved:
    """An optimizer and a parameter set with the certified height.

    Attributes:
        optimizer: as `--optimizer` takes it.
        alpha, beta1, beta2, epsilon, distance: exactly, as fractions.
        height: as a double.
        exact: the height as a fraction, or "" where there is none that is short.
        lower, upper: decimal bounds of the height.
        reason: how it was found.
    """

    optimizer: str
    alpha: str
    beta1: str
    beta2: str
    epsilon: str
    distance: str
    height: float
    exact: str
    lower: str
    upper: str
    reason: str


def lattice() -> Iterator[Problem]:
    """Yield the parameter sets: the assignment's, and a lattice around it."""
    yield Problem()
    assignment = Problem()
    for alpha, beta1, distance, epsilon in product(ALPHAS, BETAS, DISTANCES, EPSILONS):
        if epsilon != "0" and distance != "1":
            continue
        problem = replace(
            assignment,
            alpha=Fraction(alpha),
            beta1=Fraction(beta1),
            epsilon=Fraction(epsilon),
            distance=Fraction(distance),
        )
        if problem != assignment:
            yield problem


def proved(name: str, problem: Problem) -> Proved | None:
    """Return what is proved for an optimizer and a parameter set, or None where nothing is."""
    found = certify(name, problem)
    if not isinstance(found, Certified):
        return None
    exact = None if found.step is None else exact_height(name, problem, found.step)
    words = "" if exact is None else str(max(Fraction(0), exact))
    height = max(Fraction(0), found.middle if exact is None else exact)
    lower, upper = found.enclosure
    return Proved(
        optimizer=name,
        alpha=str(problem.alpha),
        beta1=str(problem.beta1),
        beta2=str(problem.beta2),
        epsilon=str(problem.epsilon),
        distance=str(problem.distance),
        height=float(height),
        exact=words if len(words) <= LONGEST else "",
        lower=lower,
        upper=upper,
        reason=found.reason,
    )


def all_proved() -> list[Proved]:
    """Return what is proved: of Adam on the lattice, of the others at its learning rates."""
    others = [
        (name, replace(Problem(), alpha=Fraction(alpha)))
        for name in OPTIMIZERS
        if name != "adam"
        for alpha in ALPHAS
    ]
    asked = [*(("adam", problem) for problem in lattice()), *others]
    return [found for name, problem in asked if (found := proved(name, problem))]
