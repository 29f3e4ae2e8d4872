"""What the two reports say on Question 1, statement by statement, and how each is tested.

The printed text is quoted; every value it is held against is computed here. The reports count
the moments positive downhill: their g, M are −g, −m of Adam's algorithm.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import islice, pairwise

import sympy as sp
import torch

from publish.claim import TYPO, Claim, digits_agree
from q1_bump import closed_form, descent, simulator, torch_adam
from q1_bump.certificate import supremum
from q1_bump.exact import AdamStep, rational
from q1_bump.exact import adam_steps as exact_steps
from q1_bump.max_height import exact_height
from q1_bump.problem import Problem, bump_loss, bump_slope, valley_slope

PROBLEM = Problem()
ALPHA, DISTANCE = PROBLEM.alpha, PROBLEM.distance
HEIGHT = Fraction(2, 5)  # some h > α, as the assignment demands
T = sp.Symbol("t", integer=True, positive=True)
Check = Callable[[], tuple[str, bool]]


@cache
def climb(t: int) -> AdamStep:
    """Return step t of Adam in the valley, in floating point."""
    slopes = simulator.adam_steps(PROBLEM, lambda x: valley_slope(x, 1.0))
    return next(islice(slopes, t - 1, None))


@cache
def on_top() -> AdamStep:
    """Return step 5 where x₄ = 1.2 is the top of the bump, with slope 0 there."""
    top = float(4 * ALPHA)

    def slope(x: float) -> int:
        return 0 if abs(x - top) < 1e-12 else bump_slope(x, 1.0, top - 1)

    return next(islice(simulator.adam_steps(PROBLEM, slope), 4, None))


def number(printed: str, value: Callable[[], float]) -> Check:
    """Test a printed number against its recomputed value, to the digits printed."""

    def check():
        exact = float(value())
        return f"{exact:.12g}", digits_agree(printed, exact)

    return check


def formula(printed: str, named: str, before: int, at: int, sign: int = 1) -> Check:
    """Test a printed formula in t against the one that sympy derives.

    Args:
        printed: the formula in the report's letters.
        named: the name of the true one in `closed_form.formulas()`.
        before: steps since the descent, so that n = t − before; k of them lead uphill.
        at: the step at which both are also evaluated.
        sign: −1 for the moments that the report counts positive downhill.
    """

    def check():
        true = sign * closed_form.formulas()[named]
        true = true.subs({closed_form.n: T - before, closed_form.k: before})
        names = {"beta1": closed_form.beta1, "beta2": closed_form.beta2, "t": T}
        claimed = sp.sympify(printed, names)
        numbers = {closed_form.beta1: 0.9, closed_form.beta2: 0.999, T: at}
        values = [float(expression.subs(numbers)) for expression in (claimed, true)]
        text = f"{sp.factor_terms(sp.powsimp(sp.expand(true)))}".replace("**", "^").replace("_", "")
        text += f"; at t = {at} the printed one is {values[0]:.6g}, the true one {values[1]:.6g}"
        return text, sp.simplify(sp.powsimp(sp.expand(claimed - true))) == 0

    return check


def point(t: int, x: str, loss: str) -> Check:
    """Test a printed point (x, F) of gradient descent at step t, in exact arithmetic."""

    def check():
        true = descent.walk(ALPHA, DISTANCE, HEIGHT, t)[t]
        height = bump_loss(true, DISTANCE, HEIGHT)
        return f"({float(true):g}, {float(height):g})", (true, height) == (
            Fraction(x), Fraction(loss),
        )  # fmt: skip

    return check


def slope_at_four() -> tuple[str, bool]:
    slope = bump_slope(4 * ALPHA, DISTANCE, HEIGHT)
    return f"F′(1.2) = {slope:+d}", slope == 1


def slopes_repeat() -> tuple[str, bool]:
    walk = descent.walk(ALPHA, DISTANCE, HEIGHT, 40)
    slopes = [bump_slope(x, DISTANCE, HEIGHT) for x in walk[3:]]
    text = ", ".join(f"{slope:+d}" for slope in slopes[:6])
    return f"{text}, … in {len(slopes)} steps", slopes == [-1, 1] * (len(slopes) // 2)


def around_the_minimum() -> tuple[str, bool]:
    low, high = descent.fate(ALPHA, DISTANCE, HEIGHT).points
    return f"{float(low):g} < {DISTANCE} < {float(high):g}", low < DISTANCE < high


def rate_is_not_the_reason() -> tuple[str, bool]:
    larger = descent.fate(Fraction(1, 2), DISTANCE, HEIGHT).kind
    smaller = descent.fate(Fraction(3, 1000), DISTANCE, HEIGHT).kind
    return f"α = 0.5 {larger} on the minimum, α = 0.003 {smaller}", (larger, smaller) == (
        "switches", "rests",
    )  # fmt: skip


def code_is_adam() -> tuple[str, bool]:
    valley = simulator.adam_steps(PROBLEM, lambda x: valley_slope(x, 1.0))
    ours = max(step.x for step in islice(valley, 50)) - 1
    agrees = abs(ours - torch_adam.valley_height(PROBLEM, 50)) < 1e-12
    return f"{'' if agrees else 'dis'}agrees with torch.optim.Adam to 1e-12", agrees


def maximum() -> tuple[str, bool]:
    found = supremum(PROBLEM)
    exact = exact_height(PROBLEM, found.step)
    climbed, failed = simulator.scan_height(PROBLEM, Fraction(1, 1000), found.horizon)
    text = (
        f"{exact} = {float(exact):.14g}; a scan of h in steps of 0.001 climbs {float(climbed):g} "
        f"and first fails at {float(failed):g}"
    )
    return text, digits_agree("0.411", float(exact))


def printed_digits() -> tuple[str, bool]:
    below = 0.411
    while f"{below:.17f}" > "0.41100000000000001":
        below = torch.nextafter(torch.tensor(below, dtype=torch.float64), torch.tensor(0.0)).item()
    above = torch.nextafter(torch.tensor(below, dtype=torch.float64), torch.tensor(1.0)).item()
    neighbours = [f"{value:.17f}" for value in (below, above)]
    return f"the doubles there print as {neighbours}", "0.41100000000000001" in neighbours


def step_length() -> tuple[str, bool]:
    walk = descent.walk(ALPHA, DISTANCE, HEIGHT, 40)
    lengths = {abs(b - a) for a, b in pairwise(walk)}
    return f"every step has length {', '.join(map(str, lengths))}", lengths == {ALPHA}


def switches() -> tuple[str, bool]:
    end = descent.fate(ALPHA, DISTANCE, HEIGHT)
    points = ", ".join(map(str, end.points))
    return f"{end.kind} between {points}", end.kind == "switches"


def bottom() -> tuple[str, bool]:
    value = bump_loss(DISTANCE, DISTANCE, HEIGHT)
    return f"F(L) = {value}", value == -1


def above_minimum(which: int) -> Callable[[], float]:
    return lambda: descent.fate(ALPHA, DISTANCE, HEIGHT).heights[which]


def never_crosses() -> tuple[str, bool]:
    heights = [ALPHA + Fraction(i, 100) for i in range(1, 200)]
    walks = [descent.walk(ALPHA, DISTANCE, h, 60) for h in heights]
    kept = all(max(walk) <= DISTANCE + h for walk, h in zip(walks, heights, strict=True))
    limit = descent.overshoot(ALPHA, DISTANCE)
    return f"it crosses bumps lower than {limit} only, and h > α = {ALPHA}", kept and limit < ALPHA


def passes_low_top() -> tuple[str, bool]:
    x, top = on_top().x, float(4 * ALPHA)
    return f"x = {x:.6f} > {top:g}, but then h = {top - 1:.1f} < α", x > top


def forward(t: int) -> Check:
    def check():
        before, after = climb(t - 1).x, climb(t).x
        return f"{before:.6g} → {after:.6g}", after > before

    return check


def defaults() -> tuple[str, bool]:
    default = torch.optim.Adam([torch.zeros(1)]).defaults
    found = (default["lr"], *default["betas"], default["eps"])
    return f"torch.optim.Adam has {found}", found == (0.001, 0.9, 0.999, 1e-8)


def decisive_step() -> tuple[str, bool]:
    found = supremum(PROBLEM)
    return f"the highest point of all time is x at step {found.step}, {climb(6).x:.12g}", (
        found.attained is True and found.step == 6
    )


def three_slopes() -> tuple[str, bool]:
    slopes = [bump_slope(Fraction(x), DISTANCE, HEIGHT) for x in ("0.5", "1.2", "1.5")]
    return ", ".join(f"{slope:+d}" for slope in slopes), slopes == [-1, 1, -1]


def slope_on_top() -> tuple[str, bool]:
    slope = bump_slope(4 * ALPHA, DISTANCE, 4 * ALPHA - DISTANCE)
    return f"F′(1.2) = {slope} with h = {4 * ALPHA - DISTANCE}", slope == 0


def slope_at_five() -> tuple[str, bool]:
    slope = climb(6).gradient
    return f"F′(x₅) = {slope:+d}, so −F′(x₅) = {-slope:+d}", -slope == -1


def exactly_one() -> tuple[str, bool]:
    value = next(islice(exact_steps(PROBLEM, lambda x: valley_slope(x, 1)), 4, None))
    return f"{value.corrected_second}, in exact arithmetic", value.corrected_second == 1


def square_of_the_gradient() -> tuple[str, bool]:
    """Test whether the symbol that is defined is the one that the algorithm and the text square."""
    defined, squared = "q_t^2", "g_t ⊙ g_t"
    first = next(exact_steps(PROBLEM, lambda x: valley_slope(x, 1)))
    is_square = first.second_moment / (1 - rational(PROBLEM.beta2)) == first.gradient**2
    letter = squared[0]
    text = f"v₁/(1 − β₂) is {'' if is_square else 'not '}{letter}₁², of the letter {letter}"
    return text, is_square and defined[0] == letter


CUT, ROUND = "to the digits printed", "rounded"
ALGORITHM2 = "002, Adam's algorithm"
GD0, ADAM0 = "000, (1) gradient descent", "000, (2) Adam"
GD2, TOP5, UP5, UP6 = (
    "002, gradient descent", "002, step 5 on the top", "002, step 5 uphill", "002, step 6",
)  # fmt: skip

CLAIMS = [
    Claim(
        GD0,
        "slope −1 for x < 1, 1 for 1 < x < 1+h, −1 for 1+h < x < 1+2h",
        three_slopes,
        "the slopes of the drawn loss; nothing is said of the kinks",
    ),
    *(
        Claim(GD0, f"step {t}: ({x}, {loss})", point(t, x, loss), reason)
        for t, (x, loss, reason) in enumerate(
            [
                ("0", "0", "the start"),
                ("0.3", "-0.3", "downhill"),
                ("0.6", "-0.6", "downhill"),
                ("0.9", "-0.9", "downhill"),
                ("1.2", "-1.2", "beyond x = 1 the loss rises again: x is right, F is not"),
                ("0.9", "-0.9", "one step back"),
                ("1.2", "-1.2", "x is right, F is not"),
            ]
        )
    ),
    Claim(GD0, "at 1.2 the slope becomes 1", slope_at_four, "1 < 1.2 < 1 + h"),
    Claim(GD0, "it will repeat the slope of −1, 1, −1, 1, …", slopes_repeat, "exact"),
    Claim(GD0, "stuck at 0.9 – 1.2", switches, "for ever, by exact arithmetic"),
    Claim(GD0, "which is around the point X", around_the_minimum, "one point on either side"),
    Claim(
        GD0,
        "because the learning rate is too large, we cannot reach the local minimum",
        rate_is_not_the_reason,
        "what decides is whether L is a multiple of α, not its size",
    ),
    Claim(ADAM0, "the loop: m, v, mhat, vhat, x", code_is_adam, "Algorithm 1 of Kingma and Ba"),
    Claim(
        ADAM0,
        "Maximum high = 0.411",
        maximum,
        "it is the first height of the scan that is not climbed, not the last that is",
    ),
    Claim(
        ADAM0,
        "0.41100000000000001 (17 decimals)",
        printed_digits,
        "no double prints so: the digits are not a double's decimal expansion",
    ),
    Claim(
        GD2,
        "the gradient is 1 or −1, x changes by a each time",
        step_length,
        "off the kinks",
    ),
    Claim(GD2, "two possible x, and each iteration switches between them", switches, "exact"),
    Claim(GD2, "F(x(local min)) = F(o) − 1", bottom, "F(o) = 0"),
    Claim(
        GD2,
        "F(x(a)) = 4*0.3 − 1 + F(o) − 1 = F(x(local min)) + 0.2",
        number("0.2", above_minimum(1)),
        "x(a) = 1.2",
    ),
    Claim(
        GD2,
        "F(x(b)) = 1 − 3*0.3 + F(o) − 1 = F(x(local min)) + 0.1",
        number("0.1", above_minimum(0)),
        "x(b) = 0.9",
    ),
    Claim(GD2, "cannot find the global minimum behind the bump", never_crosses, "for every h > α"),
    Claim(
        ALGORITHM2,
        "m_t, v_t, their bias correction and θ_t as printed",
        code_is_adam,
        "the same updates as report 000's loop",
    ),
    Claim(
        ALGORITHM2,
        "q_t^2 indicates the elementwise square g_t ⊙ g_t",
        square_of_the_gradient,
        "a misread letter",
        TYPO,
    ),
    Claim(
        ALGORITHM2,
        "good defaults α = 0.001, β₁ = 0.9, β₂ = 0.999, ε = 1e-8",
        defaults,
        "the paper's, and torch's",
    ),
    Claim(TOP5, "g(X(t-1)) = 0 (and g4 = 0)", slope_on_top, "the convention at a kink"),
    Claim(
        TOP5,
        "M(t) = beta1*(1-beta1^(t-1)) = beta1-beta1^t",
        formula("beta1-beta1**t", "m on the kink", 1, 5, -1),
        "one step of slope 0",
    ),
    Claim(
        TOP5,
        "V(t) = beta2*(1-beta2^(t-1)) = beta2-beta2^t",
        formula("beta2-beta2**t", "v on the kink", 1, 5),
        "one step of slope 0",
    ),
    Claim(TOP5, "M^ = 0.7558...", number("0.7558...", lambda: -on_top().corrected_first), CUT),
    Claim(TOP5, "V^ = 0.7996...", number("0.7996...", lambda: on_top().corrected_second), ROUND),
    Claim(TOP5, "X(5) = 1.453...", number("1.453...", lambda: on_top().x), CUT),
    Claim(
        TOP5,
        "1.453... > 1.2, already past the bump",
        passes_low_top,
        "true of a top at 1.2; but that is a height which h > α excludes",
    ),
    Claim(
        UP5,
        "M(t) = beta1*(1-beta1^(t-1)-(1-beta1) = 2*beta1-beta1^(t-1)",
        formula("2*beta1-beta1**(t-1)", "m after k steps up", 1, 5, -1),
        "the −1 has slipped into the exponent (and a bracket is lost); the line for M^ is right",
        TYPO,
    ),
    Claim(
        UP5,
        "V(t) = beta2*(1-beta2^(t-1)) + (1-beta2) = 1-beta2^t",
        formula("1-beta2**t", "v after k steps up", 1, 5),
        "all slopes were ±1",
    ),
    Claim(
        UP5,
        "M^ = (2*beta1-beta1^t-1)/(1-beta1^t)",
        formula("(2*beta1-beta1**t-1)/(1-beta1**t)", "m_hat after k steps up", 1, 5, -1),
        "right",
    ),
    Claim(
        UP5,
        "M^ = 0.511614...",
        number("0.511614...", lambda: -climb(5).corrected_first),
        "a digit 1 is lost; X(5), computed from it, is right",
        TYPO,
    ),
    Claim(UP5, "V^ = 1", exactly_one, "all slopes were ±1"),
    Claim(UP5, "X(5) = 1.35348...", number("1.35348...", lambda: climb(5).x), CUT),
    Claim(UP5, "1.35348... > 1.2, still moving forward", forward(5), "and m is still negative"),
    Claim(
        UP6,
        "g(X(t-1)) = −1",
        slope_at_five,
        "right in the report's sign (moments positive downhill); Algorithm 1 has g = +1",
    ),
    Claim(
        UP6,
        "M(t) = beta1*(2*beta1-beta1^(t-2)) - (1-beta1)",
        formula("beta1*(2*beta1-beta1**(t-2))-(1-beta1)", "m after k steps up", 2, 6, -1),
        "the slip of step 5 carried on; the number beside it is that of the right formula",
        TYPO,
    ),
    Claim(UP6, "M(6) = 0.088559", number("0.088559", lambda: -climb(6).first_moment), "exact"),
    Claim(UP6, "M(6) = 0.08855", number("0.08855", lambda: -climb(6).first_moment), CUT),
    Claim(
        UP6,
        "V(t) = 1-beta2^t",
        formula("1-beta2**t", "v after k steps up", 2, 6),
        "all slopes were ±1",
    ),
    Claim(
        UP6, "M^ = 0.189002879...", number("0.189002879...", lambda: -climb(6).corrected_first), CUT
    ),
    Claim(
        "002, step 7",
        "step 7 at the top is the decision boundary",
        decisive_step,
        "h_max is that position less L; the report stops here without the number",
    ),
]
