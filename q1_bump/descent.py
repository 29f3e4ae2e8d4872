"""Plain gradient descent over the bump, exactly.

Each step adds α on a falling slope and subtracts α on the rising one, so with
n = ⌈L/α⌉ and δ = nα − L (0 ≤ δ < α) it comes to nα = L + δ. There the outcome is decided:

    δ = 0            it lands on the kink at L and rests (slope 0)
    h < δ            it has crossed the whole bump and goes on for ever
    h = δ            it lands on the top and rests (slope 0)
    0 < δ < h        it oscillates for ever between L − (α − δ) and L + δ, at the heights α − δ
                     and δ above the local minimum

So gradient descent crosses if and only if h < α·⌈L/α⌉ − L. As δ < α, a bump with h ≥ α is
never crossed.

The slope 0 at the kinks matters in the two cases of rest only. With one-sided slopes instead:

    δ = 0, slope −1 at L    it steps on to L + α, and crosses if h < α
    δ = 0, slope +1 at L    it steps back to L − α and oscillates between L − α and L for ever
    h = δ, slope −1 on top  it crosses
    h = δ, slope +1 on top  it steps back and oscillates as for h > δ

With the slopes −s₀ and +s₁ it moves by +αs₀ and −αs₁. Let these be p·q and −r·q with whole p and r
that have no common divisor. Each step adds p to the place of x on the circle of p + r points that
are q apart, as −r ≡ p (mod p + r). So it visits all of them, and from the first step past L on it
stays in (L − αs₁, L + αs₀]. If L is no multiple of q, its greatest overshoot is that of the last
such point: αs₀ − (L mod q). If L is one, it rests there when it comes to it.
"""

import math
from fractions import Fraction
from typing import Literal, NamedTuple

from q1_bump.problem import Slopes, bump_loss, bump_slope
from shared.errors import BadInput

MAX_STEPS = 100_000  # before gradient descent rests on the kink


class Overshoot(NamedTuple):
    """The greatest x_t − L of gradient descent, and the first step at which it is reached."""

    distance: Fraction
    step: int


def sloped_overshoot(alpha: Fraction, distance: Fraction, slopes: Slopes) -> Overshoot:
    """Return the greatest overshoot in the valley with slopes, by arithmetic and not by simulation.

    Raises:
        BadInput: it comes to rest on the kink only after more than `MAX_STEPS` steps.
    """
    forward, back = alpha * slopes.downhill, alpha * slopes.uphill
    unit = Fraction(
        math.gcd(forward.numerator * back.denominator, back.numerator * forward.denominator),
        forward.denominator * back.denominator,
    )
    p, points = int(forward / unit), int((forward + back) / unit)
    first = -(-distance // forward)  # the first step at L or past it
    if rest := distance % unit:
        place = forward - rest
        # Step t is at t·p on the circle, and the place is (L + place)/q points from the start.
        step = int((distance + place) / unit) * pow(p, -1, points) % points if points > 1 else 0
        return Overshoot(place, step + -(-(first - step) // points) * points)
    best, x = Overshoot(Fraction(0), first), first * forward - distance
    for step in range(first, first + MAX_STEPS):
        if x > best.distance:
            best = Overshoot(x, step)
        if x == 0:
            return best
        x += forward if x < 0 else -back
    raise BadInput(f"gradient descent is not at rest after {MAX_STEPS} steps; give simpler numbers")


class Outcome(NamedTuple):
    """How gradient descent ends.

    Attributes:
        kind: what it does in the end.
        points: the positions it ends up at: none, two or one.
        heights: their heights above the local minimum, F(x) − F(L).
        step: the step at which it is past the top, or first at the last of `points`.
    """

    kind: Literal["crosses", "oscillates", "rests"]
    points: tuple[Fraction, ...]
    heights: tuple[Fraction, ...]
    step: int


def trajectory(alpha: Fraction, distance: Fraction, height: Fraction, steps: int) -> list[Fraction]:
    """Return x₀ … x_steps of gradient descent from x₀ = 0."""
    positions = [Fraction(0)]
    for _ in range(steps):
        x = positions[-1]
        positions.append(x - alpha * bump_slope(x, distance, height))
    return positions


def overshoot(alpha: Fraction, distance: Fraction) -> Fraction:
    """Return δ = α·⌈L/α⌉ − L: bumps lower than this, and no others, are crossed."""
    return -(-distance // alpha) * alpha - distance


def outcome(alpha: Fraction, distance: Fraction, height: Fraction) -> Outcome:
    """Return how it ends, from the condition on (α, L, h) and not by simulation."""
    delta, step = overshoot(alpha, distance), int(-(-distance // alpha))
    if height < delta:
        return Outcome("crosses", (), (), step)
    if delta in (0, height):
        kind, points = "rests", (distance + delta,)
    else:
        kind, points = "oscillates", (distance + delta - alpha, distance + delta)
    bottom = bump_loss(distance, distance, height)
    heights = tuple(bump_loss(x, distance, height) - bottom for x in points)
    return Outcome(kind, points, heights, step)
