"""Reconstruction losses, by the names that `--loss` takes."""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

from q2_autoencoder.config import Loss

LOSSES: dict[Loss, Callable[[Tensor, Tensor], Tensor]] = {
    "l1": functional.l1_loss,
    "mse": functional.mse_loss,
}
