"""Compare training with and without dis_net, from runs that train_adversarial.py has finished.

Usage:
    python q2_autoencoder/compare_adversarial.py
    python q2_autoencoder/compare_adversarial.py --latents 2 16 256 --seeds 3

The judges are networks and measures that took part in no training (clarity.py, referee.py).
"""

from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from q2_autoencoder.compare import parse_sizes
from q2_autoencoder.eval import in_parts
from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.detail import laplacian
from q2_autoencoder.evaluation.judging import Judges, check_all, load_judges, over_seeds, run_folder
from q2_autoencoder.evaluation.sharpness import sharpness_ratios
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.discriminator import accuracy_by_width
from q2_autoencoder.plots import figures
from q2_autoencoder.plots.tables import MEASURES, markdown_table, print_table, rows
from q2_autoencoder.train_adversarial import TESTED_WIDTHS
from q2_autoencoder.training import run_folder as runs
from q2_autoencoder.training.variants import FOUR, PLAIN, VARIANTS
from shared import cli, datasets
from shared.device import choose_device
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_json, write_text

PICTURES = 20  # test images shown: the first ones, not chosen ones
CROPS = 6  # test images of which a part is enlarged, each where plain and adversarial differ most


def main() -> None:
    options = parse()
    device = choose_device(options.device)
    seeds = range(options.seed, options.seed + options.seeds)
    folders = {
        latent: {
            name: [run_folder(options.results, options.data, latent, seed, v) for seed in seeds]
            for name, v in VARIANTS.items()
        }
        for latent in options.latents
    }
    for of_size in folders.values():
        check_all({run: VARIANTS[name] for name, of in of_size.items() for run in of})
    data = datasets.load(options.data, options.data_root).to(device)
    shelf = writable_folder(options.results)
    judges = load_judges(shelf, options.data, data, device)
    originals = to_pixels(data.test_images)
    found = {
        "data": options.data,
        "seeds": list(seeds),
        "judges": judges_themselves(judges, originals, data.test_labels),
        "sizes": {
            str(latent): {
                name: over_seeds(of_variant, VARIANTS[name], data, judges)
                for name, of_variant in of_size.items()
            }
            for latent, of_size in folders.items()
        },
    }

    folder = writable_folder(options.results / f"comparison-{options.data}-adversarial")
    seed = first_whole(folders, seeds)
    firsts = {
        latent: {name: runs.load_run(of[seed - options.seed]) for name, of in of_size.items()}
        for latent, of_size in folders.items()
    }
    pictures = {
        "referee.png": figures.accuracy_by_width(
            {"referee": found["judges"]["referee"]},
            f"What the referee tells rightly ({options.data})",
        ),
        "adversarial.png": side_by_side(firsts, originals[:PICTURES].cpu(), options.data, seed),
        "crops.png": enlarged(firsts, originals, data.test_labels, judges, options.data, seed),
    }
    with staged(folder) as stage:
        files = [save_figure(figure, stage / name) for name, figure in pictures.items()]
        files += [stage / "adversarial.md", stage / "adversarial.json"]
        write_text(files[-2], as_markdown(found))
        write_json(files[-1], found)
    report(found)
    print_written(folder, files)


def judges_themselves(judges: Judges, originals: Tensor, labels: Tensor) -> dict[str, Any]:
    """Return how well the judges do on originals, pixels (N, 784) with their `labels` (N,)."""
    right = classifier.read(judges.reader, originals) == labels
    return {
        "classifier_accuracy": right.double().mean().item(),
        "referee": accuracy_by_width(judges.referee, originals, TESTED_WIDTHS),
    }


def first_whole(folders: dict[int, dict[str, list[Path]]], seeds: range) -> int:
    """Return the first of `seeds` of which no training fell apart.

    Raises:
        BadInput: there is none.
    """
    for number, seed in enumerate(seeds):
        of_seed = [of[number] for of_size in folders.values() for of in of_size.values()]
        if not any((folder / runs.FAILURE).exists() for folder in of_seed):
            return seed
    raise BadInput("of every seed some training fell apart; there is nothing to show side by side")


def side_by_side(
    firsts: dict[int, dict[str, runs.Run]], originals: Tensor, data: str, seed: int
) -> Figure:
    """Draw the same digits through all variants and sizes."""
    reconstructed = [
        figures.Row(f"size {latent}\n{name}", in_parts(run.model.cpu(), originals), {}, {})
        for latent, of_size in firsts.items()
        for name, run in of_size.items()
    ]
    title = f"The first {len(originals)} test images of {data} through every variant (seed {seed})"
    return figures.originals_over_reconstructions(originals, reconstructed, title)


def enlarged(
    firsts: dict[int, dict[str, runs.Run]],
    originals: Tensor,
    labels: Tensor,
    judges: Judges,
    data: str,
    seed: int,
) -> Figure:
    """Draw parts of digits, enlarged, where plain and adversarial edges differ most.

    For every size, among the first 1,000 pixels `originals` (N, 784) with their `labels` (N,),
    those are left out that either run turns into another digit: clarity is looked for, not luck.
    Of the rest the `CROPS` pictures are taken in which the Laplacians of the plain and of the
    four-step L1 run differ most, and of them the window that differs most.
    """
    originals, labels = originals[:1000], labels[:1000]
    blocks = {}
    for latent, of_size in firsts.items():
        made = {
            name: in_parts(run.model.to(originals.device), originals)
            for name, run in of_size.items()
        }
        right = torch.stack(
            [classifier.read(judges.reader, made[name].to(originals.device)) == labels
             for name in (PLAIN, FOUR)]
        ).all(0).cpu()  # fmt: skip
        edges = {name: laplacian(made[name].view(-1, 28, 28)) for name in (PLAIN, FOUR)}
        difference = (edges[FOUR] - edges[PLAIN]).square()
        most = torch.where(right, difference.mean((1, 2)), 0).topk(min(CROPS, len(right))).indices
        blocks[latent] = (
            {"original": originals.cpu()[most]} | {name: of[most] for name, of in made.items()},
            # The Laplacian begins one pixel within the picture.
            [(top + 1, left + 1) for top, left in figures.busiest_window(difference[most])],
        )
    return figures.crops(
        blocks, sharpness_ratios,
        f"Enlarged: where the edges of {PLAIN} and {FOUR} differ most ({data}, seed {seed})",
    )  # fmt: skip


def as_markdown(found: dict[str, Any]) -> str:
    """Return all numbers as Markdown tables, one a size, with what each says and does not."""
    judges = found["judges"]
    lines = [
        "# Trained with and without dis_net",
        "",
        f"{found['data']}, test set, {len(found['seeds'])} seeds, mean ± standard deviation. Of "
        f"the originals the classifier reads {judges['classifier_accuracy']:.2%} rightly, and the "
        f"referee scores {judges['referee'][0]['accuracy']:.2%} clear. Made by "
        "`python q2_autoencoder/compare_adversarial.py`.",
    ]
    for latent, of_size in found["sizes"].items():
        lines += ["", f"## {latent} latent dimensions", ""]
        lines += markdown_table(list(of_size), rows(of_size))
    lines += ["", "## What the numbers say, and what they do not", ""]
    lines += [f"- {words}: {meaning}" for words, _, meaning in MEASURES.values() if meaning]
    return "\n".join(lines) + "\n"


def report(found: dict[str, Any]) -> None:
    """Print the comparison, one table a size."""
    for latent, of_size in found["sizes"].items():
        print(f"\nsize {latent}")
        print_table(list(of_size), rows(of_size))


def parse():
    return parse_sizes(cli.Parser(description=__doc__.splitlines()[0]))


if __name__ == "__main__":
    cli.run(main)
