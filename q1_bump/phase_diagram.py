"""A map of the greatest height over two of learning rate, β₁ and distance.

Usage:
    python q1_bump/phase_diagram.py
    python q1_bump/phase_diagram.py --x lr --y distance --beta1 0.95 --points 400

Every run compares the map with the certified result at 300 random points.
"""

from dataclasses import dataclass

from q1_bump.options import Task, parse_task
from q1_bump.plots.axes import AXES
from q1_bump.problem import Problem
from shared import cli
from shared.device import DEVICE_HELP
from shared.errors import BadInput
from shared.settings import add_settings, setting


@dataclass(frozen=True, kw_only=True)
class MapTask(Task):
    """What is drawn: two axes, and what stays fixed."""

    x: str = setting("--x", default="lr", choices=tuple(AXES), help="parameter on the x axis")
    y: str = setting("--y", default="beta1", choices=tuple(AXES), help="parameter on the y axis")
    points: int = setting(
        "--points",
        default=1000,
        type=cli.whole_number(2, 5000),
        help="number of points along each axis",
    )
    device: str = setting("--device", default="auto", metavar="DEVICE", help=DEVICE_HELP)

    def __post_init__(self):
        if self.x == self.y:
            raise BadInput(f"--x {self.x} and --y {self.y} must be two different parameters")
        if self.problem.beta2 == self.problem.epsilon == 0:
            raise BadInput("--beta2 0 with --eps 0 divides by zero on a kink; give one above 0")


def parse() -> MapTask:
    parser = cli.Parser(__doc__)
    add_settings(parser.add_argument_group("map"), MapTask, "x", "y", "points")
    fixed = parser.add_argument_group("problem", "the parameters that are not on an axis")
    add_settings(fixed, Problem)
    add_settings(parser.add_argument_group("machine and output"), MapTask, "device", "results")
    return parse_task(parser, MapTask)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

import math
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch

from q1_bump.adam.certificate import Supremum, supremum
from q1_bump.adam.grid import Grid, HeightMap, max_heights, steps_to_settle
from q1_bump.adam.simulator import ROUNDING
from q1_bump.plots import maps
from q1_bump.records import MapRecord
from shared.device import choose_device, device_label
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record

SAMPLE = 300  # points compared with the certified result in each run
SAMPLE_STEPS = 20_000  # the certificate's budget there
TOLERANCE = 1e-9  # of that comparison, for heights of order 1


class Comparison(NamedTuple):
    """The map against the certificate at random points.

    Attributes:
        largest_difference: between the two.
        compared: number of points.
        uncertified: number of points left out because they have no certificate.
    """

    largest_difference: float
    compared: int
    uncertified: int


def main() -> int:
    task = parse()
    device = choose_device(task.device)
    if device.type == "mps":
        raise BadInput("--device mps has no float64, which the map needs; give cpu")
    beta1 = AXES["beta1"].high if "beta1" in (task.x, task.y) else float(task.problem.beta1)
    steps_to_settle(beta1)  # refuses what would take too long
    folder = writable_folder(task.results)

    grid = make_grid(task, device)
    started = time.perf_counter()
    heights = max_heights(grid, float(task.problem.beta2), float(task.problem.epsilon))
    heights = HeightMap(*(values.cpu() for values in heights))
    seconds = time.perf_counter() - started

    comparison = compare(grid, heights.height, task.problem)
    record = MapRecord(
        x=task.x,
        y=task.y,
        points=heights.height.numel(),
        seconds=seconds,
        device=device_label(device),
        share_where_a_later_excursion_is_highest=heights.later_is_highest.double().mean().item(),
        sample=comparison.compared,
        sample_uncertified=comparison.uncertified,
        largest_difference=comparison.largest_difference,
    )
    with staged(folder) as stage:
        files = save(task, record, heights, stage)
    print_record(record)
    print_written(folder, files)
    if record.sample == 0:
        cli.complain("none of the random points has a certified result to compare the map with")
        return 1
    if not record.largest_difference < TOLERANCE:
        cli.complain(
            f"the map differs from {record.sample} certified results by "
            f"{record.largest_difference:.1e}"
        )
        return 1
    return 0


def make_grid(task: MapTask, device: torch.device) -> Grid:
    """Return the parameters: row r, column c has the r-th value of y and the c-th of x."""
    lines = {
        name: torch.linspace(
            AXES[name].low, AXES[name].high, task.points, dtype=torch.float64, device=device
        )
        for name in (task.x, task.y)
    }
    rows, columns = torch.meshgrid(lines[task.y], lines[task.x], indexing="ij")
    grid = {
        name: torch.full_like(rows, float(getattr(task.problem, axis.field)))
        for name, axis in AXES.items()
    }
    return Grid(**(grid | {task.x: columns, task.y: rows}))


def compare(grid: Grid, height: torch.Tensor, fixed: Problem) -> Comparison:
    """Compare the map with the certificate at random points."""
    random = Random(0)  # the same points in each run, so that a difference can be looked into
    difference, compared, uncertified = 0.0, 0, 0
    lrs, beta1s, distances = (values.flatten().cpu() for values in grid)
    for index in random.sample(range(height.numel()), min(SAMPLE, height.numel())):
        lr, beta1, distance = (
            Fraction(repr(values[index].item())) for values in (lrs, beta1s, distances)
        )
        problem = Problem(lr, beta1, fixed.beta2, fixed.epsilon, distance)
        # What is a tie up to rounding, the map takes for one; so must the exact arithmetic.
        tie = round(distance / problem.step) * problem.step
        if abs(distance - tie) <= Fraction(ROUNDING) * distance:
            problem = replace(problem, distance=tie)
        found = supremum(problem, SAMPLE_STEPS)
        if not isinstance(found, Supremum):
            uncertified += 1
            continue
        mapped = height.flatten()[index].item()
        difference = max(difference, math.fabs(float(found.middle) - mapped))
        compared += 1
    return Comparison(difference, compared, uncertified)


def save(task: MapTask, record: MapRecord, heights: HeightMap, folder: Path) -> list[Path]:
    """Write the record and the figure."""
    figure = maps.phase_diagram(heights, AXES[task.x], AXES[task.y], task.problem)
    name = f"phase_diagram_{task.x}_{task.y}"
    files = [folder / f"{name}.json", folder / f"{name}.png"]
    write_record(files[0], record)
    save_figure(figure, files[1], few_colours=False)
    return files


def print_record(record: MapRecord) -> None:
    """Print the time, the share of later excursions and the comparison."""
    share = 100 * record.share_where_a_later_excursion_is_highest
    print(f"{record.points} points in {record.seconds:.2f} s on {record.device}")
    print(f"a later excursion is higher than the first at {share:.1f} % of them")
    print(
        f"largest difference from the certified result at {record.sample} random points: "
        f"{record.largest_difference:.1e} ({record.sample_uncertified} more had no certificate)"
    )


if __name__ == "__main__":
    cli.run(main)
