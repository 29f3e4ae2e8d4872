"""Clusters of codes, and how well they match the digits."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.mixture import GaussianMixture

from q2_autoencoder.records import ClusteringScores
from shared.summary import spread

CLUSTERS = 10
# What was clustered, and how: the names under which records keep the scores.
K_MEANS_ON_CODES = "k-means on codes"
K_MEANS_ON_PIXELS = "k-means on pixels"
MIXTURE_ON_EMBEDDING = "Gaussian mixture on the t-SNE embedding"


class Agreement(NamedTuple):
    """How well clusters match digits, each number 1 at best.

    Attributes:
        accuracy: share of the images whose cluster is their digit's, under the best matching
            of clusters to digits one to one (Kuhn 1955, "The Hungarian method").
        nmi: normalised mutual information, over the mean of both entropies; not corrected
            for chance.
        ari: adjusted Rand index (Hubert and Arabie 1985); 0 by chance.
    """

    accuracy: float
    nmi: float
    ari: float


def k_means(points: np.ndarray, seed: int) -> KMeans:
    """Return k-means with ten clusters, fitted to `points` (N, D): the best of five starts.

    Best is the least sum of squared distances: the digits play no part.
    """
    best_of: Any = 5  # scikit-learn's default is a text
    return KMeans(CLUSTERS, n_init=best_of, random_state=seed).fit(points)


def k_means_labels(points: np.ndarray, seed: int) -> np.ndarray:
    """Return the cluster (N,) of each of `points` (N, D)."""
    fit: Any = k_means(points, seed)
    return fit.labels_


def gaussian_mixture(points: np.ndarray, seed: int) -> np.ndarray:
    """Return the cluster (N,) of each of `points` (N, D) in a mixture of ten Gaussians."""
    mixture = GaussianMixture(CLUSTERS, n_init=5, random_state=seed)
    return mixture.fit_predict(points)


def count_table(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return how many images (10, 10) have each pair of `rows` (N,) and `columns` (N,), 0 to 9.

    Of clusters and digits it is the cluster table; of digits and the classes that a classifier
    gives their images, the confusion matrix.
    """
    table = np.zeros((CLUSTERS, CLUSTERS), dtype=int)
    np.add.at(table, (rows, columns), 1)
    return table


def matched_digits(table: np.ndarray) -> np.ndarray:
    """Return the digit (10,) of each cluster of a table of clusters (rows) and digits (columns).

    Clusters and digits are matched one to one so that most images are right.
    """
    return linear_sum_assignment(table, maximize=True)[1]


def agreement(clusters: np.ndarray, digits: np.ndarray) -> Agreement:
    """Compare `clusters` (N,), 0 to 9, with `digits` (N,)."""
    table = count_table(clusters, digits)
    right = table[np.arange(CLUSTERS), matched_digits(table)].sum()
    return Agreement(
        float(right / len(digits)),
        float(normalized_mutual_info_score(digits, clusters)),
        float(adjusted_rand_score(digits, clusters)),
    )


def clustering_scores(clusterings: Sequence[np.ndarray], digits: np.ndarray) -> ClusteringScores:
    """Return the agreement of each of `clusterings`, one a seed, with `digits` (N,)."""
    accuracy, nmi, ari = zip(*(agreement(found, digits) for found in clusterings), strict=True)
    return ClusteringScores(accuracy=spread(accuracy), nmi=spread(nmi), ari=spread(ari))
