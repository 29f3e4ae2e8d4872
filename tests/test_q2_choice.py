"""The choice of dis_net's weights: by the criterion, on images that take no other part."""

import math
from pathlib import Path

import pytest
import torch
from helpers import CHOOSE, assert_one_line_error, run_here, run_well
from test_q2_comparisons import fail, new_run

from q2_autoencoder.config import Variant
from q2_autoencoder.evaluation.choice import best, most_l1, tried
from q2_autoencoder.evaluation.gradients import gradient_distance
from q2_autoencoder.evaluation.variants import variant_folder
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.records import CHOICE_VERSION, Choice, Criteria, Weights
from q2_autoencoder.training import run_folder
from q2_autoencoder.training.named_variants import FOUR, MSE, VARIANTS
from shared import datasets
from shared.files import read_record

A, B, C = Weights(1, 1), Weights(2, 2), Weights(4, 4)
PLAIN = {2: Criteria(0.03, 0.07), 16: Criteria(0.008, 0.02)}


def of(weights: Weights, at_2: Criteria | None, at_16: Criteria | None):
    return tried(weights, {2: at_2, 16: at_16}, PLAIN)


def test_the_score_is_the_mean_logarithm_over_plain():
    found = of(A, Criteria(0.015, 0.07), Criteria(0.008, 0.02))
    assert found.score == pytest.approx(math.log(0.5) / 2)
    assert found.ratios["2"] == Criteria(pytest.approx(0.5), pytest.approx(1.0))  # type: ignore


def test_the_lowest_score_is_chosen_among_those_that_cost_little():
    cheap = of(A, Criteria(0.02, 0.0741), Criteria(0.007, 0.0203))
    better = of(B, Criteria(0.01, 0.0741), Criteria(0.007, 0.0203))
    too_dear = of(C, Criteria(0.001, 0.0741), Criteria(0.001, 0.0205))
    assert (cheap.allowed, better.allowed, too_dear.allowed) == (True, True, False)
    chosen = best([cheap, better, too_dear])
    assert chosen is better
    assert best([too_dear]) is None


def test_weights_of_which_a_run_failed_are_not_chosen():
    failed = of(A, None, Criteria(0.001, 0.02))
    assert (failed.score, failed.allowed) == (None, False)
    assert list(failed.ratios) == ["16"]


@pytest.mark.parametrize(("latent_dim", "most"), [(1, 1.06), (2, 1.06), (16, 1.02), (256, 1.02)])
def test_what_may_be_paid_depends_on_the_dimension(latent_dim, most):
    assert most_l1(latent_dim) == most


DATA = "digits-validation"
SETTINGS = ("--data", DATA, "--latents", "2", "--seed", "100", "--weights", "1,1", "2,2")


@pytest.fixture
def results(few, tmp_path) -> Path:
    """Runs of two variants with two pairs of weights each."""
    for name in (FOUR, MSE):
        for pair in ((1.0, 1.0), (2.0, 2.0)):
            new_run(tmp_path, 2, 100, VARIANTS[name].with_weights(*pair), DATA)
    return tmp_path


def test_runs_are_measured_on_the_held_out_images(results):
    run_well(CHOOSE, *SETTINGS, "--variants", FOUR, MSE, "--results", str(results))
    found = read_record(results / f"choice-{DATA}" / "choice.json", Choice, CHOICE_VERSION)
    assert found.tried.keys() == found.chosen.keys() == {FOUR, MSE}
    assert found.plain.keys() == {"l1", "mse"}
    assert [one.weights for one in found.tried[FOUR]] == [Weights(1, 1), Weights(2, 2)]
    originals = to_pixels(datasets.load(DATA, Path()).test_images)
    distances = []
    for variant in (VARIANTS[FOUR].with_weights(1, 1), Variant(loss="l1", strategy="none")):
        model = run_folder.load_run(variant_folder(results, DATA, 2, 100, variant)).model
        with torch.no_grad():
            distances.append(gradient_distance(originals, model(originals)))
    ratio = distances[0] / distances[1]
    assert found.tried[FOUR][0].ratios["2"].gradient_distance == pytest.approx(ratio, rel=1e-4)
    page = (results / f"choice-{DATA}" / "choice.md").read_text(encoding="utf-8")
    assert f"## {FOUR}" in page
    assert "2 and 2" in page


def test_a_failed_run_and_a_missing_one(results):
    fail(variant_folder(results, DATA, 2, 100, VARIANTS[FOUR].with_weights(1, 1)))
    run_well(CHOOSE, *SETTINGS, "--variants", FOUR, "--results", str(results))
    found = read_record(results / f"choice-{DATA}" / "choice.json", Choice, CHOICE_VERSION)
    assert [one.score is None for one in found.tried[FOUR]] == [True, False]
    missing = (*SETTINGS, "3,3", "--variants", FOUR, "--results", str(results))
    assert_one_line_error(run_here(CHOOSE, *missing), "four-step-adv3-fm3")


def test_images_that_are_reported_are_not_chosen_on(tmp_path):
    words = ("--variants", FOUR, "--weights", "1,1", "--results", str(tmp_path))
    assert_one_line_error(run_here(CHOOSE, "--data", "digits", *words), "digits-validation")


@pytest.mark.parametrize("given", ["1", "1,x", "1,-2", "1,2,3"])
def test_a_pair_of_weights_is_two_numbers(given, tmp_path):
    words = ("--weights", given, "--variants", FOUR, "--results", str(tmp_path))
    assert_one_line_error(run_here(CHOOSE, "--data", DATA, *words), "--weights")
