"""Which code a script's outcome depends on, as one digest.

The digest is of the script and of every module of the project that it imports, directly or not.
Comments, docstrings and layout do not count.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import grimp

from shared.files import PROJECT

PACKAGES = ("q1_bump", "q2_autoencoder", "shared", "publish", "study")


@cache
def _imports() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


@cache
def digest(script: str, without: tuple[str, ...] = ()) -> str:
    """Return the digest of the code behind `script`, a path within the project.

    Modules whose names begin with one of `without` are left out: what they do, such as drawing,
    does not change the numbers.
    """
    whole = hashlib.sha256()
    for name in modules(script, without):
        whole.update(f"{name} {_digest_of(_file_of(name))}\n".encode())
    return whole.hexdigest()[:16]


def modules(script: str, without: Iterable[str] = ()) -> list[str]:
    """Return the modules that `digest` is of, in order."""
    module = script.removesuffix(".py").replace("/", ".")
    found = {module, *_imports().find_upstream_modules(module)}
    return sorted(name for name in found if not name.startswith(tuple(without)))


def _file_of(module: str) -> Path:
    path = PROJECT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _digest_of(path: Path) -> str:
    """Return the digest of what a Python file does."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            assert isinstance(body, list)
            if ast.get_docstring(node, clean=False) is not None:
                del body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
