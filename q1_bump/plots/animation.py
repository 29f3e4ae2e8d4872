"""Adam's steps as an animation."""

from pathlib import Path

from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.artist import Artist

from q1_bump.adam.max_height import Trajectory
from q1_bump.plots.figures import draw_trajectory
from q1_bump.problem import bump_loss
from shared.figures import BLUE, VERMILION, new_figure
from shared.files import atomic_path


def animate(distance: float, trajectories: list[Trajectory], path: Path) -> Path:
    """Write a GIF of Adam's steps over bumps of several heights."""
    figure, panels = new_figure(1, len(trajectories), size=(9.0, 4.0), sharey=True)
    figure.set_layout_engine(None)  # one layout for all frames
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.14, top=0.84, wspace=0.06)
    frames = max(len(trajectory.steps) for trajectory in trajectories)
    title = figure.suptitle("")

    def draw(frame: int) -> list[Artist]:
        title.set_text(f"step {frame}")
        for axes, trajectory in zip(panels, trajectories, strict=True):
            axes.clear()
            height, positions = trajectory.height, trajectory.positions[:frame]
            colour = BLUE if trajectory.passes else VERMILION
            draw_trajectory(axes, distance, height, positions, colour)
            axes.set(xlim=(-0.1, distance + 3 * height), ylim=(-1.55 * distance, 0.15))
            now = positions[-1] if positions else 0.0
            loss = bump_loss(now, distance, height)
            axes.plot([now], [loss], "o", color=colour, markersize=11)
            axes.set_title(f"h = {height:.5g}: {'passes' if trajectory.passes else 'turns back'}")
        for axes in panels[1:]:
            axes.set_ylabel("")
        return []

    movie = FuncAnimation(figure, draw, frames=[*range(frames + 1), *[frames] * 4])
    with atomic_path(path) as temporary:
        movie.save(temporary, writer=PillowWriter(fps=2), dpi=80)
    return path
