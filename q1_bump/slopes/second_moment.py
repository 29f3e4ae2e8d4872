"""Adam in a valley with the slopes −s₀ and +s₁: coordinates, and bounds of the second moment.

Lemmas 12 and 13 of THEORY.md, in their letters: y = (x − L)/α, κ_i = (1 − β₁^i)(√v̂_i + ε),
Y = κ·y − b·m with b = β₁/(1 − β₁), and v = s₀s₁ + R − γσ·(Y − η) with γ = 1 − β₂, σ = s₁ − s₀. So v
comes to s₀s₁, whatever the order of the slopes, and Y moves by −g and by a drift of the order of γ
alone. Numbers are doubles; each bound is widened by more than rounding can be.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

ROUNDING = 1e-9  # relative; that of doubles is below 1e-10 here
LEAST_GAMMA = 1e-6  # of 1 − β₂, and the most of b, for which the above holds
MAX_LEVER = 1_000.0


class Interval(NamedTuple):
    """The numbers from `low` to `high`."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    def wider(self, factor: float) -> "Interval":
        """Return an interval about the same middle, `factor` times as wide."""
        half = factor * (self.high - self.low) / 2
        return Interval(self.middle - half, self.middle + half)

    def holds(self, other: "Interval") -> bool:
        """Say whether all of `other` lies here."""
        return self.low <= other.low and other.high <= self.high

    def hull(self, *values: float) -> "Interval":
        """Return the shortest interval that holds this one and `values`."""
        return Interval(min(self.low, *values), max(self.high, *values))

    def times(self, other: "Interval") -> "Interval":
        """Return all products of a number here and one there."""
        products = [x * y for x in self for y in other]
        return Interval(min(products), max(products))


@dataclass(frozen=True)
class Settings:
    """Adam's β₁, β₂ and ε, and the slopes s₀ (downhill) and s₁ (uphill), all as doubles.

    Lengths of slopes matter up to a common factor of them and ε: s₀ should be near 1.
    """

    beta1: float
    beta2: float
    epsilon: float
    downhill: float
    uphill: float

    @property
    def lever(self) -> float:
        """b = β₁/(1 − β₁)."""
        return self.beta1 / (1 - self.beta1)

    @property
    def steepest(self) -> float:
        return max(self.downhill, self.uphill)

    def next_second_moments(self, v: Interval) -> list[float]:
        """Return what the ends of `v` become with a step on either slope."""
        gamma = 1 - self.beta2
        return [
            self.beta2 * end + gamma * slope**2
            for end in v
            for slope in (self.downhill, self.uphill)
        ]


@dataclass(frozen=True)
class State:
    """Where Adam is after step `t`.

    Attributes:
        t: the number of steps.
        y: (x − L)/α.
        m, v: the moments, not corrected.
        uphill: of the last steps, the newest last, whether each was taken on the uphill slope.
    """

    t: int
    y: float
    m: float
    v: float
    uphill: Sequence[bool]


class Moment(NamedTuple):
    """What Lemma 13 says of v in a region, and what else enters κ.

    Attributes:
        region_y, region_Y: the values of y and Y for which it holds.
        rest: the interval of R.
        v: that of v, whatever Y is in the region.
        corrections: that of (1 − β₁^i)/√(1 − β₂^i) for i > T.
        fading: the most by which the corrections change κ in a step.
    """

    region_y: Interval
    region_Y: Interval
    rest: Interval
    v: Interval
    corrections: Interval
    fading: float

    def values_of_v(self, settings: Settings, scaled: Interval) -> Interval:
        """Return the values of v where Y lies in `scaled`."""
        weight = (1 - settings.beta2) * (settings.uphill - settings.downhill)
        slow = [-weight * (Y - self.region_Y.middle) for Y in scaled]
        product = settings.downhill * settings.uphill
        return Interval(product + self.rest.low + min(slow), product + self.rest.high + max(slow))

    def values_of_kappa(self, v: Interval, epsilon: float) -> Interval:
        """Return the values of κ for those of v."""
        return Interval(
            self.corrections.low * (math.sqrt(v.low) + epsilon),
            self.corrections.high * (math.sqrt(v.high) + epsilon),
        )


def kappa(settings: Settings, state: State) -> float:
    """Return κ."""
    root = math.sqrt(state.v / (1 - settings.beta2**state.t))
    return (1 - settings.beta1**state.t) * (root + settings.epsilon)


def scaled_position(settings: Settings, state: State) -> float:
    """Return Y."""
    return kappa(settings, state) * state.y - settings.lever * state.m


def second_moment(
    settings: Settings, state: State, region_y: Interval, region_Y: Interval
) -> Moment | None:
    """Return what Lemma 13 says in a region.

    None where it leaves v no positive lower bound, or where doubles do not know 1 − β₂ well enough.
    """
    if 1 - settings.beta2 < LEAST_GAMMA:
        return None
    gamma, sigma = 1 - settings.beta2, settings.uphill - settings.downhill
    product = settings.downhill * settings.uphill
    eta, half = region_Y.middle, (region_Y.high - region_Y.low) / 2
    reach = max(abs(y) for y in region_y)
    power1, power2 = settings.beta1**state.t, settings.beta2**state.t
    corrections = Interval(1 - power1, 1 / math.sqrt(1 - power2))
    root = corrections.high * settings.steepest + settings.epsilon
    fading = (power1 * (1 - settings.beta1) + power2 * gamma / (1 - power2) ** 2) * root
    first = state.v - product + gamma * sigma * (scaled_position(settings, state) - eta)
    rest = Interval(first, first)
    for _ in range(100):  # the bounds of v and of its changes hang on each other
        slow = gamma * abs(sigma) * half  # the greatest γσ·(Y − η)
        v = Interval(product + rest.low - slow, product + rest.high + slow)
        if v.low <= 0:
            return None
        changes = [abs(s**2 - end) for s in (settings.downhill, settings.uphill) for end in v]
        # √v_i + √v_{i−1} is at least (1 + √β₂)·√v_{i−1}.
        roots = (1 + math.sqrt(settings.beta2)) * math.sqrt(v.low)
        most = corrections.high * max(changes) / roots + fading / gamma
        rho = gamma * abs(sigma) * (half + most * reach) * (1 + ROUNDING) + ROUNDING**2
        found = Interval(first, first).hull(-rho, rho)
        if rest.holds(found):
            return Moment(region_y, region_Y, rest, v, corrections, fading)
        rest = rest.hull(*found).wider(1 + 1e-6)
    return None
