"""The measures of sharpness and their judges, each against an independent computation."""

import math

import numpy as np
import pytest
import torch
from helpers import quick_judges
from scipy import ndimage, special, stats

from q2_autoencoder.evaluation import blur_classifier, judging
from q2_autoencoder.evaluation.blur_classifier import BlurClassifier, train_blur_classifier
from q2_autoencoder.evaluation.classifier import EvaluationClassifier
from q2_autoencoder.evaluation.feature_distances import (
    RandomFeatures,
    frechet_distance,
    kernel_distance,
)
from q2_autoencoder.evaluation.gradients import gradient_distance, gradient_magnitudes
from q2_autoencoder.evaluation.measures import make_reference, measure, structural_similarities
from q2_autoencoder.evaluation.processing import FACTORS, fitted, stretched, unsharp_masked
from q2_autoencoder.evaluation.sharpness import (
    WIDEST,
    decibels,
    equivalent_blur,
    power_by_frequency,
    sharpness,
    sharpness_ratio,
)
from q2_autoencoder.evaluation.two_sample import two_sample_test
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.blur import (
    accuracy_by_blur_width,
    blur,
    blur_matrices,
    blur_randomly,
    sharp_share,
)
from q2_autoencoder.networks.other_blurs import (
    TAPS,
    box_blur,
    median_filtered,
    motion_blur,
    smeared,
)
from shared.summary import confidence_interval


@pytest.fixture(scope="module")
def pixels(digits) -> torch.Tensor:
    return to_pixels(digits.test_images[:120])


@pytest.mark.parametrize("width", [0.3, 0.5, 1.0, 2.4])
def test_blur_against_bessel_functions(pixels, width):
    """The discrete Gaussian is exp(−t)·Iₙ(t) with t = width² (Lindeberg 1990)."""
    places = np.arange(-40, 41)
    kernel = special.ive(places, width**2)
    ours = blur(pixels[:5], width).view(-1, 28, 28)
    for image, blurred in zip(pixels[:5].view(-1, 28, 28), ours, strict=True):
        rows = ndimage.convolve1d(image.double().numpy(), kernel, axis=0, mode="reflect")
        expected = ndimage.convolve1d(rows, kernel, axis=1, mode="reflect")
        np.testing.assert_allclose(blurred, expected, atol=1e-5)


@pytest.mark.parametrize("width", [0.1, 0.2, 0.3, 0.4, 0.5, 0.8, 1.0, 2.0, 4.0, 8.0])
def test_impulse_response_is_as_wide_as_asked_for(width):
    side = 129
    response = blur_matrices(torch.tensor([width]), side)[0, :, side // 2].double().numpy()
    places = np.arange(side) - side // 2
    assert response.sum() == pytest.approx(1, abs=1e-5)
    assert np.sqrt((response * places**2).sum()) == pytest.approx(width, rel=0.01)


def test_blurring_twice_adds_the_squares_of_the_widths(pixels):
    twice, once = blur(blur(pixels, 0.6), 0.8), blur(pixels, 1.0)
    torch.testing.assert_close(twice, once, atol=1e-5, rtol=0)


# ---- other blurs -------------------------------------------------------------------------------


@pytest.mark.parametrize(("across", "down"), [(3.0, 0.0), (0.0, 2.0), (1.5, -2.5)])
def test_smearing_is_the_mean_of_shifted_images(pixels, across, down):
    places = (np.arange(TAPS) + 0.5) / TAPS - 0.5
    for image, found in zip(
        pixels[:3].view(-1, 28, 28), smeared(pixels[:3], across, down), strict=True
    ):
        framed = np.pad(image.double().numpy(), 5)
        shifted = [ndimage.shift(framed, (-p * down, -p * across), order=1) for p in places]
        expected = np.mean(shifted, 0)[5:-5, 5:-5]
        np.testing.assert_allclose(found.view(28, 28), expected, atol=1e-5)


def test_a_box_is_as_wide_as_asked_for():
    """Its variance along an axis is that of the box and that of linear interpolation at most."""
    impulse = torch.zeros(1, 28, 28)
    impulse[0, 14, 14] = 1
    for side in (2.0, 3.0, 4.0):
        response = box_blur(impulse.flatten(1), side).view(28, 28).double().numpy()
        along = (response.sum(0) * (np.arange(28) - 14) ** 2).sum()
        box = side**2 / 12 * (1 - 1 / TAPS**2)
        assert box <= along <= box + 1 / 4
        np.testing.assert_allclose(response, response.T, atol=1e-6)


@pytest.mark.parametrize("side", [3, 5])
def test_median_filter_against_scipy(pixels, side):
    for image, found in zip(
        pixels[:5].view(-1, 28, 28), median_filtered(pixels[:5], side), strict=True
    ):
        expected = ndimage.median_filter(image.numpy(), side, mode="constant")
        np.testing.assert_array_equal(found.view(28, 28), expected)


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


def test_kernel_distance_against_its_formula():
    """Bińkowski et al. (2018), with the kernel (x·y/d + 1)³, pair by pair, but for own pairs."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(40, 7)), rng.normal(0.3, 1.2, size=(40, 7))

    def mean_kernel(x, y) -> float:
        pairs = [(p, q) for i, p in enumerate(x) for j, q in enumerate(y) if i != j]
        return float(np.mean([(np.dot(p, q) / 7 + 1) ** 3 for p, q in pairs]))

    expected = mean_kernel(a, a) + mean_kernel(b, b) - 2 * mean_kernel(a, b)
    assert kernel_distance(torch.tensor(a), torch.tensor(b)) == pytest.approx(expected, rel=1e-5)


def test_kernel_distance_of_equal_distributions_is_nothing_on_average():
    rng = np.random.default_rng(1)
    found = [
        kernel_distance(*torch.tensor(rng.normal(size=(2, 60, 5))).unbind()) for _ in range(100)
    ]
    interval = confidence_interval(found)
    assert interval.low < 0 < interval.high
    originals = torch.tensor(rng.normal(size=(60, 5)))  # as its own reconstruction, too
    assert kernel_distance(originals, originals) == pytest.approx(0, abs=1e-9)


def test_random_features_do_not_see_constant_brightness_and_see_texture(pixels):
    network, inside = RandomFeatures(), slice(4, -4)
    grey = torch.full((1, 1, 28, 28), 0.7)
    assert network.first(grey)[..., inside, inside].abs().max() < 1e-5
    filters = network.first.weight.flatten(1)
    torch.testing.assert_close(filters @ filters.T, torch.eye(len(filters)), atol=1e-5, rtol=0)
    features = network(pixels)
    distances = [frechet_distance(features, network(blur(pixels, w))) for w in (0.2, 0.4, 0.8)]
    assert 0 < distances[0] < distances[1] < distances[2]
    for layer, other in zip(network.parameters(), RandomFeatures().parameters(), strict=True):
        assert torch.equal(layer, other)


def test_power_by_frequency_of_waves_and_noise():
    places = np.arange(28)
    for cycles in (1, 4, 9, 13):
        wave = np.cos(2 * np.pi * cycles * places / 28)
        power = power_by_frequency(torch.tensor(np.tile(wave, (28, 1))).flatten()[None])
        assert power.argmax() == cycles - 1
        assert power[cycles - 1] > 1e6 * power.sum().sub(power[cycles - 1])
    noise = torch.randn(4000, 784, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(power_by_frequency(noise), 784, rtol=0.03)  # Parseval


def test_decibels():
    found = decibels(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([10.0, 2.0, 0.04]))
    np.testing.assert_allclose(found, [10, 0, -20], atol=1e-5)


def test_two_sample_test_guesses_where_there_is_nothing_to_tell(digits):
    pixels = to_pixels(torch.cat([digits.train_images, digits.test_images])[:1600])
    blurred = blur(pixels, 0.8)
    torch.manual_seed(3)
    state = torch.get_rng_state()
    assert two_sample_test(pixels, blurred) > 0.9
    assert torch.equal(torch.get_rng_state(), state)
    with quick_judges():
        # An image and its equal get one label, whatever was learned, of which one is right.
        assert two_sample_test(pixels, pixels) == 0.5
        assert two_sample_test(pixels, blurred) == two_sample_test(pixels, blurred)
    # Of two halves of the originals, which are no pairs, there is nothing to learn either.
    halves = two_sample_test(pixels[::2], pixels[1::2])
    assert abs(halves - 0.5) < 4 * math.sqrt(0.25 / 800)


def test_nothing_is_lost_by_the_originals_themselves(digits, pixels):
    torch.manual_seed(0)
    labels = digits.test_labels[: len(pixels)]
    judges = EvaluationClassifier().eval(), BlurClassifier().eval()
    found = measure(make_reference(pixels, labels, *judges), pixels)
    assert found.sharpness_ratio == found.sharpness_low == found.sharpness_high == 1
    assert found.equivalent_blur == found.l1 == found.mse == 0
    assert found.sharpness_error == found.spectrum_error == 0
    assert found.frechet_distance == pytest.approx(0, abs=1e-4)
    assert found.frechet_distance_random == pytest.approx(0, abs=1e-3)
    assert found.two_sample_accuracy == 0.5
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
    ratios = (sharpness(others) / sharpness(pixels)).numpy()
    assert found.sharpness_ratio == pytest.approx(np.sort(ratios)[len(ratios) // 2 - 1], rel=1e-6)
    assert found.sharpness_error == pytest.approx(np.abs(np.log(ratios)).mean(), rel=1e-5)
    assert found.sharpness_low == pytest.approx(np.quantile(ratios, 0.05), rel=1e-5)
    assert found.sharpness_high == pytest.approx(np.quantile(ratios, 0.95), rel=1e-5)
    powers = [np.abs(np.fft.fft2(part.view(-1, 28, 28))) ** 2 for part in (pixels, others)]
    y, x = np.meshgrid(np.minimum(np.arange(28), 28 - np.arange(28)), np.arange(28))
    ring = np.round(np.hypot(x - 28 * (x > 14), y)).astype(int)
    levels = [
        10 * np.log10(powers[1].mean(0)[ring == k].mean() / powers[0].mean(0)[ring == k].mean())
        for k in range(1, 15)
    ]
    assert found.spectrum_error == pytest.approx(np.abs(levels).mean(), rel=1e-3)


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
    found = structural_similarities(pixels[:10], others)
    assert found.tolist() == pytest.approx(expected, abs=1e-4)


def test_ssim_falls_with_blur(pixels):
    falling = [
        structural_similarities(pixels, blur(pixels, width)).mean() for width in (0.5, 1.0, 2.0)
    ]
    assert 1 > falling[0] > falling[1] > falling[2] > 0


@pytest.mark.slow
def test_blur_classifier_labels_blur(digits):
    model = train_blur_classifier(digits, torch.device("cpu"))
    pixels = to_pixels(digits.test_images)
    found = accuracy_by_blur_width(model, pixels, (0.8, 1.2))
    assert min(point.accuracy for point in found) > 0.95
    others = [box_blur(pixels, 3.0), motion_blur(pixels, 4.0, 0.8), median_filtered(pixels, 3)]
    assert max(sharp_share(model, blurred) for blurred in others) < 0.2  # untrained: 0 or 1


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


# ---- gradients, and what processing does to them -------------------------------------------


def test_gradients_against_scipy(pixels):
    found = gradient_magnitudes(pixels[:20]).view(-1, 26, 26)
    for image, ours in zip(pixels[:20].double().view(-1, 28, 28).numpy(), found, strict=True):
        across, down = (ndimage.prewitt(image, axis) / 3 for axis in (0, 1))
        np.testing.assert_allclose(ours.numpy(), np.hypot(across, down)[1:-1, 1:-1], atol=1e-6)


def test_gradient_distance_against_scipy(pixels):
    others = blur(pixels[:20], 0.6)
    own, other = (gradient_magnitudes(one).double().numpy() for one in (pixels[:20], others))
    expected = [stats.wasserstein_distance(a, b) for a, b in zip(own, other, strict=True)]
    assert gradient_distance(pixels[:20], others) == pytest.approx(np.mean(expected), rel=1e-5)


def test_gradient_distance_sees_both_sides(pixels):
    """Of the originals it is 0, wherever they lie; softer and steeper edges are both worse."""
    assert gradient_distance(pixels, pixels) == 0
    moved = pixels.view(-1, 28, 28).transpose(1, 2).flatten(1)
    assert gradient_distance(pixels, moved) == pytest.approx(0, abs=1e-6)
    assert gradient_distance(pixels, blur(pixels, 0.5)) > 0.001
    assert gradient_distance(pixels, stretched(pixels, 1.5)) > 0.001


@pytest.mark.parametrize("processing", ["contrast", "unsharp"])
def test_processing_makes_blurred_images_as_sharp_as_originals(pixels, processing):
    soft = blur(pixels, 0.4)
    change = fitted(processing, pixels, soft)
    ratios = sharpness(change(soft)) / sharpness(pixels)
    assert ratios.median().item() == pytest.approx(1, abs=0.01)
    assert (sharpness(soft) / sharpness(pixels)).median().item() < 0.9


def test_no_processing_is_none(pixels):
    assert torch.equal(fitted("none", pixels, blur(pixels, 0.4))(pixels), pixels)


def test_contrast_is_stretched_about_one_half():
    pixels = torch.tensor([[0.0, 0.25, 0.5, 0.75, 1.0]])
    expected = torch.tensor([[0.0, 0.0, 0.5, 1.0, 1.0]])
    assert torch.equal(stretched(pixels, 2.0), expected)


def test_an_unsharp_mask_is_scipys(pixels):
    images = pixels[:5].view(-1, 28, 28).double().numpy()
    kernel = special.ive(np.arange(-40, 41), 0.8**2)
    soft = images
    for axis in (1, 2):
        soft = ndimage.convolve1d(soft, kernel, axis=axis, mode="reflect")
    expected = np.clip(images + 0.5 * (images - soft), 0, 1).reshape(5, -1)
    np.testing.assert_allclose(unsharp_masked(pixels[:5], 0.8, 0.5).numpy(), expected, atol=1e-5)


def test_what_cannot_be_made_sharp_gets_the_most_that_is_allowed(pixels):
    grey = torch.full_like(pixels, 0.5)
    change = fitted("contrast", pixels, grey + 1e-4 * pixels)
    half = torch.tensor([[0.5 + 1e-3]])
    assert change(half).item() == pytest.approx(0.5 + FACTORS[1] * 1e-3, rel=1e-4)
