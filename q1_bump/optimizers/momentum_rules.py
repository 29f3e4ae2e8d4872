"""The updates of torch.optim's optimizers with momentum, each written once for all numbers.

All have the form

    x_t = λ·x_{t−1} − u_t·m_t − w_t·g_t ,     m_t = β·m_{t−1} + (1 − β)·g_t ,

and differ in the coefficients. With v̂_t = 1 − (1 − β₂)·K_t/(1 − β₂^t), where K_t = Σ β₂^{t−k} over
the steps k that started on the kink, and q_t = 1/((1 − β₁^t)·(√v̂_t + ε)):

- momentum μ (Polyak 1964): β = μ, u = α/(1 − μ). Nesterov (1983; Sutskever et al. 2013, as torch
  and Bengio et al. rewrite it): β = μ, u = α·μ/(1 − μ), w = α.
- Adam (Kingma and Ba 2015): u_t = α·q_t. AdamW (Loshchilov and Hutter 2019) with decay 0.01, in
  torch times α: λ = 1 − α/100. AMSGrad (Reddi, Kale and Kumar 2018): max v_t in place of v_t; torch
  divides it by 1 − β₂^t as Adam does, the paper does not.
- Adamax (Kingma and Ba 2015): max(β₂·n_{t−1}, |g_t| + ε) in place of √v̂_t + ε; the paper has no ε.
- NAdam (Dozat 2016): μ_t = β₁·(1 − ½·0.96^(0.004·t)), and with Π_t = μ_1·…·μ_t
  w_t = α·(1 − μ_t)/((1 − Π_t)·(√v̂_t + ε)), u_t = α·μ_{t+1}/((1 − Π_{t+1})·(√v̂_t + ε)). In the
  paper m has the decay μ_t. torch holds Π_t in single precision, unless its default is double.
- RAdam (Liu et al. 2020): ρ_t = ρ_∞ − 2t·β₂^t/(1 − β₂^t), ρ_∞ = 2/(1 − β₂) − 1. While ρ_t ≤ 5 (the
  paper: 4) u_t = α/(1 − β₁^t), then u_t = α·r_t/((1 − β₁^t)·(√v̂_t + ε/√(1 − β₂^t))) with
  r_t² = (ρ_t − 4)·(ρ_t − 2)·ρ_∞/((ρ_∞ − 4)·(ρ_∞ − 2)·ρ_t).
"""

from abc import abstractmethod
from fractions import Fraction
from typing import NamedTuple

from q1_bump.adam.valley import Undecided
from q1_bump.optimizers.settling import Settling, fading, settled
from q1_bump.optimizers.update_rules import Number, Numbers, Rule
from q1_bump.problem import Problem


class Coefficients(NamedTuple):
    """u_t and w_t of one step, or of all later ones."""

    moment: Number
    slope: Number


class MomentumRule(Rule):
    """An optimizer of the form above.

    Attributes:
        beta: β.
        shrink: λ.
        decays: whether λ is not 1.
        m: m_t.
    """

    rests = False
    decays = False

    def __init__(self, problem: Problem, numbers: Numbers, beta: Fraction):
        super().__init__(problem, numbers)
        self.beta = numbers.exact(beta)
        self.shrink: Number = 1
        self.m = numbers.exact(Fraction(0))

    def step(self, x: Number, slope: int) -> Number:
        """See Rule."""
        self.t += 1
        self.m = self.beta * self.m + (1 - self.beta) * slope
        u, w = self.coefficients(slope)
        return self.shrink * x - u * self.m - w * slope

    @abstractmethod
    def coefficients(self, slope: int) -> Coefficients:
        """Return u_t and w_t of step t, which `step` takes just now."""

    @abstractmethod
    def later_coefficients(self) -> Coefficients | None:
        """Return u_i and w_i of all i > t as Settling, supposing that no later step is a tie.

        Only in balls. None where nothing is known of them yet.
        """


class Momentum(MomentumRule):
    """SGD with momentum 0.9; `nesterov` adds the look ahead."""

    MU = Fraction(9, 10)
    nesterov = False

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers, self.MU)
        u = self.alpha / (1 - self.beta)
        self._constant = Coefficients(u, self.alpha * 0)
        if self.nesterov:
            self._constant = Coefficients(u * self.beta, self.alpha)

    def coefficients(self, slope: int) -> Coefficients:
        """See MomentumRule."""
        return self._constant

    def later_coefficients(self) -> Coefficients | None:
        """See MomentumRule."""
        return Coefficients(*map(settled, self._constant))


class Nesterov(Momentum):
    """SGD with Nesterov momentum 0.9."""

    nesterov = True


class Adam(MomentumRule):
    """Adam, and what those derived from it share.

    Attributes:
        power1, power2: β₁^t and β₂^t.
        ties: K_t.
        tied: whether a step has started on the kink.
    """

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers, problem.beta1)
        self.rests = problem.beta1 == 0 and not self.decays
        self.beta2, self.epsilon = numbers.exact(problem.beta2), numbers.exact(problem.epsilon)
        self.power1 = self.power2 = numbers.exact(Fraction(1))
        self.ties, self.tied = numbers.exact(Fraction(0)), False

    def coefficients(self, slope: int) -> Coefficients:
        """See MomentumRule."""
        self._advance(slope)
        return self._formula(self.power1, self.power2, self._second_moment())

    def later_coefficients(self) -> Coefficients | None:
        """See MomentumRule."""
        power2 = self._later_power2()
        return self._formula(
            fading(self.power1 * self.beta), power2, self._later_second_moment(power2)
        )

    def _advance(self, slope: int) -> None:
        self.power1, self.power2 = self.power1 * self.beta, self.power2 * self.beta2
        self.tied = self.tied or slope == 0
        if self.tied:
            self.ties = self.beta2 * self.ties + (slope == 0)

    def _formula(self, power1: Number, power2: Number, second_moment: Number) -> Coefficients:
        """Return u and w from β₁^t, β₂^t and v̂_t."""
        root = self.numbers.root(second_moment)
        return Coefficients(self.alpha / ((1 - power1) * (root + self.epsilon)), self.alpha * 0)

    def _later_power2(self) -> Settling:
        return fading(self.power2 * self.beta2)

    def _second_moment(self) -> Number:
        """Return v̂_t."""
        one = self.numbers.exact(Fraction(1))
        return one - (1 - self.beta2) * self.ties / (1 - self.power2) if self.tied else one

    def _later_second_moment(self, power2: Settling) -> Settling:
        """Return v̂_i for i > t, which rises to 1."""
        return 1 - (1 - self.beta2) * fading(self.ties * self.beta2) / (1 - power2)


class AdamW(Adam):
    """Adam with decoupled weight decay 0.01."""

    decays = True
    DECAY = Fraction(1, 100)

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.shrink = 1 - self.alpha * numbers.exact(self.DECAY)


class AMSGrad(Adam):
    """Adam with the greatest second moment so far."""

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.greatest, self._rises = numbers.exact(Fraction(0)), True

    def _second_moment(self) -> Number:
        if not self.tied:
            self.greatest = 1 - self.power2  # v, which rises
            return super()._second_moment()
        v = 1 - self.power2 - (1 - self.beta2) * self.ties
        self._rises = v >= self.greatest
        self.greatest = self.numbers.larger(self.greatest, v)
        return self.greatest / (1 - self.power2)

    def later_coefficients(self) -> Coefficients | None:
        """See MomentumRule: Adam's, once v is again its own maximum."""
        return super().later_coefficients() if self._rises else None


class Adamax(Adam):
    """Adam with the infinity norm."""

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.norm = numbers.exact(Fraction(0))

    def coefficients(self, slope: int) -> Coefficients:
        """See MomentumRule. β₂ ≤ 1, so that the norm is 1 + ε after every slope but 0."""
        self.power1 = self.power1 * self.beta
        faded = self.beta2 * self.norm
        self.norm = 1 + self.epsilon if slope else self.numbers.larger(faded, self.epsilon)
        return Coefficients(self.alpha / ((1 - self.power1) * self.norm), self.alpha * 0)

    def later_coefficients(self) -> Coefficients | None:
        """See MomentumRule."""
        u = self.alpha / ((1 - fading(self.power1 * self.beta)) * (1 + self.epsilon))
        return Coefficients(u, settled(0))


class NAdam(Adam):
    """Adam with Nesterov momentum.

    Attributes:
        fade: 0.96^(0.004·t).
        product: Π_t.
    """

    FADE, PER_STEP = Fraction(24, 25), Fraction(1, 250)

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        base = numbers.exact(self.FADE if problem.beta1 else Fraction(1))  # μ_t = 0 if β₁ = 0
        self._per_step = numbers.power(base, self.PER_STEP)
        self.fade = self.product = numbers.exact(Fraction(1))

    def coefficients(self, slope: int) -> Coefficients:
        """See MomentumRule."""
        self._advance(slope)
        self.fade *= self._per_step
        self.product *= self.beta * (1 - self.fade / 2)
        return self._nesterov(self.fade, self.product, self._second_moment())

    def later_coefficients(self) -> Coefficients | None:
        """See MomentumRule."""
        fade, product = fading(self.fade * self._per_step), fading(self.product * self.beta)
        return self._nesterov(fade, product, self._later_second_moment(self._later_power2()))

    def _nesterov(self, fade: Number, product: Number, second_moment: Number) -> Coefficients:
        """Return u and w from 0.96^(0.004·t), Π_t and v̂_t."""
        mu, next_mu = (self.beta * (1 - f / 2) for f in (fade, fade * self._per_step))
        size = self.alpha / (self.numbers.root(second_moment) + self.epsilon)
        return Coefficients(
            size * next_mu / (1 - product * next_mu), size * (1 - mu) / (1 - product)
        )


class RAdam(Adam):
    """Adam, its step rectified for the variance of the second moment."""

    LENGTH = 5  # ρ_t beyond which torch rectifies

    def __init__(self, problem: Problem, numbers: Numbers):
        super().__init__(problem, numbers)
        self.longest = 2 / (1 - self.beta2) - 1  # ρ_∞
        self._rectified = False

    def later_coefficients(self) -> Coefficients | None:
        """See MomentumRule. ρ_t rises to ρ_∞, and t·β₂^t falls from t = 1/(1 − β₂) on."""
        always_plain = 2 / (1 - self.problem.beta2) - 1 <= self.LENGTH
        falls = self.t * (1 - self.problem.beta2) > 1
        return super().later_coefficients() if always_plain or (self._rectified and falls) else None

    def _formula(self, power1: Number, power2: Number, second_moment: Number) -> Coefficients:
        later = isinstance(power2, Settling)
        weighted = fading((self.t + 1) * power2.variation) if later else self.t * power2
        length = self.longest - 2 * weighted / (1 - power2)
        if not later and not self._rectified:
            self._rectified = self._exceeds(length)
        if not self._rectified:
            return Coefficients(self.alpha / (1 - power1), self.alpha * 0)
        rest = (self.longest - 4) * (self.longest - 2) * length
        rectified = self.numbers.root((length - 4) * (length - 2) * self.longest / rest)
        root = self.numbers.root(second_moment)
        if self.problem.epsilon:
            root = root + self.epsilon / self.numbers.root(1 - power2)
        return Coefficients(self.alpha * rectified / ((1 - power1) * root), self.alpha * 0)

    def _exceeds(self, length: Number) -> bool:
        if not (length > self.LENGTH or length <= self.LENGTH):
            raise Undecided
        return bool(length > self.LENGTH)
