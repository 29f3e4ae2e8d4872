"""The plane of two-dimensional codes: as a picture, over the epochs, and moving."""

from pathlib import Path

import numpy as np
import torch
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.plots.figures import class_legend, scatter_by_class
from q2_autoencoder.training.snapshots import History
from shared.figures import image_axes, new_figure
from shared.files import atomic_path

GRID = 20  # decoded codes a side
DIGITS = [str(digit) for digit in range(10)]


def extent(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (2,), (2,) of the part of the plane that holds nearly all codes (N, 2)."""
    low, high = np.percentile(codes, (0.5, 99.5), axis=0)
    margin = 0.03 * (high - low)
    return low - margin, high + margin


@torch.no_grad()
def decoded_grid(model: Autoencoder, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the mosaic (560, 560) of the codes decoded on a grid from `low` to `high`.

    The first coordinate runs to the right and the second upwards, as in a scatter plot.
    """
    across, up = (
        torch.linspace(*map(float, ends), 2 * GRID + 1)[1::2]  # the middles of GRID cells
        for ends in zip(low, high, strict=True)
    )
    codes = torch.cartesian_prod(up.flip(0), across).flip(1)
    device = next(model.parameters()).device
    pictures = model.decode(codes.to(device)).cpu().view(GRID, GRID, 28, 28)
    return pictures.permute(0, 2, 1, 3).reshape(GRID * 28, GRID * 28).numpy()


def latent_plane(model: Autoencoder, codes: np.ndarray, digits: np.ndarray, title: str) -> Figure:
    """Draw the `codes` (N, 2), one colour a digit, over what the same part of the plane decodes to.

    Codes beyond `extent` are not shown.
    """
    low, high = extent(codes)
    figure, (above, below) = new_figure(2, 1, size=(7.6, 12.6), sharex=True)
    figure.suptitle(title)
    scatter_by_class(above, codes, digits, names=True)
    limits = (low[0], high[0], low[1], high[1])
    below.imshow(
        decoded_grid(model, low, high), cmap="gray_r", vmin=0, vmax=1, extent=limits, aspect="auto"
    )
    below.grid(False)
    for axes, words in ((above, "test images"), (below, "the same part of the plane, decoded")):
        axes.set(title=words, xlim=limits[:2], ylim=limits[2:], ylabel="second code")
        axes.locator_params(nbins=7)
    below.set_xlabel("first code")
    class_legend(figure, DIGITS, "outside right upper")
    return figure


def chosen_epochs(history: History) -> list[int]:
    """Return up to five epochs of a training: the start, the end, and some between."""
    last = len(history.codes) - 1
    return sorted({0, min(1, last), round(last / 4), round(last / 2), last})


def _draw_epoch(
    axes: Axes, below: Axes, history: History, digits: np.ndarray, titles: list[str], epoch: int
) -> None:
    low, high = extent(history.codes[epoch])
    scatter_by_class(axes, history.codes[epoch], digits, names=False)
    axes.set(title=titles[epoch], xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    # Ten pictures side by side in two rows.
    examples = history.pictures[epoch].reshape(2, 5, 28, 28).transpose(0, 2, 1, 3)
    image_axes(below).imshow(examples.reshape(56, 140), cmap="gray_r", vmin=0, vmax=255)


def epoch_titles(curve: list[dict[str, float]]) -> list[str]:
    """Return a title for the plane before training and after each epoch of `curve`."""
    trained = [f"epoch {point['epoch']}: test loss {point['test']:.4f}" for point in curve]
    return ["before training: PCA's codes", *trained]


def latent_epochs(history: History, digits: np.ndarray, titles: list[str]) -> Figure:
    """Draw the plane at several epochs over that epoch's reconstructions of ten test images.

    `titles` are those of all epochs, from `epoch_titles`.
    """
    epochs = chosen_epochs(history)
    figure, panels = new_figure(
        2, len(epochs), size=(3.1 * len(epochs) + 0.8, 4.9), height_ratios=(3, 1.3), squeeze=False
    )
    figure.suptitle("The plane of codes and ten reconstructions over the training; scales differ")
    for axes, below, epoch in zip(*panels, epochs, strict=True):
        _draw_epoch(axes, below, history, digits, titles, epoch)
        axes.locator_params(nbins=4)
    class_legend(figure, DIGITS, "outside right center")
    return figure


def animate(history: History, digits: np.ndarray, titles: list[str], path: Path) -> Path:
    """Write the plane and ten reconstructions, epoch by epoch, as a GIF."""
    figure, (axes, below) = new_figure(2, 1, size=(5.4, 6.4), height_ratios=(3, 1))
    class_legend(figure, DIGITS, "outside right upper")
    last = len(history.codes) - 1

    def draw(epoch: int) -> None:
        axes.clear()
        below.clear()
        _draw_epoch(axes, below, history, digits, titles, epoch)

    movie = FuncAnimation(figure, draw, frames=[*range(last + 1), *[last] * 3])
    with atomic_path(path) as temporary:
        movie.save(temporary, writer=PillowWriter(fps=2), dpi=72)
    return path
