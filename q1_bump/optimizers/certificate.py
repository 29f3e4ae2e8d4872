"""The greatest height that an optimizer of torch.optim climbs, certified for all time.

One engine for all: it follows the trajectory in the valley in balls and asks from time to time what
is proved of all later positions (`later_positions.py`), until that decides where the supremum of
x_t − L lies. Three have ways of their own: plain gradient descent has its condition (`descent.py`),
Rprop comes back to a state exactly, and Adam has a certificate (`adam/certificate.py`) that knows
more: on which side of its limit a peak lies (Lemma 5), and a bound after ties (Lemma 6). It holds
for AMSGrad and Adamax, too, as long as no step starts on the kink: v only grows then, so that it is
its own maximum, and |g| = 1, so that the infinity norm is 1 + ε.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from flint import ctx, fmpq

from q1_bump.adam.certificate import Supremum, Unproved, supremum
from q1_bump.adam.exact import Irrational, decimal, rational
from q1_bump.adam.valley import Undecided
from q1_bump.descent import overshoot
from q1_bump.optimizers.later_positions import Later, diverges, later_positions
from q1_bump.optimizers.momentum_rules import (
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Momentum,
    NAdam,
    Nesterov,
    RAdam,
)
from q1_bump.optimizers.rule_trajectory import RuleTrajectory
from q1_bump.optimizers.update_rules import (
    ASGD,
    RATIONALS,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    RMSprop,
    Rprop,
    Rule,
)
from q1_bump.problem import Problem, valley_slope
from shared.errors import BadInput

MAX_STEPS = 200_000  # the budget: NAdam's momentum needs up to 140,000 to settle to 1e-9
WIDTH = Fraction(1, 10**9)  # of an enclosure, relative to L where that is below 1
PRECISIONS = (128, 512, 2048)  # bits of the balls, raised where they decide nothing
FIRST_LOOK = 16  # steps
ABOVE_KINK = 8  # steps that a look waits for a position above L, where two lemmas begin
EXACT_STEPS = 100  # the latest step whose height is asked as a fraction

RULES: Mapping[str, type[Rule]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "asgd": ASGD,
    "rprop": Rprop,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "rmsprop": RMSprop,
    "adafactor": Adafactor,
    "adam": Adam,
    "amsgrad": AMSGrad,
    "adamw": AdamW,
    "adamax": Adamax,
    "nadam": NAdam,
    "radam": RAdam,
}
LIKE_ADAM = ("adam", "amsgrad", "adamax")  # the same trajectory while no step is a tie


class Certified(NamedTuple):
    """The supremum of x_t − L over all t in the valley.

    Attributes:
        lower, upper: exact bounds; equal where the supremum is computed in rationals.
        attained: whether some step reaches it; None where that was not decided.
        step: the first that does, or None.
        reason: why it holds for all time, in words.
    """

    lower: Fraction
    upper: Fraction
    attained: bool | None
    step: int | None
    reason: str

    @property
    def middle(self) -> Fraction:
        return (self.lower + self.upper) / 2

    @property
    def enclosure(self) -> tuple[str, str]:
        """Decimal bounds of the height: 0 for an optimizer that never comes beyond L."""
        lower, upper = (max(Fraction(0), bound) for bound in (self.lower, self.upper))
        return decimal(lower, ROUND_FLOOR), decimal(upper, ROUND_CEILING)


class Unbounded(NamedTuple):
    """The proof that x_t − L has no finite supremum.

    Attributes:
        lower: a bound that is reached by then.
        reason: the proof, in words.
    """

    lower: Fraction
    reason: str


Answer: TypeAlias = Certified | Unbounded | Unproved


def certify(name: str, problem: Problem, max_steps: int = MAX_STEPS) -> Answer:
    """Return the supremum of x_t − L over all t for the optimizer `name` of the table.

    Raises:
        ZeroDivisionError: the optimizer is not defined on this trajectory.
    """
    if name == "sgd":
        return _gradient_descent(problem)
    if name == "rprop":
        return _exact_return(problem, max_steps)
    if name in LIKE_ADAM and (found := _as_adam(name, problem)):
        return found
    return _in_balls(RULES[name], problem, max_steps, PRECISIONS)


def exact_height(name: str, problem: Problem, step: int) -> Fraction | None:
    """Return x_t − L at t = `step` in the valley; None if it is irrational or comes late."""
    if step > EXACT_STEPS:
        return None
    distance, x = rational(problem.distance), rational(Fraction(0))
    try:
        rule = RULES[name](problem, RATIONALS)
        for _ in range(step):
            x = rule.step(x, valley_slope(x, distance))
    except Irrational:
        return None
    return _fraction(x - distance)


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _gradient_descent(problem: Problem) -> Certified:
    """Return the answer of descent.py."""
    height = overshoot(problem.alpha, problem.distance)
    step = math.ceil(problem.distance / problem.alpha)
    words = "oscillates" if height else "rests on the kink"
    return Certified(height, height, True, step, f"it {words} from step {step} on")


def _exact_return(problem: Problem, max_steps: int) -> Certified | Unproved:
    """Follow Rprop in rationals until its state has been there before."""
    rule, distance = Rprop(problem, RATIONALS), rational(problem.distance)
    x = best = rational(Fraction(0))
    step, seen = 0, {}
    while rule.t <= max_steps:
        state = (x, rule.size, rule.before)
        if state in seen:
            height = _fraction(best - distance)
            words = f"the state after step {rule.t} is that after step {seen[state]}"
            return Certified(height, height, True, step, words)
        seen[state] = rule.t
        x = rule.step(x, valley_slope(x, distance))
        if x > best:
            best, step = x, rule.t
    return _over_budget(_fraction(best - distance), max_steps)


def _over_budget(lower: Fraction, max_steps: int) -> Unproved:
    what = "no certificate" if lower > 0 else "it does not come beyond L"
    return Unproved(lower, f"{what} within the budget of {max_steps} steps")


def _as_adam(name: str, problem: Problem) -> Certified | None:
    """Return Adam's certificate where there is one and it is this optimizer's, too, else None."""
    try:
        found = supremum(problem)
    except BadInput:  # Adam is not defined, or needs too many steps
        return None
    if not isinstance(found, Supremum) or (name != "adam" and 0 in found.slopes):
        return None
    words = found.reason if name == "adam" else f"as Adam, since no step is a tie: {found.reason}"
    return Certified(found.lower, found.upper, found.attained, found.step, words)


def _in_balls(
    rule: type[Rule], problem: Problem, max_steps: int, precisions: Sequence[int]
) -> Answer:
    """Follow the trajectory with the first of these precisions that can tell every slope."""
    precision, *finer = precisions
    with ctx.workprec(precision):
        trajectory = RuleTrajectory(rule, problem)
        try:
            return _follow(trajectory, max_steps, last=not finer)
        except Undecided:
            if finer:
                return _in_balls(rule, problem, max_steps, finer)
            lower, _ = trajectory.height(trajectory.best)
            reason = f"step {trajectory.t} is too near to a tie for {precision}-bit balls"
            return Unproved(lower, reason)


def _follow(trajectory: RuleTrajectory, max_steps: int, last: bool) -> Answer:
    """Extend the trajectory until the supremum is decided or the budget is spent.

    With `last` there is no higher precision to ask for.
    """
    look_at = FIRST_LOOK
    while look_at <= max_steps:
        trajectory.advance(look_at)
        while not (trajectory.above or trajectory.at_rest or trajectory.t == look_at + ABOVE_KINK):
            trajectory.advance(trajectory.t + 1)
        if diverges(trajectory):
            words = f"from step {trajectory.t} on each position is farther from 0 than the last"
            return Unbounded(trajectory.height(trajectory.best)[0], words)
        later = later_positions(trajectory)
        if later and (answer := _decided(trajectory, later, last)):
            return answer
        look_at = look_at + max(FIRST_LOOK, look_at // 5)
    return _over_budget(trajectory.height(trajectory.best)[0], max_steps)


def _decided(trajectory: RuleTrajectory, later: Later, last: bool) -> Certified | None:
    """Return the supremum if the best position so far and the bound of later ones tell it."""
    best = trajectory.best
    lower, upper = trajectory.height(best)
    if later.upper is None or later.upper < best:
        if not (trajectory.best_is_clear or last):
            raise Undecided
        step = trajectory.best_step if trajectory.best_is_clear else None
        return Certified(lower, upper, True, step, later.reason)
    if later.lower is None:
        return None
    limit = later.lower > best and not later.reached
    lower = max(lower, trajectory.height(later.lower)[0])
    upper = max(upper, trajectory.height(later.upper)[1])
    if upper - lower > WIDTH * min(1, trajectory.problem.distance):
        return None
    if limit:
        return Certified(lower, upper, False, None, later.reason)
    words = f"{later.reason}; whether any step reaches it is not decided"
    return Certified(lower, upper, None, None, words)
