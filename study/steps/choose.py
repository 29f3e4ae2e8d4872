"""Choose the weights of dis_net for each variant, on images held out from training.

Usage:
    python study/run.py study/choose.yaml
    python study/steps/choose.py --data mnist-validation --seed 100 --weights 1,2 1,1
        --variants "L1 + dis_net, four-step"

Compares finished runs of the last sixth of the training images (evaluation/choice.py says how); the
test images take no part. What is chosen stands in q2_autoencoder/config.py, and where a variant has
weights of its own in q2_autoencoder/training/named_variants.py.
"""

from q2_autoencoder.options import (
    WeightsSelection,
    pair_of_weights,
    parser_of,
    select_dimensions,
)
from q2_autoencoder.training import file_names
from q2_autoencoder.training.named_variants import VARIANTS
from shared import cli
from shared.datasets import VALIDATION


def parse() -> WeightsSelection:
    parser = parser_of(__doc__, WeightsSelection)
    known = [name for name, variant in VARIANTS.items() if variant.has_weights]
    parser.add_argument(
        "--variants", nargs="+", choices=known, required=True, help="which variants to choose for"
    )
    parser.add_argument(
        "--weights",
        nargs="+",
        type=pair_of_weights,
        required=True,
        metavar="A,F",
        help="pairs of adversarial and feature-matching weight that were tried",
    )
    parser.set_defaults(data=f"mnist{VALIDATION}")
    options = parser.parse_args()
    if not options.data.endswith(VALIDATION):
        parser.error(
            f"--data {options.data} has test images; weights are chosen on "
            f"{options.data}{VALIDATION}"
        )
    return select_dimensions(parser, options, WeightsSelection, "variants", "weights")


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from torch import Tensor

from q2_autoencoder.config import LOSS_NAMES, Loss, Variant
from q2_autoencoder.evaluation.choice import MOST_L1, best, tried
from q2_autoencoder.evaluation.gradients import gradient_distance
from q2_autoencoder.evaluation.variants import check_comparable, failure_of, variant_folder
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.plots.tables import Line, markdown_table, print_table
from q2_autoencoder.records import Choice, Criteria, Tried, Weights, data_set_name
from q2_autoencoder.training.run_folder import load_run
from shared import datasets
from shared.device import choose_device
from shared.files import print_written, staged, writable_folder, write_record, write_text


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    for name in selection.variants:
        plain = Variant(loss=VARIANTS[name].loss, strategy="none")
        variants = [plain, *(VARIANTS[name].with_weights(*pair) for pair in selection.weights)]
        check_comparable({f: one for one in variants for f in all_folders(selection, one)})
    originals = to_pixels(datasets.load(selection.data, selection.data_dir).to(device).test_images)
    choice = choose(selection, originals)
    folder = writable_folder(selection.results / file_names.choice_folder(selection.data))
    with staged(folder) as stage:
        files = [stage / "choice.md", stage / file_names.CHOICE]
        write_text(files[0], as_markdown(choice))
        write_record(files[1], choice)
    for name, of_name in choice.tried.items():
        print(f"\n{name}")
        print_table(HEADS, lines(of_name, choice.chosen[name]))
    print_written(folder, files)


def choose(selection: WeightsSelection, originals: Tensor) -> Choice:
    """Return what each pair of weights came to with each variant, and which one is chosen.

    Raises:
        BadInput: a run is missing or damaged.
    """
    used = {VARIANTS[name].loss for name in selection.variants}
    losses: list[Loss] = [loss for loss in LOSS_NAMES if loss in used]
    plain = {
        loss: {
            dim: criteria_of(
                folders_of(selection, Variant(loss=loss, strategy="none"), dim), originals
            )
            for dim in selection.latent_dims
        }
        for loss in losses
    }
    found = {
        name: [
            tried(weights, criteria(selection, variant, originals), plain[variant.loss])
            for weights, variant in trials(VARIANTS[name], selection.weights).items()
        ]
        for name in selection.variants
    }
    chosen = {name: best(of_name) for name, of_name in found.items()}
    return Choice(
        data=selection.data,
        seeds=list(selection.seeds),
        plain={loss: {str(d): e for d, e in of.items()} for loss, of in plain.items()},
        tried=found,
        chosen={name: one.weights if one else None for name, one in chosen.items()},
    )


def trials(variant: Variant, pairs: Iterable[tuple[float, float]]) -> dict[Weights, Variant]:
    """Return a variant with each pair of weights; where nobody scores, with each second weight."""
    scored = variant.has_dis_net
    return {Weights(a if scored else 0.0, f): variant.with_weights(a, f) for a, f in pairs}


def criteria(
    selection: WeightsSelection, variant: Variant, originals: Tensor
) -> dict[int, Criteria | None]:
    """Return means over a variant's runs by latent dimension, None where one failed."""
    folders = {dim: folders_of(selection, variant, dim) for dim in selection.latent_dims}
    return {
        dim: None if any(map(failure_of, of_dim)) else criteria_of(of_dim, originals)
        for dim, of_dim in folders.items()
    }


def all_folders(selection: WeightsSelection, variant: Variant) -> list[Path]:
    """Return the folders of a variant's runs of all latent dimensions."""
    return [one for dim in selection.latent_dims for one in folders_of(selection, variant, dim)]


def folders_of(selection: WeightsSelection, variant: Variant, latent_dim: int) -> list[Path]:
    """Return the folders of a variant's runs, one a seed."""
    return [
        variant_folder(selection.results, selection.data, latent_dim, seed, variant)
        for seed in selection.seeds
    ]


def criteria_of(folders: list[Path], originals: Tensor) -> Criteria:
    """Return the means over the finished runs in `folders`."""
    runs = [load_run(folder) for folder in folders]
    distances = []
    for run in runs:
        reconstructions = map_batches(run.model.to(originals.device), originals)
        distances.append(gradient_distance(originals, reconstructions.to(originals.device)))
    return Criteria(
        statistics.fmean(distances), statistics.fmean(run.metrics.test.l1 for run in runs)
    )


HEADS = ["gradient distance / plain's", "L1 / plain's", "mean ln of the first", ""]


def lines(of_variant: Sequence[Tried], chosen: Weights | None) -> list[Line]:
    """Return a line of the table for each pair of weights."""
    return [
        (
            f"{one.weights.adversarial:g} and {one.weights.feature_matching:g}",
            [
                ", ".join(f"{ratio.gradient_distance:.3f}" for ratio in one.ratios.values()),
                ", ".join(f"{ratio.l1:.3f}" for ratio in one.ratios.values()),
                "a run failed" if one.score is None else f"{one.score:+.4f}",
                "chosen" if one.weights == chosen else "" if one.allowed else "too much L1",
            ],
        )
        for one in of_variant
    ]


def as_markdown(choice: Choice) -> str:
    """Return what was tried as Markdown tables, one a variant."""
    dims = " / ".join(next(iter(choice.plain.values())))
    limits = ", ".join(
        f"{most:g} times the plain run's L1 from {dim} dimension{'s' * (dim > 1)} on"
        for dim, most in MOST_L1.items()
    )
    text = [
        "# How the weights of dis_net were chosen",
        "",
        f"{data_set_name(choice.data)}, seed {', '.join(map(str, choice.seeds))}, latent "
        f"dimensions {dims}: adversarial and feature-matching weight, in units of the "
        "reconstruction loss's gradient. Chosen is the pair with the lowest mean logarithm "
        f"of the gradient distance over the plain run's, among those that cost at most {limits}. "
        "Written by "
        "`python study/run.py study/choose.yaml`.",
    ]
    for name, of_name in choice.tried.items():
        text += ["", f"## {name}", "", *markdown_table(HEADS, lines(of_name, choice.chosen[name]))]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    cli.run(main)
