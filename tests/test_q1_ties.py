"""Steps that start exactly on the kink: each lemma of `every_continuation.py`, and the answers."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import islice, pairwise
from random import Random

import pytest
from flint import arb, ctx
from q1_reference import as_decimal, decimal_trajectory

from q1_bump.adam import certificate, every_continuation
from q1_bump.adam.certificate import Supremum, Unproved, certified, supremum
from q1_bump.adam.every_continuation import (
    Branch,
    Node,
    Shadows,
    bound_on_later_positions,
    continuations,
    no_second_tie,
    word_length,
)
from q1_bump.adam.exact import adam_steps, rational
from q1_bump.adam.max_height import solve
from q1_bump.adam.valley import ValleyTrajectory, fraction
from q1_bump.problem import Problem, valley_slope

DIGITS = 60
ROUNDING = Decimal("1e-45")
SLIDING = Problem(Fraction(1, 50), Fraction(1, 100), distance=Fraction(1, 2))
SQUARE = Problem(Fraction(1, 50), Fraction(1, 100), Fraction("0.998001"), distance=Fraction(1, 2))
# β₂ = 0 and this ε: the second step is on the kink, and so is the fourth.
TWO_TIES = Problem(Fraction(9, 2), Fraction(1, 2), Fraction(0), Fraction(7, 2), Fraction(1))

GRAPHS = [
    (SLIDING, 60),
    (SLIDING, 3000),
    (Problem(Fraction(1, 3), Fraction(3, 20), distance=Fraction(1, 3)), 300),  # crosses often
    (Problem(Fraction(2, 5), Fraction(7, 100), Fraction("0.99999"), distance=Fraction(2)), 120),
    (Problem(Fraction(3, 10), Fraction(1, 5), Fraction(0), Fraction(1, 2), Fraction(3, 5)), 25),
    (Problem(Fraction(3, 10), Fraction(1, 4), Fraction(1, 3), Fraction(0), Fraction(3, 5)), 30),
    (TWO_TIES, 30),
]


def ties(count: int, seed: int) -> list[Problem]:
    """Return random ties, half of them with β₁ < 0.3; β₂ is 0, near 1 or anything between."""
    random = Random(seed)
    problems = []
    for i in range(count):
        alpha = Fraction(random.uniform(0.02, 0.99))
        beta1 = Fraction(random.uniform(0.3, 0.99) if i % 2 else random.uniform(0, 0.3))
        near_1 = Fraction(random.choice(["0.98", "0.99", "0.999", "0.99999"]))
        beta2 = (Fraction(0), near_1, near_1, Fraction(random.uniform(0, 1)))[i // 2 % 4]
        epsilon = Fraction(random.randint(1, 100), 1000) if beta2 == 0 or i % 5 == 0 else 0
        distance = alpha / (1 + epsilon) * random.choice([1, 2, 3, 5, 8, 30])
        problems.append(Problem(alpha, beta1, beta2, Fraction(epsilon), distance))
    return problems


def as_exact_decimal(value: arb) -> Decimal:
    return as_decimal(fraction(value))


def test_every_tie_is_certified_and_right():
    """60-digit simulations of 160 ties, thousands of steps beyond the answer."""
    without_cycle = 0
    for problem in ties(160, seed=1):
        found = supremum(problem)
        assert isinstance(found, Supremum), problem
        without_cycle += found.cycle_length is None
        positions = decimal_trajectory(problem, found.horizon + 2000, DIGITS)
        with localcontext(prec=DIGITS):
            greatest = max(positions) - as_decimal(problem.distance)
            assert as_decimal(found.lower) - ROUNDING <= greatest, problem
            assert greatest <= as_decimal(found.upper) + ROUNDING, problem
            assert found.upper - found.lower <= Fraction(1, 10**12)
            if found.attained:
                assert found.step == 1 + positions.index(max(positions)), problem
    assert without_cycle > 20


@pytest.mark.parametrize("problem", [SLIDING, *(problem for problem, _ in GRAPHS[2:4])])
def test_ties_without_a_cycle_agree_with_every_method(problem):
    found = certified(problem)
    assert found.cycle_length is None
    assert "however the slopes go on" in found.reason
    assert found.slopes_until(found.horizon) == found.slopes[: found.step]
    answer = solve(problem, found)
    assert len(answer.methods.known()) == 4
    assert answer.agrees


def test_four_methods_agree_on_ties_with_beta2_from_0_to_near_1():
    for problem in ties(60, seed=3):
        answer = solve(problem, certified(problem))
        assert answer.disagreement < answer.tolerance <= 1e-9, answer


@pytest.mark.parametrize("beta2", ["0.9999", "0.99999", "0.9999999"])
@pytest.mark.parametrize("alpha", [Fraction(1, 3), Fraction(1, 10)])
def test_doubles_meet_the_kink_with_beta2_near_1(beta2, alpha):
    problem = Problem(alpha, Fraction(9, 10), Fraction(beta2))
    answer = solve(problem, certified(problem))
    assert answer.methods.bisection == pytest.approx(answer.h_max, abs=1e-10)
    assert answer.methods.torch_adam == pytest.approx(answer.h_max, abs=1e-10)
    assert answer.agrees


def crossings(problem: Problem, steps: range) -> list[int]:
    """Return the steps at which the slopes leave the pattern − − + +, by a 60-digit simulation."""
    positions = decimal_trajectory(problem, steps.stop, DIGITS)
    with localcontext(prec=DIGITS):
        distance = as_decimal(problem.distance)
        above = [x > distance for x in positions[steps.start :]]
    repeated = [i for i, (one, two) in enumerate(pairwise(above)) if one == two]
    return [i for i, j in pairwise(repeated) if j - i > 2]


def test_after_a_tie_the_kink_is_crossed_at_a_steady_rate_without_a_short_period():
    problem, _ = GRAPHS[3]
    times = crossings(problem, range(1000, 7000))
    first, second = (sum(half * 3000 <= t < half * 3000 + 3000 for t in times) for half in (0, 1))
    assert min(first, second) > 100
    assert abs(first - second) <= 3
    between = [b - a for a, b in pairwise(times)]
    assert not any(between[period:] == between[:-period] for period in range(1, 100))


@pytest.mark.parametrize(("beta1", "period"), [("0.06", 18), ("0.07", 60), ("0.1", 44)])
def test_a_late_cycle_keeps_a_distance_of_its_memory_from_the_kink(beta1, period):
    """About β₁^p, which a simulation in 200 digits confirms."""
    problem = Problem(Fraction(1, 5), Fraction(beta1), Fraction("0.98"))
    found = certified(problem)
    assert found.cycle_length == period
    assert len(found.slopes) > 1000
    assert 1e-6 < found.clearance / float(beta1) ** period < 1e6
    steps = len(found.slopes) + 1000
    positions = [Decimal(0), *decimal_trajectory(problem, steps, digits=200)]
    slopes = [1 if x > 1 else -1 for x in positions[:steps]]
    slopes[problem.downhill_steps] = 0
    assert found.slopes_until(steps) == tuple(slopes)
    assert 1 + positions[1:].index(max(positions)) == found.step


class Simulated:
    """A 60-digit simulation: the positions x_t and first moments m_t, from t = 0."""

    def __init__(self, problem: Problem, steps: int):
        self.x = [Decimal(0), *decimal_trajectory(problem, steps, DIGITS)]
        self.m = [Decimal(0)]
        self.slopes = []
        with localcontext(prec=DIGITS):
            distance, beta1 = as_decimal(problem.distance), as_decimal(problem.beta1)
            for x in self.x[:-1]:
                gap = x - distance
                self.slopes.append(0 if abs(gap) < Decimal("1e-30") else 1 if gap > 0 else -1)
                self.m.append(beta1 * self.m[-1] + (1 - beta1) * self.slopes[-1])


def trajectory_until(problem: Problem, step: int) -> ValleyTrajectory:
    trajectory = ValleyTrajectory(problem)
    trajectory.advance(step)
    return trajectory


def graph_from(trajectory: ValleyTrajectory) -> tuple[Shadows, dict[Node, Branch]]:
    """Return the shadows and the graph of a trajectory that is known to have one."""
    length = word_length(trajectory)
    assert length is not None
    shadows = Shadows(trajectory, length)
    reached = continuations(shadows)
    assert reached is not None
    return shadows, reached


@pytest.mark.parametrize(("problem", "last"), GRAPHS)
def test_trajectory_follows_the_graph_of_continuations(problem, last):
    """For 1,500 steps: its nodes, the shadows there, the drift from them and the slopes."""
    real = Simulated(problem, last + 1500)
    with ctx.workprec(256), localcontext(prec=DIGITS):
        trajectory = trajectory_until(problem, last)
        shadows, reached = graph_from(trajectory)
        step, shadow, node = as_decimal(problem.step), real.x[last], shadows.start
        for t in range(last, last + 1500):
            branch = reached[node]
            assert as_exact_decimal(branch.shadow.lower()) - ROUNDING <= shadow
            assert shadow <= as_exact_decimal(branch.shadow.upper()) + ROUNDING
            drift = real.x[t] - shadow
            assert as_exact_decimal(shadows.fall.lower()) <= drift
            assert drift <= as_exact_decimal(shadows.rise.upper())
            assert real.slopes[t] in branch.slopes
            node = node.after(real.slopes[t])
            shadow -= step * real.m[t + 1]
        bound = bound_on_later_positions(trajectory)
        assert bound is not None
        assert max(real.x[last:]) <= as_exact_decimal(bound)


@pytest.mark.parametrize(("problem", "last"), GRAPHS)
def test_graph_is_closed_and_stays_in_the_band(problem, last):
    with ctx.workprec(256):
        shadows, reached = graph_from(trajectory_until(problem, last))
        for node, (shadow, slopes) in reached.items():
            assert shadows.low < shadow < shadows.high
            assert slopes
            assert all(node.after(slope) in reached for slope in slopes)


@pytest.mark.parametrize("side", ["low", "high"])
def test_shadows_that_leave_the_band_prove_nothing(side):
    """The drift is bounded only as long as they stay in it."""
    with ctx.workprec(256):
        trajectory = trajectory_until(SLIDING, 60)
        shadows, _ = graph_from(trajectory)
        setattr(shadows, side, trajectory.distance)
        assert continuations(shadows) is None


@pytest.mark.parametrize("target", [Fraction(-6, 5), Fraction(0), Fraction(6, 5)])
@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(1, 10)])
def test_drift_bound_holds_for_slopes_that_no_loss_has(target, epsilon):
    """Lemma 6 allows any slopes that keep the shadow in the band. These make the drift large."""
    problem = Problem(Fraction(1, 5), Fraction(1, 20), Fraction(99, 100), epsilon, Fraction(1))
    problem = Problem(problem.alpha, problem.beta1, problem.beta2, epsilon, 5 * problem.step)
    last, steps = 8, 1200
    with ctx.workprec(256), localcontext(prec=DIGITS):
        trajectory = trajectory_until(problem, last)
        assert trajectory.kink_steps == [6]
        shadows = Shadows(trajectory, 8)
        beta1, beta2 = as_decimal(problem.beta1), as_decimal(problem.beta2)
        alpha, eps, a = map(as_decimal, (problem.alpha, problem.epsilon, problem.step))
        real = Simulated(problem, last)
        aim = as_decimal(problem.distance + target * problem.step)
        x = shadow = real.x[last]
        m, node = real.m[last], shadows.start
        v = 1 - beta2**last - (1 - beta2) * beta2 ** (last - 6)
        largest = Decimal(0)
        for t in range(last + 1, last + steps):
            slope = 1 if shadow > aim else -1
            m, v = beta1 * m + (1 - beta1) * slope, beta2 * v + 1 - beta2
            x -= alpha * m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + eps)
            shadow -= a * m
            node = node.after(slope)
            assert shadows.low < shadows.at(node) < shadows.high
            assert abs(as_exact_decimal(shadows.at(node).mid()) - shadow) < Decimal("1e-10")
            assert as_exact_decimal(shadows.fall.lower()) <= x - shadow
            assert x - shadow <= as_exact_decimal(shadows.rise.upper())
            largest = max(largest, abs(x - shadow))
        if target:  # no bound of half the size would do
            bound = shadows.rise if target > 0 else -shadows.fall
            assert largest > as_exact_decimal(bound.mid()) / 2


def power_of(prime: int, value: Fraction) -> int:
    """Return the exponent of `prime` in a fraction."""
    power, (up, down) = 0, value.as_integer_ratio()
    while up % prime == 0:
        up, power = up // prime, power + 1
    while down % prime == 0:
        down, power = down // prime, power - 1
    return power


@pytest.mark.parametrize(
    ("beta2", "prime"), [("999/1000", 37), ("999/1000", 3), ("99/100", 11), ("2/3", 2), ("8/9", 2)]
)
@pytest.mark.parametrize("k", [2, 3, 7, 26])
def test_lemma_7_a_prime_divides_only_the_second_moment_on_the_kink(beta2, prime, k):
    """To an odd power, by Adam's recursion in fractions."""
    beta2, v = Fraction(beta2), Fraction(0)
    for t in range(1, k + 60):
        v = beta2 * v + (1 - beta2) * (t != k)
        power = power_of(prime, v / (1 - beta2**t))
        assert power == (power_of(prime, beta2) if t == k else 0)
    assert power_of(prime, beta2) % 2 == 1


def test_lemma_7_speaks_only_where_its_conditions_hold():
    with ctx.workprec(256):
        assert no_second_tie(trajectory_until(SLIDING, 40))
        assert not no_second_tie(trajectory_until(SLIDING, 20))  # no tie yet
        assert not no_second_tie(trajectory_until(SQUARE, 40))
        assert not no_second_tie(trajectory_until(TWO_TIES, 3))  # the second is to come
        assert not no_second_tie(trajectory_until(TWO_TIES, 10))
        for field, value in (("kink_steps", [26, 30]), ("m", [arb(0)] * 41)):
            trajectory = trajectory_until(SLIDING, 40)
            setattr(trajectory, field, value)
            assert not no_second_tie(trajectory)


def test_the_kink_is_met_again_where_all_is_rational():
    steps = list(islice(adam_steps(TWO_TIES, lambda x: valley_slope(x, 1)), 12))
    assert [step.t for step in steps if step.gradient == 0] == [2, 4]
    found = certified(TWO_TIES)
    assert [t for t, slope in enumerate(found.slopes, start=1) if slope == 0] == [2, 4]
    answer = solve(TWO_TIES, found)
    assert answer.exact == Fraction(3, 7)
    assert max(step.x for step in steps) - 1 == rational(Fraction(3, 7))
    assert len(answer.methods.known()) == 4
    assert answer.agrees


def test_without_lemma_7_there_is_no_certificate_and_no_guess(monkeypatch):
    """β₂ = 0.999²: a second tie is not ruled out, and every look finds the kink too near."""
    found = supremum(SQUARE, max_steps=3000)
    assert isinstance(found, Unproved)
    assert "second one is not ruled out" in found.reason
    greatest = max(decimal_trajectory(SQUARE, 3000)) - Decimal("0.5")
    assert float(found.lower) == pytest.approx(float(greatest), rel=1e-15)
    monkeypatch.setattr(every_continuation, "no_second_tie", lambda _: True)
    assert isinstance(supremum(SQUARE, max_steps=3000), Supremum)


def test_both_certificates_give_the_same_answer(monkeypatch):
    """Where a cycle is proved later, it says the same as the bound without one."""
    compared = 0
    for problem in ties(80, seed=2):
        found = certified(problem)
        if found.cycle_length is None:
            with monkeypatch.context() as patch:
                patch.setattr(certificate, "_without_cycle", lambda _: None)
                by_cycle = supremum(problem, max_steps=2000)
            if isinstance(by_cycle, Supremum):
                compared += 1
                assert (by_cycle.step, by_cycle.attained) == (found.step, True)
                assert max(by_cycle.lower, found.lower) <= min(by_cycle.upper, found.upper)
    assert compared >= 3


def test_a_word_too_long_is_not_looked_for():
    with ctx.workprec(256):
        trajectory = trajectory_until(Problem(Fraction(1, 4), Fraction(97, 100)), 400)
        assert trajectory.kink_steps
        assert word_length(trajectory) is None
        assert bound_on_later_positions(trajectory) is None


@pytest.mark.parametrize("beta1", [Fraction(1, 10**12), Fraction(1, 10**400)])
def test_a_tiny_beta1_is_certified(beta1):
    found = certified(Problem(Fraction(1, 5), beta1))
    assert found.attained
    assert found.step is not None
