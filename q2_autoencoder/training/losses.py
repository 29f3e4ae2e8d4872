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
        to_raise: the autoencoder's, of the scores of reconstructions and of their originals.
    """

    of_label: Callable[[Tensor, float], Tensor]
    to_raise: Callable[[Tensor, Tensor], Tensor]


def hinge(scores: Tensor, label: float) -> Tensor:
    """Return the mean hinge loss of `scores` (N,): 0 where they are beyond `label`.

    Lim and Ye, "Geometric GAN" (2017); Miyato et al. (2018).
    """
    return functional.relu(1 - label * scores).mean()


def shortfall(scores: Tensor, of_originals: Tensor) -> Tensor:
    """Return the mean of how much `scores` (N,) fall short of the originals' (N,), pair by pair.

    A reconstruction that passes for as sharp as its original gains no more: raising the score
    without end makes images sharper than any original. Scores of fakes relative to those of real
    images: Jolicoeur-Martineau, "The relativistic discriminator" (2019).
    """
    return functional.relu(of_originals - scores).mean()


def negative_mean(scores: Tensor, of_originals: Tensor) -> Tensor:
    """Return the negative mean of `scores` (N,): there is always more to be gained (Lim and Ye
    2017). The originals' scores play no part.
    """
    return -scores.mean()


def cross_entropy(scores: Tensor, label: float) -> Tensor:
    """Return the mean binary cross-entropy of `scores` (N,) as log-odds of being real.

    Goodfellow et al., "Generative adversarial nets" (2014).
    """
    return functional.softplus(-label * scores).mean()


def cross_entropy_of_real(scores: Tensor, of_originals: Tensor) -> Tensor:
    """Return the same for the label real: the loss that does not saturate, of the same paper.

    The originals' scores play no part.
    """
    return cross_entropy(scores, REAL)


SCORE_LOSSES: dict[ScoreLoss, Scored] = {
    "hinge": Scored(hinge, shortfall),
    "endless-hinge": Scored(hinge, negative_mean),
    "bce": Scored(cross_entropy, cross_entropy_of_real),
}
