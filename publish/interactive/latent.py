"""The latent spaces of two plain runs, as the page shows them."""

from dataclasses import dataclass

import numpy as np
import torch

from publish.interactive.packing import Packed, packed, packed_bytes, sprite_sheet
from q2_autoencoder.evaluation.clustering import count_table, k_means_labels, matched_digits
from q2_autoencoder.evaluation.embedding import tsne_embedding
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.training.run_folder import Run
from q2_autoencoder.training.snapshots import history_of
from shared.datasets import ImageData
from shared.errors import BadInput

SHOWN = 2500  # test images: the first ones
COLUMNS = 50  # of their sprite sheet
GRID = 36  # decoded codes a side, over the region of the test codes
CLUSTERING_SEED = 0


@dataclass(frozen=True)
class LatentSpaces:
    """What the page shows of the 2-D latent space and of the 16-D one.

    Attributes:
        title: data set and seed.
        digits: of the shown test images, a byte each.
        sprites: those images, `columns` in a row.
        epochs: 2-D codes before training and after each epoch (E + 1, N, 2).
        decoded: what a grid of codes decodes to after the last epoch, `grid` in a row, the second
            coordinate falling from row to row.
        grid_low, grid_high: the corners of that grid, in codes.
        embedding: t-SNE of the 16-D codes (N, 2), computed from all test images.
        clusters: the digit that each image's cluster stands for, by k-means on the 16-D codes.
    """

    title: str
    digits: str
    sprites: str
    columns: int
    epochs: Packed
    decoded: str
    grid: int
    grid_low: list[float]
    grid_high: list[float]
    embedding: Packed
    clusters: str


def latent_spaces(flat: Run, deep: Run, data: ImageData) -> LatentSpaces:
    """Return what is shown of a run of two latent dimensions, and of one of more.

    Raises:
        BadInput: `flat` keeps no codes of its epochs.
    """
    pixels, digits = to_pixels(data.test_images), data.test_labels.numpy()
    history = history_of(flat, len(pixels))
    if history is None:
        raise BadInput(f"{flat.metrics.title}: the codes of its epochs are missing")
    epochs = history.codes[:, :SHOWN]
    low, high = epochs[-1].min(0), epochs[-1].max(0)
    codes = map_batches(deep.model.encode, pixels).numpy()
    clusters = k_means_labels(codes, CLUSTERING_SEED)
    stands_for = matched_digits(count_table(clusters, digits))
    return LatentSpaces(
        title=flat.metrics.title,
        digits=packed_bytes(digits[:SHOWN]),
        sprites=sprite_sheet(pixels[:SHOWN].numpy(), COLUMNS),
        columns=COLUMNS,
        epochs=packed(epochs),
        decoded=sprite_sheet(decoded_grid(flat, low, high), GRID),
        grid=GRID,
        grid_low=low.tolist(),
        grid_high=high.tolist(),
        embedding=packed(np.asarray(tsne_embedding(codes, seed=0))[:SHOWN]),
        clusters=packed_bytes(stands_for[clusters[:SHOWN]]),
    )


def decoded_grid(run: Run, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return what a grid of 2-D codes from `low` to `high` decodes to, (GRID², 784)."""
    first, second = (np.linspace(low[i], high[i], GRID) for i in (0, 1))
    codes = np.stack(np.meshgrid(first, second[::-1]), -1).reshape(-1, 2)
    return map_batches(run.model.decode, torch.tensor(codes, dtype=torch.float32)).numpy()
