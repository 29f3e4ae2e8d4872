"""A bound on all later positions without a cycle: it holds for every way the slopes may go on.

After a step on the kink v̂ rises to 1 again, and the drift that this causes may hold a point of
the cycle at the kink, so that the slopes become periodic only very late. But the supremum is
reached early. So all that is needed is a bound on what comes later, and that needs no order of the
slopes: THEORY.md, Lemma 6 (the shadow, which takes the same slopes with c = 1, and how far the
trajectory can be from it) and Lemma 7 (no second tie).

The shadow depends only on the sum of the slopes since T and on m, and m on the last N slopes,
up to β₁^N. So these two, the sum and the word of the last N slopes, are the nodes of a graph. A
node has a successor for each slope that a position within the drift of its shadow can have. Where
Lemma 7 says nothing, as for β₂ = 0 or 0.98 = 7²/50, the bound is used only where no node has two.
"""

import math
from typing import NamedTuple

from flint import arb

from q1_bump.adam.valley import ValleyTrajectory

BAND = 2  # lo, hi = L ∓ 2·a
MAX_MEMORY = 64  # the most slopes in a word
MAX_NODES = 500
FINEST = 1e-6  # an error of the shadow, in units of a, below which longer words are no use


class Node(NamedTuple):
    """What the shadow depends on: the sum of the slopes since T and the last slopes."""

    total: int
    word: tuple[int, ...]

    def after(self, slope: int) -> "Node":
        """Return the node one step later."""
        return Node(self.total + slope, (*self.word[1:], slope))


class Shadows:
    """The shadows of all continuations from the last step of a trajectory, step T.

    Attributes:
        start: the node of step T.
        low, high: lo and hi.
        fall, rise: the bounds of the drift, x − X.
    """

    def __init__(self, trajectory: ValleyTrajectory, memory: int):
        beta1 = trajectory.beta1
        x, m = trajectory.x[-1], trajectory.m[-1]
        delta = trajectory.next_correction() - 1
        self.start = Node(0, tuple(trajectory.slopes[-memory:]))
        self.low = trajectory.distance - BAND * trajectory.step
        self.high = trajectory.distance + BAND * trajectory.step
        self.fall, self.rise = delta * (self.low - x), delta * (self.high - x)
        self._kink, self._step = trajectory.distance, trajectory.step
        self._lever = trajectory.step * beta1 / (1 - beta1)
        self._origin = x - self._lever * m
        # From the oldest slope of a word to the newest.
        self._weights = [(1 - beta1) * beta1**age for age in reversed(range(memory))]
        self._forgotten = arb(0, (beta1**memory).upper())

    def at(self, node: Node) -> arb:
        """Return the shadow at a node, in a ball."""
        m = self._forgotten
        for weight, slope in zip(self._weights, node.word, strict=True):
            m = m + weight * slope
        return self._origin - self._step * node.total + self._lever * m

    def slopes(self, shadow: arb) -> tuple[int, ...]:
        """Return the slopes other than 0 that a position within the drift of a shadow can have."""
        below, above = shadow + self.rise < self._kink, shadow + self.fall > self._kink
        return tuple(slope for slope, excluded in ((-1, above), (1, below)) if not excluded)


class Branch(NamedTuple):
    """The shadow at a node and the slopes with which the trajectory may go on there."""

    shadow: arb
    slopes: tuple[int, ...]


def continuations(shadows: Shadows) -> dict[Node, Branch] | None:
    """Return every node that can be reached, or None if they are too many or leave [lo, hi]."""
    reached: dict[Node, Branch] = {}
    to_visit = [shadows.start]
    while to_visit:
        node = to_visit.pop()
        if node in reached:
            continue
        shadow = shadows.at(node)
        if len(reached) == MAX_NODES or not shadows.low < shadow < shadows.high:
            return None
        reached[node] = Branch(shadow, shadows.slopes(shadow))
        to_visit += [node.after(slope) for slope in reached[node].slopes]
    return reached


def bound_on_later_positions(trajectory: ValleyTrajectory) -> arb | None:
    """Return a number that no position from the last step on exceeds, or None if none is found."""
    if (memory := word_length(trajectory)) is None:
        return None
    shadows = Shadows(trajectory, memory)
    if (reached := continuations(shadows)) is None:
        return None
    may_tie = any(len(branch.slopes) > 1 for branch in reached.values())
    if may_tie and not no_second_tie(trajectory):
        return None
    return (max(branch.shadow.upper() for branch in reached.values()) + shadows.rise).upper()


def no_second_tie(trajectory: ValleyTrajectory) -> bool:
    """Say whether Lemma 7 rules out that a later step starts on the kink."""
    problem, kink_steps = trajectory.problem, trajectory.kink_steps
    numerator = problem.beta2.numerator
    if len(kink_steps) != 1 or problem.beta1 == 0 or math.isqrt(numerator) ** 2 == numerator:
        return False
    return not trajectory.m[kink_steps[0]].contains(0)


def word_length(trajectory: ValleyTrajectory) -> int | None:
    """Return N, so that what a word forgets moves the shadow by less than the drift does.

    None where that takes too long a word.
    """
    beta1 = trajectory.beta1
    delta = (trajectory.next_correction() - 1).upper()
    wanted = max(delta / 8, arb(FINEST)) * (1 - beta1)  # of β₁^(N+1)
    length = max(1, math.ceil(float((wanted.log() / beta1.log()).mid())) - 1)
    return length if length <= min(MAX_MEMORY, trajectory.t) else None
