"""Known distortions of the originals: what each judge sees, and what it does not."""

from collections.abc import Callable

import torch
from torch import Tensor

from q2_autoencoder.evaluation.feature_distances import frechet_distance, kernel_distance
from q2_autoencoder.evaluation.measures import Reference, measure
from q2_autoencoder.evaluation.processing import stretched
from q2_autoencoder.evaluation.sharpness import decibels, power_by_frequency
from q2_autoencoder.evaluation.two_sample import two_sample_test
from q2_autoencoder.networks.blur import blur
from q2_autoencoder.networks.other_blurs import box_blur, median_filtered, motion_blur
from q2_autoencoder.records import Measures
from shared.datasets import SIDE

NOISE, PATTERN, STRETCH, SEED = 0.05, 0.05, 1.2, 0  # pixel values; factor of the contrast


def noisy(pixels: Tensor) -> Tensor:
    """Return pixels (N, 784) with normal noise, cut off at 0 and 1."""
    noise = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(SEED))
    return (pixels + NOISE * noise.to(pixels.device)).clamp(0, 1)


def chequered(pixels: Tensor) -> Tensor:
    """Return pixels (N, 784) that are lighter and darker in turn, where an image is not black."""
    places = torch.arange(SIDE, device=pixels.device)
    signs = (1 - 2 * ((places[:, None] + places) % 2)).flatten()
    return torch.where(pixels > 0, pixels + PATTERN * signs, pixels).clamp(0, 1)


def shifted(pixels: Tensor) -> Tensor:
    """Return pixels (N, 784) one pixel further to the right."""
    return pixels.view(-1, SIDE, SIDE).roll(1, dims=2).flatten(1)


def another_of_its_digit(pixels: Tensor, labels: Tensor) -> Tensor:
    """Return for each of the pixels (N, 784) the next image of the same digit."""
    order = torch.empty(len(labels), dtype=torch.long)
    for digit in labels.unique():
        places = (labels == digit).nonzero()[:, 0]
        order[places] = places.roll(-1)
    return pixels[order.to(pixels.device)]


DISTORTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "blur 0.2": lambda pixels: blur(pixels, 0.2),
    "blur 0.4": lambda pixels: blur(pixels, 0.4),
    "box of 2 pixels": lambda pixels: box_blur(pixels, 2.0),
    "movement by 3 pixels": lambda pixels: motion_blur(pixels, 3.0, 0.5),
    "median of 3×3": lambda pixels: median_filtered(pixels, 3),
    f"contrast × {STRETCH}": lambda pixels: stretched(pixels, STRETCH),
    f"noise of {NOISE}": noisy,
    f"chequers of {PATTERN}": chequered,
    "shift by 1 pixel": shifted,
}
ANOTHER = "another image of the digit"


def distorted(reference: Reference) -> dict[str, Measures]:
    """Return all measures of the originals distorted in each way."""
    originals = reference.originals
    found = {name: measure(reference, change(originals)) for name, change in DISTORTIONS.items()}
    others = another_of_its_digit(originals, reference.labels)
    return found | {ANOTHER: measure(reference, others)}


def two_halves(reference: Reference) -> dict[str, float]:
    """Return what the measures of whole sets say of two halves of the originals, by their names.

    The halves are the images at even and at odd places, so that each has half as many images as
    reconstructions are judged by. A Fréchet distance is the greater, the fewer images there are.
    """
    even, odd = reference.originals[::2], reference.originals[1::2]
    count = min(len(even), len(odd))
    level = decibels(power_by_frequency(even), power_by_frequency(odd))
    features, random = reference.features, reference.random_features
    return {
        "spectrum_error": level.abs().mean().item(),
        "two_sample_accuracy": two_sample_test(even[:count], odd[:count]),
        "frechet_distance": frechet_distance(features[::2], features[1::2]),
        "kernel_distance": kernel_distance(features[::2][:count], features[1::2][:count]),
        "frechet_distance_random": frechet_distance(random[::2], random[1::2]),
        "kernel_distance_random": kernel_distance(random[::2][:count], random[1::2][:count]),
    }
