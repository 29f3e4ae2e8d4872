"""Losses over the training, and accuracy by blur width."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator

from q2_autoencoder.plots.labels import Label, label_at_right
from q2_autoencoder.records import (
    BlurAccuracy,
    CurvePoint,
    Metrics,
    data_set_name,
)
from shared.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    new_figure,
)

LABELLED = (1.5, 2, 3, 4, 5, 7)  # multiples of a power of ten on a logarithmic axis
LOSS_WORDS = {"l1": "L1 per pixel", "mse": "squared error per pixel"}
DIMENSION_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)  # one a latent dimension


def _plain_log_axis(axes: Axes, words: str) -> None:
    axes.set_yscale("log")
    # Plain numbers read better than powers of ten over little more than a decade.
    axes.yaxis.set_minor_locator(LogLocator(subs=LABELLED))  # 8 and 9 would touch their neighbours
    axes.yaxis.set_major_formatter("{x:.4g}")
    axes.yaxis.set_minor_formatter("{x:.3g}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="epoch", ylabel=f"{words} (log scale)")


def loss_curve(curve: Sequence[CurvePoint], loss: str, pca: float, title: str) -> Figure:
    """Draw training and test loss against the epoch, with PCA's test loss as a level line."""
    figure, axes = new_figure(size=(7.6, 4.2))
    epochs, last = [point.epoch for point in curve], curve[-1]
    axes.plot(epochs, [p.train for p in curve], "o-", color=BLUE, markersize=3)
    axes.plot(epochs, [p.test for p in curve], "s-", color=VERMILION, markersize=3)
    axes.axhline(pca, color=GREY, linestyle="--", linewidth=1.2)
    axes.set_title(title)
    _plain_log_axis(axes, LOSS_WORDS[loss])
    label_at_right(
        axes,
        [
            Label(last.epoch, last.train, f"training, mean of\nthe epoch: {last.train:.4f}", BLUE),
            Label(last.epoch, last.test, f"test: {last.test:.4f}", VERMILION),
            Label(axes.get_xlim()[1], pca, f"test, PCA of the same\ndimension: {pca:.4f}", GREY),
        ],
    )
    return figure


def loss_curves(runs: Sequence[Metrics]) -> Figure:
    """Draw the curves of runs of several latent dimensions, with PCA's losses as level lines."""
    figure, axes = new_figure(size=(8.5, 5))
    config, labels = runs[0].config, []
    for run, colour in zip(runs, DIMENSION_COLOURS, strict=False):
        dim, last = run.config.latent_dim, run.curve[-1]
        test, pca = getattr(run.test, config.loss), getattr(run.pca_test, config.loss)
        epochs = [point.epoch for point in run.curve]
        axes.plot(epochs, [p.train for p in run.curve], "o:", color=colour, markersize=4)
        axes.plot(epochs, [p.test for p in run.curve], "s-", color=colour, markersize=4)
        axes.axhline(pca, color=colour, linestyle="--", linewidth=1.2)
        labels += [
            Label(last.epoch, last.test, f"latent dimension {dim}: {test:.4f}", colour),
            Label(last.epoch, pca, f"PCA-{dim}: {pca:.4f}", colour),
        ]
    styles = {"test": "s-", "training, mean of the epoch": "o:", "test, PCA": "--"}
    axes.legend(
        handles=[_grey_line(style, words) for words, style in styles.items()],
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(styles),
        fontsize=9,
    )
    figure.suptitle(f"Training on {data_set_name(config.data)}, seed {config.seed}")
    _plain_log_axis(axes, LOSS_WORDS[config.loss])
    label_at_right(axes, labels)
    return figure


def _grey_line(style: str, words: str) -> Line2D:
    marker, line = (style[0], style[1:]) if style[0] in "os" else ("", style)
    options: dict[str, Any] = {"marker": marker, "linestyle": line}
    return Line2D([], [], color=GREY, markersize=4, label=words, **options)


# The panels of `adversarial_losses`: title, and by key the words and colour of each line.
PANELS = (
    (
        "dis_net: loss",
        {
            "loss_sharp": ("sharp as real (step 1)", GREEN),
            "loss_blurred": ("blurred as fake (step 1)", BLUE),
            "loss_reconstructions": ("reconstructions as fake (step 2)", VERMILION),
        },
    ),
    (
        "dis_net: accuracy",
        {
            "accuracy_sharp": ("sharp", GREEN),
            "accuracy_blurred": ("blurred", BLUE),
            "accuracy_reconstructions": ("reconstructions", VERMILION),
        },
    ),
    (
        "autoencoder: losses without the score, not weighted",
        {
            "reconstruction_loss": ("reconstruction", BLUE),
            "feature_matching_loss": ("feature matching", ORANGE),
        },
    ),
    (
        "dis_net's score of reconstructions",
        {"score": ("above 0: sharp", PURPLE)},
    ),
)


def adversarial_losses(
    warm_up: Mapping[str, Sequence[float]],
    curves: Mapping[str, Sequence[float]],
    steps_per_point: int,
    title: str,
) -> Figure:
    """Draw what the losses of both networks did over an adversarial training.

    `curves` holds means over `steps_per_point` steps, `warm_up` those of dis_net's steps before
    the autoencoder was trained with it, drawn left of step 0.
    """
    figure, axes = new_figure(2, 2, size=(9.5, 6.2))
    figure.suptitle(title)
    for panel, (words, lines) in zip(axes.flat, PANELS, strict=True):
        for key, (label, colour) in lines.items():
            before, after = list(warm_up.get(key, [])), list(curves.get(key, []))
            if values := before + after:
                steps = [steps_per_point * (i + 0.5) for i in range(-len(before), len(after))]
                style = "o" if len(values) == 1 else "-"  # a line of one point is not seen
                panel.plot(steps, values, style, color=colour, label=label, linewidth=1.4)
        low, high = panel.get_ylim()
        panel.set(title=words, xlabel="step", ylim=(min(0, low), 1.05 * max(0, high)))
        if panel.lines:
            panel.legend(fontsize=9)
    for panel in axes[0]:
        panel.axvline(0, color=GREY, linewidth=0.8, linestyle="--")
    axes[0, 0].set_xlabel("step (before 0: dis_net alone, on blur only)")
    axes[0, 1].set_xlabel("step (before 0: dis_net alone, on blur only)")
    axes[0, 1].set_ylim(-0.03, 1.03)
    axes[1, 1].axhline(0, color=GREY, linewidth=0.8)
    return figure


def blur_accuracy(networks: Mapping[str, Sequence[BlurAccuracy]], title: str) -> Figure:
    """Draw, for each network, the share of images labelled rightly against the blur width."""
    figure, axes = new_figure(size=(7, 4.2))
    for place, ((name, points), colour) in enumerate(
        zip(networks.items(), DIMENSION_COLOURS, strict=False)
    ):
        sharp, *blurred = points
        axes.plot(
            [p.width for p in blurred],
            [p.accuracy for p in blurred],
            "o-",
            color=colour,
            markersize=4,
            label=f"{name}: blurred images",
        )
        axes.plot(
            [sharp.width],
            [sharp.accuracy],
            "s",
            color=colour,
            markersize=7 + 5 * place,  # one around the other
            fillstyle="none",
            markeredgewidth=1.8,
            clip_on=False,
            label=f"{name}: sharp images, {sharp.accuracy:.1%}",
        )
    axes.set(
        title=title,
        xlabel="blur width (standard deviation), pixels",
        ylabel="accuracy",
        ylim=(-0.02, 1.03),
    )
    axes.legend(fontsize=9, loc="lower right")
    return figure
