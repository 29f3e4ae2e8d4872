"""The vectorised map and the other optimizers against the certificate and exact loops."""

import inspect
from fractions import Fraction
from random import Random

import pytest
import torch
from q1_reference import fraction_trajectory

from q1_bump.adam import closed_form
from q1_bump.adam.certificate import certified
from q1_bump.adam.grid import Grid, HeightMap, max_heights
from q1_bump.optimizers.table import NOT_APPLICABLE, OPTIMIZERS
from q1_bump.optimizers.torch_classes import optimizer_height, valley_trajectory
from q1_bump.problem import Problem
from shared.errors import BadInput


def map_of(problems: list[Problem], beta2: float = 0.999, eps: float = 0.0) -> HeightMap:
    """Return the map at a list of points."""
    grid = Grid(
        torch.tensor([float(p.alpha) for p in problems], dtype=torch.float64),
        torch.tensor([float(p.beta1) for p in problems], dtype=torch.float64),
        torch.tensor([float(p.distance) for p in problems], dtype=torch.float64),
    )
    return max_heights(grid, beta2, eps)


@pytest.mark.parametrize("eps", [Fraction(0), Fraction(1, 20)])
def test_map_equals_the_certified_heights(eps):
    random = Random(3)
    problems = [
        Problem(
            Fraction(random.randint(20, 990), 1000),
            Fraction(random.randint(0, 990), 1000),
            Fraction(999, 1000),
            eps,
            Fraction(random.randint(200, 3001), 1001),
        )
        for _ in range(300)
    ]
    heights = map_of(problems, eps=float(eps))
    for problem, height, first in zip(problems, heights.height, heights.first, strict=True):
        assert height.item() == pytest.approx(float(certified(problem).lower), abs=1e-10)
        assert first.item() <= height.item() + 1e-12


def test_map_meets_ties_as_the_certificate_does():
    problems = [
        Problem(Fraction(1, k), Fraction(b, 100)) for k in (1, 3, 4, 10) for b in (50, 80, 90, 97)
    ]
    for problem, height in zip(problems, map_of(problems).height, strict=True):
        assert height.item() == pytest.approx(float(certified(problem).lower), abs=1e-10)


def test_uphill_steps_and_first_excursion_equal_a_plain_loop():
    for alpha, beta1 in ((0.3, 0.9), (0.7, 0.95), (0.13, 0.5), (0.4, 0.99), (0.6, 0.0)):
        m = x = 0.0
        t = uphill = 0
        while True:
            t += 1
            slope = 1 if x > 1 else -1
            m = beta1 * m + (1 - beta1) * slope
            step = -alpha * m / (1 - beta1**t)
            if step <= 0:
                break
            uphill += slope == 1
            x += step
        heights = map_of([Problem(Fraction(alpha), Fraction(beta1))])
        assert heights.uphill_steps.item() == uphill
        assert heights.first.item() == pytest.approx(x - 1, abs=1e-12)


def test_first_excursion_of_a_tie_equals_the_closed_form():
    problem = Problem(Fraction(1, 4), Fraction(9, 10))
    _, turning, height = closed_form.first_excursion(problem)
    heights = map_of([problem])
    assert heights.uphill_steps.item() == turning > 0
    assert heights.first.item() == pytest.approx(float(height), abs=1e-12)


def test_beta1_that_never_settles_is_refused():
    with pytest.raises(BadInput, match="budget"):
        map_of([Problem(beta1=Fraction(9999999, 10000000))])


def test_every_optimizer_of_this_torch_is_asked_or_explained():
    classes = {
        name
        for name, found in inspect.getmembers(torch.optim, inspect.isclass)
        if issubclass(found, torch.optim.Optimizer)
    }
    asked = {spec.torch_class for spec in OPTIMIZERS.values()}
    assert classes - {"Optimizer"} == asked | set(NOT_APPLICABLE)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_move_towards_the_minimum(name):
    positions = valley_trajectory(name, Problem(), 50)
    assert positions[0] == 0 < positions[1]
    assert all(torch.isfinite(torch.tensor(positions)))


def test_momentum_equals_a_plain_loop():
    x = velocity = 0.0
    for position in valley_trajectory("momentum", Problem(), 200)[1:]:
        velocity = 0.9 * velocity + (1 if x > 1 else -1)
        x -= 0.3 * velocity
        assert position == pytest.approx(x, abs=1e-9)


def test_adagrad_nesterov_and_rmsprop_equal_plain_loops():
    def loop(name: str) -> list[float]:
        x = state = 0.0
        positions = []
        for _ in range(100):
            g = 1 if x > 1 else -1
            if name == "adagrad":
                state += g * g
                x -= 0.3 * g / (state**0.5 + 1e-10)
            elif name == "rmsprop":
                state = 0.99 * state + 0.01 * g * g
                x -= 0.3 * g / (state**0.5 + 1e-8)
            else:
                state = 0.9 * state + g
                x -= 0.3 * (g + 0.9 * state)
            positions.append(x)
        return positions

    for name in ("adagrad", "nesterov", "rmsprop"):
        assert valley_trajectory(name, Problem(), 100)[1:] == pytest.approx(loop(name), abs=1e-8)


def test_an_optimizer_that_divides_by_zero_has_no_height():
    """It meets the kink, v̂ = 0: within the steps that are drawn, and long after them."""
    for alpha in (Fraction(1, 4), Fraction(1, 100)):
        result = optimizer_height("adamax", Problem(alpha, beta2=Fraction(0)))
        assert (result.found, result.height) == (None, None)


def test_heights_are_those_of_the_trajectories_drawn():
    """Gradient descent oscillates up to 4·0.3 = 1.2; Adam's height is that of exact fractions."""
    adam, sgd, adadelta = (optimizer_height(n, Problem()) for n in ("adam", "sgd", "adadelta"))
    exact = max(fraction_trajectory(Problem(), 300)) - 1
    assert adam.exact == exact
    assert max(adam.trajectory) - 1 == pytest.approx(float(exact), abs=1e-12)
    assert sgd.exact == Fraction(1, 5)
    assert max(sgd.trajectory) - 1 == pytest.approx(0.2, abs=1e-12)
    assert (adam.where, sgd.where, adadelta.where) == (
        "at step 6",
        "at step 4",
        "a limit, never reached",
    )
    assert adadelta.exact is None


def test_gradient_descents_height_is_exact_however_late_it_comes():
    result = optimizer_height("sgd", Problem(alpha=Fraction(13, 100000)))
    assert result.exact == 7693 * Fraction(13, 100000) - 1
    assert result.where == "at step 7693"


def test_an_optimizer_that_never_comes_beyond_the_minimum_climbs_nothing():
    """AdamW's decay balances the slope at x = 100."""
    result = optimizer_height("adamw", Problem(Fraction(9, 10), distance=Fraction(101)))
    assert result.height == 0


def test_amsgrad_is_adam_here():
    """v only grows while every slope is ±1, so that its maximum is itself."""
    assert valley_trajectory("amsgrad", Problem(), 300) == pytest.approx(
        valley_trajectory("adam", Problem(), 300), abs=1e-12
    )
