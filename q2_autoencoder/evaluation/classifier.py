"""The evaluation classifier: which digit an image, or a reconstruction, is classified as.

It is trained once, on the sharp training images, independently of every autoencoder, and kept
beside the runs.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.training import file_names
from q2_autoencoder.training.fit import Recipe, fit
from shared import checkpoints
from shared.datasets import ImageData
from shared.device import autocast, choose_precision, move_network

KIND, VERSION = "classifier", 1
CLASSES, FEATURES = 10, 128
SHIFT = 2  # pixels by which a batch is moved at most, each way
RECIPE = Recipe(
    name="evaluation classifier",
    epochs=5,
    least_steps=400,
    batch_size=128,
    learning_rate=2e-3,
    weight_decay=0.02,
    seed=0,
)


def _convolution(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


class EvaluationClassifier(nn.Module):
    """Four convolutions and two linear layers: pixels (N, 784) to class scores (N, 10)."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            *_convolution(1, 32, 1),
            *_convolution(32, 32, 2),
            *_convolution(32, 64, 1),
            *_convolution(64, 64, 2),
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, FEATURES, bias=False),
            nn.BatchNorm1d(FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(FEATURES, CLASSES))

    def features(self, pixels: Tensor) -> Tensor:
        """Return the last layer's inputs (N, 128), at least 0, of pixels (N, 784)."""
        return self.body(pixels)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the scores (N, 10), whose softmax are the classes' probabilities."""
        return self.head(self.features(pixels))


def train_classifier(data: ImageData, device: torch.device) -> EvaluationClassifier:
    """Return a classifier trained on the training images, in evaluation mode."""
    images, labels = data.train_images.to(device), data.train_labels.to(device)
    context = autocast(device, choose_precision("auto", device))

    def batch_loss(model: EvaluationClassifier, index: Tensor, _: torch.Generator) -> Tensor:
        across, down = torch.randint(0, 2 * SHIFT + 1, (2,)).tolist()
        framed = functional.pad(images[index], [SHIFT] * 4)
        moved = to_pixels(framed[:, down : down + 28, across : across + 28])
        with context:
            scores = model(moved)
        return functional.cross_entropy(scores.float(), labels[index], label_smoothing=0.05)

    return fit(EvaluationClassifier, images, RECIPE, batch_loss)


def classify(model: EvaluationClassifier, pixels: Tensor) -> Tensor:
    """Return the class (N,) of each of the pixels (N, 784), computed in float32, on the CPU."""
    return map_batches(lambda part: model(part).argmax(1), pixels)


def load_or_train(
    folder: Path, data_set: str, data: ImageData, device: torch.device
) -> EvaluationClassifier:
    """Return the classifier of `data_set` kept in `folder`; train it where there is none.

    Raises:
        BadInput: the file is there, but is no classifier of this version.
    """
    model = checkpoints.load_or_train(
        folder / file_names.classifier(data_set),
        KIND,
        VERSION,
        EvaluationClassifier,
        lambda: train_classifier(data, device),
    )
    return move_network(model, device)
