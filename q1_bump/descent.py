"""Plain gradient descent over the bump, exactly.

Each step adds α on a falling slope and subtracts α on the rising one, so with
n = ⌈L/α⌉ and δ = nα − L (0 ≤ δ < α) the walk comes to nα = L + δ, and there its fate is
decided:

    δ = 0            it lands on the kink at L and rests (slope 0)
    h < δ            it has stepped over the whole bump and goes on for ever
    h = δ            it lands on the top and rests (slope 0)
    0 < δ < h        it steps back to L − (α − δ), forth to L + δ, and so on for ever, at the
                     heights α − δ and δ above the local minimum

So gradient descent crosses if and only if h < α·⌈L/α⌉ − L. As δ < α, a bump with h ≥ α is
never crossed.

The slope 0 at the kinks matters in the two cases of rest only. With one-sided slopes instead:

    δ = 0, slope −1 at L    it steps on to L + α, and crosses if h < α
    δ = 0, slope +1 at L    it steps back to L − α and switches between L − α and L for ever
    h = δ, slope −1 on top  it crosses
    h = δ, slope +1 on top  it steps back and switches as for h > δ
"""

from fractions import Fraction
from typing import NamedTuple

from q1_bump.problem import bump_loss, bump_slope


class Fate(NamedTuple):
    """Where gradient descent ends.

    Attributes:
        kind: "crosses", "switches" or "rests".
        points: the positions it ends up at: none, two or one.
        heights: their heights above the local minimum, F(x) − F(L).
        step: the step at which it is past the top, or first at the last of `points`.
    """

    kind: str
    points: tuple[Fraction, ...]
    heights: tuple[Fraction, ...]
    step: int


def walk(alpha: Fraction, distance: Fraction, height: Fraction, steps: int) -> list[Fraction]:
    """Return x₀ … x_steps of gradient descent from x₀ = 0."""
    positions = [Fraction(0)]
    for _ in range(steps):
        x = positions[-1]
        positions.append(x - alpha * bump_slope(x, distance, height))
    return positions


def overshoot(alpha: Fraction, distance: Fraction) -> Fraction:
    """Return δ = α·⌈L/α⌉ − L: bumps lower than this, and no others, are crossed."""
    return -(-distance // alpha) * alpha - distance


def fate(alpha: Fraction, distance: Fraction, height: Fraction) -> Fate:
    """Return the end of the walk from the condition on (α, L, h), without walking."""
    delta, step = overshoot(alpha, distance), int(-(-distance // alpha))
    if height < delta:
        return Fate("crosses", (), (), step)
    if delta in (0, height):
        kind, points = "rests", (distance + delta,)
    else:
        kind, points = "switches", (distance + delta - alpha, distance + delta)
    bottom = bump_loss(distance, distance, height)
    heights = tuple(bump_loss(x, distance, height) - bottom for x in points)
    return Fate(kind, points, heights, step)
