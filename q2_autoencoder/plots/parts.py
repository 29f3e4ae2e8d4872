"""What each change of a training does: variants one below another, a panel for each measure."""

from collections.abc import Mapping
from itertools import chain

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from q2_autoencoder.records import MeasuresOverSeeds
from shared.figures import BLACK, BLUE, GREY, ORANGE, new_figure

# The measures drawn, what stands above them, and the value of the originals, if it is drawn.
PANELS: tuple[tuple[str, str, float | None], ...] = (
    ("l1", "test L1 per pixel", None),
    ("frechet_distance", "Fréchet distance", None),
    ("sharpness_ratio", "sharpness ratio", 1.0),
    ("reconstruction_accuracy", "classified rightly", None),
)
SHARES = ("reconstruction_accuracy",)  # of images: from 0 to 1
WIDE = 5.0  # greatest over least value beyond which an axis is logarithmic
GAP = 0.6  # rows between those that belong together


def changes(
    line: Mapping[str, MeasuresOverSeeds | None],
    others: Mapping[str, MeasuresOverSeeds | None],
    title: str,
) -> Figure:
    """Draw variants by their names, the measures of each seed as dots.

    The means of those in `line` are joined, from the first at the top on; `others` stand below. A
    variant without measures has an empty row, where the line is broken.
    """
    variants = {**line, **others}
    rows = np.arange(len(variants), dtype=float)
    rows[len(line) :] += GAP
    size = (3.4 + 2.3 * len(PANELS), 1.3 + 0.36 * len(variants))
    figure, panels = new_figure(1, len(PANELS), size=size, sharey=True)
    figure.suptitle(title)
    for axes, (key, words, original) in zip(panels, PANELS, strict=True):
        values = [of[key].values if of else [] for of in variants.values()]
        means = [of[key].mean if of else np.nan for of in variants.values()]
        axes.plot(means[: len(line)], rows[: len(line)], color=BLUE, linewidth=1)
        for place, (name, row) in enumerate(zip(variants, rows, strict=True)):
            colour = BLUE if name in line else ORANGE
            dots = values[place]
            axes.plot(dots, [row] * len(dots), "o", color=colour, markersize=3.5, alpha=0.6)
            axes.plot([means[place]], [row], "|", color=BLACK, markersize=11, markeredgewidth=1.6)
        _scale(axes, key, [*chain(*values)])
        if original is not None:
            axes.axvline(original, color=GREY, linestyle="--", linewidth=0.8)
        axes.set_title(words, fontsize=10)
    panels[0].set_yticks(rows, list(variants))
    panels[0].invert_yaxis()
    return figure


def _scale(axes: Axes, key: str, values: list[float]) -> None:
    """Choose a logarithmic axis for values that differ by much; plain numbers on either."""
    least, greatest = min(values, default=0.0), max(values, default=0.0)
    if least <= 0 or greatest < WIDE * least or key in SHARES:
        axes.xaxis.set_major_locator(MaxNLocator(4))
        return
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if greatest < 20 * least else (1,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
