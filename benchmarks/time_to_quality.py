"""Seconds until a training reaches the test L1 that the previous recipe ended with.

Usage:
    python benchmarks/time_to_quality.py
    python benchmarks/time_to_quality.py --latents 16 --num-seeds 1
    python benchmarks/time_to_quality.py --pythae .venv-pythae/bin/python

In turns, seed by seed: the recipe before it was made faster (previous_recipe.py), ours, and, where
--pythae names the Python of an environment that has it (`make time-to-quality` makes one), pythae's
convolutional autoencoder by its own trainer, for as long as ours took. Every network is tested
every few steps; the tests do not count as time. Writes a table and a figure.

The previous recipe and ours compute in the precision that is faster here. pythae minimises the
squared error, not the L1 that all are tested by.
"""

import json
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import previous_recipe
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from our_training import train
from torch import Tensor, nn

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.options import add_latent_dims
from shared import cli, datasets
from shared.datasets import ImageData
from shared.device import choose_precision, device_label
from shared.figures import BLUE, GREY, VERMILION, new_figure, save_figure
from shared.files import RESULTS, print_written, staged, writable_folder, write_json
from shared.summary import Spread, spread

EVERY = 60  # steps between two tests: four an epoch
NAME = "time_to_quality"
PREVIOUS, OURS, PYTHAE = "the previous recipe", "this project", "pythae (squared error)"
COLOURS = {PREVIOUS: GREY, OURS: BLUE, PYTHAE: VERMILION}


@dataclass(frozen=True)
class Curve:
    """Test L1 (per pixel) against seconds of training."""

    seconds: list[float]
    l1: list[float]

    def seconds_to(self, target: float) -> float | None:
        """Return the seconds until the first test at or below `target`, or None."""
        return next((s for s, l1 in zip(self.seconds, self.l1, strict=True) if l1 <= target), None)


class Clock:
    """Tests a network every now and then; the time of the tests does not count."""

    def __init__(self, test_images: Tensor):
        self.test_images, self.curve = test_images, Curve([], [])
        self.seconds, self.started = 0.0, time.perf_counter()

    def after_step(self, step: int, model: nn.Module) -> None:
        """Test after every `EVERY`-th step."""
        if step % EVERY:
            return
        self.seconds += time.perf_counter() - self.started
        model.eval()
        self.curve.seconds.append(self.seconds)
        self.curve.l1.append(reconstruction_errors(model, self.test_images).l1)
        model.train()
        self.started = time.perf_counter()


def previous(data: ImageData, latent_dim: int, seed: int) -> Curve:
    """Return the curve of the previous recipe."""
    clock = Clock(data.test_images)
    previous_recipe.train(
        data.train_images,
        latent_dim,
        seed,
        choose_precision("auto", torch.device("cpu")),
        lambda step, model: clock.after_step(step, model),
    )
    return clock.curve


def ours(data: ImageData, latent_dim: int, seed: int) -> Curve:
    """Return the curve of train.py's settings; PCA's time counts, as it does for `previous`."""
    clock, cpu = Clock(data.test_images), torch.device("cpu")
    config = TrainingConfig(
        latent_dim=latent_dim, seed=seed, precision=choose_precision("auto", cpu)
    )
    torch.manual_seed(seed)
    model = Autoencoder(latent_dim, principal_components(data.train_images, latent_dim))
    train(model, config, data.train_images, lambda step: clock.after_step(step, model))
    return clock.curve


def pythae(python: Path, images: Path, latent_dim: int, seed: int, limit: float) -> Curve:
    """Return the curve of pythae's own training for `limit` seconds, in its own environment."""
    script = Path(__file__).with_name("pythae_rival.py")
    options = ["--latent", latent_dim, "--seed", seed, "--limit", limit]
    outcome = subprocess.run(
        [str(part) for part in (python, script, images, *options)],
        check=True,
        capture_output=True,
        text=True,
    )
    points = [json.loads(line) for line in outcome.stdout.splitlines() if line.startswith("{")]
    return Curve([point["seconds"] for point in points], [point["l1"] for point in points])


def main() -> None:
    options = parse()
    folder = writable_folder(options.results)
    data = datasets.load("mnist", datasets.default_root())
    curves: dict[int, dict[str, list[Curve]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        images = Path(temporary) / "images.npz"
        np.savez(images, train=data.train_images.numpy(), test=data.test_images.numpy())
        for latent_dim in options.latent_dims:
            curves[latent_dim] = {PREVIOUS: [], OURS: []}
            for seed in range(options.num_seeds):
                found = {
                    PREVIOUS: previous(data, latent_dim, seed),
                    OURS: ours(data, latent_dim, seed),
                }
                if options.pythae:
                    limit = found[OURS].seconds[-1]
                    found[PYTHAE] = pythae(options.pythae, images, latent_dim, seed, limit)
                for name, curve in found.items():
                    curves[latent_dim].setdefault(name, []).append(curve)
                    print(
                        f"latent dimension {latent_dim}, seed {seed}, {name}: "
                        f"L1 {curve.l1[-1]:.5f} after {curve.seconds[-1]:.0f} s",
                        flush=True,
                    )
    where = device_label(torch.device("cpu"))
    print(f"\n{where}, {options.num_seeds} seeds")
    for latent_dim, by_name in curves.items():
        print_ratio(latent_dim, by_name)
    with staged(folder) as stage:
        write_json(
            stage / f"{NAME}.json",
            {
                "device": where,
                "curves": {
                    str(latent_dim): {name: [asdict(c) for c in of] for name, of in by_name.items()}
                    for latent_dim, by_name in curves.items()
                },
            },
        )
        save_figure(draw(curves, where), stage / f"{NAME}.png")
    print_written(folder, [folder / f"{NAME}.json", folder / f"{NAME}.png"])


def print_ratio(latent_dim: int, by_name: dict[str, list[Curve]]) -> None:
    """Print how much sooner ours reaches what the previous recipe ends with."""
    ratios: list[float] = []
    for before, after in zip(by_name[PREVIOUS], by_name[OURS], strict=True):
        reached = after.seconds_to(before.l1[-1])
        if reached is not None:
            first = before.seconds_to(before.l1[-1])
            assert first is not None  # it reaches its own end
            ratios.append(first / reached)
    ends = {
        name: spread([curve.l1[-1] for curve in of]).text(".5f") for name, of in by_name.items()
    }
    words = "not reached"
    if len(ratios) == len(by_name[OURS]):
        found: Spread = spread(ratios)
        words = f"reached in 1/{found.text('.2f')} of its time"
    print(f"latent dimension {latent_dim:3}: what {PREVIOUS} ends with is {words}")
    for name, text in ends.items():
        print(f"    {name:36} ends at L1 {text}")


def draw(curves: dict[int, dict[str, list[Curve]]], where: str) -> Figure:
    """Draw test L1 against seconds, one panel a latent dimension, one line a seed."""
    figure, panels = new_figure(1, len(curves), size=(4.2 * len(curves), 4.0), squeeze=False)
    for axes, (latent_dim, by_name) in zip(panels[0], curves.items(), strict=True):
        for name, of in by_name.items():
            for seed, curve in enumerate(of):
                label = "" if seed else name
                axes.plot(curve.seconds, curve.l1, color=COLOURS[name], linewidth=1.2, label=label)
        axes.axhline(by_name[PREVIOUS][0].l1[-1], color=GREY, linestyle="--", linewidth=1)
        axes.set(
            title=f"latent dimension {latent_dim}",
            xlabel="seconds of training",
            xlim=(0, None),
            yscale="log",
        )
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    panels[0][0].set_ylabel("L1 per pixel, test images (log scale)")
    panels[0][0].legend(fontsize=8)
    figure.suptitle(f"Test L1 against time, one line a seed\n({where})", fontsize=10)
    return figure


def parse():
    parser = cli.Parser(__doc__)
    add = parser.add_argument
    add_latent_dims(parser, "latent dimensions")
    add("--num-seeds", type=cli.whole_number(1, 100), default=3, metavar="N", help="from 0 on")
    add("--pythae", type=Path, metavar="FILE", help="Python of an environment that has pythae")
    cli.add_results_option(parser, RESULTS / "gallery")
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
