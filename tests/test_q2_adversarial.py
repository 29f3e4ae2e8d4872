"""Training against dis_net: which weights each step moves, with which labels; what stops a run."""

import copy
import math
import shutil
import signal
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from helpers import (
    ADVERSARIAL,
    HERE,
    TRAIN,
    assert_one_line_error,
    content,
    run_here,
    run_well,
    stop_at,
)
from torch import nn

from q2_autoencoder import train_adversarial
from q2_autoencoder.config import (
    AdversarialConfig,
    AdversarialOptions,
    DisNetSettings,
    TrainingConfig,
    Variant,
    run_name,
)
from q2_autoencoder.evaluation.sharpness import sharpness
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width, blur, blur_randomly
from q2_autoencoder.networks.discriminator import (
    BLUR_WIDTHS,
    Discriminator,
    HalvingConvolution,
    normalised_once,
)
from q2_autoencoder.plots.curves import PANELS
from q2_autoencoder.records import FAILURE_VERSION, Failure
from q2_autoencoder.training import (
    adversarial,
    digit_network,
    file_names,
    joining,
    run_folder,
    warm_up,
)
from q2_autoencoder.training.adversarial import Networks, find_failure, frozen, steps_of
from q2_autoencoder.training.adversarial_run import begin, load_job
from q2_autoencoder.training.losses import FAKE, REAL, SCORE_LOSSES, Scored
from q2_autoencoder.training.named_variants import COMPARED, PARTS, VARIANTS
from q2_autoencoder.training.optimization import AutoencoderTraining, autoencoder_training
from q2_autoencoder.training.run_folder import load_metrics, load_model
from q2_autoencoder.training.state import StopRequest
from shared.checkpoints import load_checkpoint
from shared.datasets import ImageData
from shared.errors import BadInput, Interrupted
from shared.files import read_record
from shared.provenance import Environment, environment

PLAIN_CONFIG = TrainingConfig(latent_dim=3, precision="fp32")


@pytest.fixture
def sharp(digits) -> torch.Tensor:
    return to_pixels(digits.train_images[:64])


@pytest.fixture
def networks() -> Networks:
    torch.manual_seed(0)
    autoencoder, dis_net = Autoencoder(3), Discriminator()
    return Networks(
        training=autoencoder_training(autoencoder, PLAIN_CONFIG, 1000),
        dis_net=dis_net,
        dis_net_optimizer=torch.optim.Adam(dis_net.parameters(), lr=1e-3),
        reconstruction_loss=nn.functional.l1_loss,
        fake_weight=0.5,
        score_loss=SCORE_LOSSES["hinge"],
        adversarial_weight=0.5,
        feature_matching_weight=1.0,
        balanced=True,
        blur_widths=torch.Generator().manual_seed(0),
        autocast=torch.autocast("cpu", torch.bfloat16, enabled=False),
    )


def state(network: nn.Module) -> dict[str, torch.Tensor]:
    """Weights, buffers and gradients of `network`, copied."""
    values = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for name, weight in network.named_parameters():
        values[f"gradient of {name}"] = (
            torch.zeros(0) if weight.grad is None else weight.grad.clone()
        )
    return values


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


MOVES = {
    adversarial.learn_blur: "dis_net",
    adversarial.learn_reconstructions: "dis_net",
    adversarial.raise_score: "autoencoder",
    adversarial.reconstruct_images: "autoencoder",
    adversarial.raise_score_and_reconstruct: "autoencoder",
}


@pytest.mark.parametrize("step", MOVES, ids=lambda step: step.__name__)
def test_a_step_moves_one_network_and_leaves_all_of_the_other(networks, sharp, step):
    both = {"autoencoder": networks.autoencoder, "dis_net": networks.dis_net}
    # Gradients that are not None: a step that clears or adds to them is then seen.
    for network in both.values():
        for weight in network.parameters():
            weight.grad = torch.ones_like(weight)
    before = {name: state(network) for name, network in both.items()}
    step(networks, sharp)
    moving = MOVES[step]
    other = ({"autoencoder", "dis_net"} - {moving}).pop()
    assert same(before[other], state(both[other]))
    after = state(both[moving])
    assert all(
        not torch.equal(before[moving][name], after[name])
        for name, _ in both[moving].named_parameters()
    )
    assert all(network.training for network in both.values())
    assert all(w.requires_grad for network in both.values() for w in network.parameters())


def recorded(networks, sharp, step) -> list[tuple[torch.Tensor, float]]:
    """The pixels that dis_net scored in `step`, and the labels that its loss was given."""
    seen, labels = [], []
    networks.dis_net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    hinge = SCORE_LOSSES["hinge"]

    def of_label(scores, label):
        labels.append(label)
        return hinge.of_label(scores, label)

    step(replace(networks, score_loss=Scored(of_label, hinge.to_raise)), sharp)
    return list(zip(torch.cat(seen).split(len(sharp)), labels, strict=True))


def test_step_1_labels_sharp_as_real_and_blurred_as_fake(networks, sharp):
    (first, label), (second, other) = recorded(networks, sharp, adversarial.learn_blur)
    assert (label, other) == (REAL, FAKE)
    assert torch.equal(first, sharp)
    low, high = BLUR_WIDTHS
    softer, softest = (sharpness(blur(sharp, width)) for width in (low, high))
    assert (sharpness(second) <= softer + 1e-6).all()
    assert (sharpness(second) >= softest - 1e-6).all()


def test_step_2_labels_reconstructions_as_fake(networks, sharp):
    with frozen(networks.autoencoder), torch.no_grad():
        reconstructions = networks.autoencoder(sharp)
    [(shown, label)] = recorded(networks, sharp, adversarial.learn_reconstructions)
    assert label == FAKE
    assert torch.equal(shown, reconstructions)


@pytest.mark.parametrize("name", SCORE_LOSSES)
def test_step_3_asks_for_the_label_real(networks, sharp, name):
    """Its gradient is that of the score alone, where features weigh nothing; so scores rise."""
    networks = replace(
        networks,
        score_loss=SCORE_LOSSES[name],
        balanced=False,
        feature_matching_weight=0.0,
        adversarial_weight=1.0,
    )
    with frozen(networks.dis_net):
        reconstructions = torch.rand_like(sharp).requires_grad_()
        nothing = 0 * reconstructions.sum()
        loss, _ = adversarial.adversarial_loss(networks, reconstructions, sharp, nothing)
        loss.backward()
        scores = networks.dis_net(reconstructions)
        originals = networks.dis_net(sharp)
        wanted = {
            "hinge": (originals - scores).clamp(min=0).mean(),
            "endless-hinge": -scores.mean(),
            "bce": nn.functional.binary_cross_entropy_with_logits(scores, torch.ones(len(sharp))),
        }
        [expected] = torch.autograd.grad(wanted[name], reconstructions)
    torch.testing.assert_close(reconstructions.grad, expected)

    def score() -> float:
        with frozen(networks.dis_net), frozen(networks.autoencoder), torch.no_grad():
            return networks.dis_net(networks.autoencoder(sharp)).mean().item()

    before = score()
    for _ in range(30):
        adversarial.raise_score(networks, sharp)
    assert score() > before


def test_step_3_weighs_score_and_features(networks, sharp):
    networks = replace(
        networks, balanced=False, adversarial_weight=0.3, feature_matching_weight=7.0
    )
    reconstructions = torch.rand(sharp.shape, generator=torch.Generator().manual_seed(2))
    with frozen(networks.dis_net), torch.no_grad():
        nothing = torch.zeros(())
        loss, measured = adversarial.adversarial_loss(networks, reconstructions, sharp, nothing)
        scores = networks.dis_net(reconstructions)
        short = (networks.dis_net(sharp) - scores).clamp(min=0).mean()
        distance = sum(
            ((a - b) ** 2).mean()
            for a, b in zip(*map(networks.dis_net.features, (reconstructions, sharp)), strict=True)
        )
    torch.testing.assert_close(loss, 0.3 * short + 7 * distance)
    torch.testing.assert_close(measured["score"], scores.mean())
    torch.testing.assert_close(measured["feature_matching_loss"], distance)


@pytest.mark.parametrize("weights", [(0.7, 0.0), (0.0, 0.4), (0.7, 0.4), (0.0, 0.0)])
def test_balanced_weights_are_in_units_of_the_reconstruction_gradient(networks, sharp, weights):
    """Each part's gradient in the pixels is along its own, and as long as asked for.

    The score's is as long only where no image scores as high as its original: it fades with them.
    """
    networks = replace(networks, adversarial_weight=weights[0], feature_matching_weight=weights[1])
    pixels = torch.rand(sharp.shape, generator=torch.Generator().manual_seed(2)).requires_grad_()
    with frozen(networks.dis_net):
        own_loss = nn.functional.l1_loss(pixels, sharp)
        loss, _ = adversarial.adversarial_loss(networks, pixels, sharp, own_loss)
        [found] = torch.autograd.grad(loss, pixels)
        scores = networks.dis_net(pixels)
        short = (networks.dis_net(sharp) - scores).clamp(min=0).mean()
        [all_short] = torch.autograd.grad(scores.mean(), pixels, retain_graph=True)
        maps = zip(*map(networks.dis_net.features, (pixels, sharp)), strict=True)
        features = torch.stack([(a - b).square().mean() for a, b in maps]).sum()
        expected = torch.zeros_like(pixels)
        unit = math.sqrt(pixels.numel()) / pixels.numel()  # the length of an L1's gradient
        [towards_sharp] = torch.autograd.grad(short, pixels)
        [towards_features] = torch.autograd.grad(features, pixels)
        assert 0 < towards_sharp.norm() < all_short.norm()  # some images score high enough
        expected += weights[0] * unit * towards_sharp / all_short.norm()
        expected += weights[1] * unit * towards_features / towards_features.norm()
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("weight", [0.5, 1.0])
@pytest.mark.parametrize(
    "step",
    [adversarial.learn_blur, adversarial.learn_reconstructions],
    ids=lambda step: step.__name__,
)
def test_steps_1_and_2_weigh_what_is_fake(networks, sharp, step, weight):
    """dis_net's gradients are those of max(0, 1 − sharp) + weight · max(0, 1 + fake)."""
    networks = replace(networks, fake_weight=weight)
    twin, widths = copy.deepcopy(networks.dis_net), copy.deepcopy(networks.blur_widths)
    step(networks, sharp)
    if step is adversarial.learn_blur:
        blurred = blur_randomly(sharp, BLUR_WIDTHS, widths)
        real, fake = twin(torch.cat([sharp, blurred])).chunk(2)
        loss = (1 - real).clamp(min=0).mean() + weight * (1 + fake).clamp(min=0).mean()
    else:
        with frozen(networks.autoencoder), torch.no_grad():
            reconstructions = networks.autoencoder(sharp)
        loss = weight * (1 + twin(reconstructions)).clamp(min=0).mean()
    loss.backward()
    for given, expected in zip(networks.dis_net.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(given.grad, expected.grad)


def descending(networks: Networks, autoencoder: Autoencoder) -> Networks:
    """Return the networks with another autoencoder, whose updates are its gradients."""
    descent: Any = torch.optim.SGD(autoencoder.parameters(), lr=1.0)
    none: Any = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    schedule = networks.training.adam_schedule
    training = AutoencoderTraining(autoencoder, descent, none, schedule, schedule)
    return replace(networks, training=training)


def test_steps_together_have_the_sum_of_both_gradients(networks, sharp):
    """Under plain gradient descent one step of both goes as far as both go from one point."""

    def way(*steps) -> torch.Tensor:
        torch.manual_seed(0)
        autoencoder = Autoencoder(3)
        start = torch.cat([w.detach().flatten() for w in autoencoder.parameters()])
        for step in steps:
            step(descending(networks, autoencoder), sharp)
        return torch.cat([w.detach().flatten() for w in autoencoder.parameters()]) - start

    together = way(adversarial.raise_score_and_reconstruct)
    separately = way(adversarial.raise_score) + way(adversarial.reconstruct_images)
    torch.testing.assert_close(together, separately, rtol=1e-3, atol=1e-5)


def test_strategies_are_those_of_the_report():
    one, two = adversarial.learn_blur, adversarial.learn_reconstructions
    three, four = adversarial.raise_score, adversarial.reconstruct_images
    assert steps_of("four-step", separate_updates=True) == (one, two, three, four)
    assert steps_of("three-step", separate_updates=True) == (one, three, four)
    both = adversarial.raise_score_and_reconstruct
    assert steps_of("four-step", separate_updates=False) == (one, two, both)
    assert steps_of("three-step", separate_updates=False) == (one, both)
    assert steps_of("none", separate_updates=False) == (four,)


@pytest.mark.parametrize("strategy", ["random-features", "digit-features"])
def test_a_control_pulls_towards_the_originals_features_alone(networks, sharp, strategy):
    """Its update is that of the four-step strategy with no weight on the score."""
    (step,) = steps_of(strategy, separate_updates=False)
    without_score = replace(networks, adversarial_weight=0.0)

    def moved_by(one: adversarial.Step) -> tuple[torch.Tensor, adversarial.Measured]:
        torch.manual_seed(0)
        autoencoder = Autoencoder(3)
        measured = one(descending(without_score, autoencoder), sharp)
        return torch.cat([w.detach().flatten() for w in autoencoder.parameters()]), measured

    before = copy.deepcopy(networks.dis_net.state_dict())
    weights, measured = moved_by(step)
    assert torch.equal(weights, moved_by(adversarial.raise_score_and_reconstruct)[0])
    assert "score" not in measured
    assert same(networks.dis_net.state_dict(), before)


def test_the_printed_loss_adds_the_distances_to_both_images(networks, sharp):
    """Its gradient is that of the two distances, taken of the reconstruction of a blurred image."""
    widths = torch.Generator().manual_seed(5)
    blurred = blur_randomly(sharp, BLUR_WIDTHS, widths)
    torch.manual_seed(0)
    autoencoder, expected = Autoencoder(3), Autoencoder(3)
    expected.load_state_dict(autoencoder.state_dict())
    output = expected(blurred)
    ((output - blurred).abs().mean() + (output - sharp).abs().mean()).backward()
    before = copy.deepcopy(autoencoder)
    (step,) = steps_of("blurred-input", separate_updates=False)
    fresh = replace(networks, blur_widths=torch.Generator().manual_seed(5))
    step(descending(fresh, autoencoder), sharp)
    weights = (network.parameters() for network in (before, autoencoder, expected))
    for old, new, like in zip(*weights, strict=True):
        torch.testing.assert_close(old - new, like.grad, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("label", [REAL, FAKE])
def test_hinge_against_torch(label):
    scores = torch.randn(50, generator=torch.Generator().manual_seed(1)) * 2
    expected = nn.functional.hinge_embedding_loss(
        label * scores, -torch.ones(50), margin=1.0
    )  # torch's max(0, margin − x) for targets of −1
    torch.testing.assert_close(SCORE_LOSSES["hinge"].of_label(scores, label), expected)


@pytest.mark.parametrize("label", [REAL, FAKE])
def test_cross_entropy_against_torch(label):
    scores = torch.randn(50, generator=torch.Generator().manual_seed(1)) * 2
    target = torch.full((50,), 1.0 if label == REAL else 0.0)
    expected = nn.functional.binary_cross_entropy_with_logits(scores, target)
    torch.testing.assert_close(SCORE_LOSSES["bce"].of_label(scores, label), expected)


def config(**changes) -> AdversarialConfig:
    """Settings of a run against dis_net, as the script makes them."""
    settings = {
        **vars(AdversarialOptions(latent_dim=2, precision="fp32")),
        "epochs": 2,
        "plain_run": "",
        "plain_sha256": "",
        **changes,
    }
    return AdversarialConfig(**settings)


@pytest.mark.slow
def test_dis_net_learns_blur(mnist):
    """Step 1 alone, half an epoch of it: images are told from those blurred by 0.7 pixels on."""
    data = mnist._replace(
        train_images=mnist.train_images[:30_000], test_images=mnist.test_images[:2000]
    )
    found = warm_up.train(config().dis_net, data, lambda: None).accuracy
    assert found[0].width == 0
    # Its learning rate does not fall, so that the threshold still moves with the last batches.
    assert min(point.accuracy for point in found if not 0 < point.width < 0.7) > 0.8


MACHINE = environment(torch.device("cpu"))


def warmed(
    data: ImageData,
    results: Path,
    batch_size: int = 50,
    machine: Environment = MACHINE,
    stop_request: StopRequest = lambda: None,
) -> warm_up.WarmUp:
    """Return the warm-up of runs on `data`, kept in `results`."""
    asked = config(data="digits", batch_size=batch_size).dis_net
    return warm_up.load_or_train(asked, data, results, machine, stop_request)


def test_a_warm_up_is_trained_once_and_read_back(few, tmp_path, monkeypatch):
    first = warmed(few, tmp_path)
    assert all(len(values) == 5 for values in first.curves.values())
    trained = []
    monkeypatch.setattr(warm_up, "learn_blur", lambda *_: trained.append(1))
    again = warmed(few, tmp_path)
    assert not trained
    for name in ("weights", "curves", "generators"):
        assert same(getattr(first, name), getattr(again, name)), name
    assert (first.accuracy, first.seconds) == (again.accuracy, again.seconds)
    optimizers = []
    for one in (first, again):
        optimizer = warm_up.new_dis_net(config().dis_net, few.train_images.device).dis_net_optimizer
        optimizer.load_state_dict(one.optimizer)
        optimizers.append(optimizer.state_dict())
    torch.testing.assert_close(*optimizers, rtol=0, atol=0)


def test_a_warm_up_of_other_settings_is_trained_anew(few, tmp_path, capsys):
    warmed(few, tmp_path)
    other = warmed(few, tmp_path, batch_size=125)
    assert all(len(values) == 2 for values in other.curves.values())
    warmed(few, tmp_path, batch_size=125, machine=replace(MACHINE, threads=1000))
    assert capsys.readouterr().out.count("of other settings") == 2


def test_a_damaged_warm_up_is_refused_and_a_stopped_one_is_not_kept(few, tmp_path):
    with pytest.raises(Interrupted):
        warmed(few, tmp_path, stop_request=lambda: signal.SIGINT)
    assert not list(tmp_path.iterdir())
    warmed(few, tmp_path)
    (path,) = tmp_path.glob("dis_net-digits-seed0.pt")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match=r"truncated|damaged"):
        warmed(few, tmp_path)


def test_measuring_leaves_dis_net_as_it_is(networks, sharp):
    before = state(networks.dis_net)
    with frozen(networks.dis_net):
        accuracy_by_blur_width(networks.dis_net, sharp, (1.0,))
    assert same(before, state(networks.dis_net))


ACCURACIES = ("accuracy_sharp", "accuracy_blurred", "accuracy_reconstructions")


def measured(**changes: torch.Tensor | None) -> dict[str, torch.Tensor]:
    values = {
        "reconstruction_loss": torch.tensor([0.1, 0.1]),
        "variation": torch.tensor([0.2, 0.2]),
        **dict.fromkeys(ACCURACIES, torch.tensor([0.9, 1.0])),
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({}, None, ""),
        (
            {"reconstruction_loss": torch.tensor([0.1, math.nan])},
            "diverged",
            "reconstruction loss is no longer finite",
        ),
        ({"score": torch.tensor([math.inf, 0.1])}, "diverged", "score is no longer finite"),
        ({"variation": torch.tensor([1e-5, 1e-5])}, "collapsed", "same image"),
        ({"variation": torch.tensor([0.2, 1e-5])}, None, ""),
        # Perfect labels are no failure: the curves show them.
        (dict.fromkeys(ACCURACIES, torch.ones(2)), None, ""),
        (dict.fromkeys(ACCURACIES), None, ""),
    ],
)
def test_failures_are_found(changes, kind, words):
    found = find_failure(measured(**changes))
    assert (found and found[0]) == kind
    assert words in (found[1] if found else "")


def test_names_tell_variants_apart():
    parts = [variant for one in PARTS.values() for variant in one.all.values()]
    everything = {*COMPARED.values(), *parts}
    names = {(v.loss, v.name, v.processing) for v in everything}
    assert len(names) == len(everything)
    assert run_name("mnist", "l1", 16, 0, "four-step") == "mnist-l1-four-step-latent16-seed0"


def test_no_variant_contradicts_itself():
    """train_adversarial.py takes the options of each."""
    parts = [variant for one in PARTS.values() for variant in one.all.values()]
    for variant in (*COMPARED.values(), *parts):
        options = AdversarialOptions(latent_dim=2, **variant.settings)
        assert variant.is_plain or train_adversarial.contradiction(options) is None, variant
    assert train_adversarial.contradiction(AdversarialOptions(latent_dim=2, score_loss="bce"))


def test_a_name_names_what_is_not_the_default():
    assert Variant(loss="l1", strategy="none").name == ""
    assert Variant(loss="l1", strategy="four-step").name == "four-step"
    assert (
        Variant(loss="l1", strategy="none", start="scratch", epochs=9).name
        == "none-scratch-epochs9"
    )
    reports = Variant(
        loss="l1",
        strategy="three-step",
        separate_updates=True,
        start="scratch",
        score_loss="bce",
        unbalanced=True,
        adversarial_weight=0.25,
        feature_matching_weight=0.0,
    )
    assert reports.name == "three-step-separate-scratch-bce-unbalanced-adv0.25-fm0"


@pytest.mark.parametrize("field", fields(DisNetSettings), ids=lambda field: field.name)
def test_every_setting_of_dis_net_is_in_the_name_and_in_the_finished_runs(field):
    """Runs that differ in it have folders of their own."""
    usual = Variant(loss="l1")
    choices = field.metadata["option"]["choices"] or [True if field.default is False else 9.0]
    for other in {*choices} - {field.default, "none"}:
        assert replace(usual, **{field.name: other}).name != usual.name
    assert field.name in {entry.name for entry in fields(AdversarialConfig)}


PLAIN_RUN, RUN = "digits-l1-latent2-seed0", "digits-l1-four-step-latent2-seed0"
SMALL = (*HERE, "--latent", "2")


@pytest.fixture(scope="module")
def trained(few, tmp_path_factory) -> Path:
    """A results folder with a plain run on a few digits, of 5 steps per epoch."""
    folder = tmp_path_factory.mktemp("adversarial")
    run_well(TRAIN, *SMALL, "--batch-size", "50", "--epochs", "3", "--results", str(folder))
    return folder


@pytest.fixture
def results(trained, tmp_path) -> Path:
    """A copy of `trained`."""
    return Path(shutil.copytree(trained, tmp_path / "results"))


def test_a_run_has_what_all_runs_have(results):
    run_well(ADVERSARIAL, *SMALL, "--results", str(results))
    plain, found = (load_metrics(results / name) for name in (PLAIN_RUN, RUN))
    assert found.adversarial is not None
    drawn = {key for _, lines in PANELS for key in lines}
    assert drawn == found.adversarial.curves.keys() - {"variation"}
    assert found.epochs == len(found.curve) == plain.epochs == 3
    assert found.curve[:1] == plain.curve[:1]
    assert found.curve[1:] != plain.curve[1:]
    assert found.config == plain.config
    assert found.adversarial is not None
    digest = run_folder.file_digest(results / PLAIN_RUN / "checkpoint.pt")
    assert found.adversarial.config.plain_sha256 == digest
    assert found.adversarial.epochs_before == 1
    assert found.adversarial.autoencoder_updates == 3 * 5
    assert found.test != plain.test
    figures = {"adversarial_losses.png", "dis_net.png", "loss_curve.png"}
    assert figures < content(results / RUN).keys()


def test_without_weights_the_plain_run_comes_out_again(results):
    """The training goes on exactly where dis_net joins: with weights of 0 nothing is changed."""
    weights = ("--adversarial-weight", "0", "--feature-matching-weight", "0")
    run_well(ADVERSARIAL, *SMALL, *weights, "--results", str(results))
    name = "digits-l1-four-step-adv0-fm0-latent2-seed0"
    plain, found = (load_metrics(results / one) for one in (PLAIN_RUN, name))
    assert found.curve == plain.curve
    assert found.test == plain.test
    assert same(load_model(results / name / "checkpoint.pt").state_dict(), plain_weights(results))
    files = [content(results / one)["snapshots.npz"] for one in (PLAIN_RUN, name)]
    assert files[0] == files[1]


def test_from_scratch_without_dis_net_is_a_plain_training(results):
    options = (*SMALL, "--strategy", "none", "--start", "scratch", "--results", str(results))
    for more in ((), ("--epochs", "4")):
        run_well(ADVERSARIAL, *options, *more)
    plain, again, longer = (
        load_metrics(results / f"digits-l1{variant}-latent2-seed0")
        for variant in ("", "-none-scratch", "-none-scratch-epochs4")
    )
    assert again.curve == plain.curve
    assert longer.epochs == len(longer.curve) == 4
    assert longer.config == replace(plain.config, epochs=4)
    assert "adversarial_losses.png" not in content(results / "digits-l1-none-scratch-latent2-seed0")


def test_the_reports_design_trains_from_scratch(results):
    design = (
        *("--start", "scratch", "--score-loss", "bce", "--unbalanced", "--separate-updates"),
        *("--adversarial-weight", "1", "--feature-matching-weight", "0"),
    )
    run_well(ADVERSARIAL, *SMALL, *design, "--results", str(results))
    name = "digits-l1-four-step-separate-scratch-bce-unbalanced-adv1-fm0-latent2-seed0"
    found = load_metrics(results / name)
    assert found.adversarial is not None
    assert found.adversarial.epochs_before == 0
    assert found.adversarial.dis_net_accuracy.keys() == {"after"}
    assert found.adversarial.autoencoder_updates == 2 * 3 * 5
    assert not list(results.glob("dis_net-*.pt"))
    assert {"adversarial_losses.png", "dis_net.png"} < content(results / name).keys()


def test_a_plain_run_whose_kept_state_is_gone_or_of_another_is_refused(call, results):
    kept = results / PLAIN_RUN / file_names.BEFORE_DIS_NET
    options = (*SMALL, "--results", str(results))
    kept.write_bytes(kept.read_bytes() + b"0")
    assert_one_line_error(call(ADVERSARIAL, *options), "does not belong")
    kept.unlink()
    assert_one_line_error(call(ADVERSARIAL, *options), f"{file_names.BEFORE_DIS_NET} is gone")


@pytest.mark.slow
def test_old_names_of_options_are_aliases(results):
    old = ("--adversary", "three-step", "--apart", "--score-weight", "0.5", "--feature-weight", "3")
    new = (
        *("--strategy", "three-step", "--separate-updates"),
        *("--adversarial-weight", "0.5", "--feature-matching-weight", "3"),
    )
    name = "digits-l1-three-step-separate-adv0.5-fm3-latent2-seed0"
    found = []
    for options in (old, new):
        run_well(ADVERSARIAL, *SMALL, *options, "--results", str(results))
        metrics = load_metrics(results / name)
        assert metrics.adversarial is not None
        found.append((metrics.adversarial.config, metrics.test))
    assert found[0] == found[1]
    settings = found[0][0]
    assert (settings.adversarial_weight, settings.feature_matching_weight) == (0.5, 3.0)


def test_variants_are_trained_and_counted(monkeypatch, results):
    """--variants trains each variant with its own loss and options; one that fails is counted."""
    jobs = []

    def train(job, data, context):
        jobs.append((context.folder.name, job.config))
        return None if "three-step" in context.folder.name else job.plain

    monkeypatch.setattr(train_adversarial, "train_adversarial", train)
    run_well(TRAIN, *SMALL, "--loss", "mse", "--epochs", "1", "--results", str(results))
    outcome = call_variants(results)
    assert outcome.returncode == 3
    assert {name for name, _ in jobs} == {
        run_name("digits", variant.loss, 2, 0, variant.name)
        for variant in VARIANTS.values()
        if not variant.is_plain
    }
    for _, one in jobs:
        assert one.plain_run == run_name("digits", one.loss, 2, 0)


def call_variants(results: Path):
    return run_here(ADVERSARIAL, *SMALL, "--variants", "comparison", "--results", str(results))


def assert_failed(outcome, run: Path, failure: tuple[int, str], weights) -> None:
    """Check what a failed run leaves: its last good weights, the reason, and no numbers."""
    epoch, kind = failure
    assert outcome.returncode == 3
    assert len(outcome.stderr.splitlines()) == 1
    assert f"{kind} in epoch {epoch}" in outcome.stderr
    assert content(run).keys() <= {"checkpoint.pt", "failure.json", "snapshots.npz"}
    found = read_record(run / "failure.json", Failure, FAILURE_VERSION)
    assert (found.epoch, found.kind) == failure
    assert found.reason in outcome.stderr
    assert same(load_model(run / "checkpoint.pt").state_dict(), weights)


def plain_weights(results: Path) -> dict[str, torch.Tensor]:
    return load_model(results / PLAIN_RUN / "checkpoint.pt").state_dict()


def kept_weights(results: Path) -> dict[str, torch.Tensor]:
    """The autoencoder's weights where dis_net joins."""
    path = results / PLAIN_RUN / file_names.BEFORE_DIS_NET
    return load_checkpoint(path, joining.KIND, joining.VERSION)["parts"]["autoencoder"]


def test_a_run_that_diverges_keeps_the_weights_it_started_from(call, results):
    options = (*SMALL, "--results", str(results))
    kept = kept_weights(results)
    with mock.patch.object(adversarial, "gradient_of", lambda _, pixels: math.nan * pixels):
        outcome = call(ADVERSARIAL, *options)
    assert_failed(outcome, results / RUN, (2, "diverged"), kept)
    assert "finite" in outcome.stderr
    # A later run that goes well takes its place.
    run_well(ADVERSARIAL, *options)
    assert not (results / RUN / "failure.json").exists()
    assert (results / RUN / "metrics.json").exists()


def test_a_run_that_fails_later_keeps_the_weights_of_its_last_good_epoch(
    call, monkeypatch, results
):
    """The second of two epochs is said to have gone wrong: the weights after the first stay."""
    after_epoch, end_epoch = [], train_adversarial.end_epoch

    def second_goes_wrong(training, networks, data):
        after_epoch.append(copy.deepcopy(networks.autoencoder.state_dict()))
        if len(after_epoch) == 2:
            return Failure(3, "collapsed", "made up")
        return end_epoch(training, networks, data)

    monkeypatch.setattr(train_adversarial, "end_epoch", second_goes_wrong)
    outcome = call(ADVERSARIAL, *SMALL, "--results", str(results))
    assert not same(*after_epoch)
    assert_failed(outcome, results / RUN, (3, "collapsed"), after_epoch[0])


def test_a_run_that_collapses_stops(call, monkeypatch, results):
    monkeypatch.setattr(adversarial, "variation", lambda *_: torch.tensor(0.0))
    kept = kept_weights(results)
    outcome = call(ADVERSARIAL, *SMALL, "--results", str(results))
    assert_failed(outcome, results / RUN, (2, "collapsed"), kept)


def test_every_batch_goes_through_all_steps_in_turn(monkeypatch, results):
    taken = []

    def watched(name, step):
        def take(networks, sharp):
            before = state(networks.autoencoder)
            measured = step(networks, sharp)
            taken.append((name, sharp, same(before, state(networks.autoencoder))))
            return measured

        return take

    steps = steps_of("four-step", separate_updates=False)
    numbered = tuple(watched(number, step) for number, step in enumerate(steps, start=1))
    monkeypatch.setattr(train_adversarial, "steps_of", lambda *_: numbered)
    run_well(ADVERSARIAL, *SMALL, "--results", str(results))
    assert [name for name, *_ in taken] == [1, 2, 3] * 10
    assert [unmoved for *_, unmoved in taken] == [True, True, False] * 10
    for first, second, third in zip(taken[::3], taken[1::3], taken[2::3], strict=True):
        assert first[1] is second[1] is third[1]


def test_fakes_weigh_fully_where_blurred_images_are_the_only_ones(few):
    """In the warm-up and in the three-step strategy; half where reconstructions are fakes too, but
    for the reports' design, which weighs nothing.
    """
    assert warm_up.new_dis_net(config().dis_net, few.train_images.device).fake_weight == 1
    weights = {
        (name, unbalanced): adversarial.fake_weight(name, unbalanced)
        for name in ("four-step", "three-step")
        for unbalanced in (False, True)
    }
    assert weights == {
        ("four-step", False): 0.5,
        ("four-step", True): 1,
        ("three-step", False): 1,
        ("three-step", True): 1,
    }


def test_a_digit_network_tells_digits_and_lends_its_features(digits):
    """It draws no random number of the caller, and nothing of its head is kept."""
    settings = replace(config().dis_net, batch_size=50)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    found = digit_network.in_dis_nets_place(settings, digits)
    assert torch.equal(torch.rand(1), expected)
    network = digit_network.digit_network(settings, digits).eval()
    with torch.no_grad():
        features = network.features(to_pixels(digits.test_images))
        right = network.head(features[-1]).argmax(1) == digits.test_labels
    assert right.double().mean() > 0.8
    lent = Discriminator()
    lent.load_state_dict(found.weights)
    with torch.no_grad():
        for own, like in zip(
            lent.eval().features(to_pixels(digits.test_images)), features, strict=True
        ):
            torch.testing.assert_close(own, like)


@pytest.mark.parametrize("strategy", ["random-features", "digit-features"])
def test_a_control_is_trained_without_a_score_and_with_a_frozen_network(results, few, strategy):
    """Of the run as it begins: no adversarial weight; and its network is as it was in the end."""
    options = AdversarialOptions(data="digits", latent_dim=2, strategy=strategy, precision="fp32")
    job = load_job(options, results)
    place = None
    if strategy == "digit-features":
        place = digit_network.in_dis_nets_place(job.config.dis_net, few)
    networks, _ = begin(job, place, few)
    assert (networks.adversarial_weight, networks.feature_matching_weight) == (0, 2)
    before = copy.deepcopy(networks.dis_net.state_dict())
    if place is not None:
        assert same(before, place.weights)
    (step,) = steps_of(strategy, separate_updates=False)
    step(networks, to_pixels(few.train_images[:50]))
    assert same(networks.dis_net.state_dict(), before)


def test_a_control_goes_on_where_it_was_broken_off(call, monkeypatch, results):
    """With a digit network, which is trained again and then is the same."""
    name = "digits-l1-digit-features-latent2-seed0"
    options = (*SMALL, "--strategy", "digit-features", "--results", str(results))
    run_well(ADVERSARIAL, *options)
    whole = content(results / name)["checkpoint.pt"]
    shutil.rmtree(results / name)
    stop_at(monkeypatch, 7)  # of the 10 steps of the last two epochs
    assert call(ADVERSARIAL, *options, "--checkpoint-every", "1").returncode != 0
    monkeypatch.undo()
    run_well(ADVERSARIAL, *options, "--resume")
    assert content(results / name)["checkpoint.pt"] == whole


def test_pixels_that_are_cut_off_get_no_gradient_from_dis_net(networks, sharp):
    values = (2 * torch.rand(sharp.shape) - 0.5).requires_grad_()
    cut = values + (values.clamp(0, 1) - values).detach()
    with frozen(networks.dis_net):
        own_loss = nn.functional.l1_loss(cut, sharp)
        loss, _ = adversarial.adversarial_loss(networks, cut, sharp, own_loss)
        loss.backward()
    assert values.grad is not None
    inside = (values > 0) & (values < 1)
    assert (values.grad[~inside] == 0).all()
    assert (values.grad[inside] != 0).double().mean() > 0.99


def test_first_convolution_is_the_strided_one():
    torch.manual_seed(0)
    ours = HalvingConvolution(1, 32, 4, stride=2, padding=1)
    theirs = nn.Conv2d(1, 32, 4, stride=2, padding=1)
    theirs.load_state_dict(ours.state_dict())
    results = []
    for layer in (ours, theirs):
        images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
        output = layer(images.requires_grad_())
        output.square().sum().backward()
        assert layer.bias is not None
        results.append((output, images.grad, layer.weight.grad, layer.bias.grad))
    torch.testing.assert_close(*results)


def test_dis_net_is_normalised_once_between_its_updates(networks, sharp):
    """Equal to torch's own, which normalises anew whenever a weight is used; in float32."""
    twin = copy.deepcopy(networks.dis_net)
    twin(sharp)  # one power iteration
    expected = twin.eval().first[1].weight
    with torch.autocast("cpu", torch.bfloat16), normalised_once(networks.dis_net):
        first = networks.dis_net.first[1].weight
        networks.dis_net(sharp)
        assert networks.dis_net.first[1].weight is first
    torch.testing.assert_close(first, expected, rtol=0, atol=0)


SCRATCH_ALONE = ("--latent", "2", "--adversary", "none", "--start", "scratch")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--latent", "2"], "train.py --data digits --loss l1 --latent 2 --seed 0"),
        (["--latent", "2", "--adversary", "five-step"], "four-step"),
        (["--latent", "2", "--adversary", "none"], "is the plain run itself"),
        ([*SCRATCH_ALONE, "--apart"], "--separate-updates: not accepted with --strategy none"),
        ([*SCRATCH_ALONE, "--score-weight", "7"], "--adversarial-weight: not accepted"),
        ([*SCRATCH_ALONE, "--score-loss", "bce"], "--score-loss: not accepted"),
        (
            ["--latent", "2", "--strategy", "random-features", "--score-weight", "7"],
            "--adversarial-weight: not accepted with --strategy random-features",
        ),
        (["--latent", "2", "--strategy", "blurred-input"], "needs --start scratch"),
        (["--latent", "2", "--epochs", "3"], "--epochs needs --start scratch"),
        (["--latent", "2", "--score-weight", "-1"], "from 0 on"),
        ([*SCRATCH_ALONE, "--feature-weight", "7"], "--feature-matching-weight: not accepted"),
        (["--latent", "2", "--feature-weight", "-1"], "from 0 on"),
    ],
)
def test_bad_options_are_refused(call, tmp_path, arguments, words):
    outcome = call(ADVERSARIAL, "--data", "digits", *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "error:", words)
    assert not (tmp_path / "new").exists()
