"""The t-SNE plane of codes, and how well neighbours share their digit."""

from typing import NamedTuple

import numpy as np
from openTSNE import TSNE, TSNEEmbedding
from sklearn.neighbors import KNeighborsClassifier

PERPLEXITY = 30


def tsne_plane(codes: np.ndarray, seed: int, method: str = "bh") -> TSNEEmbedding:
    """Return the t-SNE embedding (N, 2) of `codes` (N, D), an array that knows its divergence.

    van der Maaten and Hinton, "Visualizing Data using t-SNE" (2008), with the tree of Barnes and
    Hut for the repulsion (van der Maaten 2014); starts as principal components (Kobak and Berens
    2019). benchmarks/tsne.py compares time and quality with scikit-learn's, and with openTSNE's
    own default for so many points, interpolation by Fourier transforms.
    """
    if codes.shape[1] == 1:  # the start takes two components; a column of zeros moves no point
        codes = np.column_stack([codes, np.zeros(len(codes))])
    perplexity = min(PERPLEXITY, (len(codes) - 1) / 3)
    tsne = TSNE(
        perplexity=perplexity, initialization="pca", negative_gradient_method=method,
        random_state=seed, n_jobs=-1,
    )  # fmt: skip
    return tsne.fit(np.ascontiguousarray(codes, dtype=np.float64))


def nearest_neighbour_labels(
    codes: np.ndarray, labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """Return for each of `queries` (M, D) the label of the nearest of `codes` (N, D)."""
    return KNeighborsClassifier(n_neighbors=1, n_jobs=-1).fit(codes, labels).predict(queries)


class Separation(NamedTuple):
    """How far the classes lie apart in a plane.

    Attributes:
        between: root mean square distance of the classes' means from their mean.
        within: root mean square distance of the codes from their class's mean.
    """

    between: float
    within: float


def separation(codes: np.ndarray, labels: np.ndarray) -> Separation:
    """Return how far the classes `labels` (N,) of `codes` (N, D) lie apart, in the codes' unit."""
    classes, which = np.unique(labels, return_inverse=True)
    means = np.stack([codes[labels == label].mean(0) for label in classes])
    between = np.sqrt(np.square(means - means.mean(0)).sum(1).mean())
    within = np.sqrt(np.square(codes - means[which]).sum(1).mean())
    return Separation(float(between), float(within))
