"""What a training leaves in its folder, and what it prints of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor
from tqdm import tqdm

from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.plots.curves import loss_curve
from q2_autoencoder.plots.reconstructions import Row, originals_over_reconstructions
from q2_autoencoder.records import CurvePoint, Errors, Metrics
from q2_autoencoder.training import file_names, joining, run_folder
from q2_autoencoder.training.checkpointing import discard_checkpoints
from q2_autoencoder.training.snapshots import Snapshot, save_history
from shared.figures import save_figure
from shared.files import print_written, staged
from shared.summary import WITH_MARGIN, spread

SHOWN_IMAGES = 12  # test images in the figure of reconstructions: the first ones, not chosen ones
ERRORS = {"l1": "L1 per pixel", "mse": "MSE per pixel", "squared_error": "SE per image"}


def progress_bar(steps: int, done: int) -> tqdm:
    """Return a bar of `steps` training steps, on a terminal only."""
    return tqdm(total=steps, initial=done, unit="step", disable=None)


def report_epoch(bar: tqdm, point: CurvePoint, epochs: int, loss: str, seconds: float) -> None:
    """Print the losses of an epoch of so many."""
    bar.set_postfix(train=f"{point.train:.5f}", test=f"{point.test:.5f}")
    bar.write(
        f"epoch {point.epoch:3}/{epochs}  {loss} per pixel: train {point.train:.5f}  "
        f"test {point.test:.5f}  ({seconds:.0f} s)"
    )


def run_figures(
    metrics: Metrics, reconstruct: Callable[[Tensor], Tensor], test_images: Tensor
) -> dict[str, Figure]:
    """Return the figures of a run by file name: its curve, and the first reconstructions."""
    loss, test = metrics.config.loss, metrics.test
    pixels = to_pixels(test_images[:SHOWN_IMAGES])
    with torch.no_grad():
        reconstructions = reconstruct(pixels).cpu()
    return {
        "loss_curve.png": loss_curve(
            metrics.curve, loss, getattr(metrics.pca_test, loss), f"Training: {metrics.title}"
        ),
        "reconstructions.png": originals_over_reconstructions(
            pixels.cpu(),
            [Row("reconstruction", reconstructions)],
            f"{metrics.title}: test images over their reconstructions, L1 {test.l1:.4f} per pixel",
        ),
    }


class FinishedTraining(NamedTuple):
    """What a training leaves.

    Attributes:
        figures: by file name.
        dis_net_may_join: whether it has kept its state for that.
    """

    metrics: Metrics
    model: Autoencoder
    snapshots: list[Snapshot]
    figures: dict[str, Figure]
    dis_net_may_join: bool = False


def write_run(folder: Path, finished: FinishedTraining) -> Metrics:
    """Fill a run's folder, metrics.json last, print what came out, and return it.

    The checkpoints of the training are removed: there is nothing left to go on with.

    Raises:
        BadInput: the state that the training has kept is gone.
    """
    with staged(folder, file_names.NUMBERS) as stage:
        files = [run_folder.save_model(stage, finished.model)]
        if finished.snapshots:
            files.append(save_history(stage, finished.snapshots))
        if finished.dis_net_may_join:
            files.append(joining.finish(folder, stage))
        drawn = [save_figure(figure, stage / name) for name, figure in finished.figures.items()]
        metrics = run_folder.save_metrics(stage, finished.metrics, files)
        files += [*drawn, stage / file_names.METRICS]
    discard_checkpoints(folder)
    print_errors(metrics.test, metrics.pca_test, f"PCA-{metrics.config.latent_dim}")
    print_written(folder, files)
    return metrics


def print_errors(test: Errors, pca: Errors, pca_name: str) -> None:
    """Print the test errors beside those of principal components."""
    print(f"\n{'test set':14} {'this network':>14} {pca_name:>14}")
    for key, meaning in ERRORS.items():
        print(f"{meaning:14} {getattr(test, key):14.6f} {getattr(pca, key):14.6f}")


def print_spreads(results: Sequence[Metrics]) -> None:
    """Print the test errors over the seeds."""
    print(f"\ntest set, {WITH_MARGIN} over {len(results)} seeds")
    for key, meaning in ERRORS.items():
        print(f"{meaning:14} {spread([getattr(one.test, key) for one in results]).text('.6f')}")
