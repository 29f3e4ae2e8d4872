"""Question 2(b): what the two reports say of losses and training steps, tested on code.

What report 002 says of its own steps is held against this project's, which were written after them:
these are definitions, of which the check can only show that they were followed. Not testable:
"following the key concept of DCGAN", and that three steps simplify four.
"""

import ast
import copy
from typing import NamedTuple

import torch

from publish.claim import Claims, Finding
from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.discriminator import Discriminator
from q2_autoencoder.training import adversarial
from q2_autoencoder.training.losses import LOSSES, SCORE_LOSSES
from q2_autoencoder.training.optimization import autoencoder_training
from shared.datasets import PIXELS

# Report 000's code for one latent dimension; the others read the same.
PRINTED_LOSS = "loss_latent_2 = distance(output_latent_2, img) + distance(output_latent_2, og_img)"
FIRST, SECOND = "000, Question 2(b)", "002, Question 2(b)"
OF_CODE = "this project's step, on random images: weights, buffers and gradients"

claims: Claims[[]] = Claims("2(b)")


@claims.register(
    FIRST,
    "L1 (MSE) loss and discriminate loss are coded as below",
    criterion="by the names printed: og_img is an image, and nothing but distances of images is "
    "called, so that no network scores the output",
)
def loss_has_a_discriminator() -> Finding:
    called = [
        node.func.id
        for node in ast.walk(ast.parse(PRINTED_LOSS))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return Finding(
        f"the printed loss calls {', '.join(called)}", any(name != "distance" for name in called)
    )


def element_by_element(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return the mean absolute difference of two tensors, one pair of numbers after another."""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    return sum(abs(x - y) for x, y in pairs) / a.numel()


@claims.register(
    FIRST,
    "one is L1(MAE)",
    criterion="L1 is the mean absolute error: torch's against a loop",
    holding="definition",
)
@claims.register(
    SECOND,
    "L1-norm reconstruction loss: ... element-wise absolute distance",
    criterion="torch's mean absolute error against a loop",
    holding="definition",
)
def l1_is_absolute_distance() -> Finding:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        a, b = torch.rand(2, 3, PIXELS)
    library, loop = LOSSES["l1"](a, b).item(), element_by_element(a, b)
    return Finding(
        f"of random images: {library:.6f}, pixel by pixel {loop:.6f}", abs(library - loop) < 1e-6
    )


class Moved(NamedTuple):
    """What a step did to a network.

    Attributes:
        largest: by how much it moved a weight, at most.
        untouched: whether weights and buffers are as they were, and no weight has a gradient.
    """

    largest: float
    untouched: bool


def what_moves(step: adversarial.Step) -> dict[str, Moved]:
    """Return what `step` does to the autoencoder "G" and to dis_net "D", on random images."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        autoencoder, dis_net = Autoencoder(2), Discriminator()
        sharp = torch.rand(16, PIXELS)
    by_name = {"G": autoencoder, "D": dis_net}
    before = {name: copy.deepcopy(network.state_dict()) for name, network in by_name.items()}
    networks = adversarial.Networks(
        training=autoencoder_training(
            autoencoder, TrainingConfig(latent_dim=2, precision="fp32"), 10
        ),
        dis_net=dis_net,
        dis_net_optimizer=torch.optim.Adam(dis_net.parameters()),
        reconstruction_loss=LOSSES["l1"],
        fake_weight=1.0,
        score_loss=SCORE_LOSSES["hinge"],
        balanced=True,
        adversarial_weight=1.0,
        feature_matching_weight=1.0,
        blur_widths=torch.Generator().manual_seed(0),
        autocast=torch.autocast("cpu", enabled=False),
    )
    step(networks, sharp)
    return {name: _moved(network, before[name]) for name, network in by_name.items()}


def _moved(network: torch.nn.Module, before: dict[str, torch.Tensor]) -> Moved:
    now = network.state_dict()
    weights = dict(network.named_parameters())
    largest = max((now[name] - before[name]).abs().max().item() for name in weights)
    unchanged = all(torch.equal(now[name], before[name]) for name in before)
    return Moved(largest, unchanged and all(weight.grad is None for weight in weights.values()))


def moves_only(step: adversarial.Step, moving: str) -> Finding:
    """Find whether `step` moves the network `moving` and leaves the other one untouched."""
    done = what_moves(step)
    [other] = set(done) - {moving}
    return Finding(
        f"{step.__name__} moves weights of {moving} by {done[moving].largest:.1e} at most; "
        f"{other} is {'as it was' if done[other].untouched else 'touched'}, with its gradients",
        done[other].untouched and done[moving].largest > 0,
    )


@claims.register(
    SECOND,
    "use G to generate reconstructed samples (G without gradient) ... Update D only",
    criterion=f"step 2, {OF_CODE}",
    holding="definition",
)
def step_two_moves_dis_net() -> Finding:
    return moves_only(adversarial.learn_reconstructions, "D")


@claims.register(
    SECOND,
    "Update G only, clear the gradient for D ... D remain not updated",
    criterion=f"step 3, {OF_CODE}",
    holding="definition",
)
def step_three_moves_autoencoder() -> Finding:
    return moves_only(adversarial.raise_score, "G")


@claims.register(
    SECOND,
    "a training strategy with 3 steps (corresponding to 1,3,4 in solution 1)",
    criterion="this project's strategies, written after the report's",
    holding="definition",
)
def three_of_four_steps() -> Finding:
    four, three = (adversarial.STRATEGIES[name] for name in ("four-step", "three-step"))
    numbers = [four.index(step) + 1 for step in three]
    return Finding(
        f"the three-step strategy's are steps {numbers} of the four", numbers == [1, 3, 4]
    )
