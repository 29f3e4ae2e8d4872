"""The maximum bump height, found in four ways that must agree."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from itertools import combinations, islice
from typing import Any, NamedTuple

from q1_bump import closed_form, simulator, torch_adam
from q1_bump.certificate import Supremum, supremum
from q1_bump.exact import AdamStep, Irrational, adam_steps, rational
from q1_bump.problem import Problem, valley_slope

TOLERANCE = 1e-12  # of the four ways, at unit scale
MAX_EXACT_BITS = 400_000  # of the denominator of an exact height: 120,000 digits help nobody
DIGITS = 20  # of the enclosure's decimal bounds, after rounding outwards


class Answer(NamedTuple):
    """The maximum height and what each method says of it.

    Attributes:
        h_max: the height as a double; None without a certificate.
        exact: the height as an exact rational, where the supremum is attained and rational.
        methods: height by method; "exact" is the middle of the enclosure (no wider than
            1e-12) where there is no exact rational. The float methods are missing where the
            orbit comes so near to the kink that doubles cannot tell the side.
        disagreement: the largest difference between two methods; None without a certificate.
        tolerance: what rounding explains: 1e-12 at unit scale, more for long or large orbits.
        supremum: the certificate.
    """

    problem: Problem
    h_max: float | None
    exact: Fraction | None
    methods: dict[str, float]
    disagreement: float | None
    tolerance: float
    supremum: Supremum

    @property
    def agrees(self) -> bool:
        """Whether there is a certificate and the methods differ by rounding only."""
        return self.disagreement is not None and self.disagreement < self.tolerance

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        found, problem = self.supremum, self.problem
        enclosure = found.certified and [
            decimal(found.lower, ROUND_FLOOR),
            decimal(found.upper, ROUND_CEILING),
        ]
        return {
            "alpha": float(problem.alpha),
            "beta1": float(problem.beta1),
            "beta2": float(problem.beta2),
            "epsilon": float(problem.epsilon),
            "distance": float(problem.distance),
            "h_max": self.h_max,
            "h_max_exact": None if self.exact is None else str(rational(self.exact)),
            "crossing_step": found.step,
            "enclosure": enclosure or None,
            "attained": found.attained,
            "attained_at_step": found.step,
            "certified": found.certified,
            "cycle_length": found.cycle_length,
            "lower_bound": decimal(found.lower, ROUND_FLOOR),
            "certificate": found.reason,
            **{
                name: self.methods.get(name)
                for name in ("closed_form", "exact", "bisection", "torch_adam")
            },
            "disagreement": self.disagreement,
            "tolerance": self.tolerance,
        }


def decimal(value: Fraction, rounding: str) -> str:
    """Return `value` to 20 digits, rounded as told."""
    context = Context(prec=DIGITS, rounding=rounding, Emax=10**6, Emin=-(10**6))
    return str(context.divide(Decimal(value.numerator), Decimal(value.denominator)))


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
    problem: Problem,
    found: Supremum | None = None,
    torch_height: Callable[[], float] | None = None,
) -> Answer:
    """Return the maximum height of the bump that Adam climbs, by all methods.

    Args:
        problem: the parameters.
        found: the certificate, where it is known already.
        torch_height: returns torch.optim.Adam's result, where it is computed elsewhere.

    Raises:
        BadInput: Adam is not defined for these parameters, or needs too many steps.
    """
    found = found or supremum(problem)
    if not found.certified:
        return Answer(problem, None, None, {}, None, TOLERANCE, found)
    exact = exact_height(problem, found.step) if found.attained else None
    middle = (found.lower + found.upper) / 2 if exact is None else exact
    methods = {
        "closed_form": float(closed_form.height(problem, found.slopes_until(found.horizon))),
        "exact": float(middle),
    }
    if simulator.resolvable(problem, found.clearance):
        methods["bisection"] = simulator.bisect_height(problem, found.horizon)
        methods["torch_adam"] = (
            torch_height() if torch_height else torch_adam.valley_height(problem, found.horizon)
        )
    disagreement = max(abs(a - b) for a, b in combinations(methods.values(), 2))
    # A float sum of t terms of size up to L + h_max carries up to t·2⁻⁵³ times that.
    scale = float(problem.distance + middle)
    tolerance = max(TOLERANCE * min(1.0, scale), found.horizon * 2.0**-52 * scale)
    return Answer(problem, float(middle), exact, methods, disagreement, tolerance, found)


class Walk(NamedTuple):
    """Adam over a bump of the given height; `passes` says whether it climbs it."""

    height: float
    steps: list[AdamStep]
    passes: bool


def walk_over(answer: Answer, height: float) -> Walk:
    """Return Adam's walk over a bump of this height, one step beyond the crossing if it passes.

    If it does not, the walk goes a few steps beyond the horizon of the certificate.
    """
    top = float(answer.problem.distance) + height
    steps = simulator.steps_over_bump(answer.problem, height, answer.supremum.horizon + 6)
    crossing = next((i for i, step in enumerate(steps) if step.x > top), None)
    if crossing is None:
        return Walk(height, steps, False)
    return Walk(height, steps[: crossing + 2], True)
