"""The steps by which autoencoder and dis_net are trained against each other.

Report 002 names two strategies. In the order of their updates, for every batch (after an epoch of
step 1 alone, so that dis_net knows what blur is before anyone listens):

    1  dis_net learns clear images as real and blurred ones as fake           moves dis_net
    2  dis_net learns reconstructions as fake (not in the three-step one)     moves dis_net
    3  the autoencoder is led to what dis_net, held still, scores as real     moves the autoencoder
    4  the autoencoder learns to reconstruct                                  moves the autoencoder

Steps 3 and 4 are taken as one update of the sum of their losses, or apart. Step 3 has a part that
the report does not: the distance of dis_net's features of both pictures.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.discriminator import WIDTHS, Discriminator, blur_randomly

REAL, FAKE = 1.0, -1.0  # labels: the sign that a score should have
LEAST_VARIATION = 1e-3  # of a pixel from picture to picture; MNIST's own is about 0.2


class Players(NamedTuple):
    """Both networks, and how each of them is moved.

    Attributes:
        autoencoder, dis_net: the networks.
        autoencoder_optimizer, dis_net_optimizer: each moves the weights of its own network.
        reconstruction_loss: of reconstructions and originals, both pixels (N, 784).
        fake_weight: of a picture labelled fake in dis_net's loss, beside 1 for a clear one.
        score_weight: of dis_net's score beside the reconstruction loss.
        feature_weight: of the distance between dis_net's features beside it.
        widths: random numbers for the blur widths.
        autocast: the precision of the networks' products.
    """

    autoencoder: Autoencoder
    dis_net: Discriminator
    autoencoder_optimizer: torch.optim.Optimizer
    dis_net_optimizer: torch.optim.Optimizer
    reconstruction_loss: Callable[[Tensor, Tensor], Tensor]
    fake_weight: float
    score_weight: float
    feature_weight: float
    widths: torch.Generator
    autocast: torch.autocast


Report = dict[str, Tensor]  # what a step measured on its batch: scalars, not waited for


def hinge(scores: Tensor, label: float) -> Tensor:
    """Return the mean hinge loss of `scores` (N,): 0 where they are beyond `label`.

    Lim and Ye, "Geometric GAN" (2017); Miyato et al. (2018).
    """
    return functional.relu(1 - label * scores).mean()


def share_right(scores: Tensor, label: float) -> Tensor:
    """Return the share of `scores` (N,) that have the sign of `label`."""
    return (label * scores > 0).float().mean()


@contextmanager
def held_still(network: nn.Module) -> Iterator[None]:
    """Keep weights, their gradients and buffers of `network` as they are.

    Gradients still pass through it. Evaluation mode stops spectral normalisation's power
    iteration and the running means of batch normalisation, which move without any optimizer.
    """
    training = network.training
    needed = [(weight, weight.requires_grad) for weight in network.parameters()]
    network.eval().requires_grad_(False)
    try:
        yield
    finally:
        network.train(training)
        for weight, gradient in needed:
            weight.requires_grad_(gradient)


def update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """Move the weights of `optimizer` one step down `loss`."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def clear_and_blurred(players: Players, clear: Tensor) -> Report:
    """Step 1: dis_net learns `clear` pixels (N, 784) as real and the same blurred as fake."""
    blurred = blur_randomly(clear, WIDTHS, players.widths)
    with players.autocast:
        scores = players.dis_net(torch.cat([clear, blurred])).float()
    of_clear, of_blurred = scores.chunk(2)
    on_clear, on_blurred = hinge(of_clear, REAL), hinge(of_blurred, FAKE)
    update(players.dis_net_optimizer, on_clear + players.fake_weight * on_blurred)
    return {
        "loss_on_clear": on_clear.detach(),
        "loss_on_blurred": on_blurred.detach(),
        "clear_told": share_right(of_clear, REAL),
        "blurred_told": share_right(of_blurred, FAKE),
    }


def reconstructions_as_fake(players: Players, clear: Tensor) -> Report:
    """Step 2: dis_net learns the reconstructions of `clear` (N, 784) as fake."""
    with players.autocast:
        with held_still(players.autoencoder), torch.no_grad():
            made = players.autoencoder(clear).float()
        scores = players.dis_net(made).float()
    loss = hinge(scores, FAKE)
    update(players.dis_net_optimizer, players.fake_weight * loss)
    return {"loss_on_made": loss.detach(), "made_told": share_right(scores, FAKE)}


def pseudo_real_loss(players: Players, made: Tensor, clear: Tensor) -> tuple[Tensor, Report]:
    """Return the weighted loss of step 3: that dis_net does not score the pixels `made` as real.

    dis_net must be held still. The score enters without the hinge's end: there is always more to
    be gained. To it comes the squared distance of dis_net's feature maps of both pictures, a
    learned likeness (Larsen et al., "Autoencoding beyond pixels using a learned similarity
    metric", 2016): it keeps the picture like *this* original while the score makes it a clear one.
    """
    with players.autocast:
        of_made = players.dis_net.features(made)
        scores = players.dis_net.score(of_made).float()
        with torch.no_grad():
            of_clear = players.dis_net.features(clear)
    distance = sum(
        functional.mse_loss(a.float(), b.float()) for a, b in zip(of_made, of_clear, strict=True)
    )
    score_loss = -REAL * players.score_weight * scores.mean()
    feature_loss = players.feature_weight * distance
    report = {"score": scores.detach().mean(), "feature_loss": feature_loss.detach()}
    return score_loss + feature_loss, report


def pseudo_real(players: Players, clear: Tensor) -> Report:
    """Step 3 apart: the autoencoder is led to what dis_net scores as real."""
    with held_still(players.dis_net):
        made = reconstruct(players, clear)
        loss, report = pseudo_real_loss(players, made, clear)
        update(players.autoencoder_optimizer, loss)
    return report


def reconstruction(players: Players, clear: Tensor) -> Report:
    """Step 4 apart: the autoencoder learns to reconstruct `clear` pixels (N, 784)."""
    made = reconstruct(players, clear)
    loss = players.reconstruction_loss(made, clear)
    update(players.autoencoder_optimizer, loss)
    return {"reconstruction_loss": loss.detach(), "variation": variation(made)}


def pseudo_real_and_reconstruction(players: Players, clear: Tensor) -> Report:
    """Steps 3 and 4 as one update of the autoencoder."""
    with held_still(players.dis_net):
        made = reconstruct(players, clear)
        reconstruction_loss = players.reconstruction_loss(made, clear)
        adversarial_loss, report = pseudo_real_loss(players, made, clear)
        update(players.autoencoder_optimizer, reconstruction_loss + adversarial_loss)
    return {
        **report,
        "reconstruction_loss": reconstruction_loss.detach(),
        "variation": variation(made),
    }


def reconstruct(players: Players, clear: Tensor) -> Tensor:
    """Return the reconstruction of `clear` pixels (N, 784), in float32."""
    with players.autocast:
        return players.autoencoder(clear).float()


def variation(made: Tensor) -> Tensor:
    """Return how much pixels `made` (N, 784) differ from picture to picture: 0 for equal ones."""
    return made.detach().std(0).mean()


Step = Callable[[Players, Tensor], Report]
STRATEGIES: dict[str, tuple[Step, ...]] = {
    "none": (reconstruction,),
    "three-step": (clear_and_blurred, pseudo_real, reconstruction),
    "four-step": (clear_and_blurred, reconstructions_as_fake, pseudo_real, reconstruction),
}


def weight_of_fakes(strategy: str) -> float:
    """Return what a picture labelled fake weighs in dis_net's loss, beside 1 for a clear one.

    One over the kinds of fakes: with full weight blurred and made pictures together outvote the
    clear ones as soon as reconstructions are good, and dis_net calls everything fake.
    """
    return 0.5 if reconstructions_as_fake in STRATEGIES[strategy] else 1.0


def steps_of(strategy: str, apart: bool) -> tuple[Step, ...]:
    """Return the steps of a strategy, its last two as one update unless `apart`."""
    steps = STRATEGIES[strategy]
    if strategy == "none" or apart:
        return steps
    return (*steps[:-2], pseudo_real_and_reconstruction)


def trouble(reports: Report) -> str | None:
    """Return why the training should stop after an epoch, or None where all is well.

    `reports` holds what every step of the epoch measured, each a tensor (S,).
    """
    for key, values in reports.items():
        if not torch.isfinite(values).all():
            return f"{key.replace('_', ' ')} is no longer finite"
    if reports["variation"].max() < LEAST_VARIATION:
        return "all reconstructions were the same picture for a whole epoch"
    # What dis_net tells from clear images without one mistake is beyond its reach: there is
    # nothing left to learn, and its score has little to say.
    fake = "made_told" if "made_told" in reports else "blurred_told"
    told = [reports[key] for key in ("clear_told", fake) if key in reports]
    if told and all((share == 1).all() for share in told):
        kind = {"made_told": "reconstructed", "blurred_told": "blurred"}[fake]
        return f"dis_net told all clear and all {kind} images rightly for a whole epoch"
    return None
