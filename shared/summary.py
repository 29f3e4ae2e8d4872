"""Numbers over seeds: mean, standard deviation, confidence intervals, paired differences."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
WITH_MARGIN = "mean ± half of its 95 % interval (Student's t)"  # what `Spread.text` shows


@dataclass(frozen=True)
class Spread:
    """Mean, sample standard deviation (None for one value) and the values, one a seed."""

    mean: float
    sd: float | None
    values: list[float]

    def text(self, form: str) -> str:
        """Return "mean ± margin" in the format `form`, or the mean alone of one value."""
        mean, margin = f"{self.mean:{form}}", self.margin
        return mean if margin is None else f"{mean} ± {margin:{form}}"

    @property
    def margin(self) -> float | None:
        """Half of the mean's 95 % interval, None for one value."""
        if len(self.values) == 1:
            return None
        interval = confidence_interval(self.values)
        return interval.high - interval.mean


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of `values`, of which there must be one at least."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(statistics.fmean(values), deviation, list(values))


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval of a mean; its ends are infinite where one value is all."""

    mean: float
    low: float
    high: float

    def text(self, form: str) -> str:
        """Return "mean [low, high]" in the format `form`."""
        return f"{self.mean:{form}} [{self.low:{form}}, {self.high:{form}}]"


def confidence_interval(values: Sequence[float]) -> Interval:
    """Return the interval of the mean of `values`, of which there must be one at least.

    Student's t: it is right for values that are drawn independently from a normal distribution.
    """
    from scipy.stats import t  # takes a second: only where it is needed

    mean, count = statistics.fmean(values), len(values)
    if count == 1:
        return Interval(mean, -math.inf, math.inf)
    reach = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * statistics.stdev(values) / count**0.5
    return Interval(mean, mean - reach, mean + reach)


def paired_difference(values: Mapping[int, float], others: Mapping[int, float]) -> Interval:
    """Return the interval of the mean difference, `values` less `others`, over common seeds.

    Runs of one seed begin alike, so that their difference varies less than either.

    Raises:
        ValueError: they have no seed in common.
    """
    common = sorted(values.keys() & others.keys())
    if not common:
        raise ValueError("there is no seed that both have")
    return confidence_interval([values[seed] - others[seed] for seed in common])
