"""A bump of one half-width w, whatever its height h: its slopes are ±h/w.

The slopes of the bump change with h, so that no one trajectory decides all heights. Each height is
decided by a proof of its own: whether the supremum for the slopes −1 and +h/w lies above w or below
it (THEORY.md, section 6). The heights that are climbed need not be an interval: for α = 39/100,
β₁ = 9/25 and w = 21/50 Adam climbs h = 9/40 and not h = 3/20. So what bisection finds is a
*switch*, a height that is climbed and one a little higher that is not, and no maximum.
"""

from fractions import Fraction
from typing import NamedTuple

from q1_bump.problem import Problem, Slopes
from q1_bump.slopes.height import SlopedHeight, sloped_height

STEEPEST = 1_000  # slope of a bump that is still asked
FIRST = Fraction(4, 3)  # the first height, in units of w: at w itself the answer may be w


class Switch(NamedTuple):
    """Two heights of bumps of one width: Adam was proved to climb the first and not the second.

    Attributes:
        climbed: None where no height was proved to be climbed.
        not_climbed: above `climbed`; None where none was proved not to be.
        undecided: a height of which neither was proved, at which the search ended; else None.
    """

    climbed: Fraction | None
    not_climbed: Fraction | None
    undecided: Fraction | None


def passes_at_once(problem: Problem, half_width: Fraction) -> bool:
    """Say whether the first step past the minimum leads past the top, however high it is."""
    return problem.downhill_steps * problem.step - problem.distance > half_width


def find_switch(problem: Problem, half_width: Fraction, resolution: Fraction) -> Switch:
    """Return a switch at which bisection ends.

    Args:
        problem: the parameters.
        half_width: w, in the unit of x.
        resolution: the difference of the two heights at which bisection ends.

    Raises:
        BadInput: Adam needs too many steps to come to the minimum, or is not defined.
    """
    climbed, not_climbed, height = None, None, FIRST * half_width
    while height <= STEEPEST * half_width:
        climbs = climbs_height(problem, half_width, height)
        if climbs is None:
            return Switch(climbed, not_climbed, height)
        climbed, not_climbed = (height, not_climbed) if climbs else (climbed, height)
        if not_climbed is None:
            height *= 2
            continue
        low = climbed or Fraction(0)
        if not_climbed - low <= resolution:
            break
        height = (low + not_climbed) / 2
    return Switch(climbed, not_climbed, None)


def climbs_height(problem: Problem, half_width: Fraction, height: Fraction) -> bool | None:
    """Say whether Adam climbs the bump of this height and half-width; None if that is undecided.

    That it does is proved outright, by a position past the top; that it does not, only if what
    `SlopedHeight.no_tie_after` says is so.
    """
    slope = height / half_width
    found = sloped_height(problem, Slopes(Fraction(1), slope, slope))
    if found.lower > height:
        return True
    return False if isinstance(found, SlopedHeight) and found.upper < height else None
