"""Plain gradient descent at the bump: where it goes, where it is stuck, when it crosses.

Usage:
    python q1_bump/gradient_descent.py
    python q1_bump/gradient_descent.py --lr 0.9 --height 0.5 --json
"""

import json
from fractions import Fraction

from q1_bump import figures
from q1_bump.descent import fate, overshoot, walk
from q1_bump.problem import Problem, bump_loss, bump_slope
from shared import cli
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import RESULTS, print_written, staged, writable_folder, write_json

MAX_STEPS = 10_000  # to the minimum


def main() -> None:
    parser = cli.Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=cli.exact_number, default=Fraction("0.3"), help="α > 0")
    parser.add_argument("--distance", type=cli.exact_number, default=Fraction(1), help="L > 0")
    parser.add_argument("--height", type=cli.exact_number, default=Fraction("0.4"), help="h > 0")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no text")
    cli.add_results_option(parser, RESULTS / "q1_bump")
    options = parser.parse_args()
    alpha, distance, height = options.lr, options.distance, options.height
    Problem(alpha=alpha, distance=distance)  # checks both
    if height <= 0:
        raise BadInput(f"--height must be above 0, got {height}")
    if distance / alpha > MAX_STEPS:
        raise BadInput(
            f"--lr {float(alpha):g} needs more than {MAX_STEPS} steps to come to the minimum at "
            f"--distance {float(distance):g}; give a higher --lr"
        )
    folder = writable_folder(options.results)

    end = fate(alpha, distance, height)
    positions = walk(alpha, distance, height, end.step + 4)
    answer = {
        "alpha": str(alpha),
        "distance": str(distance),
        "height": str(height),
        "fate": end.kind,
        "points": [str(x) for x in end.points],
        "heights_above_minimum": [str(above) for above in end.heights],
        "crosses_below_height": str(overshoot(alpha, distance)),
        "positions": [str(x) for x in positions],
        "losses": [str(bump_loss(x, distance, height)) for x in positions],
    }
    figure = figures.gradient_descent(distance, height, positions, end)
    with staged(folder) as stage:
        files = [stage / "gradient_descent.json", stage / "gradient_descent.png"]
        write_json(files[0], answer)
        save_figure(figure, files[1])

    if options.json:
        print(json.dumps(answer))
        return
    print(f"Gradient descent from x = 0: α = {alpha}, L = {distance}, h = {height}.\n")
    print(f"  {'t':>3} {'slope before':>13} {'x':>12} {'F(x)':>12}")
    shown_from = max(0, len(positions) - 24)
    for t, x in list(enumerate(positions))[shown_from:]:
        slope = f"{bump_slope(positions[t - 1], distance, height):+d}" if t else ""
        print(f"  {t:3} {slope:>13} {x!s:>12} {bump_loss(x, distance, height)!s:>12}")
    print(f"\nIt {end.kind}" + (f" at step {end.step}." if end.kind == "crosses" else ":"))
    for x, above in zip(end.points, end.heights, strict=True):
        print(f"  x = {x} = {float(x):g}, {above} = {float(above):g} above the local minimum")
    print(
        f"\nIt crosses if and only if h < α·⌈L/α⌉ − L = {overshoot(alpha, distance)}, which is "
        "less than α.\nOn a kink the slope is taken as 0 and it rests there: at L if α divides "
        "L, on the top if h = α·⌈L/α⌉ − L.\nWith the one-sided slope −1 it steps on from there "
        "(and, from L, crosses if h < α), with +1 it steps\nback and switches between two points."
    )
    print_written(folder, files)


if __name__ == "__main__":
    cli.run(main)
