"""A bump with slopes of its own: −s₀ down to L, +s₁ up to the top, −s₂ beyond it.

What stays of THEORY.md: Lemmas 1 and 2. Adam's next step still depends on the slopes met so far,
and beyond the top every slope is negative. So one trajectory in the valley with the slopes −s₀ and
+s₁ decides every height, s₂ plays no part, and

    h_max = s₁ · sup over all t of (x_t − L) ,

since the bump of height h is h/s₁ wide on its way up. With ε = 0 the slopes count up to a common
factor only. With s₀ = s₁ = s the positions are those of slopes ±1 with ε/s in the place of ε.

What is lost: v̂ is no longer 1, so that β₂ plays a part and positions are irrational. They are
enclosed in balls, and what comes after the last computed step is bounded by `reachable.py`. Where
that bound lies below the highest position so far, the supremum is that position, and attained;
elsewhere it is enclosed between the two.
"""

from fractions import Fraction
from typing import NamedTuple

from flint import ctx

from q1_bump.adam.certificate import MAX_STEPS, LowerBound, supremum
from q1_bump.adam.valley import fraction
from q1_bump.problem import Problem, Slopes
from q1_bump.slopes.crossings import highest_after_crossing
from q1_bump.slopes.reachable import highest_later_position
from q1_bump.slopes.second_moment import Settings
from q1_bump.slopes.valley import SlopedTrajectory, Undecided
from shared.errors import BadInput

PRECISION = 192  # bits of the balls
LOOKS = (2, 8, 16)  # at how many times the memory of v, 1/(1 − β₂), a bound is looked for
LEAST_STEPS = 500  # after the descent
CELLS = (1e-4, 1e-5)  # from coarse to fine


class Height(NamedTuple):
    """What is proved of h_max at a bump with slopes.

    Attributes:
        lower, upper: bounds of it; the supremum is above `lower` or equal to it.
        attained: whether some position reaches it; None where that was not decided.
        step: the step at which it is reached, or at which `lower` is; None at a fixed width.
        horizon: the steps that were computed, or None.
        reason: how the bounds were found, in words.
    """

    lower: Fraction
    upper: Fraction
    attained: bool | None
    step: int | None
    horizon: int | None
    reason: str


def greatest_height(problem: Problem, slopes: Slopes) -> Height | None:
    """Return what is proved of h_max, or None where there is only a lower bound.

    Raises:
        BadInput: Adam needs too many steps to come to the minimum, or is not defined.
    """
    if slopes.downhill == slopes.uphill:
        return _equal_slopes(problem, slopes.uphill)
    with ctx.workprec(PRECISION):
        return _unequal_slopes(problem, slopes)


def _equal_slopes(problem: Problem, slope: Fraction) -> Height | None:
    """Return the height for s₀ = s₁, from the certificate for slopes ±1 and ε/s₀."""
    scaled = Problem(
        problem.alpha, problem.beta1, problem.beta2, problem.epsilon / slope, problem.distance
    )
    found = supremum(scaled)
    if isinstance(found, LowerBound):
        return None
    return Height(
        lower=slope * found.lower,
        upper=slope * found.upper,
        attained=found.attained,
        step=found.horizon if found.step is None else found.step,
        horizon=len(found.slopes),
        reason=found.reason,
    )


def _unequal_slopes(problem: Problem, slopes: Slopes) -> Height | None:
    """Return the height for s₀ ≠ s₁, or None where a position is too near to L to go on."""
    trajectory = SlopedTrajectory(problem, slopes)
    if trajectory.downhill_steps + LEAST_STEPS >= MAX_STEPS:
        raise BadInput(
            f"--lr {float(problem.alpha):g} takes {trajectory.downhill_steps} steps to come to the "
            f"minimum; the budget is {MAX_STEPS} steps"
        )
    settings = Settings(
        *(float(value) for value in (problem.beta1, problem.beta2, problem.epsilon)),
        *(float(value) for value in (slopes.downhill, slopes.uphill)),
    )
    bound = None
    for look in LOOKS:
        steps = max(trajectory.downhill_steps + LEAST_STEPS, int(look / (1 - problem.beta2)))
        try:
            trajectory.advance_to_crossing(min(steps, MAX_STEPS))
        except Undecided:
            return None
        found = highest_after_crossing(settings, trajectory.state(), trajectory.seen(settings))
        if found is not None and trajectory.exceeds(found):
            return _answer(trajectory, None)
        bound = found
    for cell in CELLS:
        found = highest_later_position(
            settings, trajectory.state(), trajectory.seen(settings), cell
        )
        bound = min((b for b in (bound, found) if b is not None), default=None)
        if bound is not None and trajectory.exceeds(bound):
            return _answer(trajectory, None)
    return None if bound is None else _answer(trajectory, bound)


def _answer(trajectory: SlopedTrajectory, bound: float | None) -> Height:
    """Return the height; `bound` is that of later y, None where the best position exceeds it."""
    factor = trajectory.slopes.uphill
    best = trajectory.x[trajectory.best] - trajectory.distance
    lower, upper = (factor * fraction(end) for end in (best.lower(), best.upper()))
    words = f"no position after step {trajectory.t} exceeds"
    if bound is None:
        words += f" that of step {trajectory.best}"
        return Height(lower, upper, True, trajectory.best, trajectory.t, words)
    upper = max(upper, factor * trajectory.problem.alpha * Fraction(bound))
    words += f" L by more than {bound:.6g}·α"
    return Height(lower, upper, None, trajectory.best, trajectory.t, words)


class Bracket(NamedTuple):
    """Two heights of a bump of fixed width: Adam was proved to climb the one and not the other."""

    climbed: Fraction
    not_climbed: Fraction


def fixed_width(problem: Problem, half_width: Fraction, resolution: Fraction) -> Bracket | None:
    """Return where Adam ceases to climb bumps of one half-width w, whose slopes are ±h/w.

    The slope of the bump changes with its height h, so that no one trajectory decides all heights:
    each is decided by a proof of its own, that the supremum for the slopes −1 and +h/w lies above
    or below w. Bisection finds a height above which it fails; that every lower bump is climbed, it
    does not prove.

    Args:
        problem: the parameters.
        half_width: w, in the unit of x.
        resolution: of h, at which bisection ends.

    Returns:
        The last two heights, or None where one could not be decided.
    """
    low, high = Fraction(0), half_width * Fraction(4, 3)  # not w, whose answer may be w itself
    while (climbs := climbs_height(problem, half_width, high)) is True:
        low, high = high, 2 * high
    while climbs is not None and high - low > resolution:
        middle = (low + high) / 2
        climbs = climbs_height(problem, half_width, middle)
        low, high = (middle, high) if climbs else (low, middle)
    return None if climbs is None else Bracket(low, high)


def climbs_height(problem: Problem, half_width: Fraction, height: Fraction) -> bool | None:
    """Say whether Adam climbs the bump of this height and half-width; None if that is undecided."""
    slope = height / half_width
    found = greatest_height(problem, Slopes(Fraction(1), slope, slope))
    if found is None:
        return None
    return True if found.lower > height else False if found.upper < height else None
