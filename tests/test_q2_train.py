"""train.py as its user runs it: what it writes, what it refuses, what it repeats."""

import os
from typing import get_args

import pytest
import torch
from helpers import HERE, TRAIN, assert_one_line_error, limited, run_well

from q2_autoencoder.config import (
    LOSS_NAMES,
    SCORE_LOSS_NAMES,
    STRATEGY_NAMES,
    Processing,
)
from q2_autoencoder.training import file_names, joining
from q2_autoencoder.training.adversarial import STRATEGIES
from q2_autoencoder.training.losses import LOSSES, SCORE_LOSSES
from q2_autoencoder.training.run_folder import load_metrics, load_model
from shared.files import PROJECT

QUICK = (*HERE, "--latent", "4", "--epochs", "2", "--batch-size", "50")
RUN = "digits-l1-latent4-seed0"

pytestmark = pytest.mark.usefixtures("few")


@pytest.mark.slow
def test_a_run_is_written_whole(script, tmp_path):
    """In a process of its own, from another folder, without PYTHONPATH."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    outcome = script(
        str(PROJECT / TRAIN), *QUICK, "--results", str(tmp_path / "new"), env=environment
    )
    assert outcome.returncode == 0, outcome.stderr
    folder = tmp_path / "new" / RUN
    names = {"checkpoint.pt", "metrics.json", "loss_curve.png", "reconstructions.png"}
    assert {path.name for path in folder.iterdir()} == {".lock", file_names.BEFORE_DIS_NET, *names}
    metrics = load_metrics(folder)
    assert len(metrics.curve) == metrics.epochs == 2
    assert metrics.test.squared_error == pytest.approx(784 * metrics.test.mse)
    assert metrics.curve[-1].test == metrics.test.l1
    weights = load_model(folder / "checkpoint.pt").state_dict()
    assert all(tensor.isfinite().all() for tensor in weights.values())


@pytest.mark.parametrize("options", [("--precision", "fp32"), ("--loss", "mse")])
def test_training_gives_no_warning(tmp_path, options):
    """In this process, where pytest turns warnings into errors."""
    run_well(TRAIN, *QUICK, *options, "--results", str(tmp_path))
    (folder,) = tmp_path.iterdir()
    metrics = load_metrics(folder)
    assert metrics.curve[-1].test == getattr(metrics.test, metrics.config.loss)
    assert metrics.config.precision == "fp32" or "fp32" not in options


@pytest.mark.slow
def test_a_seed_decides_the_outcome(tmp_path):
    found = []
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        run_well(TRAIN, *QUICK, "--seed", seed, "--results", str(tmp_path / name))
        found.append(load_metrics(tmp_path / name / f"digits-l1-latent4-seed{seed}"))
    first, again, other = found
    assert (first.curve, first.test) == (again.curve, again.test)
    assert first.curve != other.curve


def test_old_names_of_options_are_aliases(tmp_path):
    old = ("--lr", "0.001", "--seeds", "1", "--data-root", str(tmp_path))
    new = ("--peak-lr", "0.001", "--num-seeds", "1", "--data-dir", str(tmp_path))
    found = []
    for name, options in (("old", old), ("new", new)):
        run_well(TRAIN, *QUICK, *options, "--results", str(tmp_path / name))
        found.append(load_metrics(tmp_path / name / RUN))
    assert found[0].config == found[1].config
    assert found[0].config.peak_lr == 0.001
    assert found[0].test == found[1].test


def test_every_choice_has_its_function():
    assert set(LOSS_NAMES) == set(LOSSES)
    assert set(STRATEGY_NAMES) == set(STRATEGIES)
    assert set(SCORE_LOSS_NAMES) == set(SCORE_LOSSES)
    assert set(file_names.MEASURES) == set(get_args(Processing))


@pytest.mark.slow
@pytest.mark.usefixtures("mnist")
def test_one_epoch_on_real_mnist_beats_pca_at_16(tmp_path):
    run_well(TRAIN, "--latent", "16", "--epochs", "1", "--results", str(tmp_path))
    metrics = load_metrics(tmp_path / "mnist-l1-latent16-seed0")
    assert metrics.test.l1 < metrics.pca_test.l1
    assert metrics.test.mse < metrics.pca_test.mse
    # Measured once with code that shares nothing with this project's.
    assert metrics.pca_test.l1 == pytest.approx(0.0770, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--latent", "0"], "from 1 to 784"),
        (["--latent", "785"], "from 1 to 784"),
        ([], "--latent"),
        ([*QUICK, "--lr", "-1"], "above 0"),
        ([*QUICK, "--peak-lr", "nan"], "not a number"),
        ([*QUICK, "--epochs", "x"], "whole number"),
        ([*QUICK, "--batch-size", "1"], "from 2"),
        ([*QUICK, "--loss", "l2"], "invalid choice"),
        ([*QUICK, "--data", "cifar"], "invalid choice"),
        ([*QUICK, "--device", "tpu"], "give auto, cpu"),
        ([*QUICK, "--device", "cuda:99"], "CUDA devices"),
        ([*QUICK, "--precision", "fp8"], "invalid choice"),
        ([*QUICK, "--seed", "-1"], "from 0"),
    ],
)
def test_bad_input_is_refused(call, tmp_path, arguments, words):
    outcome = call(TRAIN, *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "train.py: error:", words)
    assert not (tmp_path / "new").exists()


def test_bad_input_ends_the_process_with_status_2(script, tmp_path):
    outcome = script(TRAIN, "--latent", "0", "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "error:")


@pytest.mark.parametrize("batches", [(), ("--batch-size", "2000", "--epochs", "1")])
def test_training_that_diverges_stops_in_one_line(call, tmp_path, batches):
    outcome = call(TRAIN, *QUICK, *batches, "--peak-lr", "1e30", "--results", str(tmp_path))
    assert outcome.returncode == 2
    assert "lower --peak-lr" in outcome.stderr.splitlines()[-1]
    assert {path.name for path in tmp_path.glob("*/*")} <= {".lock", joining.UNDER_WAY}


def test_mnist_that_is_truncated_and_cannot_be_fetched_is_one_line(call, tmp_path, monkeypatch):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"truncated")

    def refuse(*args, **kwargs):
        raise OSError("no network in this test")

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", refuse)
    monkeypatch.setenv("PATH", "")
    folders = ("--data-dir", str(tmp_path), "--results", str(tmp_path / "new"))
    outcome = call(TRAIN, "--latent", "2", *folders)
    assert outcome.returncode == 2
    assert len(outcome.stderr.splitlines()) == 1
    assert "wrong SHA-256" in outcome.stderr
    assert not (tmp_path / "new").exists()


def test_unwritable_results_are_refused(call, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = call(TRAIN, *QUICK, "--results", str(tmp_path / "file" / "x"))
    assert_one_line_error(outcome, "cannot write to the folder")


def test_a_full_disk_leaves_no_half_written_file(call, tmp_path):
    outcome = limited(4096, lambda: call(TRAIN, *QUICK, "--results", str(tmp_path)))
    assert outcome.returncode == 2
    assert len([line for line in outcome.stderr.splitlines() if "error:" in line]) == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".lock"]


def test_float32_is_what_float32_says(few):
    """Products in float32 are torch's own; in bf16 they differ, and little."""
    from q2_autoencoder.networks.autoencoder import Autoencoder
    from q2_autoencoder.networks.batches import to_pixels
    from shared.device import in_precision

    torch.manual_seed(0)
    model, pixels = Autoencoder(4).eval(), to_pixels(few.test_images)
    with torch.no_grad():
        plain = model(pixels)
        full, half = (
            in_precision(model, torch.device("cpu"), name)(pixels) for name in ("fp32", "bf16")
        )
    assert torch.equal(full, plain)
    assert 0 < (half - plain).abs().max() < 0.05
