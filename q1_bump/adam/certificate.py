"""The supremum of Adam's excursions over an infinite time, with a proof by computation.

The height of the bump plays no part before its top is passed. So every bump that Adam has not
passed gives the same trajectory, that of the valley, and h_max is the supremum of x_t − L over all
t on that one trajectory. THEORY.md says why and proves what is used here: Lemma 4 (from a step T on
the slopes repeat, and no later position is more than E away from the periodic ones) and Lemma 5
(whether the peaks fall to their limit or rise to it for ever). The letters are those of the lemmas:
T, p, m*, d, c_i = 1 + δ_i, a = α/(1 + ε), S_j, A, E, K_j.

After a tie (a step that starts exactly on the kink) the slopes may repeat only very late. A bound
on all later positions that needs no period is in `every_continuation.py`.

Everything is computed in ball arithmetic (Arb), and ties with the kink are decided in exact
rationals.
"""

import math
from fractions import Fraction
from typing import NamedTuple

from flint import arb, ctx

from q1_bump.adam.every_continuation import bound_on_later_positions, no_second_tie
from q1_bump.adam.exact import undefined_update
from q1_bump.adam.valley import Undecided, ValleyTrajectory, fraction
from q1_bump.problem import Problem
from shared.errors import BadInput

MAX_STEPS = 100_000  # the budget: no certificate is looked for beyond this step
MAX_WIDTH = Fraction(1, 10**12)  # of an enclosure, relative to L + α where that is below 1
NEAR = Fraction(1, 10**14)  # how near a simulation must come to a limit that it cannot reach
RESOLVED = 1e-60  # a cycle this near to its limit needs more than 256 bits, not more steps
PRECISIONS = (256, 1024, 4096)  # bits of the balls, raised where they decide nothing


class Supremum(NamedTuple):
    """The certified supremum of x_t − L over all t in the valley.

    Attributes:
        lower: a bound that the trajectory provably reaches or comes arbitrarily near to.
        upper: a bound that it provably never exceeds.
        attained: whether the supremum is reached; None where that was not decided.
        step: the step at which it is reached, or None.
        horizon: the step at which the trajectory reaches the supremum or has come within 1e-14
            of it: how far a simulation must go.
        cycle_length: period of the slopes in the end; None where the proof needs no cycle.
        slopes: the slopes of the steps that were computed.
        clearance: the smallest distance to the kink of the computed positions that are not
            exactly on it: what a simulation in floats must be able to resolve.
        reason: how the answer was found, in words.
    """

    lower: Fraction
    upper: Fraction
    attained: bool | None
    step: int | None
    horizon: int
    cycle_length: int | None
    slopes: tuple[int, ...]
    clearance: float
    reason: str

    @property
    def middle(self) -> Fraction:
        return (self.lower + self.upper) / 2

    def slopes_until(self, step: int) -> tuple[int, ...]:
        """Return the slopes of steps 1 … `step`, the cycle repeated as proved.

        Where no cycle was needed, only the computed ones, which reach to the horizon.
        """
        missing = max(0, step - len(self.slopes))
        cycle = self.slopes[len(self.slopes) - (self.cycle_length or 0) :]
        return (self.slopes + cycle * -(-missing // max(1, len(cycle))))[:step]


class Unproved(NamedTuple):
    """What is known of a supremum where no proof was found.

    Attributes:
        lower: a bound of it that is proved.
        reason: why no more is known, in words.
    """

    lower: Fraction
    reason: str


def supremum(problem: Problem, max_steps: int = MAX_STEPS) -> Supremum | Unproved:
    """Return the certified supremum of x_t − L over all t, or a lower bound where none was found.

    Raises:
        BadInput: Adam is not defined on this trajectory (β₂ = 0 and ε = 0 on a kink), or the
            minimum is not reached within `max_steps`.
    """
    if problem.downhill_steps >= max_steps:
        raise BadInput(
            f"--lr {float(problem.alpha):g} takes {problem.downhill_steps} steps to come to the "
            f"minimum, which is {float(problem.distance):g} away; the budget is {max_steps} steps"
        )
    if problem.beta1 == 0:
        return _sign_descent(problem)
    *lower_precisions, highest = PRECISIONS
    for precision in lower_precisions:
        with ctx.workprec(precision):
            try:
                return _certify(ValleyTrajectory(problem), max_steps, last=False)
            except Undecided:
                continue
    with ctx.workprec(highest):
        trajectory = ValleyTrajectory(problem)
        try:
            return _certify(trajectory, max_steps, last=True)
        except Undecided:
            reason = f"step {trajectory.t} is too near to a tie for {highest}-bit balls"
            return _lower_bound(trajectory, reason)


def certified(problem: Problem) -> Supremum:
    """Return the certified supremum of a problem that is known to have one.

    Raises:
        BadInput: it has none.
    """
    found = supremum(problem)
    if isinstance(found, Unproved):
        raise BadInput(f"not certified: {found.reason}")
    return found


def _sign_descent(problem: Problem) -> Supremum:
    """Return the answer for β₁ = 0, where Adam moves by ±α/(1 + ε) and stops on a kink."""
    n = problem.downhill_steps
    height = n * problem.step - problem.distance
    if height == 0 and problem.beta2 == 0 and problem.epsilon == 0:
        raise undefined_update(n + 1)
    words, cycle = ("oscillates", (1, -1)) if height else ("rests on the kink", (0,))
    return Supremum(
        lower=height,
        upper=height,
        attained=True,
        step=n,
        horizon=n,
        cycle_length=len(cycle),
        slopes=(-1,) * n + cycle,
        clearance=float(min(x for x in (height, problem.step - height) if x > 0)),
        reason=f"beta1 = 0: the trajectory {words} from step {n} on",
    )


def _lower_bound(trajectory: ValleyTrajectory, reason: str) -> Unproved:
    """Return what the computed part of the trajectory proves."""
    lower, _ = trajectory.height(trajectory.x[trajectory.best])
    return Unproved(lower, reason)


def _certify(trajectory: ValleyTrajectory, max_steps: int, last: bool) -> Supremum | Unproved:
    """Extend the trajectory until a certificate is found or the budget is spent.

    With `last` there is no higher precision to ask for.
    """
    # A period shows after a few cycles; look again each time the trajectory is a fifth longer.
    look_at = trajectory.problem.downhill_steps + 16
    while look_at <= max_steps:
        trajectory.advance(look_at)
        period = _period(trajectory)
        cycle = _proved_cycle(trajectory, period) if period else None
        if cycle and (answer := _supremum_of(trajectory, cycle, last)):
            return answer
        if trajectory.kink_steps and (answer := _without_cycle(trajectory)):
            return answer
        look_at = look_at + max(16, look_at // 5)
    reason = f"no certificate within the budget of {max_steps} steps"
    if trajectory.kink_steps and not no_second_tie(trajectory):
        reason += ", and after the tie a second one is not ruled out"
    return _lower_bound(trajectory, reason)


def _period(trajectory: ValleyTrajectory) -> int | None:
    """Return the shortest period, with sum 0, of the last slopes: a conjecture to be proved.

    It must have held for a third of the trajectory: within a long cycle short words repeat too.
    """
    kinks = trajectory.kink_steps
    slopes = bytes(slope + 1 for slope in trajectory.slopes[kinks[-1] if kinks else 0 :])
    for period in range(2, len(slopes) // 2 + 1, 2):
        tail = max(period, len(slopes) // 3)
        repeats = slopes[-tail:] == slopes[-tail - period : -period]
        if repeats and sum(slopes[-period:]) == period:
            return period
    return None


class _Cycle(NamedTuple):
    """Slopes that provably repeat, in the letters of THEORY.md, Lemma 4.

    Attributes:
        start: T.
        moments: m*_{T+1} … m*_{T+p}.
        positions: x_T − a·S_j for j = 0 … p − 1.
        excess: d.
        error: E.
    """

    start: int
    moments: list[arb]
    positions: list[arb]
    excess: arb
    error: arb

    @property
    def period(self) -> int:
        return len(self.moments)

    @property
    def reason(self) -> str:
        return f"the slopes repeat with period {self.period} from step {self.start} on"


def _proved_cycle(trajectory: ValleyTrajectory, period: int) -> _Cycle | None:
    """Prove that the slopes repeat with `period` from the present step on, or return None."""
    beta1, a = trajectory.beta1, trajectory.step
    slopes = trajectory.slopes[-period:]
    m = arb(0)  # m* at the end of the cycle, by summing its slopes and the geometric series
    for slope in slopes:
        m = beta1 * m + (1 - beta1) * slope
    m /= 1 - beta1**period
    d = trajectory.m[-1] - m
    moments, sums = [], [arb(0)]  # m*_{T+1}, …; S_0, S_1, …
    for slope in slopes:
        m = beta1 * m + (1 - beta1) * slope
        moments.append(m)
        sums.append(sums[-1] + m)
    sums.pop()  # S_p = 0
    c = trajectory.next_correction()
    amplitude = max((abs(s).upper() for s in sums), key=fraction)
    error = (a * (amplitude * (c - 1) + abs(d) * c * beta1 / (1 - beta1))).upper()
    positions = [trajectory.x[-1] - a * s for s in sums]
    for x, slope in zip(positions, slopes, strict=True):
        if not (x - trajectory.distance) * slope > error:
            return None
    return _Cycle(trajectory.t, moments, positions, d, error)


def _without_cycle(trajectory: ValleyTrajectory) -> Supremum | None:
    """Return the supremum if the best position so far is above every possible later one."""
    best, step = trajectory.x[trajectory.best], trajectory.best
    bound = bound_on_later_positions(trajectory)
    if bound is None or not bound < best:
        return None
    reason = f"however the slopes go on after step {trajectory.t}"
    return _attained(trajectory, None, f"{reason}, no later position exceeds that of step {step}")


def _attained(trajectory: ValleyTrajectory, cycle_length: int | None, reason: str) -> Supremum:
    """Return the supremum that the trajectory has reached already."""
    if not trajectory.best_is_clear:
        raise Undecided
    lower, upper = trajectory.height(trajectory.x[trajectory.best])
    return Supremum(
        lower=lower,
        upper=upper,
        attained=True,
        step=trajectory.best,
        horizon=trajectory.best,
        cycle_length=cycle_length,
        slopes=tuple(trajectory.slopes),
        clearance=trajectory.clearance(),
        reason=reason,
    )


class _RisingPhase(NamedTuple):
    """A phase of the cycle whose peaks rise for ever: their limit, a step, what is left then."""

    limit: arb
    step: int
    drift: arb


def _supremum_of(trajectory: ValleyTrajectory, cycle: _Cycle, last: bool) -> Supremum | None:
    """Return the supremum of a trajectory that ends in `cycle`; None if it must go on first."""
    trajectory.advance(cycle.start + cycle.period)  # one more cycle, then every phase is judged
    best = trajectory.x[trajectory.best]
    rising = []
    for phase, x in enumerate(cycle.positions):
        if x + cycle.error < best:
            continue
        drift = None if trajectory.kink_steps else _drift(trajectory, cycle, phase)
        if drift is None:
            if not trajectory.kink_steps and not last and cycle.error < RESOLVED:
                raise Undecided  # the drift is there, below the rounding of the balls
            return _undecided_peak(trajectory, cycle)
        if drift > 0:
            step = cycle.start + phase
            rising.append(_RisingPhase(trajectory.x[step] + drift, step, drift))
    if not all(phase.limit < best for phase in rising):
        return _limit(trajectory, cycle, rising)
    reason = f"{cycle.reason}; no later position exceeds that of step {trajectory.best}"
    return _attained(trajectory, cycle.period, reason)


def _drift(trajectory: ValleyTrajectory, cycle: _Cycle, phase: int) -> arb | None:
    """Enclose what is left of the drift at step T + phase, if its later course is monotone.

    Returns limit − x as a ball that excludes 0: positive where this phase of the cycle rises
    to its limit in every later cycle, negative where it falls. None where the balls cannot
    tell yet.
    """
    beta1, period, s = trajectory.beta1, cycle.period, cycle.start + phase
    tail = arb(0)  # Σ_{k≥1} m*_{phase+k}·β₁^k, by Horner's rule over one period
    for k in reversed(range(period)):
        tail = beta1 * (cycle.moments[(phase + k) % period] + tail)
    start = cycle.excess / beta1**cycle.start
    leading = beta1**s * (start * beta1 / (1 - beta1) + tail / (1 - beta1**period))
    error = beta1 ** (2 * s) * (1 + abs(start)) * beta1**2
    error /= (1 - beta1**2) * (1 - beta1 ** (s + 1))
    # One cycle later the drift must have the same sign and be smaller; from then on the
    # error falls by β₁^2p a cycle and the leading term by β₁^p, so both stay true.
    if not beta1**period * abs(leading) + error < abs(leading) - error:
        return None
    return -trajectory.step * (leading + arb(0, error.upper()))


def _limit(
    trajectory: ValleyTrajectory, cycle: _Cycle, rising: list[_RisingPhase]
) -> Supremum | None:
    """Return the supremum that is the limit of rising peaks, if it is known closely enough."""
    best, near = trajectory.x[trajectory.best], NEAR * trajectory.scale
    bounds = [trajectory.height(phase.limit) for phase in rising]
    lower, upper = max(low for low, _ in bounds), max(high for _, high in bounds)
    if lower <= trajectory.height(best)[1] or upper - lower > near:
        return None
    # The drift falls by nearly β₁^p a cycle; two more cycles make up for "nearly".
    highest = max(rising, key=lambda phase: float(phase.limit.mid()))
    cycles = math.log(float(near) / float(highest.drift.mid())) / (
        cycle.period * math.log(trajectory.problem.beta1)
    )
    return Supremum(
        lower=lower,
        upper=upper,
        attained=False,
        step=None,
        horizon=highest.step + cycle.period * (max(0, math.ceil(cycles)) + 2),
        cycle_length=cycle.period,
        slopes=tuple(trajectory.slopes),
        clearance=trajectory.clearance(),
        reason=f"{cycle.reason}; its peaks rise for ever towards a limit that none reaches",
    )


def _undecided_peak(trajectory: ValleyTrajectory, cycle: _Cycle) -> Supremum | None:
    """Return an enclosure where the cycle's peaks are too near to tell which is greatest."""
    lower, upper = trajectory.height(trajectory.x[trajectory.best])
    peaks = (x + cycle.error for x in cycle.positions)
    upper = max([upper, *(trajectory.height(peak)[1] for peak in peaks)])
    if upper - lower > MAX_WIDTH * trajectory.scale:
        return None
    return Supremum(
        lower=lower,
        upper=upper,
        attained=None,
        step=None,
        horizon=trajectory.t,
        cycle_length=cycle.period,
        slopes=tuple(trajectory.slopes),
        clearance=trajectory.clearance(),
        reason=f"{cycle.reason}; which peak is the greatest is not decided",
    )
