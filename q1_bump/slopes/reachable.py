"""A bound on all later positions of Adam where the slopes of the valley are unequal (Lemma 14).

With slopes −s₀ and +s₁ neither v̂ nor the length of a step settles, and slopes seldom become
periodic. But all that can still be reached from a step T on is a small set, and it can be enclosed,
in the coordinates of `second_moment.py`: Y moves by −g and a small drift, and m is known from the
last N slopes up to β₁^N times the greatest slope. The pairs of these slopes, a *word*, and an
interval of Y are the nodes of a graph. A node whose positions lie on both sides of L goes on in
both ways.

If the nodes that can be reached from step T are finitely many and keep within the bounds for which
Lemma 13 was used, then by induction the trajectory never leaves them, and no later position exceeds
the highest of them. At a step that starts exactly on L both slopes are allowed for, −s₀ and s₁.
With the slope 0 there the bound holds if no later step starts exactly on L.

Numbers are doubles. Each node is computed from the whole numbers of its interval, so that rounding
does not add up; it stays below `SLACK`, by which every interval is widened.
"""

import math
from collections import deque

from q1_bump.slopes.second_moment import (
    Interval,
    Moment,
    Settings,
    State,
    scaled_position,
    second_moment,
)

SLACK = 1e-9  # in units of the greatest slope; rounding is some 1e-13 of b times that
MOST_LEVER = 30.0  # of b: with a longer memory the nodes are always too many
MAX_VISITS = 200_000  # of nodes: some seconds
WIDER = 1.5  # where the region was left, it is tried this much wider
TRIES = 4


class _TooMany(Exception):
    """The nodes are more than `MAX_VISITS`."""


class _Left(Exception):
    """A node lies outside the region for which Lemma 13 was used."""


def highest_later_position(
    settings: Settings, state: State, seen: tuple[Interval, Interval], cell: float
) -> float | None:
    """Return a y that no position from `state` on exceeds, or None if none is found.

    Args:
        settings: the parameters.
        state: the step after which.
        seen: the values of y and of Y in the steps before, a first guess of what is to come.
        cell: the resolution of Y, in units of the greatest slope.
    """
    if settings.lever > MOST_LEVER:
        return None
    region_y, region_Y = (interval.wider(WIDER) for interval in seen)
    for _ in range(TRIES):
        moment = second_moment(settings, state, region_y, region_Y)
        if moment is None:
            return None
        try:
            return _Graph(settings, state, moment, cell * settings.steepest).highest()
        except _Left:
            region_y, region_Y = region_y.wider(WIDER), region_Y.wider(WIDER)
        except _TooMany:
            return None
    return None


class _Graph:
    """The nodes that are reached: by word, disjoint intervals of Y in whole cells."""

    def __init__(self, settings: Settings, state: State, moment: Moment, cell: float):
        self.settings, self.moment, self.cell = settings, moment, cell
        beta1, steepest, lever = settings.beta1, settings.steepest, settings.lever
        self.slack = SLACK * steepest
        length = 1
        if beta1:  # so that what a word forgets moves Y + b·m by less than a cell
            wanted = math.log(cell / (lever * steepest)) / math.log(beta1)
            length = min(max(1, math.ceil(wanted)), len(state.uphill))
        self.fading_word = beta1**length  # the weight of the slope that a word has just lost
        self.oldest, self.mask = 1 << (length - 1), (1 << length) - 1
        self.slopes = (-settings.downhill, settings.uphill)
        word, m = 0, 0.0
        for uphill in state.uphill[-length:]:
            word = word << 1 | uphill
            m = beta1 * m + (1 - beta1) * self.slopes[uphill]
        self.first_moments = {word: m}
        # What a word has lost; the steps before T may have met the kink, with slope 0.
        lost = max(steepest * beta1**length, abs(state.m - m))
        self.forgotten = lever * lost + self.slack
        self.reached: dict[int, list[tuple[int, int]]] = {}
        self.to_visit: deque[tuple[int, int, int]] = deque()
        Y = scaled_position(settings, state)
        self._reach(word, Y, Y)

    def highest(self) -> float:
        """Return the greatest y of all nodes.

        Raises:
            _TooMany: they are too many.
            _Left: they leave the region for which `moment` holds.
        """
        highest = -math.inf
        for _ in range(MAX_VISITS):
            if not self.to_visit:
                return highest + SLACK
            highest = max(highest, self._visit(*self.to_visit.popleft()))
        raise _TooMany

    def _visit(self, word: int, first: int, last: int) -> float:
        """Reach the successors of a node; return its greatest y."""
        settings, moment = self.settings, self.moment
        low, high = first * self.cell, last * self.cell
        if low < moment.region_Y.low or high > moment.region_Y.high:
            raise _Left
        m = settings.lever * self.first_moments[word]
        v = moment.values_of_v(settings, Interval(low, high))
        greatest = -math.inf
        for uphill, part in (
            (0, Interval(low, min(high, self.forgotten - m))),
            (1, Interval(max(low, -self.forgotten - m), high)),
        ):
            if part.low > part.high:
                continue
            y = self._positions(part, m, v)
            if y.low < moment.region_y.low or y.high > moment.region_y.high:
                raise _Left
            greatest = max(greatest, y.high)
            slope = self.slopes[uphill]
            drift = self._changes(v, slope).times(y)
            successor = self._successor(word, uphill)
            self._reach(successor, part.low - slope + drift.low, part.high - slope + drift.high)
        return greatest

    def _positions(self, part: Interval, m: float, v: Interval) -> Interval:
        """Return the values of y = (Y + b·m)/κ."""
        kappas = self.moment.values_of_kappa(v, self.settings.epsilon)
        ends = Interval(part.low + m - self.forgotten, part.high + m + self.forgotten)
        return ends.times(Interval(1 / kappas.high, 1 / kappas.low))

    def _changes(self, v: Interval, slope: float) -> Interval:
        """Return the values of κ_i − κ_{i−1}: it falls as v grows."""
        gamma, fading = 1 - self.settings.beta2, self.moment.fading
        low, high = (
            math.sqrt(value + gamma * (slope**2 - value)) - math.sqrt(value)
            for value in (v.high, v.low)
        )
        found = Interval(low, high).times(self.moment.corrections)
        return Interval(found.low - fading, found.high + fading)

    def _successor(self, word: int, uphill: int) -> int:
        """Return the word one slope later, whose m is then known."""
        new = (word << 1 | uphill) & self.mask
        if new not in self.first_moments:
            beta1 = self.settings.beta1
            lost = self.slopes[bool(word & self.oldest)]
            slope = self.slopes[uphill] - self.fading_word * lost
            self.first_moments[new] = beta1 * self.first_moments[word] + (1 - beta1) * slope
        return new

    def _reach(self, word: int, low: float, high: float) -> None:
        """Add an interval of Y to a word's, and let it be visited if it has something new."""
        first = math.floor((low - self.slack) / self.cell)
        last = math.ceil((high + self.slack) / self.cell)
        apart = []
        for begin, end in self.reached.get(word, ()):
            if begin <= first and last <= end:
                return
            if end < first or begin > last:
                apart.append((begin, end))
            else:
                first, last = min(first, begin), max(last, end)
        self.reached[word] = [*apart, (first, last)]
        self.to_visit.append((word, first, last))
