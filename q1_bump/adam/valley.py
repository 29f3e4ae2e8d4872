"""Adam's trajectory in the valley, in ball arithmetic: every ball contains the exact value."""

import math
from fractions import Fraction

from flint import arb

from q1_bump.adam.exact import Irrational, adam_steps, rational, undefined_update
from q1_bump.problem import Problem, valley_slope

EXACT_STEPS = 2_000  # exact rationals grow with t²; a tie beyond this step is left undecided


class Undecided(Exception):
    """The balls are too wide to tell on which side of the kink a position lies."""


def fraction(value: arb) -> Fraction:
    """Return an exact ball (radius 0) as a fraction."""
    mantissa, exponent = (int(part) for part in value.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


class ValleyTrajectory:
    """Adam's trajectory in the valley, as far as it was asked for.

    Lists are indexed by t: `x[t]` and `m[t]` after step t, `slopes[t]` at x[t], taken by step
    t + 1.
    """

    def __init__(self, problem: Problem):
        self.problem = problem
        self.beta1, self.beta2 = arb(rational(problem.beta1)), arb(rational(problem.beta2))
        self.epsilon = arb(rational(problem.epsilon))
        self.distance, self.step = arb(rational(problem.distance)), arb(rational(problem.step))
        self.scale = min(Fraction(1), problem.distance + problem.step)  # for tolerances
        self.x, self.m = [arb(0)], [arb(0)]
        self.slopes: list[int] = []
        self.power1 = arb(1)  # β₁^t
        self.kink_steps: list[int] = []
        self.kink_weight = arb(0)  # Σ β₂^{t−k} over the steps k that started on the kink
        self.best = 0  # the first step at which x is greatest, if `best_is_clear`
        self.best_is_clear = True
        exact_distance = rational(problem.distance)
        self._exact = adam_steps(problem, lambda x: valley_slope(x, exact_distance))
        self._exact_t, self._exact_x = 0, rational(Fraction(0))

    @property
    def t(self) -> int:
        return len(self.x) - 1

    def advance(self, steps: int) -> None:
        """Take steps until `steps` have been taken in all.

        Raises:
            Undecided: the slope at the next position cannot be told.
            BadInput: Adam is not defined there.
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
                self.best, self.best_is_clear = self.t, True
            elif not self.x[-1] < self.x[self.best]:
                self.best_is_clear = False

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

    def height(self, x: arb) -> tuple[Fraction, Fraction]:
        """Return bounds of x − L as exact fractions."""
        height = x - self.distance
        return fraction(height.lower()), fraction(height.upper())

    def clearance(self) -> float:
        """Return the smallest distance to the kink of the positions that are not on it."""
        distances = (
            abs(float((x - self.distance).mid()))
            for x, slope in zip(self.x, self.slopes, strict=False)
            if slope
        )
        return min(distances, default=math.inf)

    def _slope(self) -> int:
        x = self.x[-1]
        if x < self.distance:
            return -1
        if x > self.distance:
            return 1
        if self.t <= self.problem.downhill_steps:
            return valley_slope(self.t * self.problem.step, self.problem.distance)
        if self.t > EXACT_STEPS:
            raise Undecided
        try:
            while self._exact_t < self.t:
                exact = next(self._exact)
                self._exact_t, self._exact_x = exact.t, exact.x
        except Irrational:
            raise Undecided from None
        return valley_slope(self._exact_x, rational(self.problem.distance))
