"""One look for every figure: size, colours, fonts, and how it is saved.

Figures are built on matplotlib's object interface, without pyplot: no global state, no
display, and half the import time.
"""

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from shared.files import atomic_path

# Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
GREY = "#777777"
# One colour a class: ten do not fit into eight, so figures name the classes as well.
CLASSES = (BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE, "#999999", "#7B4F2E")
COLOURS = dict.fromkeys(
    [BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE, GREY, *CLASSES]
)

STYLE: dict[Any, Any] = {
    "figure.dpi": 130,
    "savefig.dpi": 130,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "mathtext.fontset": "dejavusans",
}
matplotlib.rcParams.update(STYLE)


def new_figure(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (8.0, 4.5), **kwargs: Any
) -> tuple[Figure, Any]:
    """Return (figure, axes) in the project's style; `size` is in inches, `kwargs` for subplots.

    `axes` are Axes, or an array of them where there are several.
    """
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, **kwargs)


def image_axes(axes: Axes) -> Axes:
    """Strip ticks, grid and frame from axes that hold a picture."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return axes


def save_figure(figure: Figure, path: Path, few_colours: bool = True) -> Path:
    """Write `figure` to `path`, a PNG file, atomically.

    With `few_colours` the file holds 256 at most and has a third of the size: right for lines, dots
    and grey pictures, wrong for a continuous colour map, in which it would draw false contours.
    """
    with atomic_path(path) as temporary:
        # Without the software tag equal figures are equal files.
        figure.savefig(temporary, metadata={"Software": None})
        if few_colours:
            with Image.open(temporary) as picture:
                few = _reduced(picture.convert("RGB"))
            few.save(temporary, optimize=True)
    return path


def _reduced(picture: Image.Image) -> Image.Image:
    """Return the picture in 256 colours, those above among them: a median cut alone would drop what
    few pixels have, as dots do.
    """
    kept = [int(colour[i : i + 2], 16) for colour in COLOURS for i in (1, 3, 5)]
    others = picture.quantize(256 - len(COLOURS)).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*kept, *others])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)
