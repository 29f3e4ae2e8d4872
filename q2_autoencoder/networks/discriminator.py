"""dis_net, the network that learns to tell clear images from blurred ones."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torchvision.transforms.v2 import functional as transforms

from q2_autoencoder.networks.errors import BATCH

WIDTHS = (0.3, 1.5)  # pixels: standard deviations of the blur that dis_net learns from
WIDTHS_A_BATCH = 5  # one width for all made it learn a threshold that wanders with the batch
STEEPNESS = 3  # of the score, where spectral normalisation alone would leave about 1


def blur(pixels: Tensor, width: float) -> Tensor:
    """Return pixels (N, 784) blurred by a Gaussian of standard deviation `width` pixels.

    The kernel reaches three widths to either side.
    """
    side = 2 * math.ceil(3 * width) + 1
    pictures = pixels.view(-1, 1, 28, 28)
    return transforms.gaussian_blur(pictures, [side, side], [width, width]).flatten(1)


def blur_randomly(
    pixels: Tensor, widths: tuple[float, float], generator: torch.Generator
) -> Tensor:
    """Return pixels (N, 784) blurred by widths drawn evenly from a range, one for each fifth."""
    low, high = widths
    drawn = low + (high - low) * torch.rand(WIDTHS_A_BATCH, generator=generator)
    parts = zip(pixels.tensor_split(WIDTHS_A_BATCH), drawn.tolist(), strict=True)
    return torch.cat([blur(part, width) for part, width in parts])


class Discriminator(nn.Module):
    """Scores (N,) of pixels (N, 784): above 0 for clear, below 0 for blurred or made.

    The two strided convolutions of DCGAN (Radford et al. 2016). Spectral normalisation (Miyato et
    al. 2018) bounds how steep the score is, so that the autoencoder is always shown a way; but a
    blur of half a pixel changes a picture too little to lift a score of steepness 1 from one label
    to the other, and reconstructions are that clear: pixels enter `STEEPNESS` times as large.
    Nothing is normalised over a batch: a score depends on the picture alone, whatever it is shown
    beside.
    """

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            spectral_norm(nn.Conv2d(1, 32, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
        )
        self.second = nn.Sequential(
            spectral_norm(nn.Conv2d(32, 64, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            spectral_norm(nn.Linear(64 * 7 * 7, 128)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Linear(128, 1)),
        )

    def features(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the feature maps (N, 32, 14, 14) and (N, 64, 7, 7) of pixels (N, 784)."""
        first = self.first(STEEPNESS * pixels)
        return first, self.second(first)

    def score(self, features: tuple[Tensor, Tensor]) -> Tensor:
        """Return the scores (N,) of what `features` returned."""
        return self.head(features[-1])[:, 0]

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the scores."""
        return self.score(self.features(pixels))


@torch.no_grad()
def share_clear(network: nn.Module, pixels: Tensor) -> float:
    """Return the share of pixels (N, 784) that `network` scores above 0, as clear."""
    return torch.cat([network(part) > 0 for part in pixels.split(BATCH)]).double().mean().item()


def accuracy_by_width(
    network: nn.Module, pixels: Tensor, widths: Sequence[float]
) -> list[dict[str, float]]:
    """Return "accuracy", the share of clear `pixels` (N, 784) told rightly, for each blur "width".

    At width 0 the pictures are as they are, and the right answer is "clear".
    """
    told = [{"width": 0.0, "accuracy": share_clear(network, pixels)}]
    for width in widths:
        told.append({"width": width, "accuracy": 1 - share_clear(network, blur(pixels, width))})
    return told
