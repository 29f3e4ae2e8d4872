"""Labels beside what they name, in place of legends, moved apart where they would overlap."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SIZE = 9  # points
LINE = 1.3 * SIZE / 72  # inches: the height of a line


class Label(NamedTuple):
    """A text in a colour, for the point (x, y) of the data."""

    x: float
    y: float
    text: str
    colour: str


def _laid_out(axes: Axes) -> Figure:
    figure = axes.figure
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    return figure


def label_at_right(axes: Axes, labels: Sequence[Label]) -> None:
    """Write `labels` right of the axes, level with their points, with a thin line to the point.

    The axes' limits must be final.
    """
    figure = _laid_out(axes)
    height = axes.get_window_extent().height / figure.dpi
    to_axes = axes.transData + axes.transAxes.inverted()
    ordered = sorted(labels, key=lambda label: label.y)
    points = [to_axes.transform((label.x, label.y)) for label in ordered]
    heights = [LINE * (1 + label.text.count("\n")) / height for label in ordered]
    places = moved_apart([y for _, y in points], heights)
    for label, point, place in zip(ordered, points, places, strict=True):
        axes.annotate(
            label.text,
            xy=tuple(point),
            xytext=(1.05, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=label.colour,
            fontsize=SIZE,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": label.colour, "linewidth": 0.6, "shrinkB": 3},
        )


def moved_apart(centres: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return rising `centres` of intervals of these `heights`, moved so that none overlap.

    Neighbours that would overlap form a block around the mean of where they want to be.
    """
    blocks: list[list[int]] = []
    starts: list[float] = []

    def start_of(block: list[int]) -> float:
        offsets = np.cumsum([0, *(heights[i] for i in block[:-1])])
        wanted = [centres[i] - heights[i] / 2 for i in block]
        return float(np.mean(np.array(wanted) - offsets))

    for place in range(len(centres)):
        block = [place]
        while blocks and starts[-1] + sum(heights[i] for i in blocks[-1]) > start_of(block):
            block = blocks.pop() + block
            starts.pop()
        blocks.append(block)
        starts.append(start_of(block))
    places = []
    for block, start in zip(blocks, starts, strict=True):
        for i in block:
            places.append(start + heights[i] / 2)
            start += heights[i]
    return places


def separated(centres: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the `centres` (N, 2) of boxes of one `size` (2,), moved until none overlap.

    Each overlapping pair parts along the axis on which it overlaps less.
    """
    centres = np.array(centres, dtype=float)
    for _ in range(500):
        still = True
        for i in range(len(centres)):
            for j in range(i):
                apart = centres[i] - centres[j]
                overlap = size - np.abs(apart)
                if (overlap > 1e-6).all():
                    axis = int(overlap[1] < overlap[0])
                    step = np.copysign(overlap[axis] / 2, apart[axis])
                    centres[i, axis] += step
                    centres[j, axis] -= step
                    still = False
        if still:
            break
    return centres
