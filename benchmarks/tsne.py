"""t-SNE of MNIST's 10,000 test images: openTSNE against scikit-learn, time and quality.

Usage:
    python benchmarks/tsne.py

Both embed the 50 first principal components of the images, in turns. Quality is the share of
each point's nearest neighbour in the plane that shows its digit, and the trustworthiness of the
plane (Venna and Kaski 2001): how rarely points are neighbours there and not among the images.
"""

import time

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from q2_autoencoder.data import to_pixels
from q2_autoencoder.embedding import PERPLEXITY, tsne_plane
from shared import cli, datasets

ROUNDS = 3
NEIGHBOURS = 12


def main() -> None:
    cli.Parser(description=__doc__.splitlines()[0]).parse_args()
    data = datasets.load("mnist", datasets.default_root())
    digits = data.test_labels.numpy()
    points = PCA(50, random_state=0).fit_transform(to_pixels(data.test_images).numpy())
    points = points.astype(np.float64)
    seconds = {"openTSNE": [], "scikit-learn": []}
    for seed in range(ROUNDS):
        planes = {}
        for name, embed in (("openTSNE", tsne_plane), ("scikit-learn", scikit_learns_plane)):
            started = time.perf_counter()
            planes[name] = embed(points, seed)
            seconds[name].append(time.perf_counter() - started)
        for name, plane in planes.items():
            # The nearest but itself: leave-one-out.
            own = KNeighborsClassifier(2).fit(plane, digits).kneighbors(plane)[1]
            nearest = np.where(own[:, 0] == np.arange(len(own)), own[:, 1], own[:, 0])
            print(
                f"seed {seed}  {name:13} {seconds[name][-1]:6.1f} s   nearest neighbour "
                f"{(digits[nearest] == digits).mean():.4f}   trustworthiness "
                f"{trustworthiness(points, plane, n_neighbors=NEIGHBOURS):.4f}",
                flush=True,
            )
    ratios = np.array(seconds["scikit-learn"]) / np.array(seconds["openTSNE"])
    print(
        f"scikit-learn's time / openTSNE's: {np.median(ratios):.2f} "
        f"({ratios.min():.2f} to {ratios.max():.2f} in {ROUNDS} rounds)"
    )


def scikit_learns_plane(points: np.ndarray, seed: int) -> np.ndarray:
    """Return scikit-learn's embedding (N, 2) of `points` (N, D), same perplexity and start."""
    return TSNE(perplexity=PERPLEXITY, random_state=seed, n_jobs=-1).fit_transform(points)


if __name__ == "__main__":
    cli.run(main)
