"""Gradient descent: the condition for crossing against a plain loop."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from q1_reference import plain_descent

from q1_bump.descent import outcome, overshoot, trajectory
from q1_bump.problem import bump_loss

positive = st.fractions(Fraction(1, 20), 3, max_denominator=30)


@given(positive, positive, positive)
def test_outcome_is_that_of_a_plain_loop(alpha, distance, height):
    end = outcome(alpha, distance, height)
    positions = plain_descent(alpha, distance, height, end.step + 12)
    assert trajectory(alpha, distance, height, end.step + 12) == positions
    if end.kind == "crosses":
        assert positions[end.step] > distance + height >= positions[end.step - 1]
        assert positions[-1] == positions[end.step] + 12 * alpha
        assert height < overshoot(alpha, distance)
    else:
        last = positions[end.step :]
        assert max(positions) <= distance + height
        assert set(last) == set(end.points)
        assert len(end.points) == {"rests": 1, "oscillates": 2}[end.kind]
        bottom = bump_loss(distance, distance, height)
        assert end.heights == tuple(bump_loss(x, distance, height) - bottom for x in end.points)


def test_loss_at_known_points():
    """Down to −L, up to −L + h, down again, symmetric about the top."""
    distance, height = Fraction(1), Fraction(2, 5)
    known = {0: 0, Fraction(1, 2): Fraction(-1, 2), 1: -1, Fraction(6, 5): Fraction(-4, 5)}
    known |= {Fraction(7, 5): Fraction(-3, 5), Fraction(9, 5): -1, 2: Fraction(-6, 5)}
    for x, loss in known.items():
        assert bump_loss(Fraction(x), distance, height) == loss


def test_three_tenths_are_nine_tenths():
    """Exactly on the kink, which 0.3 + 0.3 + 0.3 misses in floats."""
    assert 0.3 + 0.3 + 0.3 != 0.9
    end = outcome(Fraction("0.3"), Fraction("0.9"), Fraction(1))
    assert (end.kind, end.points, end.heights) == ("rests", (Fraction(9, 10),), (0,))
    top = outcome(Fraction("0.3"), Fraction(1), Fraction("0.2"))
    assert (top.kind, top.points) == ("rests", (Fraction(6, 5),))


@pytest.mark.parametrize("height", [Fraction(3, 10), Fraction(1, 2), Fraction(7)])
def test_no_bump_higher_than_the_step_is_crossed(height):
    for numerator in range(1, 60):
        assert outcome(Fraction(3, 10), Fraction(numerator, 17), height).kind != "crosses"
