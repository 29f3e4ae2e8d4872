"""Cluster the codes of all images of a data set, training and test images together.

Usage:
    python study/steps/cluster_all.py --run results/q2_autoencoder/mnist-l1-latent16-seed0

The protocol of N2D (McConville et al., "(Not too) deep clustering via clustering the local manifold
of an autoencoded embedding", 2021): codes are embedded, and a mixture of Gaussians clusters the
embedding. N2D's embedding is UMAP's; here it is t-SNE. Digits take no part but in the scores.
"""

from q2_autoencoder.options import FolderSelection, parse_settings
from q2_autoencoder.training import file_names
from shared import cli


def parse() -> FolderSelection:
    return parse_settings(__doc__, FolderSelection)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

import numpy as np
import torch

from q2_autoencoder.evaluation.clustering import (
    K_MEANS_ON_CODES,
    MIXTURE_ON_EMBEDDING,
    clustering_scores,
    gaussian_mixture,
    k_means_labels,
)
from q2_autoencoder.evaluation.embedding import tsne_embedding
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.records import AllClustered
from q2_autoencoder.training.run_folder import load_run
from shared import datasets
from shared.device import choose_device
from shared.files import locked, print_written, writable_folder, write_record

SEEDS = range(5)  # of k-means and the mixture


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    run = load_run(selection.run)
    data = datasets.load(run.metrics.config.data, selection.data_dir)
    pixels = to_pixels(torch.cat([data.train_images, data.test_images]).to(device))
    digits = torch.cat([data.train_labels, data.test_labels]).numpy()
    codes = map_batches(run.model.to(device).encode, pixels).numpy()
    print(f"t-SNE of {len(codes):,} codes ...", flush=True)
    embedding = np.asarray(tsne_embedding(codes, seed=0, method="fft"))
    clusters = {
        K_MEANS_ON_CODES: [k_means_labels(codes, seed) for seed in SEEDS],
        MIXTURE_ON_EMBEDDING: [gaussian_mixture(embedding, seed) for seed in SEEDS],
    }
    found = AllClustered(
        checkpoint_sha256=run.metrics.files[file_names.CHECKPOINT],
        config=run.metrics.config,
        images=len(codes),
        clustering={name: clustering_scores(of, digits) for name, of in clusters.items()},
    )
    with locked(writable_folder(run.folder)):
        write_record(run.folder / file_names.ALL_CLUSTERED, found)
    print(f"\n{run.metrics.title}, all {len(codes):,} images")
    for name, scores in found.clustering.items():
        cells = (one.text(".4f") for one in (scores.accuracy, scores.nmi, scores.ari))
        print(f"  {name:42} accuracy, NMI, ARI: " + "  ".join(cells))
    print_written(run.folder, [run.folder / file_names.ALL_CLUSTERED])


if __name__ == "__main__":
    cli.run(main)
