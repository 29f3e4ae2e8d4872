"""Plain autoencoders at three latent dimensions: what the statements on Question 2(a) refer to.

What is said of means is decided by their 95 % intervals over the seeds. The counts of
comparison.json are sums over the seeds, and the training curve is the first seed's.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from publish.claim import above, all_of, below
from q2_autoencoder.config import LATENT_DIMS
from q2_autoencoder.records import Comparison, DimensionResult
from shared.errors import BadInput
from shared.summary import Interval, Spread, confidence_interval, paired_difference

DIMENSIONS = tuple(map(str, LATENT_DIMS))
FIRST, SECOND = "000, Question 2(a)", "002, Question 2(a)"
Measure = Callable[[DimensionResult], Spread]


class ByDimension(NamedTuple):
    """The results at the latent dimensions 2, 16 and 256."""

    two: DimensionResult
    sixteen: DimensionResult
    many: DimensionResult

    def listed(self, measure: Measure, form: str) -> str:
        """Return the means of a measure at each latent dimension, as text."""
        values = [f"{measure(result).mean:{form}}" for result in self]
        return ", ".join(f"{v} ({dim})" for v, dim in zip(values, DIMENSIONS, strict=True))

    def falls(self, measure: Measure) -> bool | None:
        """Return whether a measure is the lower, the higher the latent dimension."""
        return all_of(map(below, self._steps(measure)))

    def rises(self, measure: Measure) -> bool | None:
        """Return whether a measure is the higher, the higher the latent dimension."""
        return all_of(map(above, self._steps(measure)))

    def _steps(self, measure: Measure) -> list[Interval]:
        two, sixteen, many = map(measure, self)
        return [difference(sixteen, two), difference(many, sixteen)]


def difference(first: Spread, second: Spread) -> Interval:
    """Return the interval of the difference of two measures of as many seeds, `first` less
    `second`.
    """
    return paired_difference(dict(enumerate(first.values)), dict(enumerate(second.values)))


def interval(measure: Spread) -> Interval:
    """Return the interval of a measure's mean."""
    return confidence_interval(measure.values)


def results_of(comparison: Comparison) -> ByDimension:
    """Return the results of the three latent dimensions.

    Raises:
        BadInput: the comparison is of others.
    """
    if missing := [dim for dim in DIMENSIONS if dim not in comparison.latent_dims]:
        raise BadInput(f"the comparison lacks the latent dimensions {', '.join(missing)}")
    return ByDimension(*(comparison.latent_dims[dim] for dim in DIMENSIONS))


def l1(result: DimensionResult) -> Spread:
    """Return the test L1."""
    return result.test.l1


def accuracy(result: DimensionResult) -> Spread:
    """Return the share of reconstructions that are classified as the original's digit."""
    return result.reconstruction_accuracy


def largest_pairs(confusion: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Return the `count` pairs of digits most often taken for each other, either way."""
    both = confusion + confusion.T
    pairs = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    return sorted(pairs, key=lambda pair: -both[pair])[:count]
