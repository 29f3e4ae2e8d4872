"""What each part of the adversarial loss costs and buys: the score, the features, steps apart.

Usage:
    python q2_autoencoder/adversary_weight.py --latent 16 --seeds 3

Reads runs that train_adversarial.py has finished (`make q2b` makes them) and draws sharpness and
Fréchet distance against L1.
"""

from typing import Any

from matplotlib.figure import Figure

from q2_autoencoder.compare import add_runs_options
from q2_autoencoder.evaluation.judging import check_all, load_judges, over_seeds, run_folder
from q2_autoencoder.networks.autoencoder import PIXELS
from q2_autoencoder.plots import figures
from q2_autoencoder.plots.tables import markdown_table, print_table, rows, turned
from q2_autoencoder.training.variants import ABLATION, SWEEP
from shared import cli, datasets
from shared.device import choose_device
from shared.figures import save_figure
from shared.files import print_written, staged, writable_folder, write_json, write_text


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
    picture = drawn(found["variants"], options.latent, seeds, options.data)
    with staged(folder) as stage:
        files = [save_figure(picture, stage / "weight.png"), stage / "weight.md"]
        files.append(stage / "weight.json")
        write_text(files[1], as_markdown(found))
        write_json(files[-1], found)
    print_table(*turned(list(ABLATION), rows(found["variants"])))
    print_written(folder, files)


def drawn(variants: dict[str, Any], latent: int, seeds: range, data: str) -> Figure:
    """Draw what `over_seeds` returned for each of the variants of the ablation."""

    def label(words: str, name: str) -> str:
        fallen = len(variants[name]["failures"])
        return f"{words} ({fallen} of {len(seeds)} fell apart)" if fallen else words

    weights = {name: v.weights(latent)[0] for name, v in SWEEP.items() if "l1" in variants[name]}
    in_order = sorted(weights, key=weights.get)
    return figures.against_l1(
        [(label(f"{weights[name]:g}", name), variants[name]) for name in in_order],
        {label(name, name): variants[name] for name in ABLATION if name not in weights},
        f"The weight of dis_net's score ({data}, size {latent}, {len(seeds)} seeds)",
    )


def as_markdown(found: dict[str, Any]) -> str:
    """Return all numbers as a Markdown table."""
    variants = found["variants"]
    lines = [
        "# What each part of the adversarial loss is worth",
        "",
        f"{found['data']}, {found['latent']} latent dimensions, test set, {len(found['seeds'])} "
        "seeds, mean ± standard deviation. Those with the last two steps apart update the "
        "autoencoder twice a batch. Made by `python q2_autoencoder/adversary_weight.py`.",
        "",
        *markdown_table(*turned(list(variants), rows(variants))),
    ]
    return "\n".join(lines) + "\n"


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--latent", type=cli.whole_number(1, PIXELS), default=16, help="size of the code"
    )
    add_runs_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
