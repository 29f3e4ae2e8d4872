"""Evaluate a training: what its codes keep, in numbers and pictures.

Usage:
    python q2_autoencoder/eval.py --latent 16
    python q2_autoencoder/eval.py --run results/q2_autoencoder/mnist-l1-latent16-seed0
"""

import statistics
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.spatial.distance import pdist
from torch import Tensor

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.classifier import Classifier
from q2_autoencoder.evaluation.clustering import (
    agreement,
    count_table,
    gaussian_mixture,
    k_means,
    matched_digits,
)
from q2_autoencoder.evaluation.detail import best_kept_detail
from q2_autoencoder.evaluation.embedding import nearest_neighbour_labels, separation, tsne_plane
from q2_autoencoder.networks.autoencoder import PIXELS
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.errors import BATCH, mean_and_sd, mean_sd_text, reconstruction_errors
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.plots import figures
from q2_autoencoder.plots import latent_space as plane
from q2_autoencoder.train import LOSSES
from q2_autoencoder.training import run_folder as runs
from q2_autoencoder.training.snapshots import History, history_of
from shared import cli, datasets
from shared.device import choose_device
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import held, print_written, shown, staged, writable_folder, write_json

SEEDS = range(5)  # of k-means and the mixture
SHOWN_ERRORS = 12


def main() -> None:
    options = parse()
    device = choose_device(options.device)
    everything = [runs.load_run(folder) for folder in folders(options)]
    name = everything[0].metrics["data"]
    if name not in datasets.DATASETS:
        raise BadInput(f"{shown(everything[0].folder)} was trained on {name!r}, unknown here")
    data = datasets.load(name, options.data_root).to(device)
    histories = [history_of(run, len(data.test_images)) for run in everything]
    shelf = writable_folder(everything[0].folder.resolve().parent)
    with ExitStack() as stack:
        for run in everything:
            stack.enter_context(held(writable_folder(run.folder)))
        reader = classifier.load_or_train(shelf, name, data, device)
        for run, history in zip(everything, histories, strict=True):
            evaluate(run, history, data, reader)


def evaluate(
    run: runs.Run, history: History | None, data: datasets.ImageData, reader: Classifier
) -> None:
    """Measure one run on `data`, where it lies, and write numbers and pictures into its folder."""
    device, latent = data.test_images.device, run.metrics["latent"]
    model = run.model.to(device)
    name = f"{run.metrics['data']}, {latent} latent dimensions, seed {run.metrics['seed']}"

    labels, test_labels = data.train_labels.cpu().numpy(), data.test_labels.cpu().numpy()
    pixels = to_pixels(data.test_images)
    codes = in_parts(model.encode, pixels).numpy()
    train_codes = in_parts(model.encode, to_pixels(data.train_images)).numpy()
    components = principal_components(data.train_images, latent).to(device)
    pca_codes = in_parts(components.encode, pixels).numpy()
    decoded = in_parts(model, pixels)
    read_as = classifier.read(reader, decoded.to(device)).cpu().numpy()
    pca_read_as = classifier.read(reader, components.reconstruct(pixels)).cpu().numpy()
    originals_read_as = classifier.read(reader, pixels).cpu().numpy()
    kept = best_kept_detail(pixels.cpu().view(-1, 28, 28), decoded.view(-1, 28, 28))
    neighbours = nearest_neighbour_labels(train_codes, labels, codes)

    print("t-SNE of the test images' codes ...", flush=True)
    embedded = np.asarray(tsne_plane(codes, seed=0))
    print("k-means of codes, principal components, pixels and the plane ...", flush=True)
    fits = [k_means(codes, seed) for seed in SEEDS]
    found = {
        "k-means on codes": [fit.labels_ for fit in fits],
        "k-means on PCA of the same size": [k_means(pca_codes, seed).labels_ for seed in SEEDS],
        "k-means on pixels": [k_means(pixels.cpu().numpy(), seed).labels_ for seed in SEEDS],
        "k-means on the t-SNE plane of the codes": [
            k_means(embedded, seed).labels_ for seed in SEEDS
        ],
        "Gaussian mixture on the t-SNE plane": [gaussian_mixture(embedded, s) for s in SEEDS],
    }
    best = min(fits, key=lambda fit: fit.inertia_)  # chosen without the digits
    table = count_table(best.labels_, test_labels)
    matched = matched_digits(table)
    with torch.no_grad():
        centres = model.decode(torch.tensor(best.cluster_centers_, device=device).float()).cpu()
    confusion = count_table(test_labels, read_as)
    clustering = {points: spread(labelled, test_labels) for points, labelled in found.items()}

    pictures = {
        "confusion.png": figures.confusion_matrices({name: confusion}),
        "clusters.png": figures.clusters(
            embedded, test_labels, best.labels_, matched, table, centres.numpy(),
            f"k-means with ten clusters on the codes: {name}", in_words(clustering),
        ),
    }  # fmt: skip
    if wrong := (read_as != test_labels).nonzero()[0].tolist()[:SHOWN_ERRORS]:
        misread = {column: int(read_as[image]) for column, image in enumerate(wrong)}
        pictures["misread.png"] = figures.originals_over_reconstructions(
            pixels[wrong].cpu(), [figures.Row("decoded", decoded[wrong], misread, {})],
            f"{name}: the first test digits read as others",
        )  # fmt: skip
    if history is not None:
        nearest = (neighbours == test_labels).mean()
        title = f"{name}\nnearest neighbour among the training codes has the digit: {nearest:.1%}"
        pictures["latent_plane.png"] = plane.latent_plane(model, codes, test_labels, title)
        titles = plane.epoch_titles(run.metrics["curve"])
        pictures["latent_epochs.png"] = plane.latent_epochs(history, test_labels, titles)
    numbers = {
        "checkpoint_sha256": run.metrics["files"][runs.CHECKPOINT],
        "data": run.metrics["data"],
        "loss": run.metrics["loss"],
        "latent": latent,
        "seed": run.metrics["seed"],
        "test": reconstruction_errors(model, data.test_images),
        "classifier_accuracy": float((originals_read_as == test_labels).mean()),
        "digit_accuracy": float((read_as == test_labels).mean()),
        "pca_digit_accuracy": float((pca_read_as == test_labels).mean()),
        "kept_detail": statistics.fmean(detail.share for detail in kept),
        "confusion": confusion.tolist(),
        "original_confusion": count_table(test_labels, originals_read_as).tolist(),
        "nearest_neighbour_accuracy": float((neighbours == test_labels).mean()),
        "neighbour_confusion": count_table(test_labels, neighbours).tolist(),
        "clustering": clustering,
        "cluster_table": table.tolist(),
        "matched_digits": matched.tolist(),
        "centre_distance": float(pdist(centres.numpy()).mean()),
    }
    if history is not None:
        numbers["separation_by_epoch"] = [
            separation(of_epoch, test_labels)._asdict() for of_epoch in history.codes
        ]
    with staged(run.folder) as stage:
        files = [save_figure(figure, stage / file) for file, figure in pictures.items()]
        if history is not None:
            movie = stage / "latent_epochs.gif"
            files.append(plane.animate(history, test_labels, titles, movie))
        files.append(stage / runs.EVALUATION)
        write_json(files[-1], numbers)
    report(numbers)
    print_written(run.folder, files)


@torch.no_grad()
def in_parts(function, pixels: Tensor) -> Tensor:
    """Return `function` of `pixels` (N, 784), taken in parts, on the CPU."""
    return torch.cat([function(part).cpu() for part in pixels.split(BATCH)])


def spread(labelled: list[np.ndarray], digits: np.ndarray) -> dict[str, Any]:
    """Return mean and standard deviation over the seeds of each measure of agreement."""
    scores = [agreement(labels, digits) for labels in labelled]
    return {
        measure: mean_and_sd([getattr(score, measure) for score in scores])
        for measure in scores[0]._fields
    }


def in_words(clustering: dict[str, Any]) -> str:
    """Return the mean accuracies as two lines for a figure."""
    parts = [f"{points} {m['accuracy']['mean']:.3f}" for points, m in clustering.items()]
    head = f"share of digits found, mean of {len(SEEDS)} seeds:  "
    return head + ";  ".join(parts[:2]) + ";\n" + ";  ".join(parts[2:])


def report(numbers: dict[str, Any]) -> None:
    """Print the numbers as a table."""
    print(f"\n{numbers['data']}, {numbers['latent']} latent dimensions, seed {numbers['seed']}")
    for words, value in (
        ("L1 per pixel", f"{numbers['test']['l1']:.5f}"),
        ("MSE per pixel", f"{numbers['test']['mse']:.6f}"),
        ("originals read rightly (the classifier's accuracy)",
         f"{numbers['classifier_accuracy']:.2%}"),
        ("reconstructions read as the original's digit", f"{numbers['digit_accuracy']:.2%}"),
        ("PCA's reconstructions read so", f"{numbers['pca_digit_accuracy']:.2%}"),
        ("nearest neighbour among training codes has the digit",
         f"{numbers['nearest_neighbour_accuracy']:.2%}"),
        ("share kept of each picture's best-kept detail", f"{numbers['kept_detail']:.2%}"),
    ):  # fmt: skip
        print(f"  {words:54} {value:>9}")
    print(f"\n  {'':42} {'accuracy':>15} {'NMI':>15} {'ARI':>15}")
    for name, measures in numbers["clustering"].items():
        cells = (mean_sd_text(m, ".3f") for m in measures.values())
        print(f"  {name:42} " + " ".join(f"{cell:>15}" for cell in cells))
    print(f"  (mean ± standard deviation over {len(SEEDS)} seeds of the clustering)")


def folders(options) -> list[Path]:
    """Return the folders of the runs that the options name."""
    if options.run is not None:
        return [options.run]
    first, count = options.seed or 0, options.seeds or 1
    data, loss = options.data or "mnist", options.loss or "l1"
    return [
        options.results / runs.run_name(data, loss, options.latent, seed)
        for seed in range(first, first + count)
    ]


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--latent", type=cli.whole_number(1, PIXELS), help="size of the code")
    which.add_argument("--run", type=Path, metavar="DIR", help="folder of a run")
    add = parser.add_argument
    named = [
        add("--loss", choices=LOSSES, help="with --latent: reconstruction loss, else l1"),
        add("--data", choices=datasets.DATASETS, help="with --latent: data set, else mnist"),
        add("--seed", type=cli.whole_number(0, 2**31 - 1), help="with --latent: seed, else 0"),
        add("--seeds", type=cli.whole_number(1, 100), help="with --latent: how many, else 1"),
    ]
    add("--data-root", type=Path, default=datasets.default_root(), help="where data sets lie")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    cli.add_results_option(parser, runs.FOLDER)
    options = parser.parse_args()
    for option in named:
        if options.run is not None and getattr(options, option.dest) is not None:
            parser.error(f"{option.option_strings[0]} is not allowed with --run, which says all")
    return options


if __name__ == "__main__":
    cli.run(main)
