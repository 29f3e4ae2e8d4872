"""Fixtures that several test files use. Plain functions are in helpers.py."""

import os
import subprocess
import sys

# As many workers as cores, each with one thread; torch reads this when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# openTSNE takes as many threads as cores all the same: they must not spin while they wait.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import hypothesis
import matplotlib
import pytest
from helpers import few_digits, run_here, small_autoencoders

import shared.figures  # noqa: F401 (sets the style, which is changed below)
from shared import datasets
from shared.errors import BadInput
from shared.files import PROJECT

hypothesis.settings.register_profile("any machine", deadline=None)  # no test judges a time
hypothesis.settings.load_profile("any machine")
matplotlib.rcParams["savefig.dpi"] = 40  # the tests look at files and axes, not at pixels


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


@pytest.fixture(scope="module")
def few(digits):  # which are loaded before: all of them
    """The images that `--data digits` stands for while a module's tests run: a sixth of them."""
    with few_digits() as data:
        yield data


@pytest.fixture(scope="module")
def small_networks():
    """Autoencoders have few weights while a module's tests run."""
    with small_autoencoders():
        yield


@pytest.fixture
def script():
    """Return a function that runs a script in a process of its own, from the project's root."""

    def run(path: str, *arguments: str, **kwargs) -> subprocess.CompletedProcess:
        command = [sys.executable, path, *arguments]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, **kwargs)

    return run


@pytest.fixture
def call():
    """Return `run_here`."""
    return run_here
