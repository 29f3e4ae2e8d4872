"""The 2-D latent space: beside its decoded grid, over the epochs, and moving."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.plots.clusters import extent, scatter_by_class
from q2_autoencoder.records import CurvePoint, History
from shared.figures import image_axes, new_figure
from shared.files import atomic_path

GRID = 20  # decoded codes a side
GREYS = 20  # levels beside white
GAP = 4  # pixels between the pairs of rows of examples


@torch.no_grad()
def decoded_grid(model: Autoencoder, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the mosaic (560, 560) of the codes decoded on a grid from `low` to `high`.

    The first coordinate runs to the right and the second upwards, as in a scatter plot.
    """
    across, up = (
        torch.linspace(float(a), float(b), 2 * GRID + 1)[1::2]  # the middles of GRID cells
        for a, b in zip(low, high, strict=True)
    )
    codes = torch.cartesian_prod(up.flip(0), across).flip(1)
    device = next(model.parameters()).device
    images = model.decode(codes.to(device)).cpu().view(GRID, GRID, 28, 28)
    return images.permute(0, 2, 1, 3).reshape(GRID * 28, GRID * 28).numpy()


def latent_space(model: Autoencoder, codes: np.ndarray, digits: np.ndarray, title: str) -> Figure:
    """Draw the `codes` (N, 2), one colour a digit, beside what the same rectangle decodes to.

    Codes beyond `extent` are not shown.
    """
    low, high = extent(codes)
    figure, (left, right) = new_figure(1, 2, size=(13, 6.8), sharey=True)
    figure.suptitle(title)
    scatter_by_class(left, codes, digits)
    limits = (low[0], high[0], low[1], high[1])
    right.imshow(
        decoded_grid(model, low, high), cmap="gray_r", vmin=0, vmax=1, extent=limits, aspect="auto"
    )
    right.grid(False)
    for axes, words in ((left, "codes of the test images"), (right, "decoded grid")):
        axes.set(title=words, xlim=limits[:2], ylim=limits[2:], xlabel="first latent dimension")
        axes.locator_params(nbins=7)
    left.set_ylabel("second latent dimension")
    return figure


def chosen_epochs(history: History) -> list[int]:
    """Return up to five epochs of a run: the start, the end, and some between."""
    last = len(history.codes) - 1
    return sorted({0, min(1, last), round(last / 4), round(last / 2), last})


def epoch_titles(curve: Sequence[CurvePoint]) -> list[str]:
    """Return a title for the codes before training and after each epoch of `curve`."""
    trained = [f"epoch {point.epoch}: test loss {point.test:.4f}" for point in curve]
    return ["before training: PCA's codes", *trained]


def examples(originals: np.ndarray, reconstructions: np.ndarray) -> np.ndarray:
    """Return a mosaic of images (10, 28, 28): five originals over reconstructions, twice."""
    bands = [
        np.vstack([np.hstack(list(images[five])) for images in (originals, reconstructions)])
        for five in (slice(0, 5), slice(5, 10))
    ]
    return np.vstack([bands[0], np.zeros((GAP, 140), np.uint8), bands[1]])


def _draw_epoch(
    axes: Axes, below: Axes, codes: np.ndarray, digits: np.ndarray, mosaic: np.ndarray
) -> None:
    scatter_by_class(axes, codes, digits)
    # Few grey levels: the file holds 256 colours, and most are the dots'.
    levels = (mosaic / 255 * GREYS).round() / GREYS
    image_axes(below).imshow(levels, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")


def _name_rows(below: Axes) -> None:
    middles = [14, 42, 70 + GAP, 98 + GAP]
    below.set_yticks(middles, ["original", "reconstr."] * 2, fontsize=8)
    below.tick_params(length=0)


def latent_epochs(
    history: History, originals: np.ndarray, digits: np.ndarray, titles: Sequence[str]
) -> Figure:
    """Draw the latent space at several epochs over ten test images and their reconstructions.

    `originals` (10, 28, 28), uint8, are what `history.reconstructions` reconstruct; `titles` are
    those of all epochs, from `epoch_titles`.
    """
    epochs = chosen_epochs(history)
    figure, panels = new_figure(
        2, len(epochs), size=(3.1 * len(epochs) + 0.6, 6), height_ratios=(3, 2.5), squeeze=False
    )
    figure.suptitle("The 2-D latent space, and ten reconstructions, over the epochs; scales differ")
    for axes, below, epoch in zip(*panels, epochs, strict=True):
        mosaic = examples(originals, history.reconstructions[epoch])
        _draw_epoch(axes, below, history.codes[epoch], digits, mosaic)
        axes.set_title(titles[epoch], fontsize=10)
        axes.locator_params(nbins=4)
    _name_rows(panels[1, 0])
    return figure


def animate(
    history: History, originals: np.ndarray, digits: np.ndarray, titles: Sequence[str], path: Path
) -> Path:
    """Write the latent space and ten reconstructions, epoch by epoch, as a GIF.

    The arguments are those of `latent_epochs`.
    """
    figure, (axes, below) = new_figure(2, 1, size=(5, 7.6), height_ratios=(3, 2.2))
    last = len(history.codes) - 1

    def draw(epoch: int) -> None:
        axes.clear()
        below.clear()
        mosaic = examples(originals, history.reconstructions[epoch])
        _draw_epoch(axes, below, history.codes[epoch], digits, mosaic)
        axes.set_title(titles[epoch])
        _name_rows(below)

    movie = FuncAnimation(figure, draw, frames=[*range(last + 1), *[last] * 3])
    with atomic_path(path) as temporary:
        movie.save(str(temporary), writer=PillowWriter(fps=2), dpi=72)
    return path
