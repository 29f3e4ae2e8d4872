"""The referee: a second network that tells clear images from blurred ones, and trains nobody.

dis_net cannot witness for an autoencoder that learned to please it. The referee has another
architecture, seed and range of blur, has seen neither reconstructions nor dis_net, and is trained
once for all runs.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_batches
from q2_autoencoder.networks.discriminator import blur_randomly
from q2_autoencoder.training.schedule import one_cycle
from shared import checkpoints
from shared.datasets import ImageData
from shared.device import choose_precision

KIND, VERSION = "referee", 1
WIDTHS = (0.3, 1.2)  # pixels; dis_net's end higher
BATCH_SIZE, LEARNING_RATE, SEED = 200, 3e-3, 4711
EPOCHS, LEAST_STEPS = 2, 200  # the steps are for small data sets


class Referee(nn.Module):
    """Scores (N,) of pixels (N, 784), above 0 for clear, judged by the mean over all places.

    3×3 convolutions with batch normalisation and a mean over the picture: local sharpness, with
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


def train_referee(data: ImageData, device: torch.device, precision: torch.dtype) -> Referee:
    """Return a referee trained on the training images and their blurred copies."""
    # A training of its own: the caller's random numbers are left as they were.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(SEED)
        model = Referee().to(device, memory_format=torch.channels_last)
        images = data.train_images.to(device)
        random = torch.Generator().manual_seed(SEED)
        steps_per_epoch = batches_per_epoch(len(images), BATCH_SIZE)
        epochs = max(EPOCHS, -(-LEAST_STEPS // steps_per_epoch))
        steps = steps_per_epoch * epochs
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step, steps))
        bar = tqdm(total=steps, unit="step", desc="referee", disable=None, leave=False)
        for _ in range(epochs):
            for clear in shuffled_batches(images, BATCH_SIZE, random):
                blurred = blur_randomly(clear, WIDTHS, random)
                with torch.autocast(device.type, precision, enabled=precision != torch.float32):
                    scores = model(torch.cat([clear, blurred]))
                labels = torch.cat([torch.ones(len(clear)), torch.zeros(len(blurred))]).to(device)
                loss = functional.binary_cross_entropy_with_logits(scores.float(), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                bar.update()
        bar.close()
    return model.eval()


def load_or_train(folder: Path, name: str, data: ImageData, device: torch.device) -> Referee:
    """Return the referee of the data set `name` kept in `folder`; train it where there is none.

    Raises:
        BadInput: the file is there, but is no referee of this version.
    """
    model = checkpoints.load_or_train(
        folder / f"referee-{name}.pt", KIND, VERSION, Referee,
        lambda: train_referee(data, device, choose_precision("auto", device)),
    )  # fmt: skip
    return model.to(device, memory_format=torch.channels_last)
