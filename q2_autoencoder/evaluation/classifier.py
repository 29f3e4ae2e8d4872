"""The reader: a classifier that says which digit a picture, or a reconstruction, shows.

It is trained once on the clear training images, apart from every autoencoder, and kept beside
the runs. Its training is no part of the results: only its judgement is.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_indices, to_pixels
from q2_autoencoder.networks.errors import BATCH
from q2_autoencoder.training.schedule import one_cycle
from shared import checkpoints
from shared.datasets import ImageData
from shared.device import choose_precision

KIND, VERSION = "classifier", 1
CLASSES, FEATURES = 10, 128
BATCH_SIZE, LEARNING_RATE, SEED = 128, 2e-3, 0
EPOCHS, LEAST_STEPS = 5, 400  # the steps are for small data sets
SHIFT = 2  # pixels by which a batch is moved at most, each way


def _convolution(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


class Classifier(nn.Module):
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


def train_classifier(data: ImageData, device: torch.device, precision: torch.dtype) -> Classifier:
    """Return a classifier trained on the training images, in evaluation mode."""
    # A training of its own: the caller's random numbers are left as they were.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(SEED)
        model = Classifier().to(device, memory_format=torch.channels_last)
        images, labels = data.train_images.to(device), data.train_labels.to(device)
        shuffling = torch.Generator().manual_seed(SEED)
        steps_per_epoch = batches_per_epoch(len(images), BATCH_SIZE)
        epochs = max(EPOCHS, -(-LEAST_STEPS // steps_per_epoch))
        steps = steps_per_epoch * epochs
        optimizer = torch.optim.AdamW(
            model.parameters(), lr=LEARNING_RATE, weight_decay=0.02, fused=True
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step, steps))
        bar = tqdm(total=steps, unit="step", desc="classifier", disable=None, leave=False)
        for _ in range(epochs):
            for index in shuffled_indices(len(images), BATCH_SIZE, shuffling, device):
                across, down = torch.randint(0, 2 * SHIFT + 1, (2,)).tolist()
                framed = functional.pad(images[index], [SHIFT] * 4)
                moved = to_pixels(framed[:, down : down + 28, across : across + 28])
                with torch.autocast(device.type, precision, enabled=precision != torch.float32):
                    scores = model(moved)
                loss = functional.cross_entropy(scores.float(), labels[index], label_smoothing=0.05)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                bar.update()
        bar.close()
    return model.eval()


@torch.no_grad()
def read(model: Classifier, pixels: Tensor) -> Tensor:
    """Return the digit (N,) as which each of the pixels (N, 784) is read, in float32."""
    return torch.cat([model(part).argmax(1) for part in pixels.split(BATCH)])


def load_or_train(folder: Path, name: str, data: ImageData, device: torch.device) -> Classifier:
    """Return the classifier of the data set `name` kept in `folder`; train it where there is none.

    Raises:
        BadInput: the file is there, but is no classifier of this version.
    """
    model = checkpoints.load_or_train(
        folder / f"classifier-{name}.pt", KIND, VERSION, Classifier,
        lambda: train_classifier(data, device, choose_precision("auto", device)),
    )  # fmt: skip
    return model.to(device, memory_format=torch.channels_last)
