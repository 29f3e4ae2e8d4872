"""The updates of torch.optim's optimizers on one parameter, each written once for all numbers.

The same code runs in doubles (compared with torch step by step), in rationals (decides whether a
position is exactly on the kink) and in balls (proves). Slopes are −1, 0 or 1. Constants that are
no option of Question 1 are torch's defaults, taken as the decimals they are written in.

Where torch differs from the papers, torch is followed:

- Adagrad (Duchi, Hazan and Singer 2011) and RMSprop (Hinton's lecture 6e, 2012): ε is added to the
  root. Adadelta (Zeiler 2012) is as published, but for the factor α.
- ASGD (Polyak and Juditsky 1992; the schedule is Bottou's): x itself, not its average, which torch
  keeps beside it. torch holds η_t in single precision, unless its default is double.
- Rprop (Riedmiller and Braun 1993), as iRprop− of Igel and Hüsken (2000): after a change of sign
  the step is halved and the point waits.
- Adafactor (Shazeer and Stern 2018) on a vector: no factors, the first ε plays no part, and the
  relative step is at most α.

Those with a memory of earlier slopes are in `momentum_rules.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from flint import arb, fmpq

from q1_bump.adam.exact import Irrational, rational, square_root
from q1_bump.optimizers.settling import Settling
from q1_bump.problem import Problem

# A float, a fmpq or an arb (in coefficients a Settling, too): what has +, −, · and /.
Number: TypeAlias = Any


class Numbers(NamedTuple):
    """A kind of number: how to make one of a fraction, and what it can beyond + − · /.

    Attributes:
        exact: the number of a fraction.
        root: √x.
        power: x to the power of a fraction, x > 0.
        larger: the greater of two.
    """

    exact: Callable[[Fraction], Number]
    root: Callable[[Number], Number]
    power: Callable[[Number, Fraction], Number]
    larger: Callable[[Number, Number], Number]


def _rational_power(base: fmpq, exponent: Fraction) -> fmpq:
    if base == 1:
        return base
    raise Irrational  # or at least not known to be rational


def _ball(value: Fraction) -> arb:
    return arb(rational(value))


def _ball_root(value: arb | Settling) -> arb | Settling:
    if isinstance(value, Settling):
        return value.root()
    return value.nonnegative_part().sqrt()  # what lies below 0 is rounding


def _ball_power(base: arb, exponent: Fraction) -> arb:
    return base ** _ball(exponent)


RATIONALS = Numbers(rational, square_root, _rational_power, max)
BALLS = Numbers(_ball, _ball_root, _ball_power, arb.max)


class Rule(ABC):
    """An optimizer and its state, before the first step.

    Attributes:
        rests: whether a point on the kink stays there for ever.
        t: the number of steps taken.
    """

    rests = True

    def __init__(self, problem: Problem, numbers: Numbers):
        self.problem, self.numbers = problem, numbers
        self.alpha = numbers.exact(problem.alpha)
        self.t = 0

    @abstractmethod
    def step(self, x: Number, slope: int) -> Number:
        """Return where the next step leads from `x`, where the slope is `slope`.

        Raises:
            Irrational: in rationals, if that is not one.
            ZeroDivisionError: in doubles and rationals, where the optimizer is not defined.
        """


class SGD(Rule):
    """x_t = x_{t−1} − α·g_t."""

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        self.t += 1
        return x - self.alpha * slope


class Rprop(Rule):
    """The step grows by 1.2 or is halved, between 10⁻⁶ and 50, by the signs of the slopes.

    Attributes:
        size: the step.
        before: the slope that it followed last, 0 if it waited.
    """

    LEAST, GREATEST = Fraction(1, 10**6), Fraction(50)
    UP, DOWN = Fraction(6, 5), Fraction(1, 2)

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.size, self.before = self.alpha, 0
        self._least, self._greatest = numbers.exact(self.LEAST), numbers.exact(self.GREATEST)
        self._factors = {1: numbers.exact(self.UP), 0: 1, -1: numbers.exact(self.DOWN)}

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        self.t += 1
        change = slope * self.before
        size = self.numbers.larger(self.size * self._factors[change], self._least)
        self.size = -self.numbers.larger(-size, -self._greatest)
        self.before = 0 if change < 0 else slope
        return x - self.size * self.before


class FallingRule(Rule):
    """x_t = (1 − λ·η_t)·x_{t−1} − η_t·g_t, where the steps η_t never grow unless there is a tie.

    Attributes:
        decay: λ.
        least: lim η_t, or None where that is 0.
    """

    decay: Number = 0
    least: Number | None = None

    @abstractmethod
    def next_size(self) -> Number:
        """Return η_{t+1}: no step that starts below the kink will be longer."""


class Adagrad(FallingRule):
    """η_t = α/(√Σ g² + 10⁻¹⁰)."""

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.sum, self.epsilon = 0, numbers.exact(Fraction(1, 10**10))

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        self.t += 1
        if slope == 0:
            return x
        size = self.next_size()
        self.sum += 1
        return x - size * slope

    def next_size(self) -> Number:
        """See FallingRule."""
        root = self.numbers.root(self.numbers.exact(Fraction(self.sum + 1)))
        return self.alpha / (root + self.epsilon)


class RMSprop(FallingRule):
    """η_t = α/(√v_t + 10⁻⁸) with v_t = 0.99·v_{t−1} + 0.01·g_t², which rises to 1."""

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.rho = numbers.exact(Fraction(99, 100))
        self.epsilon = numbers.exact(Fraction(1, 10**8))
        self.missing = numbers.exact(Fraction(1))  # 1 − v_t
        self.least = self.alpha / (1 + self.epsilon)

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        self.t += 1
        if slope == 0:
            self.missing = self.rho * self.missing + (1 - self.rho)
            return x
        size = self.next_size()
        self.missing *= self.rho
        return x - size * slope

    def next_size(self) -> Number:
        """See FallingRule."""
        return self.alpha / (self.numbers.root(1 - self.missing * self.rho) + self.epsilon)


class ASGD(FallingRule):
    """x_t = (1 − λ·η_t)·x_{t−1} − η_t·g_t, λ = 10⁻⁴, η_t = α/(1 + λ·α·(t − 1))^(3/4)."""

    rests = False
    LAMBDA, POWER = Fraction(1, 10**4), Fraction(3, 4)

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.decay = numbers.exact(self.LAMBDA)

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        size = self.next_size()
        self.t += 1
        return (1 - self.decay * size) * x - size * slope

    def next_size(self) -> Number:
        """See FallingRule."""
        return self.alpha / self.numbers.power(1 + self.decay * self.alpha * self.t, self.POWER)


class Adafactor(FallingRule):
    """x_t = x_{t−1} − max(10⁻³, |x_{t−1}|)·min(α, 1/√t)·g_t.

    The second moment v is 1 until a tie, and g/√v is cut to length 1 after it.
    """

    LEAST = Fraction(1, 10**3)

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self._least = numbers.exact(self.LEAST)
        self._last_constant = int(1 / problem.alpha**2)  # the last t with α ≤ 1/√t

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        relative = self._next_relative_size()
        self.t += 1
        if slope == 0:
            return x
        return x - self._longest(x) * relative * slope

    def next_size(self) -> Number:
        """See FallingRule: below the kink |x| is at most max(10⁻³, L)."""
        distance = self.numbers.exact(self.problem.distance)
        return self._longest(distance) * self._next_relative_size()

    def _longest(self, x: Number) -> Number:
        return self.numbers.larger(self._least, abs(x))

    def _next_relative_size(self) -> Number:
        t = self.t + 1
        if t <= self._last_constant:
            return self.alpha
        return 1 / self.numbers.root(self.numbers.exact(Fraction(t)))


class Adadelta(Rule):
    """x_t = x_{t−1} − α·Δ_t·g_t, Δ_t = √((s_{t−1} + ε)/(v_t + ε)), ρ = 0.9, ε = 10⁻⁶.

    v_t = ρ·v_{t−1} + (1 − ρ)·g_t² and s_t = ρ·s_{t−1} + (1 − ρ)·Δ_t²·g_t².

    Attributes:
        missing: 1 − v_t.
        moved: s_t.
    """

    RHO, EPSILON = Fraction(9, 10), Fraction(1, 10**6)

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.rho, self.epsilon = numbers.exact(self.RHO), numbers.exact(self.EPSILON)
        self.missing, self.moved = numbers.exact(Fraction(1)), numbers.exact(Fraction(0))

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        self.t += 1
        if slope == 0:
            self.missing = self.rho * self.missing + (1 - self.rho)
            self.moved *= self.rho
            return x
        square = self.next_square()
        self.missing *= self.rho
        self.moved = self.rho * self.moved + (1 - self.rho) * square
        return x - self.alpha * self.numbers.root(square) * slope

    def next_square(self) -> Number:
        """Return Δ_{t+1}², unless that step starts on the kink."""
        return (self.moved + self.epsilon) / (1 - self.missing * self.rho + self.epsilon)
