"""The autoencoder's parts against brute force and against other libraries."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from q2_autoencoder.networks.autoencoder import SIGMOID_BELOW, STRETCH, Autoencoder
from q2_autoencoder.networks.batches import shuffled_batches, to_pixels
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.training.optimization import one_cycle_factor


@given(st.integers(1, 300), st.integers(2, 70), st.integers(0, 5))
def test_every_image_is_in_one_batch(count, batch_size, seed):
    images = torch.arange(count, dtype=torch.int32).view(-1, 1, 1)
    batches = list(shuffled_batches(images, batch_size, torch.Generator().manual_seed(seed)))
    seen = torch.cat(batches).flatten() * 255
    assert sorted(seen.round().int().tolist()) == list(range(count))
    sizes = [len(batch) for batch in batches]
    assert min(sizes) >= min(batch_size, count)
    assert max(sizes) - min(sizes) <= 1


def test_batches_repeat_with_the_seed_and_differ_between_epochs(digits):
    def epochs(seed):
        generator = torch.Generator().manual_seed(seed)
        return [
            torch.cat(list(shuffled_batches(digits.test_images, 32, generator))) for _ in range(2)
        ]

    first, again, other = epochs(3), epochs(3), epochs(4)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], other[0])


def test_errors_equal_a_brute_force_loop(digits):
    images = digits.test_images[:7]
    errors = reconstruction_errors(lambda pixels: pixels * 0.5 + 0.1, images)
    absolute = squared = 0.0
    for image in images.tolist():
        for row in image:
            for value in row:
                pixel = value / 255
                absolute += abs(pixel * 0.5 + 0.1 - pixel)
                squared += (pixel * 0.5 + 0.1 - pixel) ** 2
    assert errors.l1 == pytest.approx(absolute / (7 * 784), rel=1e-6)
    assert errors.mse == pytest.approx(squared / (7 * 784), rel=1e-6)
    assert errors.squared_error == pytest.approx(squared / 7, rel=1e-6)


@pytest.mark.parametrize("count", [1, 5, 64])
def test_components_equal_a_singular_value_decomposition(digits, count):
    components = principal_components(digits.train_images, count)
    pixels = to_pixels(digits.train_images).double()
    _, _, directions = torch.linalg.svd(pixels - pixels.mean(0), full_matrices=False)
    ours = components.directions.double().T @ components.directions.double()
    theirs = directions[:count].T @ directions[:count]
    assert torch.allclose(ours, theirs, atol=1e-4)
    assert torch.allclose(components.mean.double(), pixels.mean(0), atol=1e-6)


@pytest.mark.parametrize("latent_dim", [1, 2, 16, 256, 784])
def test_an_untrained_network_is_near_pca(digits, latent_dim):
    torch.manual_seed(0)
    components = principal_components(digits.train_images, latent_dim)
    model = Autoencoder(latent_dim, components).eval()
    pixels = to_pixels(digits.test_images[:50])
    with torch.no_grad():
        codes, reconstructions = model.encode(pixels), model(pixels)
    assert codes.shape == (50, latent_dim)
    assert reconstructions.shape == pixels.shape
    assert reconstructions.min() >= 0
    assert reconstructions.max() <= 1
    if latent_dim < SIGMOID_BELOW:  # undo the sigmoid and its stretch
        reconstructions = torch.logit((reconstructions - 0.5) / STRETCH + 0.5) / 4 + 0.5
    difference = reconstructions.clamp(0, 1) - components.reconstruct(pixels)
    assert difference.abs().mean() < 0.03


def test_gradients_pass_where_the_output_is_cut_off():
    """A pixel below 0 that should be white is pulled up; one that should be black is left alone."""
    torch.manual_seed(0)
    model = Autoencoder(100).eval()
    with torch.no_grad():
        model.linear_decoder.bias.fill_(-3)
    codes = torch.zeros(1, 100)
    for target, pulled in ((1.0, True), (0.0, False)):
        model.zero_grad()
        output = model.decode(codes)
        assert (output == 0).all()
        (output - target).abs().mean().backward()
        gradient = model.linear_decoder.bias.grad
        assert gradient is not None
        assert bool((gradient < 0).all()) is pulled
        assert bool((gradient == 0).all()) is not pulled


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 11, 20, 3744])
def test_learning_rate_rises_and_falls(steps):
    shares = [one_cycle_factor(step, steps) for step in range(steps)]
    assert all(0 < share <= 1 for share in shares)
    peak = shares.index(max(shares))
    assert shares[: peak + 1] == sorted(shares[: peak + 1])
    assert shares[peak:] == sorted(shares[peak:], reverse=True)
    assert peak <= max(1, steps / 10)
    if steps >= 100:
        assert shares[peak] > 0.99
        assert shares[-1] < 1e-3


@pytest.mark.parametrize("steps", [20, 100])
def test_learning_rate_is_that_of_two_schedules_of_torch(steps):
    rise = steps // 10
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    linear = LinearLR(optimizer, start_factor=1 / rise, total_iters=rise - 1)
    cosine = CosineAnnealingLR(optimizer, T_max=steps + 1 - rise)
    schedule = SequentialLR(optimizer, [linear, cosine], milestones=[rise - 1])
    for step in range(steps):
        assert one_cycle_factor(step, steps) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()


@pytest.mark.parametrize("count", [2, 3])
def test_more_components_than_images_are_padded(count, digits):
    components = principal_components(digits.test_images[:count], 10)
    assert components.directions.shape == (10, 784)
    assert torch.isfinite(components.directions).all()
    pixels = to_pixels(digits.test_images[:count])
    assert torch.allclose(components.reconstruct(pixels), pixels, atol=1e-3)
