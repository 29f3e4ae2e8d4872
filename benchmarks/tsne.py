"""t-SNE of MNIST's 10,000 test images: openTSNE against scikit-learn, time and quality.

Usage:
    python benchmarks/tsne.py

Each embeds the 16 first principal components of the images, in turns, with its own default
number of iterations (openTSNE 750, scikit-learn 1,000): what counts is the embedding one gets.
Quality is the divergence that t-SNE minimises (lower is better), and the share of points whose
nearest neighbour in the embedding shows their digit.
"""

import time

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import KNeighborsClassifier

from q2_autoencoder.evaluation.embedding import PERPLEXITY, tsne_embedding
from q2_autoencoder.networks.batches import to_pixels
from shared import cli, datasets

ROUNDS = 3


def main() -> None:
    cli.Parser(__doc__).parse_args()
    data = datasets.load("mnist", datasets.default_root())
    digits = data.test_labels.numpy()
    points = PCA(16, random_state=0).fit_transform(to_pixels(data.test_images).numpy())
    rivals = {
        "openTSNE, tree": lambda seed: opentsnes(points, seed, "bh"),
        "openTSNE, FFT": lambda seed: opentsnes(points, seed, "fft"),
        "scikit-learn": lambda seed: scikit_learns(points, seed),
    }
    seconds = {name: [] for name in rivals}
    for seed in range(ROUNDS):
        for name, embed in rivals.items():
            started = time.perf_counter()
            embedding, divergence = embed(seed)
            seconds[name].append(time.perf_counter() - started)
            print(
                f"seed {seed}  {name:15} {seconds[name][-1]:6.1f} s  divergence {divergence:.3f}  "
                f"1-NN accuracy {leave_one_out(embedding, digits):.4f}",
                flush=True,
            )
    for name in ("openTSNE, FFT", "scikit-learn"):
        ratios = np.array(seconds[name]) / np.array(seconds["openTSNE, tree"])
        print(
            f"{name}'s time / openTSNE's with a tree: {np.median(ratios):.2f} "
            f"({ratios.min():.2f} to {ratios.max():.2f} in {ROUNDS} rounds)"
        )


def opentsnes(points: np.ndarray, seed: int, method: str) -> tuple[np.ndarray, float]:
    """Return openTSNE's embedding (N, 2) of `points` (N, D) and its divergence."""
    embedding = tsne_embedding(points, seed, method)
    return np.asarray(embedding), embedding.kl_divergence


def scikit_learns(points: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Return scikit-learn's embedding (N, 2) of `points` (N, D) and its divergence."""
    tsne = TSNE(perplexity=PERPLEXITY, random_state=seed, n_jobs=-1)
    return tsne.fit_transform(points), tsne.kl_divergence_


def leave_one_out(embedding: np.ndarray, digits: np.ndarray) -> float:
    """Return the share of points whose nearest other point has their digit."""
    nearest = KNeighborsClassifier(1).fit(embedding, digits).kneighbors(return_distance=False)[:, 0]
    return float((digits[nearest] == digits).mean())


if __name__ == "__main__":
    cli.run(main)
