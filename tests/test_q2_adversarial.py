"""Training against dis_net: which weights each step moves, with which labels; what stops a run."""

import copy
import json
import math
import shutil
from types import SimpleNamespace
from unittest import mock

import pytest
import torch
from conftest import assert_one_line_error, run_here
from torch import nn

from q2_autoencoder import train_adversarial
from q2_autoencoder.evaluation.sharpness import sharpness
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import shuffled_batches, to_pixels
from q2_autoencoder.networks.discriminator import Discriminator, accuracy_by_width, blur
from q2_autoencoder.train_adversarial import new_players, play
from q2_autoencoder.training import adversarial
from q2_autoencoder.training import run_folder as runs
from q2_autoencoder.training.adversarial import (
    FAKE,
    REAL,
    Players,
    held_still,
    hinge,
    steps_of,
    trouble,
)
from q2_autoencoder.training.variants import ABLATION, FOUR, FOUR_APART, PLAIN, VARIANTS, Variant
from shared.files import read_json, write_json

TRAIN, ADVERSARIAL, EVAL, COMPARE, WEIGHT = (
    f"q2_autoencoder/{name}.py"
    for name in ("train", "train_adversarial", "eval", "compare_adversarial", "adversary_weight")
)


HERE = ("--data", "digits", "--device", "cpu")


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
        score_weight=0.05,
        feature_weight=7.0,
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
    players = players._replace(feature_weight=0.0, score_weight=1.0)
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


def test_step_3_weighs_score_and_features(players, clear):
    players = players._replace(score_weight=0.3, feature_weight=7.0)
    made = torch.rand(clear.shape, generator=torch.Generator().manual_seed(2))
    with held_still(players.dis_net), torch.no_grad():
        loss, report = adversarial.pseudo_real_loss(players, made, clear)
        score = players.dis_net(made).mean()
        distance = sum(
            ((a - b) ** 2).mean()
            for a, b in zip(*map(players.dis_net.features, (made, clear)), strict=True)
        )
    torch.testing.assert_close(loss, -0.3 * score + 7 * distance)
    torch.testing.assert_close(report["score"], score)
    torch.testing.assert_close(report["feature_loss"], 7 * distance)


@pytest.mark.parametrize("weight", [0.5, 1.0])
@pytest.mark.parametrize(
    "step", [adversarial.clear_and_blurred, adversarial.reconstructions_as_fake],
    ids=lambda step: step.__name__,
)  # fmt: skip
def test_steps_1_and_2_weigh_what_is_fake(players, clear, step, weight):
    """dis_net's gradients are those of max(0, 1 − clear) + weight · max(0, 1 + fake)."""
    players = players._replace(fake_weight=weight)
    twin, widths = copy.deepcopy(players.dis_net), copy.deepcopy(players.widths)
    step(players, clear)
    if step is adversarial.clear_and_blurred:
        blurred = adversarial.blur_randomly(clear, adversarial.WIDTHS, widths)
        real, fake = twin(torch.cat([clear, blurred])).chunk(2)
        loss = (1 - real).clamp(min=0).mean() + weight * (1 + fake).clamp(min=0).mean()
    else:
        with held_still(players.autoencoder), torch.no_grad():
            made = players.autoencoder(clear)
        loss = weight * (1 + twin(made)).clamp(min=0).mean()
    loss.backward()
    for given, expected in zip(players.dis_net.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(given.grad, expected.grad)


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


def test_play_takes_the_steps_in_turn_on_every_batch(players, clear):
    taken = []

    def step(number):
        def take(_, batch):
            taken.append((number, batch))
            return {f"step {number}": torch.tensor(10.0 * number + len(taken))}

        return take

    batches = clear.split(16)
    training = SimpleNamespace(
        record={"reports": {}}, batches=lambda: enumerate(batches), steps_per_epoch=len(batches)
    )
    ends = []
    play(players, (step(1), step(2)), training, lambda: ends.append(len(taken)))
    assert [number for number, _ in taken] == [1, 2] * len(batches)
    assert all(a is b for (_, a), b in zip(taken[::2], batches, strict=True))
    assert ends == [2, 4, 6, 8]
    assert training.record["reports"]["step 2"].tolist() == [22.0, 24.0, 26.0, 28.0]


def test_dis_net_learns_blur(players, mnist):
    """Step 1 alone, an epoch of it: test images are told from those blurred by 0.7 pixels on."""
    options = SimpleNamespace(latent=2, lr=1e-3)
    start = SimpleNamespace(model=players.autoencoder, metrics={"seed": 0})
    images = mnist.train_images
    players = new_players(options, VARIANTS[FOUR], start, images, torch.float32)
    players = players._replace(fake_weight=1.0)
    for clear in shuffled_batches(images, 250, torch.Generator().manual_seed(0)):
        adversarial.clear_and_blurred(players, clear)
    told = accuracy_by_width(players.dis_net, to_pixels(mnist.test_images[:2000]), (0.7, 1.0, 1.5))
    assert [point["width"] for point in told] == [0.0, 0.7, 1.0, 1.5]
    assert min(point["accuracy"] for point in told) > 0.9


def test_measuring_leaves_dis_net_as_it_is(players, clear):
    before = state(players.dis_net)
    with held_still(players.dis_net):
        accuracy_by_width(players.dis_net, clear, (1.0,))
    assert same(before, state(players.dis_net))


TOLD = ("clear_told", "blurred_told", "made_told")


def reports(**changes: torch.Tensor | None) -> dict[str, torch.Tensor]:
    values = {
        "reconstruction_loss": torch.tensor([0.1, 0.1]),
        "variation": torch.tensor([0.2, 0.2]),
        **dict.fromkeys(TOLD, torch.tensor([0.9, 1.0])),
        **changes,
    }
    return {key: value for key, value in values.items() if value is not None}


ALWAYS = torch.ones(2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        (
            {"reconstruction_loss": torch.tensor([0.1, math.nan])},
            "reconstruction loss is no longer",
        ),
        ({"score": torch.tensor([math.inf, 0.1])}, "score is no longer finite"),
        ({"variation": torch.tensor([1e-5, 1e-5])}, "same picture"),
        ({"variation": torch.tensor([0.2, 1e-5])}, None),
        (dict.fromkeys(TOLD, ALWAYS), "all reconstructed images rightly"),
        ({"clear_told": ALWAYS, "made_told": ALWAYS}, "all reconstructed images rightly"),
        ({"clear_told": ALWAYS, "blurred_told": ALWAYS}, None),
        ({"made_told": ALWAYS}, None),
        # The three-step strategy has no step that tells reconstructions.
        ({"clear_told": ALWAYS, "blurred_told": ALWAYS, "made_told": None}, "all blurred"),
        (dict.fromkeys(TOLD), None),
    ],
)
def test_trouble_is_noticed(changes, words):
    reason = trouble(reports(**changes))
    assert reason is None if words is None else words in reason


def test_names_tell_variants_apart():
    everything = {*VARIANTS.values(), *ABLATION.values()}
    assert len({(v.loss, v.name) for v in everything}) == len(everything)
    assert runs.run_name("mnist", "l1", 16, 0, "four-step") == "mnist-l1-four-step-latent16-seed0"


def test_weights_not_given_are_those_of_the_nearest_size():
    assert Variant("l1", "four-step").weights(30) == Variant("mse", "four-step").weights(16)
    assert Variant("l1", "four-step").weights(784) == Variant("l1", "four-step").weights(256)
    assert Variant("l1", "four-step").weights(2) != Variant("l1", "four-step").weights(16)
    score, features = Variant("l1", "four-step").weights(2)
    assert Variant("l1", "four-step", score_weight=0.0).weights(2) == (0.0, features)
    assert Variant("l1", "four-step", feature_weight=0.0).weights(2) == (score, 0.0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A results folder with plain trainings on the digits: both losses, two seeds."""
    folder = tmp_path_factory.mktemp("adversarial")
    for loss in ("l1", "mse"):
        outcome = run_here(
            TRAIN, *HERE, "--latent", "2", "--loss", loss, "--seeds", "2", "--epochs", "2",
            "--results", str(folder),
        )  # fmt: skip
        assert outcome.returncode == 0, outcome.stderr
    return folder


@pytest.fixture(scope="module")
def compared(trained):
    """All variants at size 2: two seeds of those of the comparison, one of the ablation's; judged.

    What the comparisons wrote is removed, what they keep for the next time is not.
    """
    for v in {*VARIANTS.values(), *ABLATION.values()}:
        given = [("--score-weight", v.score_weight), ("--feature-weight", v.feature_weight)]
        outcome = run_here(
            ADVERSARIAL, *HERE, "--latent", "2", "--seeds", "2" if v in VARIANTS.values() else "1",
            "--epochs", "1", "--loss", v.loss, "--adversary", v.strategy,
            *(["--apart"] if v.apart else []),
            *(str(word) for option in given if option[1] is not None for word in option),
            "--results", str(trained),
        )  # fmt: skip
        assert outcome.returncode == 0, outcome.stderr
    with (
        mock.patch("q2_autoencoder.evaluation.classifier.LEAST_STEPS", 40),
        mock.patch("q2_autoencoder.evaluation.blur_classifier.LEAST_STEPS", 40),
    ):
        for script, size, seeds in ((COMPARE, "--latents", "2"), (WEIGHT, "--latent", "1")):
            outcome = run_here(
                script, size, "2", "--seeds", seeds, *HERE, "--results", str(trained)
            )
            assert outcome.returncode == 0, outcome.stderr
    shutil.rmtree(trained / "comparison-digits-adversarial")
    return trained


@pytest.fixture
def results(compared, tmp_path):
    """A copy of `compared`, to be damaged."""
    return shutil.copytree(compared, tmp_path / "results")


def fall_apart(run) -> None:
    """Leave `run` as a training that fell apart does."""
    for name in runs.NUMBERS:
        (run / name).unlink(missing_ok=True)
    write_json(run / "failure.json", {"epoch": 3, "reason": "made up"})


def four_step(results, seed: int = 0, loss: str = "l1"):
    return results / f"digits-{loss}-four-step-latent2-seed{seed}"


def test_a_run_has_what_all_runs_have(call, results):
    run, start = four_step(results), results / "digits-l1-latent2-seed0"
    metrics, plain, none = (
        json.loads((folder / "metrics.json").read_text())
        for folder in (run, start, results / "digits-l1-none-latent2-seed0")
    )
    assert metrics["epochs"] == none["epochs"] == len(metrics["curve"]) == plain["epochs"] + 1
    assert metrics["curve"][:-1] == plain["curve"]
    assert metrics["adversarial"]["start_sha256"] == runs.file_digest(start / "checkpoint.pt")
    assert metrics["test"] != none["test"]
    assert {"players.png", "dis_net.png", "loss_curve.png"} < {f.name for f in run.iterdir()}
    assert call(EVAL, "--run", str(run), "--device", "cpu").returncode == 0


def test_comparison_needs_one_seed_that_is_whole(call, results):
    for seed in (0, 1):
        fall_apart(four_step(results, seed))
    options = ("--latents", "2", "--seeds", "2", *HERE, "--results", str(results))
    outcome = call(COMPARE, *options)
    assert outcome.returncode == 2
    assert "side by side" in outcome.stderr


def test_comparison(call, results):
    run = four_step(results)
    failed = four_step(results, 1, "mse")
    fall_apart(failed)
    options = ("--latents", "2", "--seeds", "2", *HERE, "--results", str(results))
    outcome = call(COMPARE, *options)
    assert outcome.returncode == 0, outcome.stderr
    folder = results / "comparison-digits-adversarial"
    found = json.loads((folder / "adversarial.json").read_text())
    mse = found["sizes"]["2"]["MSE + dis_net"]
    assert list(mse["failures"]) == [failed.name]
    assert len(mse["l1"]["values"]) == 1
    l1 = found["sizes"]["2"]["L1 + dis_net, four-step"]["l1"]["values"]
    assert l1[0] == pytest.approx(runs.load_metrics(run)["test"]["l1"], rel=0.02)  # fp32 for bf16
    assert (
        "| seeds that fell apart | 0 | 0 | 1 | 0 | 0 |" in (folder / "adversarial.md").read_text()
    )
    # What was judged is kept, and judged again when the run is another.
    kept = read_json(run / "clarity.json")
    write_json(run / "clarity.json", {**kept, "checkpoint_sha256": "of another"})
    assert call(COMPARE, *options).returncode == 0
    assert read_json(run / "clarity.json") == kept


def test_ablation(call, results):
    failed = results / "digits-l1-four-step-score0.1-latent2-seed0"
    fall_apart(failed)
    outcome = call(WEIGHT, "--latent", "2", *HERE, "--results", str(results))
    assert outcome.returncode == 0, outcome.stderr
    folder = results / "comparison-digits-adversarial"
    found = json.loads((folder / "weight.json").read_text())["variants"]
    assert set(found) == set(ABLATION)
    assert list(found[f"{FOUR}, score 0.1"]) == ["failures"]
    assert len(found[f"{FOUR}, score 0.1"]["failures"]) == 1
    assert found[FOUR_APART]["autoencoder_updates"] == 2 * found[FOUR]["autoencoder_updates"]
    assert found[PLAIN]["autoencoder_updates"] == found[FOUR]["autoencoder_updates"]
    assert (folder / "weight.png").stat().st_size > 10_000
    [line] = [
        line for line in (folder / "weight.md").read_text().splitlines()
        if line.startswith(f"| {FOUR} |")
    ]  # fmt: skip
    assert f"| {found[FOUR]['sharpness_ratio']['mean']:.3f} |" in line


def edit(path, change) -> None:
    content = read_json(path)
    change(content)
    write_json(path, content)


DAMAGE = {
    "missing": (lambda run: shutil.rmtree(run), "no run in"),
    "plain": (
        lambda run: edit(run / "metrics.json", lambda m: m.pop("adversarial")), "'adversarial'",
    ),
    "half": (
        lambda run: edit(run / "metrics.json", lambda m: m["adversarial"].pop("start_sha256")),
        "'start_sha256'",
    ),
    "other weight": (
        lambda run: edit(run / "metrics.json", lambda m: m["adversarial"].update(score_weight=7.0)),
        "score_weight 7.0",
    ),
    "other budget": (
        lambda run: edit(run / "metrics.json", lambda m: m["adversarial"].update(epochs=7)),
        "differ in epochs after the plain training",
    ),
    "other updates": (
        lambda run: edit(
            run / "metrics.json", lambda m: m["adversarial"].update(autoencoder_updates=1)
        ),
        "differ in updates of the autoencoder",
    ),
    "other start": (
        lambda run: edit(run / "metrics.json", lambda m: m["adversarial"].update(start_sha256="")),
        "differ in start",
    ),
    "failure cut off": (lambda run: (run / "failure.json").write_text("{"), "cut off"),
    "clarity cut off": (lambda run: (run / "clarity.json").write_text("{"), "cut off"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_runs_that_cannot_be_compared_are_refused(call, results, damage):
    change, words = DAMAGE[damage]
    change(four_step(results))
    for script, size, seeds in ((COMPARE, "--latents", "2"), (WEIGHT, "--latent", "1")):
        outcome = call(script, size, "2", "--seeds", seeds, *HERE, "--results", str(results))
        assert outcome.returncode == 2
        assert len(outcome.stderr.splitlines()) == 1
        assert words in outcome.stderr
    assert not (results / "comparison-digits-adversarial").exists()


def assert_fell_apart(outcome, run, epoch: int, weights) -> None:
    assert outcome.returncode == 3
    assert len(outcome.stderr.splitlines()) == 1
    assert f"stopped in epoch {epoch}" in outcome.stderr
    left = {"checkpoint.pt", "failure.json", "snapshots.npz", ".lock"}
    assert {file.name for file in run.iterdir()} <= left
    assert json.loads((run / "failure.json").read_text())["reason"] in outcome.stderr
    assert same(runs.load_model(run / "checkpoint.pt").state_dict(), weights)


def test_a_run_that_diverges_keeps_the_weights_it_started_from(call, results):
    run, arguments = four_step(results), ("--latent", "2", "--results", str(results))
    start = runs.load_model(results / "digits-l1-latent2-seed0" / "checkpoint.pt")
    outcome = call(ADVERSARIAL, *HERE, *arguments, "--lr", "1e30")
    assert_fell_apart(outcome, run, 3, start.state_dict())
    assert "finite" in outcome.stderr
    # A later run that goes well takes its place.
    assert call(ADVERSARIAL, *HERE, *arguments).returncode == 0
    assert not (run / "failure.json").exists()
    assert (run / "metrics.json").exists()


def test_a_run_that_falls_apart_later_keeps_the_weights_of_its_last_good_epoch(
    call, monkeypatch, results
):
    """The second of two epochs is said to have gone wrong: the weights after the first stay."""
    after_epoch, played = [], []

    def watched(players, *rest):
        played.append(players)
        return play(players, *rest)

    def second_goes_wrong(reports):
        after_epoch.append(copy.deepcopy(played[-1].autoencoder.state_dict()))
        return "made up" if len(after_epoch) == 2 else None

    monkeypatch.setattr(train_adversarial, "play", watched)
    monkeypatch.setattr(train_adversarial, "trouble", second_goes_wrong)
    outcome = call(ADVERSARIAL, *HERE, "--latent", "2", "--epochs", "2", "--results", str(results))
    assert not same(*after_epoch)
    assert_fell_apart(outcome, four_step(results), 4, after_epoch[0])


@pytest.mark.parametrize(
    ("measured", "value", "words"),
    [
        ("variation", 0.0, "all reconstructions were the same picture"),
        ("share_right", 1.0, "told all clear and all reconstructed images rightly"),
    ],
)
def test_a_run_in_which_a_player_collapses_stops(
    call, monkeypatch, results, measured, value, words
):
    monkeypatch.setattr(adversarial, measured, lambda *_: torch.tensor(value))
    start = runs.load_model(results / "digits-l1-latent2-seed0" / "checkpoint.pt")
    outcome = call(ADVERSARIAL, *HERE, "--latent", "2", "--results", str(results))
    assert_fell_apart(outcome, four_step(results), 3, start.state_dict())
    assert words in outcome.stderr


def test_dis_net_learns_alone_before_the_autoencoder_joins(call, monkeypatch, results):
    epochs = []

    def watched(players, steps, *rest):
        before = state(players.autoencoder)
        play(players, steps, *rest)
        still = same(before, state(players.autoencoder))
        epochs.append((steps, players.fake_weight, still))

    monkeypatch.setattr(train_adversarial, "play", watched)
    outcome = call(ADVERSARIAL, *HERE, "--latent", "2", "--results", str(results))
    assert outcome.returncode == 0, outcome.stderr
    assert epochs == [
        ((adversarial.clear_and_blurred,), 1.0, True),
        (steps_of("four-step", apart=False), 0.5, False),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--latent", "2"], "train.py --data digits --loss l1 --latent 2 --seed 0"),
        (["--latent", "2", "--adversary", "five-step"], "four-step"),
        (["--latent", "2", "--adversary", "none", "--apart"], "--adversary is none"),
        (["--latent", "2", "--adversary", "none", "--score-weight", "1"], "--adversary is none"),
        (["--latent", "2", "--score-weight", "-1"], "from 0 on"),
        (["--latent", "2", "--adversary", "none", "--feature-weight", "1"], "--adversary is none"),
        (["--latent", "2", "--feature-weight", "-1"], "from 0 on"),
    ],
)
def test_bad_options_are_refused(call, tmp_path, arguments, words):
    outcome = call(ADVERSARIAL, "--data", "digits", *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(outcome, "error:", words)
    assert not (tmp_path / "new").exists()
