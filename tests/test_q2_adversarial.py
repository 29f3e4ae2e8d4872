"""Training against dis_net: which weights each step moves, with which labels; what stops a run."""

import json
import math
import shutil
import subprocess
import sys

import pytest
import torch
from conftest import assert_one_line_error
from torch import nn

from q2_autoencoder import adversarial, runs
from q2_autoencoder.adversarial import (
    FAKE,
    REAL,
    STRATEGIES,
    Players,
    held_still,
    hinge,
    steps_of,
    trouble,
    variant,
)
from q2_autoencoder.clarity import sharpness
from q2_autoencoder.data import shuffled_batches, to_pixels
from q2_autoencoder.discriminator import Discriminator, accuracy_by_width, blur
from q2_autoencoder.model import Autoencoder
from shared.files import PROJECT

TRAIN, ADVERSARIAL, EVAL, COMPARE, WEIGHT = (
    f"q2_autoencoder/{name}.py"
    for name in ("train", "train_adversarial", "eval", "compare_adversarial", "adversary_weight")
)


@pytest.fixture
def clear(digits) -> torch.Tensor:
    return to_pixels(digits.train_images[:64])


@pytest.fixture
def players() -> Players:
    torch.manual_seed(0)
    autoencoder, dis_net = Autoencoder(3), Discriminator()
    return Players(
        autoencoder,
        dis_net,
        torch.optim.Adam(autoencoder.parameters(), lr=1e-3),
        torch.optim.Adam(dis_net.parameters(), lr=1e-3),
        nn.functional.l1_loss,
        fake_weight=0.5,
        weight=0.2,
        feature_weight=80.0,
        widths=torch.Generator().manual_seed(0),
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
    adversarial.clear_and_blurred: "dis_net",
    adversarial.reconstructions_as_fake: "dis_net",
    adversarial.pseudo_real: "autoencoder",
    adversarial.reconstruction: "autoencoder",
    adversarial.pseudo_real_and_reconstruction: "autoencoder",
}


@pytest.mark.parametrize("step", MOVES, ids=lambda step: step.__name__)
def test_a_step_moves_one_network_and_leaves_all_of_the_other(players, clear, step):
    networks = {"autoencoder": players.autoencoder, "dis_net": players.dis_net}
    # Gradients that are not None: a step that clears or adds to them is then seen.
    for network in networks.values():
        for weight in network.parameters():
            weight.grad = torch.ones_like(weight)
    before = {name: state(network) for name, network in networks.items()}
    step(players, clear)
    moving = MOVES[step]
    still = ({"autoencoder", "dis_net"} - {moving}).pop()
    assert same(before[still], state(networks[still]))
    after = state(networks[moving])
    assert all(
        not torch.equal(before[moving][name], after[name])
        for name, _ in networks[moving].named_parameters()
    )
    assert all(network.training for network in networks.values())
    assert all(w.requires_grad for network in networks.values() for w in network.parameters())


def recorded(monkeypatch, players, clear, step) -> list[tuple[torch.Tensor, float]]:
    """The pixels that dis_net scored in `step`, and the labels that the hinge was given."""
    seen, labels = [], []
    players.dis_net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    loss = adversarial.hinge
    monkeypatch.setattr(
        adversarial, "hinge", lambda scores, label: (labels.append(label), loss(scores, label))[1]
    )
    step(players, clear)
    return list(zip(torch.cat(seen).split(len(clear)), labels, strict=True))


def test_step_1_labels_clear_as_real_and_blurred_as_fake(monkeypatch, players, clear):
    (first, label), (second, other) = recorded(
        monkeypatch, players, clear, adversarial.clear_and_blurred
    )
    assert (label, other) == (REAL, FAKE)
    assert torch.equal(first, clear)
    low, high = adversarial.WIDTHS
    for part, made in zip(clear.tensor_split(5), second.tensor_split(5), strict=True):
        softer, softest = (sharpness(blur(part, width)) for width in (low, high))
        assert (sharpness(made) <= softer + 1e-6).all()
        assert (sharpness(made) >= softest - 1e-6).all()


def test_step_2_labels_reconstructions_as_fake(monkeypatch, players, clear):
    with held_still(players.autoencoder), torch.no_grad():
        made = players.autoencoder(clear)
    [(shown, label)] = recorded(monkeypatch, players, clear, adversarial.reconstructions_as_fake)
    assert label == FAKE
    assert torch.equal(shown, made)


def test_step_3_asks_for_the_label_real(players, clear):
    """Its gradient is that of −score alone, where features weigh nothing; so scores rise."""
    players = players._replace(feature_weight=0.0, weight=1.0)
    with held_still(players.dis_net):
        made = torch.rand_like(clear).requires_grad_()
        loss, _ = adversarial.pseudo_real_loss(players, made, clear)
        loss.backward()
        given = made.grad.clone()
        made.grad = None
        players.dis_net(made).mean().backward()
    torch.testing.assert_close(given, -made.grad)

    def score() -> float:
        with held_still(players.dis_net), held_still(players.autoencoder), torch.no_grad():
            return players.dis_net(players.autoencoder(clear)).mean().item()

    before = score()
    for _ in range(30):
        adversarial.pseudo_real(players, clear)
    assert score() > before


def test_steps_together_have_the_sum_of_both_gradients(players, clear):
    """Under plain gradient descent one step of both goes as far as both go from one point."""

    def moved(*steps) -> torch.Tensor:
        torch.manual_seed(0)
        autoencoder = Autoencoder(3)
        start = torch.cat([w.detach().flatten() for w in autoencoder.parameters()])
        optimizer = torch.optim.SGD(autoencoder.parameters(), lr=1.0)
        for step in steps:
            step(players._replace(autoencoder=autoencoder, autoencoder_optimizer=optimizer), clear)
        return torch.cat([w.detach().flatten() for w in autoencoder.parameters()]) - start

    together = moved(adversarial.pseudo_real_and_reconstruction)
    apart = moved(adversarial.pseudo_real) + moved(adversarial.reconstruction)
    torch.testing.assert_close(together, apart, rtol=1e-3, atol=1e-5)


def test_strategies_are_those_of_the_report():
    one, two, three, four = (
        adversarial.clear_and_blurred, adversarial.reconstructions_as_fake,
        adversarial.pseudo_real, adversarial.reconstruction,
    )  # fmt: skip
    assert steps_of("four-step", apart=True) == (one, two, three, four)
    assert steps_of("three-step", apart=True) == (one, three, four)
    both = adversarial.pseudo_real_and_reconstruction
    assert steps_of("four-step", apart=False) == (one, two, both)
    assert steps_of("three-step", apart=False) == (one, both)
    assert steps_of("none", apart=False) == (four,)


@pytest.mark.parametrize("label", [REAL, FAKE])
def test_hinge_against_torch(label):
    scores = torch.randn(50, generator=torch.Generator().manual_seed(1)) * 2
    expected = nn.functional.hinge_embedding_loss(
        label * scores, -torch.ones(50), margin=1.0
    )  # torch's max(0, margin − x) for targets of −1
    torch.testing.assert_close(hinge(scores, label), expected)


def test_dis_net_learns_blur(players, mnist):
    """Step 1 alone, half an epoch of it: clear and blurred test images are told apart."""
    generator = torch.Generator().manual_seed(0)
    for clear in shuffled_batches(mnist.train_images[:30_000], 250, generator):
        adversarial.clear_and_blurred(players, clear)
    told = accuracy_by_width(players.dis_net, to_pixels(mnist.test_images[:2000]), (1.0, 2.0))
    assert [point["width"] for point in told] == [0.0, 1.0, 2.0]
    assert min(point["accuracy"] for point in told) > 0.9


def reports(**changes: torch.Tensor) -> dict[str, torch.Tensor]:
    right = torch.tensor([0.9, 1.0])
    return {
        "reconstruction_loss": torch.tensor([0.1, 0.1]),
        "variation": torch.tensor([0.2, 0.2]),
        **dict.fromkeys(adversarial.TOLD, right),
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "test", "words"),
    [
        ({}, 0.1, None),
        ({"reconstruction_loss": torch.tensor([0.1, math.nan])}, 0.1, "finite"),
        ({"score": torch.tensor([math.inf, 0.1])}, 0.1, "finite"),
        ({}, math.nan, "finite"),
        ({"variation": torch.tensor([1e-5, 1e-5])}, 0.1, "same picture"),
        ({"variation": torch.tensor([0.2, 1e-5])}, 0.1, None),
        ({key: torch.ones(2) for key in adversarial.TOLD}, 0.1, "nothing is left to learn"),
        ({key: torch.ones(2) for key in adversarial.TOLD[:2]}, 0.1, None),
    ],
)
def test_trouble_is_noticed(changes, test, words):
    reason = trouble(reports(**changes), {"l1": test})
    assert reason is None if words is None else words in reason


def test_names_tell_variants_apart():
    names = {
        v.name
        for v in (
            variant("l1", "none"), variant("l1", "four-step"), variant("l1", "three-step"),
            variant("l1", "four-step", apart=True), variant("l1", "four-step", weight=0.5),
            variant("l1", "four-step", feature_weight=0.0),
        )
    }  # fmt: skip
    assert len(names) == 6
    assert runs.run_name("mnist", "l1", 16, 0, "four-step") == "mnist-l1-four-step-latent16-seed0"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A results folder with plain trainings on the digits: both losses, two seeds."""
    folder = tmp_path_factory.mktemp("adversarial")
    for loss in ("l1", "mse"):
        subprocess.run(
            [
                sys.executable, TRAIN, "--data", "digits", "--latent", "2", "--loss", loss,
                "--seeds", "2", "--epochs", "2", "--device", "cpu", "--results", str(folder),
            ],
            cwd=PROJECT, check=True, capture_output=True,
        )  # fmt: skip
    return folder


def test_the_whole_of_part_b_as_a_user_runs_it(call, trained):
    here = ("--data", "digits", "--device", "cpu", "--results", str(trained))
    some = ("--latent", "2", "--seeds", "2")
    # A variant whose run is missing is asked for, and nothing is judged.
    outcome = call(COMPARE, "--latents", "2", "--seeds", "2", *here)
    assert_one_line_error(outcome, "no run in", "none")

    for strategy in STRATEGIES:
        outcome = call(ADVERSARIAL, *some, *here, "--epochs", "1", "--adversary", strategy)
        assert outcome.returncode == 0, outcome.stderr
    run = trained / "digits-l1-four-step-latent2-seed0"
    metrics = json.loads((run / "metrics.json").read_text())
    plain = json.loads((trained / "digits-l1-latent2-seed0" / "metrics.json").read_text())
    none = json.loads((trained / "digits-l1-none-latent2-seed0" / "metrics.json").read_text())
    assert metrics["epochs"] == none["epochs"] == len(metrics["curve"]) == plain["epochs"] + 1
    assert metrics["adversarial"]["start_sha256"] == runs.checkpoint_digest(
        trained / "digits-l1-latent2-seed0"
    )
    assert metrics["test"] != none["test"]
    assert {"players.png", "dis_net.png", "loss_curve.png"} < {f.name for f in run.iterdir()}
    # eval.py takes such a run like any other.
    assert call(EVAL, "--run", str(run), "--device", "cpu").returncode == 0

    # One seed falls apart: said, counted, and kept out of the means only.
    outcome = call(
        ADVERSARIAL, *some, *here, "--loss", "mse", "--epochs", "1", "--weight", "0.005",
    )  # fmt: skip
    assert outcome.returncode == 0
    failed = trained / "digits-mse-four-step-latent2-seed1"
    runs.discard_numbers(failed)
    (failed / "failure.json").write_text('{"epoch": 3, "reason": "made up"}')
    outcome = call(COMPARE, "--latents", "2", "--seeds", "2", *here)
    assert outcome.returncode == 0, outcome.stderr
    found = json.loads((trained / "comparison-digits-adversarial/adversarial.json").read_text())
    mse = found["sizes"]["2"]["MSE + dis_net"]
    assert list(mse["failures"]) == [failed.name]
    assert len(mse["l1"]["values"]) == 1
    l1 = found["sizes"]["2"]["L1 + dis_net, four-step"]["l1"]["values"]
    assert l1[0] == pytest.approx(metrics["test"]["l1"], rel=0.02)  # fp32 for training's bf16
    # What was judged is kept, and judged again when the run is another.
    kept = json.loads((run / "clarity.json").read_text())
    (run / "clarity.json").write_text(json.dumps({**kept, "checkpoint_sha256": "of another"}))
    assert call(COMPARE, "--latents", "2", "--seeds", "2", *here).returncode == 0
    assert json.loads((run / "clarity.json").read_text()) == kept

    outcome = call(WEIGHT, *some, *here)
    assert_one_line_error(outcome, "no run in", "weight0.02")


def test_a_run_that_falls_apart_says_so_and_keeps_the_last_good_weights(call, trained, tmp_path):
    results = shutil.copytree(trained, tmp_path / "results")
    start = results / "digits-l1-latent2-seed0"
    run = results / "digits-l1-four-step-latent2-seed0"
    outcome = call(
        ADVERSARIAL, "--data", "digits", "--latent", "2", "--device", "cpu", "--epochs", "2",
        "--lr", "1e30", "--results", str(results),
    )  # fmt: skip
    assert outcome.returncode == 1
    assert len(outcome.stderr.splitlines()) == 1
    assert "stopped in epoch 3" in outcome.stderr
    assert not (run / "metrics.json").exists()
    assert "finite" in json.loads((run / "failure.json").read_text())["reason"]
    good, first = (runs.load_model(folder / "checkpoint.pt") for folder in (run, start))
    assert same(good.state_dict(), first.state_dict())
    # A later run that goes well takes its place.
    outcome = call(
        ADVERSARIAL, "--data", "digits", "--latent", "2", "--device", "cpu", "--epochs", "1",
        "--results", str(results),
    )  # fmt: skip
    assert outcome.returncode == 0
    assert not (run / "failure.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--latent", "2"], "train.py --data digits --loss l1 --latent 2 --seed 0"),
        (["--latent", "2", "--adversary", "five-step"], "four-step"),
        (["--latent", "2", "--adversary", "none", "--apart"], "--adversary is none"),
        (["--latent", "2", "--adversary", "none", "--weight", "1"], "--adversary is none"),
        (["--latent", "2", "--weight", "0"], "above 0"),
        (["--latent", "2", "--feature-weight", "-1"], "above 0"),
    ],
)
def test_bad_options_are_refused(call, tmp_path, arguments, words):
    outcome = call(ADVERSARIAL, "--data", "digits", *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "error:", words)
    assert not (tmp_path / "new").exists()
