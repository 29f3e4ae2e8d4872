"""Part (b) compared: which runs are accepted, what is made of them, and what is kept."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers import (
    ADVERSARIAL,
    BLIND_SPOTS,
    BOOTSTRAP,
    COMPARE_ADVERSARIAL,
    COMPARE_PARTS,
    HERE,
    RATE_DISTORTION,
    TRAIN,
    assert_one_line_error,
    content,
    edit,
    quick_judges,
    run_here,
    run_well,
    save_run,
    small_autoencoders,
)
from scipy import stats

from q2_autoencoder import compare_adversarial
from q2_autoencoder.config import AdversarialConfig, AdversarialOptions, TrainingConfig, Variant
from q2_autoencoder.evaluation.distortions import ANOTHER, DISTORTIONS, another_of_its_digit
from q2_autoencoder.evaluation.judging import judged, load_judges
from q2_autoencoder.evaluation.measures import measure
from q2_autoencoder.evaluation.processing import fitted
from q2_autoencoder.evaluation.variants import load_variant, variant_folder
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.plots.game import game
from q2_autoencoder.plots.tables import difference
from q2_autoencoder.records import (
    BLIND_SPOTS_VERSION,
    BOOTSTRAP_VERSION,
    MEASURES_VERSION,
    RATE_DISTORTION_VERSION,
    AdversarialComparison,
    AdversarialMetrics,
    BlindSpots,
    BlurAccuracy,
    Failure,
    ImageBootstrap,
    KeptMeasures,
    PartsComparison,
    RateDistortion,
)
from q2_autoencoder.training import file_names, run_folder
from q2_autoencoder.training.named_variants import (
    AS_CHOSEN,
    COMPARED,
    CONTRAST,
    CONTROLS,
    ENDLESS,
    FOUR,
    LONGER,
    PLAIN,
    PRINTED,
    RANDOM,
    UNSHARP,
    VARIANTS,
    WEIGHTS,
)
from shared.files import read_record, write_record
from shared.settings import option_words
from shared.summary import spread
from study.steps.blind_spots import UNDISTORTED

SEEDS = (0, 1)


@pytest.fixture(scope="module", autouse=True)
def small(few) -> Iterator[None]:
    with small_autoencoders(), quick_judges():
        yield


def new_run(
    results: Path, latent_dim: int, seed: int, variant: Variant, data: str = "digits"
) -> None:
    """Leave a run of a variant in `results`, and the plain one that it has gone on from."""
    common = {"latent_dim": latent_dim, "loss": variant.loss, "data": data, "seed": seed}
    plain = TrainingConfig(**common, epochs=2, precision="fp32")
    folder = variant_folder(results, data, latent_dim, seed, variant)
    if variant.is_plain:
        if not folder.exists():
            save_run(folder, plain)
        return
    plain_folder = variant_folder(
        results, data, latent_dim, seed, Variant(loss=variant.loss, strategy="none")
    )
    if not plain_folder.exists():
        save_run(plain_folder, plain)
    settings = {**asdict(plain), **variant.settings, "epochs": variant.epochs or plain.epochs}
    config = AdversarialConfig(
        **settings,
        plain_run=plain_folder.name,
        plain_sha256=run_folder.load_metrics(plain_folder).files[file_names.CHECKPOINT],
    )
    part = AdversarialMetrics(
        config=config,
        seconds=1.0 + seed,
        epochs_before=1,
        autoencoder_updates=10 if variant.separate_updates else 5,
        steps_per_point=20,
        warm_up_seconds=0.0,
        warm_up={},
        curves=PLAYED if variant.strategy == "four-step" else {},
        dis_net_accuracy={"before": [BlurAccuracy(0.0, 0.5 + seed / 4)]},
    )
    save_run(folder, replace(plain, epochs=config.epochs), part)


@pytest.fixture(scope="module")
def once(tmp_path_factory) -> Path:
    """All variants at latent dimension 2: two seeds of the comparison's, one of the ablation's.

    They are compared once, so that judges and measures are kept; the comparisons are removed.
    """
    results = tmp_path_factory.mktemp("variants")
    for variant in {*VARIANTS.values(), *WEIGHTS.all.values()}:
        for seed in SEEDS if variant in VARIANTS.values() else SEEDS[:1]:
            new_run(results, 2, seed, variant)
    for call in (compare, ablate):
        call(results)
    shutil.rmtree(results / "comparison-digits-adversarial")
    return results


@pytest.fixture(scope="module")
def of_all(once, tmp_path_factory) -> Path:
    """A copy of `once` with the comparison of all variants, to be read only."""
    results = Path(shutil.copytree(once, tmp_path_factory.mktemp("compared") / "results"))
    compare(results)
    return results


@pytest.fixture
def results(once, tmp_path) -> Path:
    """A copy of `once`, to be changed."""
    return Path(shutil.copytree(once, tmp_path / "results"))


def compare(results: Path, *options: str) -> Mapping[str, bytes]:
    """Run the comparison well, over two seeds; return the files it leaves."""
    options = (*(options or ("--latents", "2")), "--num-seeds", "2", "--results", str(results))
    run_well(COMPARE_ADVERSARIAL, *HERE, *options)
    return content(results / "comparison-digits-adversarial")


def ablate(results: Path) -> Mapping[str, bytes]:
    """Run the ablation's comparison well; return the files it leaves."""
    run_well(COMPARE_PARTS, *HERE, "--latent", "2", "--results", str(results))
    return content(results / "comparison-digits-adversarial")


def compared(results: Path) -> AdversarialComparison:
    folder = results / "comparison-digits-adversarial"
    return read_record(folder / "adversarial.json", AdversarialComparison, 3)


PLAYED = {
    "accuracy_sharp": [1.0, 0.9],
    "accuracy_blurred": [0.8, 0.7],
    "accuracy_reconstructions": [0.6, 0.1],
}


def four_step(results: Path, seed: int = 0) -> Path:
    return results / f"digits-l1-four-step-latent2-seed{seed}"


def fail(run: Path) -> None:
    """Leave `run` as a run that failed does."""
    for name in file_names.NUMBERS:
        (run / name).unlink(missing_ok=True)
    write_record(run / file_names.FAILURE, Failure(3, "diverged", "for the test"))


# ---- compare_adversarial.py ----------------------------------------------------------------


def test_some_variants_are_compared_alone(results, of_all):
    chosen = [PLAIN, FOUR]
    compare(results, "--latents", "2", "--variants", *chosen)
    found = compared(results).latent_dims["2"]
    assert list(found) == chosen
    every = compared(of_all).latent_dims["2"]
    assert {name: every[name] for name in chosen} == found


def test_a_variant_may_have_fewer_seeds(results):
    compare(results, "--latents", "2", "--variants", PLAIN, FOUR, f"{UNSHARP}=1")
    found = compared(results).latent_dims["2"]
    finished = {name: of.finished for name, of in found.items()}
    assert {name: of.seeds for name, of in finished.items() if of} == {
        PLAIN: [0, 1],
        FOUR: [0, 1],
        UNSHARP: [0],
    }
    for given, words in (
        (f"{PLAIN}=0", "1 to"),
        ("L1 and luck", "'L1 and luck' is not known"),
    ):
        outcome = run_here(COMPARE_ADVERSARIAL, *HERE, "--variants", given)
        assert_one_line_error(outcome, "--variants", words)
    twice = run_here(COMPARE_ADVERSARIAL, *HERE, "--variants", f"{PLAIN}=1", f"{PLAIN}=2", FOUR)
    assert_one_line_error(twice, "--variants", "twice")
    for name in ("../x", "l1", "A"):
        outcome = run_here(COMPARE_ADVERSARIAL, *HERE, "--name", name)
        assert_one_line_error(outcome, "--name", "not accepted")


def test_a_variant_of_which_all_runs_failed_is_shown_as_such(results):
    """As it may be with the reports' designs: the comparison is of the others."""
    for seed in SEEDS:
        fail(variant_folder(results, "digits", 2, seed, VARIANTS[RANDOM]))
    files = compare(results, "--latents", "2")
    found = compared(results).latent_dims["2"][RANDOM]
    assert found.finished is None
    assert len(found.failures) == 2
    head, _, *rows = files["adversarial.md"].decode().split("**Bold**")[1].splitlines()[2:]
    column = [cell.strip() for cell in head.split("|")].index(RANDOM)
    assert {row.split("|")[column].strip() for row in rows if row.startswith("| ")} == {"—"}


def test_a_difference_to_a_variant_with_a_failed_run_is_not_marked(of_all):
    """Of three clear differences, with and without a fourth run that failed."""
    of = compared(of_all).latent_dims["2"][FOUR]
    assert of.finished is not None
    low, high = (
        replace(of, finished=replace(of.finished, seeds=[0, 1, 2], measures={"l1": spread(values)}))
        for values in ([0.10, 0.11, 0.12], [0.20, 0.22, 0.23])
    )
    failed = {"a run": Failure(3, "diverged", "for the test")}
    for first, second, better in ((low, high, True), (high, low, False)):
        found = difference(first, second, "l1")
        assert found is not None
        assert found.better is better
        for one, other in (
            (replace(first, failures=failed), second),
            (first, replace(second, failures=failed)),
        ):
            undecided = difference(one, other, "l1")
            assert undecided is not None
            assert undecided.better is None
            assert undecided.interval == found.interval


def test_differences_are_paired_by_seed(of_all):
    """Against scipy's interval of the paired t-test."""
    page = (of_all / "comparison-digits-adversarial" / "adversarial.md").read_text()
    found = compared(of_all).latent_dims["2"]
    table = page.split("**Bold**")[1].splitlines()[2:]
    heads = [cell.strip() for cell in table[0].split("|")[2:-1]]
    assert heads == list(CONTROLS)
    rows = {line.split(" | ")[0].strip("| "): line.split("|")[2:-1] for line in table[2:]}
    both = [found[name].finished for name in (FOUR, LONGER)]
    four, longer = (one.measures["l1"].values if one else [] for one in both)
    paired: Any = stats.ttest_rel(four, longer)
    expected = paired.confidence_interval(0.95)
    mean = np.mean(np.array(four) - longer)
    cell = rows["L1 per pixel"][heads.index(LONGER)].strip(" *")
    assert cell == f"{mean:+.6f} [{expected.low:+.6f}, {expected.high:+.6f}]"


def test_the_reports_designs_stand_against_the_plain_runs(of_all):
    """A made-up design: the runs of another variant under its name. Against scipy again."""
    found = compared(of_all).latent_dims["2"]
    lines = compare_adversarial.differences({**found, PRINTED: found[RANDOM]})
    begin = next(i for i, line in enumerate(lines) if line.startswith(f"{PLAIN}, less"))
    head, _, *rows = lines[begin + 2 :]
    assert head == f"| | {PRINTED} |"
    plain, other = (found[name].finished for name in (PLAIN, RANDOM))
    values, others = (one.measures["ssim"].values if one else [] for one in (plain, other))
    paired: Any = stats.ttest_rel(values[: len(others)], others)
    expected = paired.confidence_interval(0.95)
    mean = np.mean(np.array(values[: len(others)]) - others)
    [cell] = [row.split("|")[2].strip(" *") for row in rows if row.startswith("| SSIM")]
    assert cell == f"{mean:+.4f} [{expected.low:+.4f}, {expected.high:+.4f}]"


def test_a_processed_run_is_the_plain_one_changed(of_all, few):
    """What is measured of it is measured of stretched reconstructions of the same weights."""
    found = compared(of_all).latent_dims["2"]
    one, other = found[PLAIN].finished, found[CONTRAST].finished
    assert one is not None
    assert other is not None
    plain, pixels = of_all / "digits-l1-latent2-seed0", to_pixels(few.test_images)
    model = run_folder.load_run(plain).model
    train = to_pixels(few.train_images)
    with torch.no_grad():
        for name, kept in ((CONTRAST, "contrast"), (UNSHARP, "unsharp")):
            change = fitted(VARIANTS[name].processing, train, model(train))
            l1 = (change(model(pixels)) - pixels).abs().mean().item()
            of = found[name].finished
            assert of is not None
            assert of.measures["l1"].values[0] == pytest.approx(l1, rel=1e-4), kept
    assert one.measures["l1"] != other.measures["l1"]
    names = sorted(path.name for path in plain.glob("measures*"))
    assert names == ["measures-contrast.json", "measures-unsharp.json", "measures.json"]


def test_a_comparison_without_its_two_sides_is_refused(results):
    for given, words in ((FOUR, repr(PLAIN)), (PLAIN, "another one")):
        outcome = run_here(COMPARE_ADVERSARIAL, *HERE, "--variants", given)
        assert_one_line_error(outcome, "--variants lacks", words)


def test_another_variant_may_stand_in_dis_nets_place(results):
    given = ("--variants", PLAIN, RANDOM, LONGER, "--latents", "2")
    files = compare(results, *given)
    assert set(compared(results).latent_dims["2"]) == {PLAIN, RANDOM, LONGER}
    assert "crops.png" in files
    assert b"less what stands above" not in files["adversarial.md"]  # that is dis_net against them
    for seed in SEEDS:
        fail(variant_folder(results, "digits", 2, seed, VARIANTS[LONGER]))
    options = (*given, "--num-seeds", "2", "--results", str(results))
    outcome = run_here(COMPARE_ADVERSARIAL, *HERE, *options)
    assert_one_line_error(outcome, f"'{PLAIN}' or '{LONGER}' failed")


def test_measures_over_seeds_are_those_of_the_runs(of_all, few):
    assert content(of_all / "comparison-digits-adversarial").keys() == {
        *("adversarial2.png", "blur_classifier.png", "crops.png", "game.png"),
        "power_spectrum.png",
        *("adversarial.json", "adversarial.md"),
    }
    found = compared(of_all).latent_dims["2"]
    assert list(found) == list(VARIANTS)
    finished = found[FOUR].finished
    assert finished is not None
    judges = load_judges(of_all, "digits", few, torch.device("cpu"))
    originals = to_pixels(few.test_images)
    measured = []
    for seed in SEEDS:
        model = run_folder.load_run(four_step(of_all, seed)).model
        with torch.no_grad():
            others = model(originals)
        measured.append(measure(judges.reference, others))
    assert len(finished.measures) > 10
    for name, of_seeds in finished.measures.items():
        values = [getattr(one, name) for one in measured]
        assert of_seeds.values == pytest.approx(values), name
        assert of_seeds.mean == pytest.approx(np.mean(values)), name
    assert finished.seeds == [0, 1]
    assert (finished.epochs, finished.epochs_with_dis_net) == (2, 1)
    assert [points[0].accuracy for points in finished.dis_net_accuracy] == [0.5, 0.75]
    control = found[PLAIN].finished
    assert control is not None
    assert (control.epochs, control.epochs_with_dis_net) == (2, 0)
    assert control.dis_net_accuracy == []


def test_one_run_alone_is_compared_image_by_image(results, few):
    runs = four_step(results), results / "digits-l1-latent2-seed0"
    run_well(BOOTSTRAP, "--run", str(runs[0]), "--device", "cpu")
    found = read_record(runs[0] / file_names.BOOTSTRAP, ImageBootstrap, BOOTSTRAP_VERSION)
    assert (found.run, found.plain) == tuple(folder.name for folder in runs)
    judges = load_judges(results, "digits", few, torch.device("cpu"))
    measured, others = (judged(folder, judges) for folder in runs)
    for key, one in found.measures.items():
        assert one.run == pytest.approx(getattr(measured, key)), key
        assert one.plain == pytest.approx(getattr(others, key)), key
        assert one.difference.low <= one.run - one.plain <= one.difference.high, key
    # Many images, not far from normal: the interval is that of the textbook.
    originals = to_pixels(few.test_images)
    with torch.no_grad():
        errors = [
            (run_folder.load_run(folder).model(originals) - originals).abs().mean(1)
            for folder in runs
        ]
    difference = (errors[0] - errors[1]).double().numpy()
    reach = 1.96 * difference.std(ddof=1) / len(difference) ** 0.5
    interval = found.measures["l1"].difference
    assert interval.high - interval.low == pytest.approx(2 * reach, rel=0.15)


def test_failed_seeds_are_counted_and_left_out(results):
    failed = variant_folder(results, "digits", 2, 1, VARIANTS["MSE + dis_net"])
    fail(failed)
    files = compare(results)
    mse = compared(results).latent_dims["2"]["MSE + dis_net"]
    assert mse.failures == {failed.name: Failure(3, "diverged", "for the test")}
    assert mse.finished is not None
    assert mse.finished.seeds == [0]
    assert mse.finished.measures["l1"].sd is None
    counts = " | ".join(str(int(name == "MSE + dis_net")) for name in VARIANTS)
    assert f"| failed seeds | {counts} |" in files["adversarial.md"].decode()


def test_without_one_seed_that_is_whole_nothing_is_drawn(call, results):
    for seed in SEEDS:
        fail(four_step(results, seed))
    options = ("--latents", "2", "--num-seeds", "2", "--results", str(results))
    outcome = call(COMPARE_ADVERSARIAL, *HERE, *options)
    assert outcome.returncode == 2
    assert "nothing to show" in outcome.stderr


def test_whole_images_are_of_the_smallest_dimension(results):
    for variant in VARIANTS.values():
        for seed in SEEDS:
            new_run(results, 5, seed, variant)
    files = compare(results, "--latents", "5", "2")
    assert {name for name in files if name.startswith("adversarial") and name.endswith("png")} == {
        "adversarial2.png"
    }
    assert list(compared(results).latent_dims) == ["2", "5"]


def test_measures_are_kept_until_the_run_or_a_judge_is_another(results, few):
    path = four_step(results) / "measures.json"
    kept = read_record(path, KeptMeasures, MEASURES_VERSION)
    judges = load_judges(results, "digits", few, torch.device("cpu"))
    for name in ("checkpoint_sha256", "judges"):
        edit(path, **{name: "of another", "measures__l1": 7.0})
        assert judged(path.parent, judges) == kept.measures
        assert read_record(path, KeptMeasures, MEASURES_VERSION) == kept
    edit(path, measures__l1=7.0)  # as if it had been measured so: nothing is measured again
    assert judged(path.parent, judges).l1 == 7.0


# ---- compare_parts.py -------------------------------------------------------------------


def test_the_ablation_takes_all_its_variants(results):
    files = ablate(results)
    ends = (".png", ".md", ".json", "_game.png")
    assert files.keys() == {f"adversarial_weight{end}" for end in ends}
    path = results / "comparison-digits-adversarial" / "adversarial_weight.json"
    found = read_record(path, PartsComparison, 3)
    assert found.variants.keys() == WEIGHTS.all.keys()
    four = found.variants[AS_CHOSEN].finished
    assert four is not None
    (line,) = [
        line
        for line in files["adversarial_weight.md"].decode().splitlines()
        if line.startswith(f"| {AS_CHOSEN} |")
    ]
    assert f"| {four.measures['sharpness_ratio'].mean:.3f} |" in line


def test_the_ablation_counts_a_variant_that_failed(results):
    failed = results / "digits-l1-four-step-adv4-latent2-seed0"
    fail(failed)
    ablate(results)
    path = results / "comparison-digits-adversarial" / "adversarial_weight.json"
    (name,) = [name for name in WEIGHTS.line if name.endswith("weight 4")]
    variant = read_record(path, PartsComparison, 3).variants[name]
    assert variant.finished is None
    assert list(variant.failures) == [failed.name]


# ---- runs that cannot be compared ----------------------------------------------------------


DAMAGE = {
    "missing": (lambda run: shutil.rmtree(run), "no run in"),
    "plain": (lambda run: edit(run / "metrics.json", adversarial=None), "is a plain run"),
    "half": (lambda run: edit(run / "metrics.json", adversarial={}), "edited"),
    "other weight": (
        lambda run: edit(run / "metrics.json", adversarial__config__adversarial_weight=7.0),
        "adversarial_weight 7.0",
    ),
    "other strategy": (
        lambda run: edit(run / "metrics.json", adversarial__config__strategy="three-step"),
        "strategy 'three-step'",
    ),
    "other budget": (lambda run: edit(run / "metrics.json", config__epochs=7), "differ in epochs"),
    "other learning rate": (
        lambda run: edit(run / "metrics.json", config__peak_lr=0.5),
        "differ in peak_lr",
    ),
    "other plain training": (
        lambda run: edit(run / "metrics.json", config__batch_size=7),
        "differ in batch_size",
    ),
    "other plain run": (
        lambda run: edit(run / "metrics.json", adversarial__config__plain_sha256=""),
        "differ in the plain run",
    ),
    "failure cut off": (lambda run: (run / "failure.json").write_text("{"), "cut off"),
    "measures cut off": (lambda run: (run / "measures.json").write_text("{"), "cut off"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("script", [COMPARE_ADVERSARIAL, COMPARE_PARTS])
def test_runs_that_cannot_be_compared_are_refused(call, results, script, damage):
    change, words = DAMAGE[damage]
    change(four_step(results))
    selected = (
        ("--latent", "2") if script == COMPARE_PARTS else ("--latents", "2", "--num-seeds", "2")
    )
    outcome = call(script, *selected, *HERE, "--results", str(results))
    assert_one_line_error(outcome, words)
    assert not (results / "comparison-digits-adversarial").exists()


def test_a_longer_control_with_other_settings_is_refused(call, results):
    longer = variant_folder(results, "digits", 2, 0, VARIANTS[LONGER])
    edit(longer / "metrics.json", config__batch_size=7)
    options = ("--latents", "2", "--num-seeds", "2", "--results", str(results))
    assert_one_line_error(call(COMPARE_ADVERSARIAL, *HERE, *options), "differ in batch_size")


@pytest.mark.slow
def test_what_train_adversarial_leaves_is_compared(tmp_path):
    options = (*HERE, "--results", str(tmp_path))
    for loss in ("l1", "mse"):
        quick = ("--epochs", "2", "--batch-size", "50")
        run_well(TRAIN, *options, "--latent", "2", "--loss", loss, *quick)
    run_well(ADVERSARIAL, *options, "--latent", "2", "--variants", "comparison")
    others = [COMPARED[PRINTED], WEIGHTS.all[ENDLESS]]
    for variant in others:
        settings = {"latent_dim": 2, **variant.settings}
        given = {name: value for name, value in settings.items() if value is not None}
        run_well(ADVERSARIAL, *options, *option_words(AdversarialOptions, given))
    for variant in (*VARIANTS.values(), *others):
        assert load_variant(variant_folder(tmp_path, "digits", 2, 0, variant), variant)
    run_well(COMPARE_ADVERSARIAL, *options, "--latents", "2", "--variants", PLAIN, FOUR)
    found = compared(tmp_path).latent_dims["2"][FOUR].finished
    assert found is not None
    metrics = run_folder.load_metrics(four_step(tmp_path))
    assert found.measures["l1"].values == pytest.approx(
        [metrics.test.l1], rel=0.02
    )  # fp32 for bf16


def test_a_game_is_drawn_over_the_epochs_with_dis_net(results):
    """Of two epochs the second was trained with dis_net: its halves have a point each."""
    runs = [run_folder.load_metrics(four_step(results, seed)) for seed in SEEDS]
    figure = game({"one": runs[:1], "both": runs}, "title")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["one", "both"]
    three = game(dict.fromkeys("abc", runs), "title", columns=2).axes
    rows = [place.rowspan.start for axes in three if (place := axes.get_subplotspec())]
    assert rows == [0, 0, 1]
    one, both = (axes.lines for axes in figure.axes)
    drawn = [np.asarray(line.get_xydata()).tolist() for line in one[:3]]
    assert drawn == [[[1.25, a], [1.75, b]] for a, b in PLAYED.values()]
    assert len(both) == 2 * 3 + 1  # and the line of chance
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "sharp images",
        "blurred images",
        "reconstructions",
    ]


# ---- blind_spots.py ------------------------------------------------------------------------


def test_blind_spots_are_measured(tmp_path, few):
    run_well(BLIND_SPOTS, *HERE, "--results", str(tmp_path))
    found = read_record(
        tmp_path / "judges-digits" / "blind_spots.json", BlindSpots, BLIND_SPOTS_VERSION
    )
    assert found.images == len(few.test_images)
    of = found.distorted
    assert of.keys() == {UNDISTORTED, *DISTORTIONS, ANOTHER}
    assert (of[UNDISTORTED].l1, of[UNDISTORTED].sharpness_error) == (0, 0)
    assert all(one.l1 > 0 for name, one in of.items() if name != UNDISTORTED)
    # What is known of some measures by their definition.
    assert of["blur 0.4"].sharpness_ratio < of["blur 0.2"].sharpness_ratio < 1
    assert of["shift by 1 pixel"].spectrum_error == pytest.approx(0, abs=1e-3)
    assert of[ANOTHER].spectrum_error == pytest.approx(0, abs=1e-3)
    assert of[ANOTHER].frechet_distance == pytest.approx(0, abs=1e-3)
    assert of["noise of 0.05"].sharpness_ratio > 1
    assert found.two_halves["frechet_distance"] > 0
    page = (tmp_path / "judges-digits" / "blind_spots.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in page for name in of)


def test_another_image_is_of_the_same_digit_and_each_is_taken_once(few):
    pixels = to_pixels(few.test_images)
    others = another_of_its_digit(pixels, few.test_labels)
    place = {tuple(image): i for i, image in enumerate(pixels.tolist())}
    taken = [place[tuple(image)] for image in others.tolist()]
    assert sorted(taken) == list(range(len(pixels)))
    assert torch.equal(few.test_labels[taken], few.test_labels)
    assert all(i != j for i, j in enumerate(taken))


# ---- rate_distortion.py --------------------------------------------------------------------


def test_a_rate_distortion_curve_is_of_the_runs_of_both_losses(tmp_path):
    for dim in (1, 3):
        for seed in SEEDS:
            for loss in ("l1", "mse"):
                new_run(tmp_path, dim, seed, Variant(loss=loss, strategy="none"))
    selected = ("--data", "digits", "--latents", "3", "1", "--num-seeds", "2")
    run_well(RATE_DISTORTION, *selected, "--results", str(tmp_path))
    folder = tmp_path / "rate-distortion-digits"
    assert content(folder).keys() == {f"rate_distortion.{end}" for end in ("json", "md", "png")}
    found = read_record(folder / "rate_distortion.json", RateDistortion, RATE_DISTORTION_VERSION)
    assert list(found.latent_dims) == ["1", "3"]
    for dim, rate in found.latent_dims.items():
        for loss in ("l1", "mse"):
            runs = [
                run_folder.load_metrics(tmp_path / f"digits-{loss}-latent{dim}-seed{seed}")
                for seed in SEEDS
            ]
            for error, of in rate.trained_with[loss].items():
                assert of.values == [getattr(run.test, error) for run in runs]
    page = (folder / "rate_distortion.md").read_text(encoding="utf-8")
    for dim, rate in found.latent_dims.items():
        l1, of_mse = (rate.trained_with[loss]["l1"].text(".6f") for loss in ("l1", "mse"))
        assert f"| {dim} | {l1} | {of_mse} | {rate.pca.l1:.6f} |" in page
    shutil.rmtree(tmp_path / "digits-mse-latent3-seed1")
    outcome = run_here(RATE_DISTORTION, *selected, "--results", str(tmp_path))
    assert_one_line_error(outcome, "digits-mse-latent3-seed1")
