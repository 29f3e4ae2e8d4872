"""Write what the interactive page shows: page/data.json, from finished runs and the gallery.

Usage:
    python -m publish.page_data

`make page` builds the page of it. Reads the first seed's runs of 2 and 16 latent dimensions, the
runs of the comparison with dis_net, and the records of the gallery.
"""

from pathlib import Path

from shared import cli
from shared.files import RESULTS


def parse() -> Path:
    parser = cli.Parser(__doc__)
    cli.add_results_option(parser, RESULTS / "q2_autoencoder")
    return parser.parse_args().results


if __name__ == "__main__":
    parse()  # before torch and sympy are imported: --help and a wrong option answer at once

import json
from dataclasses import asdict, dataclass

import torch

from publish.claim import LEDGER_VERSION, VERDICTS, Ledger, Row
from publish.interactive.examples import EXAMPLES, Example
from publish.interactive.latent import LatentSpaces, latent_spaces
from publish.interactive.proved import Proved, all_proved
from publish.interactive.side_by_side import SideBySide, side_by_side
from q2_autoencoder.evaluation.judging import load_judges
from q2_autoencoder.records import VARIANTS_VERSION, AdversarialComparison
from q2_autoencoder.training.run_folder import load_run
from shared import datasets
from shared.files import PROJECT, print_written, read_record, writable_folder, write_text

DATA = "mnist"
GALLERY = RESULTS / "gallery"
WRITTEN = PROJECT / "page" / "data.json"


@dataclass(frozen=True)
class PageData:
    """page/data.json.

    Attributes:
        proved: parameter sets with a certificate, the assignment's first.
        latent: the latent spaces.
        side_by_side: with and without dis_net.
        claims: the ledger.
        verdicts: all that there are.
        examples: what a statement's button opens, by its quotation.
    """

    proved: list[Proved]
    latent: LatentSpaces
    side_by_side: SideBySide
    claims: list[Row]
    verdicts: list[str]
    examples: dict[str, Example]


def page_data(runs: Path) -> PageData:
    """Return what the page shows of the runs in the folder `runs` and of the gallery.

    Raises:
        BadInput: a run or a record is missing or damaged.
    """
    data = datasets.load(DATA, datasets.default_root())
    flat, deep = (load_run(runs / f"{DATA}-l1-latent{dim}-seed0") for dim in (2, 16))
    comparison = read_record(GALLERY / "adversarial.json", AdversarialComparison, VARIANTS_VERSION)
    judges = load_judges(runs, DATA, data, torch.device("cpu"))
    return PageData(
        proved=all_proved(),
        latent=latent_spaces(flat, deep, data),
        side_by_side=side_by_side(runs, comparison, judges),
        claims=read_record(GALLERY / "claims.json", Ledger, LEDGER_VERSION).claims,
        verdicts=list(VERDICTS),
        examples=dict(EXAMPLES),
    )


def main() -> None:
    runs = parse()
    writable_folder(WRITTEN.parent)
    text = json.dumps(asdict(page_data(runs)), allow_nan=False, ensure_ascii=False)
    write_text(WRITTEN, text + "\n")
    print_written(WRITTEN.parent, [WRITTEN])


if __name__ == "__main__":
    cli.run(main)
