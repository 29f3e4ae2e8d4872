"""The maximum bump height, found in four ways that must agree."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from itertools import combinations, islice
from typing import NamedTuple

from q1_bump.adam import closed_form, simulator, torch_adam
from q1_bump.adam.certificate import Supremum, Unproved
from q1_bump.adam.exact import AdamStep, Irrational, adam_steps, decimal, rational
from q1_bump.problem import Problem, valley_slope
from q1_bump.records import AdamRecord

TOLERANCE = 1e-12  # of the four ways, at unit scale
MAX_EXACT_BITS = 400_000  # of the denominator of an exact height, or 120,000 digits


class Methods(NamedTuple):
    """The height by method.

    Attributes:
        closed_form: from sympy's formulas, evaluated to 50 digits.
        exact: the exact rational, or the middle of the enclosure where there is none.
        bisection: of h over simulations in doubles; None, as is torch_adam, where the
            trajectory comes so near to the kink that doubles cannot tell the side.
        torch_adam: from torch.optim.Adam.
    """

    closed_form: float
    exact: float
    bisection: float | None = None
    torch_adam: float | None = None

    def known(self) -> dict[str, float]:
        """Return the heights that there are, by method."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Answer(NamedTuple):
    """The maximum height and what each method says of it.

    Attributes:
        h_max: the height as a double.
        exact: the height as an exact rational, where the supremum is attained and rational.
        disagreement: the largest difference between two methods.
        tolerance: what rounding explains: 1e-12 at unit scale, more for long or large
            trajectories and for a β₂ near 1.
    """

    problem: Problem
    supremum: Supremum
    h_max: float
    exact: Fraction | None
    methods: Methods
    disagreement: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether the methods differ by rounding only."""
        return self.disagreement < self.tolerance


def exact_height(problem: Problem, step: int) -> Fraction | None:
    """Return x_t − L at t = `step` in the valley as an exact rational.

    None if it is not rational, or if its denominator, about Π (q^t − p^t) over the steps after
    the descent for β₁ = p/q, would have more than 400,000 bits.
    """
    n, bits = problem.downhill_steps, problem.beta1.denominator.bit_length()
    if bits * (step - n) * (step + n) / 2 > MAX_EXACT_BITS:
        return None
    distance = rational(problem.distance)
    steps = adam_steps(problem, lambda x: valley_slope(x, distance))
    try:
        height = next(islice(steps, step - 1, None)).x - distance
    except Irrational:
        return None
    return Fraction(int(height.p), int(height.q))


def solve(
    problem: Problem, found: Supremum, torch_height: Callable[[], float] | None = None
) -> Answer:
    """Return the maximum height of the bump that Adam climbs, by all methods.

    Args:
        problem: the parameters.
        found: their certified supremum.
        torch_height: returns torch.optim.Adam's result, where it is computed elsewhere.
    """
    exact = None if found.step is None else exact_height(problem, found.step)
    middle = found.middle if exact is None else exact
    slopes = found.slopes_until(found.horizon)
    methods = Methods(float(closed_form.height(problem, slopes)), float(middle))
    if simulator.resolvable(problem, found.clearance):
        bisection = simulator.bisect_height(problem, found.horizon)
        if torch_height is None:
            by_torch = torch_adam.valley_height(problem, found.horizon)
        else:
            by_torch = torch_height()
        methods = methods._replace(bisection=bisection, torch_adam=by_torch)
    disagreement = max(abs(a - b) for a, b in combinations(methods.known().values(), 2))
    # A float sum of t terms of size up to L + h_max carries up to t·2⁻⁵³ times that, and
    # 1 − β₂^t, which begins with 1 − β₂, is known to 2⁻⁵⁴.
    scale = float(problem.distance + middle)
    terms = max(found.horizon, 2.0**-2 / (1 - float(problem.beta2)))
    tolerance = max(TOLERANCE * min(1.0, scale), terms * 2.0**-52 * scale)
    return Answer(problem, found, float(middle), exact, methods, disagreement, tolerance)


def adam_record(problem: Problem, found: Supremum | Unproved, answer: Answer | None) -> AdamRecord:
    """Return what is written and printed of `answer`, or of a lower bound where there is none."""
    certified = found if isinstance(found, Supremum) else None
    methods = answer.methods.known() if answer else {}
    return AdamRecord(
        alpha=float(problem.alpha),
        beta1=float(problem.beta1),
        beta2=float(problem.beta2),
        epsilon=float(problem.epsilon),
        distance=float(problem.distance),
        h_max=answer.h_max if answer else None,
        h_max_exact=str(rational(answer.exact)) if answer and answer.exact is not None else None,
        crossing_step=certified and certified.step,
        enclosure=certified
        and (decimal(certified.lower, ROUND_FLOOR), decimal(certified.upper, ROUND_CEILING)),
        attained=certified and certified.attained,
        certified=certified is not None,
        cycle_length=certified and certified.cycle_length,
        lower_bound=decimal(found.lower, ROUND_FLOOR),
        certificate=found.reason,
        closed_form=methods.get("closed_form"),
        exact=methods.get("exact"),
        bisection=methods.get("bisection"),
        torch_adam=methods.get("torch_adam"),
        disagreement=answer.disagreement if answer else None,
        tolerance=answer.tolerance if answer else TOLERANCE,
    )


class Trajectory(NamedTuple):
    """Adam over a bump of the given height; `passes` says whether it climbs it."""

    height: float
    steps: list[AdamStep[float]]
    passes: bool

    @property
    def positions(self) -> list[float]:
        """x₁, x₂, …"""
        return [step.x for step in self.steps]


def trajectory_over(answer: Answer, height: float) -> Trajectory:
    """Return Adam's trajectory over a bump of this height.

    It ends one step beyond the crossing or, if it does not pass, a few steps beyond the horizon
    of the certificate.
    """
    top = float(answer.problem.distance) + height
    steps = simulator.steps_over_bump(answer.problem, height, answer.supremum.horizon + 6)
    crossing = next((i for i, step in enumerate(steps) if step.x > top), None)
    if crossing is None:
        return Trajectory(height, steps, False)
    return Trajectory(height, steps[: crossing + 2], True)
