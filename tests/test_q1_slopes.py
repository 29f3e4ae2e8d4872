"""Bumps with slopes of their own, against plain loops, torch and 40-digit simulations."""

import json
import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
import torch
from helpers import assert_one_line_error, run_here, run_well
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from q1_reference import as_decimal

from q1_bump.adam.certificate import Unproved, supremum
from q1_bump.descent import overshoot, sloped_overshoot
from q1_bump.problem import Problem, Slopes
from q1_bump.slopes.crossings import Side, highest_after_crossing, visit
from q1_bump.slopes.fixed_width import Switch, climbs_height, find_switch, passes_at_once
from q1_bump.slopes.height import SlopedHeight, sloped_height
from q1_bump.slopes.reachable import highest_later_position
from q1_bump.slopes.second_moment import (
    Interval,
    Settings,
    State,
    kappa,
    scaled_position,
    second_moment,
)
from shared.errors import BadInput

STEPS = 25_000  # beyond the horizon of the proofs below


def fractions(low: str, high: str, denominator: int = 1000) -> st.SearchStrategy[Fraction]:
    return st.fractions(Fraction(low), Fraction(high), max_denominator=denominator)


def adam_in_floats(problem: Problem, slopes: Slopes, steps: int):
    """Yield x, m, v and whether the step started on the uphill side, by a plain loop."""
    alpha, beta1, beta2, epsilon, distance = map(
        float, (problem.alpha, problem.beta1, problem.beta2, problem.epsilon, problem.distance)
    )
    down, up = float(slopes.downhill), float(slopes.uphill)
    x = m = v = 0.0
    for t in range(1, steps + 1):
        on_bump = x > distance
        g = up if on_bump else -down
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        x -= alpha * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
        yield x, m, v, on_bump


def greatest_overshoot_in_decimals(problem: Problem, slopes: Slopes, steps: int) -> Decimal:
    """Return the greatest x_t − L, by a plain loop with 40 digits."""
    with localcontext(prec=40):
        alpha, beta1, beta2 = map(as_decimal, (problem.alpha, problem.beta1, problem.beta2))
        epsilon, distance = as_decimal(problem.epsilon), as_decimal(problem.distance)
        down, up = as_decimal(slopes.downhill), as_decimal(slopes.uphill)
        x = m = v = greatest = Decimal(0)
        power1 = power2 = Decimal(1)
        for _ in range(steps):
            g = up if x > distance else -down
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g * g
            power1, power2 = power1 * beta1, power2 * beta2
            x -= alpha * (m / (1 - power1)) / ((v / (1 - power2)).sqrt() + epsilon)
            greatest = max(greatest, x - distance)
        return greatest


# α, β₁, s₁: a first excursion that is never exceeded, a later one, and one that is only enclosed.
CASES = [("3/10", "9/10", "2"), ("41/400", "729/1000", "2009/1000"), ("67/200", "1/2", "47/100")]


@pytest.mark.parametrize(("alpha", "beta1", "uphill"), CASES)
def test_the_height_holds_over_a_long_simulation(alpha, beta1, uphill):
    problem = Problem(Fraction(alpha), Fraction(beta1))
    slopes = Slopes(uphill=Fraction(uphill))
    found = sloped_height(problem, slopes)
    assert isinstance(found, SlopedHeight)
    met = as_fraction(greatest_overshoot_in_decimals(problem, slopes, STEPS)) * slopes.uphill
    assert met <= found.upper + Fraction(1, 10**25)
    assert met >= found.lower - Fraction(1, 10**25)
    assert found.upper - found.lower < problem.alpha * slopes.uphill / 250
    if found.attained:
        assert abs(met - found.lower) < Fraction(1, 10**25)


def as_fraction(value: Decimal) -> Fraction:
    return Fraction(value)


@settings(max_examples=25)
@given(
    fractions("1/50", "1"),
    fractions("0", "9/10"),
    fractions("2/5", "5/2"),
    st.sampled_from([Fraction(0), Fraction(1, 100)]),
)
def test_no_simulated_position_exceeds_the_bound(alpha, beta1, uphill, epsilon):
    problem, slopes = Problem(alpha, beta1, epsilon=epsilon), Slopes(uphill=uphill)
    assume(problem.distance % problem.step)  # doubles would miss the kink
    found = sloped_height(problem, slopes)
    assert isinstance(found, SlopedHeight)
    greatest = max(x for x, *_ in adam_in_floats(problem, slopes, 20_000))
    height = (greatest - float(problem.distance)) * float(uphill)
    assert height <= float(found.upper) + 1e-9
    if found.attained:
        assert height == pytest.approx(float(found.lower), abs=1e-9)


def test_heights_just_below_are_climbed_and_just_above_are_not():
    problem, slopes = Problem(), Slopes(Fraction(1), Fraction(2), Fraction(1, 2))
    found = sloped_height(problem, slopes)
    assert isinstance(found, SlopedHeight)
    assert found.attained
    for factor, climbs in ((0.999, True), (1.001, False)):
        top = 1 + factor * float(found.lower) / 2
        x = m = v = 0.0
        for t in range(1, 3000):
            g = -1.0 if x < 1 else 2.0 if x < top else -0.5
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            x -= 0.3 * (m / (1 - 0.9**t)) / math.sqrt(v / (1 - 0.999**t))
        assert (x > top) is climbs


def test_torch_adam_climbs_as_high():
    problem, slopes = Problem(), Slopes(uphill=Fraction(2))
    found = sloped_height(problem, slopes)
    assert isinstance(found, SlopedHeight)
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.3, betas=(0.9, 0.999), eps=0)
    highest = 0.0
    for _ in range(2_000):
        optimizer.zero_grad()
        loss = torch.where(x > 1, 2 * (x - 1), 1 - x).sum()
        loss.backward()
        optimizer.step()
        highest = max(highest, x.item() - 1)
    assert float(found.lower) == pytest.approx(2 * highest, abs=1e-12)


@pytest.mark.parametrize("factor", [Fraction(7, 3), Fraction(1, 10**12), Fraction(10**400)])
def test_a_common_factor_of_the_slopes_scales_the_height_alone(factor):
    one = sloped_height(Problem(), Slopes(Fraction(1), Fraction(3, 2)))
    other = sloped_height(Problem(), Slopes(factor, factor * Fraction(3, 2)))
    assert isinstance(one, SlopedHeight)
    assert isinstance(other, SlopedHeight)
    assert one.step == other.step
    assert float(other.lower / factor) == pytest.approx(float(one.lower), rel=1e-12)


def test_equal_slopes_are_the_assignments_bump_scaled():
    found = sloped_height(Problem(epsilon=Fraction(1, 10)), Slopes(Fraction(5), Fraction(5)))
    assert isinstance(found, SlopedHeight)
    scaled = supremum(Problem(epsilon=Fraction(1, 50)))
    assert found.lower == 5 * scaled.lower
    simulated = adam_in_floats(
        Problem(epsilon=Fraction(1, 10)), Slopes(Fraction(5), Fraction(5)), 500
    )
    assert float(found.lower) == pytest.approx(5 * (max(x for x, *_ in simulated) - 1), abs=1e-9)


def test_a_tie_on_the_way_down_is_exact():
    """With L = 4 steps of α·s₀/(s₀ + ε), step 5 starts on the kink, with slope 0."""
    problem = Problem(Fraction(3, 8), epsilon=Fraction(1), distance=Fraction(1))
    found = sloped_height(problem, Slopes(Fraction(2), Fraction(3)))
    assert isinstance(found, SlopedHeight)
    x = m = v = 0.0
    highest = 0.0
    for t in range(1, 3000):
        g = 0.0 if t == 5 else -2.0 if x < 1 else 3.0
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x -= 0.375 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1)
        highest = max(highest, x - 1)
    assert float(found.lower) == pytest.approx(3 * highest, abs=1e-9)


# The lemmas, each alone


def last_state(problem: Problem, slopes: Slopes, steps: int, more: int):
    """Return the state at the first upward crossing after `steps`, and the (y, m, v) after it."""
    trajectory = list(adam_in_floats(problem, slopes, steps + more))
    distance, alpha = float(problem.distance), float(problem.alpha)
    crossing = next(
        t
        for t in range(steps, len(trajectory))
        if not trajectory[t][3] and trajectory[t][0] > distance
    )
    x, m, v, _ = trajectory[crossing]
    uphill = [on_bump for *_, on_bump in trajectory[: crossing + 1]]
    state = State(crossing + 1, (x - distance) / alpha, m, v, uphill)
    later = [((x - distance) / alpha, m, v) for x, m, v, _ in trajectory[crossing + 1 :]]
    return state, later


LEMMA_CASES = [("9/10", "3/2"), ("1/2", "9/4"), ("0", "2/3"), ("19/20", "4/5")]


@pytest.mark.parametrize(("beta1", "uphill"), LEMMA_CASES)
@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(1, 20)])
def test_coordinates_move_as_lemma_12_says(beta1, uphill, epsilon):
    problem = Problem(Fraction(31, 100), Fraction(beta1), epsilon=epsilon)
    slopes = Slopes(uphill=Fraction(uphill))
    adam = Settings(float(problem.beta1), 0.999, float(epsilon), 1.0, float(slopes.uphill))
    before = None
    for t, (x, m, v, on_bump) in enumerate(adam_in_floats(problem, slopes, 2_000), start=1):
        state = State(t, (x - 1) / 0.31, m, v, ())
        now = scaled_position(adam, state), kappa(adam, state), state.y
        if before:
            g = adam.uphill if on_bump else -adam.downhill
            moved = before[0] - g + (now[1] - before[1]) * before[2]
            assert now[0] == pytest.approx(moved, abs=1e-9)
        assert (x > 1) == (now[0] + adam.lever * m > 0)
        before = now


@pytest.mark.parametrize(("beta1", "uphill"), LEMMA_CASES)
@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(1, 20)])
def test_the_second_moment_stays_within_lemma_13(beta1, uphill, epsilon):
    problem = Problem(Fraction(31, 100), Fraction(beta1), epsilon=epsilon)
    slopes = Slopes(uphill=Fraction(uphill))
    state, later = last_state(problem, slopes, 3_000, 10_000)
    adam = Settings(float(problem.beta1), 0.999, float(epsilon), 1.0, float(slopes.uphill))
    scaled = [
        scaled_position(adam, State(state.t + i, y, m, v, ()))
        for i, (y, m, v) in enumerate(later, start=1)
    ]
    ys = [y for y, _, _ in later]
    moment = second_moment(
        adam,
        state,
        Interval(min(ys) - 0.1, max(ys) + 0.1),
        Interval(min(scaled) - 0.1, max(scaled) + 0.1),
    )
    assert moment is not None
    widest = 0.0
    for Y, (_, _, v) in zip(scaled, later, strict=True):
        values = moment.values_of_v(adam, Interval(Y, Y))
        assert values.low <= v <= values.high
        widest = max(widest, values.high - values.low)
    spread = max(v for _, _, v in later) - min(v for _, _, v in later)
    assert widest < 2 * spread + 0.05  # it says more than that v lies between the squared slopes


@pytest.mark.parametrize(("beta1", "uphill"), LEMMA_CASES)
def test_both_bounds_of_later_positions_hold_and_are_near(beta1, uphill):
    problem = Problem(Fraction(31, 100), Fraction(beta1))
    slopes = Slopes(uphill=Fraction(uphill))
    state, later = last_state(problem, slopes, 12_000, 10_000)
    adam = Settings(float(problem.beta1), 0.999, 0.0, 1.0, float(slopes.uphill))
    ys = [y for y, _, _ in later]
    scaled = [
        scaled_position(adam, State(state.t + i, y, m, v, ()))
        for i, (y, m, v) in enumerate(later, start=1)
    ]
    seen = Interval(min(ys), max(ys)), Interval(min(scaled), max(scaled))
    quick = highest_after_crossing(adam, state, seen)
    fine = highest_later_position(adam, state, seen, 1e-4)
    assert quick is not None
    assert max(ys) <= quick < 3 * max(ys)
    if beta1 != "19/20":  # too many nodes there
        assert fine is not None
        assert max(ys) <= fine < max(ys) + 0.1


@given(st.floats(0.0, 0.95), st.floats(0.3, 3), st.floats(0.5, 1), st.floats(0, 1), st.floats(0, 1))
@example(0.9, 1.0, 1.0, 1.0, 1.0)
def test_no_visit_to_a_side_is_faster_or_farther_than_lemma_15_says(
    beta1, strength, least, speed, place
):
    side, fastest = Side(strength, beta1, least, 1.0), 1.0
    bound = visit(side, fastest)
    assert bound is not None
    m, y, t = -speed * fastest, place * speed * fastest, 0
    farthest = y
    while y > 0:
        m = beta1 * m + (1 - beta1) * strength
        y -= m * (1.0 if t % 3 else least)  # any step length in between is allowed
        farthest, t = max(farthest, y), t + 1
    assert m <= bound.speed + 1e-12
    assert farthest <= bound.distance + 1e-12


# Gradient descent, and a bump of fixed width


@given(
    fractions("1/20", "5", 30),
    fractions("1/12", "40", 12),
    fractions("1/5", "5", 6),
    fractions("1/5", "5", 6),
)
def test_gradient_descents_overshoot_is_that_of_a_loop(alpha, distance, downhill, uphill):
    found = sloped_overshoot(alpha, distance, Slopes(downhill, uphill))
    x, best, at = Fraction(0), Fraction(-1), 0
    # Twice around the circle of (s₀ + s₁)/gcd points, after the way down.
    for t in range(1, math.ceil(distance / alpha / downhill) + 4_000):
        if x == distance:
            break
        x += alpha * downhill if x < distance else -alpha * uphill
        if x >= distance and x - distance > best:
            best, at = x - distance, t
    assert (found.distance, found.step) == (best, at)


def test_with_slopes_of_1_gradient_descent_is_that_of_the_assignment():
    for alpha in (Fraction(3, 10), Fraction(2, 7), Fraction(1, 4)):
        found = sloped_overshoot(alpha, Fraction(1), Slopes())
        assert found.distance == overshoot(alpha, Fraction(1))


def test_gradient_descent_that_rests_too_late_is_refused():
    slopes = Slopes(Fraction(1), Fraction(1, 10**9) + 1)
    with pytest.raises(BadInput, match="simpler numbers"):
        sloped_overshoot(Fraction(1), Fraction(1, 10**9), slopes)


def climbs_in_floats(problem: Problem, half_width: Fraction, height: Fraction) -> bool:
    """Say whether Adam comes past the top of a bump of this half-width within 3,000 steps."""
    alpha, beta1, beta2 = map(float, (problem.alpha, problem.beta1, problem.beta2))
    slope, top = float(height / half_width), float(problem.distance + half_width)
    x = m = v = 0.0
    for t in range(1, 3000):
        g = -1.0 if x < float(problem.distance) else slope if x < top else -slope
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        x -= alpha * (m / (1 - beta1**t)) / math.sqrt(v / (1 - beta2**t))
        if x > top:
            return True
    return False


@pytest.mark.parametrize("half_width", [Fraction(1, 4), Fraction(1)])
def test_of_the_two_heights_at_a_switch_one_is_climbed(half_width):
    found = find_switch(Problem(), half_width, Fraction(1, 500))
    assert found.climbed is not None
    assert found.not_climbed is not None
    assert found.undecided is None
    assert 0 < found.not_climbed - found.climbed <= Fraction(1, 500)
    assert climbs_in_floats(Problem(), half_width, found.climbed)
    assert not climbs_in_floats(Problem(), half_width, found.not_climbed)


@pytest.mark.parametrize(
    ("problem", "half_width", "lower", "higher"),
    [
        (Problem(Fraction(39, 100), Fraction(9, 25)), "21/50", "3/20", "9/40"),
        (Problem(Fraction(61, 100), Fraction(23, 25)), "11/25", "0.368", "0.392"),
    ],
)
def test_a_higher_bump_of_the_same_width_may_be_climbed_where_a_lower_one_is_not(
    problem, half_width, lower, higher
):
    width = Fraction(half_width)
    assert climbs_height(problem, width, Fraction(lower)) is False
    assert climbs_height(problem, width, Fraction(higher)) is True
    assert not climbs_in_floats(problem, width, Fraction(lower))
    assert climbs_in_floats(problem, width, Fraction(higher))


def test_one_step_leads_past_a_narrow_bump():
    assert passes_at_once(Problem(), Fraction(19, 100))  # step 4 leads to L + 1/5
    assert not passes_at_once(Problem(), Fraction(1, 5))
    assert all(climbs_in_floats(Problem(), Fraction(1, 10), Fraction(h)) for h in (1, 100, 10**4))


def test_a_search_that_meets_an_undecided_height_keeps_what_it_has(monkeypatch):
    answers = iter([True, False, None])
    monkeypatch.setattr("q1_bump.slopes.fixed_width.climbs_height", lambda *_: next(answers, None))
    found = find_switch(Problem(), Fraction(3, 4), Fraction(1, 500))
    assert found == Switch(Fraction(1), Fraction(2), Fraction(3, 2))


def test_a_late_tie_can_be_constructed_where_positions_are_rational():
    """What the bounds suppose need not be so: with β₂ = 0 another L turns a late step into a tie.

    L is put where the position that comes nearest to it is. No position before lies between, so
    that all slopes before are the same.
    """
    alpha, beta1, up = Fraction(31, 100), Fraction(1, 2), Fraction(3, 2)

    def positions(distance: Fraction, steps: int) -> list[Fraction]:
        x = m = Fraction(0)
        found = [x]
        for t in range(1, steps + 1):
            g = -1 if x < distance else up if x > distance else 0
            m = beta1 * m + (1 - beta1) * g
            x -= alpha * m / (1 - beta1**t) / abs(g) if g else Fraction(0)
            found.append(x)
        return found

    met = positions(Fraction(1), 150)
    nearest = min(range(100, 150), key=lambda t: abs(met[t] - 1))
    assert all(abs(x - 1) > abs(met[nearest] - 1) for x in met[:nearest])
    moved = positions(met[nearest], nearest)
    assert moved[nearest] == met[nearest]  # this L is met exactly


def test_a_way_back_that_takes_too_long_is_told():
    found = sloped_height(Problem(epsilon=Fraction(1)), Slopes(uphill=Fraction(1, 10**6)))
    assert isinstance(found, Unproved)
    assert "on its way back" in found.reason
    assert found.lower > 0


def test_without_momentum_a_tie_rests():
    problem = Problem(Fraction(1, 4), beta1=Fraction(0))
    found = sloped_height(problem, Slopes(uphill=Fraction(2)))
    assert isinstance(found, SlopedHeight)
    assert (found.lower, found.upper, found.step) == (0, 0, 4)


def test_a_long_memory_is_decided_by_the_speed_of_crossings():
    problem, slopes = Problem(beta1=Fraction(99, 100)), Slopes(uphill=Fraction(2))
    found = sloped_height(problem, slopes)
    greatest = max(x for x, *_ in adam_in_floats(problem, slopes, 30_000))
    assert float(found.lower) == pytest.approx(2 * (greatest - 1), abs=1e-9)
    assert isinstance(found, SlopedHeight)
    assert found.attained


def test_a_height_that_equals_the_answer_is_not_decided():
    """At half-width S and height S the slope is 1, and the top lies just at the supremum."""
    answer = Fraction(2071210444, 5049463055)
    assert climbs_height(Problem(), answer, answer) is None


def test_slopes_must_be_above_0():
    with pytest.raises(BadInput, match="above 0, got 0"):
        Slopes(Fraction(0))


# The command


def test_the_command_prints_the_height_of_a_bump_with_slopes(tmp_path):
    words = ("q1_bump/adam_max_h.py", "--results", str(tmp_path), "--json")
    sloped = (*words, "--slopes", "1", "2", "1/2")
    record = json.loads(run_well(*sloped).stdout)
    kept = json.loads((tmp_path / "sloped_bump.json").read_text())
    assert record == {key: kept[key] for key in record}
    assert (record["attained"], record["step"]) == (True, 5)
    low, high = map(Decimal, record["enclosure"])
    assert low <= Decimal(record["h_max"]) * (1 + Decimal("1e-15"))
    assert 0 < high - low < Decimal("1e-15")
    descent = json.loads(run_well(*sloped, "--optimizer", "sgd").stdout)
    assert descent["h_max"] == 0.4  # 3/10 of a circle of 9/10, from 1 mod 3/10
    fixed_width = json.loads(run_well(*words, "--half-width", "1/4").stdout)
    low, high = (float(Fraction(fixed_width[key])) for key in ("climbed", "not_climbed"))
    assert 0.5473 < low < high < 0.5475
    narrow = json.loads(run_well(*words, "--half-width", "1/10").stdout)
    assert (narrow["every_height"], narrow["climbed"]) == (True, None)


def test_a_start_nearer_to_the_minimum_is_a_smaller_distance(tmp_path):
    words = ("q1_bump/adam_max_h.py", "--results", str(tmp_path), "--json")
    started, nearer = (
        run_well(*words, *more) for more in (("--start", "1/4"), ("--distance", "3/4"))
    )
    assert json.loads(started.stdout) == json.loads(nearer.stdout)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--slopes", "1", "0", "1"], "--slopes must be above 0, got 0"),
        (["--slopes", "1", "2", "1", "--half-width", "1"], "contradict each other"),
        (["--slopes", "1", "2", "1", "--optimizer", "all"], "work with --optimizer adam and sgd"),
        (["--half-width", "1", "--optimizer", "sgd"], "--half-width with adam; got sgd"),
        (["--half-width", "-1"], "--half-width must be above 0"),
        (["--start", "1"], "--start must lie below the minimum at 1, got 1"),
        (["--slopes", "1", "2"], "expected 3 arguments"),
        (["--slopes", "1e-99", "1e99", "1", "--beta2", "0.1"], "more than 1e+12 times the other"),
    ],
)
def test_contradicting_options_are_refused_in_one_line(tmp_path, words, message):
    outcome = run_here("q1_bump/adam_max_h.py", "--results", str(tmp_path / "new"), *words)
    assert_one_line_error(outcome, message)
    assert not (tmp_path / "new").exists()
