"""The judges of clarity, each against an independent computation or a known answer."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from q2_autoencoder.evaluation import blur_classifier as referee
from q2_autoencoder.evaluation import judging
from q2_autoencoder.evaluation.blur_classifier import Referee, train_referee
from q2_autoencoder.evaluation.classifier import Classifier
from q2_autoencoder.evaluation.sharpness import (
    WIDEST,
    equivalent_blur,
    frechet_distance,
    mean_ssim,
    measure,
    sharpness,
    sharpness_ratio,
)
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.discriminator import accuracy_by_width, blur, blur_randomly
from q2_autoencoder.plots import figures


@pytest.fixture(scope="module")
def pixels(digits) -> torch.Tensor:
    return to_pixels(digits.test_images)


@pytest.mark.parametrize("width", [0.3, 0.5, 1.0, 2.4])
def test_blur_against_scipy(pixels, width):
    radius = int(np.ceil(3 * width))
    ours = blur(pixels[:5], width).view(-1, 28, 28)
    for picture, blurred in zip(pixels[:5].view(-1, 28, 28), ours, strict=True):
        expected = ndimage.gaussian_filter(picture.numpy(), width, mode="mirror", radius=radius)
        np.testing.assert_allclose(blurred, expected, atol=1e-5)


def test_random_blur_takes_several_widths_from_its_range(pixels):
    first, second = (
        blur_randomly(pixels[:50], (0.5, 1.5), torch.Generator().manual_seed(seed))
        for seed in (0, 1)
    )
    assert not torch.equal(first, second)
    left = sharpness(first) / sharpness(pixels[:50])
    low, high = (sharpness(blur(pixels[:50], w)) / sharpness(pixels[:50]) for w in (1.5, 0.5))
    assert ((left >= low - 1e-5) & (left <= high + 1e-5)).all()
    assert left.std() > 0.05


def test_sharpness_against_scipy(pixels):
    for picture, found in zip(pixels[:5].view(-1, 28, 28), sharpness(pixels[:5]), strict=True):
        inside = ndimage.laplace(picture.double().numpy())[1:-1, 1:-1]
        assert found.item() == pytest.approx(inside.var(ddof=1), rel=1e-4)


@pytest.mark.parametrize("width", [0.4, 0.7, 1.5])
def test_equivalent_blur_finds_the_width(pixels, width):
    ratio = sharpness_ratio(pixels, blur(pixels, width))
    assert equivalent_blur(pixels, ratio) == pytest.approx(width, abs=0.01)


def test_equivalent_blur_at_its_ends(pixels):
    assert equivalent_blur(pixels, 1.0) == equivalent_blur(pixels, 1.4) == 0
    assert equivalent_blur(pixels, 0.0) == WIDEST


def test_frechet_distance_against_its_formula(pixels):
    torch.manual_seed(0)
    reader = Classifier().eval()
    others = blur(pixels, 0.8)
    with torch.no_grad():
        a, b = (reader.features(part).double().numpy() for part in (pixels, others))
    of_a, of_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # tr √(AB) = tr √(√A·B·√A), whose root is that of a symmetric matrix.
    values, vectors = np.linalg.eigh(of_a)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    common = np.sqrt(np.linalg.eigvalsh(root @ of_b @ root).clip(0)).sum()
    shift = np.square(a.mean(0) - b.mean(0)).sum()
    expected = shift + np.trace(of_a + of_b) - 2 * common
    assert expected > 2 * shift > 0  # means and covariances both count
    assert frechet_distance(reader, pixels, others) == pytest.approx(expected, rel=1e-3)


def test_nothing_is_lost_by_the_originals_themselves(digits, pixels):
    torch.manual_seed(0)
    found = measure(pixels, pixels, digits.test_labels, Classifier().eval(), Referee().eval())
    assert found.sharpness_ratio == 1
    assert found.equivalent_blur == found.l1 == found.mse == 0
    assert found.frechet_distance == pytest.approx(0, abs=1e-4)
    assert found.ssim == pytest.approx(1, abs=1e-5)


def test_ssim_falls_with_blur(pixels):
    falling = [mean_ssim(pixels, blur(pixels, width)) for width in (0.5, 1.0, 2.0)]
    assert 1 > falling[0] > falling[1] > falling[2] > 0


def test_referee_tells_blur_and_leaves_the_random_numbers(digits, pixels):
    torch.manual_seed(3)
    state = torch.get_rng_state()
    model = train_referee(digits, torch.device("cpu"), torch.float32)
    assert torch.equal(torch.get_rng_state(), state)
    told = accuracy_by_width(model, pixels, (0.8, 1.2))
    assert min(point["accuracy"] for point in told) > 0.95
    again = train_referee(digits, torch.device("cpu"), torch.float32)
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_judges_are_made_once_and_told_apart(tmp_path, digits, monkeypatch):
    torch.manual_seed(0)
    monkeypatch.setattr(judging.classifier, "train_classifier", lambda *_: Classifier().eval())
    monkeypatch.setattr(referee, "train_referee", lambda *_: Referee().eval())
    first, second = (
        judging.load_judges(tmp_path, "digits", digits, torch.device("cpu")) for _ in range(2)
    )
    assert first.digest == second.digest
    (tmp_path / "referee-digits.pt").unlink()
    third = judging.load_judges(tmp_path, "digits", digits, torch.device("cpu"))
    assert third.digest != first.digest


def test_busiest_window_against_a_loop():
    values = torch.rand(3, 26, 26, generator=torch.Generator().manual_seed(0))
    side = figures.CROP
    for picture, (top, left) in zip(values, figures.busiest_window(values), strict=True):
        sums = {
            (i, j): picture[i : i + side, j : j + side].sum().item()
            for i in range(27 - side)
            for j in range(27 - side)
        }
        assert (top, left) == max(sums, key=sums.get)
