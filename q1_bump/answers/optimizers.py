"""What `adam_max_h.py --optimizer` prints and saves of the other optimizers."""

import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

from q1_bump.optimizers.certificate import Certified, Unbounded
from q1_bump.optimizers.table import NOT_APPLICABLE, OPTIMIZERS
from q1_bump.optimizers.torch_classes import OptimizerHeight, optimizer_height
from q1_bump.plots import maps
from q1_bump.problem import Problem
from q1_bump.records import OptimizerRow, OptimizersRecord
from shared import cli
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import print_written, staged, write_record

LONGEST = 100  # characters of a fraction that is saved


def beyond_adam(problem: Problem, chosen: str, folder: Path, as_json: bool) -> int:
    """Print, draw and save the heights of other optimizers at the same learning rate.

    Returns:
        The exit status: 1 if a height is not certified.

    Raises:
        BadInput: none of them is defined for these parameters.
    """
    names = list(OPTIMIZERS) if chosen == "all" else [chosen]
    heights = sorted(
        (optimizer_height(name, problem) for name in names), key=lambda h: -(h.height or 0.0)
    )
    if all(result.found is None for result in heights):
        raise BadInput(f"--optimizer {chosen} divides by zero or overflows with these parameters")
    rows = [optimizer_row(result) for result in heights]
    record = OptimizersRecord(
        alpha=float(problem.alpha),
        beta1=float(problem.beta1),
        beta2=float(problem.beta2),
        epsilon=float(problem.epsilon),
        distance=float(problem.distance),
        heights=rows,
        not_applicable=NOT_APPLICABLE,
    )
    with staged(folder) as stage:
        files = [stage / f"optimizers_{chosen}.json"]
        write_record(files[0], record)
        if any(result.height is not None for result in heights):
            figure = maps.optimizer_trajectories(heights, float(problem.distance))
            files.append(save_figure(figure, stage / f"optimizers_{chosen}.png"))
    if as_json:
        print(json.dumps(asdict(record)))
    else:
        _print_rows(problem, rows)
        print_written(folder, files)
    missing = [row.optimizer for row in rows if not row.certified and row.height is not None]
    if missing:
        cli.complain(f"not certified: {', '.join(missing)}")
    return 1 if missing else 0


def _print_rows(problem: Problem, rows: list[OptimizerRow]) -> None:
    print(f"Greatest bump height at learning rate {problem.alpha}, L = {problem.distance}:\n")
    print(f"  {'optimizer':12} {'height':>14} {'at step':>9}   why")
    for row in rows:
        print(_line(row))
    print("\nNot asked:", *(f"{k}: {v}" for k, v in NOT_APPLICABLE.items()), sep="\n  ")


def optimizer_row(result: OptimizerHeight) -> OptimizerRow:
    """Return what is saved of one optimizer."""
    found = result.found
    certified = found if isinstance(found, Certified) else None
    reason = "it divides by zero or overflows" if found is None else found.reason
    unbounded = isinstance(found, Unbounded)
    if unbounded:
        reason = f"every height is climbed: {reason}"
    if certified and certified.upper <= 0:
        reason = f"it never comes beyond L: {reason}"
    words = "" if result.exact is None else str(max(Fraction(0), result.exact))
    return OptimizerRow(
        optimizer=result.name,
        height=result.height,
        exact=words if 0 < len(words) <= LONGEST else None,
        enclosure=certified and certified.enclosure,
        attained=False if unbounded else certified and certified.attained,
        step=certified and certified.step,
        certified=certified is not None or unbounded,
        reason=reason,
    )


def _line(row: OptimizerRow) -> str:
    if row.height is None:
        return f"  {row.optimizer:12} {'none':>14} {'':9}   {row.reason}"
    where = "limit" if row.attained is False else "" if row.step is None else str(row.step)
    known = row.reason if row.certified else f"at least this; not certified: {row.reason}"
    return f"  {row.optimizer:12} {row.height:14.9g} {where:>9}   {known}"
