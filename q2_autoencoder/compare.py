"""Compare latent sizes side by side, from runs that train.py and eval.py have finished.

Usage:
    python q2_autoencoder/compare.py
    python q2_autoencoder/compare.py --latents 2 16 256 --seeds 3
"""

from pathlib import Path
from typing import Any

import numpy as np

from q2_autoencoder.eval import in_parts
from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.detail import best_kept_detail
from q2_autoencoder.networks.autoencoder import PIXELS
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.errors import mean_and_sd, mean_sd_text
from q2_autoencoder.plots import figures
from q2_autoencoder.train import LOSSES
from q2_autoencoder.training import run_folder as runs
from shared import cli, datasets
from shared.device import choose_device
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import print_written, shown, staged, writable_folder, write_json

PICTURES = 20  # test images shown: the first ones, not chosen ones
BOXED_DETAILS = 3  # in each row, where detail is kept best


def main() -> None:
    options = parse()
    device = choose_device(options.device)
    folders = {
        latent: [
            options.results / runs.run_name(options.data, options.loss, latent, seed)
            for seed in range(options.seed, options.seed + options.seeds)
        ]
        for latent in options.latents
    }
    metrics = {latent: same_settings(of_size) for latent, of_size in folders.items()}
    evaluations = {
        latent: [runs.load_evaluation(folder) for folder in of_size]
        for latent, of_size in folders.items()
    }
    firsts = [runs.load_run(of_size[0]) for of_size in folders.values()]
    data = datasets.load(options.data, options.data_root)
    reader = classifier.load_or_train(options.results, options.data, data.to(device), device).cpu()
    folder = writable_folder(options.results / f"comparison-{options.data}-{options.loss}")

    originals = to_pixels(data.test_images[:PICTURES])
    labels = data.test_labels[:PICTURES].tolist()
    rows = [reconstruction_row(run, originals, labels, reader) for run in firsts]
    pictures = {
        "curves.png": figures.loss_curves([run.metrics for run in firsts]),
        "reconstructions.png": figures.originals_over_reconstructions(
            originals, rows,
            f"The first {PICTURES} test images of {options.data}, and what codes of size "
            f"{', '.join(map(str, options.latents))} keep of them (seed {options.seed})",
        ),
        "confusion.png": figures.confusion_matrices(
            {
                f"size {latent}, seed {options.seed}: {of_size[0]['digit_accuracy']:.2%} right":
                np.array(of_size[0]["confusion"])
                for latent, of_size in evaluations.items()
            }
        ),
    }  # fmt: skip
    comparison = {
        "data": options.data,
        "loss": options.loss,
        "seeds": list(range(options.seed, options.seed + options.seeds)),
        "classifier_accuracy": evaluations[options.latents[0]][0]["classifier_accuracy"],
        "sizes": {
            str(latent): summary(metrics[latent], evaluations[latent]) for latent in options.latents
        },
    }
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in pictures.items()]
        files.append(stage / "comparison.json")
        write_json(files[-1], comparison)
    report(comparison)
    print_written(folder, files)


def same_settings(folders: list[Path]) -> list[dict[str, Any]]:
    """Return the metrics of the runs in `folders`.

    Raises:
        BadInput: a run is missing, or they were not trained alike.
    """
    metrics = [runs.load_metrics(folder) for folder in folders]
    for key in ("epochs", "batch_size", "learning_rate", "precision"):
        if len(values := {run[key] for run in metrics}) > 1:
            raise BadInput(
                f"{shown(folders[0])} and the seeds after it were trained with different {key}: "
                f"{', '.join(map(str, sorted(values)))}; a mean over them says nothing"
            )
    return metrics


def reconstruction_row(run: runs.Run, originals, labels: list[int], reader) -> figures.Row:
    """Return the row of one run's reconstructions of `originals` (N, 784), with what is boxed."""
    decoded = in_parts(run.model, originals)
    read_as = classifier.read(reader, decoded).tolist()
    misread = {
        i: read
        for i, (read, label) in enumerate(zip(read_as, labels, strict=True))
        if read != label
    }
    kept = best_kept_detail(originals.view(-1, 28, 28), decoded.view(-1, 28, 28))
    best = sorted(range(len(kept)), key=lambda i: kept[i].share)[-BOXED_DETAILS:]
    name = f"size {run.metrics['latent']}"
    return figures.Row(name, decoded, misread, {i: kept[i] for i in best})


def summary(metrics: list[dict[str, Any]], evaluations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was measured for one size: mean and standard deviation over the seeds.

    Of tables the entries are sums over the seeds, or lists with one entry a seed; the curve is
    the first seed's.
    """

    def over_seeds(value) -> dict[str, Any]:
        return mean_and_sd([value(evaluation) for evaluation in evaluations])

    first = metrics[0]
    return {
        **{key: first[key] for key in ("epochs", "device_name", "precision", "pca_test", "curve")},
        "seconds": mean_and_sd([run["seconds"] for run in metrics]),
        "test": {key: mean_and_sd([run["test"][key] for run in metrics]) for key in first["test"]},
        **{
            key: over_seeds(lambda evaluation, key=key: evaluation[key])
            for key in (
                "digit_accuracy", "pca_digit_accuracy", "nearest_neighbour_accuracy",
                "kept_detail", "centre_distance",
            )
        },
        **{
            key: sum(np.array(evaluation[key]) for evaluation in evaluations).tolist()
            for key in ("confusion", "original_confusion", "neighbour_confusion")
        },
        **{
            key: [evaluation.get(key) for evaluation in evaluations]
            for key in ("cluster_table", "separation_by_epoch")
        },
        "clustering": {
            name: {
                measure: over_seeds(lambda e, n=name, m=measure: e["clustering"][n][m]["mean"])
                for measure in measures
            }
            for name, measures in evaluations[0]["clustering"].items()
        },
    }  # fmt: skip


def report(comparison: dict[str, Any]) -> None:
    """Print the comparison as one table."""
    sizes = comparison["sizes"]
    print(
        f"{comparison['data']}, loss {comparison['loss']}, test set, seeds "
        f"{comparison['seeds']}; the classifier reads {comparison['classifier_accuracy']:.2%} of "
        "the originals rightly\n"
    )
    rows = {
        "L1 per pixel": lambda size: mean_sd_text(size["test"]["l1"], ".5f"),
        "PCA's": lambda size: f"{size['pca_test']['l1']:.5f}",
        "MSE per pixel": lambda size: mean_sd_text(size["test"]["mse"], ".6f"),
        "PCA's MSE": lambda size: f"{size['pca_test']['mse']:.6f}",
        "reconstructions read rightly": lambda size: mean_sd_text(size["digit_accuracy"], ".4f"),
        "best-kept detail": lambda size: mean_sd_text(size["kept_detail"], ".3f"),
        "nearest neighbour": lambda size: mean_sd_text(size["nearest_neighbour_accuracy"], ".4f"),
        **{
            f"{name}: {measure}": lambda size, n=name, m=measure: mean_sd_text(
                size["clustering"][n][m], ".3f"
            )
            for name, measures in next(iter(sizes.values()))["clustering"].items()
            for measure in measures
        },
    }  # fmt: skip
    print(f"{'':54}" + "".join(f"{'size ' + size:>22}" for size in sizes))
    for words, cell in rows.items():
        print(f"{words:54}" + "".join(f"{cell(size):>22}" for size in sizes.values()))


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--loss", choices=LOSSES, default="l1", help="loss of the runs")
    return parse_sizes(parser)


def parse_sizes(parser: cli.Parser):
    """Add the options that say which sizes of which runs are compared, and return all options."""
    parser.add_argument(
        "--latents", type=cli.whole_number(1, PIXELS), nargs="+", default=[2, 16, 256]
    )
    add_runs_options(parser)
    options = parser.parse_args()
    options.latents = sorted(set(options.latents))
    if len(options.latents) > len(figures.SIZES):
        parser.error(f"--latents takes at most {len(figures.SIZES)} sizes")
    return options


def add_runs_options(parser: cli.Parser) -> None:
    """Add the options that say which runs are read, and where they are looked at."""
    add = parser.add_argument
    add("--data", choices=datasets.DATASETS, default="mnist", help="data set of the runs")
    add("--seed", type=cli.whole_number(0, 2**31 - 1), default=0)
    add("--seeds", type=cli.whole_number(1, 100), default=1, help="runs of each, from --seed on")
    add("--data-root", type=Path, default=datasets.default_root(), help="where data sets lie")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    cli.add_results_option(parser, runs.FOLDER)


if __name__ == "__main__":
    cli.run(main)
