"""The measures of sharpness and their judges, each against an independent computation."""

import numpy as np
import pytest
import torch
from helpers import quick_judges
from scipy import ndimage

from q2_autoencoder.evaluation import blur_classifier, judging
from q2_autoencoder.evaluation.blur_classifier import BlurClassifier, train_blur_classifier
from q2_autoencoder.evaluation.classifier import EvaluationClassifier
from q2_autoencoder.evaluation.measures import frechet_distance, make_reference, mean_ssim, measure
from q2_autoencoder.evaluation.sharpness import (
    WIDEST,
    equivalent_blur,
    sharpness,
    sharpness_ratio,
)
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width, blur, blur_randomly


@pytest.fixture(scope="module")
def pixels(digits) -> torch.Tensor:
    return to_pixels(digits.test_images[:120])


@pytest.mark.parametrize("width", [0.3, 0.5, 1.0, 2.4])
def test_blur_against_scipy(pixels, width):
    radius = int(np.ceil(3 * width))
    ours = blur(pixels[:5], width).view(-1, 28, 28)
    for image, blurred in zip(pixels[:5].view(-1, 28, 28), ours, strict=True):
        expected = ndimage.gaussian_filter(image.numpy(), width, mode="mirror", radius=radius)
        np.testing.assert_allclose(blurred, expected, atol=1e-5)


def test_random_blur_takes_several_widths_from_its_range(pixels):
    first, second = (
        blur_randomly(pixels[:50], (0.5, 1.5), torch.Generator().manual_seed(seed))
        for seed in (0, 1)
    )
    assert not torch.equal(first, second)
    kept = sharpness(first) / sharpness(pixels[:50])
    low, high = (sharpness(blur(pixels[:50], w)) / sharpness(pixels[:50]) for w in (1.5, 0.5))
    assert ((kept >= low - 1e-5) & (kept <= high + 1e-5)).all()
    assert kept.std() > 0.05


def test_sharpness_against_scipy(pixels):
    for image, found in zip(pixels[:5].view(-1, 28, 28), sharpness(pixels[:5]), strict=True):
        inside = ndimage.laplace(image.double().numpy())[1:-1, 1:-1]
        assert found.item() == pytest.approx(inside.var(ddof=1), rel=1e-4)


@pytest.mark.parametrize("width", [0.4, 0.7, 1.5])
def test_equivalent_blur_finds_the_width(pixels, width):
    own = sharpness(pixels)
    ratio = sharpness_ratio(own, blur(pixels, width))
    assert equivalent_blur(pixels, own, ratio) == pytest.approx(width, abs=0.01)


def test_equivalent_blur_at_its_ends(pixels):
    own = sharpness(pixels)
    assert equivalent_blur(pixels, own, 1.0) == equivalent_blur(pixels, own, 1.4) == 0
    assert equivalent_blur(pixels, own, 0.0) == WIDEST


def test_frechet_distance_against_its_formula(digits):
    torch.manual_seed(0)
    classifier = EvaluationClassifier().eval()
    pixels = to_pixels(digits.test_images)
    others = blur(pixels, 0.8)
    with torch.no_grad():
        features = [classifier.features(part) for part in (pixels, others)]
    a, b = (part.double().numpy() for part in features)
    of_a, of_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # tr √(AB) = tr √(√A·B·√A), whose root is that of a symmetric matrix.
    values, vectors = np.linalg.eigh(of_a)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    common = np.sqrt(np.linalg.eigvalsh(root @ of_b @ root).clip(0)).sum()
    shift = np.square(a.mean(0) - b.mean(0)).sum()
    expected = shift + np.trace(of_a + of_b) - 2 * common
    assert expected > 2 * shift > 0  # means and covariances both count
    assert frechet_distance(*features) == pytest.approx(expected, rel=1e-3)


def test_nothing_is_lost_by_the_originals_themselves(digits, pixels):
    torch.manual_seed(0)
    labels = digits.test_labels[: len(pixels)]
    judges = EvaluationClassifier().eval(), BlurClassifier().eval()
    found = measure(make_reference(pixels, labels, *judges), pixels)
    assert found.sharpness_ratio == 1
    assert found.equivalent_blur == found.l1 == found.mse == 0
    assert found.frechet_distance == pytest.approx(0, abs=1e-4)
    assert found.ssim == pytest.approx(1, abs=1e-5)


def test_measures_go_by_their_names(digits, pixels):
    """Each is what its name says, computed here from the networks' outputs."""
    torch.manual_seed(0)
    labels, others = digits.test_labels[: len(pixels)], blur(pixels, 0.6)
    classifier, blurs = EvaluationClassifier().eval(), BlurClassifier().eval()
    found = measure(make_reference(pixels, labels, classifier, blurs), others)
    with torch.no_grad():
        right = (classifier(others).argmax(1) == labels).double().mean().item()
        sharp = (blurs(others) > 0).double().mean().item()
    assert found.reconstruction_accuracy == right
    assert found.sharp_share == sharp
    difference = (others - pixels).double()
    assert found.l1 == pytest.approx(difference.abs().mean().item(), rel=1e-4)
    assert found.mse == pytest.approx(difference.square().mean().item(), rel=1e-4)
    assert found.equivalent_blur == pytest.approx(0.6, abs=0.01)


def test_ssim_against_its_formula(pixels):
    """Wang et al. (2004), with their Gaussian window of 11×11 pixels."""

    def mean(values):
        return ndimage.gaussian_filter(values, 1.5, radius=5, mode="mirror")

    expected = []
    others = blur(pixels[:10], 0.8)
    for a, b in zip(pixels[:10].double().numpy(), others.double().numpy(), strict=True):
        a, b = a.reshape(28, 28), b.reshape(28, 28)
        mean_a, mean_b = mean(a), mean(b)
        var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
        common = mean(a * b) - mean_a * mean_b
        c1, c2 = 0.01**2, 0.03**2
        similar = (2 * mean_a * mean_b + c1) * (2 * common + c2)
        expected.append((similar / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())
    assert mean_ssim(pixels[:10], others) == pytest.approx(np.mean(expected), abs=1e-4)


def test_ssim_falls_with_blur(pixels):
    falling = [mean_ssim(pixels, blur(pixels, width)) for width in (0.5, 1.0, 2.0)]
    assert 1 > falling[0] > falling[1] > falling[2] > 0


@pytest.mark.slow
def test_blur_classifier_labels_blur(digits):
    model = train_blur_classifier(digits, torch.device("cpu"))
    found = accuracy_by_blur_width(model, to_pixels(digits.test_images), (0.8, 1.2))
    assert min(point.accuracy for point in found) > 0.95


@pytest.mark.slow
def test_blur_classifier_repeats_and_leaves_the_random_numbers(digits):
    torch.manual_seed(3)
    state = torch.get_rng_state()
    with quick_judges():
        first, again = (train_blur_classifier(digits, torch.device("cpu")) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    for one, other in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_judges_are_trained_once_and_told_apart_by_their_digest(tmp_path, digits, monkeypatch):
    torch.manual_seed(0)
    new = {"train_classifier": EvaluationClassifier, "train_blur_classifier": BlurClassifier}
    for module in (judging.classifier, blur_classifier):
        for name in new.keys() & vars(module).keys():
            monkeypatch.setattr(module, name, lambda *_, kind=new[name]: kind().eval())
    first, second = (
        judging.load_judges(tmp_path, "digits", digits, torch.device("cpu")) for _ in range(2)
    )
    assert first.digest == second.digest
    (tmp_path / "blur-classifier-digits.pt").unlink()
    third = judging.load_judges(tmp_path, "digits", digits, torch.device("cpu"))
    assert third.digest != first.digest
