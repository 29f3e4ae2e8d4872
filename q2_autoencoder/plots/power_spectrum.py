"""At which spatial frequencies reconstructions have less power than their originals, or more."""

from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.figure import Figure

from shared.figures import BLACK, CLASSES, new_figure

STYLES = ("-", "--")  # colour by colour through the first, then the second


def power_spectra(decibels: Mapping[int, Mapping[str, Sequence[float]]], title: str) -> Figure:
    """Draw the power over that of the originals against the frequency, a panel a latent dimension.

    `decibels` holds, by latent dimension and variant, the power over the originals' at 1, 2, 3 ...
    cycles an image, in decibels (`evaluation.sharpness.decibels`).
    """
    figure, panels = new_figure(
        1, len(decibels), size=(1.4 + 3.6 * len(decibels), 4.6), squeeze=False
    )
    figure.suptitle(title)
    looks = [(style, colour) for style in STYLES for colour in CLASSES if colour != BLACK]
    names = dict.fromkeys(name for of_dim in decibels.values() for name in of_dim)
    by_name = dict(zip(names, cycle(looks), strict=False))
    for axes, (dim, of_dim) in zip(panels[0], decibels.items(), strict=True):
        for name, values in of_dim.items():
            style, colour = by_name[name]
            axes.plot(range(1, 1 + len(values)), values, style, color=colour, label=name)
        axes.axhline(0, color=BLACK, linewidth=1)
        axes.set(title=f"latent dimension {dim}", xlabel="cycles an image")
    panels[0, 0].set_ylabel("power over the originals', dB")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
