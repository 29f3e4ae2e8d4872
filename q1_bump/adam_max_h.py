"""The greatest bump height that Adam still climbs: four methods, the step table, a figure.

Usage:
    python q1_bump/adam_max_h.py
    python q1_bump/adam_max_h.py --lr 1/5 --beta1 0.95 --json
    python q1_bump/adam_max_h.py --optimizer all
    python q1_bump/adam_max_h.py --slopes 1 2 1
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.options import Task, parse_task
from q1_bump.problem import Problem, Slopes
from shared import cli
from shared.cli import exact_number
from shared.errors import BadInput
from shared.settings import add_settings, setting


@dataclass(frozen=True, kw_only=True)
class AdamTask(Task):
    """The problem, the bump, the optimizer that is asked, and how to print.

    Raises:
        BadInput: the options contradict each other.
    """

    optimizer: str = setting(
        "--optimizer",
        default="adam",
        choices=(*OPTIMIZERS, "all"),
        help="ask the same of another optimizer of torch.optim, or of all of them",
    )
    slopes: Sequence[Fraction] | None = setting(
        "--slopes",
        default=None,
        type=exact_number,
        metavar=("DOWN", "UP", "BEYOND"),
        help="slopes of the way down, of the bump's way up and beyond its top (default: 1 1 1)",
    )
    half_width: Fraction | None = setting(
        "--half-width",
        default=None,
        type=exact_number,
        metavar="NUMBER",
        help="half the width of the bump; its slopes are then its height over this",
    )
    start: Fraction = setting(
        "--start",
        default=Fraction(0),
        type=exact_number,
        metavar="NUMBER",
        help="position of the start, below that of the minimum; what is printed counts from it",
    )
    json: bool = setting("--json", default=False, help="print one JSON object and no text")

    def __post_init__(self):
        if self.slopes is not None and self.half_width is not None:
            raise BadInput("--slopes and --half-width contradict each other")
        if self.half_width is not None and self.half_width <= 0:
            raise BadInput(f"--half-width must be above 0, got {self.half_width}")
        if self.start >= self.problem.distance:
            raise BadInput(
                f"--start must lie below the minimum at {self.problem.distance}, got {self.start}"
            )
        if self.slopes is not None:
            Slopes(*self.slopes)
        own_bump = self.slopes is not None or self.half_width is not None
        able = ("adam", "sgd") if self.half_width is None else ("adam",)
        if (own_bump or self.start) and self.optimizer not in able:
            raise BadInput(
                f"--slopes and --start work with --optimizer adam and sgd, --half-width with adam; "
                f"got {self.optimizer}"
            )

    @property
    def from_start(self) -> Problem:
        """The problem with x measured from the start."""
        return replace(self.problem, distance=self.problem.distance - self.start)


def parse() -> AdamTask:
    parser = cli.Parser(__doc__)
    add_settings(parser.add_argument_group("problem"), Problem)
    add_settings(parser.add_argument_group("answer"), AdamTask)
    return parse_task(parser, AdamTask)


if __name__ == "__main__":
    parse()  # before sympy is imported: --help and a wrong option answer at once

import json
from dataclasses import asdict

from q1_bump.adam.certificate import Supremum, supremum
from q1_bump.adam.simulator import resolvable
from q1_bump.adam.torch_adam import start_valley_height
from shared.files import print_written, staged, writable_folder

MARGIN = 0.005  # "just" under and over h_max: half a per cent


def main() -> int:
    task = parse()
    problem, folder = task.from_start, writable_folder(task.results)
    if task.slopes is not None:
        from q1_bump.answers import slopes

        record = slopes.sloped_answer(problem, task.optimizer, Slopes(*task.slopes))
        return slopes.show(record, folder, task.json)
    if task.half_width is not None:
        from q1_bump.answers import fixed_width

        record = fixed_width.fixed_width_answer(problem, task.half_width)
        return fixed_width.show(record, folder, task.json)
    if task.optimizer != "adam":
        from q1_bump.answers.optimizers import beyond_adam

        return beyond_adam(problem, task.optimizer, folder, task.json)

    found = supremum(problem)
    # A process of its own imports torch while this one imports sympy and matplotlib.
    torch_height = None
    if isinstance(found, Supremum) and resolvable(problem, found.clearance):
        torch_height = start_valley_height(problem, found.horizon)
    from q1_bump.adam import closed_form
    from q1_bump.adam.max_height import adam_record, solve, trajectory_over
    from q1_bump.answers import adam as report

    closed_form.formulas()  # sympy derives them while the other process still imports torch
    answer = solve(problem, found, torch_height) if isinstance(found, Supremum) else None
    trajectories = []
    if answer and answer.h_max:
        heights = (answer.h_max * (1 - MARGIN), answer.h_max * (1 + MARGIN))
        trajectories = [trajectory_over(answer, height) for height in heights]
    record = adam_record(problem, found, answer)
    with staged(folder) as stage:
        files = report.save(record, trajectories, stage)

    if task.json:
        print(json.dumps(asdict(record)))
    else:
        report.print_problem(problem)
        if answer:
            report.print_answer(answer, trajectories)
        else:
            print(f"\nNo certified maximum height. It is at least {float(found.lower):.15g}.")
        print_written(folder, files)
    if not answer:
        cli.complain(f"not certified: {found.reason}")
    elif not answer.agrees:
        cli.complain(f"the methods differ by {answer.disagreement:.1e}, more than rounding")
    return 0 if answer and answer.agrees else 1


if __name__ == "__main__":
    cli.run(main)
