"""Classes and clusters of images: count tables, scatter plots, and both of them together."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from q2_autoencoder.plots.labels import separated
from q2_autoencoder.plots.reconstructions import show
from shared.figures import CLASSES, new_figure

DIGITS = [str(digit) for digit in range(10)]


class ClusterView(NamedTuple):
    """Clusters of codes, as they are drawn.

    Attributes:
        points: where each code is drawn (N, 2).
        where: what those points are.
        digits, labels: digit and cluster (N,) of each.
        table: images (10, 10) of each cluster (row) that show each digit.
        centres: the cluster centres decoded to pixels (10, 784).
    """

    points: np.ndarray
    where: str
    digits: np.ndarray
    labels: np.ndarray
    table: np.ndarray
    centres: np.ndarray


def extent(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (2,), (2,) of the rectangle that holds nearly all points (N, 2)."""
    low, high = np.percentile(points, (0.5, 99.5), axis=0)
    margin = 0.03 * (high - low)
    return low - margin, high + margin


def scatter_by_class(axes: Axes, points: np.ndarray, classes: np.ndarray) -> None:
    """Draw `points` (N, 2), one colour a class, each class's number at its median."""
    scatter_labelled(axes, points, classes, CLASSES, DIGITS)


def scatter_labelled(
    axes: Axes,
    points: np.ndarray,
    labels: np.ndarray,
    colours: Sequence[str],
    names: Sequence[str],
) -> None:
    """Draw `points` (N, 2), each of `labels` (N,) in its colour, its name at its median.

    The axes' limits become `extent`'s; names that would hide each other are moved apart.
    """
    order = np.random.default_rng(0).permutation(len(points))  # no class lies on top of the others
    dots = np.array([to_rgb(colour) for colour in colours])[labels]
    size = float(np.clip(20_000 / len(points), 2, 12))
    axes.scatter(*points[order].T, s=size, c=dots[order], linewidths=0, rasterized=True)
    axes.grid(False)
    low, high = extent(points)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    there = np.unique(labels)
    medians = np.array([np.median(points[labels == label], axis=0) for label in there])
    inches = np.array(axes.get_window_extent().size) / axes.figure.dpi
    size = np.array([0.13 + 0.1 * max(map(len, names)), 0.23])  # of a name's box, in inches
    places = separated((medians - low) / (high - low) * inches, size) / inches * (high - low) + low
    for label, (across, up) in zip(there, places, strict=True):
        axes.text(
            across,
            up,
            str(names[label]),
            ha="center",
            va="center",
            fontsize=9,
            fontweight="bold",
            bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": colours[label], "lw": 1.5},
        )


def draw_counts(axes: Axes, table: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a table of counts (R, C) as numbers on a ground that darkens with the row's share."""
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(table):
        if count:
            colour = "white" if share[row, column] > 0.6 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=9, color=colour)
    _label_table(axes, rows, columns)


def _label_table(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.grid(False)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def confusion_matrices(tables: Mapping[str, np.ndarray]) -> Figure:
    """Draw, for each title, how many originals of a digit (row) are classified as which (column).

    Only mistakes are coloured: they would vanish beside the diagonal.
    """
    figure, panels = new_figure(len(tables), 1, size=(6.4, 4.7 * len(tables)), squeeze=False)
    for axes, (title, table) in zip(panels[:, 0], tables.items(), strict=True):
        mistakes = np.array(table)
        np.fill_diagonal(mistakes, 0)
        most = max(1, mistakes.max())
        ground = np.ma.masked_equal(mistakes, 0)
        axes.imshow(ground, cmap="Oranges", vmin=-0.1 * most, vmax=1.5 * most, aspect="auto")
        for (row, column), count in np.ndenumerate(table):
            if count:
                axes.text(
                    column,
                    row,
                    str(count),
                    ha="center",
                    va="center",
                    fontsize=10,
                    color="#888888" if row == column else "black",
                    fontweight="normal" if row == column else "bold",
                )
        _label_table(axes, DIGITS, DIGITS)
        axes.set(
            title=title,
            xlabel="reconstruction classified as (mistakes in orange)",
            ylabel="original digit",
        )
    return figure


def cluster_colours(majority: np.ndarray) -> list[str]:
    """Return each cluster's colour: its majority digit's; further clusters of it have shades."""
    colours, seen = [], dict.fromkeys(range(10), 0)
    for digit in majority:
        colour = to_rgb(CLASSES[digit])
        share, ground = 0.55 ** seen[digit], 0 if sum(colour) > 2 else 1  # black or white
        mixed = [share * part + (1 - share) * ground for part in colour]
        colours.append("#" + "".join(f"{round(255 * part):02x}" for part in mixed))
        seen[digit] += 1
    return colours


def clusters(view: ClusterView, title: str, note: str) -> Figure:
    """Draw clusters C0 to C9 beside the digits, with their tables and decoded centres.

    A cluster goes by its number and by its majority digit, the one that most of its images show.
    """
    majority = view.table.argmax(1)
    colours = cluster_colours(majority)
    figure, _ = new_figure(size=(10, 10.4))
    figure.clear()
    figure.suptitle(title)
    figure.supxlabel(note, fontsize=10)
    grid = figure.add_gridspec(3, 10, height_ratios=(5, 4.2, 1.2))
    left, right = figure.add_subplot(grid[0, :5]), figure.add_subplot(grid[0, 5:])
    scatter_by_class(left, view.points, view.digits)
    left.set_title(f"{view.where}, coloured by digit")
    names = [f"C{cluster}" for cluster in range(10)]
    scatter_labelled(right, view.points, view.labels, colours, names)
    right.set_title("the same, coloured by the cluster's majority digit")
    for axes in (left, right):
        axes.set(xticks=[], yticks=[])
    order = np.argsort(majority, kind="stable")
    table = view.table[order]
    axes = figure.add_subplot(grid[1, :])
    shares = table.max(1) / np.maximum(table.sum(1), 1)
    rows = [
        f"C{cluster}: mostly {majority[cluster]} ({share:.0%})"
        for cluster, share in zip(order, shares, strict=True)
    ]
    draw_counts(axes, table, rows, DIGITS)
    axes.set(title="images of each digit (column) in each cluster (row)", xlabel="digit")
    for column, cluster in enumerate(order):
        axes = figure.add_subplot(grid[2, column])
        show(axes, view.centres[cluster])
        axes.set_title(f"C{cluster}: {majority[cluster]}", loc="center", fontsize=9)
        if column == 0:
            axes.set_ylabel("centres,\ndecoded")
    return figure
