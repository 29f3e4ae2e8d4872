"""The figures of Question 1."""

from fractions import Fraction

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from q1_bump.descent import Fate
from q1_bump.exact import AdamStep
from q1_bump.problem import bump_loss
from shared.figures import BLUE, GREY, ORANGE, VERMILION, new_figure

LABELLED_STEPS = 12  # more numbers beside the dots than this cannot be read


def draw_walk(
    axes: Axes, distance: float, height: float, positions: list[float], colour: str
) -> None:
    """Draw the loss with a bump of the given height and the points of a walk on it."""
    low, high = min([0.0, *positions]), max([distance + 3 * height, *positions])
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


def gradient_descent(
    distance: Fraction, height: Fraction, positions: list[Fraction], end: Fate
) -> Figure:
    """Draw the walk on the loss, and x against the step, with the points it switches between."""
    figure, (left, right) = new_figure(1, 2, size=(10.4, 4.4))
    draw_walk(left, float(distance), float(height), [float(x) for x in positions[1:]], BLUE)
    right.plot(range(len(positions)), [float(x) for x in positions], "o-", color=BLUE)
    for level, name in ((distance, "minimum L"), (distance + height, "top L + h")):
        right.axhline(float(level), color=GREY, linestyle="--", linewidth=1.2)
        right.annotate(name, (0, float(level)), (0, 4), textcoords="offset points", color=GREY)
    for x, above in zip(end.points, end.heights, strict=True):
        beyond = x > distance
        left.annotate(
            f"x = {x},\n{above} above\nthe minimum",
            (float(x), float(bump_loss(x, distance, height))),
            (0.5, 0.86) if beyond else (0.18, 0.25),
            textcoords="axes fraction", ha="center", va="center", color=VERMILION,
            arrowprops={"arrowstyle": "-", "color": VERMILION},
        )  # fmt: skip
    right.set(xlabel="step t", ylabel="x", title="position against step")
    right.xaxis.get_major_locator().set_params(integer=True)
    left.set_title(f"gradient descent, h = {float(height):g}: it {end.kind}")
    return figure


def loss_with_both_walks(
    distance: float, height: float, descent: list[float], adam: list[float]
) -> Figure:
    """Draw the loss twice: gradient descent's walk on it, and Adam's."""
    figure, panels = new_figure(1, 2, size=(10.4, 4.4), sharey=True)
    for axes, name, positions, colour in (
        (panels[0], "gradient descent: stuck between two points", descent, VERMILION),
        (panels[1], f"Adam: past the top at step {len(adam) - 1}", adam, BLUE),
    ):
        draw_walk(axes, distance, height, positions, colour)
        axes.set_title(name)
    figure.suptitle(f"The same bump, h = {height:g}")
    return figure


def staircase(records: list[tuple[int, Fraction]], highest: float) -> Figure:
    """Draw the step at which Adam passes the top against h.

    `records` are (step, exact height above L) at which the walk was higher than ever before;
    `highest` is the end of the h axis.
    """
    figure, axes = new_figure(size=(8.4, 4.4))
    edges = [0.0, *(float(height) for _, height in records)]
    for (step, height), low, high in zip(records, edges, edges[1:], strict=False):
        axes.hlines(step, low, high, color=BLUE, linewidth=3)
        axes.plot([high], [step], "o", color=BLUE, markerfacecolor="white")
        axes.axvline(high, color=GREY, linestyle=":", linewidth=1)
        exact = str(height) if len(str(height)) <= 24 else "a fraction"
        axes.annotate(
            f"h < {high:.9g}\n= {exact}", (high, step), (-8, 8), textcoords="offset points",
            ha="right", fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    axes.axvspan(edges[-1], highest, color=VERMILION, alpha=0.15, linewidth=0)
    axes.annotate(
        "never", ((edges[-1] + highest) / 2, records[-1][0]), ha="center", color=VERMILION
    )
    axes.set(
        xlim=(0, highest), ylim=(records[0][0] - 0.6, records[-1][0] + 0.9),
        xlabel="height h of the bump", ylabel="step at which Adam passes the top",
        title="The staircase of crossing steps, with its exact thresholds",
    )  # fmt: skip
    axes.yaxis.get_major_locator().set_params(integer=True)
    return figure


def step_table(steps: list[AdamStep], distance: float, top: float) -> Figure:
    """Draw the step table: m̂ and v̂, and x, against the step."""
    figure, (upper, lower) = new_figure(2, 1, size=(8.4, 6.0), sharex=True)
    t = [step.t for step in steps]
    upper.plot(t, [step.corrected_first for step in steps], "o-", color=BLUE, label="m̂ₜ")
    upper.plot(t, [step.corrected_second for step in steps], "s-", color=ORANGE, label="v̂ₜ")
    upper.plot(
        t, [step.gradient for step in steps], "_", color=GREY, ms=14, mew=2, label="slope gₜ"
    )
    upper.axhline(0, color=GREY, linewidth=0.8)
    upper.set(title="Adam's corrected moments", ylabel="moment", ylim=(-1.25, 1.25))
    upper.legend(ncols=3, loc="center left", bbox_to_anchor=(0.06, 0.7))
    lower.plot([0, *t], [0.0, *(step.x for step in steps)], "o-", color=BLUE)
    for level, name in ((distance, "minimum L"), (top, "top of the bump")):
        lower.axhline(level, color=GREY, linestyle="--", linewidth=1.2)
        lower.annotate(name, (0, level), (0, 4), textcoords="offset points", color=GREY)
    lower.set(title="its position", xlabel="step t", ylabel="xₜ")
    lower.xaxis.get_major_locator().set_params(integer=True)
    return figure
