"""What each part of the adversarial loss costs and brings: the ablation of the four-step strategy.

Usage:
    python q2_autoencoder/adversary_weight.py --latent 16 --num-seeds 3

Varies the adversarial weight, the feature matching and the separate updates. Reads runs that
train_adversarial.py has finished (`make q2b` trains them) and draws sharpness and Fréchet
distance against L1.
"""

from q2_autoencoder.options import AblationSelection, parser_of
from shared import cli
from shared.settings import from_options


def parse() -> AblationSelection:
    options = parser_of(__doc__, AblationSelection).parse_args()
    return from_options(AblationSelection, options)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from matplotlib.figure import Figure

from q2_autoencoder.evaluation.judging import load_judges
from q2_autoencoder.evaluation.variants import check_comparable, variant_folder, variant_result
from q2_autoencoder.plots.curves import against_l1
from q2_autoencoder.plots.tables import (
    markdown_table,
    print_table,
    seeds_in_words,
    transposed,
    variant_lines,
)
from q2_autoencoder.records import MeasuresOverSeeds, WeightComparison, data_set_name
from q2_autoencoder.training.named_variants import (
    ABLATION,
    SWEEP,
)
from shared import datasets
from shared.device import choose_device
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record, write_text

FILE = "adversarial_weight"


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    folders = {
        name: [
            variant_folder(selection.results, selection.data, selection.latent_dim, seed, variant)
            for seed in selection.seeds
        ]
        for name, variant in ABLATION.items()
    }
    check_comparable({run: ABLATION[name] for name, of in folders.items() for run in of})
    data = datasets.load(selection.data, selection.data_dir).to(device)
    judges = load_judges(writable_folder(selection.results), selection.data, data, device)
    comparison = WeightComparison(
        data=selection.data,
        latent_dim=selection.latent_dim,
        seeds=list(selection.seeds),
        variants={
            name: variant_result(of_variant, ABLATION[name], judges)
            for name, of_variant in folders.items()
        },
    )
    folder = writable_folder(selection.results / f"comparison-{selection.data}-adversarial")
    figure = draw(comparison)
    with staged(folder) as stage:
        files = [save_figure(figure, stage / f"{FILE}.png"), stage / f"{FILE}.md"]
        files.append(stage / f"{FILE}.json")
        write_text(files[1], as_markdown(comparison))
        write_record(files[-1], comparison)
    lines = variant_lines(comparison.variants)
    print_table(*transposed(list(comparison.variants), lines))
    print_written(folder, files)


def draw(comparison: WeightComparison) -> Figure:
    """Draw the variants of which at least one run did not fail."""
    weights = {name: variant.adversarial_weight for name, variant in SWEEP.items()}
    sweep, others = {}, {}
    for name in [*sorted(SWEEP, key=lambda name: weights[name]), *ABLATION]:
        measures = measured(comparison, name)
        if measures is not None and name in SWEEP:
            sweep[label(comparison, name, f"weight {weights[name]:g}")] = measures
        elif measures is not None:
            short = name.removeprefix("L1 + dis_net, ")
            others[label(comparison, name, short)] = measures
    title = (
        f"L1 + dis_net, four-step, by adversarial weight, and its ablations: "
        f"{data_set_name(comparison.data)}, latent dimension {comparison.latent_dim}, "
        f"{seeds_in_words(comparison.seeds)}"
    )
    return against_l1(sweep, others, title)


def measured(comparison: WeightComparison, name: str) -> MeasuresOverSeeds | None:
    """Return the measures of a variant, or None where all of its runs failed."""
    finished = comparison.variants[name].finished
    return None if finished is None else finished.measures


def label(comparison: WeightComparison, name: str, words: str) -> str:
    """Return `words`, and how many seeds of the variant `name` failed, if any."""
    failed = len(comparison.variants[name].failures)
    return f"{words} ({failed} of {len(comparison.seeds)} failed)" if failed else words


def as_markdown(comparison: WeightComparison) -> str:
    """Return all numbers as a Markdown table."""
    variants = comparison.variants
    lines = [
        "# What each part of the adversarial loss is worth",
        "",
        f"{data_set_name(comparison.data)}, latent dimension {comparison.latent_dim}, test set, "
        f"{seeds_in_words(comparison.seeds)}, mean ± standard deviation. Separate updates are "
        "two of the autoencoder per batch. Written by `python q2_autoencoder/adversary_weight.py`.",
        "",
        *markdown_table(*transposed(list(variants), variant_lines(variants))),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    cli.run(main)
