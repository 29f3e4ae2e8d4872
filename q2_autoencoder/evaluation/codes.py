"""What codes are worth: to a linear classifier, to neighbours, to the decoder; and as a space."""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from torch import Tensor

ITERATIONS = 1000  # of the linear classifier's optimizer, at most
CONSTANT = 1e-6  # of a dimension's mean: a deviation as small is float32's rounding
DEAD = 0.5 / 255  # pixel values: half a grey level
PROBED_IMAGES = 200  # in which a dead dimension changes nothing
COMPONENTS = 10  # Gaussians of the mixture from which codes are drawn
FITTED_CODES = 10_000  # training codes to which it is fitted
TOLERANCE = 1e-2  # of its mean log-likelihood, from step to step


def linear_probe(
    train: np.ndarray, train_digits: np.ndarray, codes: np.ndarray, digits: np.ndarray
) -> float:
    """Return the accuracy on `codes` (N, D) of a linear classifier of training codes (M, D).

    Logistic regression (Alain and Bengio, "Understanding intermediate layers using linear
    classifier probes", 2016).
    """
    probe = LogisticRegression(max_iter=ITERATIONS).fit(train, train_digits)
    return float(probe.score(codes, digits))


def standardised(train: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both with each dimension's training mean and deviation made 0 and 1."""
    mean, deviation = train.mean(0, dtype=np.float64), train.std(0, dtype=np.float64)
    deviation[deviation <= CONSTANT * np.abs(mean)] = 1  # the same for all images, but for rounding
    return (train - mean) / deviation, (codes - mean) / deviation


def effective_dimension(codes: np.ndarray) -> float:
    """Return the participation ratio of the principal variances of `codes` (N, D): 1 to D.

    (Σλ)²/Σλ²: D for equal variances, 1 where one direction has all (Gao et al., "A theory of
    multineuronal dimensionality", 2017); 0 for codes that are all the same.
    """
    variances = np.linalg.eigvalsh(np.atleast_2d(np.cov(codes.T, dtype=np.float64)))
    total = variances.sum()
    return float(total**2 / np.square(variances).sum()) if total > 0 else 0.0


def dead_dimensions(decode: Callable[[Tensor], Tensor], codes: Tensor) -> int:
    """Return how many dimensions of `codes` (N, D) the decoder does not need.

    With its mean in their place no pixel of an image changes by half a grey level.
    """
    with torch.no_grad():
        before = decode(codes)
        dead = 0
        for dimension, mean in enumerate(codes.mean(0)):
            changed = codes.clone()
            changed[:, dimension] = mean
            dead += int((decode(changed) - before).abs().max() < DEAD)
    return dead


def drawn_codes(train: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return `count` codes (count, D) of a mixture of Gaussians, fitted to `train` (M, D)."""
    fitted = train[:FITTED_CODES].astype(np.float64)
    mixture = GaussianMixture(COMPONENTS, tol=TOLERANCE, random_state=seed).fit(fitted)
    codes, _ = mixture.sample(count)  # one Gaussian after the other
    return np.random.default_rng(seed).permutation(codes).astype(np.float32)


def between(first: Tensor, last: Tensor, steps: int) -> Tensor:
    """Return so many codes (steps, D) on the straight line from `first` (D,) to `last` (D,)."""
    return torch.lerp(first, last, torch.linspace(0, 1, steps, device=first.device)[:, None])
