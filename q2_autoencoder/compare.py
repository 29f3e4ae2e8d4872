"""Compare latent dimensions side by side, from runs that train.py and eval.py have finished.

Usage:
    python q2_autoencoder/compare.py
    python q2_autoencoder/compare.py --latents 2 16 256 --num-seeds 3
"""

from q2_autoencoder.config import run_name
from q2_autoencoder.options import LossSelection, parse_dimensions, parser_of
from q2_autoencoder.training import file_names
from shared import cli


def parse() -> LossSelection:
    return parse_dimensions(parser_of(__doc__, LossSelection), LossSelection)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.classifier import EvaluationClassifier, classify
from q2_autoencoder.evaluation.detail import best_kept_detail
from q2_autoencoder.evaluation.dimensions import dimension_result, load_alike
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.plots.clusters import confusion_matrices
from q2_autoencoder.plots.curves import loss_curves
from q2_autoencoder.plots.reconstructions import Row, originals_over_reconstructions
from q2_autoencoder.plots.tables import clustering_lines, dimension_lines, print_table
from q2_autoencoder.records import Comparison, Evaluation, data_set_name
from q2_autoencoder.training.run_folder import Run, load_evaluation, load_run
from shared import datasets
from shared.datasets import ImageData
from shared.device import choose_device
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record

SHOWN_IMAGES = 20  # test images: the first ones, not chosen ones
BOXED_DETAILS = 3  # in each row, where detail is kept best


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    folders = run_folders(selection)
    metrics = {dim: load_alike(of_dim) for dim, of_dim in folders.items()}
    evaluations = {dim: [*map(load_evaluation, of_dim)] for dim, of_dim in folders.items()}
    runs = [load_run(of_dim[0]) for of_dim in folders.values()]
    data = datasets.load(selection.data, selection.data_dir)
    digits = classifier.load_or_train(
        selection.results, selection.data, data.to(device), device
    ).cpu()
    folder = writable_folder(
        selection.results / file_names.comparison_folder(selection.data, selection.loss)
    )
    comparison = Comparison(
        data=selection.data,
        loss=selection.loss,
        seeds=list(selection.seeds),
        classifier_accuracy=next(iter(evaluations.values()))[0].classifier_accuracy,
        latent_dims={str(dim): dimension_result(metrics[dim], evaluations[dim]) for dim in folders},
    )
    figures = {
        "curves.png": loss_curves([run.metrics for run in runs]),
        "reconstructions.png": draw_reconstructions(runs, data, digits),
        "confusion.png": draw_confusion([of_dim[0] for of_dim in evaluations.values()]),
    }
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in figures.items()]
        files.append(stage / file_names.COMPARISON)
        write_record(files[-1], comparison)
    report(comparison)
    print_written(folder, files)


def run_folders(selection: LossSelection) -> dict[int, list[Path]]:
    """Return the folders of the runs by latent dimension, one a seed."""
    return {
        dim: [
            selection.results / run_name(selection.data, selection.loss, dim, seed)
            for seed in selection.seeds
        ]
        for dim in selection.latent_dims
    }


def draw_reconstructions(runs: list[Run], data: ImageData, digits: EvaluationClassifier) -> Figure:
    """Draw the first test images through the `runs`, on the CPU; mistakes and details are boxed."""
    originals, labels = to_pixels(data.test_images[:SHOWN_IMAGES]), data.test_labels[:SHOWN_IMAGES]
    config = runs[0].metrics.config
    return originals_over_reconstructions(
        originals,
        [reconstruction_row(run, originals, labels, digits) for run in runs],
        f"{data_set_name(config.data)}, seed {config.seed}: the first {SHOWN_IMAGES} test images "
        "and their reconstructions by latent dimension",
    )


def reconstruction_row(
    run: Run, originals: Tensor, labels: Tensor, digits: EvaluationClassifier
) -> Row:
    """Return the row of one run's reconstructions of `originals` (N, 784), with what is boxed."""
    reconstructions = map_batches(run.model, originals)
    classes = classify(digits, reconstructions).tolist()
    kept = best_kept_detail(originals.view(-1, 28, 28), reconstructions.view(-1, 28, 28))
    best = sorted(range(len(kept)), key=lambda i: kept[i].share)[-BOXED_DETAILS:]
    return Row(
        f"dimension {run.metrics.config.latent_dim}",
        reconstructions,
        {i: found for i, found in enumerate(classes) if found != labels[i]},
        {i: kept[i] for i in best},
    )


def draw_confusion(evaluations: list[Evaluation]) -> Figure:
    """Draw the confusion matrices of runs, one a latent dimension."""
    return confusion_matrices(
        {
            f"latent dimension {e.config.latent_dim}, seed {e.config.seed}: accuracy "
            f"{e.reconstruction_accuracy:.2%}": np.array(e.confusion)
            for e in evaluations
        }
    )


def report(comparison: Comparison) -> None:
    """Print the comparison as one table."""
    results = comparison.latent_dims.values()
    print(
        f"{data_set_name(comparison.data)}, loss {comparison.loss}, test set, seeds "
        f"{', '.join(map(str, comparison.seeds))}; the evaluation classifier's accuracy on "
        f"originals is {comparison.classifier_accuracy:.2%}\n"
    )
    scores = {"accuracy": "clustering accuracy", "nmi": "NMI", "ari": "ARI"}
    lines = [*dimension_lines(results), *clustering_lines(results, scores)]
    print_table([f"dimension {dim}" for dim in comparison.latent_dims], lines)


if __name__ == "__main__":
    cli.run(main)
