"""The held-out blur classifier: a second network that tells sharp images from blurred ones.

dis_net cannot judge an autoencoder that was trained against it. This network has another
architecture and seed and learns from other blurs, has seen neither reconstructions nor dis_net,
takes part in no training, and is trained once for all runs.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.blur import blur_randomly
from q2_autoencoder.networks.other_blurs import box_blur, median_filtered, motion_blur
from q2_autoencoder.training import file_names
from q2_autoencoder.training.fit import Recipe, fit
from shared import checkpoints
from shared.datasets import ImageData
from shared.device import autocast, choose_precision, move_network

KIND, VERSION = "blur classifier", 4
GROUPS = 8  # of images of a batch that get one box or one movement
# Pixels: standard deviations of Gaussians (dis_net's end higher), sides of squares that are
# averaged over, lengths of movements, and the side of the square whose median is taken.
GAUSSIANS, BOXES, MOVEMENTS, MEDIAN = (0.3, 1.2), (1.5, 4.0), (2.0, 5.0), 3
RECIPE = Recipe(
    name="blur classifier",
    epochs=2,
    least_steps=200,
    batch_size=200,
    learning_rate=3e-3,
    weight_decay=0.0,
    seed=4711,
)


class BlurClassifier(nn.Module):
    """Scores (N,) of pixels (N, 784), above 0 for sharp, from the mean over all places.

    3×3 convolutions with batch normalisation and a mean over the image: local sharpness, with
    little eye for shapes.
    """

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, 24, 3, padding=1, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1, bias=False),
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(48, 1),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the scores."""
        return self.layers(pixels)[:, 0]


def blurred_in_many_ways(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Return pixels (N, 784), two fifths of them blurred by Gaussians, a width for each image, the
    others by a box, by movement and by a median filter. N is 5 at least.
    """

    def between(low: float, high: float) -> float:
        return low + (high - low) * torch.rand((), generator=generator).item()

    boxes, moved, median, *gaussian = pixels.tensor_split(5)
    return torch.cat(
        [
            *(box_blur(part, between(*BOXES)) for part in boxes.tensor_split(GROUPS)),
            *(
                motion_blur(part, between(*MOVEMENTS), between(0, math.pi))
                for part in moved.tensor_split(GROUPS)
            ),
            median_filtered(median, MEDIAN),
            blur_randomly(torch.cat(gaussian), GAUSSIANS, generator),
        ]
    )


def train_blur_classifier(data: ImageData, device: torch.device) -> BlurClassifier:
    """Return a blur classifier trained on the training images and their blurred copies."""
    images = data.train_images.to(device)
    context = autocast(device, choose_precision("auto", device))

    def batch_loss(model: BlurClassifier, index: Tensor, generator: torch.Generator) -> Tensor:
        sharp = to_pixels(images[index])
        blurred = blurred_in_many_ways(sharp, generator)
        with context:
            scores = model(torch.cat([sharp, blurred]))
        labels = torch.cat([scores.new_ones(len(sharp)), scores.new_zeros(len(blurred))]).float()
        return functional.binary_cross_entropy_with_logits(scores.float(), labels)

    return fit(BlurClassifier, images, RECIPE, batch_loss)


def load_or_train(
    folder: Path, data_set: str, data: ImageData, device: torch.device
) -> BlurClassifier:
    """Return the blur classifier of `data_set` kept in `folder`; train it where there is none.

    Raises:
        BadInput: the file is there, but is no blur classifier of this version.
    """
    model = checkpoints.load_or_train(
        folder / file_names.blur_classifier(data_set),
        KIND,
        VERSION,
        BlurClassifier,
        lambda: train_blur_classifier(data, device),
    )
    return move_network(model, device)
