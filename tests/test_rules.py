"""What CONTRIBUTING.md promises of the code and no linter checks."""

import ast
from pathlib import Path

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
