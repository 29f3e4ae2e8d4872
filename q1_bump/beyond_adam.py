"""What `adam_max_h.py --optimizer` prints and saves of the other optimizers."""

import json
from pathlib import Path

from q1_bump import maps
from q1_bump.optimizers import NOT_APPLICABLE, OPTIMIZERS, STEPS, greatest_height
from q1_bump.problem import Problem
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import print_written, staged, write_json

SHOWN_PATH = 60  # steps of the figure of the paths


def beyond_adam(problem: Problem, chosen: str, folder: Path, as_json: bool) -> int:
    """Print, draw and save the heights of other optimizers at the same learning rate."""
    if chosen not in (*OPTIMIZERS, "all"):
        raise BadInput(f"--optimizer {chosen}: give one of {', '.join(OPTIMIZERS)}, all")
    names = list(OPTIMIZERS) if chosen == "all" else [chosen]
    heights = sorted(
        (greatest_height(name, problem) for name in names), key=lambda h: -(h.height or 0.0)
    )
    table = [
        {
            "optimizer": result.name,
            "height": result.height,
            "step": result.step,
            "certified": result.certified,
            "simulated_steps": STEPS,
        }
        for result in heights
    ]
    answer = {"alpha": float(problem.alpha), "heights": table, "not_applicable": NOT_APPLICABLE}
    drawn = [result for result in heights if result.height is not None]
    if not drawn:
        raise BadInput(f"--optimizer {chosen} divides by zero or overflows with these parameters")
    figure = maps.optimizer_paths(drawn, float(problem.distance), SHOWN_PATH)
    with staged(folder) as stage:
        files = [stage / f"optimizers_{chosen}.json", stage / f"optimizers_{chosen}.png"]
        write_json(files[0], answer)
        save_figure(figure, files[1])
    if as_json:
        print(json.dumps(answer))
        return 0
    print(f"Greatest bump height at learning rate {problem.alpha}, L = {problem.distance}:\n")
    print(f"  {'optimizer':12} {'height':>14} {'at step':>8}   known for")
    for result in heights:
        if result.height is None:
            print(f"  {result.name:12} {'none':>14}            divides by zero or overflows")
            continue
        step = "limit" if result.step is None else result.step
        known = "all time (certified)" if result.certified else f"{STEPS} steps (simulated)"
        if not result.certified and result.step > 0.9 * STEPS:
            known += ", still rising at their end"
        print(f"  {result.name:12} {result.height:14.9g} {step:>8}   {known}")
    print("\nNot asked:", *(f"{k}: {v}" for k, v in NOT_APPLICABLE.items()), sep="\n  ")
    print_written(folder, files)
    return 0
