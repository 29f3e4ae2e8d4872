"""The figures of Question 1."""

from collections.abc import Sequence
from fractions import Fraction

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from q1_bump.adam.exact import AdamStep
from q1_bump.adam.max_height import Trajectory
from q1_bump.descent import Outcome
from q1_bump.problem import bump_loss
from shared.figures import BLUE, GREY, ORANGE, VERMILION, new_figure

LABELLED_STEPS = 12  # more numbers beside the dots than this cannot be read
INSET = (0.57, 0.65, 0.42, 0.28)  # left, bottom, width, height, in parts of the axes


def draw_trajectory(
    axes: Axes, distance: float, height: float, positions: Sequence[float], colour: str
) -> None:
    """Draw the loss with a bump of the given height and the points of a trajectory on it."""
    x = [0.0, *positions]
    low, high = min(x), max([distance + 3 * height, *x])
    losses = _draw_points(axes, (low, high), distance, height, x, colour)
    # Numbers up to the highest point, the highest one beside it; the way back would cover them.
    peak = x.index(max(x))
    labelled = [x[peak]]
    axes.annotate(f"{peak}", (x[peak], losses[peak]), (9, 2), textcoords="offset points")
    for t in range(min(peak, LABELLED_STEPS)):
        if all(abs(x[t] - other) > 0.02 * (high - low) for other in labelled):
            axes.annotate(
                f"{t}", (x[t], losses[t]), (0, 6), textcoords="offset points", ha="center"
            )
            labelled.append(x[t])
    axes.margins(y=0.1)
    axes.set(xlabel="x", ylabel="loss F(x)")


def _draw_points(
    axes: Axes,
    ends: tuple[float, float],
    distance: float,
    height: float,
    x: list[float],
    colour: str,
) -> list[float]:
    """Draw the loss between its `ends` and the points x on it, and return the losses there."""
    corners = [ends[0], distance, distance + height, ends[1]]
    axes.plot(corners, [bump_loss(c, distance, height) for c in corners], color=GREY, zorder=1)
    losses = [bump_loss(position, distance, height) for position in x]
    axes.plot(x, losses, color=colour, linewidth=0.8, alpha=0.6, zorder=2)
    axes.scatter(x, losses, color=colour, s=22, zorder=3)
    return losses


def under_and_over(distance: float, trajectories: list[Trajectory], title: str) -> Figure:
    """Draw Adam at heights just under and just over the maximum, with an inset of the top."""
    count = len(trajectories)
    figure, panels = new_figure(1, count, size=(5.4 * count, 4.6), sharey=True, squeeze=False)
    figure.suptitle(title)
    for axes, trajectory in zip(panels.flat, trajectories, strict=True):
        colour = BLUE if trajectory.passes else VERMILION
        draw_trajectory(axes, distance, trajectory.height, trajectory.positions, colour)
        _draw_top(axes, distance, trajectory, colour)
        verdict = "it passes the top" if trajectory.passes else "it turns back"
        axes.set_title(f"h = {trajectory.height:.5g}: {verdict}")
    for axes in panels.flat[1:]:
        axes.set_ylabel("")
    return figure


def _draw_top(axes: Axes, distance: float, trajectory: Trajectory, colour: str) -> None:
    """Draw an inset of the top of the bump and of the step that decides."""
    top, positions = distance + trajectory.height, [0.0, *trajectory.positions]
    decisive = len(positions) - 2 if trajectory.passes else positions.index(max(positions))
    x = positions[decisive]
    width = 3 * abs(x - top)
    if width < 1e-12 * top:
        return  # no more than rounding
    peak = bump_loss(top, distance, trajectory.height)
    low, high = axes.get_ylim()
    axes.set_ylim(low, max(high, low + (peak - low) / (INSET[1] - 0.1)))  # room above the top
    inset = axes.inset_axes(INSET)
    ends = (top - 2 * width, top + 2 * width)
    _draw_points(inset, ends, distance, trajectory.height, positions, colour)
    inset.axvline(top, color=GREY, linestyle="--", linewidth=1)
    inset.annotate("top L + h", (top, peak), (4, 9), textcoords="offset points", fontsize=8)
    inset.set(xlim=(top - width, top + width), ylim=(peak - width, peak + 0.6 * width))
    inset.set(xticks=[], yticks=[])
    inset.spines[:].set_visible(True)
    side = "past" if trajectory.passes else "short of"
    inset.set_title(f"step {decisive}: {abs(x - top):.2g} {side} the top", fontsize=8)
    axes.indicate_inset_zoom(inset, edgecolor=GREY)


def gradient_descent(
    distance: Fraction, height: Fraction, positions: list[Fraction], outcome: Outcome
) -> Figure:
    """Draw the trajectory on the loss, and x against the step, with the points it ends at."""
    figure, (left, right) = new_figure(1, 2, size=(10.4, 4.4))
    draw_trajectory(left, float(distance), float(height), [float(x) for x in positions[1:]], BLUE)
    right.plot(range(len(positions)), [float(x) for x in positions], "o-", color=BLUE)
    _label_levels(right, {"minimum L": float(distance), "top L + h": float(distance + height)})
    for x, above in zip(outcome.points, outcome.heights, strict=True):
        beyond = x > distance
        left.annotate(
            f"x = {x},\n{above} above\nthe minimum",
            (float(x), float(bump_loss(x, distance, height))),
            (0.55, 0.84) if beyond else (0.18, 0.25),
            textcoords="axes fraction",
            ha="center",
            va="center",
            color=VERMILION,
            arrowprops={"arrowstyle": "-", "color": VERMILION},
        )
    right.set(xlabel="step t", ylabel="position xₜ", title="position against step")
    right.margins(y=0.1)
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.set_title(f"gradient descent, h = {float(height):g}: it {outcome.kind}")
    return figure


def _label_levels(axes: Axes, levels: dict[str, float]) -> None:
    """Draw a dashed line at each level, named at its left end."""
    for name, level in levels.items():
        axes.axhline(level, color=GREY, linestyle="--", linewidth=1.2)
        axes.annotate(name, (0, level), (0, 4), textcoords="offset points", color=GREY)


def descent_and_adam(
    distance: float, height: float, descent: list[float], adam: list[float]
) -> Figure:
    """Draw the loss twice: the trajectory of gradient descent on it, and that of Adam."""
    figure, panels = new_figure(1, 2, size=(10.4, 4.4), sharey=True)
    for axes, name, positions, colour in (
        (panels[0], "gradient descent oscillates between two points", descent, VERMILION),
        (panels[1], f"Adam passes the top at step {len(adam) - 1}", adam, BLUE),
    ):
        draw_trajectory(axes, distance, height, positions, colour)
        axes.set_title(name)
    panels[1].set_ylabel("")
    figure.suptitle(f"The same bump, h = {height:g}")
    return figure


def staircase(records: list[tuple[int, Fraction]], highest: float) -> Figure:
    """Draw the step at which Adam passes the top against h.

    `records` are (step, exact height above L) where the trajectory was higher than ever before;
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
            f"h < {high:.9g}\n= {exact}",
            (high, step),
            (-8, 8),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.axvspan(edges[-1], highest, color=VERMILION, alpha=0.15, linewidth=0)
    middle = ((edges[-1] + highest) / 2, records[-1][0])
    axes.annotate("it never\npasses", middle, ha="center", va="center", color=VERMILION)
    axes.set(
        xlim=(0, highest),
        ylim=(records[0][0] - 0.6, records[-1][0] + 0.9),
        xlabel="height h of the bump",
        ylabel="step at which Adam passes the top",
        title="When Adam passes the top, with the exact thresholds of h",
    )
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def step_table(steps: list[AdamStep[float]], distance: float, top: float) -> Figure:
    """Draw the step table: m̂ and v̂, and x, against the step."""
    figure, (upper, lower) = new_figure(2, 1, size=(8.4, 6.0), sharex=True)
    t = [step.t for step in steps]
    first = [step.corrected_first for step in steps]
    second = [step.corrected_second for step in steps]
    slopes = [step.gradient for step in steps]
    upper.plot(t, first, "o-", color=BLUE)
    upper.plot(t, second, "s-", color=ORANGE)
    upper.plot(t, slopes, "_", color=GREY, markersize=22, markeredgewidth=2)
    for name, level, colour in (
        ("m̂ₜ", first[-1], BLUE),
        ("v̂ₜ", second[-1], ORANGE),
        ("slope gₜ", slopes[-1], GREY),
    ):
        upper.annotate(
            name, (t[-1], level), (14, 0), textcoords="offset points", va="center", color=colour
        )
    upper.axhline(0, color=GREY, linewidth=0.8)
    upper.set(title="Adam's corrected moments", ylabel="moment", ylim=(-1.25, 1.25))
    lower.plot([0, *t], [0.0, *(step.x for step in steps)], "o-", color=BLUE)
    _label_levels(lower, {"minimum L": distance, "top L + h": top})
    lower.set(title="its position", xlabel="step t", ylabel="position xₜ")
    lower.set_xlim(-0.05 * t[-1], 1.17 * t[-1])
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
