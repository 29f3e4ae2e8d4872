"""pythae's convolutional autoencoder on MNIST, by its own trainer: a rival of time_to_quality.py.

Runs in an environment of its own, which `make time-to-quality` makes:

    python benchmarks/pythae_rival.py images.npz --latent 16 --seed 0 --limit 300

Prints one JSON object a line: seconds of training so far, and the L1 per pixel on the test images.
pythae minimises the squared error; its network has no output in L1.
"""

# pyright: reportMissingImports=false
# (pythae is not in the environment that pyright looks at)

import argparse
import contextlib
import json
import tempfile
import time

import numpy as np
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import AE, AEConfig
from pythae.models.nn.benchmarks.mnist import Decoder_Conv_AE_MNIST, Encoder_Conv_AE_MNIST
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback

TESTS = 2  # within the limit: one takes as long as ten steps or so


class TimeOver(Exception):
    """The limit is reached."""


class Clock(TrainingCallback):
    """Tests the model now and then; the time of the tests does not count."""

    def __init__(self, model: AE, test: torch.Tensor, limit: float):
        self.model, self.test, self.limit = model, test, limit
        self.seconds, self.tested, self.started = 0.0, 0.0, time.perf_counter()

    def on_train_step_end(self, training_config, **kwargs):
        now = time.perf_counter()
        self.seconds, self.started = self.seconds + now - self.started, now
        if self.seconds - self.tested < self.limit / TESTS:
            return
        self.tested = self.seconds
        self.model.eval()
        with torch.no_grad():
            outputs = [self.model({"data": part}).recon_x for part in self.test.split(500)]
            l1 = (torch.cat(outputs) - self.test).abs().mean().item()
        self.model.train()
        print(json.dumps({"seconds": self.seconds, "l1": l1}), flush=True)
        if self.seconds >= self.limit:
            raise TimeOver
        self.started = time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images")
    parser.add_argument("--latent", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--limit", type=float, required=True, help="seconds")
    options = parser.parse_args()
    content = np.load(options.images)
    train, test = (
        torch.from_numpy(content[name]).float().div(255).view(-1, 1, 28, 28)
        for name in ("train", "test")
    )
    torch.manual_seed(options.seed)
    config = AEConfig(input_dim=(1, 28, 28), latent_dim=options.latent)
    model = AE(config, Encoder_Conv_AE_MNIST(config), Decoder_Conv_AE_MNIST(config))
    with tempfile.TemporaryDirectory() as folder:
        training = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=100,
            learning_rate=1e-3,
            per_device_train_batch_size=250,
            seed=options.seed,
            no_cuda=True,
        )
        clock = Clock(model, test, options.limit)
        trainer = BaseTrainer(
            model, BaseDataset(train, torch.zeros(len(train))), None, training, [clock]
        )
        with contextlib.suppress(TimeOver):
            trainer.train()


if __name__ == "__main__":
    main()
