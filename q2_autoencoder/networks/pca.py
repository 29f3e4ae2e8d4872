"""Principal components: the best linear autoencoder, as initialisation and as the level to beat."""

from typing import NamedTuple

import torch
from torch import Tensor


class Components(NamedTuple):
    """`directions` (k, 784), orthonormal rows; `mean` (784,); float32, for pixels in [0, 1]."""

    directions: Tensor
    mean: Tensor

    def to(self, device: torch.device) -> "Components":
        """Return the components on `device`."""
        return Components(self.directions.to(device), self.mean.to(device))

    def encode(self, pixels: Tensor) -> Tensor:
        """Return the codes (N, k) of `pixels` (N, 784)."""
        return (pixels - self.mean) @ self.directions.T

    def reconstruct(self, pixels: Tensor) -> Tensor:
        """Return the projection of `pixels` (N, 784) on the components, clamped to [0, 1]."""
        return (self.encode(pixels) @ self.directions + self.mean).clamp(0, 1)


def principal_components(images: Tensor, count: int) -> Components:
    """Return the first `count` principal components of uint8 `images` (N, 28, 28).

    Where there are fewer images than components the missing directions are zero.
    """
    from sklearn.decomposition import PCA  # takes a second to import; a kept network needs none

    pixels = images.cpu().flatten(1).float() / 255
    possible = min(count, *pixels.shape)
    # In double precision: the squares of 60,000 pixels lose the small directions in single.
    fit = PCA(possible, svd_solver="covariance_eigh").fit(pixels.double().numpy())
    directions = torch.zeros(count, pixels.shape[1])
    directions[:possible] = torch.from_numpy(fit.components_).float()
    return Components(directions, torch.from_numpy(fit.mean_).float())
