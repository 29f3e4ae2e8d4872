"""Collect the figures and numbers that README shows, and write its results table.

Usage:
    python -m publish.gallery

Copies the curated files from the runs in results/ to results/gallery/ and rewrites the part
of README.md between the two marker comments from them.
"""

import shutil
from pathlib import Path
from typing import Any

from q2_autoencoder.networks.errors import mean_sd_text
from q2_autoencoder.training.variants import FOUR, PLAIN
from shared import cli
from shared.errors import BadInput
from shared.files import PROJECT, RESULTS, read_json, shown, staged, write_text

GALLERY = RESULTS / "gallery"
README = PROJECT / "README.md"
BEGIN, END = "<!-- results: written by `make gallery` -->", "<!-- end of results -->"

BUMP = RESULTS / "q1_bump"
AUTOENCODER = RESULTS / "q2_autoencoder"
COMPARISON = AUTOENCODER / "comparison-mnist-l1"
ADVERSARIAL = AUTOENCODER / "comparison-mnist-adversarial"
AGAINST = AUTOENCODER / "mnist-l1-four-step-latent16-seed0"
LATENT = {size: AUTOENCODER / f"mnist-l1-latent{size}-seed0" for size in (2, 16, 256)}
FILES = {
    BUMP / "adam_max_h.png": "adam_max_h.png",
    BUMP / "adam_max_h.json": "adam_max_h.json",
    BUMP / "gradient_descent.png": "gradient_descent.png",
    BUMP / "both_walks.png": "both_walks.png",
    BUMP / "staircase.png": "staircase.png",
    BUMP / "step_table.png": "step_table.png",
    BUMP / "adam.gif": "adam.gif",
    BUMP / "optimizers_all.png": "optimizers.png",
    BUMP / "optimizers_all.json": "optimizers.json",
    BUMP / "phase_diagram_lr_beta1.png": "phase_diagram.png",
    BUMP / "phase_diagram_lr_beta1.json": "phase_diagram.json",
    COMPARISON / "curves.png": "curves.png",
    COMPARISON / "reconstructions.png": "reconstructions.png",
    COMPARISON / "confusion.png": "confusion.png",
    COMPARISON / "comparison.json": "comparison.json",
    LATENT[2] / "latent_plane.png": "latent_plane.png",
    LATENT[2] / "latent_epochs.png": "latent_epochs.png",
    LATENT[2] / "latent_epochs.gif": "latent_epochs.gif",
    LATENT[16] / "clusters.png": "clusters16.png",
    LATENT[256] / "clusters.png": "clusters256.png",
    ADVERSARIAL / "adversarial.png": "adversarial.png",
    ADVERSARIAL / "adversarial.json": "adversarial.json",
    ADVERSARIAL / "adversarial.md": "adversarial.md",
    ADVERSARIAL / "crops.png": "crops.png",
    ADVERSARIAL / "referee.png": "referee.png",
    ADVERSARIAL / "weight.png": "weight.png",
    ADVERSARIAL / "weight.json": "weight.json",
    ADVERSARIAL / "weight.md": "weight.md",
    AGAINST / "players.png": "players.png",
    AGAINST / "dis_net.png": "dis_net.png",
    AUTOENCODER / "mnist-mse-latent30-seed0" / "metrics.json": "latent30_mse_metrics.json",
}
# Written there by shared/ledger.py and benchmarks/soak.py themselves.
WRITTEN_THERE = {"claims.json", "claims.md", "soak.json"}


def results_table(gallery: Path) -> str:
    """Return README's results, made from the JSON files in `gallery`."""
    adam = read_json(gallery / "adam_max_h.json")
    comparison = read_json(gallery / "comparison.json")
    adversarial = read_json(gallery / "adversarial.json")
    anchor = read_json(gallery / "latent30_mse_metrics.json")
    return "\n".join(
        [
            "| | result | how |",
            "|---|---|---|",
            f"| greatest bump that Adam climbs | **h = {adam['h_max']:.12f}** = "
            f"{adam['h_max_exact']}, lower ones are passed by step "
            f"{adam['crossing_step']} | proved for all time; closed form, exact arithmetic, "
            f"bisection and `torch.optim.Adam` differ by {adam['disagreement']:.0e} |",
            *(size_row(size, found) for size, found in comparison["sizes"].items()),
            *(adversarial_row(size, found) for size, found in adversarial["sizes"].items()),
            f"| MNIST, {anchor['latent']} latent dimensions, trained on the squared error | "
            f"**{anchor['test']['squared_error']:.2f}** per image, where Hinton and Salakhutdinov "
            f"(2006) report 3.00 | {anchor['epochs']} epochs, {anchor['seconds']:.0f} s, seed "
            f"{anchor['seed']} |",
        ]
    )


def size_row(latent: str, found: dict[str, Any]) -> str:
    """Return README's row on one latent size from what compare.py found."""
    clustering = found["clustering"]
    l1 = mean_sd_text(found["test"]["l1"], ".5f")
    digits = mean_sd_text(found["digit_accuracy"], ".2%")
    in_codes, in_plane = (
        mean_sd_text(clustering[points]["accuracy"], ".3f")
        for points in ("k-means on codes", "Gaussian mixture on the t-SNE plane")
    )
    return (
        f"| MNIST, {latent} latent dimensions | **test L1 {l1}** per pixel (PCA: "
        f"{found['pca_test']['l1']:.5f}); {digits} of the reconstructions are read as their digit; "
        f"share of digits that clusters find: k-means in the codes {in_codes}, Gaussians in the "
        f"t-SNE plane {in_plane} | {len(found['seconds']['values'])} seeds, {found['epochs']} "
        f"epochs, {found['seconds']['mean']:.0f} s each on {found['device_name']}, "
        f"{found['precision']} |"
    )


def adversarial_row(latent: str, found: dict[str, Any]) -> str:
    """Return README's row on one size with and without dis_net, from compare_adversarial.py."""
    plain, against = found[PLAIN], found[FOUR]

    def change(key: str, form: str) -> str:
        return f"{mean_sd_text(plain[key], form)} → {mean_sd_text(against[key], form)}"

    fell_apart = sum(len(of_variant["failures"]) for of_variant in found.values())
    trained = fell_apart + sum(len(of_variant.get("seeds", [])) for of_variant in found.values())
    return (
        f"| the same with `dis_net`, {latent} | **sharpness ratio "
        f"{change('sharpness_ratio', '.3f')}**, scored clear by a referee "
        f"{change('clear_share', '.2%')}, Fréchet distance {change('frechet_distance', '.4f')}, "
        f"test L1 {change('l1', '.6f')} | plain → four-step, {against['epochs']} epochs both, "
        f"{len(against['l1']['values'])} seeds, {against['seconds']['mean']:.0f} s each in all, "
        f"{fell_apart} of the {trained} trainings of this size fell apart |"
    )


def with_results(readme: str, table: str) -> str:
    """Return `readme` with the part between the markers replaced by `table`.

    Raises:
        BadInput: the markers are not there.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise BadInput(f"README.md has no lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main() -> None:
    cli.Parser(description=__doc__.splitlines()[0]).parse_args()
    if missing := [shown(path) for path in FILES if not path.exists()]:
        raise BadInput(f"{', '.join(missing)} missing; `make gallery` makes them first")
    GALLERY.mkdir(parents=True, exist_ok=True)
    with staged(GALLERY) as stage:
        for source, name in FILES.items():
            shutil.copyfile(source, stage / name)
        readme = with_results(README.read_text(encoding="utf-8"), results_table(stage))
    write_text(README, readme)
    print(
        "Written:", shown(README), *(shown(GALLERY / name) for name in FILES.values()), sep="\n  "
    )


if __name__ == "__main__":
    cli.run(main)
