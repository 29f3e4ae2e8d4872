"""The figures of Question 1."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from q1_bump.exact import AdamStep
from q1_bump.problem import bump_loss
from shared.figures import BLUE, GREY, VERMILION, new_figure

LABELLED_STEPS = 12  # more numbers beside the dots than this cannot be read


def draw_walk(
    axes: Axes, distance: float, height: float, positions: list[float], colour: str
) -> None:
    """Draw the loss with a bump of the given height and the points of a walk on it."""
    low, high = min(0.0, *positions), max(distance + 3 * height, *positions)
    corners = [low, distance, distance + height, high]
    axes.plot(corners, [bump_loss(x, distance, height) for x in corners], color=GREY, zorder=1)
    walk = [0.0, *positions]
    losses = [bump_loss(x, distance, height) for x in walk]
    axes.plot(walk, losses, color=colour, linewidth=0.8, alpha=0.6, zorder=2)
    axes.scatter(walk, losses, color=colour, s=22, zorder=3)
    # Numbers up to the highest point, the highest one beside it; the way back would cover them.
    peak = walk.index(max(walk))
    labelled = [walk[peak]]
    axes.annotate(f"{peak}", (walk[peak], losses[peak]), (9, 2), textcoords="offset points")
    for t in range(min(peak, LABELLED_STEPS)):
        if all(abs(walk[t] - x) > 0.02 * (high - low) for x in labelled):
            axes.annotate(
                f"{t}", (walk[t], losses[t]), (0, 6), textcoords="offset points", ha="center"
            )
            labelled.append(walk[t])
    axes.set(xlabel="x", ylabel="loss F(x)")


def under_and_over(
    distance: float, walks: list[tuple[float, list[AdamStep], bool]], title: str
) -> Figure:
    """Draw Adam's path at heights just under and just over the maximum, side by side."""
    figure, panels = new_figure(1, len(walks), size=(5.2 * len(walks), 4.4), sharey=True)
    figure.suptitle(title)
    for axes, (height, steps, passes) in zip(panels, walks, strict=True):
        draw_walk(axes, distance, height, [step.x for step in steps], BLUE if passes else VERMILION)
        verdict = f"past the top at step {len(steps) - 1}" if passes else "turns back"
        axes.set_title(f"h = {height:.5g}: {verdict}")
    return figure
