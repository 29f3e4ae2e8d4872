"""Sequences that settle: a limit and a bound of all that is left of their movement.

A step coefficient such as α/(1 − β₁^t) is put together from powers that fade. Over numbers of
this kind the same formula that gives the coefficient of one step gives its limit and a bound of
its total variation over all later steps.
"""

from dataclasses import dataclass
from typing import TypeAlias

from flint import arb


@dataclass(frozen=True)
class Settling:
    """A sequence s_i, i > T, in a form that outlasts sums, products, quotients and roots.

    Attributes:
        limit: lim s_i, in a ball.
        variation: at least Σ_{i>T} |s_{i+1} − s_i|, so that |s_i − limit| is no greater, either.
    """

    limit: arb
    variation: arb

    @property
    def size(self) -> arb:
        """A bound of all |s_i|."""
        return abs(self.limit) + self.variation

    def __neg__(self) -> "Settling":
        return Settling(-self.limit, self.variation)

    def __add__(self, other: "Term") -> "Settling":
        other = settled(other)
        return Settling(self.limit + other.limit, self.variation + other.variation)

    __radd__ = __add__

    def __sub__(self, other: "Term") -> "Settling":
        return self + -settled(other)

    def __rsub__(self, other: "Term") -> "Settling":
        return -self + other

    def __mul__(self, other: "Term") -> "Settling":
        other = settled(other)
        variation = self.variation * other.size + self.size * other.variation
        return Settling(self.limit * other.limit, variation)

    __rmul__ = __mul__

    def __truediv__(self, other: "Term") -> "Settling":
        return self * settled(other).reciprocal()

    def __rtruediv__(self, other: "Term") -> "Settling":
        return settled(other) * self.reciprocal()

    def reciprocal(self) -> "Settling":
        """Return 1/s_i; its variation is not finite where s_i may come to 0."""
        least = abs(self.limit) - self.variation
        variation = self.variation / least**2 if least > 0 else arb("inf")
        return Settling(1 / self.limit, variation)

    def root(self) -> "Settling":
        """Return √s_i; its variation is not finite where s_i may come to 0."""
        least = self.limit - self.variation
        variation = self.variation / (2 * least.sqrt()) if least > 0 else arb("inf")
        return Settling(self.limit.sqrt(), variation)


Term: TypeAlias = Settling | arb | int


def settled(value: Term) -> Settling:
    """Return a constant as a sequence."""
    return value if isinstance(value, Settling) else Settling(arb(value), arb(0))


def fading(bound: arb) -> Settling:
    """Return a sequence that falls to 0 from at most `bound`, never rising."""
    return Settling(arb(0), bound)
