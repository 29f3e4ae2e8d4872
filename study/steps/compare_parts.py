"""What each part of the training with dis_net is worth, at one latent dimension.

Usage:
    python study/steps/compare_parts.py --latent 16 --num-seeds 5
    python study/steps/compare_parts.py --latent 16 --num-seeds 5 --parts design

`--parts weights` varies the adversarial weight, the feature matching, the end of the score's rise
and the separate updates; `design` goes from report 002's design to this one, step by step. Reads
runs that train_adversarial.py has finished (`make reports` trains them) and draws what each change
does to four measures, and how well dis_net does over each training.
"""

from q2_autoencoder.options import PartsSelection, parser_of
from q2_autoencoder.training import file_names
from q2_autoencoder.training.named_variants import PARTS, Parts
from shared import cli
from shared.settings import from_options


def parse() -> tuple[Parts, PartsSelection]:
    parser = parser_of(__doc__, PartsSelection)
    parser.add_argument(
        "--parts", choices=PARTS, default="weights", help="which parts are told apart"
    )
    options = parser.parse_args()
    return PARTS[options.parts], from_options(PartsSelection, options)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from collections.abc import Iterable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from q2_autoencoder.evaluation.judging import load_judges
from q2_autoencoder.evaluation.variants import (
    check_comparable,
    load_variant,
    variant_folder,
    variant_result,
)
from q2_autoencoder.plots.game import game, has_game
from q2_autoencoder.plots.parts import changes
from q2_autoencoder.plots.tables import (
    difference_lines,
    markdown_table,
    print_table,
    seeds_in_words,
    transposed,
    variant_lines,
)
from q2_autoencoder.records import MeasuresOverSeeds, Metrics, PartsComparison, data_set_name
from q2_autoencoder.training.named_variants import FOUR
from shared import datasets
from shared.device import choose_device
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record, write_text
from shared.summary import WITH_MARGIN


def main() -> None:
    parts, selection = parse()
    device = choose_device(selection.device)
    folders = {
        name: [
            variant_folder(selection.results, selection.data, selection.latent_dim, seed, variant)
            for seed in selection.seeds
        ]
        for name, variant in parts.all.items()
    }
    check_comparable({run: parts.all[name] for name, of in folders.items() for run in of})
    data = datasets.load(selection.data, selection.data_dir).to(device)
    judges = load_judges(writable_folder(selection.results), selection.data, data, device)
    comparison = PartsComparison(
        data=selection.data,
        latent_dim=selection.latent_dim,
        seeds=list(selection.seeds),
        variants={
            name: variant_result(of_variant, parts.all[name], judges)
            for name, of_variant in folders.items()
        },
    )
    folder = writable_folder(
        selection.results / file_names.comparison_folder(selection.data, "adversarial")
    )
    title = (
        f"{data_set_name(comparison.data)}, latent dimension {comparison.latent_dim}, "
        f"{seeds_in_words(comparison.seeds)}"
    )
    figures = {f"{parts.file}.png": draw(parts, comparison, title)}
    if runs := runs_with_game(parts, folders):
        words = f"How many images dis_net labels rightly in the training: {title}"
        figures[f"{parts.file}_game.png"] = game(runs, words)
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in figures.items()]
        files += [stage / f"{parts.file}.md", stage / f"{parts.file}.json"]
        write_text(files[-2], as_markdown(parts, comparison))
        write_record(files[-1], comparison)
    lines = variant_lines(comparison.variants)
    print_table(*transposed(list(comparison.variants), lines))
    print_written(folder, files)


def draw(parts: Parts, comparison: PartsComparison, title: str) -> Figure:
    """Draw all variants; one of which every run failed has an empty row."""

    def drawn(names: Iterable[str]) -> dict[str, MeasuresOverSeeds | None]:
        found = {name: comparison.variants[name].finished for name in names}
        return {label(comparison, name): of and of.measures for name, of in found.items()}

    return changes(drawn(parts.line), drawn(parts.others), f"{parts.question}: {title}")


def runs_with_game(parts: Parts, folders: Mapping[str, list[Path]]) -> dict[str, list[Metrics]]:
    """Return the finished runs in which dis_net learned reconstructions as fake, by variant."""
    runs: dict[str, list[Metrics]] = {}
    for name, variant in parts.all.items():
        finished = (load_variant(folder, variant) for folder in folders[name])
        if found := [metrics for metrics in finished if metrics and has_game(metrics)]:
            runs[short(name)] = found
    return runs


def label(comparison: PartsComparison, name: str) -> str:
    """Return the short name of a variant, and how many of its seeds failed, if any."""
    failed, words = len(comparison.variants[name].failures), short(name)
    return f"{words} ({failed} of {len(comparison.seeds)} failed)" if failed else words


def short(name: str) -> str:
    """Return a variant's name without what all of them are called."""
    return name.removeprefix(f"{FOUR}, ").removeprefix("L1 + dis_net, ")


def as_markdown(parts: Parts, comparison: PartsComparison) -> str:
    """Return all numbers as a Markdown table."""
    variants = comparison.variants
    others = [name for name in variants if name != parts.reference]
    lines = [
        f"# {parts.question}",
        "",
        f"{data_set_name(comparison.data)}, latent dimension {comparison.latent_dim}, test set, "
        f"{seeds_in_words(comparison.seeds)}, {WITH_MARGIN}. Separate updates are "
        "two of the autoencoder per batch. Written by `python study/steps/compare_parts.py`.",
        "",
        *markdown_table(*transposed(list(variants), variant_lines(variants))),
        "",
        f"“{parts.reference}”, less what the line names: mean difference of runs of equal seeds, "
        "with its 95 % interval (Student's t). **Bold**: better, all of the interval. *Italic*: "
        "worse.",
        "",
        *markdown_table(*transposed(others, difference_lines(variants, parts.reference, others))),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    cli.run(main)
