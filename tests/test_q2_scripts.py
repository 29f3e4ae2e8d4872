"""Part (a) as its user runs it: train, evaluate, compare; and what damaged runs lead to."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import assert_one_line_error, run_here
from sklearn.metrics import normalized_mutual_info_score

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.clustering import k_means
from q2_autoencoder.evaluation.embedding import tsne_plane
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.training import run_folder as runs
from shared.checkpoints import save_checkpoint
from shared.files import read_json, write_json

TRAIN, EVAL, COMPARE = (f"q2_autoencoder/{name}.py" for name in ("train", "eval", "compare"))
DIGITS = ("--data", "digits")
EVALUATED = {"confusion.png", "clusters.png", "evaluation.json", "misread.png"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A results folder with trainings of sizes 2 and 6 on the digits, two seeds each."""
    folder = tmp_path_factory.mktemp("trained")
    for latent in ("2", "6"):
        outcome = run_here(
            TRAIN, *DIGITS, "--latent", latent, "--seeds", "2", "--epochs", "3", "--device", "cpu",
            "--results", str(folder),
        )  # fmt: skip
        assert outcome.returncode == 0, outcome.stderr
    return folder


@pytest.fixture
def results(trained, tmp_path) -> Path:
    """A copy of `trained`, to be damaged."""
    return Path(shutil.copytree(trained, tmp_path / "results"))


def run_folder(results: Path, latent: int, seed: int = 0) -> Path:
    return results / f"digits-l1-latent{latent}-seed{seed}"


def test_seeds_are_summarised(trained):
    summary = json.loads((trained / "digits-l1-latent6-seed0-to-1.json").read_text())
    values = [runs.load_metrics(run_folder(trained, 6, s))["test"]["l1"] for s in (0, 1)]
    assert summary["seeds"] == [0, 1]
    assert values[0] != values[1]
    assert summary["test"]["l1"]["values"] == values
    assert summary["test"]["l1"]["mean"] == pytest.approx(np.mean(values))
    assert summary["test"]["l1"]["sd"] == pytest.approx(np.std(values, ddof=1))


def test_part_a(call, results, digits, monkeypatch):
    monkeypatch.setattr("q2_autoencoder.evaluation.classifier.LEAST_STEPS", 60)
    for latent in ("2", "6"):
        outcome = call(EVAL, *DIGITS, "--latent", latent, "--seeds", "2", "--results", str(results))
        assert outcome.returncode == 0, outcome.stderr
    before = {".lock", "checkpoint.pt", "metrics.json", "loss_curve.png", "reconstructions.png"}
    plane = {"snapshots.npz", "latent_plane.png", "latent_epochs.png", "latent_epochs.gif"}
    assert {path.name for path in run_folder(results, 6).iterdir()} == before | EVALUATED
    assert {path.name for path in run_folder(results, 2).iterdir()} == before | EVALUATED | plane

    run = runs.load_run(run_folder(results, 6))
    numbers = json.loads((run.folder / "evaluation.json").read_text())
    labels = digits.test_labels.numpy()
    confusion = np.array(numbers["confusion"])
    assert (confusion.sum(1) == np.bincount(labels)).all()
    assert numbers["digit_accuracy"] == pytest.approx(np.trace(confusion) / len(labels))
    neighbours = np.array(numbers["neighbour_confusion"])
    assert numbers["nearest_neighbour_accuracy"] == np.trace(neighbours) / len(labels)
    assert (neighbours.sum(1) == np.bincount(labels)).all()
    assert numbers["test"]["l1"] == pytest.approx(run.metrics["test"]["l1"], rel=0.02)  # bf16
    table = np.array(numbers["cluster_table"])
    assert (table.sum(0) == np.bincount(labels)).all()

    # What is read is what the kept classifier reads, of the pictures that the name says.
    pixels, train_pixels = to_pixels(digits.test_images), to_pixels(digits.train_images)
    reader = classifier.load_or_train(results, "digits", digits, torch.device("cpu"))
    components = principal_components(digits.train_images, 6)
    with torch.no_grad():
        codes, train_codes = run.model.encode(pixels), run.model.encode(train_pixels)
        for key, pictures in (
            ("digit_accuracy", run.model(pixels)),
            ("pca_digit_accuracy", components.reconstruct(pixels)),
            ("classifier_accuracy", pixels),
        ):
            right = (reader(pictures).argmax(1) == digits.test_labels).double().mean().item()
            assert numbers[key] == pytest.approx(right, abs=1.5 / len(labels)), key
    nearest = torch.cdist(codes.double(), train_codes.double()).argmin(1)
    right = (digits.train_labels[nearest] == digits.test_labels).double().mean().item()
    assert numbers["nearest_neighbour_accuracy"] == pytest.approx(right, abs=1.5 / len(labels))

    # Every row of the clustering is of the points that its name says.
    with torch.no_grad():
        points = {
            "k-means on codes": run.model.encode(pixels),
            "k-means on PCA of the same size":
                components.encode(pixels),
            "k-means on pixels": pixels,
            "k-means on the t-SNE plane of the codes": torch.tensor(
                np.asarray(tsne_plane(codes.numpy(), seed=0))),
        }  # fmt: skip
    for name, values in points.items():
        found = [k_means(values.numpy(), seed).labels_ for seed in range(5)]
        expected = [normalized_mutual_info_score(labels, clusters) for clusters in found]
        assert numbers["clustering"][name]["nmi"]["values"] == pytest.approx(expected, abs=1e-6)

    outcome = call(
        COMPARE, *DIGITS, "--latents", "6", "2", "--seeds", "2", "--results", str(results)
    )
    assert outcome.returncode == 0, outcome.stderr
    folder = results / "comparison-digits-l1"
    names = {".lock", "curves.png", "reconstructions.png", "confusion.png", "comparison.json"}
    assert {path.name for path in folder.iterdir()} == names
    comparison = json.loads((folder / "comparison.json").read_text())
    assert list(comparison["sizes"]) == ["2", "6"]
    both = [
        json.loads((run_folder(results, 6, seed) / "evaluation.json").read_text())
        for seed in (0, 1)
    ]
    accuracies = comparison["sizes"]["6"]["digit_accuracy"]["values"]
    assert accuracies == [one["digit_accuracy"] for one in both]
    assert f"{np.mean(accuracies):.4f}" in outcome.stdout


@pytest.mark.parametrize("latent", ["1", "784"])
def test_the_smallest_and_the_largest_size(call, tmp_path, monkeypatch, latent):
    monkeypatch.setattr("q2_autoencoder.evaluation.classifier.LEAST_STEPS", 20)
    arguments = (*DIGITS, "--latent", latent, "--device", "cpu", "--results", str(tmp_path))
    assert call(TRAIN, *arguments, "--epochs", "1").returncode == 0
    assert call(EVAL, *arguments).returncode == 0
    outcome = call(COMPARE, *DIGITS, "--latents", latent, "--results", str(tmp_path))
    assert outcome.returncode == 0
    assert "±" not in outcome.stdout  # of one seed there is no spread


def test_a_run_elsewhere_is_evaluated(call, results, monkeypatch):
    monkeypatch.setattr("q2_autoencoder.evaluation.classifier.LEAST_STEPS", 20)
    moved = results / "elsewhere" / "my-run"
    moved.parent.mkdir()
    run_folder(results, 6).rename(moved)
    assert call(EVAL, "--run", str(moved)).returncode == 0
    assert {path.name for path in moved.parent.iterdir()} == {"my-run", "classifier-digits.pt"}


def test_a_new_training_discards_the_evaluation_of_the_old(call, results):
    run = run_folder(results, 6)
    write_json(run / "evaluation.json", {})
    arguments = ("--latent", "6", "--epochs", "1", "--device", "cpu", "--results", str(results))
    assert call(TRAIN, *DIGITS, *arguments).returncode == 0
    assert not (run / "evaluation.json").exists()


def edit(path: Path, **changes) -> None:
    write_json(path, read_json(path) | changes)


DAMAGE = {
    "no metrics": (lambda run: (run / "metrics.json").unlink(), "not whole"),
    "no checkpoint": (lambda run: (run / "checkpoint.pt").unlink(), "cannot read"),
    "metrics cut off": (lambda run: (run / "metrics.json").write_text('{"data": '), "cut off"),
    "metrics a list": (lambda run: (run / "metrics.json").write_text("[]"), "no JSON object"),
    "metrics binary": (lambda run: (run / "metrics.json").write_bytes(b"\xff\x00"), "no JSON"),
    "metrics empty": (lambda run: (run / "metrics.json").write_bytes(b""), "empty"),
    "checkpoint of another seed": (
        lambda run: shutil.copy(run_folder(run.parent, 2, 1) / "checkpoint.pt", run),
        "of another training",
    ),
    "metrics of another seed": (
        lambda run: shutil.copy(run_folder(run.parent, 2, 1) / "metrics.json", run),
        "is of another run: digits, l1, latent 2, seed 1",
    ),
    "snapshots of another seed": (
        lambda run: shutil.copy(run_folder(run.parent, 2, 1) / "snapshots.npz", run),
        "of another training",
    ),
    "latent as text": (lambda run: edit(run / "metrics.json", latent="2"), "'latent'"),
    "other size": (
        lambda run: edit(run / "metrics.json", latent=3), "is of another run: digits, l1, latent 3",
    ),
    "other data": (lambda run: edit(run / "metrics.json", data="cifar"), "cifar"),
    "text": (lambda run: (run / "checkpoint.pt").write_text("weights"), "no checkpoint"),
    "other architecture": (
        lambda run: save_checkpoint(
            run / "checkpoint.pt", runs.KIND, runs.VERSION, latent=2, weights={"a": torch.ones(1)}
        ),
        "another architecture",
    ),
    "older format": (
        lambda run: save_checkpoint(run / "checkpoint.pt", runs.KIND, 1, latent=2, weights={}),
        "format 1",
    ),
    "half a curve": (lambda run: edit(run / "metrics.json", curve=[{"epoch": 1}]), "no curve"),
    "no errors": (lambda run: edit(run / "metrics.json", test={}), "'l1'"),
    "absurd size": (
        lambda run: save_checkpoint(
            run / "checkpoint.pt", runs.KIND, runs.VERSION, latent=10**12, weights={}
        ),
        "1000000000000",
    ),
    "second run damaged": (
        lambda run: (run_folder(run.parent, 2, 1) / "checkpoint.pt").unlink(), "cannot read",
    ),
    "no snapshots": (lambda run: (run / "snapshots.npz").unlink(), "snapshots.npz"),
    "classifier of another version": (
        lambda run: save_checkpoint(run.parent / "classifier-digits.pt", "classifier", 0),
        "make it anew",
    ),
    "a folder for the classifier": (
        lambda run: (run.parent / "classifier-digits.pt").mkdir(), "cannot read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_runs_are_refused(call, results, damage):
    change, words = DAMAGE[damage]
    change(run_folder(results, 2))

    def content():
        files = (path for path in results.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files}

    before = content()
    outcome = call(EVAL, *DIGITS, "--latent", "2", "--seeds", "2", "--results", str(results))
    assert_one_line_error(outcome, "eval.py: error:", words)
    assert content() == before


@pytest.mark.parametrize(
    ("script_path", "arguments", "words"),
    [
        (EVAL, [], "--latent"),
        (EVAL, ["--latent", "0"], "from 1 to 784"),
        (EVAL, ["--latent", "785"], "from 1 to 784"),
        (EVAL, ["--latent", "2", "--run", "x"], "not allowed with"),
        (EVAL, ["--run", "no/such/run"], "no run in"),
        (EVAL, ["--run", "x", "--seeds", "3"], "--seeds is not allowed with --run"),
        (EVAL, ["--run", "x", "--data", "mnist"], "--data is not allowed with --run"),
        (EVAL, ["--latent", "77"], "no run in"),
        (COMPARE, ["--latents"], "--latents"),
        (COMPARE, ["--latents", "1", "2", "3", "4", "5"], "at most 4"),
        (COMPARE, ["--latents", "2"], "no run in"),
    ],
)
def test_bad_options_are_refused(call, tmp_path, script_path, arguments, words):
    outcome = call(script_path, *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "error:", words)
    assert not (tmp_path / "new").exists()


EVALUATION_DAMAGE = {
    "missing": (lambda run: None, "eval.py --run"),
    "empty": (lambda run: write_json(run / "evaluation.json", {}), "another version"),
    "of another training": (
        lambda run: write_json(run / "evaluation.json", whole_evaluation()), "trained again",
    ),
    "other epochs": (lambda run: edit(run / "metrics.json", epochs=7), "different epochs"),
}  # fmt: skip


def whole_evaluation() -> dict:
    shares = (
        "classifier_accuracy", "digit_accuracy", "pca_digit_accuracy", "kept_detail",
        "nearest_neighbour_accuracy", "centre_distance",
    )  # fmt: skip
    tables = ("confusion", "original_confusion", "neighbour_confusion", "cluster_table")
    return {**dict.fromkeys(shares, 0.5), **{table: [] for table in tables}, "clustering": {}}


@pytest.mark.parametrize("damage", EVALUATION_DAMAGE)
def test_comparison_asks_for_equal_runs_and_their_evaluation(call, results, damage):
    change, words = EVALUATION_DAMAGE[damage]
    change(run_folder(results, 2))
    outcome = call(COMPARE, *DIGITS, "--latents", "2", "--seeds", "2", "--results", str(results))
    assert_one_line_error(outcome, words)
    assert not (results / "comparison-digits-l1").exists()
