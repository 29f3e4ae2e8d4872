"""The pictures of the reports' case: both walks, the staircase, the step table, an animation.

Usage:
    python q1_bump/illustrate.py
"""

from fractions import Fraction
from itertools import islice

from q1_bump import descent, figures
from q1_bump.animation import animate
from q1_bump.exact import adam_steps, rational
from q1_bump.max_height import solve, walk_over
from q1_bump.problem import Problem, valley_slope
from shared import cli
from shared.figures import save_figure
from shared.files import RESULTS, print_written, staged, writable_folder

HEIGHT = Fraction(2, 5)  # a bump that Adam climbs and gradient descent does not, with h > α


def main() -> None:
    parser = cli.Parser(description=__doc__.splitlines()[0])
    cli.add_results_option(parser, RESULTS / "q1_bump")
    folder = writable_folder(parser.parse_args().results)

    answer = solve(Problem())
    problem, distance = answer.problem, float(answer.problem.distance)
    under, over = (walk_over(answer, answer.h_max * factor) for factor in (0.995, 1.005))
    stuck = descent.walk(problem.alpha, problem.distance, HEIGHT, 9)[1:]
    adam = [step.x for step in walk_over(answer, float(HEIGHT)).steps]
    pictures = {
        "both_walks.png": figures.loss_with_both_walks(
            distance, float(HEIGHT), [float(x) for x in stuck], adam
        ),
        "staircase.png": figures.staircase(
            records(problem, answer.supremum.step), 1.25 * answer.h_max
        ),
        "step_table.png": figures.step_table(under.steps, distance, distance + under.height),
    }
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in pictures.items()]
        files.append(animate(distance, [under, over], stage / "adam.gif"))
    print_written(folder, files)


def records(problem: Problem, last: int) -> list[tuple[int, Fraction]]:
    """Return (step, exact x − L) wherever the walk is above L and higher than ever before."""
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
