"""Losses by the names that `--loss` and `--score-loss` take."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from q2_autoencoder.config import Loss, ScoreLoss

LOSSES: dict[Loss, Callable[[Tensor, Tensor], Tensor]] = {
    "l1": functional.l1_loss,
    "mse": functional.mse_loss,
}

REAL, FAKE = 1.0, -1.0  # labels: the sign that a score should have


class Scored(NamedTuple):
    """The losses of dis_net's scores (N,), each a mean.

    Attributes:
        of_label: dis_net's, of scores and the label that they should have.
        to_raise: the autoencoder's, which wants them to pass for real.
    """

    of_label: Callable[[Tensor, float], Tensor]
    to_raise: Callable[[Tensor], Tensor]


def hinge(scores: Tensor, label: float) -> Tensor:
    """Return the mean hinge loss of `scores` (N,): 0 where they are beyond `label`.

    Lim and Ye, "Geometric GAN" (2017); Miyato et al. (2018).
    """
    return functional.relu(1 - label * scores).mean()


def negative_mean(scores: Tensor) -> Tensor:
    """Return the negative mean of `scores` (N,), without the hinge's end: there is always more to
    be gained (Lim and Ye 2017).
    """
    return -scores.mean()


def cross_entropy(scores: Tensor, label: float) -> Tensor:
    """Return the mean binary cross-entropy of `scores` (N,) as log-odds of being real.

    Goodfellow et al., "Generative adversarial nets" (2014).
    """
    return functional.softplus(-label * scores).mean()


def cross_entropy_of_real(scores: Tensor) -> Tensor:
    """Return the same for the label real: the loss that does not saturate, of the same paper."""
    return cross_entropy(scores, REAL)


SCORE_LOSSES: dict[ScoreLoss, Scored] = {
    "hinge": Scored(hinge, negative_mean),
    "bce": Scored(cross_entropy, cross_entropy_of_real),
}
