"""Collect the figures and numbers that README shows, and write its results table.


Usage:
    python -m shared.gallery

Copies the curated files from the runs in results/ to results/gallery/ and rewrites the part
of README.md between the two marker comments from them.
"""

import json
import shutil
from pathlib import Path

from shared import cli
from shared.errors import BadInput
from shared.files import PROJECT, RESULTS, atomic_path, shown, write_text

GALLERY = RESULTS / "gallery"
README = PROJECT / "README.md"
BEGIN, END = "<!-- results: written by `make gallery` -->", "<!-- end of results -->"

BUMP = RESULTS / "q1_bump"
AUTOENCODER = RESULTS / "q2_autoencoder" / "mnist-l1-latent256-seed0"
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
    AUTOENCODER / "reconstructions.png": "latent256_reconstructions.png",
    AUTOENCODER / "loss_curve.png": "latent256_loss_curve.png",
    AUTOENCODER / "metrics.json": "latent256_metrics.json",
}
LEDGER = {"claims.json", "claims.md"}  # written there by shared/ledger.py


def results_table(gallery: Path) -> str:
    """Return README's results, made from the JSON files in `gallery`."""
    adam = json.loads((gallery / "adam_max_h.json").read_text())
    run = json.loads((gallery / "latent256_metrics.json").read_text())
    test, pca = run["test"], run["pca_test"]
    return "\n".join(
        [
            "| | result | how |",
            "|---|---|---|",
            f"| greatest bump that Adam climbs | **h = {adam['h_max']:.12f}** = "
            f"{adam['h_max_exact']}, lower ones are passed by step "
            f"{adam['crossing_step']} | proved for all time; closed form, exact arithmetic, "
            f"bisection and `torch.optim.Adam` differ by {adam['disagreement']:.0e} |",
            f"| MNIST, {run['latent']} latent dimensions | **test L1 {test['l1']:.4f}** per "
            f"pixel, MSE {test['mse']:.6f} | {run['epochs']} epochs, {run['seconds']:.0f} s on "
            f"{run['device_name']}, {run['precision']}, seed {run['seed']} |",
            f"| PCA with {run['latent']} components | test L1 {pca['l1']:.4f} per pixel, "
            f"MSE {pca['mse']:.6f} | scikit-learn, clamped to [0, 1] |",
        ]
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
    for source, name in FILES.items():
        with atomic_path(GALLERY / name) as temporary:
            shutil.copyfile(source, temporary)
    write_text(README, with_results(README.read_text(encoding="utf-8"), results_table(GALLERY)))
    print(
        "Written:", shown(README), *(shown(GALLERY / name) for name in FILES.values()), sep="\n  "
    )


if __name__ == "__main__":
    cli.run(main)
