"""Figures of many runs at once: the map of heights and the paths of all optimizers."""

from matplotlib.figure import Figure

from q1_bump.grid import HeightMap
from q1_bump.optimizers import Height
from shared.figures import BLUE, GREY, VERMILION, new_figure

LABELS_AT = 0.22  # where along the x axis the lines are labelled
AXIS_NAMES = {"lr": "learning rate α", "beta1": "decay β₁", "distance": "distance L"}


def phase_diagram(
    heights: HeightMap, x: str, y: str, extent: tuple[float, float, float, float]
) -> Figure:
    """Draw the map of heights, the borders of the number of uphill steps, and where later wins.

    `extent` is (x low, x high, y low, y high).
    """
    figure, axes = new_figure(size=(8.6, 6.4))
    picture = axes.imshow(
        heights.height.numpy(), origin="lower", extent=extent, aspect="auto", cmap="viridis"
    )
    figure.colorbar(picture, ax=axes, label="greatest height h that Adam climbs")
    steps, levels = heights.uphill_steps.numpy(), (1, 2, 3, 5, 10, 20, 40)
    axes.contour(
        steps, levels=[level - 0.5 for level in levels], extent=extent,
        colors="white", linewidths=1.0,
    )  # fmt: skip
    column = int(LABELS_AT * steps.shape[1])
    for level in levels:
        row = int((steps[:, column] < level).sum())
        if 0 < row < 0.97 * len(steps):
            axes.text(
                extent[0] + LABELS_AT * (extent[1] - extent[0]),
                extent[2] + row / len(steps) * (extent[3] - extent[2]),
                f"{level} up", color="white", fontsize=9, va="bottom",
            )  # fmt: skip
    later = (heights.height > heights.first + 1e-9).double().numpy()
    hatching = axes.contourf(later, levels=[0.5, 1.5], extent=extent, colors="none", hatches=["//"])
    hatching.set(edgecolor=VERMILION, linewidth=0.4)
    axes.grid(False)
    axes.set(
        xlabel=AXIS_NAMES[x], ylabel=AXIS_NAMES[y],
        title="How high a bump Adam climbs. Hatched: a later excursion is the highest.\n"
        "White lines: the first excursion has at least that many uphill steps.",
    )  # fmt: skip
    return figure


def optimizer_paths(heights: list[Height], distance: float, shown_steps: int) -> Figure:
    """Draw the paths of all optimizers in the valley, one small panel each, on one scale."""
    columns = 5
    rows = -(-len(heights) // columns)
    figure, panels = new_figure(rows, columns, size=(13, 2.3 * rows + 0.6), sharex=True)
    figure.suptitle("Each optimizer in the endless valley: its highest point decides")
    for axes, result in zip(panels.flat, heights, strict=False):
        axes.plot(result.path[: shown_steps + 1], color=BLUE, linewidth=1.2)
        axes.axhline(distance, color=GREY, linestyle="--", linewidth=1)
        axes.axhline(distance + result.height, color=VERMILION, linewidth=1)
        known = "certified" if result.certified else "simulated"
        axes.set_title(f"{result.name}: {result.height:.4g}\n{known}", fontsize=9)
    for axes in panels.flat[len(heights) :]:
        axes.set_visible(False)
    figure.supxlabel("step t")
    figure.supylabel("xₜ  (dashed: the minimum; red: the highest point)")
    return figure
