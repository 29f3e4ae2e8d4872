"""The steps by which autoencoder and dis_net are trained against each other.

Report 002 names two strategies. In the order of their updates, for every batch (where dis_net joins
a plain run, after an epoch of step 1 alone, so that it knows what blur is; see warm_up.py):

    1  dis_net learns sharp images as real and blurred ones as fake           moves dis_net
    2  dis_net learns reconstructions as fake (not in the three-step one)     moves dis_net
    3  the autoencoder raises the score of frozen dis_net                     moves the autoencoder
    4  the autoencoder learns to reconstruct                                  moves the autoencoder

Steps 3 and 4 are one update of the sum of their losses, or separate updates. Step 3 has a part that
the report does not have: feature matching.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from q2_autoencoder.config import WITH_DIS_NET, Strategy
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.blur import blur_randomly
from q2_autoencoder.networks.discriminator import BLUR_WIDTHS, Discriminator, normalised_once
from q2_autoencoder.training.losses import FAKE, REAL, Scored
from q2_autoencoder.training.optimization import AutoencoderTraining, update

TINY = 1e-20  # of a gradient's length: one that short has no direction
LEAST_VARIATION = 1e-3  # of a pixel from image to image; MNIST's own is about 0.2


@dataclass(frozen=True, kw_only=True)
class DisNetTraining:
    """dis_net, and how it is moved.

    Attributes:
        dis_net: the network.
        dis_net_optimizer: moves its weights.
        fake_weight: of an image labelled fake in dis_net's loss, beside 1 for a sharp one.
        score_loss: the losses of its scores.
        blur_widths: random numbers for the blur widths.
        autocast: the precision of matrix products.
    """

    dis_net: Discriminator
    dis_net_optimizer: torch.optim.Optimizer
    fake_weight: float
    score_loss: Scored
    blur_widths: torch.Generator
    autocast: torch.autocast

    @contextmanager
    def scoring(self) -> Iterator[None]:
        """The context in which dis_net scores images, between two updates of it.

        Its spectral normalisation is computed once in here, in float32.
        """
        with normalised_once(self.dis_net), self.autocast:
            yield


@dataclass(frozen=True, kw_only=True)
class Networks(DisNetTraining):
    """Both networks, and how each of them is moved.

    Attributes:
        training: the autoencoder, its optimizers and their schedules.
        reconstruction_loss: of reconstructions and originals, both pixels (N, 784).
        adversarial_weight: of dis_net's score beside the reconstruction loss.
        feature_matching_weight: of the feature-matching loss beside it.
        balanced: whether both weigh gradients, in units of the reconstruction loss's, or losses.
    """

    training: AutoencoderTraining
    reconstruction_loss: Callable[[Tensor, Tensor], Tensor]
    adversarial_weight: float
    feature_matching_weight: float
    balanced: bool

    @property
    def autoencoder(self) -> Autoencoder:
        """The autoencoder."""
        return self.training.autoencoder

    def reconstruct(self, pixels: Tensor) -> Tensor:
        """Return the reconstruction of pixels (N, 784), in float32."""
        with self.autocast:
            return self.autoencoder(pixels).float()


Measured = dict[str, Tensor]  # what a step measured on its batch: scalars, not waited for


def accuracy(scores: Tensor, label: float) -> Tensor:
    """Return the share of `scores` (N,) that have the sign of `label`."""
    return (label * scores > 0).float().mean()


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
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


def learn_blur(networks: DisNetTraining, sharp: Tensor) -> Measured:
    """Step 1: dis_net learns `sharp` pixels (N, 784) as real and the same blurred as fake."""
    blurred = blur_randomly(sharp, BLUR_WIDTHS, networks.blur_widths)
    with networks.scoring():
        scores = networks.dis_net(torch.cat([sharp, blurred])).float()
    of_sharp, of_blurred = scores.chunk(2)
    of_label = networks.score_loss.of_label
    on_sharp, on_blurred = of_label(of_sharp, REAL), of_label(of_blurred, FAKE)
    update(on_sharp + networks.fake_weight * on_blurred, networks.dis_net_optimizer)
    return {
        "loss_sharp": on_sharp.detach(),
        "loss_blurred": on_blurred.detach(),
        "accuracy_sharp": accuracy(of_sharp, REAL),
        "accuracy_blurred": accuracy(of_blurred, FAKE),
    }


def learn_reconstructions(networks: Networks, sharp: Tensor) -> Measured:
    """Step 2: dis_net learns the reconstructions of `sharp` (N, 784) as fake."""
    with frozen(networks.autoencoder), torch.no_grad():
        reconstructions = networks.reconstruct(sharp)
    with networks.scoring():
        scores = networks.dis_net(reconstructions).float()
    loss = networks.score_loss.of_label(scores, FAKE)
    update(networks.fake_weight * loss, networks.dis_net_optimizer)
    return {
        "loss_reconstructions": loss.detach(),
        "accuracy_reconstructions": accuracy(scores, FAKE),
    }


def adversarial_loss(
    networks: Networks, reconstructions: Tensor, sharp: Tensor, reconstruction_loss: Tensor
) -> tuple[Tensor, Measured]:
    """Return the loss of step 3: that dis_net scores `reconstructions` lower than `sharp` images.

    dis_net must be frozen. To the score comes the feature-matching loss, the squared distance of
    dis_net's feature maps of both images, a learned likeness (Larsen et al., "Autoencoding beyond
    pixels using a learned similarity metric", 2016): it keeps the image like *this* original while
    the score makes it a sharp one.

    Balanced, each of them enters by the direction of its gradient in the pixels only, as strong as
    its weight times the gradient of the `reconstruction_loss` there (as the weight of VQGAN, Esser
    et al. 2021): one pair of weights then serves all latent dimensions and losses. The score's
    gradient is measured as if every image fell short of its original, so that it fades where fewer
    and fewer do, whatever the loss of the score.

    Pixels that are cut off at 0 or 1 get no gradient from dis_net: their reconstruction loss has
    none either as long as they are right, so that nothing would hold them there.
    """
    inside = (reconstructions > 0) & (reconstructions < 1)
    pixels = torch.where(inside, reconstructions, reconstructions.detach())
    with networks.scoring():
        of_pixels = networks.dis_net.features(pixels)
        scores = networks.dis_net.score(of_pixels).float()
        with torch.no_grad():
            of_sharp = networks.dis_net.features(sharp)
            of_originals = networks.dis_net.score(of_sharp).float()
    score_loss = networks.score_loss.to_raise(scores, of_originals)
    first, second = (
        functional.mse_loss(a.float(), b.float()) for a, b in zip(of_pixels, of_sharp, strict=True)
    )
    feature_matching_loss = first + second
    adversarial, matching = networks.adversarial_weight, networks.feature_matching_weight
    if networks.balanced:
        gradient = torch.zeros_like(reconstructions)
        if adversarial:
            of_scores = gradient_of(scores.sum(), reconstructions)
            of_each = gradient_of(score_loss, scores)[:, None]  # a score is of its image alone
            gradient += adversarial * of_each * of_scores / length(of_scores / len(scores))
        if matching:
            of_features = gradient_of(feature_matching_loss, reconstructions)
            gradient += matching * of_features / length(of_features)
        gradient *= length(gradient_of(reconstruction_loss, reconstructions))
        loss = (reconstructions * gradient).sum()
    else:
        loss = adversarial * score_loss + matching * feature_matching_loss
    return loss, {
        "score": scores.detach().mean(),
        "feature_matching_loss": feature_matching_loss.detach(),
    }


def gradient_of(loss: Tensor, inputs: Tensor) -> Tensor:
    """Return the gradient of `loss` in `inputs`, of the same shape; the graph is kept."""
    return torch.autograd.grad(loss, inputs, retain_graph=True)[0]


def length(gradient: Tensor) -> Tensor:
    """Return how long a gradient is, at least so long that one can divide by it."""
    return gradient.norm().clamp(min=TINY)


def raise_score(networks: Networks, sharp: Tensor) -> Measured:
    """Step 3 as an update of its own: the autoencoder raises dis_net's score."""
    with frozen(networks.dis_net):
        reconstructions = networks.reconstruct(sharp)
        reconstruction_loss = networks.reconstruction_loss(reconstructions, sharp)
        loss, measured = adversarial_loss(networks, reconstructions, sharp, reconstruction_loss)
        networks.training.update(loss)
    return measured


def reconstruct_images(networks: Networks, sharp: Tensor) -> Measured:
    """Step 4 as an update of its own: the autoencoder learns to reconstruct `sharp` (N, 784)."""
    reconstructions = networks.reconstruct(sharp)
    loss = networks.reconstruction_loss(reconstructions, sharp)
    networks.training.update(loss)
    return {"reconstruction_loss": loss.detach(), "variation": variation(reconstructions)}


def raise_score_and_reconstruct(networks: Networks, sharp: Tensor) -> Measured:
    """Steps 3 and 4 as one update of the autoencoder."""
    with frozen(networks.dis_net):
        reconstructions = networks.reconstruct(sharp)
        reconstruction_loss = networks.reconstruction_loss(reconstructions, sharp)
        loss, measured = adversarial_loss(networks, reconstructions, sharp, reconstruction_loss)
        networks.training.update(reconstruction_loss + loss)
    return {
        **measured,
        "reconstruction_loss": reconstruction_loss.detach(),
        "variation": variation(reconstructions),
    }


def match_features_and_reconstruct(networks: Networks, sharp: Tensor) -> Measured:
    """A control: one update, with feature matching on a network that is not trained any more.

    It stands in dis_net's place. The adversarial weight must be 0: nobody taught it a score.
    """
    measured = raise_score_and_reconstruct(networks, sharp)
    return {name: value for name, value in measured.items() if name != "score"}


def reconstruct_blurred_images(networks: Networks, sharp: Tensor) -> Measured:
    """The loss that report 000 prints: a blurred image is reconstructed, and the distances to it
    and to the `sharp` one (N, 784) are added.
    """
    blurred = blur_randomly(sharp, BLUR_WIDTHS, networks.blur_widths)
    reconstructions = networks.reconstruct(blurred)
    to_sharp = networks.reconstruction_loss(reconstructions, sharp)
    networks.training.update(networks.reconstruction_loss(reconstructions, blurred) + to_sharp)
    return {"reconstruction_loss": to_sharp.detach(), "variation": variation(reconstructions)}


def variation(reconstructions: Tensor) -> Tensor:
    """Return how much `reconstructions` (N, 784) differ from image to image: 0 for equal ones."""
    return reconstructions.detach().std(0).mean()


Step = Callable[[Networks, Tensor], Measured]
STRATEGIES: dict[Strategy, tuple[Step, ...]] = {
    "none": (reconstruct_images,),
    "three-step": (learn_blur, raise_score, reconstruct_images),
    "four-step": (learn_blur, learn_reconstructions, raise_score, reconstruct_images),
    "random-features": (match_features_and_reconstruct,),
    "digit-features": (match_features_and_reconstruct,),
    "blurred-input": (reconstruct_blurred_images,),
}


def fake_weight(strategy: Strategy, unbalanced: bool) -> float:
    """Return what an image labelled fake weighs in dis_net's loss, beside 1 for a sharp one.

    One over the kinds of fakes unless `unbalanced`: with full weight blurred images and
    reconstructions together outvote the sharp ones as soon as reconstructions are good, and dis_net
    calls everything fake.
    """
    both = learn_reconstructions in STRATEGIES[strategy]
    return 0.5 if both and not unbalanced else 1.0


def steps_of(strategy: Strategy, separate_updates: bool) -> tuple[Step, ...]:
    """Return the steps of a strategy, its last two as one update unless `separate_updates`."""
    steps = STRATEGIES[strategy]
    if strategy not in WITH_DIS_NET or separate_updates:
        return steps
    return (*steps[:-2], raise_score_and_reconstruct)


def find_failure(measured: Measured) -> tuple[str, str] | None:
    """Return why the training should stop after an epoch, or None where all is well.

    `measured` holds what every step of the epoch measured, each a tensor (S,). The answer is
    "diverged" or "collapsed", and the reason in words.
    """
    for name, values in measured.items():
        if not torch.isfinite(values).all():
            return "diverged", f"{name.replace('_', ' ')} is no longer finite"
    if measured["variation"].max() < LEAST_VARIATION:
        return "collapsed", "all reconstructions were the same image for a whole epoch"
    return None
