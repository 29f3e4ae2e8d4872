"""Collect the figures and numbers that the documents show, and write their results tables.

Usage:
    python -m publish.gallery

The curated files are copied from the runs in results/ to results/gallery/. From them the parts of
README.md and docs/results.md between the two marker comments are written.
"""

from shared import cli


def parse() -> None:
    cli.Parser(__doc__).parse_args()


if __name__ == "__main__":
    parse()  # before the records are imported: --help and a wrong option answer at once

import shutil
from pathlib import Path

import msgspec

from publish.results import Height, Results, full_tables, readme_tables
from q2_autoencoder.config import LATENT_DIMS
from q2_autoencoder.records import (
    BLIND_SPOTS_VERSION,
    COMPARISON_VERSION,
    METRICS_VERSION,
    VARIANTS_VERSION,
    AdversarialComparison,
    BlindSpots,
    Comparison,
    Metrics,
)
from q2_autoencoder.training import file_names
from shared.errors import BadInput
from shared.files import PROJECT, RESULTS, read_json, read_record, shown, staged, write_text

GALLERY = RESULTS / "gallery"
README, IN_FULL = PROJECT / "README.md", PROJECT / "docs" / "results.md"
BEGIN, END = "<!-- results: written by make gallery -->", "<!-- end of results -->"

BUMP = RESULTS / "q1_bump"
AUTOENCODER = RESULTS / "q2_autoencoder"
COMPARISON, ADVERSARIAL, REPORT_000, REPORT_002 = (
    AUTOENCODER / file_names.comparison_folder("mnist", name)
    for name in ("l1", "adversarial", "report-000", "report-002")
)
RATE_DISTORTION = AUTOENCODER / file_names.rate_distortion_folder("mnist")
JUDGES = AUTOENCODER / file_names.judges_folder("mnist")
CHOICE = AUTOENCODER / file_names.choice_folder("mnist-validation")
FOUR_STEP = AUTOENCODER / "mnist-l1-four-step-latent16-seed0"
LATENT = {dim: AUTOENCODER / f"mnist-l1-latent{dim}-seed0" for dim in LATENT_DIMS}
ANCHOR = AUTOENCODER / "mnist-mse-latent30-seed0"
# The source folders, each with its files: their name, or their name there and in the gallery.
SOURCES: dict[Path, list[str | tuple[str, str]]] = {
    BUMP: [
        "adam_max_h.png",
        "adam_max_h.json",
        "gradient_descent.png",
        "both_trajectories.png",
        "staircase.png",
        "step_table.png",
        "slopes.png",
        "adam.gif",
        ("optimizers_all.png", "optimizers.png"),
        ("optimizers_all.json", "optimizers.json"),
        ("phase_diagram_lr_beta1.png", "phase_diagram.png"),
        ("phase_diagram_lr_beta1.json", "phase_diagram.json"),
    ],
    COMPARISON: ["curves.png", "reconstructions.png", "confusion.png", "comparison.json"],
    RATE_DISTORTION: ["rate_distortion.png", "rate_distortion.json", "rate_distortion.md"],
    LATENT[2]: [
        "latent_space.png",
        "latent_epochs.png",
        "latent_epochs.gif",
        ("clusters.png", "clusters2.png"),
    ],
    LATENT[16]: [
        ("clusters.png", "clusters16.png"),
        ("samples.png", "samples16.png"),
        "all_clustered.json",
    ],
    LATENT[256]: [("clusters.png", "clusters256.png"), ("samples.png", "samples256.png")],
    ADVERSARIAL: [
        "adversarial.json",
        "adversarial.md",
        "adversarial2.png",
        "crops.png",
        "blur_classifier.png",
        "adversarial_weight.png",
        "adversarial_weight.json",
        "adversarial_weight.md",
        "design.png",
        "design_game.png",
        "design.json",
        "design.md",
    ],
    REPORT_000: [
        ("adversarial.json", "report-000.json"),
        ("adversarial.md", "report-000.md"),
        ("adversarial2.png", "report-000.png"),
        ("crops.png", "report-000-crops.png"),
    ],
    REPORT_002: [
        ("adversarial.json", "report-002.json"),
        ("adversarial.md", "report-002.md"),
        ("adversarial2.png", "report-002.png"),
        ("crops.png", "report-002-crops.png"),
        ("power_spectrum.png", "report-002-spectrum.png"),
        ("game.png", "report-002-game.png"),
    ],
    CHOICE: ["choice.json", "choice.md"],
    JUDGES: ["blind_spots.json", "blind_spots.md"],
    FOUR_STEP: ["adversarial_losses.png", "dis_net.png"],
    ANCHOR: [("metrics.json", "latent30_mse_metrics.json")],
}


def files() -> dict[Path, str]:
    """Return what is copied: each file, and its name in the gallery."""
    pairs = {}
    for folder, names in SOURCES.items():
        for entry in names:
            there, here = (entry, entry) if isinstance(entry, str) else entry
            pairs[folder / there] = here
    return pairs


FILES = files()
# Written there by publish/ledger.py, by `make page` and `make page-picture`, and by benchmarks.
WRITTEN_THERE = {
    *("page.html", "page.png"),
    *("claims.json", "claims.md", "soak.json", "soak_study.json", "study.json"),
    *("time_to_quality.json", "time_to_quality.png"),
}


def read_results(gallery: Path) -> Results:
    """Return the records in `gallery` that the tables are made of.

    Raises:
        BadInput: one is missing, damaged, or another file.
    """
    path = gallery / "adam_max_h.json"
    try:
        height = msgspec.convert(read_json(path), Height)
    except msgspec.ValidationError as error:
        raise BadInput(f"{shown(path)} has no answer to Question 1: {error}") from None
    return Results(
        height,
        read_record(gallery / "comparison.json", Comparison, COMPARISON_VERSION),
        read_record(gallery / "adversarial.json", AdversarialComparison, VARIANTS_VERSION),
        read_record(gallery / "latent30_mse_metrics.json", Metrics, METRICS_VERSION),
        read_record(gallery / "blind_spots.json", BlindSpots, BLIND_SPOTS_VERSION).two_halves,
    )


def with_tables(path: Path, tables: str) -> str:
    """Return the text of the document `path` with `tables` between its markers.

    Raises:
        BadInput: the markers are not there.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise BadInput(f"{shown(path)} has no lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def documents(gallery: Path) -> dict[Path, str]:
    """Return the text of README.md and docs/results.md, their tables made from `gallery`."""
    results = read_results(gallery)
    return {
        README: with_tables(README, readme_tables(results)),
        IN_FULL: with_tables(IN_FULL, full_tables(results)),
    }


def main() -> None:
    parse()
    if missing := [shown(path) for path in FILES if not path.exists()]:
        raise BadInput(f"{', '.join(missing)} missing; `make gallery` makes them first")
    GALLERY.mkdir(parents=True, exist_ok=True)
    with staged(GALLERY) as stage:
        for source, name in FILES.items():
            shutil.copyfile(source, stage / name)
        written = documents(stage)
    for path, text in written.items():
        write_text(path, text)
    print("Written:", *map(shown, [*written, *(GALLERY / n for n in FILES.values())]), sep="\n  ")


if __name__ == "__main__":
    cli.run(main)
