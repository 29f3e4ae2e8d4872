"""A quick bound on Adam's later positions from the speed with which it crosses L.

Lemma 15 of THEORY.md, in its letters: y = (x − L)/α, y_i = y_{i−1} − c_i·m_i with c⁻ ≤ c_i ≤ c⁺, U,
w_j(u), d_k(u), u_k. If U is not exceeded by the last crossing towards the bump, and the greatest
speed of return, taken twice, from U over the bump's side and from there over the other, is at most
U, then no later crossing exceeds U either, by induction. c_i is 1/κ_i, which Lemma 13 encloses.
Numbers are doubles, widened by `SLACK`.
"""

from typing import NamedTuple

from q1_bump.slopes.second_moment import Interval, Settings, State, kappa, second_moment

SLACK = 1e-9  # relative; rounding is below 1e-12
MAX_STEPS = 2_000  # on one side
ROUNDS = 30  # of bisection for u_k
SETTLED = 1e-3  # a change of U, relative, that is not worth another turn
WIDER = 1.5  # where the region was left, it is tried this much wider
TRIES = 8


class Side(NamedTuple):
    """One side of L: the strength of its slope, β₁, and the bounds c⁻ and c⁺."""

    strength: float
    beta1: float
    least: float
    most: float


class Visit(NamedTuple):
    """The greatest speed with which a side is left, and the greatest distance from L on it."""

    speed: float
    distance: float


def visit(side: Side, fastest: float) -> Visit | None:
    """Return what Lemma 15 says of a visit that begins with a speed of at most `fastest`.

    None if it takes more than `MAX_STEPS` steps.
    """
    farthest, power, k = side.most * fastest, 1.0, 0
    while True:  # Σ max(0, −w_j(U))
        power *= side.beta1
        outward = power * fastest - (1 - power) * side.strength
        if outward <= 0:
            break
        farthest += side.most * outward
    speed = slowest = 0.0
    for k in range(1, MAX_STEPS):
        slowest = _slowest(side, k, Interval(slowest, fastest))
        if slowest is None:
            return Visit(min(speed * (1 + SLACK), side.strength), farthest * (1 + SLACK))
        power = side.beta1**k
        speed = max(speed, (1 - power) * side.strength - power * slowest)
    return None


def _slowest(side: Side, k: int, speeds: Interval) -> float | None:
    """Return the least of `speeds` with which step k can leave the side, or a little less.

    None if it can with none of them. What allows for step k allows for step k − 1.
    """
    low, high = speeds
    if _distance(side, k, low) > 0:
        return low
    if _distance(side, k, high) <= 0:
        return None
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        if _distance(side, k, middle) > 0:
            high = middle
        else:
            low = middle
    return low


def _distance(side: Side, k: int, u: float) -> float:
    """Return d_k(u)."""
    found, power = side.most * u, 1.0
    for _ in range(1, k):
        power *= side.beta1
        inward = (1 - power) * side.strength - power * u
        found -= (side.least if inward > 0 else side.most) * inward
    return found


def highest_after_crossing(
    settings: Settings, state: State, seen: tuple[Interval, Interval]
) -> float | None:
    """Return a y that no position from `state` on exceeds, or None if none is found.

    Args:
        settings: the parameters.
        state: the step after which; it has just crossed L towards the bump.
        seen: the values of y and of Y in the steps before, a first guess of what is to come.
    """
    region_y, region_scaled = seen
    for _ in range(TRIES):
        region_y, region_scaled = region_y.wider(WIDER), region_scaled.wider(WIDER)
        moment = second_moment(settings, state, region_y, region_scaled)
        if moment is None:
            return None
        values = moment.values_of_kappa(moment.v, settings.epsilon).hull(kappa(settings, state))
        found = _settled(settings, values, -state.m)
        if found is None:
            return None
        uphill, downhill = found
        ys = Interval(-downhill.distance, uphill.distance)
        scaled = Interval(
            values.high * ys.low - settings.lever * uphill.speed,
            values.high * ys.high + settings.lever * downhill.speed,
        )
        if region_y.holds(ys) and region_scaled.holds(scaled):
            return uphill.distance
    return None


def _settled(settings: Settings, kappas: Interval, last: float) -> tuple[Visit, Visit] | None:
    """Return the greatest visits to either side; None if the last crossing was faster."""
    bounds = 1 / kappas.high, 1 / kappas.low
    bump = Side(settings.uphill, settings.beta1, *bounds)
    other = Side(settings.downhill, settings.beta1, *bounds)
    fastest, found = settings.downhill, None  # m is never below −s₀
    while last <= fastest:
        if (uphill := visit(bump, fastest)) is None:
            break
        if (downhill := visit(other, uphill.speed)) is None or downhill.speed > fastest:
            break
        found = uphill, downhill
        if downhill.speed > (1 - SETTLED) * fastest:
            break
        fastest = downhill.speed
    return found
