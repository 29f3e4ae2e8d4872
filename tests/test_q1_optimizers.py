"""Every optimizer's update against torch, and its height for all time against 60-digit loops."""

import math
from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
import torch
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from q1_optimizers import DIGITS, UPDATES, Settings, decimal_heights
from q1_reference import as_decimal

from q1_bump.adam.certificate import Unproved, certified
from q1_bump.adam.valley import fraction
from q1_bump.answers.optimizers import optimizer_row
from q1_bump.optimizers.certificate import (
    MAX_STEPS,
    RULES,
    Certified,
    Unbounded,
    certify,
    exact_height,
)
from q1_bump.optimizers.later_positions import conjectured_period, later_positions
from q1_bump.optimizers.rule_trajectory import RuleTrajectory
from q1_bump.optimizers.settling import Settling, fading, settled
from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.optimizers.torch_classes import make_optimizer, optimizer_height
from q1_bump.optimizers.update_rules import Adadelta, Numbers
from q1_bump.problem import Problem, bump_slope

ROUNDING = Decimal("1e-40")
DOUBLES = Numbers(float, math.sqrt, lambda base, exponent: base ** float(exponent), max)
NAMES = list(OPTIMIZERS)
ADAPTED = ("adadelta", "adafactor", "adagrad", "asgd", "rmsprop")
WITH_MOMENTUM = ("momentum", "nesterov", "amsgrad", "adamw", "adamax", "nadam", "radam")


def random_problems(count: int, seed: int) -> list[Problem]:
    """Return problems with all options changed; every fourth meets the kink on its way down."""
    random = Random(seed)
    problems = []
    for i in range(count):
        alpha = Fraction(random.randint(20, 990), 1000)
        beta1 = Fraction(random.randint(0, 300 if i % 3 == 0 else 970), 1000)
        beta2 = Fraction(random.choice([999, 990, random.randint(1, 999)]), 1000)
        epsilon = Fraction(random.randint(1, 100), 1000) if i % 2 else Fraction(0)
        tie = alpha / random.choice([1, 1 + epsilon]) * random.randint(1, 5)
        distance = tie if i % 4 == 0 else Fraction(random.randint(200, 3000), 1000)
        problems.append(Problem(alpha, beta1, beta2, epsilon, distance))
    return problems


def proved(name: str, problem: Problem) -> Certified:
    """Return the certificate of an optimizer that is known to have one."""
    found = certify(name, problem)
    assert isinstance(found, Certified), (name, problem, found)
    return found


@pytest.fixture
def double_precision() -> Iterator[None]:
    """Let torch keep ASGD's step and NAdam's product of momenta in doubles, too."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_every_optimizer_of_the_table_has_a_rule_and_a_reference():
    assert set(RULES) == set(OPTIMIZERS) == set(UPDATES)


@pytest.mark.slow
@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "problem",
    [Problem(), Problem(Fraction(7, 10), Fraction(1, 2), Fraction(19, 20), Fraction(1, 10))],
)
def test_rules_equal_torch_over_10000_steps(name, problem):
    """Along random slopes, ties among them, which differ from those of any loss."""
    random = Random(name)
    x = torch.zeros(1)
    gradient = x.grad = torch.zeros_like(x)
    optimizer, rule = make_optimizer(name, [x], problem), RULES[name](problem, DOUBLES)
    position, furthest = 0.0, 1.0
    for t in range(10_000):
        slope = random.choice((-1, -1, 1, 1, 0) if 0 < t % 1000 < 100 else (-1, 1))
        gradient.fill_(slope)
        optimizer.step()
        position = rule.step(position, slope)
        furthest = max(furthest, abs(position))
        assert abs(position - x.item()) <= 1e-10 * furthest, t


@pytest.mark.parametrize("name", NAMES)
def test_reference_equals_the_rules(name):
    """The 60-digit loops, that is, are torch's updates, too."""
    random = Random(name)
    for problem in random_problems(4, seed=5):
        rule, position = RULES[name](problem, DOUBLES), 0.0
        with localcontext(prec=DIGITS):
            update, x = UPDATES[name](Settings(problem)), Decimal(0)
            for t in range(1, 300):
                slope = random.choice((-1, -1, 1, 1, 0)) if t > 1 else -1
                position, x = rule.step(position, slope), update(x, slope, t)
                assert position == pytest.approx(float(x), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_answers_at_the_assignments_learning_rate_equal_a_60_digit_simulation(name):
    found = proved(name, Problem())
    heights = decimal_heights(name, Problem(), 8_000)
    with localcontext(prec=DIGITS):
        lower, upper = as_decimal(found.lower), as_decimal(found.upper)
        assert upper - lower <= Decimal("1e-17")
        assert found.attained is (name not in ("nesterov", "adadelta"))
        if found.attained:
            assert heights.index(max(heights)) == found.step
            assert lower - ROUNDING <= max(heights) <= upper + ROUNDING
        else:
            assert max(heights) <= upper + ROUNDING
            assert max(heights[:300]) < lower


@pytest.mark.parametrize("name", NAMES)
def test_enclosures_contain_60_digit_simulations(name):
    for problem in random_problems(9, seed=4):
        found = proved(name, problem)
        heights = decimal_heights(name, problem, max(3_000, 2 * (found.step or 0)))
        with localcontext(prec=DIGITS):
            lower, upper = as_decimal(found.lower), as_decimal(found.upper)
            assert 0 <= upper - lower <= Decimal("1e-9"), problem
            assert max(heights) <= upper + ROUNDING, problem
            if found.attained:
                assert max(heights) >= lower - ROUNDING, problem
            if found.step is not None:
                assert abs(max(heights) - heights[found.step]) <= ROUNDING, problem
                assert max(heights[: found.step]) < heights[found.step], problem
            if found.attained is False:
                assert max(heights[:20]) < lower, problem


@pytest.mark.parametrize("name", ["momentum", "nesterov", "adadelta"])
def test_limits_are_approached(name):
    """Adadelta's by about 1e-7 of what is left a step, the others by their memory's decay."""
    found = proved(name, Problem(alpha=Fraction(8, 10)))
    near = {"momentum": 1e-15, "nesterov": 1e-15, "adadelta": 1.0}[name]
    heights = decimal_heights(name, Problem(alpha=Fraction(8, 10)), 2_000)
    if found.attained is False:
        assert float(found.lower) - near < float(max(heights)) <= float(found.upper)
    else:
        assert float(max(heights)) == pytest.approx(float(found.lower), rel=1e-15)


@pytest.mark.parametrize("name", [*ADAPTED, *WITH_MOMENTUM])
def test_every_bound_on_later_positions_holds(name):
    """At many steps T, those too early for an answer among them, against 60 digits."""
    bounds = 0
    for problem in random_problems(6, seed=6):
        steps = 2_500
        heights = decimal_heights(name, problem, steps)
        for last in (17, 40, 90, 200, 450, 1000, 1001):
            with ctx.workprec(256), localcontext(prec=DIGITS):
                trajectory = RuleTrajectory(RULES[name], problem)
                trajectory.advance(last)
                later = later_positions(trajectory)
                if later is None or later.upper is None:
                    continue
                bounds += 1
                upper = as_decimal(fraction((later.upper - trajectory.distance).upper()))
                assert max(heights[last + 1 :]) <= upper + ROUNDING, (problem, last)
    assert bounds >= 5


@pytest.mark.parametrize("name", NAMES)
def test_bumps_below_are_climbed_for_good_and_above_are_not(name):
    """Lemma 1 and "no way back" of every optimizer: beyond the top each step leads forward."""
    for problem in random_problems(6, seed=7):
        found = proved(name, problem)
        if found.lower <= 0 or found.attained is None or (found.step or 0) > 2_000:
            continue
        share = Fraction(9, 10) if name == "adadelta" else Fraction(999, 1000)
        steps = (found.step or 1_500) + 500
        for height in (found.lower * share, found.upper * Fraction(1001, 1000)):
            heights = decimal_heights(name, problem, steps, problem.distance + height)
            passed = next((t for t, h in enumerate(heights) if h > as_decimal(height)), None)
            if height > found.upper:
                assert passed is None
            elif passed is not None or name != "adadelta":
                assert passed is not None
                assert all(a < b for a, b in pairwise(heights[passed:]))


@pytest.mark.parametrize("name", NAMES)
def test_no_way_back_after_any_slopes(name):
    """Lemma 11, for histories that no loss has: once a step led forward and all slopes are −1."""
    random, forward = Random(name), 0
    for problem in random_problems(80, seed=9):
        rule, x = RULES[name](problem, DOUBLES), 0.0
        before = 0.0
        slopes = [-1, *random.choices((-1, 1), k=random.randint(1, 60))]
        for slope in slopes:
            before, x = x, rule.step(x, slope)
        if x > before:
            forward += 1
            for _ in range(200):
                before, x = x, rule.step(x, -1)
                assert x > before, problem
    assert forward > 10


@pytest.mark.parametrize("beta", [0.001, 0.3, 0.9, 0.99])
def test_nadams_coefficients_keep_it_going(beta):
    """The inequality at the end of Lemma 11's proof, from the definition of the coefficients."""
    product, ratios = 1.0, [0.0]
    for t in range(1, 30_000):
        mu, following = (beta * (1 - 0.5 * 0.96 ** (0.004 * i)) for i in (t, t + 1))
        product *= mu
        ratios.append((1 - mu) / (1 - product) / (following / (1 - product * following)))
    assert all(b >= beta * a - (1 - beta) for a, b in pairwise(ratios[5:]))
    assert product < 0.5**4


def test_adam_has_the_same_answer_in_the_common_engine():
    """Its own certificate and that of the others agree, after ties as well."""
    compared = 0
    for problem in random_problems(30, seed=8):
        own = certified(problem)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("q1_bump.optimizers.certificate.LIKE_ADAM", ())
            common = certify("adam", problem)
        if isinstance(common, Certified):
            compared += 1
            assert max(common.lower, own.lower) <= min(common.upper, own.upper)
            if None not in (common.attained, own.attained):
                assert (common.attained, common.step) == (own.attained, own.step)
    assert compared >= 25


@pytest.mark.parametrize("name", ["amsgrad", "adamax"])
def test_amsgrad_and_adamax_are_adam_unless_a_step_is_a_tie(name):
    found = proved(name, Problem())
    assert (found.lower, found.step) == (certified(Problem()).lower, 6)
    assert "as Adam" in found.reason
    tie = Problem(Fraction(1, 4), beta2=Fraction(9, 10))
    found = proved(name, tie)
    assert "as Adam" not in found.reason
    assert float(found.lower) == pytest.approx(float(max(decimal_heights(name, tie, 300))))
    assert abs(float(found.lower - certified(tie).lower)) > 1e-5


def test_exact_values():
    third = Fraction(1, 3)
    assert exact_height("momentum", Problem(), 5) == Fraction(120323, 100000)
    assert proved("rprop", Problem()).lower == Fraction(71, 625)
    assert proved("sgd", Problem(alpha=third)).lower == 0
    assert exact_height("rmsprop", Problem(), 1) == 3 / (1 + Fraction(1, 10**7)) - 1
    assert exact_height("nadam", Problem(), 2) is None
    assert exact_height("momentum", Problem(), 101) is None


def test_a_point_on_the_kink_rests_without_momentum_and_goes_on_with_it():
    """The first position of each is α, or α/(1 + 10⁻¹⁰)."""
    for name, first in (("sgd", 1), ("rprop", 1), ("adagrad", 1 / (1 + Fraction(1, 10**10)))):
        found = proved(name, Problem(distance=Fraction(3, 10) * first))
        assert (found.lower, found.upper, found.step) == (0, 0, 1)
    for name in ("momentum", "nesterov", "asgd"):
        problem = Problem(
            distance=Fraction(3, 10) * (Fraction(19, 10) if name == "nesterov" else 1)
        )
        found = proved(name, problem)
        heights = decimal_heights(name, problem, 8_000)
        assert heights[1] == 0 < max(heights)
        assert float(found.lower) == pytest.approx(float(max(heights)), rel=1e-12)


@pytest.mark.parametrize("name", ["adamw", "asgd"])
def test_weight_decay_that_is_stronger_than_the_slope_keeps_it_before_the_kink(name):
    """AdamW tends to 1/0.01 = 100, so that it never comes to L = 101; ASGD needs L > 10⁴."""
    problem = Problem(alpha=Fraction(9, 10), distance=Fraction(101))
    if name == "adamw":
        found = proved(name, problem)
        assert found.attained is not True
        assert float(found.upper) == pytest.approx(-1, abs=1e-9)
    else:
        assert proved(name, problem).lower > 0


@pytest.mark.parametrize("beta1", [Fraction(0), Fraction(9, 10)])
@pytest.mark.parametrize("alpha", [Fraction(150), Fraction(1000)])
def test_adamw_with_a_huge_learning_rate(beta1, alpha):
    """λ = −1/2 still settles; λ = −9 leaves every bound (Lemma 10b)."""
    problem = Problem(alpha, beta1)
    heights = decimal_heights("adamw", problem, 2_000)
    if alpha == 150:
        assert float(proved("adamw", problem).lower) == pytest.approx(float(max(heights)))
    else:
        assert isinstance(certify("adamw", problem), Unbounded)
        assert max(heights) > Decimal("1e1000")
        row = optimizer_row(optimizer_height("adamw", problem))
        assert (row.height, row.certified, row.attained) == (None, True, False)


@pytest.mark.parametrize("distance", [Fraction(1), Fraction(10_001, 10)])
@pytest.mark.parametrize("alpha", [Fraction(201), Fraction(250), Fraction(10**9)])
def test_weight_decay_beyond_2_has_no_greatest_height(alpha, distance):
    problem = Problem(alpha, distance=distance)
    assert isinstance(certify("adamw", problem), Unbounded)
    assert max(decimal_heights("adamw", problem, 4_000)) > 10**6
    assert optimizer_height("adamw", problem).height is None


@pytest.mark.parametrize(
    ("name", "alpha", "height"), [("adamw", 150, 100), ("asgd", 20_000, 15_000)]
)
def test_weight_decay_beyond_1_leads_back_over_the_top(name, alpha, height):
    """The bounds in Lemma 11 are needed: step 1 is past the top, and step 2 before it."""
    problem = Problem(Fraction(alpha))
    x = torch.zeros(1, dtype=torch.float64)
    optimizer = make_optimizer(name, [x], problem)
    positions = []
    for _ in range(2):
        x.grad = torch.full_like(x, bump_slope(x.item(), 1.0, float(height)))
        optimizer.step()
        positions.append(x.item())
    assert positions[0] > 1 + height > positions[1]


def test_steps_that_have_settled_below_the_rounding_are_told_at_a_higher_precision():
    """RMSprop comes to L after 9,900 steps; its later peaks fall by less than 0.99^9900 = 6e-44."""
    problem = Problem(Fraction(1, 1000), distance=Fraction(10))
    found = proved("rmsprop", problem)
    heights = decimal_heights("rmsprop", problem, 10_100)
    assert found.step is not None
    assert found.step == heights.index(max(heights)) > 9_800
    assert "alternate" in found.reason


@pytest.mark.parametrize("name", ["nadam", "adamw", "adamax", "amsgrad", "radam"])
def test_without_momentum_a_tie_rests_and_other_steps_oscillate(name):
    tie, untied = (Problem(alpha, beta1=Fraction(0)) for alpha in (Fraction(1, 4), Fraction(3, 10)))
    for problem in (tie, untied):
        found = proved(name, problem)
        heights = decimal_heights(name, problem, 6_000)
        assert float(found.lower) == pytest.approx(float(max(heights)), abs=1e-9)
        assert found.upper - found.lower <= Fraction(1, 10**9)


def test_a_tie_that_no_precision_can_tell_is_not_certified():
    """L differs from NAdam's second position, which is irrational, by less than 2⁻²⁰⁴⁸."""
    with ctx.workprec(4096):
        trajectory = RuleTrajectory(RULES["nadam"], Problem(distance=Fraction(100)))
        trajectory.advance(2)
        near = fraction(trajectory.x.mid())
    found = certify("nadam", Problem(distance=near))
    assert isinstance(found, Unproved)
    assert "too near to a tie" in found.reason


def test_a_budget_that_ends_too_early_gives_a_lower_bound():
    for name in ("rprop", "nadam", "asgd"):
        found = certify(name, Problem(), max_steps=20)
        assert isinstance(found, Unproved)
        assert found.lower <= proved(name, Problem()).lower
        assert "within the budget of 20 steps" in found.reason
    far = certify("adagrad", Problem(distance=Fraction(10**6)), max_steps=100)
    assert isinstance(far, Unproved)
    assert "does not come beyond L" in far.reason


@pytest.mark.parametrize("name", ["adam", "adamw", "adamax"])
def test_division_by_zero_is_no_answer(name):
    """β₂ = 0, ε = 0 and a step on the kink."""
    with pytest.raises(ZeroDivisionError):
        certify(name, Problem(beta2=Fraction(0), distance=Fraction(3, 10)))


def test_amsgrad_divides_by_no_zero():
    problem = Problem(beta2=Fraction(0), distance=Fraction(3, 10))
    heights = decimal_heights("amsgrad", problem, 500)
    assert float(proved("amsgrad", problem).lower) == pytest.approx(float(max(heights)))


class QuickAdadelta(Adadelta):
    """With ε and ρ so that the steps have grown within a simulation."""

    RHO, EPSILON = Fraction(1, 5), Fraction(1, 100)


def test_limit_of_growing_steps_equals_a_simulation_that_reaches_it():
    """Lemma 9, at several steps T; after 6,000 steps nothing is left of 0.99^t."""
    problem = Problem()
    with ctx.workprec(200):
        trajectory = RuleTrajectory(QuickAdadelta, problem)
        found = []
        for last in range(20, 400):
            trajectory.advance(last)
            if later := later_positions(trajectory):
                assert later.upper is not None
                assert later.lower is not None
                assert not later.reached
                found.append((last, later))
        peaks = []
        while trajectory.t < 6_000:
            trajectory.advance(trajectory.t + 1)
            if trajectory.above:
                peaks.append(trajectory.x)
        assert len(found) > 100
        assert all(a < b for a, b in pairwise(peaks[:1500]))
        for last, (lower, upper, _, _) in found:
            assert lower is not None
            assert upper is not None
            assert lower < peaks[-1] + arb("1e-20") < upper + arb("2e-20"), last
        widths = [float((upper - lower).upper()) for _, (lower, upper, _, _) in found]
        assert widths[-1] < 1e-9


powers = st.tuples(
    st.fractions(Fraction(1, 10), Fraction(19, 20), max_denominator=50),
    st.fractions(Fraction(1, 100), Fraction(9, 10), max_denominator=100),
)


@given(first=powers, second=powers, limit=st.fractions(1, 3, max_denominator=10))
@settings(max_examples=60)
def test_settling_numbers_bound_the_sequences_they_stand_for(first, second, limit):
    """A formula over them encloses limit and total variation of the formula over fading powers."""

    def formula(p, q, root):
        return (limit_ball + p) * root(1 - q / 2) / (2 - p) - 3 / (1 + q) + (p - q) * q

    with ctx.workprec(128):
        limit_ball = arb(limit.numerator) / limit.denominator
        (rate, start), (other_rate, other_start) = (
            [arb(x.numerator) / x.denominator for x in pair] for pair in (first, second)
        )
        whole = formula(fading(start), fading(other_start), lambda s: s.root())
        values = [
            formula(start * rate**i, other_start * other_rate**i, lambda x: x.sqrt())
            for i in range(400)
        ]
        variation = sum((abs(b - a) for a, b in pairwise(values)), start=arb(0))
        assert variation < whole.variation
        assert abs(values[-1] - whole.limit) < arb("1e-6")
        assert all(abs(value - whole.limit) < whole.variation for value in values)


def test_settling_numbers_that_may_come_to_0_have_no_bound():
    assert not Settling(arb(1), arb(2)).reciprocal().variation.is_finite()
    assert not Settling(arb(1), arb(2)).root().variation.is_finite()
    assert settled(3) + 0 == Settling(arb(3), arb(0))


@pytest.mark.parametrize(
    ("slopes", "period"),
    [
        ([0, 2] * 20, 2),
        ([0] * 30, 1),
        ([0, 0, 2, 0, 2] * 12, 5),
        ([0] * 40 + [0, 2] * 4, None),  # not for a third of the trajectory
        ([0, 2], None),
    ],
)
def test_periods_are_conjectured_from_the_last_third(slopes, period):
    assert conjectured_period(bytearray(slopes)) == period


def test_budget_is_enough_for_nadams_slow_momentum():
    """Its coefficients settle as 0.96^(0.004·t), which is 2e-15 only at the end of the budget."""
    assert 0.96 ** (0.004 * MAX_STEPS) < 1e-13
