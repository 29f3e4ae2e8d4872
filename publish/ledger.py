"""The claims ledger: every checkable statement of the published reports, with a verdict.

Usage:
    python -m publish.ledger

Recomputes all values and writes claims.json and, from it, claims.md. Those of Question 2 come
from the trainings that `make q2a` and `make q2b` compared (comparison.json, adversarial.json and
weight.json in the same folder).
"""

from collections import Counter
from pathlib import Path
from typing import Any

from publish.claim import CONFIRMED, TYPO, UNDECIDED, WRONG, Claim
from publish.claims_q1 import CLAIMS
from publish.claims_q2a import claims_part_a
from publish.claims_q2b import claims_part_b
from q2_autoencoder.training.run_folder import check_entries
from shared import cli
from shared.files import (
    RESULTS,
    print_written,
    read_json,
    staged,
    writable_folder,
    write_json,
    write_text,
)

# The files that Question 2's statements are judged by, and what tells one from another.
COMPARISONS = {
    "comparison.json": {"classifier_accuracy": float, "sizes": dict},
    "adversarial.json": {"judges": dict, "sizes": dict},
    "weight.json": {"latent": int, "variants": dict},
}


def judge(claims: list[Claim], question: str) -> list[dict[str, Any]]:
    """Return the rows of the ledger for `claims`, recomputing every value."""
    rows = []
    for claim in claims:
        recomputed, holds = claim.check()
        verdicts = {True: CONFIRMED, False: claim.otherwise, None: UNDECIDED}
        rows.append(
            {
                "question": question,
                "place": claim.place,
                "printed": claim.printed,
                "recomputed": recomputed,
                "verdict": verdicts[holds],
                "reason": claim.reason,
            }
        )
    return rows


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Return the ledger as a Markdown table under a count of the verdicts."""

    def cell(text: str) -> str:
        return text.replace("|", "\\|").replace("\n", " ")

    count = Counter(row["verdict"] for row in rows)
    lines = [
        "# The reports' claims, recomputed",
        "",
        f"{len(rows)} statements: "
        + ", ".join(
            f"{count[verdict]} {verdict}" for verdict in (CONFIRMED, TYPO, WRONG, UNDECIDED)
        )
        + ". Made by `python -m shared.ledger`.",
        "",
        "Question 2's statements are held against this project's trainings, not the reports' own: "
        "another network and, in part (b), a start from a finished plain training and a distance "
        "of dis_net's features; those on the design against this project's code. Undecided: the "
        "seeds disagree on which of two trainings has more.",
        "",
        "| place | as printed | recomputed | verdict | reason |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        keys = ("place", "printed", "recomputed", "verdict", "reason")
        lines.append("| " + " | ".join(cell(row[key]) for key in keys) + " |")
    return "\n".join(lines) + "\n"


def read_comparison(path: Path) -> dict[str, Any]:
    """Return the content of one of the `COMPARISONS`.

    Raises:
        BadInput: it is missing, damaged, or another file.
    """
    content = read_json(path)
    check_entries(content, COMPARISONS[path.name], path)
    return content


def all_rows(gallery: Path) -> list[dict[str, Any]]:
    """Return the whole ledger, recomputed; Question 2's statements from the files in `gallery`.

    Raises:
        BadInput: `gallery` lacks one of the comparisons, or holds another file in its place.
    """
    comparison, adversarial, weight = (read_comparison(gallery / name) for name in COMPARISONS)
    return (
        judge(CLAIMS, "1")
        + judge(claims_part_a(comparison), "2(a)")
        + judge(claims_part_b(adversarial, weight), "2(b)")
    )


def main() -> None:
    parser = cli.Parser(description=__doc__.splitlines()[0])
    cli.add_results_option(parser, RESULTS / "gallery")
    folder: Path = writable_folder(parser.parse_args().results)
    rows = all_rows(folder)
    with staged(folder) as stage:
        files = [stage / "claims.json", stage / "claims.md"]
        write_json(files[0], {"claims": rows})
        write_text(files[1], as_markdown(rows))
    for row in rows:
        print(f"{row['verdict']:10} {row['place']:28} {row['printed']}")
        print(f"{'':10} {'':28} → {row['recomputed']}")
    print_written(folder, files)


if __name__ == "__main__":
    cli.run(main)
