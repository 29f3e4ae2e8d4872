"""A small study on scikit-learn's digits, finished once and copied for each test that needs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# As many workers as cores, each with one thread; torch reads this when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from helpers import quick_judges

from q2_autoencoder.evaluation.judging import load_judges
from shared import datasets
from shared.files import PROJECT

SMALL = """
results: results/small
data: [digits]
latent_dims: [2]
num_seeds: 1
variants: [L1 alone, "L1 + dis_net, four-step"]
train: {epochs: 3}
"""


def study(file: Path, *options: str, **environment: str) -> subprocess.CompletedProcess:
    """Run a study file with two cores, as a user would."""
    return subprocess.run(
        [sys.executable, PROJECT / "study" / "run.py", file, *options],
        capture_output=True,
        text=True,
        timeout=500,
        env={**os.environ, **environment},
    )


def changed(file: Path, folder: Path, line: str) -> Path:
    """Return a copy of a study file in `folder`, with another entry."""
    key = line.partition(":")[0]
    lines = [one for one in file.read_text().splitlines() if not one.startswith(f"{key}:")]
    (folder / "small.yaml").write_text("\n".join([*lines, line]))
    return folder / "small.yaml"


def jobs_to_run(printed: str) -> dict[str, str]:
    """Return why jobs would run, by kind and name, of what a dry run printed."""
    found = dict(line.split(": ", 1) for line in printed.splitlines() if ": " in line)
    return {job: why for job, why in found.items() if not job[0].isdecimal()}


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """The file of the small study."""
    path = tmp_path_factory.mktemp("study") / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def judges(tmp_path_factory) -> Path:
    """A folder with judges that were trained for a few steps only."""
    folder = tmp_path_factory.mktemp("judges")
    with quick_judges():
        load_judges(folder, "digits", datasets.load("digits", folder), torch.device("cpu"))
    return folder


@pytest.fixture(scope="session")
def finished(small, judges, tmp_path_factory) -> Path:
    """The results of the small study, run without a break."""
    results = tmp_path_factory.mktemp("finished")
    copy(judges, results)
    outcome = study(small, "--results", str(results))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return results


@pytest.fixture
def results(finished, tmp_path) -> Path:
    """A copy of the finished results, to be changed."""
    copy(finished, tmp_path / "results")
    return tmp_path / "results"


def copy(source: Path, target: Path) -> None:
    """Copy a folder of results with the times of its files, by which the engine goes."""
    shutil.copytree(source, target, dirs_exist_ok=True)
