"""Question 1: what the two reports say on gradient descent before the bump."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from publish.claim import Claims, Finding
from publish.claims.printed import number
from q1_bump import descent
from q1_bump.problem import Problem, bump_loss, bump_slope

PROBLEM = Problem()
ALPHA, DISTANCE = PROBLEM.alpha, PROBLEM.distance
HEIGHT = Fraction(2, 5)  # some h > α, as the assignment demands
FIRST, SECOND = "000, (1) gradient descent", "002, gradient descent"

claims: Claims[[]] = Claims("1")


@claims.register(
    FIRST,
    "slope −1 for x < 1, 1 for 1 < x < 1+h, −1 for 1+h < x < 1+2h",
    remark="the slopes of the drawn loss; nothing is said of the kinks",
)
def three_slopes() -> Finding:
    slopes = [bump_slope(Fraction(x), DISTANCE, HEIGHT) for x in ("0.5", "1.2", "1.5")]
    return Finding(", ".join(f"{slope:+d}" for slope in slopes), slopes == [-1, 1, -1])


def point(step: int, x: str, loss: str) -> Callable[[], Finding]:
    """Return the check of a printed point (x, F) of gradient descent, in exact arithmetic."""

    def check() -> Finding:
        true = descent.trajectory(ALPHA, DISTANCE, HEIGHT, step)[step]
        height = bump_loss(true, DISTANCE, HEIGHT)
        agrees = (true, height) == (Fraction(x), Fraction(loss))
        return Finding(f"({float(true):g}, {float(height):g})", agrees)

    return check


POINTS = [
    ("0", "0", "the start"),
    ("0.3", "-0.3", "downhill"),
    ("0.6", "-0.6", "downhill"),
    ("0.9", "-0.9", "downhill"),
    ("1.2", "-1.2", "x is right, F is not: beyond x = 1 the loss rises again"),
    ("0.9", "-0.9", "one step back"),
    ("1.2", "-1.2", "x is right, F is not"),
]
for t, (x, loss, remark) in enumerate(POINTS):
    claims.register(FIRST, f"step {t}: ({x}, {loss})", remark=remark)(point(t, x, loss))


@claims.register(FIRST, "at 1.2 the slope becomes 1", remark="1 < 1.2 < 1 + h")
def slope_at_four() -> Finding:
    slope = bump_slope(4 * ALPHA, DISTANCE, HEIGHT)
    return Finding(f"F′(1.2) = {slope:+d}", slope == 1)


@claims.register(FIRST, "it will repeat the slope of −1, 1, −1, 1, …", criterion="exact")
def slopes_repeat() -> Finding:
    positions = descent.trajectory(ALPHA, DISTANCE, HEIGHT, 40)
    slopes = [bump_slope(x, DISTANCE, HEIGHT) for x in positions[3:]]
    text = ", ".join(f"{slope:+d}" for slope in slopes[:6])
    return Finding(f"{text}, … in {len(slopes)} steps", slopes == [-1, 1] * (len(slopes) // 2))


@claims.register(FIRST, "stuck at 0.9 – 1.2", criterion="for ever, by exact arithmetic")
@claims.register(
    SECOND, "two possible x, and each iteration switches between them", criterion="exact"
)
def oscillates() -> Finding:
    points = descent.outcome(ALPHA, DISTANCE, HEIGHT).points
    return Finding(f"oscillates between {' and '.join(map(str, points))}", len(points) == 2)


@claims.register(FIRST, "which is around the point X", criterion="one point on either side")
def around_the_minimum() -> Finding:
    low, high = descent.outcome(ALPHA, DISTANCE, HEIGHT).points
    return Finding(f"{float(low):g} < {DISTANCE} < {float(high):g}", low < DISTANCE < high)


@claims.register(
    FIRST,
    "because the learning rate is too large, we cannot reach the local minimum",
    remark="what decides is whether L is a multiple of α, not how large α is",
)
def rate_is_the_reason() -> Finding:
    words = {0: "crosses the bump", 1: "rests on the minimum", 2: "oscillates around it"}
    larger, smaller = (
        len(descent.outcome(alpha, DISTANCE, HEIGHT).points)
        for alpha in (Fraction(1, 2), Fraction(3, 1000))
    )
    return Finding(
        f"α = 0.5 {words[larger]}, α = 0.003 {words[smaller]}", (larger, smaller) == (2, 1)
    )


@claims.register(
    SECOND,
    "the gradient is 1 or −1, x changes by a each time",
    remark="true off the kinks",
)
def step_length() -> Finding:
    positions = descent.trajectory(ALPHA, DISTANCE, HEIGHT, 40)
    lengths = {abs(b - a) for a, b in pairwise(positions)}
    return Finding(f"every step has length {', '.join(map(str, lengths))}", lengths == {ALPHA})


@claims.register(SECOND, "F(x(local min)) = F(o) − 1", remark="F(o) = 0")
def bottom() -> Finding:
    value = bump_loss(DISTANCE, DISTANCE, HEIGHT)
    return Finding(f"F(L) = {value}", value == -1)


def above_minimum(which: int) -> Callable[[], float]:
    """Return a function that returns the height of the lower (0) or upper (1) final point."""
    return lambda: float(descent.outcome(ALPHA, DISTANCE, HEIGHT).heights[which])


for quotation, printed, which, remark in (
    ("F(x(a)) = 4*0.3 − 1 + F(o) − 1 = F(x(local min)) + 0.2", "0.2", 1, "x(a) = 1.2"),
    ("F(x(b)) = 1 − 3*0.3 + F(o) − 1 = F(x(local min)) + 0.1", "0.1", 0, "x(b) = 0.9"),
):
    claims.register(SECOND, quotation, remark=remark)(number(printed, above_minimum(which)))


@claims.register(
    SECOND, "cannot find the global minimum behind the bump", criterion="for every h > α"
)
def never_crosses() -> Finding:
    heights = [ALPHA + Fraction(i, 100) for i in range(1, 200)]
    kept = all(max(descent.trajectory(ALPHA, DISTANCE, h, 60)) <= DISTANCE + h for h in heights)
    limit = descent.overshoot(ALPHA, DISTANCE)
    return Finding(
        f"it crosses bumps lower than {limit} only, and h > α = {ALPHA}", kept and limit < ALPHA
    )
