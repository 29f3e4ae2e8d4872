"""Independent references for Question 1: plain loops that share no code with the project."""

from fractions import Fraction

import mpmath

from q1_bump.problem import Problem


def fraction_walk(problem: Problem, steps: int) -> list[Fraction]:
    """Return x₁ … in the valley by a plain loop in Fractions; defined while v̂ stays 1."""
    x = m = Fraction(0)
    walk = []
    for t in range(1, steps + 1):
        assert x != problem.distance, "a kink: v̂ < 1"
        m = problem.beta1 * m + (1 - problem.beta1) * (1 if x > problem.distance else -1)
        x -= problem.alpha * m / (1 - problem.beta1**t) / (1 + problem.epsilon)
        walk.append(x)
    return walk


def digits_walk(problem: Problem, steps: int, digits: int = 60, at_kink: int = 0) -> list:
    """Return x₁ … in the valley by a plain loop with `digits` decimal digits.

    A position within 10^−(digits/2) of the kink counts as on it; `at_kink` is its slope.
    """
    with mpmath.workdps(digits):
        alpha, beta1, beta2, epsilon, distance = (
            mpmath.mpf(value.numerator) / value.denominator
            for value in (
                problem.alpha, problem.beta1, problem.beta2, problem.epsilon, problem.distance,
            )
        )  # fmt: skip
        near = mpmath.mpf(10) ** -(digits // 2)
        x = m = v = mpmath.mpf(0)
        walk = []
        for t in range(1, steps + 1):
            gap = x - distance
            g = at_kink if abs(gap) < near else 1 if gap > 0 else -1
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            x -= alpha * (m / (1 - beta1**t)) / (mpmath.sqrt(v / (1 - beta2**t)) + epsilon)
            walk.append(x)
        return walk
