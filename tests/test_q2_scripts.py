"""Part (a) as its user runs it: evaluate, compare; and what damaged runs lead to."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import (
    CLUSTER_ALL,
    COMPARE,
    EVAL,
    HERE,
    TRAIN,
    assert_one_line_error,
    content,
    edit,
    quick_judges,
    run_well,
    save_run,
    small_autoencoders,
)
from sklearn.metrics import normalized_mutual_info_score
from sklearn.preprocessing import StandardScaler

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.clustering import k_means
from q2_autoencoder.evaluation.embedding import tsne_embedding
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.records import EVALUATION_VERSION, AllClustered, Comparison
from q2_autoencoder.training import run_folder
from q2_autoencoder.training.run_folder import load_evaluation, load_metrics, load_run
from shared.checkpoints import save_checkpoint
from shared.files import read_record, write_json

RUN = {"checkpoint.pt", "metrics.json"}
EVALUATED = {"confusion.png", "clusters.png", "evaluation.json", "misclassified.png", "samples.png"}
LATENT_SPACE = {"latent_space.png", "latent_epochs.png", "latent_epochs.gif"}


@pytest.fixture(scope="module", autouse=True)
def small(few) -> Iterator[None]:
    with small_autoencoders(), quick_judges():
        yield


def folder_of(results: Path, latent_dim: int, seed: int = 0) -> Path:
    return results / f"digits-l1-latent{latent_dim}-seed{seed}"


def new_run(results: Path, latent_dim: int, seed: int = 0) -> Path:
    config = TrainingConfig(
        latent_dim=latent_dim, data="digits", epochs=2, seed=seed, precision="fp32"
    )
    save_run(folder_of(results, latent_dim, seed), config)
    return folder_of(results, latent_dim, seed)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A results folder with two runs of latent dimensions 2 and 6 each, not evaluated."""
    folder = tmp_path_factory.mktemp("whole")
    for latent_dim in (2, 6):
        for seed in (0, 1):
            new_run(folder, latent_dim, seed)
    return folder


@pytest.fixture(scope="module")
def evaluated_once(whole, tmp_path_factory) -> Path:
    """A copy of `whole`, evaluated."""
    folder = Path(shutil.copytree(whole, tmp_path_factory.mktemp("evaluated") / "results"))
    for latent_dim in ("2", "6"):
        run_well(EVAL, *HERE, "--latent", latent_dim, "--num-seeds", "2", "--results", str(folder))
    return folder


@pytest.fixture
def results(whole, tmp_path) -> Path:
    """A copy of `whole`, to be changed."""
    return Path(shutil.copytree(whole, tmp_path / "results"))


@pytest.fixture
def evaluated(evaluated_once, tmp_path) -> Path:
    """A copy of `evaluated_once`, to be changed."""
    return Path(shutil.copytree(evaluated_once, tmp_path / "results"))


# ---- eval.py -------------------------------------------------------------------------------


def test_an_evaluation_leaves_numbers_and_figures(evaluated_once):
    names = content(folder_of(evaluated_once, 6)).keys()
    assert names == RUN | EVALUATED
    names = content(folder_of(evaluated_once, 2)).keys()
    assert names == RUN | EVALUATED | LATENT_SPACE | {"snapshots.npz"}
    found = load_evaluation(folder_of(evaluated_once, 2))
    assert found.separation_by_epoch is not None
    assert len(found.separation_by_epoch) == 3
    assert load_evaluation(folder_of(evaluated_once, 6)).separation_by_epoch is None


def test_tables_count_every_test_image(evaluated_once, few):
    found = load_evaluation(folder_of(evaluated_once, 6))
    per_digit, count = np.bincount(few.test_labels, minlength=10), len(few.test_labels)
    confusion, neighbours = np.array(found.confusion), np.array(found.neighbour_confusion)
    assert (confusion.sum(1) == per_digit).all()
    assert (neighbours.sum(1) == per_digit).all()
    assert (np.array(found.cluster_table).sum(0) == per_digit).all()
    assert found.reconstruction_accuracy == pytest.approx(np.trace(confusion) / count)
    assert found.codes.one_nn == pytest.approx(np.trace(neighbours) / count)


def test_accuracies_are_the_kept_classifiers(evaluated_once, few):
    """Of the images that the name says: reconstructions, PCA's reconstructions, originals."""
    run = load_run(folder_of(evaluated_once, 6))
    found, pixels = load_evaluation(run.folder), to_pixels(few.test_images)
    model = classifier.load_or_train(evaluated_once, "digits", few, torch.device("cpu"))
    components = principal_components(few.train_images, 6)
    with torch.no_grad():
        for name, images in (
            ("reconstruction_accuracy", run.model(pixels)),
            ("pca_reconstruction_accuracy", components.reconstruct(pixels)),
            ("classifier_accuracy", pixels),
        ):
            right = (model(images).argmax(1) == few.test_labels).double().mean().item()
            assert getattr(found, name) == pytest.approx(right, abs=1.5 / len(pixels)), name
        error = (run.model(pixels) - pixels).abs().mean().item()
        codes, train_codes = (
            run.model.encode(to_pixels(images)).double()
            for images in (few.test_images, few.train_images)
        )
    assert found.test.l1 == pytest.approx(error, rel=1e-4)
    nearest = torch.cdist(codes, train_codes).argmin(1)
    right = (few.train_labels[nearest] == few.test_labels).double().mean().item()
    assert found.codes.one_nn == pytest.approx(right, abs=1.5 / len(pixels))


def test_clusterings_are_of_the_points_that_their_names_say(evaluated_once, few):
    run, pixels = load_run(folder_of(evaluated_once, 6)), to_pixels(few.test_images)
    with torch.no_grad():
        codes = run.model.encode(pixels).numpy()
        train_codes = run.model.encode(to_pixels(few.train_images)).numpy()
        pca_codes = principal_components(few.train_images, 6).encode(pixels).numpy()
    scaler = StandardScaler().fit(train_codes)
    points = {
        "k-means on codes": codes,
        "k-means on standardised codes": np.asarray(scaler.transform(codes)),
        "k-means on PCA codes of the same dimension": pca_codes,
        "k-means on pixels": pixels.numpy(),
        "k-means on the t-SNE embedding of the codes": np.asarray(tsne_embedding(codes, seed=0)),
    }
    scores = load_evaluation(run.folder).clustering
    assert scores.keys() == {*points, "Gaussian mixture on the t-SNE embedding"}
    for name, values in points.items():
        clusters = [k_means(values, seed).labels_ for seed in range(5)]
        expected = [
            normalized_mutual_info_score(few.test_labels.numpy(), found) for found in clusters
        ]
        assert scores[name].nmi.values == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("latent_dim", [1, 784])
def test_the_smallest_and_the_largest_dimension(tmp_path, latent_dim):
    new_run(tmp_path, latent_dim)
    run_well(EVAL, *HERE, "--latent", str(latent_dim), "--results", str(tmp_path))
    outcome = run_well(COMPARE, *HERE, "--latents", str(latent_dim), "--results", str(tmp_path))
    assert "±" not in outcome.stdout  # of one seed there is no deviation


@pytest.mark.slow
def test_a_run_elsewhere_is_evaluated(results):
    moved = results / "elsewhere" / "my-run"
    moved.parent.mkdir()
    folder_of(results, 6).rename(moved)
    run_well(EVAL, "--run", str(moved))
    assert {path.name for path in moved.parent.iterdir()} == {"my-run", "classifier-digits.pt"}


@pytest.mark.slow
def test_what_train_leaves_is_evaluated_and_compared(tmp_path):
    options = (*HERE, "--results", str(tmp_path))
    run_well(TRAIN, *options, "--latent", "2", "--epochs", "2", "--batch-size", "50")
    run_well(EVAL, *options, "--latent", "2")
    run_well(COMPARE, *options, "--latents", "2")
    # A new run in the folder discards the evaluation of the old one.
    run_well(TRAIN, *options, "--latent", "2", "--epochs", "1", "--batch-size", "50")
    assert not (folder_of(tmp_path, 2) / "evaluation.json").exists()


DAMAGE = {
    "no metrics": (lambda run: (run / "metrics.json").unlink(), "not whole"),
    "no checkpoint": (lambda run: (run / "checkpoint.pt").unlink(), "cannot read"),
    "metrics cut off": (lambda run: (run / "metrics.json").write_text('{"data": '), "cut off"),
    "metrics a list": (lambda run: (run / "metrics.json").write_text("[]"), "no JSON object"),
    "metrics binary": (lambda run: (run / "metrics.json").write_bytes(b"\xff\x00"), "no JSON"),
    "metrics empty": (lambda run: (run / "metrics.json").write_bytes(b""), "empty"),
    "checkpoint of another seed": (
        lambda run: shutil.copy(folder_of(run.parent, 2, 1) / "checkpoint.pt", run),
        "of another run",
    ),
    "metrics of another seed": (
        lambda run: shutil.copy(folder_of(run.parent, 2, 1) / "metrics.json", run),
        "is of another run: digits, l1, latent dimension 2, seed 1",
    ),
    "snapshots of another seed": (
        lambda run: shutil.copy(folder_of(run.parent, 2, 1) / "snapshots.npz", run),
        "of another run",
    ),
    "dimension as text": (lambda run: edit(run / "metrics.json", config__latent_dim="2"), "edited"),
    "other dimension": (
        lambda run: edit(run / "metrics.json", config__latent_dim=3),
        "is of another run: digits, l1, latent dimension 3",
    ),
    "other data": (lambda run: edit(run / "metrics.json", config__data="cifar"), "cifar"),
    "text": (lambda run: (run / "checkpoint.pt").write_text("weights"), "no checkpoint"),
    "other architecture": (
        lambda run: save_checkpoint(
            run / "checkpoint.pt",
            run_folder.KIND,
            run_folder.VERSION,
            latent_dim=2,
            weights={"a": torch.ones(1)},
        ),
        "another architecture",
    ),
    "older checkpoint": (
        lambda run: save_checkpoint(run / "checkpoint.pt", run_folder.KIND, 1, weights={}),
        "format 1",
    ),
    "older metrics": (lambda run: edit(run / "metrics.json", version=1), "format 1"),
    "half a curve": (lambda run: edit(run / "metrics.json", curve=[{"epoch": 1}]), "curve"),
    "no curve": (lambda run: edit(run / "metrics.json", curve=[]), "0 epochs"),
    "no errors": (lambda run: edit(run / "metrics.json", test={}), "l1"),
    "absurd dimension": (
        lambda run: save_checkpoint(
            run / "checkpoint.pt",
            run_folder.KIND,
            run_folder.VERSION,
            latent_dim=10**12,
            weights={},
        ),
        "1000000000000",
    ),
    "second run damaged": (
        lambda run: (folder_of(run.parent, 2, 1) / "checkpoint.pt").unlink(),
        "cannot read",
    ),
    "no snapshots": (lambda run: (run / "snapshots.npz").unlink(), "snapshots.npz"),
    "classifier of another version": (
        lambda run: save_checkpoint(run.parent / "classifier-digits.pt", "classifier", 0),
        "make it anew",
    ),
    "a folder for the classifier": (
        lambda run: (run.parent / "classifier-digits.pt").mkdir(),
        "cannot read",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_runs_are_refused(call, results, damage):
    change, words = DAMAGE[damage]
    change(folder_of(results, 2))

    def everything():
        files = (path for path in results.rglob("*") if path.is_file() and path.name != ".lock")
        return {path: path.read_bytes() for path in files}

    before = everything()
    outcome = call(EVAL, *HERE, "--latent", "2", "--num-seeds", "2", "--results", str(results))
    assert_one_line_error(outcome, "eval.py: error:", words)
    assert everything() == before


@pytest.mark.parametrize(
    ("script_path", "arguments", "words"),
    [
        (EVAL, [], "--latent"),
        (EVAL, ["--latent", "0"], "from 1 to 784"),
        (EVAL, ["--latent", "785"], "from 1 to 784"),
        (EVAL, ["--latent", "2", "--run", "x"], "not allowed with"),
        (EVAL, ["--run", "no/such/run"], "no run in"),
        (EVAL, ["--run", "x", "--num-seeds", "3"], "--num-seeds is not allowed with --run"),
        (EVAL, ["--run", "x", "--seeds=1"], "--num-seeds is not allowed with --run"),
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


# ---- compare.py ----------------------------------------------------------------------------


def test_a_comparison_sums_up_what_eval_found(evaluated):
    options = ("--latents", "6", "2", "--num-seeds", "2", "--results", str(evaluated))
    outcome = run_well(COMPARE, *HERE, *options)
    folder = evaluated / "comparison-digits-l1"
    figures = {"curves.png", "reconstructions.png", "confusion.png"}
    assert content(folder).keys() == figures | {"comparison.json"}
    found = read_record(folder / "comparison.json", Comparison, 3)
    assert list(found.latent_dims) == ["2", "6"]  # rising, whatever was asked for
    evaluations = [load_evaluation(folder_of(evaluated, 6, seed)) for seed in (0, 1)]
    metrics = [load_metrics(folder_of(evaluated, 6, seed)) for seed in (0, 1)]
    six = found.latent_dims["6"]

    # Numbers become mean and deviation over the seeds, in the order of the seeds.
    accuracies = [one.reconstruction_accuracy for one in evaluations]
    assert six.reconstruction_accuracy.values == accuracies
    assert six.reconstruction_accuracy.sd == pytest.approx(np.std(accuracies, ddof=1))
    assert f"{np.mean(accuracies):.2%}" in outcome.stdout
    assert six.one_nn_accuracy.values == [one.codes.one_nn for one in evaluations]
    assert six.kept_detail.values == [one.kept_detail for one in evaluations]
    assert six.centre_distance.values == [one.centre_distance for one in evaluations]
    assert six.test.squared_error.values == [one.test.squared_error for one in metrics]
    # Of clusterings each run counts with its mean; tables are summed, or listed.
    name = "k-means on codes"
    means = [one.clustering[name].ari.mean for one in evaluations]
    assert six.clustering[name].ari.values == means
    summed = np.array(evaluations[0].confusion) + np.array(evaluations[1].confusion)
    assert six.confusion == summed.tolist()
    assert six.cluster_table == [one.cluster_table for one in evaluations]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("epochs", 7), ("peak_lr", 0.5), ("batch_size", 3), ("precision", "bf16")],
)
def test_seeds_that_were_trained_otherwise_are_refused(call, evaluated, setting, value):
    edit(folder_of(evaluated, 2) / "metrics.json", **{f"config__{setting}": value})
    options = ("--latents", "2", "--num-seeds", "2", "--results", str(evaluated))
    outcome = call(COMPARE, *HERE, *options)
    assert_one_line_error(outcome, f"differ in {setting}: {value!r} and ")
    assert not (evaluated / "comparison-digits-l1").exists()


EVALUATION_DAMAGE = {
    "missing": (lambda run: (run / "evaluation.json").unlink(), "eval.py --run"),
    "empty": (lambda run: write_json(run / "evaluation.json", {}), "format"),
    "incomplete": (
        lambda run: write_json(run / "evaluation.json", {"version": EVALUATION_VERSION}),
        "edited",
    ),
    "of another training": (
        lambda run: edit(run / "evaluation.json", checkpoint_sha256="of another"),
        "trained again",
    ),
}


@pytest.mark.parametrize("damage", EVALUATION_DAMAGE)
def test_a_comparison_needs_the_evaluations(call, evaluated, damage):
    change, words = EVALUATION_DAMAGE[damage]
    change(folder_of(evaluated, 2))
    options = ("--latents", "2", "--num-seeds", "2", "--results", str(evaluated))
    assert_one_line_error(call(COMPARE, *HERE, *options), words)
    assert not (evaluated / "comparison-digits-l1").exists()


def test_all_images_are_clustered_together(tmp_path, few):
    """k-means on the codes of training and test images, in their order; t-SNE has its own test."""
    run_well(TRAIN, *HERE, "--latent", "2", "--epochs", "1", "--results", str(tmp_path))
    folder = tmp_path / "digits-l1-latent2-seed0"
    run_well(CLUSTER_ALL, "--run", str(folder), "--device", "cpu")
    found = read_record(folder / "all_clustered.json", AllClustered, 1)
    pixels = to_pixels(torch.cat([few.train_images, few.test_images]))
    digits = torch.cat([few.train_labels, few.test_labels]).numpy()
    assert found.images == len(pixels)
    with torch.no_grad():
        codes = load_run(folder).model.encode(pixels).numpy()
    expected = [
        normalized_mutual_info_score(digits, k_means(codes, seed).labels_) for seed in range(5)
    ]
    assert found.clustering["k-means on codes"].nmi.values == pytest.approx(expected, abs=1e-6)
    assert len(found.clustering["Gaussian mixture on the t-SNE embedding"].nmi.values) == 5
