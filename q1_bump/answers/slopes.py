"""What `adam_max_h.py --slopes` prints and saves."""

from decimal import ROUND_CEILING, ROUND_FLOOR
from pathlib import Path

from q1_bump.adam.exact import decimal
from q1_bump.answers.saving import print_and_save
from q1_bump.descent import sloped_overshoot
from q1_bump.problem import Problem, Slopes
from q1_bump.records import SlopedRecord
from q1_bump.slopes.height import SlopedHeight, sloped_height


def sloped_answer(problem: Problem, optimizer: str, slopes: Slopes) -> SlopedRecord:
    """Return the maximum height of a bump with slopes of its own.

    Raises:
        BadInput: the optimizer needs too many steps or is not defined.
    """
    descends = optimizer == "sgd"
    found = _descends(problem, slopes) if descends else sloped_height(problem, slopes)
    height = found if isinstance(found, SlopedHeight) else None
    supposes = None
    if height and height.no_tie_after is not None:
        supposes = f"no step after step {height.no_tie_after} starts exactly on L"
    return SlopedRecord(
        optimizer=optimizer,
        alpha=float(problem.alpha),
        beta1=float(problem.beta1),
        beta2=float(problem.beta2),
        epsilon=float(problem.epsilon),
        distance=float(problem.distance),
        slopes=[str(one) for one in (slopes.downhill, slopes.uphill, slopes.beyond)],
        h_max=height and float((height.lower + height.upper) / 2),
        enclosure=height
        and (decimal(height.lower, ROUND_FLOOR), decimal(height.upper, ROUND_CEILING)),
        attained=height and height.attained,
        step=height and height.step,
        lower_bound=decimal(found.lower, ROUND_FLOOR),
        certified=height is not None,
        supposes=supposes,
        reason=found.reason,
    )


def _descends(problem: Problem, slopes: Slopes) -> SlopedHeight:
    """Return the answer for gradient descent."""
    found = sloped_overshoot(problem.alpha, problem.distance, slopes)
    height = slopes.uphill * found.distance
    return SlopedHeight(height, height, True, found.step, "its places form a circle")


def show(record: SlopedRecord, folder: Path, as_json: bool) -> int:
    """Print and save the record; return the exit status, 1 if nothing is certified."""
    return print_and_save(record, folder / "sloped_bump.json", as_json, lambda: _print(record))


def _print(record: SlopedRecord) -> None:
    down, up, beyond = record.slopes
    print(
        f"{record.optimizer}, learning rate {record.alpha:g}: slopes −{down} down to the minimum, "
        f"+{up} up the bump, −{beyond} beyond its top."
    )
    if record.enclosure is None:
        print(f"No certified maximum height. It is at least {float(record.lower_bound):.9g}.")
        return
    low, high = record.enclosure
    where = "" if record.step is None else f" at step {record.step}"
    if record.attained:
        print(f"Maximum height of the bump: {record.h_max:.15g}, reached{where}.")
    else:
        print(f"Maximum height of the bump: between {float(low):.9g}{where} and {float(high):.9g}.")
    condition = "" if record.supposes is None else f" Supposed: {record.supposes}."
    print(f"Certificate: {record.reason}.{condition}")
