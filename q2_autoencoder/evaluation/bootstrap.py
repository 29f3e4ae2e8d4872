"""How far two runs differ from image to image: what a single run of each can show.

Over seeds an interval says how far a repeated training would differ. Of one run alone that cannot
be known; the bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993) says how
far other test images would change the difference of these two networks.
"""

import numpy as np
from scipy.stats import bootstrap
from torch import Tensor

from q2_autoencoder.evaluation.measures import (
    LEAST,
    Reference,
    classes_of,
    structural_similarities,
)
from q2_autoencoder.evaluation.sharpness import sharpness
from q2_autoencoder.networks.batches import map_batches
from q2_autoencoder.records import BootstrappedMeasure
from shared.summary import CONFIDENCE, Interval

RESAMPLES = 2_000
AT_ONCE = 50  # resamples whose indices are in memory together


def per_image(reference: Reference, others: Tensor) -> dict[str, np.ndarray]:
    """Return the measures that are means over images, (N,) of each, by their names in `Measures`.

    Args:
        reference: the originals and the judges.
        others: reconstructions, pixels (N, 784) on the judges' device.
    """
    features = map_batches(reference.classifier.features, others)
    ratios = (sharpness(others) / reference.sharpness).clamp(min=LEAST)
    difference = others - reference.originals
    found = {
        "sharpness_error": ratios.log().abs(),
        "reconstruction_accuracy": classes_of(reference, features) == reference.labels,
        "ssim": structural_similarities(reference.originals, others),
        "l1": difference.abs().mean(1),
        "mse": difference.square().mean(1),
    }
    return {key: values.double().cpu().numpy() for key, values in found.items()}


def bootstrapped(values: np.ndarray, others: np.ndarray) -> BootstrappedMeasure:
    """Return two means over the same images, and the interval of their difference."""
    difference = values - others
    mean = float(difference.mean())
    interval = Interval(mean, mean, mean)
    if difference.any():
        found = bootstrap(
            (difference,),
            np.mean,
            n_resamples=RESAMPLES,
            batch=AT_ONCE,
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=np.random.default_rng(0),
        ).confidence_interval
        interval = Interval(mean, float(found.low), float(found.high))
    return BootstrappedMeasure(float(values.mean()), float(others.mean()), interval)
