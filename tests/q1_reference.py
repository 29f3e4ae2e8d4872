"""Independent references for Question 1: plain loops that share no code with the project."""

from decimal import Decimal, localcontext
from fractions import Fraction

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


def digits_walk(problem: Problem, steps: int, digits: int = 60, at_kink: int = 0) -> list[Decimal]:
    """Return x₁ … in the valley by a plain loop with `digits` decimal digits.

    A position within 10^−(digits/2) of the kink counts as on it; `at_kink` is its slope.
    """
    with localcontext(prec=digits):
        alpha, beta1, beta2, epsilon, distance = (
            Decimal(value.numerator) / value.denominator
            for value in (
                problem.alpha, problem.beta1, problem.beta2, problem.epsilon, problem.distance,
            )
        )  # fmt: skip
        near = Decimal(10) ** -(digits // 2)
        x = m = v = Decimal(0)
        power1 = power2 = Decimal(1)
        walk = []
        for _ in range(steps):
            gap = x - distance
            g = at_kink if abs(gap) < near else 1 if gap > 0 else -1
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            power1, power2 = power1 * beta1, power2 * beta2
            x -= alpha * (m / (1 - power1)) / ((v / (1 - power2)).sqrt() + epsilon)
            walk.append(x)
        return walk
