"""What `adam_max_h.py --slopes` and `--half-width` print and save."""

import json
from dataclasses import asdict
from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from pathlib import Path

from q1_bump.adam.exact import decimal
from q1_bump.descent import sloped_overshoot
from q1_bump.problem import Problem, Slopes
from q1_bump.records import SlopedRecord
from q1_bump.slopes.height import Height, fixed_width, greatest_height
from shared import cli
from shared.files import print_written, staged, write_record

RESOLUTION = Fraction(1, 10_000)  # of the height at a fixed width, in units of the half-width


def sloped_answer(problem: Problem, optimizer: str, bump: Slopes | Fraction) -> SlopedRecord:
    """Return the maximum height of a bump with slopes of its own, or of a fixed half-width.

    Raises:
        BadInput: the optimizer needs too many steps or is not defined.
    """
    if isinstance(bump, Slopes):
        found = _descends(problem, bump) if optimizer == "sgd" else greatest_height(problem, bump)
    else:
        found = _at_fixed_width(problem, bump)
    fixed = isinstance(bump, Slopes)
    return SlopedRecord(
        optimizer=optimizer,
        alpha=float(problem.alpha),
        beta1=float(problem.beta1),
        beta2=float(problem.beta2),
        epsilon=float(problem.epsilon),
        distance=float(problem.distance),
        slopes=[str(s) for s in (bump.downhill, bump.uphill, bump.beyond)] if fixed else None,
        half_width=None if fixed else str(bump),
        h_max=found and float((found.lower + found.upper) / 2),
        enclosure=found
        and (decimal(found.lower, ROUND_FLOOR), decimal(found.upper, ROUND_CEILING)),
        attained=found and found.attained,
        step=found and found.step,
        certified=found is not None,
        reason=found.reason if found else "a step comes too near to the kink to tell its slope",
    )


def _descends(problem: Problem, slopes: Slopes) -> Height:
    """Return the answer for gradient descent."""
    found = sloped_overshoot(problem.alpha, problem.distance, slopes)
    height = slopes.uphill * found.distance
    return Height(height, height, True, found.step, found.step, "its places form a circle")


def _at_fixed_width(problem: Problem, half_width: Fraction) -> Height | None:
    """Return the bracket of `fixed_width` as a height."""
    found = fixed_width(problem, half_width, RESOLUTION * half_width)
    if found is None:
        return None
    reason = "the first height was proved to be climbed, the second not to be; each by itself"
    return Height(found.climbed, found.not_climbed, None, None, None, reason)


def print_and_save(record: SlopedRecord, folder: Path, as_json: bool) -> int:
    """Print and save the record; return the exit status, 1 if nothing is certified."""
    with staged(folder) as stage:
        files = [stage / "sloped_bump.json"]
        write_record(files[0], record)
    if as_json:
        print(json.dumps(asdict(record)))
    else:
        _print(record)
        print_written(folder, files)
    if not record.certified:
        cli.complain(f"not certified: {record.reason}")
    return 0 if record.certified else 1


def _print(record: SlopedRecord) -> None:
    if record.slopes:
        down, up, beyond = record.slopes
        bump = f"slopes −{down} down to the minimum, +{up} up the bump, −{beyond} beyond its top"
    else:
        bump = f"a bump of half-width {record.half_width} whose slopes are its height over this"
    print(f"{record.optimizer}, learning rate {record.alpha:g}: {bump}.")
    if record.enclosure is None:
        return
    low, high = record.enclosure
    where = "" if record.step is None else f" at step {record.step}"
    if record.attained:
        print(f"Maximum height of the bump: {record.h_max:.15g}, reached{where}.")
    else:
        print(f"Maximum height of the bump: between {float(low):.9g}{where} and {float(high):.9g}.")
    print(f"Certificate: {record.reason}.")
