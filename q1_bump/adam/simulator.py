"""Adam over the bump in floating point, and the maximum height by bisection on h."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice

from q1_bump.adam.exact import AdamStep
from q1_bump.problem import Problem, bump_slope

ROUNDING = 2.0**-44  # of a position after a few dozen steps, relative to L


def kink_tolerance(problem: Problem) -> float:
    """Return how near to the kink at L a position counts as on it.

    0.3 + 0.3 + 0.3 < 0.9 in binary: without a tolerance floats never meet the kink. (At the
    top of the bump they are compared as they are.) A β₂ near 1 makes √v̂ less precise.
    """
    growth = max(1.0, problem.downhill_steps / 64, 2.0**-11 / (1 - float(problem.beta2)))
    return float(problem.distance) * ROUNDING * growth


def resolvable(problem: Problem, clearance: float) -> bool:
    """Say whether doubles can tell the side of positions that keep `clearance` from the kink."""
    return clearance > 10 * kink_tolerance(problem)


def snap(x: float, distance: float, tolerance: float) -> float:
    """Return `distance` itself where x differs from it only by rounding, else x."""
    return distance if abs(x - distance) <= tolerance else x


def adam_steps(problem: Problem, slope: Callable[[float], int]) -> Iterator[AdamStep[float]]:
    """Yield Adam's steps from x₀ = 0 for ever, in double precision, as report 000 does."""
    alpha, beta1, beta2, epsilon = (
        float(value) for value in (problem.alpha, problem.beta1, problem.beta2, problem.epsilon)
    )
    m = v = x = 0.0
    t = 0
    while True:
        t += 1
        gradient = slope(x)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x -= alpha * m_hat / (v_hat**0.5 + epsilon)
        yield AdamStep(t, gradient, m, v, m_hat, v_hat, x)


def steps_over_bump(problem: Problem, height: float, steps: int) -> list[AdamStep[float]]:
    """Return the first `steps` steps over a bump of the given height."""
    distance, tolerance = float(problem.distance), kink_tolerance(problem)

    def slope(x: float) -> int:
        return bump_slope(snap(x, distance, tolerance), distance, height)

    return list(islice(adam_steps(problem, slope), steps))


def climbs(problem: Problem, height: float, steps: int) -> bool:
    """Say whether Adam is past the top of a bump of this height within `steps` steps."""
    top = float(problem.distance) + height
    return any(step.x > top for step in steps_over_bump(problem, height, steps))


def bisect_height(problem: Problem, steps: int) -> float:
    """Return the greatest bump height that Adam climbs within `steps` steps, by bisection.

    The heights that are climbed form an interval (THEORY.md), so bisection finds its end.
    `steps` must come from the certificate. The search ends at the resolution of doubles near L.
    """
    low, high = 0.0, float(problem.step)
    while climbs(problem, high, steps):
        low, high = high, 2 * high
    resolution = float(problem.distance) * 2.0**-54  # of positions near the bump
    while high - low > resolution and low < (middle := (low + high) / 2) < high:
        if climbs(problem, middle, steps):
            low = middle
        else:
            high = middle
    return low


def scan_height(problem: Problem, increment: Fraction, steps: int) -> tuple[Fraction, Fraction]:
    """Raise h by `increment` until Adam fails: (last height climbed, first one not climbed)."""
    height = increment
    while climbs(problem, float(height), steps):
        height += increment
    return height - increment, height
