"""Bounds on all later positions of an optimizer in the valley, each with its proof.

Let step T be the last one computed. Steps i > T are later ones. η_i, u_i, w_i, m_i, β, λ are those
of `update_rules.py` and `momentum_rules.py`; L is the kink, and g_i = ±1 where no step is a tie.

**Lemma 6 (falling steps).** From x ≥ L let no step lead forward, and from x < L to no more than
L + η_{T+1}. Then no later position exceeds max(x_T, L + η_{T+1}). If further
x_i = x_{i−1} − η_i·g_i where η_i falls to η as long as there is no tie, and

    x_T − η < L < x_T − (η_{T+1} − η),

no later position exceeds x_T.
*Proof.* The first part is plain. For the second, as long as the slopes alternate,
x_{T+2k} = x_T − Σ_{i≤k} (η_{T+2i−1} − η_{T+2i}) lies between x_T − (η_{T+1} − η) and x_T, and
x_{T+2k+1} = x_{T+2k} − η_{T+2k+1} ≤ x_T − η. So they alternate for ever. ∎

For x_i = λ_i·x_{i−1} − η_i·g_i with 0 ≤ λ_i ≤ 1 and η_i falling (Adagrad, ASGD; RMSprop, too, as it
rests for ever after a tie) the first part applies, since x_{i−1} < L leads to at most
max(x_{i−1}, 0) + η_i. Adafactor's steps from below L are at most max(10⁻³, L)·min(α, 1/√i), since
its positions stay above −10⁻³.

**Lemma 7 (Adadelta's growing steps).** With Adadelta's ε, ρ, s and v let

    Q = (1 − s_T)/(1 + ε),   κ = ρ·(1 − v_T)/(1 + ε),   X = κ/(1 − κ),   r = 1 − (1 − ρ)·ε/(1 + ε)

and (1 − r)·(Q − 2X) > κ, x_T > L > x_T − η_{T+1}. Then the slopes alternate for ever, every peak
x_{T+2k} is higher than the one before, and with d_j = √(1 − Q·r^{j+1}) − √(1 − Q·r^j) they tend to

    x_T + α·Σ_k d_{2k} = x_T + α/2·(1 − √(1 − Q) + Σ_j (−1)^j·d_j)

up to V = α·X·(20 + 2/√(1 − Q)).
*Proof.* Let no step be a tie, Q_j = (1 − s_{T+j})/(1 + ε) and κ_j = κ·ρ^j. Then
η_{T+1+j} = α·√(1 − Q_j)/√(1 − κ_j) and Q_{j+1} = r·Q_j − e_j, where 0 ≤ e_j ≤ (1 − ρ)·X·ρ^j while
Q_j ≥ 0. So P_j = r^j·Q − Q_j lies between 0 and Σ e_j ≤ X and below 2X·r^j, and
Q_j ≥ (Q − 2X)·r^j > 0. The η grow, since (1 − Q_{j+1})·(1 − κ_j) − (1 − Q_j)·(1 − κ_{j+1}) is at
least (1 − r)·Q_j − κ_j ≥ ((1 − r)·(Q − 2X) − κ)·r^j > 0. By induction the slopes alternate: the
peaks rise, the lowest points fall.
Were κ = 0, the steps would be α·√(1 − Q·r^j). The true ones differ from these by the sum of two
sequences. α·√(1 − Q_j)·(1/√(1 − κ_j) − 1) is at most α·X·ρ^j, so its total variation is at most
20·α·X. α·P_j/(√(1 − Q_j) + √(1 − Q·r^j)) has a denominator that grows from 2·√(1 − Q), and P_j
varies by at most 2X: in all by at most 3·α·X/(2·√(1 − Q)). ∎

1 − √(1 − z) is a power series with positive coefficients, so with ∇d_j = d_{j+1} − d_j all
(−1)^n·∇^n d_j are positive, and Euler's transform encloses the alternating sum:
Σ_j (−1)^j·d_j = Σ_{n<N} |∇^n d_0|/2^{n+1} + R with 0 < R < |∇^N d_0|/2^N.

**Lemma 8 (cycle).** Conjecture that the slopes repeat with period p from T on. Let m* be the first
moment of the periodic slopes, d = m_T − m*_T, u and w the limits of u_i and w_i, U and W bounds of
their total variation after T. If λ = 1 and the slopes of a period add up to 0, let

    y_0 = x_T − d·u·β/(1 − β),    y_j = y_{j−1} − u·m*_{T+j} − w·g_{T+j},    M = d·u·β/(1 − β),

and let A and B be the greatest |Σ_{i≤j} m*_{T+i}| and |Σ_{i≤j} g_{T+i}|. Then
x_{T+j} = y_j + M·β^j up to E = A·U + B·W + |d|·U·β/(1 − β). If |λ| < 1, let y be the periodic
solution of y_j = λ·y_{j−1} − u·m*_{T+j} − w·g_{T+j}. Then x_{T+j} = y_j up to

    E = |x_T − y_0| + |d|·(u + U)·β/(1 − β) + (max|m*|·U + W)/(1 − |λ|),

and the difference tends to 0. If every y_j is farther from L than E + |M| (M = 0 for |λ| < 1), on
the side of its slope, the conjecture is true.
*Proof.* m_{T+j} = m*_{T+j} + d·β^j. For λ = 1 sum the steps: the part u·d·β^i gives −M·(1 − β^j),
and Σ (u_i − u)·m*_i and Σ (w_i − w)·g_i are bounded by Abel summation. For |λ| < 1 the difference
from y shrinks by λ a step; each step adds at most |u_i − u|·|m*_i| + |d|·β^{i−T}·u_i + |w_i − w|.
By induction all slopes are the conjectured ones. ∎

So for constant coefficients without decay (momentum, Nesterov) E = 0, and the sign of d tells
whether the peaks fall to their limit or rise to it for ever.
"""

from itertools import pairwise
from typing import NamedTuple

from flint import arb

from q1_bump.momentum_rules import MomentumRule
from q1_bump.rule_trajectory import RuleTrajectory
from q1_bump.settling import settled
from q1_bump.update_rules import Adadelta, FallingRule

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
    """Lemma 6."""
    x, kink, size, least = trajectory.x, trajectory.distance, rule.next_size(), rule.least
    if not rule.decay * size <= 1:  # λ_i < 0
        return None
    if least is not None and x - least < kink < x - (size - least):
        words = f"from step {rule.t} on the slopes alternate, and the steps fall"
        return Later(None, None, True, words)  # x_T is the highest from now on
    words = f"no step after step {rule.t} is long enough for more"
    return Later(None, x.max(kink + size), True, words)


def _growing_steps(trajectory: RuleTrajectory, rule: Adadelta) -> Later | None:
    """Lemma 7."""
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
    error = alpha * excess * (20 + 2 / (1 - left).sqrt())
    words = f"from step {rule.t} on the slopes alternate, and the steps grow towards α"
    return Later((limit - error).lower(), (limit + error).upper(), False, words)


class _Orbit(NamedTuple):
    """The periodic trajectory of Lemma 8: y_0 … y_p, M and E."""

    positions: list[arb]
    memory: arb
    error: arb


def _cycle(trajectory: RuleTrajectory, rule: MomentumRule) -> Later | None:
    """Lemma 8."""
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
