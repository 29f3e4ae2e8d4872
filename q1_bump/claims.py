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

from q1_bump import descent, simulator, torch_adam
from q1_bump.certificate import supremum
from q1_bump.exact import AdamStep
from q1_bump.max_height import exact_height
from q1_bump.problem import Problem, bump_loss, bump_slope, valley_slope
from shared.ledger import TYPO, Claim, digits_agree

PROBLEM = Problem()
ALPHA, DISTANCE = PROBLEM.alpha, PROBLEM.distance
HEIGHT = Fraction(2, 5)  # some h > α, as the assignment demands
BETA1, BETA2, T = sp.symbols("beta1 beta2 t", positive=True)
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


def formula(printed: str, true: str) -> Check:
    """Test a printed formula against the true one, symbolically."""

    def check():
        names = {"beta1": BETA1, "beta2": BETA2, "t": T}
        difference = sp.expand(sp.sympify(printed, names) - sp.sympify(true, names))
        return f"{true}".replace("**", "^"), sp.simplify(sp.powsimp(difference)) == 0

    return check


def descent_points() -> tuple[str, bool]:
    end = descent.fate(ALPHA, DISTANCE, HEIGHT)
    walk = descent.walk(ALPHA, DISTANCE, HEIGHT, 6)
    found = " → ".join(f"{float(x):g}" for x in walk)
    return found, found == "0 → 0.3 → 0.6 → 0.9 → 1.2 → 0.9 → 1.2" and end.kind == "switches"


def losses_downhill() -> tuple[str, bool]:
    losses = [bump_loss(i * ALPHA, DISTANCE, HEIGHT) for i in range(4)]
    return ", ".join(f"{float(f):g}" for f in losses), losses == [-i * ALPHA for i in range(4)]


def loss_at_four() -> tuple[str, bool]:
    loss = bump_loss(4 * ALPHA, DISTANCE, HEIGHT)
    return f"F(1.2) = {float(loss):g}", loss == Fraction(-12, 10)


def slope_at_four() -> tuple[str, bool]:
    slope = bump_slope(4 * ALPHA, DISTANCE, HEIGHT)
    return f"F′(1.2) = {slope:+d}", slope == 1


def slopes_repeat() -> tuple[str, bool]:
    walk = descent.walk(ALPHA, DISTANCE, HEIGHT, 40)
    slopes = [bump_slope(x, DISTANCE, HEIGHT) for x in walk[3:]]
    return "−1, +1 for ever", slopes == [-1, 1] * (len(slopes) // 2)


def rate_is_not_the_reason() -> tuple[str, bool]:
    larger = descent.fate(Fraction(1, 2), DISTANCE, HEIGHT).kind
    smaller = descent.fate(Fraction(3, 1000), DISTANCE, HEIGHT).kind
    return f"α = 0.5 {larger} on the minimum, α = 0.003 {smaller}", (larger, smaller) == (
        "switches", "rests",
    )  # fmt: skip


def code_is_adam() -> tuple[str, bool]:
    ours = max(x.x for x in islice(simulator.adam_steps(
        PROBLEM, lambda x: valley_slope(x, 1.0)), 50)) - 1  # fmt: skip
    theirs = torch_adam.valley_height(PROBLEM, 50)
    return f"differs from torch.optim.Adam by {abs(ours - theirs):.0e}", abs(ours - theirs) < 1e-12


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
    limit = descent.overshoot(ALPHA, DISTANCE)
    return f"crosses only bumps lower than {limit}, and h > α = {ALPHA}", limit <= ALPHA


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
    return f"x₆ is the highest point of all time; h_max = x₆ − 1 = {climb(6).x - 1:.12g}", (
        found.attained and found.step == 6
    )


GD0, ADAM0 = "000, (1) gradient descent", "000, (2) Adam"
GD2, TOP5, UP5, UP6 = (
    "002, gradient descent", "002, step 5 on the top", "002, step 5 uphill", "002, step 6",
)  # fmt: skip

CLAIMS = [
    Claim(
        GD0,
        "slope −1 for x < 1, 1 for 1 < x < 1+h, −1 for 1+h < x < 1+2h",
        lambda: (
            "−1, +1, −1",
            [bump_slope(Fraction(x), DISTANCE, HEIGHT) for x in ("0.5", "1.2", "1.5")]
            == [-1, 1, -1],
        ),
        "the slopes of the drawn loss; nothing is said of the kinks",
    ),
    Claim(GD0, "x: 0 → 0.3 → 0.6 → 0.9 → 1.2 → 0.9 → 1.2", descent_points, "exact"),
    Claim(GD0, "F: 0, −0.3, −0.6, −0.9 on the way down", losses_downhill, "exact"),
    Claim(
        GD0,
        "(1.2, −1.2), printed three times",
        loss_at_four,
        "beyond x = 1 the loss rises: F(1.2) = −1 + 0.2",
    ),
    Claim(GD0, "at 1.2 the slope becomes 1", slope_at_four, "1 < 1.2 < 1 + h"),
    Claim(
        GD0,
        "it will repeat the slope of −1, 1, −1, 1, …",
        slopes_repeat,
        "the two points alternate",
    ),
    Claim(GD0, "stuck at 0.9 – 1.2", switches, "for ever, by exact arithmetic"),
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
        "0.411 is the first height of the scan that is not climbed, not the last that is",
    ),
    Claim(
        ADAM0,
        "0.41100000000000001 (17 decimals)",
        printed_digits,
        "no double prints so; the digits were not copied from a double's decimal expansion",
    ),
    Claim(
        GD2,
        "the gradient is always 1 or −1, each time x changes by a",
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
        "002, Adam's algorithm",
        "good defaults α = 0.001, β₁ = 0.9, β₂ = 0.999, ε = 1e-8",
        defaults,
        "the paper's, and torch's",
    ),
    Claim(
        TOP5,
        "M(t) = beta1*(1-beta1^(t-1)) = beta1-beta1^t",
        formula("beta1-beta1**t", "beta1*(1-beta1**(t-1))"),
        "one step of slope 0",
    ),
    Claim(
        TOP5,
        "V(t) = beta2*(1-beta2^(t-1)) = beta2-beta2^t",
        formula("beta2-beta2**t", "beta2*(1-beta2**(t-1))"),
        "one step of slope 0",
    ),
    Claim(
        TOP5,
        "M^ = 0.7558...",
        number("0.7558...", lambda: -on_top().corrected_first),
        "to the digits printed",
    ),
    Claim(
        TOP5,
        "V^ = 0.7996...",
        number("0.7996...", lambda: on_top().corrected_second),
        "to the digits printed",
    ),
    Claim(TOP5, "X(5) = 1.453...", number("1.453...", lambda: on_top().x), "to the digits printed"),
    Claim(
        TOP5,
        "1.453... > 1.2, already past the bump",
        passes_low_top,
        "true of a top at 1.2; but there h = 0.2, which h > α excludes",
    ),
    Claim(
        UP5,
        "M(t) = beta1*(1-beta1^(t-1)) - (1-beta1) = 2*beta1-beta1^(t-1)",
        formula("2*beta1-beta1**(t-1)", "2*beta1-beta1**t-1"),
        "the line for M^ below it has the right numerator, and the number is right",
        TYPO,
    ),
    Claim(
        UP5,
        "V(t) = beta2*(1-beta2^(t-1)) + (1-beta2) = 1-beta2^t",
        formula("1-beta2**t", "beta2*(1-beta2**(t-1))+(1-beta2)"),
        "all slopes were ±1",
    ),
    Claim(
        UP5,
        "M^ = (2*beta1-beta1^t-1)/(1-beta1^t)",
        formula(
            "(2*beta1-beta1**t-1)/(1-beta1**t)", "(beta1*(1-beta1**(t-1))-(1-beta1))/(1-beta1**t)"
        ),
        "right",
    ),
    Claim(
        UP5,
        "M^ = 0.511614...",
        number("0.511614...", lambda: -climb(5).corrected_first),
        "a digit is lost: 0.51161143…; X(5), computed from it, is right",
        TYPO,
    ),
    Claim(UP5, "V^ = 1", number("1", lambda: climb(5).corrected_second), "to rounding"),
    Claim(
        UP5,
        "X(5) = 4*alpha + alpha*M^ = 1.35348...",
        number("1.35348...", lambda: climb(5).x),
        "to the digits printed",
    ),
    Claim(UP5, "1.35348... > 1.2, still moving forward", forward(5), "and m is still negative"),
    Claim(
        UP6,
        "g(X(t-1)) = −1",
        lambda: (
            f"F′(x₅) = {climb(6).gradient:+d}, so −F′ = {-climb(6).gradient}",
            climb(6).gradient == 1,
        ),
        "right in the report's sign (moments positive downhill); Algorithm 1 has g = +1",
    ),
    Claim(
        UP6,
        "M(t) = beta1*(2*beta1-beta1^(t-2)) - (1-beta1)",
        formula(
            "beta1*(2*beta1-beta1**(t-2))-(1-beta1)", "beta1*(2*beta1-beta1**(t-1)-1)-(1-beta1)"
        ),
        "the slip of step 5 carried on: at t = 6 it gives 0.92951; the number beside it is right",
        TYPO,
    ),
    Claim(
        UP6,
        "M(6) = 0.088559",
        number("0.088559", lambda: -climb(6).first_moment),
        "of the right formula, not of the printed one",
    ),
    Claim(
        UP6,
        "M(6) = 0.08855",
        number("0.08855", lambda: -climb(6).first_moment),
        "the same, cut off",
    ),
    Claim(
        UP6,
        "V(t) = 1-beta2^t",
        formula("1-beta2**t", "beta2*(1-beta2**(t-1))+(1-beta2)"),
        "all slopes were ±1",
    ),
    Claim(
        UP6,
        "M^ = 0.189002879...",
        number("0.189002879...", lambda: -climb(6).corrected_first),
        "to the digits printed",
    ),
    Claim(
        "002, step 7",
        "step 7 at the top is the decision boundary",
        decisive_step,
        "the report stops here without the number",
    ),
]
