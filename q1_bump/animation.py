"""Adam's steps as a moving picture."""

from pathlib import Path

from matplotlib.animation import FuncAnimation, PillowWriter

from q1_bump.figures import draw_walk
from q1_bump.max_height import Walk
from q1_bump.problem import bump_loss
from shared.figures import BLUE, VERMILION, new_figure
from shared.files import atomic_path


def animate(distance: float, walks: list[Walk], path: Path) -> Path:
    """Write a GIF of Adam's steps just under and just over the maximum height."""
    figure, panels = new_figure(1, len(walks), size=(9.0, 4.0), sharey=True)
    figure.set_layout_engine(None)  # one layout for all frames
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.14, top=0.84, wspace=0.06)
    frames = max(len(steps) for _, steps, _ in walks)
    title = figure.suptitle("")

    def draw(frame: int):
        title.set_text(f"step {frame}")
        for axes, (height, steps, passes) in zip(panels, walks, strict=True):
            axes.clear()
            positions = [step.x for step in steps[:frame]]
            colour = BLUE if passes else VERMILION
            draw_walk(axes, distance, height, positions, colour)
            axes.set(xlim=(-0.1, distance + 3 * height), ylim=(-1.55 * distance, 0.15))
            axes.plot(
                [positions[-1] if positions else 0.0],
                [bump_loss(positions[-1], distance, height) if positions else 0.0],
                "o", color=colour, markersize=11,
            )  # fmt: skip
            axes.set_title(f"h = {height:.5g}: {'passes' if passes else 'turns back'}")
        panels[1].set_ylabel("")

    movie = FuncAnimation(figure, draw, frames=[*range(frames + 1), *[frames] * 4])
    with atomic_path(path) as temporary:
        movie.save(temporary, writer=PillowWriter(fps=2), dpi=80)
    return path
