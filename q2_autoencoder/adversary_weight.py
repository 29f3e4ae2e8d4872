"""What the adversarial loss costs and buys: its weight, its feature distance, steps 3 and 4 apart.

Usage:
    python q2_autoencoder/adversary_weight.py --latent 16 --seeds 3

Reads runs that train_adversarial.py has finished (`make q2b` makes them) and draws sharpness and
Fréchet distance against L1.
"""

from typing import Any

from q2_autoencoder import figures
from q2_autoencoder.compare import add_runs_options
from q2_autoencoder.evaluation import mean_sd_text
from q2_autoencoder.judging import check_all, load_judges, over_seeds, run_folder
from q2_autoencoder.model import PIXELS
from q2_autoencoder.variants import ABLATION, SWEEP
from shared import cli, datasets
from shared.device import choose_device
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_json


def main() -> None:
    options = parse()
    device = choose_device(options.device)
    seeds = range(options.seed, options.seed + options.seeds)
    folders = {
        name: [run_folder(options.results, options.data, options.latent, s, v) for s in seeds]
        for name, v in ABLATION.items()
    }
    check_all({run: ABLATION[name] for name, of in folders.items() for run in of})
    data = datasets.load(options.data, options.data_root).to(device)
    judges = load_judges(writable_folder(options.results), options.data, data, device)
    found = {
        "data": options.data,
        "latent": options.latent,
        "seeds": list(seeds),
        "variants": {
            name: over_seeds(of_variant, ABLATION[name], data, judges)
            for name, of_variant in folders.items()
        },
    }
    folder = writable_folder(options.results / f"comparison-{options.data}-adversarial")
    picture = figures.against_l1(
        {name: numbers for name, numbers in found["variants"].items() if "l1" in numbers}, SWEEP,
        f"The weight of the adversarial loss ({options.data}, size {options.latent}, "
        f"seed {', '.join(map(str, seeds))})",
    )  # fmt: skip
    with staged(folder) as stage:
        files = [save_figure(picture, stage / "weight.png"), stage / "weight.json"]
        write_json(files[-1], found)
    report(found["variants"])
    print_written(folder, files)


def report(variants: dict[str, Any]) -> None:
    """Print the table."""
    columns = {
        "sharpness_ratio": ("sharpness", ".3f"),
        "frechet_distance": ("Fréchet", ".4f"),
        "l1": ("L1", ".5f"),
        "clear_share": ("clear", ".4f"),
        "digit_accuracy": ("digits", ".4f"),
    }
    heads = [*(words for words, _ in columns.values()), "updates a batch", "fell apart"]
    print(f"{'':42}" + "".join(f"{head:>20}" for head in heads))
    for name, numbers in variants.items():
        cells = [
            mean_sd_text(numbers[key], form) if key in numbers else "—"
            for key, (_, form) in columns.items()
        ]
        cells += [str(numbers.get("updates_a_batch", "—")), str(len(numbers["failures"]))]
        print(f"{name:42}" + "".join(f"{cell:>20}" for cell in cells))


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--latent", type=cli.whole_number(1, PIXELS), default=16, help="size of the code"
    )
    add_runs_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
