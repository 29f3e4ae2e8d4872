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
from q2_autoencoder.training.named_variants import (
    COMPARED,
    CONTROLS,
    FOUR,
    PLAIN,
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

from collections.abc import Collection, Iterable
from pathlib import Path

import torch
from matplotlib.figure import Figure

from q2_autoencoder.evaluation.classifier import classify
from q2_autoencoder.evaluation.detail import busiest_window, laplacian
from q2_autoencoder.evaluation.judging import (
    Judges,
    judges_accuracy,
    load_judges,
    processed_model,
)
from q2_autoencoder.evaluation.processing import Change
from q2_autoencoder.evaluation.sharpness import sharpness_ratios
from q2_autoencoder.evaluation.variants import (
    check_comparable,
    failure_of,
    load_variant,
    variant_folder,
    variant_result,
)
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.plots.curves import accuracy_by_blur_width
from q2_autoencoder.plots.game import game, has_game
from q2_autoencoder.plots.reconstructions import (
    CropBlock,
    Row,
    crops,
    originals_over_reconstructions,
)
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
from shared.datasets import ImageData
from shared.device import choose_device
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_record, write_text
from shared.summary import WITH_MARGIN

SHOWN_IMAGES = 10  # test images: the first ones, not chosen ones
CANDIDATES = 1000  # test images among which those to be enlarged are looked for
CROPS, CROP_SIDE = 6, 14  # how many parts of images are enlarged, and their pixels a side

Folders = dict[int, dict[str, list[Path]]]  # by latent dimension and variant, one a seed
Models = dict[str, Change]  # by variant: what makes reconstructions of pixels (N, 784)


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
    folder = writable_folder(selection.results / f"comparison-{selection.data}-{selection.name}")
    figures = draw(folders, comparison, data, judges)
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in figures.items()]
        files += [stage / "adversarial.md", stage / "adversarial.json"]
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


def draw(
    folders: Folders, comparison: AdversarialComparison, data: ImageData, judges: Judges
) -> dict[str, Figure]:
    """Return all figures by file name: whole images of the smallest latent dimension, crops of
    the others, how well the blur classifier does, and dis_net over each training.

    They show the first seed of which neither of those `enlarged` failed, and of the other variants
    those that did not.
    """
    pair = enlarged(next(iter(folders.values())))
    place = first_whole(folders, pair)
    models = {
        dim: {
            name: processed_model(of[place], COMPARED[name].processing, judges)
            for name, of in of_dim.items()
            if place < len(of) and not failure_of(of[place])
        }
        for dim, of_dim in folders.items()
    }
    smallest, *others = models
    name, seed = data_set_name(comparison.data), comparison.seeds[place]
    return {
        **draw_games(folders, place, f"{name}, seed {seed}"),
        "blur_classifier.png": accuracy_by_blur_width(
            {"held-out blur classifier": comparison.judges.blur_classifier},
            f"The held-out blur classifier's accuracy on test images ({name})",
        ),
        f"adversarial{smallest}.png": draw_whole(
            models[smallest],
            data,
            f"{name}, latent dimension {smallest}, seed {seed}: the first {SHOWN_IMAGES} test "
            "images through every variant",
        ),
        "crops.png": crops(
            {dim: crop_block(models[dim], pair, data, judges) for dim in others or [smallest]},
            CROP_SIDE,
            f"Enlarged: where the edges of {' and '.join(pair)} differ most ({name}, seed {seed})",
        ),
    }


def draw_games(folders: Folders, place: int, words: str) -> dict[str, Figure]:
    """Draw the trainings in which dis_net learned reconstructions as fake, if there are some."""
    runs = {
        f"{name}\nlatent dimension {dim}": [metrics]
        for dim, of_dim in folders.items()
        for name, of in of_dim.items()
        if place < len(of)
        and (metrics := load_variant(of[place], COMPARED[name]))
        and has_game(metrics)
    }
    title = f"How many images dis_net labels rightly in the training ({words})"
    return {"game.png": game(runs, title)} if runs else {}


def enlarged(variants: Iterable[str]) -> tuple[str, str]:
    """Return the variants whose differences are enlarged: L1 alone, and dis_net or the last one."""
    others = [name for name in variants if name != PLAIN]
    return PLAIN, FOUR if FOUR in others else others[-1]


def first_whole(folders: Folders, pair: tuple[str, str]) -> int:
    """Return the place of the first seed of which no run of the `pair` failed.

    Raises:
        BadInput: there is none.
    """
    both = [of_dim[name] for of_dim in folders.values() for name in pair]
    by_seed = zip(*both, strict=False)  # of one there may be more seeds
    for place, of_seed in enumerate(by_seed):
        if not any(failure_of(folder) for folder in of_seed):
            return place
    names = " or ".join(map(repr, pair))
    raise BadInput(f"of every seed a run of {names} failed; there is nothing to show")


def draw_whole(models: Models, data: ImageData, title: str) -> Figure:
    """Draw the first test images through all variants."""
    originals = to_pixels(data.test_images[:SHOWN_IMAGES])
    rows = [Row(name, map_batches(model, originals)) for name, model in models.items()]
    return originals_over_reconstructions(originals.cpu(), rows, title, inches=0.95)


def crop_block(models: Models, pair: tuple[str, str], data: ImageData, judges: Judges) -> CropBlock:
    """Return parts of images where the edges of the two runs of the `pair` differ most.

    Among the first test images those are left out that either run turns into another digit:
    sharpness is looked for, not luck. Of the rest the images are taken in which the Laplacians of
    both differ most, and of them the window that differs most.
    """
    labels = data.test_labels[:CANDIDATES].cpu()
    originals = to_pixels(data.test_images[:CANDIDATES])
    outputs = {name: map_batches(model, originals) for name, model in models.items()}
    right = torch.stack(
        [
            classify(judges.reference.classifier, outputs[name].to(originals.device)) == labels
            for name in pair
        ]
    ).all(0)
    one, other = (laplacian(outputs[name].view(-1, 28, 28)) for name in pair)
    difference = (other - one).square()
    most = torch.where(right, difference.mean((1, 2)), 0).topk(min(CROPS, len(right))).indices
    shown = originals.cpu()[most]
    rows = {"original": shown} | {name: of[most] for name, of in outputs.items()}
    return CropBlock(
        rows,
        # The Laplacian begins one pixel within the image.
        [(top + 1, left + 1) for top, left in busiest_window(difference[most], CROP_SIDE)],
        {name: sharpness_ratios(shown, rows[name]).tolist() for name in outputs},
    )


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
        return "The reports' training with dis_net (002's solutions 1: four-step, 2: three-step)"
    return "With and without dis_net"


def differences(variants: dict[str, VariantResult]) -> list[str]:
    """Return dis_net against each of its controls, and L1 alone against each of the reports'
    designs, as Markdown tables with their headings.
    """
    lines = []
    for first, others in ((FOUR, CONTROLS), (PLAIN, REPORTS)):
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
