"""The training step against the stock loop and against the bare matrix products.

Usage:
    python benchmarks/train_step.py --latent 256

In turns, in one process: (a) the loop of torch's own MNIST VAE example (DataLoader, ToTensor,
float32, unfused Adam, loss.item() in every step) on the same network and batch size;
(b) train.py's loop; (c) the floor: the matrix products and convolutions of one step alone,
forward and backward, in the same shapes and precision. Prints ratios with their spread.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor
from tqdm import tqdm

from q2_autoencoder.networks.autoencoder import PIXELS, Autoencoder
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.train import BATCH_SIZE, LEARNING_RATE, train_epoch
from q2_autoencoder.training.checkpointing import Resumable
from shared import cli, datasets
from shared.device import choose_device, choose_precision, device_label

ROUNDS = 15  # the first one, not among them, warms up
STEPS = {"cpu": 20, "cuda": 240}  # a round; on CUDA an epoch, whose loader starts a process
NEVER = 10**9  # steps until a checkpoint


def main() -> None:
    parser = cli.Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--latent", type=cli.whole_number(1, PIXELS), default=256)
    parser.add_argument("--batch-size", type=cli.whole_number(2, 2000), default=BATCH_SIZE)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    options = parser.parse_args()
    device = choose_device(options.device)
    precision = choose_precision("auto", device)
    data = datasets.load("mnist", datasets.default_root())
    steps = STEPS[device.type]
    images = data.train_images[: steps * options.batch_size].to(device)
    components = principal_components(data.train_images, options.latent)

    rivals = {
        "stock": stock_loop(Autoencoder(options.latent, components), options, device, steps),
        "ours": our_loop(Autoencoder(options.latent, components), images, options, precision),
        "floor": bare_products(Autoencoder(options.latent), images, options, precision, steps),
    }
    seconds = {name: [] for name in rivals}
    for count in tqdm(range(ROUNDS + 1), unit="round", disable=None, leave=False):
        for name, run in rivals.items():
            started = time.perf_counter()
            run()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if count:
                seconds[name].append((time.perf_counter() - started) / steps)

    print(
        f"size {options.latent}, batches of {options.batch_size}, {precision}, "
        f"{device_label(device)}; {ROUNDS} rounds of {steps} steps each"
    )
    for name, times in seconds.items():
        print(f"{name:6} {1e3 * statistics.median(times):7.1f} ms a step (median)")
    for words, slow, fast in (("stock / ours", "stock", "ours"), ("ours / floor", "ours", "floor")):
        ratios = [a / b for a, b in zip(seconds[slow], seconds[fast], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"{words}: {middle:.2f} (middle half of the rounds {low:.2f} to {high:.2f})")


def stock_loop(model: nn.Module, options, device: torch.device, steps: int) -> Callable[[], None]:
    """Return a function that trains for `steps` steps as torch's examples/vae/main.py does."""
    dataset = MNIST(str(datasets.default_root()), train=True, transform=ToTensor())
    loading = {"num_workers": 1, "pin_memory": True} if device.type == "cuda" else {}
    loader = DataLoader(
        Subset(dataset, range(steps * options.batch_size)),
        batch_size=options.batch_size, shuffle=True, **loading,
    )  # fmt: skip
    model = model.to(device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

    def run() -> None:
        total = 0.0
        for images, _ in loader:
            pixels = images.to(device).view(-1, PIXELS)
            optimizer.zero_grad()
            loss = functional.l1_loss(model(pixels), pixels)
            loss.backward()
            total += loss.item()
            optimizer.step()

    return run


def our_loop(model: nn.Module, images, options, precision: torch.dtype) -> Callable[[], None]:
    """Return a function that trains once on `images` as train.py does."""
    device = images.device
    model = model.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    shuffling = torch.Generator().manual_seed(0)

    def reconstruct(pixels):
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            return model(pixels)

    training = Resumable(
        Path(), {}, {}, {"optimizer": optimizer}, {"shuffling": shuffling}, {}, images,
        options.batch_size, NEVER, lambda: None,
    )  # fmt: skip
    epochs = training.epochs(NEVER)
    losses = torch.zeros(training.steps_per_epoch, device=device)

    def run() -> None:
        next(epochs)
        train_epoch(
            model, training.batches(), reconstruct, functional.l1_loss, optimizer, schedule,
            losses, lambda: None,
        )  # fmt: skip
        losses.mean().item()

    return run


def bare_products(
    model: nn.Module, images, options, precision: torch.dtype, steps: int
) -> Callable[[], None]:
    """Return a function that does `steps` times the products of a step, each layer on its own.

    For every linear or convolutional layer: output, gradient of the weights, and gradient of
    the input except where the input is the image, which needs none.
    """
    device = images.device
    layers, hooks = [], []

    def record(layer, inputs, output):
        values = torch.randn(inputs[0].shape, device=device, dtype=precision)
        if values.ndim == 4:
            values = values.contiguous(memory_format=torch.channels_last)
        values.requires_grad_(inputs[0].requires_grad)
        layers.append((layer, values, torch.randn_like(output, dtype=precision)))

    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            hooks.append(layer.register_forward_hook(record))
    model = model.to(device, memory_format=torch.channels_last)
    model(torch.rand(options.batch_size, PIXELS, device=device))
    for hook in hooks:
        hook.remove()
    for layer, _, _ in layers:
        layer.to(precision)
        layer.bias = None

    def run() -> None:
        for _ in range(steps):
            for layer, values, gradient in layers:
                wanted = [layer.weight] + [values] * values.requires_grad
                torch.autograd.grad(layer(values), wanted, gradient)

    return run


if __name__ == "__main__":
    cli.run(main)
