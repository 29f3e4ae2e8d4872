"""Batches cut by index from a uint8 tensor that lies on the training device."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

EVALUATION_BATCH = 1000  # images; bounds the memory, not the result


def to_pixels(images: Tensor) -> Tensor:
    """Return uint8 images (N, 28, 28) as float32 pixels (N, 784) in [0, 1]."""
    return images.flatten(1).float() / 255


def batches_per_epoch(count: int, batch_size: int) -> int:
    """Return the number of batches that `count` images make: none is smaller than `batch_size`."""
    return max(1, count // batch_size)


def shuffled_indices(
    count: int, batch_size: int, generator: torch.Generator, device: torch.device
) -> Iterator[Tensor]:
    """Yield 0 … count − 1, each once, in random order, in batches of nearly equal size on `device`.

    No batch is smaller than `batch_size` (unless there are fewer images): batch normalisation
    needs more than one image, and a small last batch would be a step of its own kind.
    """
    order = torch.randperm(count, generator=generator).to(device)
    yield from order.tensor_split(batches_per_epoch(count, batch_size))


def shuffled_batches(
    images: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Yield every one of the uint8 `images` (N, 28, 28) once, in random order, as pixels (B, 784).

    The batches are those of `shuffled_indices`.
    """
    for index in shuffled_indices(len(images), batch_size, generator, images.device):
        yield to_pixels(images[index])


@torch.no_grad()
def map_batches(function: Callable[[Tensor], Tensor], pixels: Tensor) -> Tensor:
    """Return `function` of `pixels` (N, 784), taken batch by batch, on the CPU."""
    return torch.cat([function(part).cpu() for part in pixels.split(EVALUATION_BATCH)])
