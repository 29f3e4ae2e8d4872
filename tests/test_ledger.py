"""The ledger: its verdicts follow from its values, and the committed one is up to date."""

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import assert_one_line_error
from torch import nn

from publish.claim import LEDGER_VERSION, Claims, Finding, Ledger, Row, above, all_of, below, within
from publish.claims import (
    q1_adam,
    q1_gradient_descent,
    q2a_codes,
    q2a_reconstructions,
    q2b_design,
    q2b_report_000,
    q2b_report_002,
)
from publish.claims.printed import digits_agree
from publish.claims.report_designs import Designs
from publish.claims_page import as_markdown
from publish.ledger import COMPARISONS, all_rows
from q2_autoencoder.records import (
    AdversarialComparison,
    BlurAccuracy,
    ClusteringScores,
    Comparison,
    CurvePoint,
    DimensionResult,
    Errors,
    ErrorSpreads,
    Failure,
    FinishedRuns,
    JudgesAccuracy,
    Measures,
    PartsComparison,
    Separation,
    Table,
    VariantResult,
)
from q2_autoencoder.training import adversarial
from q2_autoencoder.training.named_variants import (
    DESIGN,
    ONE_UPDATE,
    PLAIN,
    PRINTED,
    PRINTED_MSE,
    REPORT_002_FOUR,
    REPORT_002_JOINED,
    REPORT_002_THREE,
    REPORTS,
)
from shared.errors import BadInput
from shared.files import RESULTS, read_json, read_record, write_json
from shared.summary import Interval, spread

GALLERY = RESULTS / "gallery"
DIMENSIONS = ("2", "16", "256")


def verdicts(rows: list[Row]) -> dict[str, str]:
    return {row.quotation: row.verdict for row in rows}


# ---- Question 1 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "value", "agrees"),
    [
        ("0.7558...", 0.755806, True),
        ("0.7558...", 0.75591, False),
        ("0.411", 0.4101843, False),
        ("0.410", 0.4101843, True),
        ("0.2", 0.2, True),
        ("1.35348...", 1.3534834, True),
        ("0.1", -0.1, False),
        ("2", 1.5, True),
        ("2", 1.49, False),
    ],
)
def test_digits(printed, value, agrees):
    assert digits_agree(printed, value) is agrees


def test_known_errors_are_found_and_known_truths_confirmed():
    found = verdicts(q1_gradient_descent.claims.judge() + q1_adam.claims.judge())
    assert found["Maximum high = 0.411"] == "wrong"
    assert found["step 4: (1.2, -1.2)"] == "wrong"
    assert found["step 3: (0.9, -0.9)"] == "confirmed"
    assert found["M^ = 0.511614..."] == "typo"
    assert found["X(5) = 1.453..."] == "confirmed"
    assert found["M(6) = 0.088559"] == "confirmed"
    assert found["M(t) = beta1*(2*beta1-beta1^(t-2)) - (1-beta1)"] == "typo"


@pytest.mark.parametrize(
    ("holds", "otherwise", "verdict"),
    [
        (True, "typo", "confirmed"),
        (False, "typo", "typo"),
        (False, "wrong", "wrong"),
        (None, "wrong", "undecided"),
        (False, "not reproduced", "not reproduced"),
    ],
)
def test_verdicts_follow_the_findings(holds, otherwise, verdict):
    claims: Claims[[]] = Claims("1")

    @claims.register("000, here", "that", criterion="exact", otherwise=otherwise)
    @claims.register("002, there", "the same", remark="again")
    def check() -> Finding:
        return Finding("1; 2", holds)

    same, that = claims.judge()
    assert that == Row("1", "000, here", "that", "1; 2", verdict, "exact", "")
    assert (same.report, same.quotation, same.remark) == ("002", "the same", "again")


def test_an_interval_decides_where_it_lies_on_one_side():
    low, across, high = Interval(1, 0.5, 1.5), Interval(2, 1.5, 2.5), Interval(3, 2.5, 3.5)
    assert [above(one, 2) for one in (low, across, high)] == [False, None, True]
    assert [below(one, 2) for one in (low, across, high)] == [True, None, False]
    far = Interval(-3, -4, -2.1)
    assert [within(one, 2) for one in (low, across, high, far)] == [True, None, False, False]
    assert within(Interval(0, -9, 9), 2) is None
    assert all_of([]) is True
    assert all_of([True, None]) is None
    assert all_of([None, False, True]) is False


# ---- Question 2(a) -----------------------------------------------------------------------------


def confusion(*added: tuple[int, int, int]) -> Table:
    """Return a table with 91 on its diagonal and 1 elsewhere, and what is `added` to its cells."""
    table = np.diag([90] * 10) + 1
    for row, column, count in added:
        table[row, column] += count
    return table.tolist()


def dimension(rank: int, **given: Any) -> DimensionResult:
    """Return a made-up result in which everything is better at a higher `rank`, but for `given`."""
    start, end = Separation(1.0, 1.0), Separation(3.0, 2.0)
    values: dict[str, Any] = {
        "l1": 0.5 / 10**rank,
        "accuracy": 0.92 + 0.03 * rank,
        "one_nn": 0.6,
        "kept": 0.5 + 0.1 * rank,
        "distance": 3.0 + rank,
        "confusion": confusion(),
        "neighbours": confusion(),
        "clusters": [confusion()] * 2,
        "clustering": 0.75 + 0.1 * rank,
        "curve": (0.2, 0.1),
        "separations": [[start, start, end]] * 2,
    } | given
    l1, accuracy = spread([values["l1"]] * 2), spread([values["accuracy"]] * 2)
    scores = ClusteringScores(*[spread([values["clustering"]] * 2)] * 3)
    return DimensionResult(
        epochs=2,
        device_name="made up",
        precision="fp32",
        seconds=spread([1.0]),
        curve=[CurvePoint(i + 1, test, test) for i, test in enumerate(values["curve"])],
        test=ErrorSpreads(l1, l1, l1),
        pca_test=Errors(1.0, 1.0, 1.0),
        reconstruction_accuracy=accuracy,
        pca_reconstruction_accuracy=accuracy,
        one_nn_accuracy=spread([values["one_nn"]] * 2),
        one_nn_accuracy_standardised=spread([0.5] * 2),
        linear_probe_accuracy=spread([0.5] * 2),
        linear_probe_accuracy_standardised=spread([0.5] * 2),
        effective_dimension=spread([1.5] * 2),
        dead_dimensions=spread([0.0] * 2),
        samples_distance=spread([1.0] * 2),
        kept_detail=spread([values["kept"]] * 2),
        centre_distance=spread([values["distance"]] * 2),
        confusion=values["confusion"],
        original_confusion=confusion(),
        neighbour_confusion=values["neighbours"],
        clustering={"k-means on codes": scores, "k-means on pixels": scores},
        cluster_table=values["clusters"],
        separation_by_epoch=values["separations"],
    )


def comparison(**changes: dict[str, Any]) -> Comparison:
    """Return a made-up comparison with `changes` at the dimensions "d2", "d16" and "d256"."""
    return Comparison(
        data="digits",
        loss="l1",
        seeds=[0, 1],
        classifier_accuracy=0.99,
        latent_dims={
            dim: dimension(rank, **changes.get(f"d{dim}", {}))
            for rank, dim in enumerate(DIMENSIONS)
        },
    )


def rows_a(found: Comparison) -> list[Row]:
    return q2a_reconstructions.claims.judge(found) + q2a_codes.claims.judge(found)


START, LATER = Separation(1.0, 1.0), Separation(3.0, 2.0)
FOUR_NINE_THREE_EIGHT = {"confusion": confusion((4, 9, 9), (8, 3, 9))}
# For each statement numbers that turn its verdict.
CHANGES = {
    "the result for 2D latent space is the worst": {"d2": {"l1": 0.0001}},
    "with most of the numbers being identified as 3": {
        "d2": {"confusion": confusion(*((row, 3, 1000) for row in range(10)))}
    },
    "The result of latent space 16 and 256 are similar": {"d16": {"l1": 0.006, "accuracy": 0.98}},
    "both having difficulty distinguishing between 4 and 9, 3 and 8": {
        "d16": FOUR_NINE_THREE_EIGHT,
        "d256": FOUR_NINE_THREE_EIGHT,
    },
    "Features are clearly clustered [2D plot]": {"d2": {"one_nn": 0.4}},
    "The visualization can roughly indicate the categories distributions": {"d2": {"one_nn": 0.4}},
    "we can see that the numbers are not well clustered [2D plot]": {"d2": {"clustering": 0.9}},
    "There are many similar numbers such as 3 and 8 are overlapped": {
        "d2": {"neighbours": confusion((8, 3, 20))}
    },
    "K-Means result shows that 16D and 256D are well clustered": {"d16": {"clustering": 0.7}},
    "since they retained more features": {"d256": {"clustering": 0.7}},
    "the clusters match separate categories better ... when the latent dimension increase": {
        "d256": {"clustering": 0.7}
    },
    "Through the epochs ... the distances of the categories are further": {
        "d2": {"separations": [[START, START, Separation(1.9, 2.0)]] * 2}
    },
    "(the scale also changed)": {
        "d2": {"separations": [[START, START, Separation(1.05, 2.0)]] * 2}
    },
    "while the reconstructed figures are becoming more apparent": {"d2": {"curve": (0.2, 0.3)}},
    "(each cluster the colored blocked corresponds to a different digit)": {
        "d16": {"clusters": [confusion((4, 7, 200)), confusion()]}
    },
    "and the clusters are less alike": {"d16": {"distance": 9.0}},
    "All methods ... present acceptable reconstraction": {"d2": {"accuracy": 0.8}},
    "All methods loss some details toward original image": {"d256": {"l1": 0.0009}},
    "lower latent dimension may present worse results, which sometimes may be wrong number": {
        "d2": {"accuracy": 1.0}
    },
    "higher latent dimension present better detail": {"d2": {"kept": 0.9}},
    "The results indicate that more information is recorded": {"d16": {"l1": 0.9}},
    "From a view of loss, higher latent dimension design have lower loss": {"d16": {"l1": 0.9}},
}


def test_every_statement_on_part_a_is_tested():
    assert set(CHANGES) == set(verdicts(rows_a(comparison())))


@pytest.mark.parametrize("quotation", CHANGES)
def test_a_verdict_on_runs_follows_their_numbers(quotation):
    before = verdicts(rows_a(comparison()))[quotation]
    after = verdicts(rows_a(comparison(**CHANGES[quotation])))[quotation]
    assert {before, after} == {"confirmed", "wrong"}


def test_a_comparison_of_other_dimensions_is_refused():
    other = comparison()
    del other.latent_dims["16"], other.latent_dims["256"]
    with pytest.raises(BadInput, match="lacks the latent dimensions 16, 256"):
        rows_a(other)


def test_a_comparison_without_the_latent_space_over_the_epochs_is_refused():
    with pytest.raises(BadInput, match="no separation"):
        rows_a(comparison(d2={"separations": [[START, LATER], None]}))


# ---- Question 2(b): results --------------------------------------------------------------------

Changes = dict[tuple[str, str], dict[str, Any]]  # by latent dimension (or "design") and variant


def runs(
    *, seeds: tuple[int, ...] = (0, 1), blur: float = 0.99, failures: int = 0, **measures: Any
) -> VariantResult:
    """Return made-up runs; a measure is given for all seeds, or as a tuple for each of them.

    Args:
        seeds: of the finished runs.
        blur: dis_net's accuracy on images blurred by 1 pixel.
        failures: number of failed runs.
        measures: by name; 0.5 where not given.
    """
    names = Measures.__dataclass_fields__
    values = {name: measures.get(name, 0.5) for name in names}
    of_seeds = {
        name: value if isinstance(value, tuple) else (value,) * len(seeds)
        for name, value in values.items()
    }
    widths = {0.0: 0.99, 0.5: 0.99, 1.0: blur, 2.0: 0.99}
    failed = {f"run {i}": Failure(3, "diverged", "made up") for i in range(failures)}
    if not seeds:
        return VariantResult(failed, None)
    finished = FinishedRuns(
        seeds=list(seeds),
        epochs=2,
        epochs_with_dis_net=1,
        device_name="made up",
        precision="fp32",
        dis_net_accuracy=[[BlurAccuracy(*point) for point in widths.items()] for _ in seeds],
        seconds=spread([1.0]),
        measures={name: spread(values) for name, values in of_seeds.items()},
    )
    return VariantResult(failed, finished)


def compared(changes: Changes) -> Designs:
    """Return made-up comparisons in which all runs are alike, but for `changes`."""
    judges = JudgesAccuracy(0.99, [])
    by_dim = {
        dim: {name: runs(**changes.get((dim, name), {})) for name in (PLAIN, *REPORTS)}
        for dim in DIMENSIONS
    }
    design = {name: runs(**changes.get(("design", name), {})) for name in DESIGN.all}
    return Designs(
        AdversarialComparison(data="digits", seeds=[0, 1], judges=judges, latent_dims=by_dim),
        PartsComparison(data="digits", latent_dim=16, seeds=[0, 1], variants=design),
    )


def rows_b(changes: Changes) -> list[Row]:
    return rows_of(compared(changes))


def rows_of(designs: Designs) -> list[Row]:
    """Return the rows on the results of both reports, whose designs are in one comparison here."""
    return q2b_report_000.claims.judge(designs) + q2b_report_002.claims.judge(designs)


def everywhere(variant: str, **given: Any) -> Changes:
    return {(dim, variant): given for dim in DIMENSIONS}


# For each statement numbers under which it holds, and numbers under which it does not.
EITHER_WAY: dict[str, tuple[Changes, Changes]] = {
    "The result of MSE is better than L1": (
        everywhere(PRINTED_MSE, frechet_distance=0.4),
        {("16", PRINTED_MSE): {"frechet_distance": 0.6}},
    ),
    "The reconstructed result of MSE is clearer": (
        everywhere(PRINTED_MSE, sharpness_ratio=0.6),
        {("16", PRINTED_MSE): {"sharpness_ratio": 0.4}},
    ),
    "Comparing with result a, both results of latent 2D are unsatisfactory": (
        {("2", PLAIN): {"frechet_distance": 0.4}},
        {("2", PRINTED): {"frechet_distance": 0.4}},
    ),
    "a(2D) results look more structured": (
        {("2", PLAIN): {"ssim": 0.6}},
        {("2", PRINTED_MSE): {"ssim": 0.6}},
    ),
    "b(2D) result looks blurred": (
        {("2", PRINTED_MSE): {"sharp_share": 0.4}},
        {("2", PRINTED_MSE): {"sharp_share": 0.6}},
    ),
    "However, c shows the worst result of reconstruction": (
        everywhere(PRINTED, frechet_distance=0.6),
        everywhere(PRINTED, frechet_distance=0.6) | everywhere(PRINTED_MSE, frechet_distance=0.7),
    ),
    "The D learns to distinguish blurred samples": ({}, {("2", REPORT_002_THREE): {"blur": 0.4}}),
    "the step 4 can be aggreated in step 3": (
        {},
        {("design", ONE_UPDATE): {"frechet_distance": 0.6}},
    ),
    "the step 3 can be aggreated in step 2 [solution 2]": (
        {},
        {("design", REPORT_002_JOINED): {"l1": 0.6}},
    ),
    "but lose elements in the numbers [a(2D)]": (
        {},
        {("2", PLAIN): {"reconstruction_accuracy": 0.995}},
    ),
    "but clear elements of number [b(2D)]": (
        {("2", PRINTED_MSE): {"reconstruction_accuracy": 0.6}},
        {("2", PRINTED_MSE): {"reconstruction_accuracy": 0.4}},
    ),
    "From the view of loss, the results are similar": (
        {},
        {("256", REPORT_002_THREE): {"l1": 0.53}},
    ),
    "However, the visualization shows another story": (
        {("2", REPORT_002_FOUR): {"sharpness_ratio": 0.6}},
        {},
    ),
    "Due to the limitation of GAN (training difficulty)": (
        {("16", REPORT_002_THREE): {"failures": 1}},
        {("2", PLAIN): {"failures": 1}},  # without dis_net
    ),
    "the results of solution 1 and 2 with D are both worse than Q2_a": (
        everywhere(REPORT_002_FOUR, frechet_distance=0.6)
        | everywhere(REPORT_002_THREE, frechet_distance=0.6),
        everywhere(REPORT_002_THREE, frechet_distance=0.6)
        | {("2", REPORT_002_FOUR): {"frechet_distance": 0.4}},
    ),
    "solution 2 is better": (
        everywhere(REPORT_002_THREE, frechet_distance=0.4),
        everywhere(REPORT_002_FOUR, frechet_distance=0.4),
    ),
}


def test_every_statement_on_the_results_is_tested():
    assert set(EITHER_WAY) == set(verdicts(rows_b({})))


@pytest.mark.parametrize("quotation", EITHER_WAY)
def test_a_verdict_on_the_results_follows_the_numbers(quotation):
    holds, fails = EITHER_WAY[quotation]
    assert verdicts(rows_b(holds))[quotation] == "confirmed"
    assert verdicts(rows_b(fails))[quotation] == "wrong"


def test_seeds_that_disagree_decide_nothing():
    better = "The result of MSE is better than L1"
    disagree = everywhere(PRINTED_MSE, frechet_distance=(0.4, 0.6))
    assert verdicts(rows_b(disagree))[better] == "undecided"

    one_dimension_denies = disagree | {("16", PRINTED_MSE): {"frechet_distance": 0.6}}
    assert verdicts(rows_b(one_dimension_denies))[better] == "wrong"

    one_failed = everywhere(PRINTED_MSE, frechet_distance=0.4, seeds=(1,))
    assert verdicts(rows_b(one_failed))[better] == "undecided"


@pytest.mark.parametrize("quotation", EITHER_WAY)
def test_a_failed_run_confirms_nothing_that_is_said_of_its_variant(quotation):
    holds, _ = EITHER_WAY[quotation]
    if quotation == "Due to the limitation of GAN (training difficulty)":
        return  # said of failures
    failed = {"failures": 1, "seeds": (0, 1)}  # which would decide, as all values are constant
    places = [(dim, name) for dim in DIMENSIONS for name in (PLAIN, *REPORTS)]
    places += [("design", name) for name in DESIGN.all]
    changes = {place: {**holds.get(place, {}), **failed} for place in places}
    assert verdicts(rows_b(changes))[quotation] == "undecided"


def test_failed_runs_are_counted_where_none_is_left():
    changes: Changes = {("2", REPORT_002_FOUR): {"seeds": (), "failures": 2}}
    rows = {row.quotation: row for row in rows_b(changes)}
    found = rows["Due to the limitation of GAN (training difficulty)"].recomputed
    # Two solutions at each dimension, two seeds each.
    assert found.startswith(f"2 of {2 * 3 * 2} runs of solution 1 and 2 failed; classified")
    worse = rows["the results of solution 1 and 2 with D are both worse than Q2_a"]
    assert worse.verdict == "undecided"
    assert "at 2: L1 alone 0.5000, solution 1 (all failed), solution 2 0.5000" in worse.recomputed


def test_what_was_not_trained_is_not_reproduced():
    designs = compared({})
    for of_dim in designs.compared.latent_dims.values():
        del of_dim[REPORT_002_THREE]
    rows = {row.quotation: row for row in rows_of(designs)}
    similar = rows["From the view of loss, the results are similar"]
    assert similar.verdict == "not reproduced"
    assert similar.recomputed == "solution 2 was not trained at latent dimension 2"
    # Report 000's statements do not need it.
    assert rows["b(2D) result looks blurred"].verdict != "not reproduced"

    del designs.compared.latent_dims["256"]
    rows = {row.quotation: row for row in rows_of(designs)}
    better = rows["The result of MSE is better than L1"]
    assert better.recomputed == "MSE (b) was not trained at latent dimension 256"


def test_whether_two_steps_can_be_one_needs_the_design_with_one_update():
    designs = compared({})
    del designs.changes.variants[ONE_UPDATE]
    found = verdicts(rows_of(designs))
    assert found["the step 4 can be aggreated in step 3"] == "not reproduced"


# ---- Question 2(b): design ---------------------------------------------------------------------


def leaves_gradients_in_dis_net(networks: adversarial.Networks, sharp):
    """Step 3 as it should not be: it moves the autoencoder only, but dis_net is not frozen."""
    loss = -networks.dis_net(networks.autoencoder(sharp)).mean()
    networks.training.update(loss)
    return {}


Patch = Callable[[pytest.MonkeyPatch], None]
CODE = "L1 (MSE) loss and discriminate loss are coded as below"
# What makes them wrong.
STEPS: dict[str, Patch] = {
    "one is L1(MAE)": lambda patch: patch.setitem(q2b_design.LOSSES, "l1", nn.functional.mse_loss),
    "L1-norm reconstruction loss: ... element-wise absolute distance": lambda patch: patch.setitem(
        q2b_design.LOSSES, "l1", nn.functional.smooth_l1_loss
    ),
    "use G to generate reconstructed samples (G without gradient) ... Update D only": (
        lambda patch: patch.setattr(
            adversarial, "learn_reconstructions", adversarial.reconstruct_images
        )
    ),
    "Update G only, clear the gradient for D ... D remain not updated": lambda patch: patch.setattr(
        adversarial, "raise_score", leaves_gradients_in_dis_net
    ),
    "a training strategy with 3 steps (corresponding to 1,3,4 in solution 1)": (
        lambda patch: patch.setitem(
            adversarial.STRATEGIES, "three-step", adversarial.STRATEGIES["four-step"][:3]
        )
    ),
}


def test_every_statement_on_the_design_is_tested():
    assert {CODE, *STEPS} == set(verdicts(q2b_design.claims.judge()))


@pytest.mark.parametrize("quotation", STEPS)
def test_a_verdict_on_the_design_follows_the_code(quotation, monkeypatch):
    assert verdicts(q2b_design.claims.judge())[quotation] == "definition"
    STEPS[quotation](monkeypatch)
    assert verdicts(q2b_design.claims.judge())[quotation] == "wrong"


def test_the_verdict_on_the_printed_code_follows_the_code(monkeypatch):
    assert verdicts(q2b_design.claims.judge())[CODE] == "wrong"
    with_dis_net = q2b_design.PRINTED_LOSS + " - weight * dis_net(output_latent_2)"
    monkeypatch.setattr(q2b_design, "PRINTED_LOSS", with_dis_net)
    assert verdicts(q2b_design.claims.judge())[CODE] == "confirmed"


# ---- the files ---------------------------------------------------------------------------------


def test_committed_ledger_is_what_the_code_computes():
    rows = all_rows(GALLERY)
    assert read_record(GALLERY / "claims.json", Ledger, LEDGER_VERSION) == Ledger(rows)
    assert (GALLERY / "claims.md").read_text(encoding="utf-8") == as_markdown(rows)


def test_comparisons_in_each_others_place_are_refused(tmp_path):
    for name, other in zip(COMPARISONS, reversed(COMPARISONS), strict=True):
        shutil.copy(GALLERY / other, tmp_path / name)
    with pytest.raises(BadInput, match=r"was edited|has the format"):
        all_rows(tmp_path)


def test_a_comparison_missing_damaged_or_of_another_version_ends_in_one_line(tmp_path, call):
    command = ("publish/ledger.py", "--results", str(tmp_path))
    for name in COMPARISONS:
        assert_one_line_error(call(*command), f"cannot read {tmp_path / name}")
        shutil.copy(GALLERY / name, tmp_path)
    path = tmp_path / COMPARISONS[-1]
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: len(whole) // 2], encoding="utf-8")
    assert_one_line_error(call(*command), "cut off or damaged")
    write_json(path, read_json(GALLERY / path.name) | {"version": 1})
    assert_one_line_error(call(*command), "has the format 1")
    assert not (tmp_path / "claims.json").exists()


def test_the_command_answers_by_its_former_name_too(script):
    former, now = (script("-m", name, "--help") for name in ("shared.ledger", "publish.ledger"))
    assert former.returncode == 0
    assert former.stdout == now.stdout


def test_the_page_shows_every_statement_once_and_breaks_no_cell():
    def row(number: int, verdict, text: str) -> Row:
        return Row("1", "002, step 5", f"{number}: {text}", text, verdict, "", "a | b")

    rows = [row(i, v, "a*b*c | <d>") for i, v in enumerate(("confirmed", "wrong", "typo"))]
    page = as_markdown(rows)
    assert [page.count(rf"{i}: a\*b\*c \| \<d>") for i in range(3)] == [1, 1, 1]
    assert page.index("1: a") < page.index("2: a") < page.index("0: a")
    [line] = [line for line in page.splitlines() if "0: a" in line]
    assert line.replace(r"\|", "").count("|") == 5
