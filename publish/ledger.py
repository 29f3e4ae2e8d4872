"""Judge every checkable statement of the two published reports: the claims ledger.

Usage:
    python -m publish.ledger

All values are recomputed and written to claims.json and claims.md. Those of Question 2 come from
the runs that `make q2a` and `make reports` compared: from comparison.json, report-000.json,
report-002.json and design.json in the same folder.
"""

from pathlib import Path

from shared import cli
from shared.files import RESULTS


def parse() -> Path:
    parser = cli.Parser(__doc__)
    cli.add_results_option(parser, RESULTS / "gallery")
    return parser.parse_args().results


if __name__ == "__main__":
    parse()  # before torch and sympy are imported: --help and a wrong option answer at once

from publish.claim import Ledger, Row
from publish.claims import (
    q1_adam,
    q1_gradient_descent,
    q2a_codes,
    q2a_reconstructions,
    q2b_design,
    q2b_report_000,
    q2b_report_002,
)
from publish.claims.report_designs import Designs
from publish.claims_page import as_markdown
from q2_autoencoder.records import (
    COMPARISON_VERSION,
    VARIANTS_VERSION,
    AdversarialComparison,
    Comparison,
    PartsComparison,
)
from shared.files import (
    print_written,
    read_record,
    staged,
    writable_folder,
    write_record,
    write_text,
)

# The files that Question 2's statements are judged by.
COMPARISONS = ("comparison.json", "report-000.json", "report-002.json", "design.json")


def all_rows(folder: Path) -> list[Row]:
    """Return all rows, recomputed; those of Question 2 from the comparisons in `folder`.

    Raises:
        BadInput: a comparison is missing, damaged or another file, or lacks what is judged.
    """
    plain, of_000, of_002, of_changes = (folder / name for name in COMPARISONS)
    comparison = read_record(plain, Comparison, COMPARISON_VERSION)
    first = read_record(of_000, AdversarialComparison, VARIANTS_VERSION)
    second = read_record(of_002, AdversarialComparison, VARIANTS_VERSION)
    changes = read_record(of_changes, PartsComparison, VARIANTS_VERSION)
    rows = [
        *q1_gradient_descent.claims.judge(),
        *q1_adam.claims.judge(),
        *q2a_reconstructions.claims.judge(comparison),
        *q2a_codes.claims.judge(comparison),
        *q2b_report_000.claims.judge(Designs(first, changes)),
        *q2b_report_002.claims.judge(Designs(second, changes)),
        *q2b_design.claims.judge(),
    ]
    return sorted(rows, key=lambda row: (row.question, row.report))


def main() -> None:
    folder = writable_folder(parse())
    rows = all_rows(folder)
    with staged(folder) as stage:
        files = [stage / "claims.json", stage / "claims.md"]
        write_record(files[0], Ledger(rows))
        write_text(files[1], as_markdown(rows))
    for row in rows:
        print(f"{row.verdict:14} {row.place:28} {row.quotation}")
        print(f"{'':14} {'':28} → {row.recomputed}")
    print_written(folder, files)


if __name__ == "__main__":
    cli.run(main)
