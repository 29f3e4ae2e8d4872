"""What each choice in the autoencoder's training is worth, on images held out from training.

Usage:
    python benchmarks/ablation.py --latents 2 16 256 --num-seeds 3

Trains the network as it is and with one choice undone, on the first 50,000 training images with
train.py's loop and settings, and measures the L1 on the last 10,000: the test set takes no part.
Prints mean and standard deviation over the seeds, and the time of the training steps relative to
those of the network as it is.
"""

import statistics
import time
from dataclasses import replace
from unittest import mock

import torch
from our_training import train
from torch import Tensor, nn

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks import autoencoder as architecture
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.networks.pca import Components, principal_components
from q2_autoencoder.options import add_latent_dims
from shared import cli, datasets
from shared.device import (
    DEVICE_HELP,
    choose_device,
    choose_precision,
    device_label,
    wait_for,
)
from shared.summary import spread

FIRST_SEED = 100  # seeds of the choices; those from 0 on are reported


class WithoutLinearSkip(Autoencoder):
    """The networks alone, initialised at random."""

    def __init__(self, latent_dim: int, components: Components | None = None):
        super().__init__(latent_dim)

    def encode(self, pixels: Tensor) -> Tensor:
        return self.encoder(pixels)

    def decode(self, codes: Tensor) -> Tensor:
        return self.output(self.decoder(codes))


class RandomInitialisation(Autoencoder):
    """Both paths, but nothing is initialised with principal components."""

    def __init__(self, latent_dim: int, components: Components | None = None):
        super().__init__(latent_dim)


class PlainSigmoid(Autoencoder):
    """σ(y) at the output."""

    def output(self, values: Tensor) -> Tensor:
        return torch.sigmoid(values)


class WithoutStretch(Autoencoder):
    """σ(4·(y − ½)) at the output."""

    def output(self, values: Tensor) -> Tensor:
        return torch.sigmoid(4 * (values - 0.5))


class ClampOnly(Autoencoder):
    """y cut off at 0 and 1, whose gradient passes the cut."""

    def output(self, values: Tensor) -> Tensor:
        return values + (values.clamp(0, 1) - values).detach()


class MoreChannels(Autoencoder):
    """Twice as many channels in the convolutions."""

    def __init__(self, latent_dim: int, components: Components | None = None):
        channels = tuple(2 * count for count in architecture.CHANNELS)
        with mock.patch.object(architecture, "CHANNELS", channels):
            super().__init__(latent_dim, components)


class AdamAlone(Autoencoder):
    """The same network, all of whose weights Adam moves."""

    def hidden_matrices(self) -> list[nn.Parameter]:
        return []


class WithoutBlocks(Autoencoder):
    """No residual blocks: one hidden layer on each side of the code."""

    def __init__(self, latent_dim: int, components: Components | None = None):
        super().__init__(latent_dim, components)
        for network in (self.encoder, self.decoder):
            for name, layer in list(network.named_children()):
                if isinstance(layer, architecture.Residual):
                    network[int(name)] = nn.Identity()


class PlainSecondLayer(WithoutBlocks):
    """A second hidden layer of 256 in place of the blocks: depth through a bottleneck."""

    def __init__(self, latent_dim: int, components: Components | None = None):
        super().__init__(latent_dim, components)
        hidden, inner = architecture.HIDDEN, architecture.INNER
        for network in (self.encoder, self.decoder):
            places = [i for i, layer in enumerate(network) if isinstance(layer, nn.Identity)]
            network[places[0]] = nn.Sequential(
                nn.Linear(hidden, inner, bias=False),
                nn.BatchNorm1d(inner),
                nn.SiLU(),
                nn.Linear(inner, hidden, bias=False),
                nn.BatchNorm1d(hidden),
                nn.SiLU(),
            )


VARIANTS = {
    "as it is": Autoencoder,
    "no residual blocks": WithoutBlocks,
    "a plain second layer of 256": PlainSecondLayer,
    "random initialisation": RandomInitialisation,
    "no linear skip connection": WithoutLinearSkip,
    "plain sigmoid": PlainSigmoid,
    "sigmoid without stretch": WithoutStretch,
    "clamp without sigmoid": ClampOnly,
    "twice the channels": MoreChannels,
    "Adam in the place of Muon": AdamAlone,
}


def main() -> None:
    parser = cli.Parser(__doc__)
    add = parser.add_argument
    add_latent_dims(parser, "latent dimensions")
    add("--epochs", type=cli.whole_number(1, 1000), default=3, metavar="N", help="of each training")
    add("--num-seeds", type=cli.whole_number(1, 100), default=3, metavar="N", help="of each choice")
    add("--device", default="auto", help=DEVICE_HELP)
    options = parser.parse_args()
    device = choose_device(options.device)
    data = datasets.load("mnist-validation", datasets.default_root()).to(device)
    train_images, held_out = data.train_images, data.test_images
    print(
        f"L1 on held-out images after {options.epochs} epochs, {device_label(device)}", flush=True
    )
    for latent_dim in options.latent_dims:
        config = TrainingConfig(
            latent_dim=latent_dim,
            epochs=options.epochs,
            precision=choose_precision("auto", device),
        )
        components = principal_components(train_images, latent_dim)
        first = 0.0
        for name, variant in VARIANTS.items():
            errors, seconds = [], []
            for seed in range(FIRST_SEED, FIRST_SEED + options.num_seeds):
                torch.manual_seed(seed)
                model = variant(latent_dim, components)
                started = time.perf_counter()
                reconstruct = train(model, replace(config, seed=seed), train_images)
                wait_for(device)
                seconds.append(time.perf_counter() - started)
                errors.append(reconstruction_errors(reconstruct, held_out).l1)
            first = first or statistics.median(seconds)
            found = spread(errors)
            deviation = "" if found.sd is None else f" ± {found.sd:.5f}"
            print(
                f"latent dimension {latent_dim:3}  {name:30} {found.mean:.5f}{deviation}  "
                f"{statistics.median(seconds) / first:.2f} times the time",
                flush=True,
            )


if __name__ == "__main__":
    cli.run(main)
