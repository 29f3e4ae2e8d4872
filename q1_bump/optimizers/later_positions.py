"""Bounds on all later positions of an optimizer in the valley.

Lemma 8 (falling steps), Lemma 9 (Adadelta's growing steps), Lemma 10 (cycle) and Lemma 10b
(divergence), with their letters and proofs, are in THEORY.md. Step T is the last one computed; η_i,
u_i, w_i, m_i, β and λ are those of `update_rules.py` and `momentum_rules.py`.
"""

from itertools import pairwise
from typing import NamedTuple

from flint import arb

from q1_bump.optimizers.momentum_rules import MomentumRule
from q1_bump.optimizers.rule_trajectory import RuleTrajectory
from q1_bump.optimizers.settling import settled
from q1_bump.optimizers.update_rules import Adadelta, FallingRule

ORDER = 4  # of Euler's transform


class Later(NamedTuple):
    """What is proved of all positions after the last computed one.

    Attributes:
        lower: later positions come at least arbitrarily near to this; None where that is not known.
        upper: no later position exceeds this; None where none exceeds all earlier ones.
        reached: whether some later position may reach their supremum; False where none does.
        reason: in words.
    """

    lower: arb | None
    upper: arb | None
    reached: bool
    reason: str


def later_positions(trajectory: RuleTrajectory) -> Later | None:
    """Return a bound on all later positions, or None where no lemma gives one yet."""
    rule = trajectory.rule
    if trajectory.at_rest:
        return Later(None, None, True, f"it rests on the kink from step {rule.t} on")
    if isinstance(rule, FallingRule):
        return _falling_steps(trajectory, rule)
    if isinstance(rule, Adadelta):
        return _growing_steps(trajectory, rule)
    assert isinstance(rule, MomentumRule)
    return _cycle(trajectory, rule)


def _falling_steps(trajectory: RuleTrajectory, rule: FallingRule) -> Later | None:
    """Lemma 8."""
    x, kink, size, least = trajectory.x, trajectory.distance, rule.next_size(), rule.least
    if not rule.decay * size <= 1:  # λ_i < 0
        return None
    if least is not None and x - least < kink < x - (size - least):
        words = f"from step {rule.t} on the slopes alternate, and the steps fall"
        return Later(None, None, True, words)  # x_T is the highest from now on
    words = f"no step after step {rule.t} is long enough for more"
    return Later(None, x.max(kink + size), True, words)


def _growing_steps(trajectory: RuleTrajectory, rule: Adadelta) -> Later | None:
    """Lemma 9."""
    x, alpha = trajectory.x, rule.alpha
    left = (1 - rule.moved) / (1 + rule.epsilon)
    kappa = rule.rho * rule.missing / (1 + rule.epsilon)
    excess = kappa / (1 - kappa)
    shrinks = (1 - rule.rho) * rule.epsilon / (1 + rule.epsilon)
    if not shrinks * (left - 2 * excess) > kappa:
        return None
    if not x > trajectory.distance > x - alpha * rule.next_square().sqrt():
        return None
    sizes = [(1 - left * (1 - shrinks) ** j).sqrt() for j in range(ORDER + 2)]
    gap = 1 - sizes[0]
    alternating, weight = arb(0), arb(1)
    for _ in range(ORDER):
        sizes = [after - before for before, after in pairwise(sizes)]  # ∇^n d_0, up to its sign
        weight /= 2
        alternating += weight * abs(sizes[0])
    rest = weight * abs(sizes[1] - sizes[0])
    limit = x + alpha * (gap + alternating + rest * arb(0.5, 0.5)) / 2
    error = alpha * excess * (2 / (1 - rule.rho) + 2 / (1 - left).sqrt())
    words = f"from step {rule.t} on the slopes alternate, and the steps grow towards α"
    return Later((limit - error).lower(), (limit + error).upper(), False, words)


class _Orbit(NamedTuple):
    """The periodic trajectory of Lemma 10: y_0 … y_p, M and E."""

    positions: list[arb]
    memory: arb
    error: arb


def _cycle(trajectory: RuleTrajectory, rule: MomentumRule) -> Later | None:
    """Lemma 10."""
    period = conjectured_period(trajectory.slopes)
    if period is None:
        return None
    slopes = [byte - 1 for byte in trajectory.slopes[-period:]]
    orbit = (_decaying_orbit if rule.decays else _closed_orbit)(trajectory, rule, slopes)
    if orbit is None:
        return None
    margin = orbit.error + abs(orbit.memory)
    for y, slope in zip(orbit.positions, slopes, strict=False):
        if not (y - trajectory.distance) * slope > margin:  # never true of slope 0
            return None
    peaks = [(y, orbit.memory * rule.beta**j) for j, y in enumerate(orbit.positions) if j]
    upper = max((y + memory.max(arb(0)) + orbit.error).upper() for y, memory in peaks)
    lower = max((y - (0 if rule.decays else orbit.error)).lower() for y, _ in peaks)
    words = f"the slopes repeat with period {period} from step {rule.t} on"
    if orbit.error == 0 and orbit.memory == 0:
        # Exactly, which is so for β = 0 only: the last period led through the same positions.
        return Later(None, None, True, words)
    rises = orbit.error == 0 and orbit.memory < 0
    return Later(lower, upper, not rises, words)


def conjectured_period(slopes: bytearray) -> int | None:
    """Return the shortest period that the last third of the slopes has, and the slopes before it.

    Within a long cycle short words repeat too; a third of the trajectory outlasts them.
    """
    last = slopes[-max(1, len(slopes) // 3) :]
    found = slopes.rfind(last, 0, len(slopes) - 1)
    period = len(slopes) - len(last) - found
    return period if found >= 0 and period <= len(last) else None


def diverges(trajectory: RuleTrajectory) -> bool:
    """Say whether Lemma 10b shows that positions grow beyond all bounds, to either side in turn."""
    rule = trajectory.rule
    if not isinstance(rule, MomentumRule) or not rule.shrink < -1:
        return False
    if (coefficients := rule.later_coefficients()) is None:
        return False
    u, w = map(settled, coefficients)
    distance = abs(trajectory.x)
    grows = distance * (-rule.shrink - 1) > u.size + w.size
    return bool(grows and distance > trajectory.distance)


def _moments(rule: MomentumRule, slopes: list[int]) -> list[arb]:
    """Return m*_T … m*_{T+p}."""
    m = arb(0)
    for slope in slopes:
        m = rule.beta * m + (1 - rule.beta) * slope
    moments = [m / (1 - rule.beta ** len(slopes))]
    for slope in slopes:
        moments.append(rule.beta * moments[-1] + (1 - rule.beta) * slope)
    return moments


def _closed_orbit(
    trajectory: RuleTrajectory, rule: MomentumRule, slopes: list[int]
) -> _Orbit | None:
    """Return the orbit for λ = 1."""
    if sum(slopes) or (coefficients := rule.later_coefficients()) is None:
        return None
    u, w = map(settled, coefficients)
    moments = _moments(rule, slopes)
    d, lever = rule.m - moments[0], rule.beta / (1 - rule.beta)
    memory = d * lever * u.limit
    y, m_sum, g_sum = trajectory.x - memory, arb(0), 0
    positions, m_most, g_most = [y], arb(0), 0
    for m, g in zip(moments[1:], slopes, strict=True):
        y = y - u.limit * m - w.limit * g
        m_sum, g_sum = m_sum + m, g_sum + g
        m_most, g_most = m_most.max(abs(m_sum)), max(g_most, abs(g_sum))
        positions.append(y)
    error = m_most * u.variation + g_most * w.variation + abs(d) * lever * u.variation
    return _Orbit(positions, memory, error)


def _decaying_orbit(
    trajectory: RuleTrajectory, rule: MomentumRule, slopes: list[int]
) -> _Orbit | None:
    """Return the orbit for |λ| < 1."""
    if not abs(rule.shrink) < 1 or (coefficients := rule.later_coefficients()) is None:
        return None
    u, w = map(settled, coefficients)
    moments = _moments(rule, slopes)
    steps = [u.limit * m + w.limit * g for m, g in zip(moments[1:], slopes, strict=True)]
    y, greatest = arb(0), arb(0)
    for step in steps:
        y = rule.shrink * y - step
    positions = [y / (1 - rule.shrink ** len(slopes))]
    for m, step in zip(moments[1:], steps, strict=True):
        positions.append(rule.shrink * positions[-1] - step)
        greatest = greatest.max(abs(m))
    d, lever = rule.m - moments[0], rule.beta / (1 - rule.beta)
    error = abs(trajectory.x - positions[0]) + abs(d) * lever * u.size
    error += (greatest * u.variation + w.variation) / (1 - abs(rule.shrink))
    return _Orbit(positions, arb(0), error)
