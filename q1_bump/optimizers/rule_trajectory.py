"""Any optimizer's trajectory in the valley, in balls that hold the exact values."""

from collections.abc import Callable
from fractions import Fraction

from flint import arb

from q1_bump.adam.exact import Irrational, rational
from q1_bump.adam.valley import Undecided, fraction
from q1_bump.optimizers.update_rules import BALLS, RATIONALS, Numbers, Rule
from q1_bump.problem import Problem, valley_slope

EXACT_STEPS = 5_000  # fractions grow; a tie beyond this step is left undecided
MakeRule = Callable[[Problem, Numbers], Rule]


class RuleTrajectory:
    """An optimizer in the valley, as far as it was asked for.

    Attributes:
        rule: the optimizer with its state after step t.
        x: x_t.
        slopes: the slopes at x_0 … x_{t−1}, each plus 1, as bytes.
        at_rest: whether x_t is on the kink, where this optimizer stays for ever.
        best, best_step: the greatest position so far and the first step there.
        best_is_clear: whether no other step may have come as far.
    """

    def __init__(self, make: MakeRule, problem: Problem):
        self.problem = problem
        self.rule = make(problem, BALLS)
        self.distance = arb(rational(problem.distance))
        self.x = self.best = arb(0)
        self.best_step, self.best_is_clear = 0, True
        self.slopes = bytearray()
        self.at_rest = False
        self._exact = _ExactReplay(make, problem)

    @property
    def t(self) -> int:
        return self.rule.t

    @property
    def above(self) -> bool:
        """Whether x_t is certainly beyond L."""
        return self.x > self.distance

    def advance(self, steps: int) -> None:
        """Take steps until `steps` have been taken in all or the point rests on the kink.

        Raises:
            Undecided: the slope at the next position cannot be told.
            ZeroDivisionError: the optimizer is not defined there.
        """
        while self.t < steps and not self.at_rest:
            slope = self._slope()
            if slope == 0:
                self.x = self.distance  # exactly, so that the ball need not say so
                if self.best_step == self.t:
                    self.best = self.distance
                if self.rule.rests:
                    self.at_rest = True
                    return
            self.slopes.append(slope + 1)
            self.x = x = self.rule.step(self.x, slope)
            if x < self.best:
                continue
            if x > self.best:
                self.best, self.best_step, self.best_is_clear = x, self.t, True
            elif x.is_finite():
                self.best, self.best_is_clear = self.best.max(x), False
            else:
                raise ZeroDivisionError

    def height(self, x: arb) -> tuple[Fraction, Fraction]:
        """Return bounds of x − L as exact fractions."""
        if x is self.distance:
            return Fraction(0), Fraction(0)
        height = x - self.distance
        return fraction(height.lower()), fraction(height.upper())

    def _slope(self) -> int:
        if self.x < self.distance:
            return -1
        if self.x > self.distance:
            return 1
        return self._exact.slope(self.slopes)


class _ExactReplay:
    """The same trajectory in rationals, followed only where a ball holds the kink."""

    def __init__(self, make: MakeRule, problem: Problem):
        self._make, self._problem = make, problem
        self._rule: Rule | None = None
        self._x = rational(Fraction(0))

    def slope(self, slopes: bytearray) -> int:
        """Return the slope after the steps with these slopes.

        Raises:
            Undecided: the position is not known to be rational, or the fractions are too long.
        """
        if len(slopes) > EXACT_STEPS:
            raise Undecided
        try:
            if self._rule is None:
                self._rule = self._make(self._problem, RATIONALS)
            while self._rule.t < len(slopes):
                self._x = self._rule.step(self._x, slopes[self._rule.t] - 1)
        except Irrational:
            raise Undecided from None
        return valley_slope(self._x, rational(self._problem.distance))
