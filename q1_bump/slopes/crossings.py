"""A quick bound on Adam's later positions from the speed with which it crosses L.

Lemma 15 of THEORY.md, in its letters: y = (x − L)/α, y_i = y_{i−1} − c_i·m_i with c⁻ ≤ c_i ≤ c⁺, U,
w_j(u), d_k(u), u_k. If U is not exceeded by the last crossing towards the bump, and the greatest
speed of return, taken twice, from U over the bump's side and from there over the other, is at most
U, then no later crossing exceeds U either, by induction. c_i is 1/κ_i, which follows from v_{i−1}
and g_i; Lemma 13 encloses v_{i−1} as long as positions keep to the region, which they then do at
step i, too. Numbers are doubles, widened by `SLACK`.
"""

import math
from typing import NamedTuple

from q1_bump.slopes.second_moment import (
    MAX_LEVER,
    Interval,
    Settings,
    State,
    kappa,
    second_moment,
)

SLACK = 1e-9  # relative; rounding is below 1e-12
MAX_STEPS = 20_000  # on one side
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
    outward, _ = _sums(side, fastest, MAX_STEPS)
    farthest = side.most * (fastest + outward)
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
    """Return d_k(u), or a little more."""
    outward, inward = _sums(side, u, k - 1)
    rounding = SLACK / 1e3 * (u + outward + inward)
    return side.most * (u + outward) - side.least * inward + rounding


def _sums(side: Side, u: float, steps: int) -> tuple[float, float]:
    """Return Σ max(0, −w_j(u)) and Σ max(0, w_j(u)) over j = 1 … `steps`.

    As w_j(u) = s − β₁^j·(s + u), both are geometric series. Those steps that lead outward come
    first.
    """
    s, beta1, total = side.strength, side.beta1, side.strength + u
    if beta1 == 0:
        return 0.0, s * steps
    rate = math.log(beta1)
    turning = min(steps, math.floor(math.log(s / total) / rate))

    def powers(last: int) -> float:
        """Return Σ β₁^j over j = 1 … `last`."""
        return beta1 * math.expm1(last * rate) / math.expm1(rate)

    outward = total * powers(turning) - s * turning
    inward = s * (steps - turning) - total * (powers(steps) - powers(turning))
    return max(0.0, outward), max(0.0, inward)


def highest_after_crossing(
    settings: Settings, state: State, seen: tuple[Interval, Interval]
) -> float | None:
    """Return a y that no position from `state` on exceeds, or None if none is found.

    Args:
        settings: the parameters.
        state: the step after which; it has just crossed L towards the bump.
        seen: the values of y and of Y in the steps before, a first guess of what is to come.
    """
    if settings.lever > MAX_LEVER:
        return None
    region_y, region_scaled = seen
    for _ in range(TRIES):
        region_y, region_scaled = region_y.wider(WIDER), region_scaled.wider(WIDER)
        moment = second_moment(settings, state, region_y, region_scaled)
        if moment is None:
            return None
        # κ_i follows from the state before step i, for which the induction knows v.
        after = moment.v.hull(*settings.next_second_moments(moment.v))
        values = moment.values_of_kappa(after, settings.epsilon).hull(kappa(settings, state))
        found = _settled(settings, values, -state.m)
        if found is None:
            return None
        uphill, downhill = found
        ys = Interval(-downhill.distance, uphill.distance)
        scaled = Interval(
            values.high * ys.low - settings.lever * uphill.speed,
            values.high * ys.high + settings.lever * max(downhill.speed, -state.m),
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
