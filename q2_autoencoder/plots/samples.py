"""Images between images, and images that are nobody's: what a latent space holds besides codes."""

from matplotlib.figure import Figure
from torch import Tensor

from q2_autoencoder.plots.reconstructions import show
from shared.figures import new_figure


def samples(lines: Tensor, drawn: Tensor, title: str) -> Figure:
    """Draw `lines` (R, C, 784), each from one image to another, over `drawn` images (S, C, 784)."""
    rows, columns = [*lines, *drawn], lines.shape[1]
    figure, axes = new_figure(
        len(rows), columns, size=(0.62 * columns + 2.6, 0.62 * len(rows) + 0.7), squeeze=False
    )
    figure.suptitle(title, fontsize=11)
    for panels, row in zip(axes, rows, strict=True):
        for panel, image in zip(panels, row, strict=True):
            show(panel, image)
    words = {
        0: "from image to image\nin a straight line",
        len(lines): "drawn from a mixture\nof Gaussians",
    }
    for place, text in words.items():
        axes[place, 0].set_ylabel(text, rotation=0, ha="right", va="center", fontsize=9)
    return figure
