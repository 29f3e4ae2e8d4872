"""The training of commit a45b94b, before it was made faster: a reference to measure against.

Self-contained on purpose: what changes in the project must not change this.
"""

import math
from collections.abc import Callable

import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import Permute

EPOCHS, BATCH, PEAK_LR = 10, 250, 3e-3


class Residual(nn.Module):
    """Its input plus a narrow two-layer network of it."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Linear(512, 256, bias=False),
            nn.BatchNorm1d(256),
            nn.SiLU(),
            nn.Linear(256, 512),
        )

    def forward(self, values: Tensor) -> Tensor:
        return values + self.inner(values)


class Autoencoder(nn.Module):
    """Two convolutions of 32 and 64 channels beside linear maps; output σ(4·(y − ½))."""

    def __init__(self, latent_dim: int, pixels: Tensor):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, 32, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.SiLU(),
            nn.Conv2d(32, 64, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(64),
            nn.SiLU(),
            Permute([0, 2, 3, 1]),
            nn.Flatten(),
            nn.Linear(3136, 512, bias=False),
            nn.BatchNorm1d(512),
            nn.SiLU(),
            Residual(),
            Residual(),
            nn.Linear(512, latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, 512, bias=False),
            nn.BatchNorm1d(512),
            nn.SiLU(),
            Residual(),
            Residual(),
            nn.Linear(512, 3136, bias=False),
            nn.Unflatten(1, (7, 7, 64)),
            Permute([0, 3, 1, 2]),
            nn.BatchNorm2d(64),
            nn.SiLU(),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.SiLU(),
            nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
            nn.Flatten(),
        )
        self.linear_encoder = nn.Linear(784, latent_dim)
        self.linear_decoder = nn.Linear(latent_dim, 784)
        fit = PCA(latent_dim, svd_solver="covariance_eigh").fit(pixels.double().numpy())
        directions = torch.from_numpy(fit.components_).float()
        mean = torch.from_numpy(fit.mean_).float()
        with torch.no_grad():
            self.linear_encoder.weight.copy_(directions)
            self.linear_encoder.bias.copy_(-directions @ mean)
            self.linear_decoder.weight.copy_(directions.T)
            self.linear_decoder.bias.copy_(mean)
            for last in (self.encoder[-1], self.decoder[-2]):
                last.get_parameter("weight").mul_(0.1)
                last.get_parameter("bias").zero_()

    def forward(self, pixels: Tensor) -> Tensor:
        codes = self.linear_encoder(pixels) + self.encoder(pixels)
        return torch.sigmoid(4 * (self.linear_decoder(codes) + self.decoder(codes) - 0.5))


def rate(step: int, steps: int) -> float:
    """Return the share of the peak learning rate: a linear rise, then a cosine."""
    rise = 0.1 * steps
    if step + 1 < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step + 1 - rise) / (steps + 1 - rise)))


def train(
    images: Tensor,
    latent_dim: int,
    seed: int,
    precision: str,
    after_step: Callable[[int, nn.Module], None],
) -> None:
    """Train on uint8 `images` (N, 28, 28) on the CPU; call `after_step` with step and network.

    That commit took bfloat16 on every processor with AVX-512-BF16, which some compute more slowly
    than float32. `precision` ("fp32" or "bf16") is for the caller to choose, as fast as can be.
    """
    torch.manual_seed(seed)
    model = Autoencoder(latent_dim, images.flatten(1).float() / 255)
    model = model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=PEAK_LR, fused=True)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps))
    shuffling = torch.Generator().manual_seed(seed)
    autocast, step = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"), 0
    for _ in range(EPOCHS):
        for index in torch.randperm(len(images), generator=shuffling).tensor_split(
            len(images) // BATCH
        ):
            pixels = images[index].flatten(1).float() / 255
            with autocast:
                reconstructions = model(pixels).float()
            optimizer.zero_grad()
            functional.l1_loss(reconstructions, pixels).backward()
            optimizer.step()
            schedule.step()
            step += 1
            after_step(step, model)
