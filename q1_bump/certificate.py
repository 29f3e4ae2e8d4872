"""The supremum of Adam's excursions over an infinite time, with a proof by computation.

Before the top of a bump is passed its height plays no part, so every bump that Adam has not
passed shares one orbit, that of the endless valley (see THEORY.md), and

    h_max = sup over all t of x_t − L    on that one orbit.

"All t" needs a certificate. Let T be a step after which, so we conjecture, the slopes repeat
with period p and sum 0. Write m* for the first moment of the periodic slopes, d = m_T − m*_T,
c_i = (1 + ε) / ((1 − β₁^i)·(√v̂_i + ε)) for the step's correction (it falls to 1 as long as no
new kink is met), δ_i = c_i − 1, a = α/(1 + ε), S_j = Σ_{i≤j} m*_{T+i} and A = max |S_j|. Then

    x_{T+s} = x_T − a·S_s − a·Σ m*_i·δ_i − a·Σ β₁^{i−T}·d·c_i ,

and the two sums are at most (the first by Abel summation)

    E = a·( A·δ_{T+1} + |d|·c_{T+1}·β₁/(1 − β₁) ).

If every position x_T − a·S_j of the periodic walk lies on the conjectured side of the kink
and farther from it than E, then, by induction, the slopes do repeat for ever, and no later
position exceeds max_j (x_T − a·S_j) + E.

Whether the supremum is attained: while no kink was met, δ_i = β₁^i/(1 − β₁^i), and what is
left of the drift at time s in phase j of the cycle is, to first order in β₁^s,

    limit − x_s = −a·β₁^s·K_j ,   K_j = β₁^{−T}·d·β₁/(1 − β₁) + Σ_{k≥1} m*_{j+k}·β₁^k ,

with an error of at most a·β₁^{2s}·(1 + |d|·β₁^{−T})·β₁²/((1 − β₁²)·(1 − β₁^{s+1})). Its sign
says whether the peaks of the cycle fall towards their limit (so an early one is the greatest)
or rise towards it (so it is never reached).

Everything is computed in ball arithmetic (Arb: F. Johansson, "Arb: efficient
arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans. Computers 2017), and
ties with the kink are decided in exact rationals.
"""

import math
from fractions import Fraction
from typing import NamedTuple

from flint import arb, ctx

from q1_bump.exact import Irrational, adam_steps, rational, undefined_update
from q1_bump.problem import Problem, valley_slope
from shared.errors import BadInput

MAX_STEPS = 100_000  # the budget: no certificate is looked for beyond this step
MAX_WIDTH = Fraction(1, 10**12)  # of an enclosure, relative to L + α where that is below 1
NEAR = Fraction(1, 10**14)  # how near a simulation must come to a limit that it cannot reach
EXACT_STEPS = 2_000  # exact rationals grow with t²; a tie beyond this step is left undecided
RESOLVED = 1e-60  # a cycle this near to its limit wants more than 256 bits, not more steps
PRECISIONS = (256, 1024, 4096)  # bits of the balls, raised where they decide nothing


class Supremum(NamedTuple):
    """What is known of sup_t (x_t − L) on the valley's orbit.

    Attributes:
        certified: the enclosure holds for the infinite horizon.
        lower: a bound that the orbit provably reaches or comes arbitrarily near to.
        upper: a bound that it provably never exceeds; None without a certificate.
        attained: whether the supremum is reached; None where that was not decided.
        step: the step at which it is reached, or None.
        horizon: the step at which the orbit reaches the supremum or has come within 1e-14 of
            it: how far a simulation must go. None without a certificate.
        cycle_length: period of the slopes in the end, or None without a certificate.
        slopes: the slopes of the steps that were computed.
        clearance: the smallest distance to the kink up to the horizon, of the positions that
            are not exactly on it: what a simulation in floats must be able to resolve.
        reason: how the answer was found, or why there is none, in words.
    """

    certified: bool
    lower: Fraction
    upper: Fraction | None
    attained: bool | None
    step: int | None
    horizon: int | None
    cycle_length: int | None
    slopes: tuple[int, ...]
    clearance: float
    reason: str

    def slopes_until(self, step: int) -> tuple[int, ...]:
        """Return the slopes of steps 1 … `step`, the cycle repeated as proved."""
        missing = max(0, step - len(self.slopes))
        cycle = self.slopes[len(self.slopes) - (self.cycle_length or 0) :]
        return (self.slopes + cycle * -(-missing // max(1, len(cycle))))[:step]


def supremum(problem: Problem, max_steps: int = MAX_STEPS) -> Supremum:
    """Return the certified supremum of x_t − L over all t, or say that none was found.

    Raises:
        BadInput: Adam is not defined on this orbit (β₂ = 0 and ε = 0 on a kink), or the
            minimum is not reached within `max_steps`.
    """
    if problem.downhill_steps >= max_steps:
        raise BadInput(
            f"--lr {float(problem.alpha):g} takes {problem.downhill_steps} steps to come to the "
            f"minimum at --distance {float(problem.distance):g}; the budget is {max_steps} steps"
        )
    if problem.beta1 == 0:
        return _sign_descent(problem)
    for precision in PRECISIONS:
        with ctx.workprec(precision):
            orbit = ValleyOrbit(problem)
            try:
                return _certify(orbit, max_steps, precision == PRECISIONS[-1])
            except _Undecided:
                continue
    return orbit.uncertified(f"step {orbit.t} is too near to a tie for {precision}-bit balls")


def _sign_descent(problem: Problem) -> Supremum:
    """Return the answer for β₁ = 0, where Adam moves by ±α/(1 + ε) and stops on a kink."""
    n = problem.downhill_steps
    height = n * problem.step - problem.distance
    if height == 0 and problem.beta2 == 0 and problem.epsilon == 0:
        raise undefined_update(n + 1)
    words, cycle = ("steps to and fro", (1, -1)) if height else ("rests on the kink", (0,))
    return Supremum(
        True, height, height, True, n, n, len(cycle), (-1,) * n + cycle,
        float(min(x for x in (height, problem.step - height) if x > 0)),
        f"beta1 = 0: the orbit {words} from step {n} on",
    )  # fmt: skip


class _Undecided(Exception):
    """The balls are too wide to tell on which side of the kink a position lies."""


class ValleyOrbit:
    """Adam's orbit in the endless valley, in balls that contain the exact values.

    Lists are indexed by t: `x[t]` and `m[t]` after step t, `slopes[t]` at x[t], taken by step
    t + 1.
    """

    def __init__(self, problem: Problem):
        self.problem = problem
        self.beta1, self.beta2, self.epsilon, self.distance, self.step = (
            arb(rational(value))
            for value in (
                problem.beta1, problem.beta2, problem.epsilon, problem.distance, problem.step,
            )
        )  # fmt: skip
        self.scale = min(Fraction(1), problem.distance + problem.step)  # for tolerances
        self.x, self.m = [arb(0)], [arb(0)]
        self.slopes: list[int] = []
        self.power1 = arb(1)  # β₁^t
        self.kink_steps: list[int] = []
        self.kink_weight = arb(0)  # Σ β₂^{t−k} over the steps k that started on the kink
        self.best = 0  # the first step at which x is greatest, if it is `clear`
        self.clear = True
        self._exact = adam_steps(problem, lambda x: valley_slope(x, rational(problem.distance)))
        self._exact_t, self._exact_x = 0, 0

    @property
    def t(self) -> int:
        return len(self.x) - 1

    def advance(self, steps: int) -> None:
        """Take steps until `steps` have been taken in all.

        Raises:
            _Undecided: the slope at the next position cannot be told.
        """
        while self.t < steps:
            slope = self._slope()
            if slope == 0:
                if self.problem.beta2 == 0 and self.problem.epsilon == 0:
                    raise undefined_update(self.t + 1)
                self.kink_steps.append(self.t + 1)
                self.x[-1] = self.distance  # exactly, so that the ball need not say so
            self.slopes.append(slope)
            self.power1 *= self.beta1
            if self.kink_steps:
                self.kink_weight = self.beta2 * self.kink_weight + (slope == 0)
            m = self.beta1 * self.m[-1] + (1 - self.beta1) * slope
            correction = self.correction(self.t + 1, self.power1, self.kink_weight)
            self.m.append(m)
            self.x.append(self.x[-1] - self.step * m * correction)
            if self.x[-1] > self.x[self.best]:
                self.best, self.clear = self.t, True
            elif not self.x[-1] < self.x[self.best]:
                self.clear = False

    def correction(self, t: int, power1: arb, kink_weight: arb) -> arb:
        """Return c_t = (1 + ε)/((1 − β₁^t)(√v̂_t + ε)), which is 1/(1 − β₁^t) before any kink."""
        if not self.kink_steps:
            return 1 / (1 - power1)
        v_hat = 1 - (1 - self.beta2) * kink_weight / (1 - self.beta2**t)
        # v̂ ≥ 0, so the part of the ball below 0 is rounding.
        root = v_hat.nonnegative_part().sqrt()
        return (1 + self.epsilon) / ((1 - power1) * (root + self.epsilon))

    def next_correction(self) -> arb:
        """Return c_{t+1}, supposing that step t + 1 does not start on the kink."""
        return self.correction(self.t + 1, self.power1 * self.beta1, self.beta2 * self.kink_weight)

    def _slope(self) -> int:
        x = self.x[-1]
        if x < self.distance:
            return -1
        if x > self.distance:
            return 1
        if self.t <= self.problem.downhill_steps:
            return valley_slope(self.t * self.problem.step, self.problem.distance)
        if self.kink_steps or self.t > EXACT_STEPS:
            raise _Undecided
        try:
            while self._exact_t < self.t:
                exact = next(self._exact)
                self._exact_t, self._exact_x = exact.t, exact.x
        except Irrational:
            raise _Undecided from None
        return valley_slope(self._exact_x, rational(self.problem.distance))

    def height(self, x: arb) -> tuple[Fraction, Fraction]:
        """Return bounds of x − L as exact fractions."""
        height = x - self.distance
        return _fraction(height.lower()), _fraction(height.upper())

    def uncertified(self, reason: str) -> Supremum:
        """Return what the computed part of the orbit proves: a lower bound, and no more."""
        lower, _ = self.height(self.x[self.best])
        return Supremum(
            False, lower, None, None, None, None, None, tuple(self.slopes), self.clearance(), reason
        )

    def clearance(self) -> float:
        """Return the smallest distance to the kink of the positions that are not on it."""
        distances = (
            abs(float((x - self.distance).mid()))
            for x, slope in zip(self.x, self.slopes, strict=False)
            if slope
        )
        return min(distances, default=math.inf)


def _fraction(value: arb) -> Fraction:
    """Return an exact ball (radius 0) as a fraction."""
    mantissa, exponent = (int(part) for part in value.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def _certify(orbit: ValleyOrbit, max_steps: int, last: bool) -> Supremum:
    # A period shows after a few cycles; look again each time the orbit is a fifth longer.
    look_at = orbit.problem.downhill_steps + 16
    while look_at <= max_steps:
        orbit.advance(look_at)
        period = _period(orbit)
        if period and (answer := _conclude(orbit, period, last)):
            return answer
        look_at = look_at + max(16, look_at // 5)
    return orbit.uncertified(f"no certificate within the budget of {max_steps} steps")


def _period(orbit: ValleyOrbit) -> int | None:
    """Return the shortest period, with sum 0, of the last slopes: a conjecture to be proved.

    It must have held for a third of the orbit: within a long cycle short words repeat too.
    """
    since_kink = orbit.slopes[orbit.kink_steps[-1] if orbit.kink_steps else 0 :]
    slopes = bytes(slope + 1 for slope in since_kink)
    for period in range(2, len(slopes) // 2 + 1, 2):
        tail = max(period, len(slopes) // 3)
        repeats = slopes[-tail:] == slopes[-tail - period : -period]
        if repeats and sum(slopes[-period:]) == period:
            return period
    return None


def _conclude(orbit: ValleyOrbit, period: int, last: bool) -> Supremum | None:
    """Prove that the slopes repeat with `period` from the present step on, or return None.

    With `last` there is no higher precision to ask for.
    """
    T, beta1, a = orbit.t, orbit.beta1, orbit.step
    x_T, cycle = orbit.x[T], orbit.slopes[-period:]

    m = arb(0)  # m* at the end of the cycle, by summing its slopes and the geometric series
    for slope in cycle:
        m = beta1 * m + (1 - beta1) * slope
    m /= 1 - beta1**period
    d = orbit.m[T] - m
    moments, sums = [], [arb(0)]  # m*_{T+1}, ...; S_0, S_1, ...
    for slope in cycle:
        m = beta1 * m + (1 - beta1) * slope
        moments.append(m)
        sums.append(sums[-1] + m)
    sums.pop()  # S_p = 0
    c = orbit.next_correction()
    amplitude = max((abs(s).upper() for s in sums), key=_fraction)
    error = (a * (amplitude * (c - 1) + abs(d) * c * beta1 / (1 - beta1))).upper()
    walk = [x_T - a * s for s in sums]
    for x, slope in zip(walk, cycle, strict=True):
        if not (x - orbit.distance) * slope > error:
            return None

    # Proved: the slopes repeat for ever. One more cycle, then every phase is judged.
    orbit.advance(T + period)
    best = orbit.x[orbit.best]
    rising = []  # (limit, drift) of the phases that rise and may pass all computed positions
    for phase, x in enumerate(walk):
        if x + error < best:
            continue
        drift = None if orbit.kink_steps else _drift(orbit, T, phase, d, moments)
        if drift is None:
            if not orbit.kink_steps and not last and error < RESOLVED:
                raise _Undecided  # the drift is there, below the rounding of the balls
            return _undecided_peak(orbit, period, [x + error for x in walk])
        if drift > 0:
            rising.append((orbit.x[T + phase] + drift, T + phase, drift))
    words = f"the slopes repeat with period {period} from step {T} on"
    slopes = tuple(orbit.slopes)
    if all(limit < best for limit, _, _ in rising):
        if not orbit.clear:
            raise _Undecided
        lower, upper = orbit.height(best)
        return Supremum(
            True, lower, upper, True, orbit.best, orbit.best, period, slopes, orbit.clearance(),
            f"{words}; no later position exceeds that of step {orbit.best}",
        )  # fmt: skip
    bounds = [orbit.height(limit) for limit, _, _ in rising]
    lower, upper = max(low for low, _ in bounds), max(high for _, high in bounds)
    if lower <= orbit.height(best)[1] or upper - lower > NEAR * orbit.scale:
        return None
    # The drift falls by nearly β₁^p a cycle; two more cycles make up for "nearly".
    _, step, drift = max(rising, key=lambda phase: float(phase[0].mid()))
    cycles = math.log(float(NEAR * orbit.scale) / float(drift.mid())) / (
        period * math.log(orbit.problem.beta1)
    )
    return Supremum(
        True, lower, upper, False, None, step + period * (max(0, math.ceil(cycles)) + 2),
        period, slopes, orbit.clearance(),
        f"{words}; its peaks rise for ever towards a limit that none reaches",
    )  # fmt: skip


def _drift(orbit: ValleyOrbit, T: int, phase: int, d: arb, moments: list[arb]) -> arb | None:
    """Enclose what is left of the drift at step T + phase, if its later course is monotone.

    Returns limit − x as a ball that excludes 0: positive where this phase of the cycle rises
    to its limit in every later cycle, negative where it falls. None where the balls cannot
    tell yet.
    """
    beta1, period, s = orbit.beta1, len(moments), T + phase
    tail = arb(0)  # Σ_{k≥1} m*_{phase+k}·β₁^k, by Horner's rule over one period
    for k in reversed(range(period)):
        tail = beta1 * (moments[(phase + k) % period] + tail)
    start = d / beta1**T
    leading = beta1**s * (start * beta1 / (1 - beta1) + tail / (1 - beta1**period))
    error = beta1 ** (2 * s) * (1 + abs(start)) * beta1**2
    error /= (1 - beta1**2) * (1 - beta1 ** (s + 1))
    # One cycle later the drift must have the same sign and be smaller; from then on the
    # error falls by β₁^2p a cycle and the leading term by β₁^p, so both stay true.
    if not beta1**period * abs(leading) + error < abs(leading) - error:
        return None
    return -orbit.step * (leading + arb(0, error.upper()))


def _undecided_peak(orbit: ValleyOrbit, period: int, peaks: list[arb]) -> Supremum | None:
    """Return an enclosure where the cycle's peaks are too near to tell which is greatest."""
    lower, upper = orbit.height(orbit.x[orbit.best])
    upper = max([upper, *(orbit.height(peak)[1] for peak in peaks)])
    if upper - lower > MAX_WIDTH * orbit.scale:
        return None
    return Supremum(
        True, lower, upper, None, None, orbit.t, period, tuple(orbit.slopes), orbit.clearance(),
        f"the slopes repeat with period {period}; which peak is the greatest is not decided",
    )  # fmt: skip
