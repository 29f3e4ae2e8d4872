"""Adam's recursion in exact rational arithmetic.

Algorithm 1 of Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), on one
parameter:

    m_t = β₁·m_{t−1} + (1 − β₁)·g_t        m̂_t = m_t / (1 − β₁^t)
    v_t = β₂·v_{t−1} + (1 − β₂)·g_t²       v̂_t = v_t / (1 − β₂^t)
    x_t = x_{t−1} − α·m̂_t / (√v̂_t + ε)

While every slope is ±1, v̂_t = 1 and x_t is rational. After a step on a kink (slope 0) it is
rational only where √v̂_t is.
"""

from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt
from typing import Generic, NamedTuple, TypeVar

from flint import fmpq

from q1_bump.problem import Problem
from shared.errors import BadInput

DIGITS = 20  # of the decimal bounds of an enclosure, after rounding outwards
Number = TypeVar("Number", fmpq, float)


class Irrational(ArithmeticError):
    """The position is not a rational number."""


class AdamStep(NamedTuple, Generic[Number]):
    """One row of Adam's step table: t, g_t (the slope before the step), m, v, m̂, v̂, x_t."""

    t: int
    gradient: int
    first_moment: Number
    second_moment: Number
    corrected_first: Number
    corrected_second: Number
    x: Number


def rational(value: Fraction) -> fmpq:
    """Return a Fraction as FLINT's rational, whose arithmetic is much faster."""
    return fmpq(value.numerator, value.denominator)


def decimal(value: Fraction, rounding: str) -> str:
    """Return `value` to 20 digits, rounded as told."""
    context = Context(prec=DIGITS, rounding=rounding, Emax=10**6, Emin=-(10**6))
    return str(context.divide(Decimal(value.numerator), Decimal(value.denominator)))


def undefined_update(t: int) -> BadInput:
    """Return the error for √v̂ + ε = 0: β₂ = 0, ε = 0 and a step on a kink."""
    return BadInput(
        f"Adam is not defined here: step {t} starts on a kink, where the slope is 0, so that "
        "beta2 = 0 and eps = 0 divide by zero; give --beta2 or --eps above 0"
    )


def square_root(value: fmpq) -> fmpq:
    """Return √value.

    Raises:
        Irrational: the root is not rational.
    """
    p, q = isqrt(int(value.p)), isqrt(int(value.q))
    if p * p != value.p or q * q != value.q:
        raise Irrational
    return fmpq(p, q)


def adam_steps(problem: Problem, slope: Callable[[fmpq], int]) -> Iterator[AdamStep[fmpq]]:
    """Yield Adam's steps from x₀ = 0 for ever, exactly.

    Raises:
        Irrational: at the first step after which x is not rational.
        BadInput: √v̂ + ε = 0, where Adam is not defined.
    """
    alpha, epsilon = rational(problem.alpha), rational(problem.epsilon)
    beta1, beta2 = rational(problem.beta1), rational(problem.beta2)
    x = m = v = fmpq(0)
    power1 = power2 = fmpq(1)  # β₁^t and β₂^t
    t = 0
    while True:
        t += 1
        gradient = slope(x)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient * gradient
        power1, power2 = power1 * beta1, power2 * beta2
        m_hat, v_hat = m / (1 - power1), v / (1 - power2)
        denominator = square_root(v_hat) + epsilon
        if denominator == 0:
            raise undefined_update(t)
        x -= alpha * m_hat / denominator
        yield AdamStep(t, gradient, m, v, m_hat, v_hat, x)
