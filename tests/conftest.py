"""Fixtures and helpers that several test files use."""

import contextlib
import importlib
import io
import os
import subprocess
import sys
from unittest import mock

import pytest

from shared import cli, datasets
from shared.errors import BadInput
from shared.files import PROJECT


@pytest.fixture(scope="session")
def mnist() -> datasets.ImageData:
    """Real MNIST through the loader; its absence is a failure in CI, a skip at a desk."""
    try:
        return datasets.load("mnist", datasets.default_root())
    except BadInput as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def digits(tmp_path_factory) -> datasets.ImageData:
    """scikit-learn's digits, for which nothing is fetched."""
    return datasets.load("digits", tmp_path_factory.mktemp("unused"))


@pytest.fixture
def script():
    """Return a function that runs a script of the project as a user would, from its root."""

    def run(path: str, *arguments: str, **kwargs) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, path, *arguments],
            cwd=PROJECT, capture_output=True, text=True, **kwargs,
        )  # fmt: skip

    return run


def run_here(path: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a script as `script` does, but in this process: seconds faster, the same `cli.run`."""
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    said, complained = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", [path, *arguments]),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
        pytest.raises(SystemExit) as exit_,
    ):
        cli.run(module.main)
    code = exit_.value.code or 0
    return subprocess.CompletedProcess(path, code, said.getvalue(), complained.getvalue())


@pytest.fixture
def call():
    """Return `run_here`, which fixtures of wider scope call by its name."""
    return run_here


def assert_one_line_error(outcome: subprocess.CompletedProcess, *words: str) -> None:
    """Check the contract for bad input: exit status 2, one line on standard error, no more."""
    assert outcome.returncode == 2, outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1, outcome.stderr
    assert outcome.stdout == ""
    for word in words:
        assert word in outcome.stderr
