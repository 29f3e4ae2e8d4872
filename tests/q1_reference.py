"""Independent references for Question 1: plain loops that share no code with the project."""

from decimal import Decimal, localcontext
from fractions import Fraction

from q1_bump.problem import Problem


def plain_descent(alpha: Fraction, distance: Fraction, height: Fraction, steps: int):
    """Return x₀ … x_steps of gradient descent, by cases on where x lies."""
    x = Fraction(0)
    positions = [x]
    for _ in range(steps):
        if x < distance or x > distance + height:
            x += alpha
        elif distance < x < distance + height:
            x -= alpha
        positions.append(x)
    return positions


def fraction_trajectory(problem: Problem, steps: int) -> list[Fraction]:
    """Return x₁ … of Adam in the valley by a plain loop in Fractions, defined while v̂ stays 1."""
    x = m = Fraction(0)
    positions = []
    for t in range(1, steps + 1):
        assert x != problem.distance, "a kink: v̂ < 1"
        m = problem.beta1 * m + (1 - problem.beta1) * (1 if x > problem.distance else -1)
        x -= problem.alpha * m / (1 - problem.beta1**t) / (1 + problem.epsilon)
        positions.append(x)
    return positions


def decimal_trajectory(
    problem: Problem, steps: int, digits: int = 60, at_kink: int = 0
) -> list[Decimal]:
    """Return x₁ … of Adam in the valley by a plain loop with `digits` decimal digits.

    A position within 10^−(digits/2) of the kink counts as on it; `at_kink` is its slope.
    """
    with localcontext(prec=digits):
        alpha, beta1, beta2 = map(as_decimal, (problem.alpha, problem.beta1, problem.beta2))
        epsilon, distance = as_decimal(problem.epsilon), as_decimal(problem.distance)
        near = Decimal(10) ** -(digits // 2)
        x = m = v = Decimal(0)
        power1 = power2 = Decimal(1)
        positions = []
        for _ in range(steps):
            gap = x - distance
            g = at_kink if abs(gap) < near else 1 if gap > 0 else -1
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            power1, power2 = power1 * beta1, power2 * beta2
            x -= alpha * (m / (1 - power1)) / ((v / (1 - power2)).sqrt() + epsilon)
            positions.append(x)
        return positions


def as_decimal(value: Fraction) -> Decimal:
    """Return a fraction in the decimal precision of the present context."""
    return Decimal(value.numerator) / value.denominator
