"""Figures of many runs at once: the map of heights, all optimizers, and unequal slopes."""

from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import StrMethodFormatter
from scipy.ndimage import distance_transform_edt

from q1_bump.adam.grid import HeightMap
from q1_bump.optimizers.torch_classes import OptimizerHeight
from q1_bump.plots.axes import Axis
from q1_bump.problem import Problem
from q1_bump.slopes.height import SlopedHeight
from shared.figures import BLACK, BLUE, GREY, VERMILION, new_figure

LABELS_AT = 0.22  # where along the x axis the lines are labelled
LABELLED_RUN = 3  # points with the same step, below which there is no room for its label
UPHILL_STEPS = (1, 2, 3, 5, 10, 20, 40)  # whose borders are drawn
OUTLINED = [withStroke(linewidth=1.5, foreground=BLACK)]  # white letters on any colour


def phase_diagram(heights: HeightMap, x: Axis, y: Axis, problem: Problem) -> Figure:
    """Draw the map of heights, the number of uphill steps and where a later excursion is highest.

    The values of `problem` on the two axes are marked.
    """
    extent = (x.low, x.high, y.low, y.high)
    figure, axes = new_figure(size=(8.6, 6.0))
    image = axes.imshow(
        heights.height.numpy(), origin="lower", extent=extent, aspect="auto", cmap="viridis"
    )
    figure.colorbar(image, ax=axes, label="greatest height h that Adam climbs, in the unit of x")
    _shade_later_excursions(axes, heights.later_is_highest.numpy(), extent)
    _draw_uphill_steps(axes, heights.uphill_steps.numpy(), extent)
    _mark(axes, heights.height.numpy(), x, y, problem)
    axes.grid(False)
    title = "The highest bump that Adam climbs\nWhite lines: uphill steps of the first excursion"
    axes.set(xlabel=x.words, ylabel=y.words, title=title)
    return figure


Extent = tuple[float, float, float, float]  # x low, x high, y low, y high


def _shade_later_excursions(axes: Axes, later: np.ndarray, extent: Extent) -> None:
    """Lay a light grey over these points, and say so where there is most room."""
    axes.imshow(
        np.ma.masked_equal(later, False),
        origin="lower",
        extent=extent,
        aspect="auto",
        interpolation="nearest",
        cmap=ListedColormap(["white"]),
        alpha=0.3,
    )
    depth = np.asarray(distance_transform_edt(np.pad(later, 1)))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    if depth[row, column] < 0.08 * min(later.shape):
        return
    axes.text(
        extent[0] + (column + 0.5) / later.shape[1] * (extent[1] - extent[0]),
        extent[2] + (row + 0.5) / later.shape[0] * (extent[3] - extent[2]),
        "lighter:\na later excursion\nis the highest",
        color="white",
        ha="center",
        va="center",
        path_effects=OUTLINED,
    )


def _draw_uphill_steps(axes: Axes, steps: np.ndarray, extent: Extent) -> None:
    """Draw the borders at which the first excursion has one more uphill step, and label them."""
    levels = [level - 0.5 for level in UPHILL_STEPS]
    axes.contour(steps, levels=levels, extent=extent, colors="white", linewidths=1.0)
    column = int(LABELS_AT * steps.shape[1])
    for level in UPHILL_STEPS:
        reached = steps[:, column] >= level
        borders = np.flatnonzero(reached[1:] != reached[:-1]) + 1
        if not len(borders) or not 0.03 < (height := borders[0] / len(steps)) < 0.97:
            continue
        axes.text(
            extent[0] + LABELS_AT * (extent[1] - extent[0]),
            extent[2] + height * (extent[3] - extent[2]),
            f"≥ {level}",
            color="white",
            fontsize=9,
            va="bottom" if reached[borders[0]] else "top",
            path_effects=OUTLINED,
        )


def _mark(axes: Axes, height: np.ndarray, x: Axis, y: Axis, problem: Problem) -> None:
    """Mark the values of the problem, the assignment's by default, if they lie on the map."""
    at_x, at_y = (float(getattr(problem, axis.field)) for axis in (x, y))
    if not (x.low <= at_x <= x.high and y.low <= at_y <= y.high):
        return
    rows, columns = height.shape
    row = round((at_y - y.low) / (y.high - y.low) * (rows - 1))
    column = round((at_x - x.low) / (x.high - x.low) * (columns - 1))
    name = "the assignment\n" if problem == Problem() else ""
    axes.plot(at_x, at_y, "o", color=VERMILION, markeredgecolor="white", markersize=9)
    axes.annotate(
        f"{name}{x.symbol} = {at_x:g}, {y.symbol} = {at_y:g}:\nh = {height[row, column]:.2f}",
        (at_x, at_y),
        (12, -4),
        textcoords="offset points",
        color="white",
        va="top",
        path_effects=OUTLINED,
    )


def optimizer_trajectories(heights: list[OptimizerHeight], distance: float) -> Figure:
    """Draw the trajectories of all optimizers in the valley, one small panel each.

    Those without a height are left out.
    """
    drawn = [(h, h.height) for h in heights if h.height is not None]
    columns = min(5, len(drawn))
    rows = -(-len(drawn) // columns)
    size = (2.6 * columns + 0.4, 2.3 * rows + 0.6)
    figure, panels = new_figure(rows, columns, size=size, sharex=True, squeeze=False)
    figure.suptitle(
        "Each optimizer in the valley, h = ∞: its highest point is the height it climbs"
    )
    for axes, (result, height) in zip(panels.flat, drawn, strict=False):
        axes.plot(result.trajectory, color=BLUE, linewidth=1.2)
        axes.axhline(distance, color=GREY, linestyle="--", linewidth=1)
        axes.axhline(distance + height, color=VERMILION, linewidth=1)
        axes.set_title(f"{result.name}: h = {height:.4g}\n{result.where}", fontsize=9)
    for axes in panels.flat[len(drawn) :]:
        axes.set_visible(False)
    first, (_, height) = panels.flat[0], drawn[0]
    for level, name, colour in (
        (distance, "minimum L", GREY),
        (distance + height, "highest point L + h", VERMILION),
    ):
        first.annotate(
            name,
            (len(drawn[0][0].trajectory) - 1, level),
            (0, -3),
            textcoords="offset points",
            color=colour,
            fontsize=8,
            ha="right",
            va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    figure.supxlabel("step t")
    figure.supylabel("position xₜ")
    return figure


def slope_ratios(heights: dict[float, SlopedHeight]) -> Figure:
    """Draw the maximum height against s₁/s₀, for s₀ = 1, and the step at which it is reached."""
    ratios = np.array(sorted(heights))
    found = [heights[ratio] for ratio in ratios]
    low, high = (
        np.array([float(getattr(height, end)) for height in found]) for end in ("lower", "upper")
    )
    attained = np.array([bool(height.attained) for height in found])
    figure, axes = new_figure(size=(7.4, 4.2))
    axes.plot(ratios, low, color=BLUE, linewidth=0.8, alpha=0.6)
    axes.scatter(ratios[attained], low[attained], s=14, color=BLUE, label="reached, and proved")
    if not attained.all():
        middle, half = (low + high) / 2, (high - low) / 2
        axes.errorbar(
            ratios[~attained],
            middle[~attained],
            half[~attained],
            fmt="o",
            markersize=3,
            color=VERMILION,
            label="enclosed",
        )
    for step, group in groupby(zip(ratios, low, found, strict=True), lambda one: one[2].step):
        (ratio, top, _), *others = group
        if len(others) >= LABELLED_RUN:
            axes.annotate(f"step {step}", (ratio, top), (2, -12), textcoords="offset points")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.set(
        xlabel="uphill slope s₁ over downhill slope s₀",
        ylabel="maximum height for s₀ = 1, in the unit of x",
        title="The highest bump that Adam climbs, by its slope",
    )
    axes.legend(loc="lower right")
    return figure
