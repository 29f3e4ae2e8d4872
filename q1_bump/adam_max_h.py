"""The greatest bump height that Adam still climbs: four methods, the step table, a figure.

Usage:
    python q1_bump/adam_max_h.py
    python q1_bump/adam_max_h.py --lr 1/5 --beta1 0.95 --json
"""

import json
from fractions import Fraction

from q1_bump.certificate import supremum
from q1_bump.problem import Problem
from q1_bump.simulator import resolvable
from q1_bump.torch_adam import start_valley_height
from shared import cli
from shared.files import RESULTS, print_written, staged, writable_folder

MARGIN = 0.005  # "just" under and over h_max: half a per cent


def main() -> int:
    options = parse()
    problem = Problem(options.lr, options.beta1, options.beta2, options.eps, options.distance)
    folder = writable_folder(options.results)
    if options.optimizer != "adam":
        from q1_bump.beyond_adam import beyond_adam

        return beyond_adam(problem, options.optimizer, folder, options.json)

    found = supremum(problem)
    # A process of its own imports torch while this one imports sympy and matplotlib.
    torch_height = None
    if found.certified and resolvable(problem, found.clearance):
        torch_height = start_valley_height(problem, found.horizon)
    from q1_bump import closed_form, report
    from q1_bump.max_height import solve, walk_over

    closed_form.formulas()  # sympy derives them while the other process still imports torch
    answer = solve(problem, found, torch_height)
    factors = (1 - MARGIN, 1 + MARGIN) if answer.h_max else ()
    walks = [walk_over(answer, answer.h_max * factor) for factor in factors]
    with staged(folder) as stage:
        files = report.save(answer, walks, stage)

    if options.json:
        print(json.dumps(answer.as_json()))
    else:
        report.print_answer(answer, walks)
        print_written(folder, files)
    if not found.certified:
        cli.complain(f"not certified: {found.reason}")
    elif not answer.agrees:
        cli.complain(f"the methods differ by {answer.disagreement:.1e}, more than rounding")
    return 0 if answer.agrees else 1


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    for option, default, meaning in (
        ("--lr", "0.3", "learning rate α > 0"),
        ("--beta1", "0.9", "decay of the first moment, in [0, 1)"),
        ("--beta2", "0.999", "decay of the second moment, in [0, 1)"),
        ("--eps", "0", "ε ≥ 0"),
        ("--distance", "1", "L > 0, from the start to the local minimum"),
    ):
        parser.add_argument(option, type=cli.exact_number, default=Fraction(default), help=meaning)
    parser.add_argument(
        "--optimizer",
        default="adam",
        help="ask the same of another optimizer of torch.optim (rmsprop, sgd, ...), or of all",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and no text")
    cli.add_results_option(parser, RESULTS / "q1_bump")
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
