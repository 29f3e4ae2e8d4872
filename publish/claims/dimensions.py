"""Plain autoencoders at three latent dimensions: what the statements on Question 2(a) refer to.

The numbers of comparison.json are means or sums over the seeds, but for the training curve, the
first seed's.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from q2_autoencoder.records import Comparison, DimensionResult
from shared.errors import BadInput

DIMENSIONS = ("2", "16", "256")
FIRST, SECOND = "000, Question 2(a)", "002, Question 2(a)"
Measure = Callable[[DimensionResult], float]


class ByDimension(NamedTuple):
    """The results at the latent dimensions 2, 16 and 256."""

    two: DimensionResult
    sixteen: DimensionResult
    many: DimensionResult

    def listed(self, measure: Measure, form: str) -> str:
        """Return a measure at each latent dimension, as text."""
        values = [f"{measure(result):{form}}" for result in self]
        return ", ".join(f"{v} ({dim})" for v, dim in zip(values, DIMENSIONS, strict=True))

    def falls(self, measure: Measure) -> bool:
        """Say whether a measure is the lower, the higher the latent dimension."""
        return measure(self.two) > measure(self.sixteen) > measure(self.many)

    def rises(self, measure: Measure) -> bool:
        """Say whether a measure is the higher, the higher the latent dimension."""
        return measure(self.two) < measure(self.sixteen) < measure(self.many)


def results_of(comparison: Comparison) -> ByDimension:
    """Return the results of the three latent dimensions.

    Raises:
        BadInput: the comparison is of others.
    """
    if missing := [dim for dim in DIMENSIONS if dim not in comparison.latent_dims]:
        raise BadInput(f"the comparison lacks the latent dimensions {', '.join(missing)}")
    return ByDimension(*(comparison.latent_dims[dim] for dim in DIMENSIONS))


def l1(result: DimensionResult) -> float:
    """Return the mean test L1."""
    return result.test.l1.mean


def accuracy(result: DimensionResult) -> float:
    """Return the mean share of reconstructions that are classified as the original's digit."""
    return result.reconstruction_accuracy.mean


def largest_pairs(confusion: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Return the `count` pairs of digits most often taken for each other, either way."""
    both = confusion + confusion.T
    pairs = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    return sorted(pairs, key=lambda pair: -both[pair])[:count]
