"""Evaluate finished runs: what their codes keep of the images, in numbers and figures.

Usage:
    python q2_autoencoder/eval.py --latent 16
    python q2_autoencoder/eval.py --latent 2 --num-seeds 3
    python q2_autoencoder/eval.py --run results/q2_autoencoder/mnist-l1-latent16-seed0
"""

from q2_autoencoder.config import run_name
from q2_autoencoder.options import RunSelection, parse_runs
from q2_autoencoder.training import file_names
from shared import cli


def parse() -> RunSelection:
    return parse_runs(__doc__)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.clustering import count_table
from q2_autoencoder.evaluation.codes import between
from q2_autoencoder.evaluation.run_evaluation import (
    CLUSTERING_SEEDS,
    Clusters,
    Outputs,
    baseline_of,
    evaluate,
    find_clusters,
    first_originals,
    outputs_of,
)
from q2_autoencoder.plots.clusters import ClusterView, clusters, confusion_matrices
from q2_autoencoder.plots.latent_space import animate, epoch_titles, latent_epochs, latent_space
from q2_autoencoder.plots.reconstructions import Row, originals_over_reconstructions
from q2_autoencoder.plots.samples import samples
from q2_autoencoder.records import ClusteringScores, Evaluation, History
from q2_autoencoder.training.run_folder import Run, load_run
from q2_autoencoder.training.snapshots import first_of_each, history_of
from shared import datasets
from shared.datasets import ImageData
from shared.device import choose_device
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import locked, print_written, shown, staged, writable_folder, write_record
from shared.summary import WITH_MARGIN

COLUMNS = 10  # images in each row of the samples
SHOWN_MISTAKES = 12  # the first misclassified reconstructions


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    runs = [load_run(folder) for folder in folders(selection)]
    name = runs[0].metrics.config.data
    if name not in datasets.DATASETS:
        raise BadInput(f"{shown(runs[0].folder)} was trained on {name!r}, unknown here")
    data = datasets.load(name, selection.data_dir).to(device)
    histories = [history_of(run, len(data.test_images)) for run in runs]
    beside = writable_folder(runs[0].folder.resolve().parent)
    with ExitStack() as stack:
        for run in runs:
            stack.enter_context(locked(writable_folder(run.folder)))
        digits = classifier.load_or_train(beside, name, data, device)
        baseline = baseline_of(runs[0].model.latent_dim, data, digits)  # all runs have the same
        for run, history in zip(runs, histories, strict=True):
            outputs = outputs_of(run.model.to(device), data, digits, baseline)
            evaluate_run(run, history, data, outputs)


def folders(selection: RunSelection) -> list[Path]:
    """Return the folders of the runs that were asked for."""
    if selection.run is not None:
        return [selection.run]
    assert selection.latent_dim is not None
    return [
        selection.results / run_name(selection.data, selection.loss, selection.latent_dim, seed)
        for seed in selection.seeds
    ]


def evaluate_run(run: Run, history: History | None, data: ImageData, outputs: Outputs) -> None:
    """Measure one run on `data`, where it lies, and write numbers and figures into its folder."""
    found = find_clusters(run.model, outputs)
    evaluation = evaluate(run, history, data, outputs, found)
    with staged(run.folder) as stage:
        files = draw(stage, run, outputs, found)
        if history is not None:
            files += draw_latent_space(stage, run, history, outputs, evaluation)
        files.append(stage / file_names.EVALUATION)
        write_record(files[-1], evaluation)
    report(run, evaluation)
    print_written(run.folder, files)


def draw(folder: Path, run: Run, outputs: Outputs, found: Clusters) -> list[Path]:
    """Draw a run of any latent dimension; return the files."""
    title, wrong = run.metrics.title, np.flatnonzero(outputs.classes != outputs.digits)
    two = outputs.codes.shape[1] == 2  # such codes are drawn as they are
    view = ClusterView(
        points=outputs.codes if two else found.embedding,
        where="2-D codes" if two else "t-SNE of the codes",
        digits=outputs.digits,
        labels=found.labels,
        table=found.table,
        centres=found.centres,
    )
    heading = f"k-means with ten clusters on the codes: {title}"
    figures = {
        "confusion.png": confusion_matrices({title: count_table(outputs.digits, outputs.classes)}),
        "clusters.png": clusters(view, heading, accuracies_in_words(found.scores)),
        "samples.png": draw_samples(run, outputs),
    }
    if shown_ones := wrong[:SHOWN_MISTAKES].tolist():
        misclassified = {place: int(outputs.classes[i]) for place, i in enumerate(shown_ones)}
        figures["misclassified.png"] = originals_over_reconstructions(
            outputs.originals[shown_ones],
            [Row("reconstruction", outputs.reconstructions[shown_ones], misclassified)],
            f"{title}: the first {len(shown_ones)} of {len(wrong)} misclassified reconstructions",
        )
    return [save_figure(figure, folder / name) for name, figure in figures.items()]


def draw_samples(run: Run, outputs: Outputs) -> Figure:
    """Draw lines between images of one digit and the next, and images drawn from a mixture."""
    device = next(run.model.parameters()).device
    first = first_of_each(torch.from_numpy(outputs.digits))
    codes = torch.from_numpy(outputs.codes[first]).to(device)
    pairs = zip(codes[::2], codes[1::2], strict=True)  # 0 to 1, 2 to 3 ...
    with torch.no_grad():
        lines = torch.stack([run.model.decode(between(*pair, COLUMNS)).cpu() for pair in pairs])
    drawn = outputs.drawn[: 5 * COLUMNS].view(5, COLUMNS, -1)
    return samples(lines, drawn, run.metrics.title)


def draw_latent_space(
    folder: Path, run: Run, history: History, outputs: Outputs, evaluation: Evaluation
) -> list[Path]:
    """Draw the 2-D latent space of a run, as it is and over the epochs; return the files."""
    digits, titles = outputs.digits, epoch_titles(run.metrics.curve)
    originals = first_originals(outputs)
    title = f"{run.metrics.title}: 1-NN accuracy {evaluation.codes.one_nn:.1%}"
    space = latent_space(run.model, outputs.codes, digits, title)
    epochs = latent_epochs(history, originals, digits, titles)
    return [
        save_figure(space, folder / "latent_space.png"),
        save_figure(epochs, folder / "latent_epochs.png"),
        animate(history, originals, digits, titles, folder / "latent_epochs.gif"),
    ]


def accuracies_in_words(scores: Mapping[str, ClusteringScores]) -> str:
    """Return the mean clustering accuracies as lines for a figure."""
    parts = [f"{name} {score.accuracy.mean:.3f}" for name, score in scores.items()]
    head = (
        "clustering accuracy (clusters and digits matched one to one), mean of "
        f"{len(CLUSTERING_SEEDS)} seeds:\n"
    )
    return head + ";  ".join(parts[:3]) + ";\n" + ";  ".join(parts[3:])


def report(run: Run, evaluation: Evaluation) -> None:
    """Print the numbers as a table."""
    print(f"\n{run.metrics.title}")
    for words, value in (
        ("L1 per pixel", f"{evaluation.test.l1:.5f}"),
        ("MSE per pixel", f"{evaluation.test.mse:.6f}"),
        ("evaluation classifier's accuracy on originals", f"{evaluation.classifier_accuracy:.2%}"),
        ("on reconstructions", f"{evaluation.reconstruction_accuracy:.2%}"),
        ("on PCA's reconstructions", f"{evaluation.pca_reconstruction_accuracy:.2%}"),
        ("1-NN accuracy, training codes to test codes", f"{evaluation.codes.one_nn:.2%}"),
        ("the same, standardised codes", f"{evaluation.standardised_codes.one_nn:.2%}"),
        ("accuracy of a linear probe", f"{evaluation.codes.linear_probe:.2%}"),
        ("the same, standardised codes", f"{evaluation.standardised_codes.linear_probe:.2%}"),
        ("effective dimension", f"{evaluation.effective_dimension:.1f}"),
        ("dead dimensions", f"{evaluation.dead_dimensions}"),
        ("Fréchet distance of drawn images", f"{evaluation.samples_distance:.3f}"),
        ("share kept of each image's best-kept detail", f"{evaluation.kept_detail:.2%}"),
    ):
        print(f"  {words:48} {value:>9}")
    print(f"\n  {'clustering':46} {'accuracy':>15} {'NMI':>15} {'ARI':>15}")
    for name, scores in evaluation.clustering.items():
        cells = (one.text(".3f") for one in (scores.accuracy, scores.nmi, scores.ari))
        print(f"  {name:46} " + " ".join(f"{cell:>15}" for cell in cells))
    print(f"  ({WITH_MARGIN} over {len(CLUSTERING_SEEDS)} seeds of the clustering)")


if __name__ == "__main__":
    cli.run(main)
