"""The classifier two-sample test: can a network learn to tell reconstructions from originals?

Lopez-Paz and Oquab, "Revisiting classifier two-sample tests" (2017). A network is trained afresh
for each set of reconstructions on one half of the test images, originals and reconstructions, and
labels the other half. An accuracy of one half means that it found nothing to tell them by. No
measure of sharpness or of digits is built into it; it learns whatever gives reconstructions away.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from q2_autoencoder.networks.batches import map_batches
from q2_autoencoder.training.fit import Recipe, fit

RECIPE = Recipe(
    name="two-sample classifier",
    epochs=8,
    least_steps=80,
    batch_size=250,
    learning_rate=3e-3,
    weight_decay=0.01,
    seed=99,
)


class TwoSampleClassifier(nn.Module):
    """Log-odds (N,) that pixels (N, 784) are an original."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.PixelUnshuffle(2),
            nn.Conv2d(4, 32, 3, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 64),
            nn.ReLU(),
            nn.Linear(64, 1),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the log-odds."""
        return self.layers(pixels)[:, 0]


def two_sample_test(originals: Tensor, others: Tensor) -> float:
    """Return the accuracy with which a network tells `others` from `originals`, pixels (N, 784).

    It learns from those at even places, pairs of an original and its reconstruction, and labels
    those at odd places.
    """
    both = torch.stack([originals, others], 1)
    learned, asked = both[::2], both[1::2]

    def batch_loss(model: TwoSampleClassifier, index: Tensor, _: torch.Generator) -> Tensor:
        pairs = learned[index]
        scores = model(torch.cat([pairs[:, 0], pairs[:, 1]]))
        labels = torch.cat([scores.new_ones(len(pairs)), scores.new_zeros(len(pairs))])
        return functional.binary_cross_entropy_with_logits(scores, labels)

    model = fit(TwoSampleClassifier, learned, RECIPE, batch_loss)
    scores = [map_batches(model, asked[:, place].contiguous()) for place in (0, 1)]
    return torch.cat([scores[0] > 0, scores[1] < 0]).double().mean().item()
