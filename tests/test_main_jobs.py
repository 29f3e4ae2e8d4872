"""Both main jobs as their user runs them: as scripts, in a process of their own."""

import json
import os
import resource
from fractions import Fraction

import pytest
import torch
from conftest import assert_one_line_error
from q1_reference import fraction_walk

from q1_bump.problem import Problem
from shared.files import PROJECT, read_json

ADAM, TRAIN = "q1_bump/adam_max_h.py", "q2_autoencoder/train.py"
QUICK = ("--data", "digits", "--latent", "4", "--epochs", "2", "--device", "cpu")


def test_adam_max_h_prints_and_saves(script, tmp_path):
    outcome = script(ADAM, "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    for words in ("Closed forms", "just under the maximum", "bisection", "torch adam", "0.411"):
        assert words in outcome.stdout
    names = {".lock", "adam_max_h.json", "adam_max_h.png", "formulas.tex"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_adam_max_h_json_is_exact(script, tmp_path):
    outcome = script(ADAM, "--json", "--lr", "3/10", "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    answer = json.loads(outcome.stdout)
    expected = max(fraction_walk(Problem(), 1000)) - 1
    assert Fraction(answer["h_max_exact"]) == expected
    assert answer["h_max"] == float(expected)
    low, high = (Fraction(bound) for bound in answer["enclosure"])
    assert low <= expected <= high
    assert high - low <= Fraction(1, 10**12)
    for method in ("closed_form", "exact", "bisection", "torch_adam"):
        assert answer[method] == pytest.approx(float(expected), abs=1e-12)
    assert answer["certified"] is True
    assert answer["crossing_step"] == answer["attained_at_step"] == 6
    assert [answer[key] for key in ("alpha", "beta1", "beta2", "epsilon", "distance")] == [
        0.3, 0.9, 0.999, 0.0, 1.0,
    ]  # fmt: skip
    assert read_json(tmp_path / "adam_max_h.json") == answer


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--beta1", "1"], "[0, 1)"),
        (["--beta2", "1.5"], "[0, 1)"),
        (["--beta2", "0.99999999999999999999"], "double precision"),
        (["two\nlines"], "unrecognized arguments: two lines"),
        (["--optimizer", "adamax", "--beta2", "0", "--lr", "1/4"], "divides by zero"),
        (["--lr", "0"], "above 0"),
        (["--lr", "-1"], "above 0"),
        (["--lr", "1e-9"], "budget"),
        (["--lr", "fast"], "not a number"),
        (["--eps", "-1e-8"], "at least 0"),
        (["--distance", "0"], "above 0"),
        (["--distance"], "expected one argument"),
        (["--beta"], "unrecognized"),
        (["--lr", "0.25", "--beta2", "0"], "divide by zero"),
    ],
)
def test_adam_max_h_refuses_bad_input(call, tmp_path, arguments, words):
    outcome = call(ADAM, *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "adam_max_h.py: error:", words)
    assert not list(tmp_path.glob("new/*"))


@pytest.mark.parametrize("job", [(ADAM, "--beta1", "1"), (TRAIN, "--latent", "0")])
def test_bad_input_ends_the_process_with_status_2(script, tmp_path, job):
    assert_one_line_error(script(*job, "--results", str(tmp_path / "new")), "error:")


def test_adam_max_h_prints_a_long_fraction_as_its_length(call, tmp_path):
    outcome = call(ADAM, "--lr", "0.021", "--beta1", "0.987", "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    assert "a fraction of" in outcome.stdout


def test_truncated_mnist_without_a_source_is_one_line(call, tmp_path, monkeypatch):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"truncated")

    def refuse(*args, **kwargs):
        raise OSError("no network in this test")

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", refuse)
    monkeypatch.setenv("PATH", "")
    outcome = call(
        TRAIN, "--latent", "2", "--data-root", str(tmp_path), "--results", str(tmp_path / "new")
    )
    assert outcome.returncode == 2
    assert len(outcome.stderr.splitlines()) == 1
    assert "wrong SHA-256" in outcome.stderr
    assert not (tmp_path / "new").exists()


def test_adam_max_h_without_a_certificate_says_so(call, tmp_path):
    outcome = call(
        ADAM, "--lr", "1/50", "--beta1", "1/100", "--distance", "1/2", "--json",
        "--results", str(tmp_path),
    )  # fmt: skip
    answer = json.loads(outcome.stdout)
    assert outcome.returncode == 1
    assert (answer["certified"], answer["h_max"], answer["enclosure"]) == (False, None, None)
    assert "not certified" in outcome.stderr


def test_train_writes_a_whole_run(script, tmp_path):
    outcome = script(TRAIN, *QUICK, "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    (folder,) = tmp_path.iterdir()
    names = {".lock", "checkpoint.pt", "metrics.json", "loss_curve.png", "reconstructions.png"}
    assert {path.name for path in folder.iterdir()} == names
    metrics = json.loads((folder / "metrics.json").read_text())
    assert len(metrics["curve"]) == metrics["epochs"] == 2
    assert metrics["test"]["squared_error"] == pytest.approx(784 * metrics["test"]["mse"])
    assert metrics["curve"][-1]["test"] == metrics["test"]["l1"]
    for key in ("pca_test", "seconds", "images_per_second", "device", "precision", "seed"):
        assert key in metrics
    weights = torch.load(folder / "checkpoint.pt", weights_only=True)["weights"]
    assert all(tensor.isfinite().all() for tensor in weights.values())


@pytest.mark.parametrize("options", [("--precision", "fp32"), ("--loss", "mse")])
def test_train_gives_no_warning(call, tmp_path, options):
    """In this process, where pytest turns warnings into errors."""
    outcome = call(TRAIN, *QUICK, *options, "--results", str(tmp_path))
    assert outcome.returncode == 0
    metrics = json.loads(next(tmp_path.glob("*/metrics.json")).read_text())
    assert metrics["curve"][-1]["test"] == metrics["test"][metrics["loss"]]
    assert metrics["precision"] == "fp32" or "fp32" not in options


def test_train_repeats_with_its_seed(call, tmp_path):
    results = []
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        outcome = call(TRAIN, *QUICK, "--seed", seed, "--results", str(tmp_path / name))
        assert outcome.returncode == 0, outcome.stderr
        (path,) = (tmp_path / name).glob("*/metrics.json")
        results.append(json.loads(path.read_text()))
    first, again, other = results
    assert first["curve"] == again["curve"]
    assert first["test"] == again["test"]
    assert first["curve"] != other["curve"]


@pytest.mark.usefixtures("mnist")
def test_train_on_real_mnist_beats_pca_at_16_after_one_epoch(script, tmp_path):
    outcome = script(TRAIN, "--latent", "16", "--epochs", "1", "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    (path,) = tmp_path.glob("*/metrics.json")
    metrics = json.loads(path.read_text())
    assert metrics["data"] == "mnist"
    assert metrics["test"]["l1"] < metrics["pca_test"]["l1"]
    assert metrics["test"]["mse"] < metrics["pca_test"]["mse"]
    # The level that the author measured, with code of their own.
    assert metrics["pca_test"]["l1"] == pytest.approx(0.0770, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--latent", "0"], "from 1 to 784"),
        (["--latent", "785"], "from 1 to 784"),
        ([], "--latent"),
        ([*QUICK, "--lr", "-1"], "above 0"),
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
def test_train_refuses_bad_input(call, tmp_path, arguments, words):
    outcome = call(TRAIN, *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "train.py: error:", words)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("batches", [(), ("--batch-size", "2000", "--epochs", "1")])
def test_training_that_diverges_stops_in_one_line(call, tmp_path, batches):
    arguments = (*QUICK, *batches, "--lr", "1e30")
    outcome = call(TRAIN, *arguments, "--results", str(tmp_path))
    assert outcome.returncode == 2
    assert "lower --lr" in outcome.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.glob("*/*")] == [".lock"]


def test_gradient_descent_script(call, tmp_path):
    outcome = call("q1_bump/gradient_descent.py", "--json", "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    answer = json.loads(outcome.stdout)
    assert answer["fate"] == "switches"
    assert answer["points"] == ["9/10", "6/5"]
    assert answer["heights_above_minimum"] == ["1/10", "1/5"]
    assert answer["crosses_below_height"] == "1/5"
    assert (tmp_path / "gradient_descent.png").exists()
    text = call("q1_bump/gradient_descent.py", "--lr", "0.9", "--results", str(tmp_path))
    assert "It crosses at step 2" in text.stdout
    bad = call("q1_bump/gradient_descent.py", "--height", "0", "--results", str(tmp_path))
    assert_one_line_error(bad, "--height must be above 0")
    slow = call("q1_bump/gradient_descent.py", "--lr", "1e-9", "--results", str(tmp_path))
    assert_one_line_error(slow, "10000 steps")


@pytest.mark.parametrize("axes", [("lr", "beta1"), ("distance", "lr"), ("beta1", "distance")])
def test_phase_diagram_script(call, tmp_path, axes):
    x, y = axes
    arguments = ("--x", x, "--y", y, "--points", "40", "--device", "cpu")
    outcome = call("q1_bump/phase_diagram.py", *arguments, "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    summary = json.loads((tmp_path / f"phase_diagram_{x}_{y}.json").read_text())
    assert summary["points"] == 1600
    assert summary["largest_difference"] < 1e-9
    assert summary["sample"] + summary["sample_uncertified"] == 300
    assert (tmp_path / f"phase_diagram_{x}_{y}.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--x", "lr", "--y", "lr"], "two different"),
        (["--x", "beta2"], "invalid choice"),
        (["--points", "1"], "from 2"),
        (["--beta2", "0"], "divides by zero"),
        (["--lr", "0"], "above 0"),
        (["--device", "cuda:77"], "CUDA devices"),
    ],
)
def test_phase_diagram_refuses_bad_input(call, tmp_path, arguments, words):
    outcome = call("q1_bump/phase_diagram.py", *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, words)
    assert not (tmp_path / "new").exists()


def test_illustrations(call, tmp_path):
    assert call("q1_bump/illustrate.py", "--results", str(tmp_path)).returncode == 0
    names = {".lock", "both_walks.png", "staircase.png", "step_table.png", "adam.gif"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_other_optimizers_script(call, tmp_path):
    arguments = ("--optimizer", "rmsprop", "--json", "--results", str(tmp_path))
    outcome = call(ADAM, *arguments)
    assert outcome.returncode == 0, outcome.stderr
    (row,) = json.loads(outcome.stdout)["heights"]
    assert (row["optimizer"], row["certified"]) == ("rmsprop", False)
    # RMSprop's first step is α/√(1 − 0.99) = 3.
    assert row["height"] == pytest.approx(2.0, abs=1e-6)
    unknown = call(ADAM, "--optimizer", "lion", "--results", str(tmp_path))
    assert_one_line_error(unknown, "give one of sgd, momentum")


@pytest.mark.parametrize("job", [(ADAM,), (TRAIN, *QUICK)], ids=["adam", "train"])
def test_unwritable_results_are_refused(call, tmp_path, job):
    (tmp_path / "file").write_text("")
    outcome = call(*job, "--results", str(tmp_path / "file" / "x"))
    assert_one_line_error(outcome, "cannot write to the folder")


@pytest.mark.parametrize("job", [(ADAM,), (TRAIN, *QUICK)], ids=["adam", "train"])
def test_full_disk_leaves_no_half_written_file(script, tmp_path, job):
    """A limit on the size of files is as real as a full disk: write() fails half-way."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    outcome = script(*job, "--results", str(tmp_path), preexec_fn=limit)
    assert outcome.returncode == 2
    assert len([line for line in outcome.stderr.splitlines() if "error:" in line]) == 1
    assert "Traceback" not in outcome.stderr
    # Of Question 1 some files are below the limit; with the others they are not written, either.
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".lock"]


def test_scripts_run_from_anywhere_without_pythonpath(script, tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    outcome = script(str(PROJECT / ADAM), "--json", "--results", str(tmp_path), env=environment)
    assert outcome.returncode == 0, outcome.stderr
