"""What several test files use: scripts run in this process, small data, exact comparison."""

import contextlib
import importlib
import io
import resource
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.evaluation import blur_classifier, classifier, two_sample
from q2_autoencoder.networks import autoencoder
from q2_autoencoder.records import AdversarialMetrics, CurvePoint, Errors, Metrics
from q2_autoencoder.training import checkpointing, file_names, run_folder
from q2_autoencoder.training.snapshots import save_history
from shared import cli, datasets
from shared.files import read_json, write_json
from shared.provenance import environment

TRAIN, ADVERSARIAL, EVAL, COMPARE, COMPARE_ADVERSARIAL, DEMO = (
    f"q2_autoencoder/{name}.py"
    for name in ("train", "train_adversarial", "eval", "compare", "compare_adversarial", "demo")
)
BLIND_SPOTS, BOOTSTRAP, CHOOSE, CLUSTER_ALL, COMPARE_PARTS, RATE_DISTORTION = (
    f"study/steps/{name}.py"
    for name in (
        *("blind_spots", "bootstrap", "choose", "cluster_all", "compare_parts"),
        "rate_distortion",
    )
)
HERE = ("--data", "digits", "--device", "cpu")
FEW_TRAIN, FEW_TEST = 250, 60  # images of `few_digits`
OF_THE_MACHINE = ("seconds", "images_per_second", "resumed")


def run_here(path: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a script in this process as a user would in another: the same `cli.run`, no imports."""
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
    return subprocess.CompletedProcess(path, int(code), said.getvalue(), complained.getvalue())


def run_well(path: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a script as `run_here` does, and check that it ends well."""
    outcome = run_here(path, *arguments)
    assert outcome.returncode == 0, outcome.stderr
    return outcome


def assert_one_line_error(outcome: subprocess.CompletedProcess, *words: str) -> None:
    """Check the contract for bad input: exit status 2, one line on standard error, no more."""
    assert outcome.returncode == 2, outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1, outcome.stderr
    assert outcome.stdout == ""
    for word in words:
        assert word in outcome.stderr


@contextlib.contextmanager
def few_digits() -> Iterator[datasets.ImageData]:
    """Let `--data digits` be a sixth of its images: what is tested does not depend on how many."""
    whole = datasets.load("digits", Path())
    few = datasets.ImageData(
        whole.train_images[:FEW_TRAIN],
        whole.train_labels[:FEW_TRAIN],
        whole.test_images[:FEW_TEST],
        whole.test_labels[:FEW_TEST],
    )
    with mock.patch.object(datasets, "_load_digits", return_value=few):
        yield few


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int, number: int = signal.SIGTERM) -> None:
    """Send this process a signal while it prepares the batch of a `step` of the training."""
    shuffled, count = checkpointing.shuffled_batches, [0]

    def batches(*arguments):
        for pixels in shuffled(*arguments):
            count[0] += 1
            if count[0] == step:
                signal.raise_signal(number)
            yield pixels

    monkeypatch.setattr(checkpointing, "shuffled_batches", batches)


def limited(size: int, function: Callable):
    """Return `function()` while no file of this process can grow beyond `size` bytes.

    The operating system's limit is as real as a full disk: write() fails half-way.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        return function()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def equal(a, b) -> bool:
    """Compare nested dicts, sequences, arrays and tensors by their values, NaN by no one."""
    if isinstance(a, torch.Tensor):
        return type(a) is type(b) and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return type(a) is type(b) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return type(a) is type(b) and a == b


def content(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder but the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def outcome_of(folder: Path) -> tuple[dict, dict, bytes]:
    """Weights, metrics without what two runs of one command may differ in, and snapshots."""
    metrics = asdict(run_folder.load_metrics(folder))
    for key in OF_THE_MACHINE:
        del metrics[key]
    if metrics["adversarial"]:
        del metrics["adversarial"]["seconds"], metrics["adversarial"]["warm_up_seconds"]
    weights = run_folder.load_model(folder / file_names.CHECKPOINT).state_dict()
    return dict(weights), metrics, (folder / "snapshots.npz").read_bytes()


def assert_same_outcome(one: Path, other: Path) -> None:
    """Compare two finished runs bit by bit."""
    (weights, *rest), (others, *others_rest) = outcome_of(one), outcome_of(other)
    assert weights.keys() == others.keys()
    for name, tensor in weights.items():
        assert torch.equal(tensor, others[name]), name
    assert rest == others_rest


@contextlib.contextmanager
def small_autoencoders() -> Iterator[None]:
    """Let autoencoders have few weights: what is tested does not depend on how many."""
    with mock.patch.multiple(autoencoder, CHANNELS=(4, 8), HIDDEN=16, INNER=8):
        yield


@contextlib.contextmanager
def quick_judges(least_steps: int = 20) -> Iterator[None]:
    """Let the networks of the evaluation be trained in few steps."""
    with contextlib.ExitStack() as stack:
        for module in (classifier, blur_classifier, two_sample):
            recipe = replace(module.RECIPE, epochs=1, least_steps=least_steps)
            stack.enter_context(mock.patch.object(module, "RECIPE", recipe))
        yield


def save_run(
    folder: Path, config: TrainingConfig, adversarial: AdversarialMetrics | None = None
) -> Metrics:
    """Leave a run in `folder` as a training does, its weights drawn by the folder's name."""
    folder.mkdir(parents=True)
    with torch.random.fork_rng():
        torch.manual_seed(zlib.crc32(folder.name.encode()))
        model = autoencoder.Autoencoder(config.latent_dim)
        snapshots = [(torch.randn(FEW_TEST, 2), torch.rand(10, 28, 28).mul(255).byte())]
    epochs = config.epochs
    errors = Errors(l1=0.1, mse=0.01, squared_error=7.84)
    metrics = Metrics(
        config=config,
        test=errors,
        pca_test=errors,
        curve=[CurvePoint(1 + epoch, 0.2, 0.1) for epoch in range(epochs)],
        seconds=2.0,
        images_per_second=100,
        resumed=[],
        environment=environment(torch.device("cpu")),
        files={},
        adversarial=adversarial,
    )
    files = [run_folder.save_model(folder, model)]
    if config.latent_dim == 2:
        files.append(save_history(folder, snapshots * (1 + epochs)))
    return run_folder.save_metrics(folder, metrics, files)


def edit(path: Path, **changes) -> None:
    """Change entries of a JSON file, those of nested objects by `outer__inner`; keep it whole."""
    found = read_json(path)
    for key, value in changes.items():
        *outer, last = key.split("__")
        place = found
        for name in outer:
            place = place[name]
        place[last] = value
    write_json(path, found)
