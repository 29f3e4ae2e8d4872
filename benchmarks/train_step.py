"""The training step against the stock loop and against the bare matrix products.

Usage:
    python benchmarks/train_step.py --latent 256

In turns, in one process: (a) the loop of torch's own MNIST VAE example (DataLoader, ToTensor,
float32, unfused Adam, loss.item() in every step) on the same network and batch size;
(b) train.py's loop; (c) the floor: the matrix products and convolutions of one step alone,
forward and backward, in the same shapes and precision. Prints ratios with their spread.
"""

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor
from turns import seconds_in_turns

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.training.checkpointing import Resumable
from q2_autoencoder.training.optimization import make_optimizers, one_cycle, update
from q2_autoencoder.training.state import Record, RunContext, TrainingState
from shared import cli, datasets
from shared.datasets import PIXELS
from shared.device import (
    DEVICE_HELP,
    choose_device,
    choose_precision,
    device_label,
    in_precision,
    move_network,
)
from shared.provenance import environment

ROUNDS = 15
STEPS = {"cpu": 20, "cuda": 240}  # a round; on CUDA an epoch, whose loader starts a process
NEVER = 10**9  # steps until a checkpoint, and of the schedule


@dataclass(frozen=True)
class Work:
    """What each rival does in a round: so many steps on `images`, which lie on their device."""

    config: TrainingConfig
    images: Tensor
    steps: int

    @property
    def device(self) -> torch.device:
        """Where the images lie."""
        return self.images.device


def main() -> None:
    parser = cli.Parser(__doc__)
    add = parser.add_argument
    add("--latent", type=cli.whole_number(1, PIXELS), default=256, help="latent dimension")
    add("--batch-size", type=cli.whole_number(2, 2000), default=250, help="images per step")
    add("--device", default="auto", help=DEVICE_HELP)
    options = parser.parse_args()
    device = choose_device(options.device)
    config = TrainingConfig(
        latent_dim=options.latent,
        batch_size=options.batch_size,
        precision=choose_precision("auto", device),
    )
    data = datasets.load(config.data, datasets.default_root())
    steps = STEPS.get(device.type, STEPS["cuda"])
    work = Work(config, data.train_images[: steps * config.batch_size].to(device), steps)
    components = principal_components(data.train_images, config.latent_dim)
    rivals = {
        "stock": stock_loop(Autoencoder(config.latent_dim, components), work),
        "ours": our_loop(Autoencoder(config.latent_dim, components), work),
        "floor": bare_products(Autoencoder(config.latent_dim), work),
    }
    seconds = seconds_in_turns(rivals, ROUNDS, device)
    print(
        f"latent dimension {config.latent_dim}, batches of {config.batch_size}, "
        f"{config.precision}, {device_label(device)}; {ROUNDS} rounds of {steps} steps each"
    )
    for name, times in seconds.items():
        print(f"{name:6} {1e3 * statistics.median(times) / steps:7.1f} ms per step (median)")
    for words, slow, fast in (("stock / ours", "stock", "ours"), ("ours / floor", "ours", "floor")):
        ratios = [a / b for a, b in zip(seconds[slow], seconds[fast], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"{words}: {middle:.2f} (middle half of the rounds {low:.2f} to {high:.2f})")


def stock_loop(model: nn.Module, work: Work) -> Callable[[], None]:
    """Return a function that trains for a round as torch's examples/vae/main.py does."""
    dataset = MNIST(str(datasets.default_root()), train=True, transform=ToTensor())
    loading = {"num_workers": 1, "pin_memory": True} if work.device.type == "cuda" else {}
    loader = DataLoader(
        Subset(dataset, range(work.steps * work.config.batch_size)),
        batch_size=work.config.batch_size,
        shuffle=True,
        **loading,
    )
    model = model.to(work.device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=work.config.peak_lr)

    def run() -> None:
        total = 0.0
        for images, _ in loader:
            pixels = images.to(work.device).view(-1, PIXELS)
            optimizer.zero_grad()
            loss = functional.l1_loss(model(pixels), pixels)
            loss.backward()
            total += loss.item()
            optimizer.step()

    return run


def our_loop(model: Autoencoder, work: Work) -> Callable[[], None]:
    """Return a function that trains once on the images as train.py does."""
    model = move_network(model, work.device).train()
    reconstruct = in_precision(model, work.device, work.config.precision)
    adam, muon = make_optimizers(model, work.config)
    schedules = [one_cycle(optimizer, NEVER) for optimizer in (adam, muon)]
    record = Record()
    state = TrainingState(
        {"optimizer": adam, "muon": muon}, {"shuffling": torch.Generator().manual_seed(0)}, record
    )
    folder = Path(tempfile.mkdtemp())  # stays empty: no checkpoint is ever due
    context = RunContext(folder, environment(work.device), lambda: None, checkpoint_every=NEVER)
    training = Resumable(work.config, context, state, work.images)
    folder.rmdir()
    epochs = training.epochs(NEVER)

    def run() -> None:
        next(epochs)
        for place, pixels in training.batches():
            loss = functional.l1_loss(reconstruct(pixels), pixels)
            update(loss, adam, muon)
            for schedule in schedules:
                schedule.step()
            record.note(place, {"loss": loss.detach()}, training.steps_per_epoch)
        record.take_steps()["loss"].mean().item()

    return run


def bare_products(model: Autoencoder, work: Work) -> Callable[[], None]:
    """Return a function that does the matrix products of a round, each layer on its own.

    For every linear or convolutional layer: output, gradient of the weights, and gradient of
    the input except where the input is the image, which needs none.
    """
    precision = torch.bfloat16 if work.config.precision == "bf16" else torch.float32
    layers, hooks = [], []

    def record(layer, inputs, output):
        values = torch.randn(inputs[0].shape, device=work.device, dtype=precision)
        if values.ndim == 4:
            values = values.contiguous(memory_format=torch.channels_last)
        values.requires_grad_(inputs[0].requires_grad)
        layers.append((layer, values, torch.randn_like(output, dtype=precision)))

    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            hooks.append(layer.register_forward_hook(record))
    model = move_network(model, work.device)
    model(torch.rand(work.config.batch_size, PIXELS, device=work.device))
    for hook in hooks:
        hook.remove()
    for layer, _, _ in layers:
        layer.to(precision)
        layer.bias = None

    def run() -> None:
        for _ in range(work.steps):
            for layer, values, gradient in layers:
                wanted = [layer.weight] + [values] * values.requires_grad
                torch.autograd.grad(layer(values), wanted, gradient)

    return run


if __name__ == "__main__":
    cli.run(main)
