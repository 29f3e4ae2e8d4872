"""The rate–distortion curve: test error against the number of latent dimensions.

Usage:
    python study/run.py study/sizes.yaml
    python study/steps/rate_distortion.py --data digits --latents 1 2 4 8

Reads plain runs that train.py has finished, with both losses, and draws each beside as many
principal components, and beside the values that others have published.
"""

from q2_autoencoder.options import DimensionSelection, add_latent_dims
from q2_autoencoder.training import file_names
from shared import cli
from shared.settings import add_settings, from_options


def parse() -> DimensionSelection:
    parser = cli.Parser(__doc__)
    add_latent_dims(parser, "latent dimensions of the runs")
    add_settings(parser, DimensionSelection)
    options = parser.parse_args()
    dims = sorted(set(options.latent_dims))
    return from_options(DimensionSelection, options, latent_dims=dims)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from collections import defaultdict

from q2_autoencoder.config import LOSS_NAMES, Loss, run_name
from q2_autoencoder.evaluation.alike import check_alike
from q2_autoencoder.plots.rate_distortion import TRAINED_WITH, rate_distortion
from q2_autoencoder.plots.tables import (
    MEASURES,
    Line,
    markdown_table,
    print_table,
    seeds_in_words,
    transposed,
)
from q2_autoencoder.records import Metrics, Rate, RateDistortion, data_set_name
from q2_autoencoder.training.run_folder import load_metrics
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record, write_text
from shared.summary import WITH_MARGIN, spread


def main() -> None:
    selection = parse()
    names = (
        run_name(selection.data, loss, dim, seed)
        for dim in selection.latent_dims
        for loss in LOSS_NAMES
        for seed in selection.seeds
    )
    runs = {folder: load_metrics(folder) for folder in map(selection.results.joinpath, names)}
    check_alike(
        ((folder, run.config) for folder, run in runs.items()),
        ("seed", "deterministic", "latent_dim", "loss"),
    )
    of = defaultdict[int, dict[Loss, list[Metrics]]](lambda: defaultdict(list))
    for run in runs.values():
        of[run.config.latent_dim][run.config.loss].append(run)
    found = RateDistortion(
        data=selection.data,
        seeds=list(selection.seeds),
        latent_dims={str(dim): rate_of(of_dim) for dim, of_dim in of.items()},
    )
    folder = writable_folder(selection.results / file_names.rate_distortion_folder(selection.data))
    with staged(folder) as stage:
        names = ("rate_distortion.png", "rate_distortion.md", file_names.RATE_DISTORTION)
        figure, page, record = files = [stage / name for name in names]
        save_figure(rate_distortion(found, title(found)), figure)
        write_text(page, as_markdown(found))
        write_record(record, found)
    print_table(list(found.latent_dims), lines(found))
    print_written(folder, files)


def rate_of(runs: dict[Loss, list[Metrics]]) -> Rate:
    """Return what the runs of one latent dimension came to, by their loss."""
    return Rate(
        trained_with={
            loss: {error: spread([getattr(one.test, error) for one in of]) for error in LOSS_NAMES}
            for loss, of in runs.items()
        },
        pca=runs["l1"][0].pca_test,
    )


def lines(found: RateDistortion) -> list[Line]:
    """Return the lines of a table with a column for each latent dimension."""
    rates = list(found.latent_dims.values())

    def of_runs(loss: Loss, error: Loss) -> list[str]:
        return [rate.trained_with[loss][error].text(MEASURES[error].form) for rate in rates]

    table: list[Line] = []
    for error in LOSS_NAMES:
        words, form = MEASURES[error].name, MEASURES[error].form
        table += [(f"{words}, {TRAINED_WITH[loss]}", of_runs(loss, error)) for loss in LOSS_NAMES]
        table.append((f"{words}, PCA", [f"{getattr(rate.pca, error):{form}}" for rate in rates]))
    return table


def title(found: RateDistortion) -> str:
    """Return what the figure and the table are of."""
    return f"{data_set_name(found.data)}, test set, {seeds_in_words(found.seeds)}"


def as_markdown(found: RateDistortion) -> str:
    """Return all numbers as a Markdown table."""
    text = [
        "# Test error by latent dimension",
        "",
        f"{title(found)}, {WITH_MARGIN}, a line for each dimension. Written by "
        "`python study/steps/rate_distortion.py`.",
        "",
        *markdown_table(*transposed(list(found.latent_dims), lines(found))),
    ]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    cli.run(main)
