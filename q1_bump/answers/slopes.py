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
from q1_bump.slopes.height import Height, Unproved, fixed_width, greatest_height
from shared import cli
from shared.errors import BadInput
from shared.files import print_written, staged, write_record

RESOLUTION = Fraction(1, 10_000)  # of the height at a fixed width, in units of the half-width


def sloped_answer(problem: Problem, optimizer: str, bump: Slopes | Fraction) -> SlopedRecord:
    """Return the maximum height of a bump with slopes of its own, or of a fixed half-width.

    Raises:
        BadInput: the optimizer needs too many steps or is not defined.
    """
    slopes = bump if isinstance(bump, Slopes) else None
    if not isinstance(bump, Slopes):
        found = _at_fixed_width(problem, bump)
    elif optimizer == "sgd":
        found = _descends(problem, bump)
    else:
        found = greatest_height(problem, bump)
    height = found if isinstance(found, Height) else None
    return SlopedRecord(
        optimizer=optimizer,
        alpha=float(problem.alpha),
        beta1=float(problem.beta1),
        beta2=float(problem.beta2),
        epsilon=float(problem.epsilon),
        distance=float(problem.distance),
        slopes=slopes and [str(one) for one in (slopes.downhill, slopes.uphill, slopes.beyond)],
        half_width=None if slopes else str(bump),
        h_max=height and float((height.lower + height.upper) / 2),
        enclosure=height
        and (decimal(height.lower, ROUND_FLOOR), decimal(height.upper, ROUND_CEILING)),
        attained=height and height.attained,
        step=height and height.step,
        lower_bound=decimal(found.lower, ROUND_FLOOR),
        certified=height is not None,
        reason=found.reason,
    )


def _descends(problem: Problem, slopes: Slopes) -> Height:
    """Return the answer for gradient descent."""
    found = sloped_overshoot(problem.alpha, problem.distance, slopes)
    height = slopes.uphill * found.distance
    return Height(height, height, True, found.step, "its places form a circle")


def _at_fixed_width(problem: Problem, half_width: Fraction) -> Height | Unproved:
    """Return the bracket of `fixed_width` as a height.

    Raises:
        BadInput: every height is climbed.
    """
    found = fixed_width(problem, half_width, RESOLUTION * half_width)
    if isinstance(found, Unproved):
        return found
    if found.not_climbed is None:
        raise BadInput(
            f"--half-width {half_width} has no maximum height: the first step past the minimum is "
            "past the whole bump"
        )
    reason = (
        "the first height was proved to be climbed, the second not to be, each by itself, "
        "if no late step starts exactly on L"
    )
    return Height(found.climbed, found.not_climbed, None, None, reason)


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
        print(f"No certified maximum height. It is at least {float(record.lower_bound):.9g}.")
        return
    low, high = record.enclosure
    where = "" if record.step is None else f" at step {record.step}"
    if record.attained:
        print(f"Maximum height of the bump: {record.h_max:.15g}, reached{where}.")
    else:
        print(f"Maximum height of the bump: between {float(low):.9g}{where} and {float(high):.9g}.")
    print(f"Certificate: {record.reason}.")
