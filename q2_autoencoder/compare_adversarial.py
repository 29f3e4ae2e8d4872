"""Compare runs with and without dis_net, which train_adversarial.py has finished.

Usage:
    python q2_autoencoder/compare_adversarial.py
    python q2_autoencoder/compare_adversarial.py --latents 2 16 256 --num-seeds 3
    python q2_autoencoder/compare_adversarial.py --variants "L1 alone=10" "L1 + dis_net, four-step"

The judges are networks and measures that took part in no training (evaluation/measures.py).
"""

from q2_autoencoder.options import (
    VariantSelection,
    folder_word,
    named_counts,
    parser_of,
    select_dimensions,
)
from q2_autoencoder.training import file_names
from q2_autoencoder.training.named_variants import (
    COMPARED,
    CONTROLS,
    FOUR,
    PLAIN,
    PLAIN_MSE,
    PRINTED,
    PRINTED_MSE,
    REPORTS,
    VARIANTS,
)
from shared import cli


def parse() -> VariantSelection:
    parser = parser_of(__doc__, VariantSelection)
    parser.add_argument(
        "--variants",
        nargs="+",
        type=named_counts,
        metavar="NAME[=SEEDS]",
        help="which variants to compare, and how many seeds of one if not as many as --num-seeds; "
        f"{PLAIN!r} and another one must be among them (default: {', '.join(VARIANTS)})",
    )
    parser.add_argument(
        "--name",
        type=folder_word,
        default="adversarial",
        help="of the comparison: the folder is comparison-<data>-<name>",
    )
    options = parser.parse_args()
    options.variants = options.variants or [(name, None) for name in VARIANTS]
    for name, _ in options.variants:
        if name not in COMPARED:
            known = ", ".join(map(repr, COMPARED))
            parser.error(f"--variants: {name!r} is not known; give some of {known}")
    names = [name for name, _ in options.variants]
    if len(set(names)) < len(names):
        parser.error("--variants names something twice")
    options.variants = {name: count or options.num_seeds for name, count in options.variants}
    if PLAIN not in options.variants:
        parser.error(f"--variants lacks {PLAIN!r}, with which the others are compared")
    if len(options.variants) == 1:
        parser.error(f"--variants lacks another one than {PLAIN!r}, to be compared with it")
    return select_dimensions(parser, options, VariantSelection, "variants", "name")


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from collections.abc import Collection

from q2_autoencoder.evaluation.judging import judges_accuracy, load_judges
from q2_autoencoder.evaluation.variant_figures import Folders, comparison_figures
from q2_autoencoder.evaluation.variants import check_comparable, variant_folder, variant_result
from q2_autoencoder.plots.tables import (
    MEASURES,
    difference_lines,
    markdown_table,
    print_table,
    seeds_in_words,
    variant_lines,
)
from q2_autoencoder.records import AdversarialComparison, VariantResult, data_set_name
from shared import datasets
from shared.device import choose_device
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record, write_text
from shared.summary import WITH_MARGIN


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    folders = run_folders(selection)
    for of_dim in folders.values():
        check_comparable({run: COMPARED[name] for name, of in of_dim.items() for run in of})
    data = datasets.load(selection.data, selection.data_dir).to(device)
    judges = load_judges(writable_folder(selection.results), selection.data, data, device)
    comparison = AdversarialComparison(
        data=selection.data,
        seeds=list(range(selection.seed, selection.seed + max(selection.variants.values()))),
        judges=judges_accuracy(judges.reference),
        latent_dims={
            str(dim): {
                name: variant_result(of_variant, COMPARED[name], judges)
                for name, of_variant in of_dim.items()
            }
            for dim, of_dim in folders.items()
        },
    )
    folder = writable_folder(
        selection.results / file_names.comparison_folder(selection.data, selection.name)
    )
    figures = comparison_figures(folders, comparison, judges)
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in figures.items()]
        files += [stage / "adversarial.md", stage / file_names.ADVERSARIAL]
        write_text(files[-2], as_markdown(comparison))
        write_record(files[-1], comparison)
    report(comparison)
    print_written(folder, files)


def run_folders(selection: VariantSelection) -> Folders:
    """Return the folders of the runs."""
    return {
        dim: {
            name: [
                variant_folder(selection.results, selection.data, dim, seed, COMPARED[name])
                for seed in range(selection.seed, selection.seed + count)
            ]
            for name, count in selection.variants.items()
        }
        for dim in selection.latent_dims
    }


def as_markdown(comparison: AdversarialComparison) -> str:
    """Return all numbers as Markdown tables, one a latent dimension, and what each one says."""
    judges = comparison.judges
    names = {name for of_dim in comparison.latent_dims.values() for name in of_dim}
    lines = [
        f"# {title(names)}",
        "",
        f"{data_set_name(comparison.data)}, test set, {WITH_MARGIN} over up to "
        f"{seeds_in_words(comparison.seeds)}. On originals the evaluation classifier's accuracy is "
        f"{judges.classifier_accuracy:.2%}, and the held-out blur classifier labels "
        f"{judges.blur_classifier[0].accuracy:.2%} of them as sharp. Other pages may have other "
        "judges and plain runs. Written by `q2_autoencoder/compare_adversarial.py`.",
    ]
    for dim, of_dim in comparison.latent_dims.items():
        lines += ["", f"## Latent dimension {dim}", ""]
        lines += markdown_table(list(of_dim), variant_lines(of_dim))
        lines += ["", *differences(of_dim)]
    lines += ["", "## What the numbers say, and what they do not", ""]
    lines += [f"- {words.name}: {words.meaning}" for words in MEASURES.values()]
    return "\n".join(lines) + "\n"


def title(names: Collection[str]) -> str:
    """Return what a comparison of variants is of, with what the reports call their own."""
    if PRINTED in names or PRINTED_MSE in names:
        return "The losses that report 000 prints (b: MSE, c: L1) against plain training (a)"
    if any(name in REPORTS for name in names):
        return "Report 002's training with dis_net (solution 1: four-step, 2: three-step)"
    return "With and without dis_net"


def differences(variants: dict[str, VariantResult]) -> list[str]:
    """Return dis_net against each of its controls, L1 alone against each of the reports' designs,
    and MSE alone against those that have the MSE, too, as Markdown tables with their headings.
    """
    lines = []
    of_mse = [name for name, variant in REPORTS.items() if variant.loss == "mse"]
    for first, others in ((FOUR, CONTROLS), (PLAIN, REPORTS), (PLAIN_MSE, of_mse)):
        compared = [name for name in others if name in variants]
        if first in variants and compared:
            lines += [
                f"{first}, less what stands above the column: mean difference of runs of equal "
                f"seeds, with its 95 % interval (Student's t). **Bold**: {first} is better, all of "
                "the interval. *Italic*: worse.",
                "",
                *markdown_table(compared, difference_lines(variants, first, compared)),
                "",
            ]
    return lines[:-1]


def report(comparison: AdversarialComparison) -> None:
    """Print the comparison, one table a latent dimension."""
    for dim, of_dim in comparison.latent_dims.items():
        print(f"\nlatent dimension {dim}")
        print_table(list(of_dim), variant_lines(of_dim))


if __name__ == "__main__":
    cli.run(main)
