"""What `adam_max_h.py --optimizer` prints and saves of the other optimizers."""

import json
from dataclasses import asdict
from pathlib import Path

from q1_bump import maps
from q1_bump.optimizer_table import NOT_APPLICABLE, OPTIMIZERS
from q1_bump.optimizers import STEPS, Height, greatest_height
from q1_bump.problem import Problem
from q1_bump.records import OptimizerRow, OptimizersRecord
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import print_written, staged, write_record

SHOWN_STEPS = 60  # of the trajectories in the figure


def beyond_adam(problem: Problem, chosen: str, folder: Path, as_json: bool) -> int:
    """Print, draw and save the heights of other optimizers at the same learning rate.

    Raises:
        BadInput: none of them is defined for these parameters.
    """
    names = list(OPTIMIZERS) if chosen == "all" else [chosen]
    heights = sorted(
        (greatest_height(name, problem) for name in names), key=lambda h: -(h.height or 0.0)
    )
    if all(result.height is None for result in heights):
        raise BadInput(f"--optimizer {chosen} divides by zero or overflows with these parameters")
    rows = [OptimizerRow(h.name, h.height, h.step, h.certified, STEPS) for h in heights]
    record = OptimizersRecord(float(problem.alpha), rows, NOT_APPLICABLE)
    figure = maps.optimizer_trajectories(heights, float(problem.distance), SHOWN_STEPS)
    with staged(folder) as stage:
        files = [stage / f"optimizers_{chosen}.json", stage / f"optimizers_{chosen}.png"]
        write_record(files[0], record)
        save_figure(figure, files[1])
    if as_json:
        print(json.dumps(asdict(record)))
        return 0
    print(f"Greatest bump height at learning rate {problem.alpha}, L = {problem.distance}:\n")
    print(f"  {'optimizer':12} {'height':>14} {'at step':>8}   known for")
    for result in heights:
        print(_line(result))
    print("\nNot asked:", *(f"{k}: {v}" for k, v in NOT_APPLICABLE.items()), sep="\n  ")
    print_written(folder, files)
    return 0


def _line(result: Height) -> str:
    if result.height is None:
        return f"  {result.name:12} {'none':>14}            divides by zero or overflows"
    step = "limit" if result.step is None else result.step
    known = "all time (certified)" if result.certified else f"{STEPS} steps (simulated)"
    if not result.certified and result.step is not None and result.step > 0.9 * STEPS:
        known += ", still rising at their end"
    return f"  {result.name:12} {result.height:14.9g} {step:>8}   {known}"
