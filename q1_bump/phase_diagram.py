"""A map of the greatest height over two of learning rate, β₁ and distance.

Usage:
    python q1_bump/phase_diagram.py
    python q1_bump/phase_diagram.py --x lr --y distance --beta1 0.95 --points 400
"""

import math
import time
from dataclasses import replace
from fractions import Fraction
from random import Random

import torch

from q1_bump import maps
from q1_bump.certificate import supremum
from q1_bump.grid import HeightMap, max_heights, walk_length
from q1_bump.problem import Problem
from q1_bump.simulator import ROUNDING
from shared import cli
from shared.device import choose_device, device_label
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import RESULTS, print_written, staged, writable_folder, write_json

RANGES = {"lr": (0.02, 0.99), "beta1": (0.0, 0.99), "distance": (0.2, 3.0)}
SAMPLE = 300  # points compared with the certified result in each run
SAMPLE_STEPS = 20_000  # the certificate's budget there
TOLERANCE = 1e-9  # of that comparison, for heights of order 1


def main() -> int:
    parser = cli.Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--x", choices=RANGES, default="lr", help="parameter on the x axis")
    parser.add_argument("--y", choices=RANGES, default="beta1", help="parameter on the y axis")
    defaults = {"lr": "0.3", "beta1": "0.9", "distance": "1", "beta2": "0.999", "eps": "0"}
    for name, default in defaults.items():
        parser.add_argument(
            f"--{name}", type=cli.exact_number, default=Fraction(default), help="where not an axis"
        )
    parser.add_argument("--points", type=cli.whole_number(2, 5000), default=1000, help="an axis")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    cli.add_results_option(parser, RESULTS / "q1_bump")
    options = parser.parse_args()
    if options.x == options.y:
        raise BadInput(f"--x {options.x} and --y {options.y} must be two different parameters")
    fixed = Problem(options.lr, options.beta1, options.beta2, options.eps, options.distance)
    if fixed.beta2 == fixed.epsilon == 0:
        raise BadInput("--beta2 0 with --eps 0 divides by zero on a kink; give one above 0")
    device = choose_device(options.device)
    walk_length(RANGES["beta1"][1] if "beta1" in (options.x, options.y) else float(fixed.beta1))
    folder = writable_folder(options.results)

    # Row r, column c of every map: the r-th value on the y axis, the c-th on the x axis.
    axes = {
        name: torch.linspace(*RANGES[name], options.points, dtype=torch.float64, device=device)
        for name in (options.x, options.y)
    }
    rows, columns = torch.meshgrid(axes[options.y], axes[options.x], indexing="ij")
    values = {"lr": fixed.alpha, "beta1": fixed.beta1, "distance": fixed.distance}
    grid = {name: torch.full_like(rows, float(value)) for name, value in values.items()}
    grid |= {options.x: columns, options.y: rows}
    started = time.perf_counter()
    heights = max_heights(
        grid["lr"], grid["beta1"], grid["distance"], float(fixed.beta2), float(fixed.epsilon)
    )
    heights = HeightMap(*(values.cpu() for values in heights))
    seconds = time.perf_counter() - started

    difference, compared, uncertified = compare(grid, heights.height, fixed)
    later = (heights.height > heights.first + 1e-9).double().mean().item()
    summary = {
        "x": options.x,
        "y": options.y,
        "points": heights.height.numel(),
        "seconds": seconds,
        "device": device_label(device),
        "share_where_a_later_excursion_wins": later,
        "sample": compared,
        "sample_uncertified": uncertified,
        "largest_difference": difference,
    }
    extent = (*RANGES[options.x], *RANGES[options.y])
    figure = maps.phase_diagram(heights, options.x, options.y, extent)
    name = f"phase_diagram_{options.x}_{options.y}"
    with staged(folder) as stage:
        files = [stage / f"{name}.json", stage / f"{name}.png"]
        write_json(files[0], summary)
        save_figure(figure, files[1], few_colours=False)

    print(f"{summary['points']} points in {seconds:.2f} s on {summary['device']}")
    print(f"a later excursion is higher than the first at {100 * later:.1f} % of them")
    print(
        f"largest difference from the certified result at {compared} random points: "
        f"{difference:.1e} ({uncertified} more had no certificate)"
    )
    print_written(folder, files)
    if compared == 0 or not difference < TOLERANCE:
        cli.complain(f"the map differs from {compared} certified results by {difference:.1e}")
        return 1
    return 0


def compare(grid: dict, height: torch.Tensor, fixed: Problem) -> tuple[float, int, int]:
    """Compare the map with the certificate at random points.

    Returns the largest difference, the number of points compared, and the number of points
    left out because they have no certificate.
    """
    random = Random(torch.initial_seed())  # other points in each run
    difference, compared, uncertified = 0.0, 0, 0
    flat = {name: values.flatten().cpu() for name, values in grid.items()}
    for index in random.sample(range(height.numel()), min(SAMPLE, height.numel())):
        lr, beta1, distance = (
            Fraction(repr(flat[name][index].item())) for name in ("lr", "beta1", "distance")
        )
        problem = Problem(lr, beta1, fixed.beta2, fixed.epsilon, distance)
        # What is a tie up to rounding, the map takes for one; so must the exact arithmetic.
        tie = round(distance / problem.step) * problem.step
        if abs(distance - tie) <= Fraction(ROUNDING) * distance:
            problem = replace(problem, distance=tie)
        found = supremum(problem, SAMPLE_STEPS)
        if not found.certified:
            uncertified += 1
            continue
        middle = float((found.lower + found.upper) / 2)
        difference = max(difference, math.fabs(middle - height.flatten()[index].item()))
        compared += 1
    return difference, compared, uncertified


if __name__ == "__main__":
    cli.run(main)
