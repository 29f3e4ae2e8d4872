"""The loss with the bump, its slope, and Adam's parameters, all in exact rationals.

    F(x) = −x               for x ≤ L             (down to the local minimum at L)
    F(x) = x − 2L           for L ≤ x ≤ L + h     (up to the top of the bump)
    F(x) = 2h − x           for L + h ≤ x         (down to the global minimum behind it)

F is continuous and F(0) = 0. It has no derivative at its two kinks, L and L + h. The slope
there is taken as 0, the midpoint of the subdifferential, as report 002 does at the top. The
*valley* is the same loss with h = ∞: a V with its point at L.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from shared.cli import exact_number
from shared.errors import BadInput
from shared.settings import setting

KINK = 0  # the slope at a kink
MOST_UNEQUAL = 10**12  # the greatest ratio of two slopes: doubles hold its powers
Number = TypeVar("Number", Fraction, float)


@dataclass(frozen=True)
class Problem:
    """Adam's parameters and the distance to the local minimum, exactly.

    Raises:
        BadInput: a parameter is outside its range.
    """

    alpha: Fraction = setting(
        "--lr",
        default=Fraction(3, 10),
        type=exact_number,
        metavar="NUMBER",
        help="learning rate α, above 0, a decimal or a fraction",
    )
    beta1: Fraction = setting(
        "--beta1",
        default=Fraction(9, 10),
        type=exact_number,
        metavar="NUMBER",
        help="decay β₁ of the first moment, from 0 to below 1",
    )
    beta2: Fraction = setting(
        "--beta2",
        default=Fraction(999, 1000),
        type=exact_number,
        metavar="NUMBER",
        help="decay β₂ of the second moment, from 0 to below 1",
    )
    epsilon: Fraction = setting(
        "--eps",
        default=Fraction(0),
        type=exact_number,
        metavar="NUMBER",
        help="ε, added to the root of the second moment, from 0 on",
    )
    distance: Fraction = setting(
        "--distance",
        default=Fraction(1),
        type=exact_number,
        metavar="NUMBER",
        help="distance L from the start to the local minimum, above 0, in the unit of x",
    )

    def __post_init__(self):
        for name, option in (("alpha", "lr"), ("distance", "distance")):
            if getattr(self, name) <= 0:
                raise BadInput(f"--{option} must be above 0, got {getattr(self, name)}")
        for name in ("beta1", "beta2"):
            if not (0 <= getattr(self, name) < 1 and float(getattr(self, name)) < 1):
                raise BadInput(
                    f"--{name} must lie in [0, 1), in double precision too, "
                    f"got {getattr(self, name)}"
                )
        if self.epsilon < 0:
            raise BadInput(f"--eps must be at least 0, got {self.epsilon}")

    @property
    def step(self) -> Fraction:
        """Length of a downhill step, α/(1 + ε): m̂ = −1 and v̂ = 1 while every slope is −1."""
        return self.alpha / (1 + self.epsilon)

    @property
    def downhill_steps(self) -> int:
        """Number n of downhill steps: the first n with n·α/(1 + ε) ≥ L."""
        return -(-self.distance // self.step)


@dataclass(frozen=True)
class Slopes:
    """The slopes s₀ (downhill), s₁ (uphill) and s₂ (beyond the top), all above 0.

    Raises:
        BadInput: one is not above 0, or s₀ and s₁ are too unequal.
    """

    downhill: Fraction = Fraction(1)
    uphill: Fraction = Fraction(1)
    beyond: Fraction = Fraction(1)

    def __post_init__(self):
        for slope in (self.downhill, self.uphill, self.beyond):
            if slope <= 0:
                raise BadInput(f"--slopes must be above 0, got {slope}")
        ratio = self.uphill / self.downhill
        if max(ratio, 1 / ratio) > MOST_UNEQUAL:
            raise BadInput(
                f"--slopes {self.downhill} and {self.uphill}: one is more than "
                f"{MOST_UNEQUAL:.0e} times the other"
            )


def valley_slope(x, distance) -> int:
    """Return the slope at `x` of the V with its point at `distance`: −1, 0 (at the kink) or 1."""
    return KINK if x == distance else -1 if x < distance else 1


def bump_slope(x, distance, height) -> int:
    """Return the slope of F at `x`: −1, 1 on the way up the bump, 0 at either kink."""
    if x == distance or x == distance + height:
        return KINK
    return 1 if distance < x < distance + height else -1


def bump_loss(x: Number, distance: Number, height: Number) -> Number:
    """Return F(x)."""
    if x <= distance:
        return -x
    return x - 2 * distance if x <= distance + height else 2 * height - x
