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
elsewhere it is enclosed between the two. Both suppose that no later step starts exactly on L with
the slope 0 there (`no_tie_after`). (With one of the two slopes instead, they hold in any case.)
"""

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from flint import ctx

from q1_bump.adam.certificate import MAX_STEPS, Unproved, supremum
from q1_bump.adam.valley import Undecided, fraction
from q1_bump.problem import Problem, Slopes
from q1_bump.slopes.crossings import highest_after_crossing
from q1_bump.slopes.reachable import highest_later_position
from q1_bump.slopes.second_moment import Settings
from q1_bump.slopes.valley import SlopedTrajectory
from shared.errors import BadInput

PRECISION = 192  # bits of the balls
LOOKS = (2, 8, 16)  # at how many times the memory of v, 1/(1 − β₂), a bound is looked for
LEAST_STEPS = 500  # after the descent
CELLS = (1e-4, 1e-5)  # from coarse to fine


class SlopedHeight(NamedTuple):
    """What is proved of h_max at a bump with slopes.

    Attributes:
        lower, upper: bounds of it; the supremum is above `lower` or equal to it.
        attained: whether some position reaches it; None where that was not decided.
        step: the step at which it is reached, or at which `lower` is.
        reason: how the bounds were found, in words.
        no_tie_after: the bounds suppose that no step after this one starts exactly on L; None where
            they suppose nothing.
    """

    lower: Fraction
    upper: Fraction
    attained: bool | None
    step: int | None
    reason: str
    no_tie_after: int | None = None


def sloped_height(problem: Problem, slopes: Slopes) -> SlopedHeight | Unproved:
    """Return what is proved of h_max.

    Raises:
        BadInput: Adam needs too many steps to come to the minimum, or is not defined.
    """
    # Lengths of slopes matter up to a common factor of them and ε.
    scaled = replace(problem, epsilon=problem.epsilon / slopes.downhill)
    if slopes.downhill == slopes.uphill:
        return _equal_slopes(scaled, slopes.uphill)
    ties = scaled.distance % scaled.step == 0
    if ties and scaled.beta1 == 0 and scaled.beta2 + scaled.epsilon:  # m = 0 there
        step = scaled.downhill_steps
        return SlopedHeight(
            Fraction(0), Fraction(0), True, step, f"it rests on L from step {step} on"
        )
    with ctx.workprec(PRECISION):
        trajectory = SlopedTrajectory(scaled, slopes.uphill / slopes.downhill)
        bound = _bound_on_later_positions(trajectory)
        return _answer(trajectory, slopes.uphill, bound)


def _equal_slopes(problem: Problem, slope: Fraction) -> SlopedHeight | Unproved:
    """Return the height for s₀ = s₁, from the certificate for slopes ±1."""
    found = supremum(problem)
    lower = slope * found.lower
    if isinstance(found, Unproved):
        return Unproved(lower, found.reason)
    step = found.horizon if found.step is None else found.step
    return SlopedHeight(lower, slope * found.upper, found.attained, step, found.reason)


def _bound_on_later_positions(trajectory: SlopedTrajectory) -> float | str:
    """Return a y that no position after the last computed one exceeds, or why there is none.

    Raises:
        BadInput: as `sloped_height`.
    """
    problem = trajectory.problem
    if problem.downhill_steps + LEAST_STEPS >= MAX_STEPS:
        raise BadInput(
            f"--lr {float(problem.alpha):g} takes {problem.downhill_steps} steps to come to the "
            f"minimum; the budget is {MAX_STEPS} steps"
        )
    settings = Settings(
        *(float(value) for value in (problem.beta1, problem.beta2, problem.epsilon)),
        downhill=1.0,
        uphill=float(trajectory.uphill_slope),
    )
    bound = None
    for look in LOOKS:
        steps = max(problem.downhill_steps + LEAST_STEPS, int(look / (1 - problem.beta2)))
        steps = min(steps, MAX_STEPS)
        if trajectory.t >= steps:
            continue
        try:
            if not trajectory.advance_to_crossing(steps):
                return f"after {trajectory.t} steps Adam is still on its way back to L"
        except Undecided:
            return f"the step after step {trajectory.t} starts too near to L to tell its slope"
        bound = highest_after_crossing(settings, trajectory.state(), trajectory.seen(settings))
        if bound is not None and trajectory.exceeds(bound):
            return bound
    state, seen = trajectory.state(), trajectory.seen(settings)
    for cell in CELLS:
        found = highest_later_position(settings, state, seen, cell)
        bound = min((b for b in (bound, found) if b is not None), default=None)
        if bound is not None and trajectory.exceeds(bound):
            return bound
    return f"nothing bounds what comes after step {trajectory.t}" if bound is None else bound


def _answer(
    trajectory: SlopedTrajectory, slope: Fraction, bound: float | str
) -> SlopedHeight | Unproved:
    """Return what the computed positions and the bound of later ones prove."""
    best = trajectory.highest - trajectory.distance
    lower, upper = (slope * fraction(end) for end in (best.lower(), best.upper()))
    if isinstance(bound, str):
        return Unproved(lower, bound)
    last = trajectory.t
    words = f"no position after step {last} exceeds"
    if trajectory.exceeds(bound):
        words += f" that of step {trajectory.best}"
        return SlopedHeight(lower, upper, True, trajectory.best, words, no_tie_after=last)
    upper = max(upper, slope * trajectory.problem.alpha * Fraction(bound))
    words += f" L by more than {bound:.6g}·α"
    return SlopedHeight(lower, upper, None, trajectory.best, words, no_tie_after=last)
