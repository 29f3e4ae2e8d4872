"""Originals over their reconstructions, whole and enlarged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike
from torch import Tensor

from q2_autoencoder.records import KeptDetail
from shared.figures import BLUE, VERMILION, image_axes, new_figure


@dataclass(frozen=True)
class Row:
    """One row of images under the originals.

    Attributes:
        name: what stands before the row.
        images: pixels (N, 784) in [0, 1].
        misclassified: by column, the class of an image where that is not the original's digit.
        kept: by column, the window of best-kept detail where it is to be boxed.
    """

    name: str
    images: Tensor
    misclassified: Mapping[int, int] = field(default_factory=dict)
    kept: Mapping[int, KeptDetail] = field(default_factory=dict)


@dataclass(frozen=True)
class CropBlock:
    """Parts of the same images, enlarged, row by row.

    Attributes:
        rows: pixels (N, 784) by the row's name, the originals first.
        corners: top and left of the part shown of each of the N images.
        ratios: sharpness ratios (N,) by the row's name, but for the originals.
    """

    rows: Mapping[str, Tensor]
    corners: Sequence[tuple[int, int]]
    ratios: Mapping[str, Sequence[float]]


def show(axes: Axes, image: ArrayLike) -> None:
    """Draw one square image of pixels in [0, 1], flat or (H, H), black on white."""
    pixels = np.asarray(image).ravel()
    side = round(len(pixels) ** 0.5)
    image_axes(axes).imshow(
        pixels.reshape(side, side), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest"
    )


def originals_over_reconstructions(
    originals: Tensor, rows: Sequence[Row], title: str, inches: float = 0.62
) -> Figure:
    """Draw `originals` (N, 784) over rows of their reconstructions, boxed as `Row` says.

    Each image takes so many `inches`. Under each reconstruction stands its L1 per pixel.
    """
    everything, columns = [Row("original", originals), *rows], len(originals)
    figure, axes = new_figure(
        len(everything),
        columns,
        size=(
            max(4.0, inches * columns + _words_width([row.name for row in everything])),
            (inches + 0.18) * len(everything) + 0.8,
        ),
        squeeze=False,
    )
    figure.suptitle(title, fontsize=11)
    figure.supxlabel("; ".join(_notes(rows)), fontsize=9)
    for number, (panels, row) in enumerate(zip(axes, everything, strict=True)):
        panels[0].set_ylabel(row.name, rotation=0, ha="right", va="center")
        for column, (panel, image) in enumerate(zip(panels, row.images, strict=True)):
            show(panel, image)
            if number > 0:
                error = (image - originals[column]).abs().mean()
                panel.set_xlabel(f"{error:.3f}", fontsize=6.5 + 2 * inches, labelpad=2)
            _box_in(panel, row, column)
    return figure


def _words_width(names: Sequence[str]) -> float:
    return 0.4 + 0.08 * max(len(line) for name in names for line in name.split("\n"))


def _notes(rows: Sequence[Row]) -> list[str]:
    notes = ["under each: its L1 per pixel"]
    if any(row.misclassified for row in rows):
        notes.append("vermilion: misclassified, as the digit in the corner")
    kept = [detail for row in rows for detail in row.kept.values()]
    if kept:
        side = kept[0].side
        notes.append(f"blue: the {side}×{side} pixels whose detail is kept best, where it is best")
    return notes


def _box_in(panel: Axes, row: Row, column: int) -> None:
    if column in row.misclassified:
        panel.add_patch(_box(-0.5, -0.5, 28, VERMILION))
        panel.text(
            27,
            0.5,
            str(row.misclassified[column]),
            color=VERMILION,
            ha="right",
            va="top",
            fontsize=9,
            fontweight="bold",
        )
    if column in row.kept:
        window = row.kept[column]
        panel.add_patch(_box(window.left - 0.5, window.top - 0.5, window.side, BLUE))


def _box(left: float, top: float, side: float, colour: str) -> Rectangle:
    return Rectangle(
        (left, top), side, side, fill=False, edgecolor=colour, linewidth=1.8, clip_on=False
    )


def crops(blocks: Mapping[int, CropBlock], side: int, title: str) -> Figure:
    """Draw `side`×`side` pixels of images, enlarged: a block of columns a latent dimension.

    Under each stands its sharpness ratio.
    """
    names = list(next(iter(blocks.values())).rows)
    gap = 0.35  # of an image's width, between blocks
    ratios: list[float] = []
    for block in blocks.values():
        ratios += [gap] * bool(ratios) + [1.0] * len(block.corners)
    width = 0.85 * sum(ratios) + _words_width(names)
    figure, _ = new_figure(size=(max(5.5, width), 1.05 * len(names) + 1.1))
    figure.clear()
    figure.suptitle(title, fontsize=11)
    figure.supxlabel("under each: the sharpness ratio of the whole image", fontsize=9)
    grid = figure.add_gridspec(len(names), len(ratios), width_ratios=ratios)
    start = 0
    for latent_dim, block in blocks.items():
        for row, (name, images) in enumerate(block.rows.items()):
            for column, (image, (top, left)) in enumerate(zip(images, block.corners, strict=True)):
                axes = figure.add_subplot(grid[row, start + column])
                show(axes, image.view(28, 28)[top : top + side, left : left + side])
                if name in block.ratios:
                    axes.set_xlabel(f"{block.ratios[name][column]:.2f}", fontsize=8, labelpad=2)
                if start + column == 0:
                    axes.set_ylabel(name, rotation=0, ha="right", va="center")
                if row == column == 0:
                    axes.set_title(f"latent dimension {latent_dim}", fontsize=10)
        start += len(block.corners) + 1
    return figure
