"""Numbers over seeds: mean and standard deviation."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Mean, sample standard deviation (None for one value) and the values, one a seed."""

    mean: float
    sd: float | None
    values: list[float]

    def text(self, form: str) -> str:
        """Return "mean ± sd" in the format `form`, or the mean alone of one value."""
        mean = f"{self.mean:{form}}"
        return mean if self.sd is None else f"{mean} ± {self.sd:{form}}"


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of `values`, of which there must be one at least."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(statistics.fmean(values), deviation, list(values))
