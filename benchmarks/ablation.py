"""What each choice in the autoencoder is worth, on images held out from training.

Usage:
    python benchmarks/ablation.py --latent 2 256

Trains the network as it is and with one choice undone, on the first 50,000 training images with
train.py's loop and settings, and measures the L1 on the last 10,000: the test set takes no part.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from q2_autoencoder.networks import autoencoder as architecture
from q2_autoencoder.networks.autoencoder import PIXELS, Autoencoder
from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_batches
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.train import BATCH_SIZE, LEARNING_RATE, train_epoch
from q2_autoencoder.training.schedule import one_cycle
from shared import cli, datasets
from shared.device import choose_device, choose_precision, device_label

HELD_OUT = 10_000


class WithoutLinearPath(Autoencoder):
    """The networks alone, started at random."""

    def __init__(self, latent: int, components=None):
        super().__init__(latent)

    def encode(self, pixels: Tensor) -> Tensor:
        return self.encoder(pixels)

    def decode(self, codes: Tensor) -> Tensor:
        return torch.sigmoid(4 * (self.decoder(codes) - 0.5))


class RandomStart(Autoencoder):
    """Both paths, but nothing starts as principal components."""

    def __init__(self, latent: int, components=None):
        super().__init__(latent)


class PlainSigmoid(Autoencoder):
    """σ(y) at the output."""

    def decode(self, codes: Tensor) -> Tensor:
        return torch.sigmoid(self.linear_decoder(codes) + self.decoder(codes))


class WithoutBlocks(Autoencoder):
    """No residual blocks: one hidden layer on each side of the code."""

    def __init__(self, latent: int, components=None):
        super().__init__(latent, components)
        for network in (self.encoder, self.decoder):
            for name, layer in list(network.named_children()):
                if isinstance(layer, architecture.Residual):
                    network[int(name)] = nn.Identity()


class PlainSecondLayer(WithoutBlocks):
    """A second hidden layer of 256 in place of the blocks: depth through a bottleneck."""

    def __init__(self, latent: int, components=None):
        super().__init__(latent, components)
        hidden, inner = architecture.HIDDEN, architecture.INNER
        for network in (self.encoder, self.decoder):
            places = [i for i, layer in enumerate(network) if isinstance(layer, nn.Identity)]
            network[places[0]] = nn.Sequential(
                nn.Linear(hidden, inner, bias=False), nn.BatchNorm1d(inner), nn.SiLU(),
                nn.Linear(inner, hidden, bias=False), nn.BatchNorm1d(hidden), nn.SiLU(),
            )  # fmt: skip


VARIANTS = {
    "as it is": Autoencoder,
    "no residual blocks": WithoutBlocks,
    "a plain second layer of 256": PlainSecondLayer,
    "started at random": RandomStart,
    "no linear path": WithoutLinearPath,
    "plain sigmoid": PlainSigmoid,
}


def main() -> None:
    parser = cli.Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--latent", type=cli.whole_number(1, PIXELS), nargs="+", default=[2, 256])
    add("--epochs", type=cli.whole_number(1, 1000), default=3)
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    options = parser.parse_args()
    device = choose_device(options.device)
    precision = choose_precision("auto", device)
    images = datasets.load("mnist", datasets.default_root()).train_images.to(device)
    train_images, held_out = images[:-HELD_OUT], images[-HELD_OUT:]
    print(
        f"L1 on held-out images after {options.epochs} epochs, {device_label(device)}", flush=True
    )
    for latent in options.latent:
        components = principal_components(train_images, latent)
        for name, variant in VARIANTS.items():
            torch.manual_seed(0)
            model = variant(latent, components)
            error = train_and_measure(model, train_images, held_out, options.epochs, precision)
            print(f"size {latent:3}  {name:30} {error:.5f}", flush=True)


def train_and_measure(
    model: Autoencoder, images: Tensor, held_out: Tensor, epochs: int, precision: torch.dtype
) -> float:
    """Return the L1 per pixel on `held_out` after training on `images` as train.py does."""
    device = images.device
    model = model.to(device, memory_format=torch.channels_last)
    steps = batches_per_epoch(len(images), BATCH_SIZE) * epochs
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step, steps))
    shuffling = torch.Generator().manual_seed(0)

    def reconstruct(pixels):
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            return model(pixels)

    losses = torch.zeros(batches_per_epoch(len(images), BATCH_SIZE), device=device)
    for _ in range(epochs):
        train_epoch(
            model, enumerate(shuffled_batches(images, BATCH_SIZE, shuffling)), reconstruct,
            functional.l1_loss, optimizer, schedule, losses, lambda: None,
        )  # fmt: skip
    model.eval()
    return reconstruction_errors(reconstruct, held_out)["l1"]


if __name__ == "__main__":
    cli.run(main)
