"""claims.md: the ledger for readers."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from publish.claim import VERDICTS, Row, Verdict
from publish.markdown import table

QUESTIONS = {
    "1": "Question 1: gradient descent and Adam at the bump",
    "2(a)": "Question 2(a): autoencoders",
    "2(b)": "Question 2(b): autoencoders with dis_net",
}
REPORTS = ("000", "002")
LONG = 100  # characters; what is longer is broken into a list

INTRODUCTION = """\
# The reports' claims, recomputed

Two student reports on this assignment are published. They are called 000 and 002 here. Each
statement of theirs that can be tested is quoted below, in their own words, and tested: {count} in
all. `python -m publish.ledger` does this and writes this page; the same as data is
[claims.json](claims.json)."""

VERDICTS_IN_WORDS = """\
- **Wrong**: it does not hold, under the criterion named beside it.
- **Typo**: what is printed is not what was meant; the rest of the report goes by the right one.
- **Not reproduced**: it speaks of a design of the report's own which was not trained.
- **Undecided**: a 95 % interval lies on neither side, or a run failed.
- **Confirmed**: it holds.
- **Definition**: it says what the report calls something, or does itself. Nothing that can be
  found would make it wrong, and it is not counted as confirmed.

**How Question 2 is judged.** The reports' own networks are not published, so their statements are
held against this project's runs. A mean over the seeds is above or below a limit, or two means
differ, where the 95 % interval (Student's t; of the differences between runs of equal seeds where
there are pairs) lies on that side. What is said of results in part (b) is decided by the reports'
own designs, trained here: the two losses that report 000 prints, of which it calls the one with the
MSE b, that with the L1 c and the plain one a ([all numbers](report-000.md)); and report 002's
four-step and three-step trainings, solutions 1 and 2 ([all numbers](report-002.md)). All of them
have this project's networks, optimizers and six epochs. This project's own training with dis_net is
another one, and decides nothing here. What each word means is said in
[the criteria](../../docs/criteria.md)."""


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the ledger as a page: counts, what is wrong, and the rest question by question."""
    parts = [INTRODUCTION.format(count=len(rows)), summary(rows), VERDICTS_IN_WORDS]
    listed: list[tuple[Verdict, str]] = [
        ("wrong", "Wrong"),
        ("typo", "Typos"),
        ("not reproduced", "Not reproduced"),
        ("undecided", "Undecided"),
    ]
    for verdict, heading in listed:
        of_verdict = [row for row in rows if row.verdict == verdict]
        if of_verdict:
            parts += [f"## {heading}", *by_question(of_verdict, as_list)]
    for verdict, heading in (("confirmed", "Confirmed"), ("definition", "Definitions")):
        of_verdict = [row for row in rows if row.verdict == verdict]
        if of_verdict:
            parts += [f"## {heading}", *by_question(of_verdict, as_table)]
    return "\n\n".join(parts) + "\n"


def summary(rows: Sequence[Row]) -> str:
    """Return the table of counts, by question and report."""
    kinds = [(question, report) for question in QUESTIONS for report in REPORTS]
    count = Counter((row.question, row.report, row.verdict) for row in rows)
    body = [[*kind, *(count[*kind, verdict] for verdict in VERDICTS)] for kind in kinds]
    total = Counter(row.verdict for row in rows)
    body.append(["all", "both", *(total[verdict] for verdict in VERDICTS)])
    return table(
        ["question", "report", *VERDICTS, "in all"], [[*cells, sum(cells[2:])] for cells in body], 2
    )


def by_question(rows: Sequence[Row], form: Callable[[Sequence[Row]], str]) -> list[str]:
    """Return headings and text of `rows`, question by question, report 000 before 002."""
    parts = []
    for question, heading in QUESTIONS.items():
        of_question = [row for row in rows if row.question == question]
        if of_question:
            of_question.sort(key=lambda row: row.report)
            parts += [f"### {heading}", form(of_question)]
    return parts


def as_list(rows: Sequence[Row]) -> str:
    """Return rows as a list of quotations, each with what was found below it."""
    lines = []
    for row in rows:
        lines.append(f"- {short_place(row)}: “{escaped(row.quotation)}”")
        parts = row.recomputed.split("; ")
        if len(row.recomputed) <= LONG:
            lines.append(f"  - found: {escaped(row.recomputed)}")
        else:
            lines += ["  - found:", *(f"    - {escaped(part)}" for part in parts)]
        if row.criterion:
            lines.append(f"  - criterion: {escaped(row.criterion)}")
        if row.remark:
            lines.append(f"  - remark: {escaped(row.remark)}")
    return "\n".join(lines)


def as_table(rows: Sequence[Row]) -> str:
    """Return rows as a table of quotation, value and criterion."""
    body = []
    for row in rows:
        found = escaped(row.recomputed)
        if len(row.recomputed) > LONG:
            found = found.replace("; ", "<br>")
        criterion = "<br>".join(escaped(text) for text in (row.criterion, row.remark) if text)
        body.append([short_place(row), escaped(row.quotation), found, criterion])
    return table(["report", "statement", "found", "criterion, remark"], body)


def short_place(row: Row) -> str:
    """Return the place without the question, which the heading names."""
    return re.sub(r", Question 2\(.\)$", "", row.place)


def escaped(text: str) -> str:
    """Return `text` with what Markdown would take for markup escaped."""
    return re.sub(r"([*|\\`~]|<(?=[A-Za-z/!?]))", r"\\\1", text).replace("\n", " ")
