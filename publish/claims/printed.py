"""Printed numbers against recomputed ones."""

from collections.abc import Callable

from publish.claim import Finding

CUT, ROUNDED = "to the digits printed", "rounded to the digits printed"


def digits_agree(printed: str, value: float) -> bool:
    """Say whether `value`, cut off or rounded to the digits of `printed`, is `printed`."""
    number = printed.removesuffix("...")
    unit = 10.0 ** -len(number.partition(".")[2])
    # Cut off: 0 ≤ value − printed < unit. Rounded: |value − printed| ≤ unit/2.
    difference = abs(value) - abs(float(number))
    return -0.5 * unit <= difference < unit and (value < 0) == (float(number) < 0)


def number(printed: str, value: Callable[[], float]) -> Callable[[], Finding]:
    """Return the check of a printed number against its recomputed value."""

    def check() -> Finding:
        exact = float(value())
        return Finding(f"{exact:.12g}", digits_agree(printed, exact))

    return check
