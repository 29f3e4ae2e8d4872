"""How dis_net's weights are chosen: on images that are neither trained on nor reported.

The criterion is the gradient distance (gradients.py): do edges have the originals' steepness? It
judges nothing itself; of the judges, those of sharpness are nearest to it. It is taken as its
logarithm over the plain run's, a mean over the latent dimensions. A pair of weights is not chosen
if it costs more L1 than `MOST_L1` allows at some latent dimension, or if a run failed.
"""

import math
import statistics
from collections.abc import Mapping

from q2_autoencoder.records import Criteria, Tried, Weights

MOST_L1 = {1: 1.06, 16: 1.02}  # times the plain run's, from so many latent dimensions on


def most_l1(latent_dim: int) -> float:
    """Return how many times the plain run's L1 weights may cost."""
    return MOST_L1[max(dim for dim in MOST_L1 if dim <= latent_dim)]


def tried(
    weights: Weights, criteria: Mapping[int, Criteria | None], plain: Mapping[int, Criteria]
) -> Tried:
    """Return what a pair of weights came to, from means over seeds by latent dimension.

    `criteria` holds None where a run failed.
    """
    found = {dim: of_dim for dim, of_dim in criteria.items() if of_dim is not None}
    ratios = {dim: of_dim.over(plain[dim]) for dim, of_dim in found.items()}
    whole = len(found) == len(criteria)
    return Tried(
        weights=weights,
        ratios={str(dim): ratio for dim, ratio in ratios.items()},
        score=statistics.fmean(math.log(ratio.gradient_distance) for ratio in ratios.values())
        if whole
        else None,
        allowed=whole and all(ratio.l1 <= most_l1(dim) for dim, ratio in ratios.items()),
    )


def best(of_variant: list[Tried]) -> Tried | None:
    """Return the allowed one of the lowest score, or None where none is allowed."""
    allowed = [one for one in of_variant if one.allowed and one.score is not None]
    return min(allowed, key=lambda one: one.score or 0.0, default=None)
