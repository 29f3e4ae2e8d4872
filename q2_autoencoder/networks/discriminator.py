"""dis_net, the discriminator: it learns to tell sharp images from blurred ones."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

BLUR_WIDTHS = (0.3, 1.5)  # pixels: standard deviations of the blur that dis_net learns from
CHANNELS = (16, 32)  # feature maps after the first convolution (14×14) and the second (7×7)
STEEPNESS = 3  # of the score, where spectral normalisation alone would leave about 1


class HalvingConvolution(nn.Conv2d):
    """A convolution of 4×4, stride 2 and padding 1, computed as one of 3×3 and stride 1.

    Every 2×2 pixels become channels first, and the kernel, framed with zeros to 6×6, likewise. On
    CPUs this is several times as fast for one channel where the gradient of the image is needed.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, outputs, H/2, W/2) of images (N, 1, H, W)."""
        kernel = functional.pixel_unshuffle(functional.pad(self.weight, [1] * 4), 2)
        return functional.conv2d(functional.pixel_unshuffle(input, 2), kernel, self.bias, padding=1)


class Discriminator(nn.Module):
    """Scores (N,) of pixels (N, 784): above 0 for sharp, below 0 for blurred or fake.

    The two strided convolutions of DCGAN (Radford et al. 2016). Spectral normalisation (Miyato et
    al. 2018) bounds how steep the score is, so that the autoencoder is always shown a way; but a
    blur of half a pixel changes an image too little to lift a score of steepness 1 from one label
    to the other, and reconstructions are that sharp: pixels enter `STEEPNESS` times as large.
    Nothing is normalised over a batch: a score depends on the image alone.

    With more `outputs` than one it is a network of the same features for another purpose.
    """

    def __init__(self, outputs: int = 1):
        super().__init__()
        first, second = CHANNELS
        self.first = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            spectral_norm(HalvingConvolution(1, first, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
        )
        self.second = nn.Sequential(
            spectral_norm(nn.Conv2d(first, second, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            spectral_norm(nn.Linear(second * 7 * 7, 128)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Linear(128, outputs)),
        )

    def features(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the feature maps (N, 16, 14, 14) and (N, 32, 7, 7) of pixels (N, 784)."""
        first = self.first(STEEPNESS * pixels)
        return first, self.second(first)

    def score(self, features: tuple[Tensor, Tensor]) -> Tensor:
        """Return the scores (N,) of what `features` returned."""
        return self.head(features[-1])[:, 0]

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the scores."""
        return self.score(self.features(pixels))


@contextmanager
def normalised_once(network: nn.Module) -> Iterator[None]:
    """Compute the normalised weights of `network` once for all that happens within, in float32.

    In bfloat16, which autocast would choose, the power iteration is too coarse. The weights must
    not be moved within.
    """
    device = next(network.parameters()).device.type
    with parametrize.cached():
        with torch.autocast(device, enabled=False):
            for layer in network.modules():
                if parametrize.is_parametrized(layer, "weight"):
                    _ = layer.weight
        yield
