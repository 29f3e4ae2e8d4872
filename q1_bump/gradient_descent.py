"""Plain gradient descent at the bump: where it goes, where it is stuck, when it crosses.

Usage:
    python q1_bump/gradient_descent.py
    python q1_bump/gradient_descent.py --lr 0.9 --height 0.5 --json
"""

from dataclasses import dataclass
from fractions import Fraction

from q1_bump.options import Task, parse_task
from q1_bump.problem import Problem, bump_loss, bump_slope
from shared import cli
from shared.errors import BadInput
from shared.settings import add_settings, setting

MAX_STEPS = 10_000  # to the minimum


@dataclass(frozen=True, kw_only=True)
class DescentTask(Task):
    """The problem, the height of the bump, and how to print."""

    height: Fraction = setting(
        "--height",
        default=Fraction(2, 5),
        type=cli.exact_number,
        metavar="NUMBER",
        help="height h of the bump above the local minimum, above 0",
    )
    json: bool = setting("--json", default=False, help="print one JSON object and no text")

    def __post_init__(self):
        if self.height <= 0:
            raise BadInput(f"--height must be above 0, got {self.height}")
        alpha, distance = self.problem.alpha, self.problem.distance
        if distance / alpha > MAX_STEPS:
            raise BadInput(
                f"--lr {float(alpha):g} needs more than {MAX_STEPS} steps to come to the minimum "
                f"at --distance {float(distance):g}; give a higher --lr"
            )


def parse() -> DescentTask:
    parser = cli.Parser(__doc__)
    problem = parser.add_argument_group("problem")
    add_settings(problem, Problem, "alpha", "distance")
    add_settings(problem, DescentTask, "height")
    add_settings(parser.add_argument_group("answer"), DescentTask, "results", "json")
    return parse_task(parser, DescentTask)


if __name__ == "__main__":
    parse()  # before matplotlib is imported: --help and a wrong option answer at once

import json
from dataclasses import asdict

from q1_bump import descent
from q1_bump.plots import figures
from q1_bump.records import DescentRecord
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record


def main() -> None:
    task = parse()
    alpha, distance, height = task.problem.alpha, task.problem.distance, task.height
    folder = writable_folder(task.results)
    outcome = descent.outcome(alpha, distance, height)
    positions = descent.trajectory(alpha, distance, height, outcome.step + 4)
    record = DescentRecord(
        alpha=str(alpha),
        distance=str(distance),
        height=str(height),
        outcome=outcome.kind,
        points=[str(x) for x in outcome.points],
        heights_above_minimum=[str(above) for above in outcome.heights],
        crosses_below_height=str(descent.overshoot(alpha, distance)),
        positions=[str(x) for x in positions],
        losses=[str(bump_loss(x, distance, height)) for x in positions],
    )
    figure = figures.gradient_descent(distance, height, positions, outcome)
    with staged(folder) as stage:
        files = [stage / "gradient_descent.json", stage / "gradient_descent.png"]
        write_record(files[0], record)
        save_figure(figure, files[1])
    if task.json:
        print(json.dumps(asdict(record)))
    else:
        print_answer(task, positions, outcome)
        print_written(folder, files)


def print_answer(task: DescentTask, positions: list[Fraction], outcome: descent.Outcome) -> None:
    """Print the last steps, the outcome and the condition for crossing."""
    alpha, distance, height = task.problem.alpha, task.problem.distance, task.height
    print(f"Gradient descent from x = 0: α = {alpha}, L = {distance}, h = {height}.\n")
    print(f"  {'t':>3} {'slope before':>13} {'x':>12} {'F(x)':>12}")
    shown_from = max(0, len(positions) - 24)
    for t, x in list(enumerate(positions))[shown_from:]:
        slope = f"{bump_slope(positions[t - 1], distance, height):+d}" if t else ""
        print(f"  {t:3} {slope:>13} {x!s:>12} {bump_loss(x, distance, height)!s:>12}")
    print(f"\nIt {outcome.kind}" + (f" at step {outcome.step}." if not outcome.points else ":"))
    for x, above in zip(outcome.points, outcome.heights, strict=True):
        print(f"  x = {x} = {float(x):g}, {above} = {float(above):g} above the local minimum")
    print(
        f"\nIt crosses if and only if h < α·⌈L/α⌉ − L = {descent.overshoot(alpha, distance)}, "
        "which is less than α.\nOn a kink the slope is taken as 0 and it rests there: at L if α "
        "divides L, on the top if h = α·⌈L/α⌉ − L.\nWith the one-sided slope −1 it steps on from "
        "there (and, from L, crosses if h < α), with +1 it steps\nback and oscillates between two "
        "points."
    )


if __name__ == "__main__":
    cli.run(main)
