"""A statement of a published report, and how it is tested."""

from collections.abc import Callable
from typing import NamedTuple

CONFIRMED, TYPO, WRONG, UNDECIDED = "confirmed", "typo", "wrong", "undecided"


class Claim(NamedTuple):
    """A statement of a report and how to test it.

    Attributes:
        place: report and part of it.
        printed: the statement as printed.
        check: recomputes it: (value as text, whether the printed statement holds; None where
            trainings from different seeds disagree on that).
        otherwise: the verdict where it does not hold, "typo" or "wrong".
        reason: why, or under what reading.
    """

    place: str
    printed: str
    check: Callable[[], tuple[str, bool | None]]
    reason: str
    otherwise: str = WRONG


def digits_agree(printed: str, value: float) -> bool:
    """Say whether `value`, cut off or rounded to the digits of `printed`, is `printed`."""
    number = printed.removesuffix("...")
    unit = 10.0 ** -len(number.partition(".")[2])
    # Cut off: 0 ≤ value − printed < unit. Rounded: |value − printed| ≤ unit/2.
    difference = abs(value) - abs(float(number))
    return -0.5 * unit <= difference < unit and (value < 0) == (float(number) < 0)
