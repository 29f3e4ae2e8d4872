"""Figures of the assignment's case: trajectories, staircase, steps, slopes, an animation.

Usage:
    python q1_bump/illustrate.py
"""

from q1_bump.options import Output
from shared import cli
from shared.settings import add_settings, from_options


def parse() -> Output:
    parser = cli.Parser(__doc__)
    add_settings(parser, Output)
    return from_options(Output, parser.parse_args())


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from fractions import Fraction
from itertools import islice

from q1_bump import descent
from q1_bump.adam.certificate import certified
from q1_bump.adam.exact import adam_steps, rational
from q1_bump.adam.max_height import solve, trajectory_over
from q1_bump.plots import figures, maps
from q1_bump.plots.animation import animate
from q1_bump.problem import Problem, Slopes, valley_slope
from q1_bump.slopes.height import SlopedHeight, sloped_height
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder

RATIOS = [2 ** (i / 16) for i in range(-32, 33)]  # of the uphill to the downhill slope
HEIGHT = Fraction(2, 5)  # a bump that Adam climbs and gradient descent does not, with h > α


def main() -> None:
    folder = writable_folder(parse().results)
    problem = Problem()
    answer = solve(problem, certified(problem))
    distance = float(problem.distance)
    under, over = (trajectory_over(answer, answer.h_max * factor) for factor in (0.995, 1.005))
    stuck = descent.trajectory(problem.alpha, problem.distance, HEIGHT, 9)[1:]
    adam = trajectory_over(answer, float(HEIGHT))
    images = {
        "both_trajectories.png": figures.descent_and_adam(
            distance, float(HEIGHT), [float(x) for x in stuck], adam.positions
        ),
        "staircase.png": figures.staircase(
            records(problem, answer.supremum.horizon), 1.25 * answer.h_max
        ),
        "slopes.png": maps.slope_ratios(heights_by_ratio(problem)),
        "step_table.png": figures.step_table(under.steps, distance, distance + under.height),
    }
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in images.items()]
        files.append(animate(distance, [under, over], stage / "adam.gif"))
    print_written(folder, files)


def heights_by_ratio(problem: Problem) -> dict[float, SlopedHeight]:
    """Return what is proved of the maximum height at the slopes 1 and s₁, by s₁."""
    found = {ratio: sloped_height(problem, Slopes(uphill=Fraction(ratio))) for ratio in RATIOS}
    return {ratio: height for ratio, height in found.items() if isinstance(height, SlopedHeight)}


def records(problem: Problem, last: int) -> list[tuple[int, Fraction]]:
    """Return (step, exact x − L) of the steps that come above L and higher than any before."""
    distance = rational(problem.distance)
    found, highest = [], distance
    for step in islice(adam_steps(problem, lambda x: valley_slope(x, distance)), last):
        if step.x > highest:
            highest = step.x
            height = highest - distance
            found.append((step.t, Fraction(int(height.p), int(height.q))))
    return found


if __name__ == "__main__":
    cli.run(main)
