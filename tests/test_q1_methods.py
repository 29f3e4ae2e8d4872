"""The four methods against each other and against loops that share no code with them."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import islice, pairwise
from random import Random

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from q1_reference import as_decimal, decimal_trajectory, fraction_trajectory

from q1_bump.adam import closed_form, simulator
from q1_bump.adam.certificate import Unproved, certified, supremum
from q1_bump.adam.max_height import Answer, exact_height, solve
from q1_bump.adam.torch_adam import valley_height
from q1_bump.optimizers.torch_classes import valley_trajectory
from q1_bump.problem import Problem, bump_slope
from shared.errors import BadInput


def random_problems(count: int, seed: int) -> list[Problem]:
    """Return problems of all kinds: low and high β₁, ε = 0 and > 0, and ties with the kink."""
    random = Random(seed)
    problems = []
    for i in range(count):
        alpha = Fraction(random.randint(20, 990), 1000)
        beta1 = Fraction(random.randint(0, 300 if i % 3 == 0 else 990), 1000)
        beta2 = Fraction(random.randint(0 if i % 5 else 900, 999), 1000) or Fraction(1, 2)
        epsilon = Fraction(random.randint(1, 100), 1000) if i % 2 else Fraction(0)
        tie = alpha / (1 + epsilon) * random.randint(1, 12)
        distance = tie if i % 4 == 0 else Fraction(random.randint(100, 3000), 1000)
        problems.append(Problem(alpha, beta1, beta2, epsilon, distance))
    return problems


def solved(problem: Problem) -> Answer:
    """Return the answer to a problem that is known to have a certificate."""
    return solve(problem, certified(problem))


def test_reports_case_against_a_plain_loop():
    positions = fraction_trajectory(Problem(), 1000)
    answer = solved(Problem())
    assert answer.exact == max(positions) - 1
    assert answer.supremum.step == 1 + positions.index(max(positions))
    assert answer.disagreement < 1e-12
    assert answer.agrees


def test_function_behind_torch_adam_is_the_class():
    for problem in random_problems(20, seed=3):
        by_class = max(valley_trajectory("adam", problem, 200)) - float(problem.distance)
        assert valley_height(problem, 200) == by_class, problem


def test_four_methods_agree_on_200_random_problems():
    """50 of them are ties."""
    for problem in random_problems(200, seed=1):
        found = certified(problem)
        answer = solve(problem, found)
        assert answer.disagreement < answer.tolerance <= 1e-10, answer
        assert 0 <= found.upper - found.lower <= Fraction(1, 10**12)


def untied_problems(count: int, seed: int) -> list[Problem]:
    """Return problems with α from 0.02 to 0.99, β₁ from 0 to 0.99, all else as in the reports."""
    random = Random(seed)
    return [
        Problem(Fraction(random.uniform(0.02, 0.99)), Fraction(random.uniform(0, 0.99)))
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    "problems",
    [untied_problems(500, seed=2), random_problems(60, seed=2)],
    ids=["500 untied", "60 of all kinds"],
)
def test_enclosures_contain_a_60_digit_simulation(problems):
    rounding = Decimal("1e-50")
    for problem in problems:
        found = certified(problem)
        steps = 2 * found.horizon + 4 * (found.cycle_length or 50) + 200
        positions = decimal_trajectory(problem, steps)
        with localcontext(prec=60):
            distance = as_decimal(problem.distance)
            lower, upper = as_decimal(found.lower), as_decimal(found.upper)
            greatest = max(positions) - distance
            assert upper - lower <= Decimal("1e-12")
            assert greatest <= upper + rounding
            if found.attained:
                assert lower - rounding <= greatest
                assert 1 + positions.index(max(positions)) == found.step
            else:  # the limit is approached, as near as the horizon promises, and from below
                assert max(positions[: found.horizon]) - distance > upper - Decimal("3e-14")
                assert all(x - distance < lower for x in positions[: len(found.slopes)])


@given(
    alpha=st.fractions(Fraction(1, 50), 1, max_denominator=200),
    beta1=st.fractions(0, Fraction(97, 100), max_denominator=100),
    distance=st.fractions(Fraction(1, 10), 3, max_denominator=60),
)
@settings(max_examples=60)
def test_heights_below_are_climbed_and_above_are_not(alpha, beta1, distance):
    """The theorem itself, on the loss with the bump: an interval of heights, ending at h_max."""
    problem = Problem(alpha, beta1, Fraction(999, 1000), Fraction(0), distance)
    found = certified(problem)
    for factor in (0.2, 0.9, 0.999):
        if (height := float(found.lower) * factor) > 1e-9:
            assert simulator.climbs(problem, height, found.horizon + 1)
    for factor in (1.001, 1.5):
        height = max(float(found.upper) * factor, 1e-6)
        assert not simulator.climbs(problem, height, 3 * found.horizon + 300)


@pytest.mark.parametrize(("beta1", "with_slope_0"), [("9/10", True), ("0", False)])
def test_exact_top_is_climbed_as_the_slope_there_says(beta1, with_slope_0):
    """At h = h_max exactly: slope −1 passes, slope +1 does not, 0 only with momentum (Lemma 3)."""
    problem = Problem(beta1=Fraction(beta1))
    top = float(max(fraction_trajectory(problem, 100)))
    for at_top, passes in ((0, with_slope_0), (-1, True), (1, False)):

        def slope(x, at_top=at_top):
            return at_top if abs(x - top) < 1e-12 else bump_slope(x, 1, top - 1)

        steps = islice(simulator.adam_steps(problem, slope), 500)
        assert any(step.x > top + 1e-6 for step in steps) is passes


def test_the_peaks_come_to_their_limit_as_lemma_5_says():
    """The lemma's K_j and its error, from the slopes of a 60-digit simulation alone."""
    problem, start, period, end = Problem(), 120, 20, 1_500
    with localcontext(prec=120):
        a, beta, distance = map(as_decimal, (problem.step, problem.beta1, problem.distance))
        positions = [Decimal(0), *decimal_trajectory(problem, end)]
        slopes = [0] + [-1 if x < distance else 1 for x in positions]  # that of step i at i
        assert slopes[start + 1 : start + 400] == slopes[start + 1 + period : start + 400 + period]
        m = Decimal(0)
        for i in range(1, start + 1):
            m = beta * m + (1 - beta) * slopes[i]
        # m*: the same recursion, so long after that its beginning is forgotten.
        cycle, moments = slopes[start + 1 : start + 1 + period], [Decimal(0)]
        for i in range(200 * period):
            moments.append(beta * moments[-1] + (1 - beta) * cycle[i % period])
        moments = moments[-period - 1 :]  # m*_T … m*_{T+p}
        d = m - moments[0]
        for j in range(period):
            tail = sum(moments[(j + k) % period] * beta**k for k in range(1, 2_000))
            K = d / beta**start * beta / (1 - beta) + tail
            limit = positions[start + j + period * ((end - start - j) // period)]
            for s in range(start + j, start + j + 5 * period, period):
                error = a * beta ** (2 * s) * (1 + abs(d) / beta**start) * beta**2
                error /= (1 - beta**2) * (1 - beta ** (s + 1))
                assert abs(limit - positions[s] + a * beta**s * K) <= error


def test_formulas_equal_the_recursion_symbolically():
    """rsolve's phases, unrolled from sympy's own recursion for j = 1 … 6."""
    m, v = closed_form.phase()
    b1, b2, g = closed_form.beta1, closed_form.beta2, closed_form.slope
    first, second = closed_form.first, closed_form.second
    for steps in range(1, 7):
        first, second = b1 * first + (1 - b1) * g, b2 * second + (1 - b2) * g**2
        assert sp.expand(first - m.subs(closed_form.j, steps)) == 0
        assert sp.expand(second - v.subs(closed_form.j, steps)) == 0


def moment(beta: Fraction, gradients: list[int]) -> Fraction:
    """Return Σ (1 − β)·β^(t−s)·g_s, the moment as its definition, not as a recursion."""
    t = len(gradients)
    terms = ((1 - beta) * beta ** (t - s) * g for s, g in enumerate(gradients, start=1))
    return sum(terms, start=Fraction(0))


@pytest.mark.parametrize("beta1", [Fraction(1, 7), Fraction(1, 2), Fraction(9, 10)])
@pytest.mark.parametrize("beta2", [Fraction(1, 3), Fraction(999, 1000)])
@pytest.mark.parametrize("n", [1, 4, 9])
@pytest.mark.parametrize("k", [1, 2, 7])
def test_formulas_of_the_moments_equal_their_definition(beta1, beta2, n, k):
    down, up = [-1] * n, [1] * k
    expected = {
        "downhill": (down, {"t": n}),
        "after k steps up": (down + up, {"k": k}),
        "on the kink": ([*down, 0], {}),
        "after the kink and k steps up": ([*down, 0, *up], {"k": k}),
    }
    for where, (gradients, more) in expected.items():
        first, second = moment(beta1, gradients), moment(beta2, [g * g for g in gradients])
        t = len(gradients)
        exact = {
            "m": first,
            "v": second,
            "m_hat": first / (1 - beta1**t),
            "v_hat": second / (1 - beta2**t),
        }
        numbers = {closed_form.beta1: beta1, closed_form.beta2: beta2, closed_form.n: n}
        numbers |= {getattr(closed_form, name): value for name, value in more.items()}
        for letter, value in exact.items():
            suffix = "_t" if where == "downhill" else ""
            formula = closed_form.formulas()[f"{letter}{suffix} {where}"]
            assert formula.subs(numbers) == sp.Rational(value.numerator, value.denominator)


@pytest.mark.parametrize(
    "beta1", [Fraction(1, 7), Fraction(1, 2), Fraction(9, 10), Fraction(49, 50)]
)
@pytest.mark.parametrize(
    "alpha", [Fraction(3, 10), Fraction(3, 4), Fraction(7, 23), Fraction(2, 37)]
)
@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(1, 9)])
def test_formulas_of_the_climb_equal_a_plain_loop(alpha, beta1, epsilon):
    problem = Problem(alpha, beta1, Fraction(99, 100), epsilon, Fraction(1))
    n = problem.downhill_steps
    numbers = {
        closed_form.alpha: sp.Rational(alpha),
        closed_form.beta1: sp.Rational(beta1),
        closed_form.epsilon: sp.Rational(epsilon),
        closed_form.distance: 1,
        closed_form.n: n,
    }
    formulas = closed_form.formulas()
    turning = int(formulas["uphill steps before turning back"].subs(numbers))
    positions = fraction_trajectory(problem, n + turning + 1)
    forward = [b > a for a, b in pairwise(positions)]
    assert forward == [True] * (n + turning - 1) + [False]
    for k in range(1, turning + 1):
        value = formulas["x after k steps up"].subs(numbers | {closed_form.k: k}).doit()
        assert value == sp.Rational(positions[n + k - 1])
    height = formulas["height of the first excursion"].subs(numbers | {closed_form.k: turning})
    assert height.doit() == sp.Rational(max(positions) - 1)
    evaluated = closed_form.height(problem, [-1] * n + [1] * turning)
    assert float(evaluated) == pytest.approx(float(max(positions) - 1), rel=1e-15)


@pytest.mark.parametrize("beta1", [Fraction(0), Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)])
def test_first_excursion_is_evaluated(beta1):
    problem = Problem(beta1=beta1)
    n, turning, height = closed_form.first_excursion(problem)
    positions = fraction_trajectory(problem, n + turning + 1)
    assert positions[n + turning] <= positions[n + turning - 1]
    assert float(height) == pytest.approx(float(positions[n + turning - 1] - 1), rel=1e-15)


@pytest.mark.parametrize("beta1", [Fraction(1, 7), Fraction(9, 10), Fraction(99, 100)])
@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(1, 20)])
def test_formulas_of_a_tie_equal_a_60_digit_loop(beta1, epsilon):
    problem = Problem(Fraction(1, 4), beta1, Fraction(9, 10), epsilon, 4 / (4 * (1 + epsilon)))
    n, turning, height = closed_form.first_excursion(problem)
    minimum = as_decimal(problem.distance)
    heights = [float(x - minimum) for x in decimal_trajectory(problem, n + turning + 2)]
    assert n == 4
    assert heights[n + turning + 1] < heights[n + turning] > heights[n + turning - 1]
    assert float(height) == pytest.approx(heights[n + turning], rel=1e-12)
    values = {
        closed_form.alpha: problem.alpha,
        closed_form.beta1: beta1,
        closed_form.beta2: problem.beta2,
        closed_form.epsilon: epsilon,
        closed_form.distance: problem.distance,
        closed_form.n: n,
        closed_form.k: turning,
    }
    formula = closed_form.formulas()["height of the first excursion, after the kink"]
    assert float(formula.subs(values).doit().evalf(30)) == pytest.approx(float(height), rel=1e-12)


def test_long_cycles_with_repeating_words_are_found():
    """The last slopes repeat with period 8 for a while; the cycle has length 290."""
    problem = Problem(
        Fraction("0.951"), Fraction("0.985"), Fraction("0.65"), Fraction(1, 2), Fraction("0.184")
    )
    found = certified(problem)
    assert (found.cycle_length, found.step) == (290, 1)


def test_a_tie_far_out_is_decided_exactly():
    found = certified(Problem(alpha=Fraction(1, 2500)))
    assert found.slopes.count(0) == 1
    assert found.slopes[2500] == 0


def test_tiny_beta1_is_decided_at_a_higher_precision():
    found = certified(Problem(beta1=Fraction(1, 10**5)))
    assert found.attained is False
    assert found.upper - found.lower < Fraction(1, 10**14)


def test_near_ties_leave_out_the_floats_where_they_cannot_tell():
    near = solved(Problem(alpha=Fraction("0.33333333333")))
    assert near.agrees
    assert set(near.methods.known()) == {"closed_form", "exact", "bisection", "torch_adam"}
    nearer = solved(Problem(alpha=Fraction("0.3333333333333333")))
    assert nearer.agrees
    assert set(nearer.methods.known()) == {"closed_form", "exact"}


def test_huge_fractions_are_left_out():
    answer = solved(Problem(Fraction("0.0011"), Fraction("0.999")))
    assert answer.agrees
    assert answer.supremum.attained
    assert answer.exact is None


def test_answers_do_not_depend_on_the_unit_of_length():
    """L and α scaled alike scale the height; the tolerances scale with them."""
    scale = Fraction(1, 10**13)
    small = solved(Problem(alpha=Fraction(3, 10) * scale, distance=scale))
    assert small.exact == (max(fraction_trajectory(Problem(), 100)) - 1) * scale
    assert small.agrees
    assert small.tolerance < 1e-24


def test_slope_at_the_kink_decides_a_tie():
    """L = 1 = 4·α: the three conventions at L give three different first excursions."""
    problem = Problem(Fraction(1, 4), Fraction(9, 10), Fraction(999, 1000))
    heights = [
        float(max(decimal_trajectory(problem, 40, at_kink=slope))) - 1 for slope in (-1, 0, 1)
    ]
    assert heights[0] > heights[1] > heights[2]
    found = certified(problem)
    assert float(found.lower) == pytest.approx(heights[1], rel=1e-15)
    assert found.step is not None
    assert exact_height(problem, found.step) is None  # √v̂ is irrational after the kink


def test_rational_root_after_the_kink_keeps_the_height_exact():
    """One step down, one on the kink, β₂ = 1/3: v̂ = β₂/(1 + β₂) = 1/4 and √v̂ = 1/2."""
    problem = Problem(Fraction(1), Fraction(1, 2), Fraction(1, 3))
    assert certified(problem).step == 2
    # m̂₂ = −β₁/(1 + β₁) = −1/3, so that x₂ = 1 + (1/3)/(1/2).
    assert exact_height(problem, 2) == Fraction(2, 3)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"alpha": Fraction(0)}, "--lr"),
        ({"beta1": Fraction(1)}, "--beta1"),
        ({"beta2": Fraction(-1, 10)}, "--beta2"),
        ({"epsilon": Fraction(-1)}, "--eps"),
        ({"distance": Fraction(0)}, "--distance"),
    ],
)
def test_parameters_outside_their_range_are_refused(changed, words):
    with pytest.raises(BadInput, match=words):
        Problem(**changed)


def test_adam_that_divides_by_zero_is_refused():
    for beta1 in (Fraction(0), Fraction(9, 10)):
        problem = Problem(Fraction(1, 4), beta1, Fraction(0))
        with pytest.raises(BadInput, match="divide by zero"):
            supremum(problem)


def test_budget_that_ends_too_early_gives_a_lower_bound_and_no_guess():
    half = Fraction(1, 2)
    found = supremum(Problem(), max_steps=20)
    assert isinstance(found, Unproved)
    assert float(found.lower) == pytest.approx(float(max(fraction_trajectory(Problem(), 20)) - 1))
    assert "20 steps" in found.reason
    with pytest.raises(BadInput, match="not certified"):
        certified(Problem(Fraction(1, 50), Fraction(1, 100), Fraction("0.998001"), distance=half))
    with pytest.raises(BadInput, match="budget"):
        supremum(Problem(alpha=Fraction(1, 10**9)))
