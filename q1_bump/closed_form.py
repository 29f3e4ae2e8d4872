"""Adam's moments and positions in closed form, derived by sympy.

The walk is cut into phases of constant slope g. Within a phase the recursions

    m(j) = β₁·m(j−1) + (1 − β₁)·g        v(j) = β₂·v(j−1) + (1 − β₂)·g²

are linear with constant coefficients; sympy solves them. The formulas for the walk over the
bump are these solutions put one behind the other.
"""

from collections.abc import Sequence
from functools import cache
from itertools import groupby

import mpmath
import sympy as sp
from mpmath import mpf

from q1_bump.problem import Problem

alpha, beta1, beta2 = sp.symbols("alpha beta_1 beta_2", positive=True)
epsilon, distance = sp.symbols("epsilon L", nonnegative=True)
n, k, j, t = sp.symbols("n k j t", integer=True, positive=True)
slope, first, second = sp.symbols("g m_0 v_0", real=True)

DIGITS = 50  # of the evaluation


@cache
def phase() -> tuple[sp.Expr, sp.Expr]:
    """Return (m, v) after j steps of slope g from (m₀, v₀), as solved by sympy."""
    solutions = []
    for beta, start, drive in ((beta1, first, slope), (beta2, second, slope**2)):
        moment, steps = sp.Function("moment"), sp.Symbol("steps", integer=True)
        recursion = moment(steps + 1) - beta * moment(steps) - (1 - beta) * drive
        solution = sp.rsolve(recursion, moment(steps), {moment(0): start})
        solutions.append(sp.expand(solution.subs(steps, j)))
    return tuple(solutions)


def _after(start: tuple[sp.Expr, sp.Expr], steps, value: int) -> tuple[sp.Expr, sp.Expr]:
    """Return (m, v) after `steps` of slope `value` from `start`."""
    replaced = {j: steps, slope: value, first: start[0], second: start[1]}
    return tuple(sp.powsimp(sp.expand(moment.subs(replaced))) for moment in phase())


def _corrected(moments: tuple[sp.Expr, sp.Expr], steps) -> tuple[sp.Expr, sp.Expr]:
    """Return (m̂, v̂) from (m, v) after `steps` steps in all."""
    m, v = moments
    return (
        sp.simplify(m / (1 - beta1**steps)),
        sp.simplify(v / (1 - beta2**steps)),
    )


@cache
def formulas() -> dict[str, sp.Expr]:
    """Return the named formulas of the walk: n steps downhill, then k steps up the bump.

    n is the number of downhill steps, n = ⌈L(1 + ε)/α⌉. The formulas of the climb suppose
    that no step starts on the kink at L; those "on the kink" that step n + 1 does.
    """
    downhill = _after((sp.Integer(0), sp.Integer(0)), t, -1)
    at_n = tuple(moment.subs(t, n) for moment in downhill)
    uphill = _after(at_n, k, 1)
    on_kink = _after(at_n, 1, 0)
    after_kink = _after(on_kink, k, 1)
    step = alpha / (1 + epsilon)
    climb = _corrected(uphill, n + k)[0]
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
    m_t, v_t = downhill
    return {
        "m_t downhill": m_t,
        "v_t downhill": v_t,
        "m_hat_t downhill": _corrected(downhill, t)[0],
        "v_hat_t downhill": _corrected(downhill, t)[1],
        "m after k steps up": uphill[0],
        "v after k steps up": uphill[1],
        "m_hat after k steps up": climb,
        "v_hat after k steps up": _corrected(uphill, n + k)[1],
        "m on the kink": on_kink[0],
        "v on the kink": on_kink[1],
        "m_hat on the kink": kink_m,
        "v_hat on the kink": kink_v,
        "m after the kink and k steps up": after_kink[0],
        "v after the kink and k steps up": after_kink[1],
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
def _evaluators():
    m, v = phase()
    arguments = (beta1, beta2, j, slope, first, second)
    return sp.lambdify(arguments, m, "mpmath"), sp.lambdify(arguments, v, "mpmath")


def position(problem: Problem, slopes: Sequence[int]) -> mpf:
    """Return x after steps with the given slopes, from the formulas of their phases.

    No recursion is run: each term α·m̂_t/(√v̂_t + ε) of the sum is the closed form at that t,
    to 50 digits.
    """
    with mpmath.workdps(DIGITS):
        a, b1, b2, eps = (
            mpf(value.numerator) / value.denominator
            for value in (problem.alpha, problem.beta1, problem.beta2, problem.epsilon)
        )
        moment1, moment2 = _evaluators()
        x = m0 = v0 = mpf(0)
        done = 0
        for value, group in groupby(slopes):
            length = len(list(group))
            for steps in range(1, length + 1):
                m = moment1(b1, b2, steps, value, m0, v0)
                v = moment2(b1, b2, steps, value, m0, v0)
                total = done + steps
                x -= a * (m / (1 - b1**total)) / (mpmath.sqrt(v / (1 - b2**total)) + eps)
            m0, v0, done = m, v, done + length
        return x


def height(problem: Problem, slopes: Sequence[int]) -> mpf:
    """Return x − L after steps with the given slopes, to 50 digits."""
    with mpmath.workdps(DIGITS):
        x = position(problem, slopes)
        return x - mpf(problem.distance.numerator) / problem.distance.denominator


def first_excursion(problem: Problem) -> tuple[int, int, mpf]:
    """Evaluate the formulas: (n, uphill steps before turning back, height to 50 digits).

    If n·α/(1 + ε) = L they are those with a step on the kink.
    """
    tie = problem.distance % problem.step == 0
    steps = problem.downhill_steps
    turning = 0  # for β₁ = 0, where log(1/β₁) has no value
    if problem.beta1:
        name = "uphill steps before turning back" + (", after the kink" if tie else "")
        # The quotient of logarithms is never a whole number for a rational β₁.
        values = {beta1: sp.Float(sp.Rational(problem.beta1), DIGITS), n: steps}
        turning = int(formulas()[name].subs(values))
    slopes = [-1] * steps + [0] * tie + [1] * turning
    return steps, turning, height(problem, slopes)


def as_latex() -> str:
    """Return the formulas as a LaTeX align environment."""
    lines = [
        rf"  \text{{{name.replace('_', ' ')}}} &= {sp.latex(formula)} \\"
        for name, formula in formulas().items()
    ]
    return "\n".join([r"\begin{align*}", *lines, r"\end{align*}", ""])
