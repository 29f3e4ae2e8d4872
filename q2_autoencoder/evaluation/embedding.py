"""The t-SNE embedding of codes, and how far apart codes of different digits lie."""

from typing import Any

import numpy as np
from openTSNE import TSNE, TSNEEmbedding
from sklearn.neighbors import KNeighborsClassifier

from q2_autoencoder.records import Separation

PERPLEXITY = 30


def tsne_embedding(codes: np.ndarray, seed: int, method: str = "bh") -> TSNEEmbedding:
    """Return the t-SNE embedding (N, 2) of `codes` (N, D), an array that knows its divergence.

    van der Maaten and Hinton, "Visualizing Data using t-SNE" (2008), with the tree of Barnes and
    Hut for the repulsion (van der Maaten 2014); PCA initialisation (Kobak and Berens 2019).
    benchmarks/tsne.py compares time and quality with scikit-learn's, and with openTSNE's own
    default for so many points, interpolation by Fourier transforms.
    """
    if codes.shape[1] == 1:  # PCA initialisation takes two columns; one of zeros moves no point
        codes = np.column_stack([codes, np.zeros(len(codes))])
    perplexity: Any = min(PERPLEXITY, (len(codes) - 1) / 3)  # may be no whole number
    tsne = TSNE(
        perplexity=perplexity,
        initialization="pca",
        negative_gradient_method=method,
        random_state=seed,
        n_jobs=-1,
    )
    return tsne.fit(np.ascontiguousarray(codes, dtype=np.float64))


def nearest_neighbour_labels(
    codes: np.ndarray, labels: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """Return for each of `queries` (M, D) the label of the nearest of `codes` (N, D)."""
    return KNeighborsClassifier(n_neighbors=1, n_jobs=-1).fit(codes, labels).predict(queries)


def separation(codes: np.ndarray, labels: np.ndarray) -> Separation:
    """Return how far the classes `labels` (N,) of `codes` (N, D) lie apart, in the codes' unit."""
    classes, which = np.unique(labels, return_inverse=True)
    means = np.stack([codes[labels == label].mean(0) for label in classes])
    between = np.sqrt(np.square(means - means.mean(0)).sum(1).mean())
    within = np.sqrt(np.square(codes - means[which]).sum(1).mean())
    return Separation(float(between), float(within))
