"""Adam's trajectory in a valley with unequal slopes, in balls."""

from fractions import Fraction

from flint import arb

from q1_bump.adam.exact import rational, undefined_update
from q1_bump.adam.valley import Undecided
from q1_bump.problem import Problem
from q1_bump.slopes.second_moment import Interval, Settings, State, scaled_position


class SlopedTrajectory:
    """Adam's trajectory in the valley with the slopes −1 and `uphill_slope`, in balls.

    Lists are indexed by t.

    Attributes:
        best: a step at which x is as great as at any other, as far as the balls can tell.
        highest: the greatest x, in a ball.
    """

    def __init__(self, problem: Problem, uphill_slope: Fraction):
        self.problem, self.uphill_slope = problem, uphill_slope
        self.alpha, self.beta1, self.beta2, self.epsilon, self.distance = (
            arb(rational(value))
            for value in (
                problem.alpha,
                problem.beta1,
                problem.beta2,
                problem.epsilon,
                problem.distance,
            )
        )
        self.uphill = arb(rational(uphill_slope))
        self.x, self.m, self.v = [arb(0)], [arb(0)], [arb(0)]
        self.on_uphill: list[bool] = []
        self.power1, self.power2 = arb(1), arb(1)
        self.best, self.highest = 0, arb(0)

    @property
    def t(self) -> int:
        return len(self.x) - 1

    def advance(self, steps: int) -> None:
        """Take steps until `steps` have been taken in all.

        Raises:
            Undecided: the slope at the next position cannot be told.
            BadInput: Adam is not defined there.
        """
        one_minus1, one_minus2 = 1 - self.beta1, 1 - self.beta2
        while self.t < steps:
            slope = self._slope()
            self.on_uphill.append(bool(slope > 0))
            self.power1 *= self.beta1
            self.power2 *= self.beta2
            self.m.append(self.beta1 * self.m[-1] + one_minus1 * slope)
            self.v.append(self.beta2 * self.v[-1] + one_minus2 * slope * slope)
            root = (self.v[-1] / (1 - self.power2)).sqrt() + self.epsilon
            step = self.m[-1] / ((1 - self.power1) * root)
            self.x.append(self.x[-1] - self.alpha * step)
            self.highest = self.highest.max(self.x[-1])
            if self.x[-1] > self.x[self.best]:
                self.best = self.t

    def advance_to_crossing(self, steps: int) -> bool:
        """Take at least `steps` steps in all, until one crosses L to the bump.

        Return whether one did before as many again were taken.
        """
        self.advance(steps)
        while not (self.x[-1] > self.distance and not self.on_uphill[-1]):
            if self.t == 2 * steps:
                return False
            self.advance(self.t + 1)
        return True

    def _slope(self) -> arb:
        x = self.x[-1]
        if x < self.distance:
            return arb(-1)
        if x > self.distance:
            return self.uphill
        if self.t != self.problem.downhill_steps or self.problem.distance % self.problem.step:
            raise Undecided
        if self.problem.beta2 == 0 and self.problem.epsilon == 0:
            raise undefined_update(self.t + 1)
        self.x[-1] = self.distance
        return arb(0)

    def exceeds(self, y: float) -> bool:
        """Say whether the highest position so far lies above L + α·y."""
        return bool(self.distance + self.alpha * y < self.highest)

    def state(self) -> State:
        """Return the last step, in doubles."""
        return State(
            t=self.t,
            y=self._scaled(self.t),
            m=float(self.m[-1].mid()),
            v=float(self.v[-1].mid()),
            uphill=self.on_uphill,
        )

    def _scaled(self, t: int) -> float:
        return float(((self.x[t] - self.distance) / self.alpha).mid())

    def seen(self, settings: Settings) -> tuple[Interval, Interval]:
        """Return the values of y and Y in the last third of the steps."""
        first = max(1, 2 * self.t // 3, self.t - 5_000)
        ys, scaled = [], []
        for t in range(first, self.t + 1):
            m, v = float(self.m[t].mid()), float(self.v[t].mid())
            ys.append(self._scaled(t))
            scaled.append(scaled_position(settings, State(t, ys[-1], m, v, ())))
        return Interval(min(ys), max(ys)), Interval(min(scaled), max(scaled))
