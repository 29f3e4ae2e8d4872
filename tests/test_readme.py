"""The gallery's numbers are as good as expected, and the documents show them and it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from publish.contests import JUDGING, contest, known_controls
from publish.gallery import (
    BEGIN,
    END,
    FILES,
    GALLERY,
    IN_FULL,
    README,
    WRITTEN_THERE,
    documents,
    read_results,
    with_tables,
)
from publish.results import (
    MIXTURE_ON_EMBEDDING,
    full_tables,
    percent,
    readme_tables,
    three_digits,
)
from q2_autoencoder.config import LOSS_NAMES
from q2_autoencoder.records import (
    CHOICE_VERSION,
    RATE_DISTORTION_VERSION,
    VARIANTS_VERSION,
    AdversarialComparison,
    Choice,
    FinishedRuns,
    MeasuresOverSeeds,
    PartsComparison,
    RateDistortion,
    VariantResult,
)
from q2_autoencoder.training.named_variants import (
    AS_CHOSEN,
    CONTRAST,
    CONTROLS,
    DESIGN,
    FOUR,
    FOUR_SEPARATE,
    LONGER,
    MATCHING_ONLY,
    MSE,
    PLAIN,
    PLAIN_MSE,
    PRINTED,
    PRINTED_MSE,
    REPORT_002_FOUR,
    REPORT_002_MSE_FOUR,
    REPORT_002_MSE_THREE,
    REPORT_002_THREE,
    SCORE_ONLY,
    THREE,
    VARIANTS,
    WEIGHTS,
)
from shared.errors import BadInput
from shared.files import PROJECT, read_json, read_record
from shared.summary import Interval, paired_difference

RESULTS = read_results(GALLERY)
PAGES = [README, *sorted((PROJECT / "docs").glob("*.md"))]


def finished(result: VariantResult) -> FinishedRuns:
    assert result.finished is not None
    return result.finished


def measures(dim: str, variant: str) -> MeasuresOverSeeds:
    return finished(RESULTS.adversarial.latent_dims[dim][variant]).measures


# ---- documents and gallery ---------------------------------------------------------------------


@pytest.mark.parametrize("path", [README, IN_FULL], ids=lambda path: path.name)
def test_tables_are_what_the_gallery_says(path):
    assert documents(GALLERY)[path] == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_linked_files_exist(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_named_files_exist(page):
    """Files of the project in backticks, by their path; what a command writes is not there yet."""
    named = re.findall(
        r"`([\w.-]+/[\w./-]+\.(?:py|md|yaml|txt|toml|json))`", page.read_text("utf-8")
    )
    written = ("results/", ".done/", "logs/")
    files = [name for name in named if not name.startswith(written)]
    roots = (PROJECT, page.parent, PROJECT / "q2_autoencoder")
    assert [name for name in files if not any((root / name).exists() for root in roots)] == []


def test_the_gallery_is_complete_and_small():
    there = {path.name for path in GALLERY.iterdir()} - {".lock"}
    assert there == set(FILES.values()) | WRITTEN_THERE
    assert sum(path.stat().st_size for path in GALLERY.iterdir()) <= 6_000_000


def test_tables_go_between_the_markers(tmp_path):
    path: Path = tmp_path / "page.md"
    path.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    assert with_tables(path, "new") == f"above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"
    path.write_text(f"above\n{END}\n{BEGIN}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="has no lines"):
        with_tables(path, "new")


def test_readme_counts_what_the_full_tables_mark():
    """Better is bold there, worse is in italics."""
    short = readme_tables(RESULTS)
    tables = full_tables(RESULTS).partition("### Question 2(b)")[2].split("latent dimensions |")[1:]
    for dim, text in zip(RESULTS.adversarial.latent_dims, tables, strict=True):
        rows = [line for line in text.splitlines()[2:] if line.startswith("| ")]
        rows = [row for row in rows if not row.startswith(("| gradient", "| equivalent"))]
        rows = rows[: len(JUDGING)]
        better, worse = (sum(mark in row for row in rows) for mark in ("| **", "| *+"))
        worse += sum("| *-" in row for row in rows)
        words = f"with {dim} dimensions `dis_net` is better by {better}, worse by {worse}, and"
        assert f"{words} {len(rows) - better - worse} are undecided" in short


def test_three_significant_digits():
    assert [three_digits(value) for value in (0.0717116, 1.00001, 0.002, 128.61)] == [
        "0.0717",
        "1.00",
        "0.00200",
        "129",
    ]
    assert [percent(share) for share in (0.99996, 0.8124, 0.062)] == ["100%", "81.2%", "6.20%"]


def test_short_tables_have_one_number_a_cell_and_full_ones_intervals():
    short, full = readme_tables(RESULTS), full_tables(RESULTS)
    assert "±" not in short
    rows = [line for line in short.splitlines() if re.match(r"\| (2|16|256) ", line)]
    assert len(rows) == 3 + 4 * 3
    assert "0.410184295" in full
    l1 = RESULTS.comparison.latent_dims["2"].test.l1
    assert f"{l1.mean:.5f} ± {l1.margin:.5f}" in full
    four_step = RESULTS.adversarial.latent_dims["2"][FOUR].finished
    assert four_step is not None
    error = four_step.measures["sharpness_error"]
    assert f"{error.mean:.4f} ± {error.margin:.4f}" in full


# ---- what is expected of the numbers -----------------------------------------------------------


def test_plain_runs_are_as_good_as_expected():
    """With the default settings on MNIST: for every seed better than PCA, and an L1 as low."""
    found = RESULTS.comparison
    assert found.classifier_accuracy >= 0.993
    for dim, largest_l1 in (("2", 0.0735), ("16", 0.0225), ("256", 0.0065)):
        result = found.latent_dims[dim]
        assert max(result.test.l1.values) <= largest_l1
        assert max(result.test.mse.values) < result.pca_test.mse
        assert len(result.test.l1.values) >= 3
    assert found.latent_dims["16"].clustering[MIXTURE_ON_EMBEDDING].accuracy.mean >= 0.90


def test_thirty_dimensions_do_better_than_hinton_and_salakhutdinov():
    anchor = RESULTS.anchor
    assert (anchor.config.latent_dim, anchor.config.loss) == (30, "mse")
    assert anchor.test.squared_error < 2.5  # theirs: 3.00


def test_dis_net_sharpens_at_a_small_price():
    """Four-step against plain, by edges and by features: nearer, whichever seeds are drawn."""
    # Greatest L1 in units of plain's, and accuracy that may be lost.
    limits = {"2": (1.06, 0.015), "16": (1.02, 0.003), "256": (1.02, 0.003)}
    assert set(RESULTS.adversarial.latent_dims) == set(limits)
    for dim, (l1, points) in limits.items():
        variants = RESULTS.adversarial.latent_dims[dim]
        before, after = finished(variants[PLAIN]), finished(variants[FOUR])
        assert len(before.seeds) == len(after.seeds) >= 10
        assert before.epochs == after.epochs
        for key in ("sharpness_error", "spectrum_error", "frechet_distance", "kernel_distance"):
            assert paired_difference(after.by_seed(key), before.by_seed(key)).high < 0, (dim, key)
        plain, four = before.measures, after.measures
        assert four["sharp_share"].mean >= plain["sharp_share"].mean
        assert four["l1"].mean <= l1 * plain["l1"].mean
        lost = plain["reconstruction_accuracy"].mean - four["reconstruction_accuracy"].mean
        assert lost <= points


def test_dis_net_against_the_best_control():
    """As README says: ahead in sharpness with 2 dimensions, in one distance with 16."""
    found = {
        dim: {key: contest(variants, key) for key in JUDGING}
        for dim, variants in RESULTS.adversarial.latent_dims.items()
    }
    assert set(known_controls(RESULTS.adversarial)) == set(CONTROLS)
    assert {"gradient_distance", "equivalent_blur"}.isdisjoint(JUDGING)
    won = {
        dim: [key for key, of in contests.items() if of.difference.better]
        for dim, contests in found.items()
    }
    assert won == {"2": ["sharpness_error"], "16": ["kernel_distance_random"], "256": []}
    told_apart = found["16"]["two_sample_accuracy"].with_dis_net.mean
    assert f"a classifier still tells {100 * told_apart:.0f} %" in README.read_text(
        encoding="utf-8"
    )
    for dim in found:
        plain, four = (measures(dim, name)["sharpness_error"].mean for name in (PLAIN, FOUR))
        assert four < plain  # sharper than plain training
    sharp = contest(RESULTS.adversarial.latent_dims["2"], "sharp_share")
    assert sharp.control == CONTRAST
    words = f"({100 * sharp.best.mean:.0f} % against {100 * sharp.with_dis_net.mean:.0f} %)"
    assert words in README.read_text(encoding="utf-8")
    for dim, contests in found.items():
        assert contests["l1"].control == LONGER, dim
        assert contests["l1"].difference.interval.low > 0, dim
    halves = RESULTS.two_halves["frechet_distance"]
    assert found["256"]["frechet_distance"].plain.mean < found["16"]["frechet_distance"].plain.mean
    assert found["16"]["frechet_distance"].plain.mean < halves


def parts_of(file: str) -> dict[str, VariantResult]:
    """Return the variants of a comparison of parts, each of which has five finished seeds."""
    found = read_record(GALLERY / file, PartsComparison, VARIANTS_VERSION).variants
    assert {tuple(finished(of).seeds) for of in found.values()} == {(0, 1, 2, 3, 4)}
    return found


def changes(found: dict[str, VariantResult]) -> Callable[[str, str, str], Interval]:
    """Return what gives the change of a measure from a first variant to a second."""

    def change(key: str, first: str, second: str) -> Interval:
        runs = (finished(found[name]).by_seed(key) for name in (second, first))
        return paired_difference(*runs)

    return change


def test_what_each_change_of_report_002s_design_does():
    found = parts_of("design.json")
    change = changes(found)
    assert found.keys() == DESIGN.all.keys()
    reports, one_update, hinge, balanced, matching, joined, ours = DESIGN.line
    # One update for two: no difference is shown.
    for key in ("l1", "frechet_distance"):
        assert change(key, reports, one_update).low < 0 < change(key, reports, one_update).high
    # Balanced losses make digits legible; feature matching brings the Fréchet distance down.
    assert change("l1", hinge, balanced).high < 0
    assert change("reconstruction_accuracy", hinge, balanced).low > 0.2
    assert change("frechet_distance", balanced, matching).high < 0
    assert change("frechet_distance", PLAIN, matching).high < 0
    assert finished(found[matching]).measures["reconstruction_accuracy"].mean > 0.98
    assert change("l1", matching, joined).high < 0
    # Too sharp without an end of the score's rise, and at more L1.
    assert change("l1", joined, ours).high < 0
    sharpness = [finished(found[name]).measures["sharpness_ratio"].mean for name in (joined, ours)]
    assert sharpness[0] > 1.1 > 1 > sharpness[1] > 0.9


def test_what_each_part_of_the_loss_is_worth():
    found = parts_of("adversarial_weight.json")
    change = changes(found)
    assert found.keys() == WEIGHTS.all.keys()
    # Feature matching alone blurs, and has the gain in Fréchet distance; the score alone does not.
    assert change("sharpness_ratio", PLAIN, MATCHING_ONLY).high < 0
    assert change("frechet_distance", PLAIN, MATCHING_ONLY).high < 0
    both = change("frechet_distance", MATCHING_ONLY, AS_CHOSEN)
    alone = change("frechet_distance", PLAIN, SCORE_ONLY)
    assert both.low < 0 < both.high
    assert alone.low < 0 < alone.high
    sharpness = finished(found[SCORE_ONLY]).measures["sharpness_ratio"]
    assert min(sharpness.values) > 1
    # Two updates for one: a little less L1.
    assert -0.002 < change("l1", AS_CHOSEN, FOUR_SEPARATE).mean / 0.021 < 0
    assert change("l1", AS_CHOSEN, FOUR_SEPARATE).high < 0
    between = change("frechet_distance", AS_CHOSEN, FOUR_SEPARATE)
    assert between.low < 0 < between.high


def test_the_rate_distortion_curve_shows_what_is_said_of_it():
    record = read_record(GALLERY / "rate_distortion.json", RateDistortion, RATE_DISTORTION_VERSION)
    assert (record.data, record.seeds) == ("mnist", [0, 1, 2])
    of = record.latent_dims
    assert list(of) == ["1", "2", "4", "8", "16", "32", "64", "128", "256"]
    best = {dim: {loss: of[dim].trained_with[loss][loss].mean for loss in LOSS_NAMES} for dim in of}
    assert best["8"]["l1"] < of["64"].pca.l1 < best["4"]["l1"]
    assert best["16"]["mse"] < of["64"].pca.mse < best["8"]["mse"]
    words = (PROJECT / "docs/question2.md").read_text(encoding="utf-8")
    for dim, runs in of.items():  # the squared error leads to the lower L1 with 64 and 128 alone
        with_l1, with_mse = (runs.trained_with[loss]["l1"] for loss in LOSS_NAMES)
        if dim in ("64", "128"):
            assert max(with_mse.values) < min(with_l1.values)
            assert all(f"{one.mean:.4f}" in words for one in (with_l1, with_mse))
        else:
            assert max(with_l1.values) < min(with_mse.values)


def test_squared_error_and_three_steps_do_what_is_said_of_them():
    # The squared error alone blurs; with dis_net it is sharper.
    assert measures("2", PLAIN_MSE)["sharpness_ratio"].mean < 0.2
    assert measures("2", MSE)["sharpness_ratio"].mean > 0.8
    assert measures("16", PLAIN_MSE)["sharp_share"].mean < 0.5
    assert measures("16", MSE)["sharp_share"].mean > 0.9
    # Three steps do less than four.
    plain, three, four = (measures("2", name)["sharpness_ratio"] for name in (PLAIN, THREE, FOUR))
    assert plain.mean < three.mean < four.mean < 1
    # No training with dis_net makes more digits legible at two dimensions.
    plain, four = (measures("2", name)["reconstruction_accuracy"].mean for name in (PLAIN, FOUR))
    assert four <= plain


def runs_of(file: str, *variants: str) -> dict[tuple[str, str], FinishedRuns]:
    """Return the runs of a comparison in the gallery, by latent dimension and variant."""
    record = read_record(GALLERY / file, AdversarialComparison, VARIANTS_VERSION)
    runs = {
        (dim, name): finished(record.latent_dims[dim][name])
        for dim in ("2", "16", "256")
        for name in variants
    }
    assert {tuple(of.seeds) for of in runs.values()} == {(0, 1, 2, 3, 4)}
    return runs


def test_the_losses_that_report_000_prints_do_what_is_said_of_them():
    runs = runs_of("report-000.json", PLAIN, PRINTED, PRINTED_MSE)
    for dim in ("2", "16"):  # both blur, the MSE most
        plain, l1, mse = (
            runs[dim, name].by_seed("sharpness_ratio") for name in (PLAIN, PRINTED, PRINTED_MSE)
        )
        assert paired_difference(l1, plain).high < 0
        assert paired_difference(mse, l1).high < 0
    # With 256 the MSE comes close to plain training, and the L1 diverges.
    assert runs["256", PRINTED_MSE].measures["sharp_share"].mean > 0.99
    assert runs["256", PRINTED].measures["reconstruction_accuracy"].mean < 0.2


def test_report_002s_trainings_do_what_is_said_of_them():
    with_mse = (REPORT_002_MSE_FOUR, REPORT_002_MSE_THREE)
    plain_of = {
        **dict.fromkeys((REPORT_002_FOUR, REPORT_002_THREE), PLAIN),
        **dict.fromkeys(with_mse, PLAIN_MSE),
    }
    runs = runs_of("report-002.json", *plain_of, PLAIN, PLAIN_MSE)
    for dim in ("2", "16", "256"):
        for name, without in plain_of.items():  # worse, and too sharp
            of, plain = runs[dim, name], runs[dim, without]
            assert paired_difference(of.by_seed("l1"), plain.by_seed("l1")).low > 0, (dim, name)
            assert paired_difference(of.by_seed("ssim"), plain.by_seed("ssim")).high < 0
            assert min(of.measures["sharpness_ratio"].values) > 1
    right = {key: of.measures["reconstruction_accuracy"].mean for key, of in runs.items()}
    assert right["2", REPORT_002_FOUR] < right["2", REPORT_002_THREE]
    assert right["16", REPORT_002_FOUR] < 0.5 < right["16", REPORT_002_THREE]
    assert right["256", REPORT_002_FOUR] > right["256", REPORT_002_THREE]
    for name in (REPORT_002_FOUR, REPORT_002_MSE_FOUR):
        for of_seed in runs["256", name].dis_net_accuracy:  # it calls everything fake
            by_width = {point.width: point.accuracy for point in of_seed}
            assert by_width[0.0] < 0.01
            assert min(share for width, share in by_width.items() if width > 0) > 0.99


def test_weights_are_those_that_were_chosen_on_validation_images():
    found = read_record(GALLERY / "choice.json", Choice, CHOICE_VERSION)
    assert found.data == "mnist-validation"
    assert set(found.seeds).isdisjoint(RESULTS.adversarial.seeds)
    searched = {name: variant for name, variant in VARIANTS.items() if variant.has_weights}
    assert found.chosen.keys() == searched.keys()
    for name, variant in searched.items():
        weights = (variant.adversarial_weight, variant.feature_matching_weight)
        counted = slice(0 if variant.has_dis_net else 1, None)  # a control has no adversarial one
        chosen = found.chosen[name]
        assert chosen is not None
        assert tuple(chosen)[counted] == weights[counted], name


def test_no_killed_study_was_lost():
    found = read_json(GALLERY / "soak_study.json")
    assert found["kills"] >= 20
    assert found["equal_to_the_unbroken_one"] == found["studies_finished"] >= 1


def test_no_killed_run_was_lost():
    found = read_json(GALLERY / "soak.json")
    assert found["survived"] == found["kills"] >= 200
    assert (found["lost"], found["differing"]) == (0, 0)
    assert found["killed_while"]["writing a checkpoint"] >= 1
