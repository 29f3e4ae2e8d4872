"""Who wins between dis_net and the autoencoder, and when."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from q2_autoencoder.records import Metrics
from shared.figures import BLUE, GREEN, GREY, VERMILION, new_figure

COLUMNS = 4  # of panels, at most, where no number is given
LABELLED = {
    "accuracy_sharp": ("sharp images", GREEN),
    "accuracy_blurred": ("blurred images", BLUE),
    "accuracy_reconstructions": ("reconstructions", VERMILION),
}
CHANCE = 0.5


def has_game(metrics: Metrics) -> bool:
    """Say whether a run's dis_net learned reconstructions as fake, without which nobody plays."""
    return bool(metrics.adversarial and "accuracy_reconstructions" in metrics.adversarial.curves)


def game(runs: Mapping[str, Sequence[Metrics]], title: str, columns: int = COLUMNS) -> Figure:
    """Draw how many images of each kind dis_net labels rightly while both networks are trained.

    `runs` are by the title of their panel; each run is a line of each colour. Where reconstructions
    fall below one half the autoencoder wins: dis_net takes most of them for sharp images. Where
    both kinds stay near 1 dis_net wins.
    """
    columns = min(columns, len(runs))
    rows = math.ceil(len(runs) / columns)
    figure, grid = new_figure(
        rows, columns, size=(1.2 + 2.7 * columns, 1.3 + 2.1 * rows), sharey=True, squeeze=False
    )
    panels = list(grid.flat)
    for panel, (name, of_name) in zip(panels, runs.items(), strict=False):
        for metrics in of_name:
            adversarial = metrics.adversarial
            assert adversarial is not None
            first, last = adversarial.epochs_before, metrics.epochs
            for key, (_, colour) in LABELLED.items():
                shares = adversarial.curves[key]
                ends = np.linspace(first, last, len(shares) + 1)
                style = "o" if len(shares) == 1 else "-"  # a line of one point is not seen
                panel.plot((ends[:-1] + ends[1:]) / 2, shares, style, color=colour, linewidth=0.9)
        panel.axhline(CHANCE, color=GREY, linewidth=0.8, linestyle="--")
        panel.set(ylim=(-0.03, 1.03))
        panel.set_title(name, fontsize=9)
    for empty in panels[len(runs) :]:
        empty.remove()
    for panel in grid[:, 0]:
        panel.set_ylabel("labelled rightly")
    for place, panel in enumerate(panels[: len(runs)]):
        if place + columns >= len(runs):
            panel.set_xlabel("epoch")
    handles = [panels[0].plot([], [], color=colour)[0] for _, colour in LABELLED.values()]
    figure.legend(
        handles,
        [words for words, _ in LABELLED.values()],
        loc="outside lower center",
        ncols=len(handles),
        fontsize=9,
    )
    figure.suptitle(title)
    return figure
