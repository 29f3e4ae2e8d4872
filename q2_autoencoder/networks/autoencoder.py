"""The autoencoder: one architecture for every latent dimension."""

import torch
from torch import Tensor, nn

from q2_autoencoder.networks.pca import Components
from shared.datasets import PIXELS

CHANNELS = (16, 32)  # after the first convolution (14×14) and the second (7×7)
HIDDEN = 512  # width of the layers between the convolutions and the code
INNER = 256  # width inside a residual block
BLOCKS = 2  # residual blocks on each side of the code
SIGMOID_BELOW = 64  # latent dimensions: with so many the output has no sigmoid
STRETCH = 1.02  # of the sigmoid's contrast about ½


class Permute(nn.Module):
    """Its input with the axes in another order. (torchvision's costs two seconds of imports.)"""

    def __init__(self, *axes: int):
        super().__init__()
        self.axes = axes

    def forward(self, values: Tensor) -> Tensor:
        return values.permute(self.axes)


class Residual(nn.Module):
    """Its input plus a narrow two-layer network of it (He et al. 2016): depth, no bottleneck."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Linear(width, inner, bias=False),
            nn.BatchNorm1d(inner),
            nn.SiLU(),
            nn.Linear(inner, width),
        )

    def forward(self, values: Tensor) -> Tensor:
        """Return values (N, width) of values (N, width)."""
        return values + self.inner(values)


class Autoencoder(nn.Module):
    """Encoder and decoder, each a linear map beside a convolutional network.

    Five choices carry it; benchmarks/ablation.py undoes the first two and the last on held-out
    images:

    * The linear maps start as the principal components and the networks beside them small,
      so training starts near PCA's codes and improves on them. Without this linear skip
      connection a code of 256 must pass a hidden layer that is hardly wider, and the network
      stays worse than PCA for a long time.
    * Depth comes from residual blocks. Two latent dimensions need it, and a plain second layer,
      which gives depth too, narrows the way of 256.
    * Batch normalisation keeps an L1 loss from falling into the all-black image: the median
      pixel is 0, so that a network whose output barely varies is best at 0 and stays there.
    * The output is cut off at 0 and 1, which most pixels of MNIST are, but its gradient is not (a
      straight-through estimator, Bengio et al. 2013; where it matters, the loss's own is 0).
    * A code of few numbers has to guess, and does better deciding for black or white: before the
      cut its values y pass σ(4·(y − ½)), which touches the identity at ½, stretched by 2 % so that
      0 and 1 are reached. A code of many numbers keeps greys, and does better without.

    Args:
        latent_dim: latent dimension, 1 to 784.
        components: principal components to start from, or None for weights to be loaded.
    """

    def __init__(self, latent_dim: int, components: Components | None = None):
        super().__init__()
        self.latent_dim = latent_dim
        self.sigmoid = latent_dim < SIGMOID_BELOW  # the one difference between the sizes
        first, second = CHANNELS
        flat = 7 * 7 * second
        self.large = flat * HIDDEN  # weights of the layers between maps and hidden units
        self.encoder = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.PixelUnshuffle(2),
            nn.Conv2d(4, first, 3, padding=1, bias=False),
            nn.BatchNorm2d(first),
            nn.SiLU(),
            nn.Conv2d(first, second, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(second),
            nn.SiLU(),
            # Channels last, as they lie in memory: flattening then copies nothing, and the
            # batch normalisation's backward pass is several times faster on the CPU.
            Permute(0, 2, 3, 1),
            nn.Flatten(),
            nn.Linear(flat, HIDDEN, bias=False),
            nn.BatchNorm1d(HIDDEN),
            nn.SiLU(),
            *[Residual(HIDDEN, INNER) for _ in range(BLOCKS)],
            nn.Linear(HIDDEN, latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, HIDDEN, bias=False),
            nn.BatchNorm1d(HIDDEN),
            nn.SiLU(),
            *[Residual(HIDDEN, INNER) for _ in range(BLOCKS)],
            nn.Linear(HIDDEN, flat, bias=False),
            nn.Unflatten(1, (7, 7, second)),
            Permute(0, 3, 1, 2),
            nn.BatchNorm2d(second),
            nn.SiLU(),
            nn.ConvTranspose2d(second, first, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(first),
            nn.SiLU(),
            nn.Conv2d(first, 4, 3, padding=1),
            nn.PixelShuffle(2),
            nn.Flatten(),
        )
        self.linear_encoder = nn.Linear(PIXELS, latent_dim)
        self.linear_decoder = nn.Linear(latent_dim, PIXELS)
        if components is not None:
            self._initialise_with_pca(components)

    @torch.no_grad()
    def _initialise_with_pca(self, components: Components) -> None:
        self.linear_encoder.weight.copy_(components.directions)
        self.linear_encoder.bias.copy_(-components.directions @ components.mean)
        self.linear_decoder.weight.copy_(components.directions.T)
        self.linear_decoder.bias.copy_(components.mean)
        for last in (self.encoder[-1], self.decoder[-3]):
            for name, factor in (("weight", 0.1), ("bias", 0.0)):
                last.get_parameter(name).mul_(factor)

    def hidden_matrices(self) -> list[nn.Parameter]:
        """Return weights and kernels of the hidden layers, but of the two that are large.

        These stand between the maps and the layers of `HIDDEN` units. The layers that see pixels
        are the first and the last convolution, and the linear ones beside the networks.
        """
        weights = [
            weight
            for network in (self.encoder, self.decoder)
            for weight in network.parameters()
            if weight.ndim > 1
        ]
        return [weight for weight in weights[1:-1] if weight.numel() != self.large]

    def encode(self, pixels: Tensor) -> Tensor:
        """Return the codes (N, latent_dim) of pixels (N, 784) in [0, 1]."""
        return self.linear_encoder(pixels) + self.encoder(pixels)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the pixels (N, 784), in [0, 1], of codes (N, latent_dim)."""
        return self.output(self.linear_decoder(codes) + self.decoder(codes))

    def output(self, values: Tensor) -> Tensor:
        """Return pixels in [0, 1] of what the decoder comes to, both (N, 784)."""
        if self.sigmoid:
            values = 0.5 + STRETCH * (torch.sigmoid(4 * (values - 0.5)) - 0.5)
        return values + (values.clamp(0, 1) - values).detach()

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the reconstruction of pixels (N, 784)."""
        return self.decode(self.encode(pixels))
