"""Compare training with and without dis_net, from runs that train_adversarial.py has finished.

Usage:
    python q2_autoencoder/compare_adversarial.py
    python q2_autoencoder/compare_adversarial.py --latents 2 16 256 --seeds 3

The judges are networks and measures that took part in no training (clarity.py, referee.py).
"""

from pathlib import Path
from typing import Any

from torch import Tensor

from q2_autoencoder import classifier, figures, runs
from q2_autoencoder.adversarial import Variant, variant
from q2_autoencoder.data import to_pixels
from q2_autoencoder.discriminator import accuracy_by_width
from q2_autoencoder.eval import in_parts
from q2_autoencoder.evaluation import mean_sd_text
from q2_autoencoder.judging import Judges, load_judges, over_seeds, run_folder
from q2_autoencoder.model import PIXELS
from q2_autoencoder.train_adversarial import TESTED_WIDTHS
from shared import cli, datasets
from shared.device import choose_device
from shared.figures import save_figure
from shared.files import shown, writable_folder, write_json

# Report 000's three losses; report 002's two strategies with the L1. "none" is the plain L1
# at the same number of updates.
VARIANTS: dict[str, Variant] = {
    "L1 alone": variant("l1", "none"),
    "MSE + dis_net": variant("mse", "four-step"),
    "L1 + dis_net, four-step": variant("l1", "four-step"),
    "L1 + dis_net, three-step": variant("l1", "three-step"),
}
PICTURES = 20  # test images shown: the first ones, not chosen ones
CROPS = 6  # test images of which a part is enlarged, each where plain and adversarial differ most
MEASURES = {
    "sharpness_ratio": ("sharpness ratio", ".3f"),
    "equivalent_blur": ("blur that makes originals as soft, pixels", ".3f"),
    "clear_share": ("scored clear by the referee", ".4f"),
    "digit_accuracy": ("read as the original's digit", ".4f"),
    "frechet_distance": ("Fréchet distance", ".4f"),
    "ssim": ("SSIM", ".4f"),
    "l1": ("L1 per pixel", ".5f"),
    "mse": ("MSE per pixel", ".6f"),
    "seconds": ("seconds of training", ".0f"),
}


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
        for of_variant in of_size.values():
            for run in of_variant:
                runs.check_finished(run)
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
                name: over_seeds(of_variant, data, judges) for name, of_variant in of_size.items()
            }
            for latent, of_size in folders.items()
        },
    }

    folder = writable_folder(options.results / f"comparison-{options.data}-adversarial")
    firsts = {
        latent: {name: first_whole(of_variant) for name, of_variant in of_size.items()}
        for latent, of_size in folders.items()
    }
    pictures = {
        "referee.png": figures.accuracy_by_width(
            {"referee": found["judges"]["referee"]},
            f"What the referee tells rightly ({options.data})",
        ),
        "adversarial.png": side_by_side(firsts, originals[:PICTURES].cpu(), options.data),
        "crops.png": enlarged(firsts, originals.cpu(), options.data),
    }
    files = [
        save_figure(figure, folder / name, few_colours=True) for name, figure in pictures.items()
    ]
    write_json(folder / "adversarial.json", found)
    report(found, [*files, folder / "adversarial.json"])


def judges_themselves(judges: Judges, originals: Tensor, labels: Tensor) -> dict[str, Any]:
    """Return how well the judges do on originals, pixels (N, 784) with their `labels` (N,)."""
    right = classifier.read(judges.reader, originals) == labels
    return {
        "classifier_accuracy": right.double().mean().item(),
        "referee": accuracy_by_width(judges.referee, originals, TESTED_WIDTHS),
    }


def first_whole(folders: list[Path]) -> runs.Run:
    """Return the first seed's run that did not fall apart."""
    return runs.load_run(next(f for f in folders if not (f / runs.FAILURE).exists()))


def side_by_side(firsts: dict[int, dict[str, runs.Run]], originals: Tensor, data: str):
    """Draw the same digits through all variants and sizes."""
    rows = [
        figures.Row(f"size {latent}\n{name}", in_parts(run.model.cpu(), originals), {}, {})
        for latent, of_size in firsts.items()
        for name, run in of_size.items()
    ]
    title = f"The first {len(originals)} test images of {data} through every variant and size"
    return figures.originals_over_reconstructions(originals, rows, title)


def enlarged(firsts: dict[int, dict[str, runs.Run]], originals: Tensor, data: str):
    """Draw parts of digits, enlarged, where plain and adversarial reconstructions differ most.

    For every size the `CROPS` pictures among the first 1,000 are taken in which the plain run
    and the first adversarial L1 run differ most, and of them the window that differs most.
    """
    originals = originals[:1000]
    blocks = {}
    for latent, of_size in firsts.items():
        made = {name: in_parts(run.model.cpu(), originals) for name, run in of_size.items()}
        difference = (made["L1 alone"] - made["L1 + dis_net, four-step"]).abs()
        worst = difference.mean(1).topk(min(CROPS, len(originals))).indices
        blocks[latent] = (
            {"original": originals[worst]} | {name: part[worst] for name, part in made.items()},
            figures.busiest_window(difference[worst]),
        )
    return figures.crops(blocks, f"Enlarged: where plain and adversarial differ most ({data})")


def report(found: dict[str, Any], files: list[Path]) -> None:
    """Print the comparison, one table a size, and the files written."""
    judges = found["judges"]
    print(
        f"{found['data']}, test set, seeds {found['seeds']}; of the originals the classifier reads "
        f"{judges['classifier_accuracy']:.2%} rightly and the referee scores "
        f"{judges['referee'][0]['accuracy']:.2%} clear"
    )
    for latent, of_size in found["sizes"].items():
        print(f"\nsize {latent:38}" + "".join(f"{name:>26}" for name in of_size))
        for key, (words, form) in MEASURES.items():
            cells = (mean_sd_text(of_variant[key], form) for of_variant in of_size.values())
            print(f"{words:43}" + "".join(f"{cell:>26}" for cell in cells))
        fallen = (f"{len(of_variant['failures'])}" for of_variant in of_size.values())
        print(f"{'seeds that fell apart':43}" + "".join(f"{count:>26}" for count in fallen))
    print("\nWritten:", *(shown(file) for file in files), sep="\n  ")


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--latents", type=cli.whole_number(1, PIXELS), nargs="+", default=[2, 16, 256])
    add("--data", choices=datasets.DATASETS, default="mnist", help="data set of the runs")
    add("--seed", type=cli.whole_number(0, 2**31 - 1), default=0)
    add("--seeds", type=cli.whole_number(1, 100), default=1, help="runs a variant, from --seed on")
    add("--data-root", type=Path, default=datasets.default_root(), help="where data sets lie")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    cli.add_results_option(parser, runs.FOLDER)
    options = parser.parse_args()
    options.latents = sorted(set(options.latents))
    if len(options.latents) > len(figures.SIZES):
        parser.error(f"--latents takes at most {len(figures.SIZES)} sizes")
    return options


if __name__ == "__main__":
    cli.run(main)
