"""Labels beside what they name, in place of legends, moved apart where they would overlap."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

SIZE = 9  # points
LINE, LETTER = 1.3 * SIZE / 72, 0.56 * SIZE / 72  # inches: height of a line, mean width of a letter


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


# Where a label may stand, from best to worst: steps to the right and upwards, in label sizes.
_PLACES = [
    (right, up)
    for distance in (1.0, 2.0, 3.0, 4.0, 5.0)
    for right, up in (
        (distance, 0.0),
        (-distance, 0.0),
        (0.0, distance),
        (0.0, -distance),
        (distance, distance),
        (-distance, distance),
        (distance, -distance),
        (-distance, -distance),
    )
]


def label_points(
    axes: Axes, labels: Sequence[Label], lines: Sequence[Sequence[tuple[float, float]]] = ()
) -> None:
    """Write `labels` beside their points, where they hide no point, no other label and no line.

    The axes' limits must be final; `lines` are drawn, each through points of the data.
    """
    figure = _laid_out(axes)
    points = [axes.transData.transform((label.x, label.y)) for label in labels]
    mark = 5 * figure.dpi / 72  # half the side of a point's box
    taken = [Bbox.from_extents(*(p - mark), *(p + mark)) for p in points]
    segments = [axes.transData.transform(segment) for line in lines for segment in pairwise(line)]
    for a, b in segments:
        between = a + np.linspace(0, 1, 40)[:, None] * (b - a)
        taken += [Bbox.from_extents(*p, *p).padded(1) for p in between]
    inside = axes.get_window_extent()
    for label, point in zip(labels, points, strict=True):
        width, height = len(label.text) * LETTER * figure.dpi, LINE * figure.dpi
        boxes = []
        for right, up in _PLACES:
            left = point[0] + 1.4 * mark * right - {1: 0, 0: width / 2, -1: width}[np.sign(right)]
            boxes.append(Bbox.from_bounds(left, point[1] + (up - 0.5) * height, width, height))
        fitting = [b for b in boxes if inside.x0 <= b.x0 and b.x1 <= inside.x1]
        free = [b for b in fitting if not b.count_overlaps(taken)]
        box = (free or fitting or boxes)[0]
        taken.append(box)
        far = not box.padded(1.5 * mark).contains(*point)
        axes.annotate(
            label.text,
            xy=(label.x, label.y),
            xytext=tuple(axes.transAxes.inverted().transform((box.p0 + box.p1) / 2)),
            textcoords="axes fraction",
            ha="center",
            va="center",
            color=label.colour,
            fontsize=SIZE,
            arrowprops={"arrowstyle": "-", "color": label.colour, "linewidth": 0.6}
            if far
            else None,
        )


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
