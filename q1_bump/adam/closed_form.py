"""Adam's moments and positions in closed form, derived by sympy.

The trajectory is cut into phases of constant slope g. Within a phase the recursions

    m(j) = β₁·m(j−1) + (1 − β₁)·g        v(j) = β₂·v(j−1) + (1 − β₂)·g²

are linear with constant coefficients; sympy solves them. The formulas for the trajectory over
the bump chain these solutions.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple, SupportsFloat

import mpmath
import sympy as sp
from mpmath import mpf

from q1_bump.problem import Problem

alpha, beta1, beta2 = sp.symbols("alpha beta_1 beta_2", positive=True)
epsilon, distance = sp.symbols("epsilon L", nonnegative=True)
n, k, j, t = sp.symbols("n k j t", integer=True, positive=True)
slope, first, second = sp.symbols("g m_0 v_0", real=True)

DIGITS = 50  # of the evaluation


class Moments(NamedTuple):
    """The first and the second moment, m and v or m̂ and v̂."""

    first: sp.Expr
    second: sp.Expr

    def map(self, function: Callable[[sp.Expr], sp.Expr]) -> "Moments":
        return Moments(function(self.first), function(self.second))


def _solved(beta: sp.Expr, start: sp.Expr, drive: sp.Expr) -> sp.Expr:
    """Solve moment(j) = β·moment(j − 1) + (1 − β)·drive, moment(0) = start."""
    moment, steps = sp.Function("moment"), sp.Symbol("steps", integer=True)
    recursion = moment(steps + 1) - beta * moment(steps) - (1 - beta) * drive
    solution = sp.rsolve(recursion, moment(steps), {moment(0): start})
    if solution is None:
        raise ArithmeticError("sympy does not solve the recursion of Adam's moments")
    return sp.expand(solution.subs(steps, j))


@cache
def phase() -> Moments:
    """Return (m, v) after j steps of slope g from (m₀, v₀), as solved by sympy."""
    return Moments(_solved(beta1, first, slope), _solved(beta2, second, slope**2))


def _after(start: Moments, steps: sp.Expr, value: int) -> Moments:
    """Return (m, v) after `steps` of slope `value` from `start`."""
    replaced = {j: steps, slope: value, first: start.first, second: start.second}
    return phase().map(lambda moment: sp.powsimp(sp.expand(moment.subs(replaced))))


def _corrected(moments: Moments, steps: sp.Expr) -> Moments:
    """Return (m̂, v̂) from (m, v) after `steps` steps in all.

    sympy's simplify comes to the same, and takes six times as long.
    """
    return Moments(
        sp.powsimp(sp.cancel(moments.first / (1 - beta1**steps)), deep=True),
        sp.powsimp(sp.cancel(moments.second / (1 - beta2**steps)), deep=True),
    )


@cache
def formulas() -> dict[str, sp.Expr]:
    """Return the named formulas: n = ⌈L(1 + ε)/α⌉ steps downhill, then k steps up the bump.

    The formulas "after k steps up" suppose that no step starts on the kink at L; those "on the
    kink" and "after the kink" that step n + 1 does.
    """
    downhill = _after(Moments(sp.Integer(0), sp.Integer(0)), t, -1)
    at_n = downhill.map(lambda moment: moment.subs(t, n))
    uphill = _after(at_n, k, 1)
    on_kink = _after(at_n, sp.Integer(1), 0)
    after_kink = _after(on_kink, k, 1)
    step = alpha / (1 + epsilon)
    climb, climb_v = _corrected(uphill, n + k)
    position = n * step - step * sp.Sum(climb.subs(k, j), (j, 1, k))
    # Uphill step k moves forward while m_{n+k} < 0, that is β₁^k·(2 − β₁^n) > 1.
    turning = sp.ceiling(sp.log(2 - beta1**n) / sp.log(1 / beta1)) - 1
    # The same after a step on the kink: m < 0 while β₁^k·(1 + β₁ − β₁^{n+1}) > 1.
    turning_after_kink = sp.ceiling(sp.log(1 + beta1 - beta1 ** (n + 1)) / sp.log(1 / beta1)) - 1
    kink_m, kink_v = _corrected(on_kink, n + 1)
    later_m, later_v = _corrected(after_kink, n + 1 + k)
    kink_position = (
        n * step
        - alpha * kink_m / (sp.sqrt(kink_v) + epsilon)
        - alpha * sp.Sum((later_m / (sp.sqrt(later_v) + epsilon)).subs(k, j), (j, 1, k))
    )
    downhill_m, downhill_v = _corrected(downhill, t)
    return {
        "m_t downhill": downhill.first,
        "v_t downhill": downhill.second,
        "m_hat_t downhill": downhill_m,
        "v_hat_t downhill": downhill_v,
        "m after k steps up": uphill.first,
        "v after k steps up": uphill.second,
        "m_hat after k steps up": climb,
        "v_hat after k steps up": climb_v,
        "m on the kink": on_kink.first,
        "v on the kink": on_kink.second,
        "m_hat on the kink": kink_m,
        "v_hat on the kink": kink_v,
        "m after the kink and k steps up": after_kink.first,
        "v after the kink and k steps up": after_kink.second,
        "m_hat after the kink and k steps up": later_m,
        "v_hat after the kink and k steps up": later_v,
        "x after k steps up": position,
        "x after the kink and k steps up": kink_position,
        "uphill steps before turning back": turning,
        "uphill steps before turning back, after the kink": turning_after_kink,
        "height of the first excursion": position - distance,
        "height of the first excursion, after the kink": kink_position - distance,
    }


@cache
def _evaluators() -> tuple[Callable, Callable]:
    arguments = (beta1, beta2, j, slope, first, second)
    m, v = (sp.lambdify(arguments, moment, "mpmath") for moment in phase())
    return m, v


def height(problem: Problem, slopes: Sequence[int]) -> SupportsFloat:
    """Return x − L after steps with the given slopes, from the formulas of their phases.

    No recursion is run: each term α·m̂_t/(√v̂_t + ε) of the sum is the closed form at that t,
    to 50 digits.
    """
    with mpmath.workdps(DIGITS):
        a, b1, b2, eps, distance = (
            mpf(value.numerator) / value.denominator
            for value in (
                problem.alpha,
                problem.beta1,
                problem.beta2,
                problem.epsilon,
                problem.distance,
            )
        )
        moment1, moment2 = _evaluators()
        x = m = v = mpf(0)
        done = 0
        for value, group in groupby(slopes):
            length = len(list(group))
            m0, v0 = m, v
            for steps in range(1, length + 1):
                m = moment1(b1, b2, steps, value, m0, v0)
                v = moment2(b1, b2, steps, value, m0, v0)
                total = done + steps
                x -= a * (m / (1 - b1**total)) / (mpmath.sqrt(v / (1 - b2**total)) + eps)
            done += length
        return x - distance


class Excursion(NamedTuple):
    """The first excursion: n, the uphill steps before turning back, its height to 50 digits."""

    downhill_steps: int
    uphill_steps: int
    height: SupportsFloat


def first_excursion(problem: Problem) -> Excursion:
    """Evaluate the formulas; those with a step on the kink where n·α/(1 + ε) = L."""
    tie = problem.distance % problem.step == 0
    steps = problem.downhill_steps
    turning = 0  # for β₁ = 0, where log(1/β₁) has no value
    if problem.beta1:
        name = "uphill steps before turning back" + (", after the kink" if tie else "")
        # The quotient of logarithms is never a whole number for a rational β₁.
        values = {beta1: sp.Float(sp.Rational(problem.beta1), DIGITS), n: steps}
        turning = int(formulas()[name].subs(values))
    slopes = [-1] * steps + [0] * tie + [1] * turning
    return Excursion(steps, turning, height(problem, slopes))


def as_latex() -> str:
    """Return the formulas as a LaTeX align environment."""
    lines = [
        rf"  \text{{{name.replace('_', ' ')}}} &= {sp.latex(formula)} \\"
        for name, formula in formulas().items()
    ]
    return "\n".join([r"\begin{align*}", *lines, r"\end{align*}", ""])
