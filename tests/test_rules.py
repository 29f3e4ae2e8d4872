"""What CONTRIBUTING.md promises of the code and no linter checks."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from q1_bump import records
from q2_autoencoder.config import AdversarialOptions, TrainingConfig
from q2_autoencoder.options import training_parser
from shared.files import PROJECT

LONGEST_FUNCTION = 70  # lines, data tables aside
PACKAGES = ("q1_bump", "q2_autoencoder", "shared", "publish", "study", "benchmarks")


def sources() -> list[Path]:
    found = [path for name in PACKAGES for path in sorted((PROJECT / name).rglob("*.py"))]
    return [path for path in found if "tests" not in path.relative_to(PROJECT).parts]


def test_no_function_is_longer_than_a_screen():
    functions = [
        (path.relative_to(PROJECT), node.name, 1 + (node.end_lineno or 0) - node.lineno)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 300
    assert [found for found in functions if found[2] > LONGEST_FUNCTION] == []


def test_question_2_is_seen_at_a_glance():
    top = [path.name for path in (PROJECT / "q2_autoencoder").iterdir()]
    assert len([name for name in top if name != "__pycache__"]) <= 14


def test_public_functions_say_what_they_do():
    """main and parse may go without, and checks of claims, which say it in their decorators."""
    missing = [
        (path.relative_to(PROJECT), node.name)
        for path in sources()
        if path.parent.name != "claims"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in ("main", "parse")
        and ast.get_docstring(node) is None
    ]
    assert missing == []


def test_the_theory_names_tests_that_exist():
    text = (PROJECT / "q1_bump" / "THEORY.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", text))
    assert len(named) > 20
    sources = {file: (PROJECT / "tests" / file).read_text(encoding="utf-8") for file, _ in named}
    assert [one for one in sorted(named) if f"\ndef {one[1]}(" not in sources[one[0]]] == []
    lemmas = re.findall(r"\*\*Lemma (\d+b?) ", text)
    assert len(lemmas) >= 16
    listed = re.findall(r"^\| ([\d, b]+)", text, re.M)
    assert set(lemmas) == {lemma for row in listed for lemma in re.findall(r"\d+b?", row)}


def test_the_commands_of_question_1_document_every_field_that_they_save():
    text = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    problem = ("alpha", "beta1", "beta2", "epsilon", "distance")  # "the problem", once for all
    rows = {
        "adam_max_h.json": (records.AdamRecord,),
        "optimizers_NAME.json": (records.OptimizersRecord, records.OptimizerRow),
        "sloped_bump.json": (records.SlopedRecord,),
        "fixed_width.json": (records.FixedWidthRecord,),
        "phase_diagram_X_Y.json": (records.MapRecord,),
        "gradient_descent.json": (records.DescentRecord,),
    }
    for file, kinds in rows.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{file}`")]
        said = set(re.findall(r"`(\w+)`", row)) | (set(problem) if "the problem" in row else set())
        names = {field.name for kind in kinds for field in fields(kind)}
        assert names <= said, file


def option_rows(first_words: str) -> dict[str, str]:
    """Return the default that each option has in the table of commands.md that begins so.

    A row with several options has as many defaults.
    """
    text = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for line in text.partition(f"| {first_words}")[2].split("\n\n")[0].splitlines()[2:]:
        options, _, default = (cell.strip() for cell in line.split("|")[1:-1])
        if not default:  # a row above has it
            continue
        flags = re.findall(r"`(--[\w-]+)", options)
        defaults = default.split(", ") if len(flags) > 1 else [default]
        found |= {flag: text.strip("` ") for flag, text in zip(flags, defaults, strict=True)}
    return found


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (TrainingConfig, "option of `train.py`; those marked"),
        (AdversarialOptions, "option of `train_adversarial.py` alone"),
    ],
)
def test_the_options_of_the_trainings_have_their_defaults_in_the_documents(settings, words):
    rows = option_rows("option of `train.py`; those marked") | option_rows(words)
    actions = training_parser(None, settings)._actions
    for action in actions:
        if action.dest == "help":
            continue
        flag, default = action.option_strings[0], action.default
        if default is None:  # required, or said in words
            assert rows[flag] in ("required", "those of an epoch", "the plain run's"), flag
        elif default is False:
            assert rows[flag] == "off", flag
        elif isinstance(default, Path):
            assert PROJECT / rows[flag] == default, flag
        elif isinstance(default, str):
            assert rows[flag] == default, flag
        else:
            assert float(rows[flag]) == default, flag
