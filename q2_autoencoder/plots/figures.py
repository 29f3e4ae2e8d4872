"""The figures of Question 2 but for those of the two-dimensional plane (plane.py)."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional

from q2_autoencoder.evaluation.detail import WINDOW, KeptDetail
from shared.figures import (
    BLUE,
    CLASSES,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    image_axes,
    new_figure,
)

LOSS_NAMES = {"l1": "L1 per pixel", "mse": "squared error per pixel"}
CROP = 14  # pixels, the side of an enlarged part
SIZES = (BLUE, ORANGE, GREEN, PURPLE)  # one colour a latent size


class Row(NamedTuple):
    """One row of pictures under the originals.

    Attributes:
        name: what stands before the row.
        pictures: pixels (N, 784) in [0, 1].
        misread: by column, the digit as which a picture is read where that is not the original's.
        kept: by column, the window of best-kept detail where it is to be boxed.
    """

    name: str
    pictures: Tensor
    misread: dict[int, int]
    kept: dict[int, KeptDetail]


def show(axes: Axes, picture: ArrayLike) -> None:
    """Draw one picture, (784,) or (28, 28) in [0, 1], black on white."""
    image_axes(axes).imshow(
        np.asarray(picture).reshape(28, 28), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest"
    )


def _plain_log_axis(axes: Axes) -> None:
    # Plain numbers read better than powers of ten over little more than a decade.
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:.4g}")
    axes.yaxis.set_minor_formatter("{x:.2g}")
    axes.xaxis.get_major_locator().set_params(integer=True)


def loss_curve(curve: list[dict[str, float]], loss: str, pca: float, title: str) -> Figure:
    """Draw training and test loss against the epoch, with PCA's test loss as a level line."""
    figure, axes = new_figure(size=(7, 4.2))
    epochs = [point["epoch"] for point in curve]
    for part, marks, colour, words in (
        ("train", "o-", BLUE, "training, mean of the epoch"),
        ("test", "s-", VERMILION, f"test, {curve[-1]['test']:.4f} at the end"),
    ):
        axes.plot(epochs, [p[part] for p in curve], marks, color=colour, markersize=3, label=words)
    axes.axhline(
        pca,
        color=GREY,
        linestyle="--",
        linewidth=1.2,
        label=f"PCA of the same size, test: {pca:.4f}",
    )
    axes.set(title=title, xlabel="epoch", ylabel=LOSS_NAMES[loss])
    _plain_log_axis(axes)
    axes.legend()
    return figure


def loss_curves(runs: Sequence[dict[str, Any]]) -> Figure:
    """Draw the curves of several runs (their metrics), with PCA of each size as a level line."""
    figure, axes = new_figure(size=(8.5, 5))
    for run, colour in zip(runs, SIZES, strict=False):
        loss, name = run["loss"], f"size {run['latent']}"
        epochs = [point["epoch"] for point in run["curve"]]
        for part, style in (("train", "o:"), ("test", "s-")):
            axes.plot(
                epochs, [point[part] for point in run["curve"]], style, color=colour, markersize=4,
                label=f"{name}, training (mean of the epoch)"
                if part == "train"
                else f"{name}, test: {run['test'][loss]:.4f}",
            )  # fmt: skip
        axes.axhline(
            run["pca_test"][loss], color=colour, linestyle="--", linewidth=1.2,
            label=f"PCA-{run['latent']}, test: {run['pca_test'][loss]:.4f}",
        )  # fmt: skip
    axes.set(
        title=f"Training on {runs[0]['data']}: what each size reaches (seed {runs[0]['seed']})",
        xlabel="epoch",
        ylabel=LOSS_NAMES[runs[0]["loss"]],
    )
    _plain_log_axis(axes)
    figure.legend(loc="outside right upper", fontsize=9)
    return figure


def players(
    warm_up: dict[str, list[float]], curves: dict[str, list[float]], steps_a_point: int, title: str
) -> Figure:
    """Draw what both players' losses did over an adversarial training.

    `curves` holds means over `steps_a_point` steps, `warm_up` those of dis_net's steps before the
    autoencoder joined, drawn left of step 0.
    """
    figure, axes = new_figure(2, 2, size=(9.5, 6))
    figure.suptitle(title)
    panels = {
        "dis_net: hinge loss": {
            "loss_on_clear": ("clear as real (step 1)", GREEN),
            "loss_on_blurred": ("blurred as fake (step 1)", BLUE),
            "loss_on_made": ("reconstructions as fake (step 2)", VERMILION),
        },
        "dis_net: share told rightly": {
            "clear_told": ("clear", GREEN),
            "blurred_told": ("blurred", BLUE),
            "made_told": ("reconstructions", VERMILION),
        },
        "autoencoder: losses but for the score": {
            "reconstruction_loss": ("reconstruction", BLUE),
            "feature_loss": ("squared distance of dis_net's features, weighted", ORANGE),
        },
        "autoencoder: dis_net's score of reconstructions": {
            "score": ("above 0: clear", PURPLE),
        },
    }
    for panel, (words, lines) in zip(axes.flat, panels.items(), strict=True):
        for key, (label, colour) in lines.items():
            before, after = warm_up.get(key, []), curves.get(key, [])
            if values := before + after:
                steps = [steps_a_point * (i + 0.5) for i in range(-len(before), len(after))]
                panel.plot(steps, values, color=colour, label=label, linewidth=1.4)
        low, high = panel.get_ylim()
        panel.set(title=words, xlabel="step", ylim=(min(0, low), max(0, high)))
        panel.legend(fontsize=9)
    for panel in axes[0]:
        panel.axvline(0, color=GREY, linewidth=0.8, linestyle="--")
    axes[0, 1].set_ylim(-0.03, 1.03)
    axes[1, 1].axhline(0, color=GREY, linewidth=0.8)
    return figure


def accuracy_by_width(told: dict[str, list[dict[str, float]]], title: str) -> Figure:
    """Draw, for each network, the share of pictures told rightly against the width of the blur."""
    figure, axes = new_figure(size=(7, 4.2))
    for place, ((name, points), colour) in enumerate(zip(told.items(), SIZES, strict=False)):
        clear, *blurred = points
        axes.plot(
            [p["width"] for p in blurred], [p["accuracy"] for p in blurred], "o-", color=colour,
            markersize=4, label=f"{name}: blurred test images",
        )  # fmt: skip
        axes.plot(
            [clear["width"]], [clear["accuracy"]], "s", color=colour, markersize=7 + 5 * place,
            fillstyle="none", markeredgewidth=1.8, clip_on=False,  # one around the other
            label=f"{name}: clear ones, {clear['accuracy']:.1%}",
        )  # fmt: skip
    axes.set(
        title=title, xlabel="standard deviation of the blur, pixels", ylabel="share told rightly",
        ylim=(-0.02, 1.03),
    )  # fmt: skip
    axes.legend(fontsize=9, loc="lower right")
    return figure


def originals_over_reconstructions(originals: Tensor, rows: Sequence[Row], title: str) -> Figure:
    """Draw `originals` (N, 784) over rows of their reconstructions, boxed as `Row` says.

    Under each reconstruction stands its L1 per pixel.
    """
    count = len(originals)
    notes = ["under each: its L1 per pixel"]
    if any(row.misread for row in rows):
        notes.append("red: read as another digit, the one in the corner")
    if any(row.kept for row in rows):
        notes.append(
            f"blue: the {WINDOW}×{WINDOW} pixels whose detail is kept best, where it is best"
        )
    figure, axes = new_figure(
        1 + len(rows), count, size=(0.62 * count + 0.9, 0.8 * (1 + len(rows)) + 0.8), squeeze=False
    )
    figure.suptitle(title, fontsize=11)
    figure.supxlabel("; ".join(notes), fontsize=9)
    everything = [Row("original", originals, {}, {}), *rows]
    for number, (panels, row) in enumerate(zip(axes, everything, strict=True)):
        panels[0].set_ylabel(row.name, rotation=0, ha="right", va="center")
        for column, (panel, picture) in enumerate(zip(panels, row.pictures, strict=True)):
            show(panel, picture)
            if number > 0:
                error = (picture - originals[column]).abs().mean()
                panel.set_xlabel(f"{error:.3f}", fontsize=7, labelpad=2)
            if column in row.misread:
                panel.add_patch(_box(-0.5, -0.5, 28, VERMILION))
                panel.text(
                    27, 0.5, str(row.misread[column]), color=VERMILION, ha="right", va="top",
                    fontsize=9, fontweight="bold",
                )  # fmt: skip
            if column in row.kept:
                window = row.kept[column]
                panel.add_patch(_box(window.left - 0.5, window.top - 0.5, WINDOW, BLUE))
    return figure


def against_l1(
    sweep: list[tuple[str, dict[str, Any]]], others: dict[str, dict[str, Any]], title: str
) -> Figure:
    """Draw sharpness and Fréchet distance of trainings against their L1, mean ± sd over seeds.

    A line joins those of `sweep`, each with its mark; `others` are told by their colours,
    and only named where they have no numbers.
    """
    figure, panels = new_figure(1, 2, size=(10.5, 5))
    figure.suptitle(title)
    colours = dict(zip(others, (c for c in CLASSES if c != BLUE), strict=False))
    points = [numbers for _, numbers in sweep]

    def spread(of_seeds: dict[str, Any]) -> float:
        return np.nan if of_seeds["sd"] is None else of_seeds["sd"]  # one seed has none

    for axes, key, words in (
        (panels[0], "sharpness_ratio", "sharpness ratio, reconstruction over original"),
        (panels[1], "frechet_distance", "Fréchet distance"),
    ):
        axes.errorbar(
            [v["l1"]["mean"] for v in points], [v[key]["mean"] for v in points],
            xerr=[spread(v["l1"]) for v in points], yerr=[spread(v[key]) for v in points],
            fmt="o-", color=BLUE, linewidth=1, markersize=5, capsize=3,
            label="four-step, score weighted as marked",
        )  # fmt: skip
        for mark, numbers in sweep:
            axes.annotate(
                mark, (numbers["l1"]["mean"], numbers[key]["mean"]), (5, 5),
                textcoords="offset points", color=BLUE, fontsize=9,
            )  # fmt: skip
        for name, numbers in others.items():
            if "l1" not in numbers:  # none was left whole: the legend says so
                axes.plot([], [], "s", color=colours[name], label=name)
                continue
            axes.errorbar(
                numbers["l1"]["mean"], numbers[key]["mean"], xerr=spread(numbers["l1"]),
                yerr=spread(numbers[key]), fmt="s", color=colours[name], markersize=6, capsize=3,
                label=name,
            )  # fmt: skip
        axes.set(title=words, xlabel="test L1 per pixel")
        axes.xaxis.set_major_locator(MaxNLocator(5))
    panels[0].axhline(1, color=GREY, linestyle="--", linewidth=0.8)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3,
                  fontsize=9)  # fmt: skip
    return figure


def crops(
    blocks: dict[int, tuple[dict[str, Tensor], list[tuple[int, int]]]],
    ratios_of: Callable[[Tensor, Tensor], Tensor],
    title: str,
) -> Figure:
    """Draw parts of pictures, enlarged: a block of columns for each latent size.

    A block holds rows of pictures (N, 784) by name, the originals first, and the top left corner
    of the part to be shown of each column; parts are `CROP` pixels wide and high. Under each
    stands its sharpness ratio, `ratios_of` the originals and the row's pictures.
    """
    names = list(next(iter(blocks.values()))[0])
    widths = [len(corners) for _, corners in blocks.values()]
    gap = 0.4  # of a picture's width, between blocks
    ratios = [1.0] * widths[0] + [r for width in widths[1:] for r in (gap, *[1.0] * width)]
    figure, _ = new_figure(size=(0.78 * sum(ratios) + 2.2, 0.95 * len(names) + 1.2))
    figure.clear()
    figure.suptitle(title, fontsize=11)
    figure.supxlabel("under each: the whole picture's sharpness ratio", fontsize=9)
    grid = figure.add_gridspec(len(names), len(ratios), width_ratios=ratios)
    start = 0
    for latent, (rows, corners) in blocks.items():
        for row, (name, pictures) in enumerate(rows.items()):
            sharpness = ratios_of(rows[names[0]], pictures)
            for column, (picture, (top, left)) in enumerate(zip(pictures, corners, strict=True)):
                axes = image_axes(figure.add_subplot(grid[row, start + column]))
                window = picture.view(28, 28)[top : top + CROP, left : left + CROP]
                axes.imshow(
                    np.asarray(window), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest"
                )
                if row > 0:
                    axes.set_xlabel(f"{sharpness[column]:.2f}", fontsize=7, labelpad=2)
                if start + column == 0:
                    axes.set_ylabel(name, rotation=0, ha="right", va="center")
                if row == column == 0:
                    axes.set_title(f"size {latent}", fontsize=10)
        start += len(corners) + 1
    return figure


def busiest_window(values: Tensor) -> list[tuple[int, int]]:
    """Return top and left of the `CROP`-wide window where each of `values` (N, H, W) sums most."""
    sums = functional.avg_pool2d(values[:, None], CROP, stride=1)[:, 0]
    side = sums.shape[-1]
    return [(place // side, place % side) for place in sums.flatten(1).argmax(1).tolist()]


def _box(left: float, top: float, side: float, colour: str) -> Rectangle:
    return Rectangle(
        (left, top), side, side, fill=False, edgecolor=colour, linewidth=1.8, clip_on=False
    )


def draw_counts(axes: Axes, table: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a table of counts (R, C) as numbers on a ground that darkens with the row's share."""
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.grid(False)
    for (row, column), count in np.ndenumerate(table):
        if count:
            axes.text(
                column, row, str(count), ha="center", va="center", fontsize=7,
                color="white" if share[row, column] > 0.6 else "black",
            )  # fmt: skip
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def confusion_matrices(tables: dict[str, np.ndarray]) -> Figure:
    """Draw, for each title, how many originals of a digit (row) are read as which (column)."""
    figure, panels = new_figure(1, len(tables), size=(4.6 * len(tables), 4.8), squeeze=False)
    digits = [str(digit) for digit in range(10)]
    for axes, (title, table) in zip(panels[0], tables.items(), strict=True):
        draw_counts(axes, table, digits, digits)
        axes.set(title=title, xlabel="reconstruction read as", ylabel="original digit")
    return figure


def scatter_by_class(axes: Axes, points: np.ndarray, classes: np.ndarray, names: bool) -> None:
    """Draw `points` (N, 2), one colour a class; with `names`, each class's number at its median."""
    order = np.random.default_rng(0).permutation(len(points))  # no class lies on top of the others
    colours = np.array(CLASSES)[classes]
    axes.scatter(*points[order].T, s=2, c=colours[order], linewidths=0, rasterized=True)
    axes.grid(False)
    for digit in np.unique(classes) if names else ():
        axes.text(
            *np.median(points[classes == digit], axis=0), str(digit), ha="center", va="center",
            fontsize=10, fontweight="bold",
            bbox={"boxstyle": "circle,pad=0.15", "fc": "white", "ec": CLASSES[digit], "lw": 1.5},
        )  # fmt: skip


def class_legend(figure: Figure, classes: Sequence[str], loc: str) -> None:
    """Add a legend of one coloured dot a class to `figure`."""
    axes = figure.axes[0]
    dots = [
        axes.plot([], [], "o", color=colour, label=name)[0]
        for colour, name in zip(CLASSES, classes, strict=True)
    ]
    figure.legend(handles=dots, loc=loc, title="digit", fontsize=9)


def clusters(
    plane: np.ndarray,
    digits: np.ndarray,
    found: np.ndarray,
    matched: np.ndarray,
    table: np.ndarray,
    centres: np.ndarray,
    title: str,
    note: str,
) -> Figure:
    """Draw what k-means finds in codes.

    Args:
        plane: t-SNE coordinates (N, 2) of the codes.
        digits, found: digit and cluster (N,) of each.
        matched: the digit (10,) with which each cluster is matched.
        table: images (10, 10) of each cluster that show each digit.
        centres: the cluster centres decoded to pixels (10, 784).
        title: of the whole figure.
        note: under it.
    """
    figure, _ = new_figure(size=(11, 9.6))
    figure.clear()
    figure.suptitle(title)
    figure.supxlabel(note, fontsize=10)
    grid = figure.add_gridspec(3, 10, height_ratios=(5, 4.2, 1.1))
    for place, classes, words in (
        (grid[0, :5], digits, "t-SNE of the codes, coloured by digit"),
        (grid[0, 5:], matched[found], "the same, coloured by cluster (its matched digit)"),
    ):
        axes = figure.add_subplot(place)
        scatter_by_class(axes, plane, classes, names=True)
        axes.set(title=words, xticks=[], yticks=[])  # t-SNE's coordinates mean nothing
    axes = figure.add_subplot(grid[1, :])
    order = np.argsort(matched)  # the matched cells then lie on the diagonal
    draw_counts(
        axes, table[order], [f"matched with {matched[cluster]}" for cluster in order],
        [str(digit) for digit in range(10)],
    )  # fmt: skip
    axes.set(title="images of each digit (column) in each cluster (row)", xlabel="digit")
    for column, cluster in enumerate(order):
        axes = figure.add_subplot(grid[2, column])
        show(axes, centres[cluster])
        axes.set_title(str(matched[cluster]), loc="center", fontsize=9)
        if column == 0:
            axes.set_ylabel("centres,\ndecoded")
    return figure
