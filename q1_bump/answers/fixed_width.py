"""What `adam_max_h.py --half-width` prints and saves."""

from fractions import Fraction
from pathlib import Path

from q1_bump.answers.saving import print_and_save
from q1_bump.problem import Problem
from q1_bump.records import FixedWidthRecord
from q1_bump.slopes.fixed_width import Switch, find_switch, passes_at_once

RESOLUTION = Fraction(1, 10_000)  # of the heights, in units of the half-width
PROVED = "each height by a proof of its own"
AT_ONCE = "the first step past the minimum leads past the top"


def fixed_width_answer(problem: Problem, half_width: Fraction) -> FixedWidthRecord:
    """Return two near heights of a bump of fixed width, of which Adam climbs one only.

    Raises:
        BadInput: Adam needs too many steps to come to the minimum, or is not defined.
    """
    every = passes_at_once(problem, half_width)
    found = Switch(None, None, None)
    if not every:
        found = find_switch(problem, half_width, RESOLUTION * half_width)
    reason = AT_ONCE if every else PROVED
    if found.undecided is not None:
        reason = f"whether the height {float(found.undecided):g} is climbed is not known"
    elif not every and found.not_climbed is None:
        reason = "no height was found that is not climbed"
    elif not every and found.climbed is None:
        reason = "no height was found that is climbed"
    return FixedWidthRecord(
        alpha=float(problem.alpha),
        beta1=float(problem.beta1),
        beta2=float(problem.beta2),
        epsilon=float(problem.epsilon),
        distance=float(problem.distance),
        half_width=str(half_width),
        every_height=every,
        climbed=None if found.climbed is None else str(found.climbed),
        not_climbed=None if found.not_climbed is None else str(found.not_climbed),
        certified=reason in (PROVED, AT_ONCE),
        reason=reason,
    )


def show(record: FixedWidthRecord, folder: Path, as_json: bool) -> int:
    """Print and save the record; return the exit status, 1 if the search came to no end."""
    return print_and_save(record, folder / "fixed_width.json", as_json, lambda: _print(record))


def _print(record: FixedWidthRecord) -> None:
    print(
        f"adam, learning rate {record.alpha:g}: a bump of half-width {record.half_width} whose "
        "slopes are its height over this."
    )
    if record.every_height:
        print(f"Every height is climbed: {record.reason}.")
    if record.climbed is not None:
        print(f"Climbed: the bump of height {_short(record.climbed)}.")
    if record.not_climbed is not None:
        print(
            f"Not climbed: that of height {_short(record.not_climbed)}, if no late step starts "
            "exactly on L."
        )
    if not record.every_height:
        print("Other heights, lower or higher, are not decided by these.")


def _short(height: str) -> str:
    return f"{float(Fraction(height)):.9g}"
