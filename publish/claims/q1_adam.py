"""Question 1: what the two reports say on Adam's steps and on the greatest height.

The reports count the moments positive downhill: their g and M are −g and −m of Adam's algorithm.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import islice

import sympy as sp
import torch
from sympy.parsing.sympy_parser import parse_expr

from publish.claim import Claims, Finding
from publish.claims.printed import CUT, ROUNDED, digits_agree, number
from q1_bump.adam import closed_form, simulator, torch_adam
from q1_bump.adam.certificate import certified
from q1_bump.adam.exact import AdamStep, rational
from q1_bump.adam.exact import adam_steps as exact_steps
from q1_bump.adam.max_height import exact_height
from q1_bump.problem import Problem, bump_slope, valley_slope

PROBLEM = Problem()
ALPHA, DISTANCE = PROBLEM.alpha, PROBLEM.distance
T = sp.Symbol("t", integer=True, positive=True)
FIRST, ALGORITHM = "000, (2) Adam", "002, Adam's algorithm"
ON_TOP, UPHILL, STEP_6 = "002, step 5 on the top", "002, step 5 uphill", "002, step 6"

claims: Claims[[]] = Claims("1")


@cache
def valley_step(t: int) -> AdamStep:
    """Return step t of Adam in the valley, in floating point."""
    steps = simulator.adam_steps(PROBLEM, lambda x: valley_slope(x, 1.0))
    return next(islice(steps, t - 1, None))


@cache
def step_on_top() -> AdamStep:
    """Return step 5 where x₄ = 1.2 is the top of the bump, with slope 0 there."""
    top = float(4 * ALPHA)

    def slope(x: float) -> int:
        return 0 if abs(x - top) < 1e-12 else bump_slope(x, 1.0, top - 1)

    return next(islice(simulator.adam_steps(PROBLEM, slope), 4, None))


def formula(printed: str, name: str, before: int, at: int, sign: int = 1) -> Callable[[], Finding]:
    """Return the check of a printed formula in t against the one that sympy derives.

    Args:
        printed: the formula in the report's letters.
        name: of the true one in `closed_form.formulas()`.
        before: steps since the descent, so that n = t − before; k of them lead uphill.
        at: the step at which both are also evaluated.
        sign: −1 for the moments that the report counts positive downhill.
    """

    def check() -> Finding:
        true = sign * closed_form.formulas()[name]
        true = true.subs({closed_form.n: T - before, closed_form.k: before})
        letters = {"beta1": closed_form.beta1, "beta2": closed_form.beta2, "t": T}
        claimed = parse_expr(printed, local_dict=letters)
        numbers = {closed_form.beta1: 0.9, closed_form.beta2: 0.999, T: at}
        values = [float(expression.subs(numbers)) for expression in (claimed, true)]
        text = f"{sp.factor_terms(sp.powsimp(sp.expand(true)))}".replace("**", "^").replace("_", "")
        text += f"; at t = {at} the printed one is {values[0]:.6g}, the true one {values[1]:.6g}"
        agrees = sp.simplify(sp.powsimp(sp.expand(claimed - true))) == 0
        return Finding(text, bool(agrees))

    return check


# ---- report 000 --------------------------------------------------------------------------------


@claims.register(
    FIRST, "the loop: m, v, mhat, vhat, x", remark="it is Algorithm 1 of Kingma and Ba"
)
@claims.register(
    ALGORITHM,
    "m_t, v_t, their bias correction and θ_t as printed",
    remark="the same updates as report 000's loop",
)
def code_is_adam() -> Finding:
    valley = simulator.adam_steps(PROBLEM, lambda x: valley_slope(x, 1.0))
    ours = max(float(step.x) for step in islice(valley, 50)) - 1
    agrees = abs(ours - torch_adam.valley_height(PROBLEM, 50)) < 1e-12
    return Finding(f"{'' if agrees else 'dis'}agrees with torch.optim.Adam to 1e-12", agrees)


@claims.register(
    FIRST,
    "Maximum high = 0.411",
    criterion=CUT,
    remark="it is the first height of the scan that Adam does not climb, not the last that it does",
)
def maximum() -> Finding:
    found = certified(PROBLEM)
    assert found.step is not None
    exact = exact_height(PROBLEM, found.step)
    assert exact is not None
    climbed, failed = simulator.scan_height(PROBLEM, Fraction(1, 1000), found.horizon)
    text = (
        f"{exact} = {float(exact):.14g}; a scan of h in steps of 0.001 climbs {float(climbed):g} "
        f"and first fails at {float(failed):g}"
    )
    return Finding(text, digits_agree("0.411", float(exact)))


@claims.register(
    FIRST,
    "0.41100000000000001 (17 decimals)",
    remark="no double prints so: the digits are not a double's decimal expansion",
)
def printed_digits() -> Finding:
    printed, below = "0.41100000000000001", 0.411
    while f"{below:.17f}" > printed:
        below = math.nextafter(below, 0)
    neighbours = [f"{value:.17f}" for value in (below, math.nextafter(below, 1))]
    return Finding(f"the doubles there print as {' and '.join(neighbours)}", printed in neighbours)


# ---- report 002: the algorithm -----------------------------------------------------------------


@claims.register(
    ALGORITHM,
    "q_t^2 indicates the elementwise square g_t ⊙ g_t",
    remark="a misread letter",
    otherwise="typo",
)
def square_of_the_gradient() -> Finding:
    """Test whether the symbol that is defined is the one that the algorithm and the text square."""
    defined, squared = "q_t^2", "g_t ⊙ g_t"
    first = next(exact_steps(PROBLEM, lambda x: valley_slope(x, 1)))
    is_square = first.second_moment == (1 - rational(PROBLEM.beta2)) * first.gradient**2
    letter = squared[0]
    text = f"v₁/(1 − β₂) is {'' if is_square else 'not '}{letter}₁², of the letter {letter}"
    return Finding(text, is_square and defined[0] == letter)


@claims.register(
    ALGORITHM,
    "good defaults α = 0.001, β₁ = 0.9, β₂ = 0.999, ε = 1e-8",
    remark="the paper's, and torch's",
)
def defaults() -> Finding:
    default = torch.optim.Adam([torch.zeros(1)]).defaults
    found = (default["lr"], *default["betas"], default["eps"])
    return Finding(f"torch.optim.Adam has {found}", found == (0.001, 0.9, 0.999, 1e-8))


# ---- report 002: step 5 if x₄ is the top of the bump -------------------------------------------


@claims.register(ON_TOP, "g(X(t-1)) = 0 (and g4 = 0)", remark="the convention at a kink")
def slope_on_top() -> Finding:
    height = 4 * ALPHA - DISTANCE
    slope = bump_slope(4 * ALPHA, DISTANCE, height)
    return Finding(f"F′(1.2) = {slope} with h = {height}", slope == 0)


claims.register(
    ON_TOP, "M(t) = beta1*(1-beta1^(t-1)) = beta1-beta1^t", remark="one step of slope 0"
)(formula("beta1-beta1**t", "m on the kink", 1, 5, -1))
claims.register(
    ON_TOP, "V(t) = beta2*(1-beta2^(t-1)) = beta2-beta2^t", remark="one step of slope 0"
)(formula("beta2-beta2**t", "v on the kink", 1, 5))
claims.register(ON_TOP, "M^ = 0.7558...", criterion=CUT)(
    number("0.7558...", lambda: -float(step_on_top().corrected_first))
)
claims.register(ON_TOP, "V^ = 0.7996...", criterion=ROUNDED)(
    number("0.7996...", lambda: float(step_on_top().corrected_second))
)
claims.register(ON_TOP, "X(5) = 1.453...", criterion=CUT)(
    number("1.453...", lambda: float(step_on_top().x))
)


@claims.register(
    ON_TOP,
    "1.453... > 1.2, already past the bump",
    remark="true of a top at 1.2, but that is a height which h > α excludes",
)
def passes_low_top() -> Finding:
    x, top = float(step_on_top().x), float(4 * ALPHA)
    return Finding(f"x = {x:.6f} > {top:g}, but then h = {top - 1:.1f} < α", x > top)


# ---- report 002: step 5 if the bump still rises ------------------------------------------------

claims.register(
    UPHILL,
    "M(t) = beta1*(1-beta1^(t-1)-(1-beta1) = 2*beta1-beta1^(t-1)",
    remark="the −1 has slipped into the exponent (and a bracket is lost); the line for M^ is right",
    otherwise="typo",
)(formula("2*beta1-beta1**(t-1)", "m after k steps up", 1, 5, -1))
claims.register(
    UPHILL,
    "V(t) = beta2*(1-beta2^(t-1)) + (1-beta2) = 1-beta2^t",
    remark="all slopes were ±1",
)(formula("1-beta2**t", "v after k steps up", 1, 5))
claims.register(UPHILL, "M^ = (2*beta1-beta1^t-1)/(1-beta1^t)")(
    formula("(2*beta1-beta1**t-1)/(1-beta1**t)", "m_hat after k steps up", 1, 5, -1)
)
claims.register(
    UPHILL,
    "M^ = 0.511614...",
    criterion=CUT,
    remark="a digit 1 is lost; X(5), computed from it, is right",
    otherwise="typo",
)(number("0.511614...", lambda: -float(valley_step(5).corrected_first)))


@claims.register(UPHILL, "V^ = 1", remark="all slopes were ±1")
def exactly_one() -> Finding:
    step = next(islice(exact_steps(PROBLEM, lambda x: valley_slope(x, 1)), 4, None))
    return Finding(f"{step.corrected_second}, in exact arithmetic", step.corrected_second == 1)


claims.register(UPHILL, "X(5) = 1.35348...", criterion=CUT)(
    number("1.35348...", lambda: float(valley_step(5).x))
)


@claims.register(UPHILL, "1.35348... > 1.2, still moving forward", remark="and m is still negative")
def moves_forward() -> Finding:
    before, after = (float(valley_step(t).x) for t in (4, 5))
    return Finding(f"{before:.6g} → {after:.6g}", after > before)


# ---- report 002: steps 6 and 7 -----------------------------------------------------------------


@claims.register(
    STEP_6,
    "g(X(t-1)) = −1",
    remark="right in the report's sign (moments positive downhill); Algorithm 1 has g = +1",
)
def slope_at_five() -> Finding:
    slope = valley_step(6).gradient
    return Finding(f"F′(x₅) = {slope:+d}, so −F′(x₅) = {-slope:+d}", -slope == -1)


claims.register(
    STEP_6,
    "M(t) = beta1*(2*beta1-beta1^(t-2)) - (1-beta1)",
    remark="the slip of step 5 carried on; the number beside it is that of the right formula",
    otherwise="typo",
)(formula("beta1*(2*beta1-beta1**(t-2))-(1-beta1)", "m after k steps up", 2, 6, -1))
for printed in ("0.088559", "0.08855"):
    claims.register(STEP_6, f"M(6) = {printed}", criterion=CUT)(
        number(printed, lambda: -float(valley_step(6).first_moment))
    )
claims.register(STEP_6, "V(t) = 1-beta2^t", remark="all slopes were ±1")(
    formula("1-beta2**t", "v after k steps up", 2, 6)
)
claims.register(STEP_6, "M^ = 0.189002879...", criterion=CUT)(
    number("0.189002879...", lambda: -float(valley_step(6).corrected_first))
)


@claims.register(
    "002, step 7",
    "step 7 at the top is the decision boundary",
    remark="h_max is that position less L; the report stops here without the number",
)
def decisive_step() -> Finding:
    found = certified(PROBLEM)
    return Finding(
        f"the highest point of all time is x at step {found.step}, {valley_step(6).x:.12g}",
        found.attained is True and found.step == 6,
    )
