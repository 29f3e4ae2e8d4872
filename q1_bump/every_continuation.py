"""A bound on all later positions without a cycle: it holds for every way the slopes may go on.

After a step on the kink the slopes need not become periodic. A point of the cycle may slide onto
the kink as v̂ → 1 and cross it again and again, ever more slowly; the crossings then follow an
expanding map (see THEORY.md). But the supremum is reached early. So all that is needed is a
bound on what comes later, and that needs no order of the slopes.

**Lemma 4 (the drift).** Let no step after step T start on the kink. Then v̂_i rises to 1 and
δ_i = c_i − 1 falls to 0 for i > T (c_i: the correction, see `certificate.py`). The *shadow*

    X_s = x_T − a·Σ_{i≤s} m_{T+i} = x_T − a·(Σ_{i≤s} g_{T+i} + (m_T − m_{T+s})·β₁/(1 − β₁))

takes the same slopes with c = 1. If lo ≤ X_j ≤ hi for j = 1 … s, then

    δ_{T+1}·(lo − x_T)  ≤  x_{T+s} − X_s  ≤  δ_{T+1}·(hi − x_T).

*Proof.* X_s − x_{T+s} = a·Σ m_{T+i}·δ_{T+i}, which by Abel summation is Σ_j (x_T − X_j)·w_j with
w_j = δ_{T+j} − δ_{T+j+1} for j < s and w_s = δ_{T+s}. The w_j are not negative, and their sum is
δ_{T+1}. ∎

The shadow depends only on the sum of the slopes since T and on m, and m on the last N slopes,
up to β₁^N. So these two, the sum and the word of the last N slopes, are the nodes of a graph. A
node has a successor for each slope that a position within the drift of its shadow can have: one
slope, or both −1 and 1 where the kink is that near. If the nodes that can be reached from step
T are finitely many and their shadows stay within [lo, hi], then by induction the trajectory
follows the graph for ever, and no later position exceeds the highest shadow by more than the
drift.

**Lemma 5 (no second tie).** Let β₁ > 0 and β₂ = p/q > 0 in lowest terms with p not a square. Let
step k be the first that starts on the kink, and m_k ≠ 0. Then no later step starts on the kink.
*Proof.* Suppose x_t = L with t ≥ k, for the first time. As x_{k−1} = L, Σ_{k≤i≤t} m̂_i/(√v̂_i + ε) = 0. Here

    v̂_k = β₂·(1 − β₂^{k−1})/(1 − β₂^k),    v̂_i = 1 − (1 − β₂)·β₂^{i−k}/(1 − β₂^i) for k < i ≤ t.

Some prime π divides p to an odd power. It divides v̂_k to that power (k ≥ 2, as x₀ = 0 < L),
and v̂_i ≡ 1 (mod π). So √v̂_k is irrational, and 1/(√v̂_k + ε) = (√v̂_k − ε)/(v̂_k − ε²). Each
other 1/(√v̂_i + ε) lies in the field K = Q(√v̂_i: k < i ≤ t). Since m̂_k ≠ 0, √v̂_k lies in K,
too. By Kummer theory v̂_k times a product of some of the v̂_i is then the square of a rational,
but π divides it to an odd power. ∎
"""

import math
from typing import NamedTuple

from flint import arb

from q1_bump.valley import ValleyTrajectory

BAND = 2  # lo, hi = L ∓ 2·a
MAX_MEMORY = 64  # the most slopes in a word
MAX_NODES = 500
FINEST = 1e-6  # an error of the shadow, in units of a, below which longer words are no use


class _Node(NamedTuple):
    """What the shadow depends on: the sum of the slopes since T and the last slopes."""

    total: int
    word: tuple[int, ...]


class _Shadows:
    """The shadows of the continuations from the last step of a trajectory, step T.

    Attributes:
        start: the node of step T.
        low, high: lo and hi.
        fall, rise: the bounds of the drift, x − X.
    """

    def __init__(self, trajectory: ValleyTrajectory, memory: int):
        beta1 = trajectory.beta1
        x, m = trajectory.x[-1], trajectory.m[-1]
        drift = trajectory.next_correction() - 1
        self.start = _Node(0, tuple(trajectory.slopes[-memory:]))
        self.low = trajectory.distance - BAND * trajectory.step
        self.high = trajectory.distance + BAND * trajectory.step
        self.fall, self.rise = drift * (self.low - x), drift * (self.high - x)
        self._kink, self._step = trajectory.distance, trajectory.step
        self._lever = trajectory.step * beta1 / (1 - beta1)
        self._origin = x - self._lever * m
        # From the oldest slope of a word to the newest.
        self._weights = [(1 - beta1) * beta1**age for age in reversed(range(memory))]
        self._forgotten = arb(0, (beta1**memory).upper())

    def at(self, node: _Node) -> arb:
        """Return the shadow at a node, in a ball."""
        m = self._forgotten
        for weight, slope in zip(self._weights, node.word, strict=True):
            m = m + weight * slope
        return self._origin - self._step * node.total + self._lever * m

    def slopes(self, shadow: arb) -> list[int]:
        """Return the slopes other than 0 that a position within the drift of a shadow can have."""
        below, above = shadow + self.rise < self._kink, shadow + self.fall > self._kink
        return [slope for slope, excluded in ((-1, above), (1, below)) if not excluded]


def bound_on_later_positions(trajectory: ValleyTrajectory) -> arb | None:
    """Return a number that no position from the last step on exceeds, or None if none is found."""
    if (memory := _memory(trajectory)) is None:
        return None
    shadows = _Shadows(trajectory, memory)
    highest, may_tie = shadows.low, False
    reached, to_visit = {shadows.start}, [shadows.start]
    while to_visit:
        node = to_visit.pop()
        shadow = shadows.at(node)
        if len(reached) > MAX_NODES or not shadows.low < shadow < shadows.high:
            return None
        highest = max(highest, shadow.upper())
        slopes = shadows.slopes(shadow)
        may_tie = may_tie or len(slopes) > 1
        for slope in slopes:
            successor = _Node(node.total + slope, (*node.word[1:], slope))
            if successor not in reached:
                reached.add(successor)
                to_visit.append(successor)
    if may_tie and not no_second_tie(trajectory):
        return None
    return (highest + shadows.rise).upper()


def no_second_tie(trajectory: ValleyTrajectory) -> bool:
    """Say whether Lemma 5 rules out that a later step starts on the kink."""
    numerator = trajectory.problem.beta2.numerator
    if len(trajectory.kink_steps) != 1 or math.isqrt(numerator) ** 2 == numerator:
        return False
    (k,) = trajectory.kink_steps
    return trajectory.problem.beta1 > 0 and not trajectory.m[k].contains(0)


def _memory(trajectory: ValleyTrajectory) -> int | None:
    """Return N, so that what a word forgets moves the shadow by less than the drift does.

    None where that takes too long a word.
    """
    beta1 = trajectory.beta1
    drift = (trajectory.next_correction() - 1).upper()
    wanted = max(drift / 8, arb(FINEST)) * (1 - beta1)  # of β₁^(N+1)
    length = max(1, math.ceil(float((wanted.log() / beta1.log()).mid())) - 1)
    return length if length <= min(MAX_MEMORY, trajectory.t) else None
