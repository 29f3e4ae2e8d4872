"""The autoencoder: one architecture for every latent size."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from q2_autoencoder.pca import Components

PIXELS = 28 * 28
WIDTHS = (1024, 512)  # of the hidden layers, from the picture to the code


def straight_through_clamp(pixels: Tensor) -> Tensor:
    """Clamp to [0, 1] in value, but pass every gradient on as if nothing had been clamped.

    Most pixels of MNIST are exactly 0 or nearly 1. A linear output spends its capacity on
    hitting them exactly; a sigmoid reaches them only at infinity; a plain clamp has no
    gradient where it is wrong. With this one a pixel below 0 that should be 0 costs nothing,
    and one below 0 that should not be 0 is still pulled up (straight-through estimator:
    Bengio, Léonard and Courville, arXiv:1308.3432).
    """
    return pixels + (pixels.clamp(0, 1) - pixels).detach()


def hidden_layers(widths: list[int]) -> list[nn.Module]:
    """Return linear layers between `widths`, each with batch normalisation and SiLU.

    Batch normalisation keeps an L1 loss from falling into the all-black image: the median
    pixel is 0, so that a network whose output barely varies is best at 0 and stays there.
    """
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.SiLU()]
    return layers


class Autoencoder(nn.Module):
    """Encoder and decoder, each a linear map beside a multilayer perceptron.

    The linear maps start as the principal components and the last layer of each perceptron
    small, so training starts at PCA's reconstruction and improves on it. Without the linear
    path a code of 256 must pass hidden layers that are hardly wider, and the network stays
    worse than PCA.

    Args:
        latent: size of the code, 1 to 784.
        components: principal components to start from, or None for weights to be loaded.
    """

    def __init__(self, latent: int, components: Components | None = None):
        super().__init__()
        self.latent = latent
        self.encoder = nn.Sequential(
            *hidden_layers([PIXELS, *WIDTHS]), nn.Linear(WIDTHS[-1], latent)
        )
        self.decoder = nn.Sequential(
            *hidden_layers([latent, *reversed(WIDTHS)]), nn.Linear(WIDTHS[0], PIXELS)
        )
        self.linear_encoder = nn.Linear(PIXELS, latent)
        self.linear_decoder = nn.Linear(latent, PIXELS)
        if components is not None:
            self._start_from(components)

    @torch.no_grad()
    def _start_from(self, components: Components) -> None:
        self.linear_encoder.weight.copy_(components.directions)
        self.linear_encoder.bias.copy_(-components.directions @ components.mean)
        self.linear_decoder.weight.copy_(components.directions.T)
        self.linear_decoder.bias.copy_(components.mean)
        for last in (self.encoder[-1], self.decoder[-1]):
            last.weight.mul_(0.1)
            last.bias.zero_()

    def encode(self, pixels: Tensor) -> Tensor:
        """Return the codes (N, latent) of pixels (N, 784) in [0, 1]."""
        return self.linear_encoder(pixels) + self.encoder(pixels)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the pixels (N, 784) in [0, 1] of codes (N, latent)."""
        return straight_through_clamp(self.linear_decoder(codes) + self.decoder(codes))

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the reconstruction of pixels (N, 784)."""
        return self.decode(self.encode(pixels))
