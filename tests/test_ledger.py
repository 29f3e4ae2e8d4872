"""The ledger: its verdicts follow from its values, and the committed one is up to date."""

import shutil
from collections.abc import Callable
from itertools import permutations
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
    q2b_results,
)
from publish.claims.printed import digits_agree
from publish.claims.variants import Results
from publish.ledger import COMPARISONS, all_rows
from publish.page import as_markdown
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
    FOUR,
    FOUR_SEPARATE,
    MSE,
    PLAIN,
    PLAIN_MSE,
    SCORE_ONLY,
    THREE,
    THREE_SEPARATE,
    VARIANTS,
    WEIGHTS,
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

Changes = dict[tuple[str, str], dict[str, Any]]  # by latent dimension (or "ablation") and variant


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


def compared(changes: Changes) -> Results:
    """Return made-up comparisons in which all runs are alike, but for `changes`."""
    judges = JudgesAccuracy(0.99, [])
    by_dim = {
        dim: {name: runs(**changes.get((dim, name), {})) for name in VARIANTS} for dim in DIMENSIONS
    }
    ablation = {name: runs(**changes.get(("ablation", name), {})) for name in WEIGHTS.all}
    return Results(
        AdversarialComparison(data="digits", seeds=[0, 1], judges=judges, latent_dims=by_dim),
        PartsComparison(data="digits", latent_dim=16, seeds=[0, 1], variants=ablation),
    )


def rows_b(changes: Changes) -> list[Row]:
    return q2b_results.claims.judge(compared(changes))


def everywhere(variant: str, **given: Any) -> Changes:
    return {(dim, variant): given for dim in DIMENSIONS}


DIS_NET_LEARNS = "The D learns to distinguish blurred samples"
# For each statement numbers under which it holds, and numbers under which it does not.
EITHER_WAY: dict[str, tuple[Changes, Changes]] = {
    "The result of MSE is better than L1": (
        everywhere(MSE, frechet_distance=0.4),
        {("16", MSE): {"frechet_distance": 0.6}},
    ),
    "The reconstructed result of MSE is clearer": (
        everywhere(MSE, sharpness_ratio=0.6),
        {("16", MSE): {"sharpness_ratio": 0.4}},
    ),
    "Comparing with result a, both results of latent 2D are unsatisfactory": (
        {("2", PLAIN): {"frechet_distance": 0.4}},
        {("2", FOUR): {"frechet_distance": 0.4}},
    ),
    "a(2D) results look more structured": (
        {("2", PLAIN): {"ssim": 0.6}},
        {("2", MSE): {"ssim": 0.6}},
    ),
    "b(2D) result looks blurred": (
        {("2", MSE): {"sharp_share": 0.4}},
        {("2", MSE): {"sharp_share": 0.6}},
    ),
    "However, c shows the worst result of reconstruction": (
        everywhere(FOUR, frechet_distance=0.6),
        everywhere(FOUR, frechet_distance=0.6) | everywhere(MSE, frechet_distance=0.7),
    ),
    DIS_NET_LEARNS: ({}, {("2", THREE): {"blur": 0.4}}),
    "the step 4 can be aggreated in step 3": (
        {},
        {("ablation", FOUR_SEPARATE): {"frechet_distance": 0.6}},
    ),
    "the step 3 can be aggreated in step 2 [solution 2]": (
        {},
        {("ablation", THREE_SEPARATE): {"l1": 0.6}},
    ),
    "but lose elements in the numbers [a(2D)]": (
        {},
        {("2", PLAIN): {"reconstruction_accuracy": 0.995}},
    ),
    "but clear elements of number [b(2D)]": (
        {("2", MSE): {"reconstruction_accuracy": 0.6}},
        {("2", MSE): {"reconstruction_accuracy": 0.4}},
    ),
    "From the view of loss, the results are similar": ({}, {("256", THREE): {"l1": 0.53}}),
    "However, the visualization shows another story": (
        {("2", FOUR): {"sharpness_ratio": 0.6}},
        {},
    ),
    "Due to the limitation of GAN (training difficulty)": (
        {("ablation", FOUR_SEPARATE): {"failures": 1}},
        {("2", PLAIN): {"failures": 1}},  # without dis_net
    ),
    "the results of solution 1 and 2 with D are both worse than Q2_a": (
        everywhere(FOUR, frechet_distance=0.6) | everywhere(THREE, frechet_distance=0.6),
        everywhere(THREE, frechet_distance=0.6) | {("2", FOUR): {"frechet_distance": 0.4}},
    ),
    "without the adversarial design, solution 2 is better": (
        everywhere(THREE, frechet_distance=0.4),
        everywhere(FOUR, frechet_distance=0.4),
    ),
}


def test_every_statement_on_the_results_is_tested():
    assert set(EITHER_WAY) == set(verdicts(rows_b({})))


@pytest.mark.parametrize("quotation", EITHER_WAY)
def test_a_verdict_on_the_results_follows_the_numbers(quotation):
    holds, fails = EITHER_WAY[quotation]
    assert verdicts(rows_b(holds))[quotation] == "confirmed"
    assert verdicts(rows_b(fails))[quotation] == "not reproduced"


def test_seeds_that_disagree_decide_nothing():
    better = "The result of MSE is better than L1"
    disagree = everywhere(MSE, frechet_distance=(0.4, 0.6))
    assert verdicts(rows_b(disagree))[better] == "undecided"

    one_dimension_denies = disagree | {("16", MSE): {"frechet_distance": 0.6}}
    assert verdicts(rows_b(one_dimension_denies))[better] == "not reproduced"

    one_failed = everywhere(MSE, frechet_distance=0.4, seeds=(1,))
    assert verdicts(rows_b(one_failed))[better] == "undecided"


@pytest.mark.parametrize("quotation", EITHER_WAY)
def test_a_failed_run_confirms_nothing_that_is_said_of_its_variant(quotation):
    holds, _ = EITHER_WAY[quotation]
    if quotation in ("Due to the limitation of GAN (training difficulty)", DIS_NET_LEARNS):
        return  # said of failures, and of dis_net before it
    failed = {"failures": 1, "seeds": (0,)}
    places = [(dim, name) for dim in DIMENSIONS for name in VARIANTS]
    places += [("ablation", name) for name in WEIGHTS.all]
    changes = {place: {**holds.get(place, {}), **failed} for place in places}
    assert verdicts(rows_b(changes))[quotation] == "undecided"


def test_failed_runs_are_counted_where_none_is_left():
    none_left = {"seeds": (), "failures": 2}
    changes: Changes = {("2", PLAIN_MSE): none_left, ("ablation", SCORE_ONLY): none_left}
    recomputed = {row.quotation: row.recomputed for row in rows_b(changes)}
    assert recomputed["Due to the limitation of GAN (training difficulty)"] == (
        # Three variants at each dimension with dis_net, seven more in the ablation, two seeds each;
        # those without dis_net do not count.
        f"2 of {3 * 3 * 2 + 7 * 2} runs with dis_net failed"
    )


@pytest.mark.parametrize(("place", "name"), [("2", MSE), ("ablation", THREE_SEPARATE)])
def test_a_comparison_without_all_variants_is_refused(place, name):
    results = compared({})
    if place == "ablation":
        del results.ablation.variants[name]
    else:
        del results.adversarial.latent_dims[place][name]
    with pytest.raises(BadInput, match=f"no finished run of '{name.replace('+', '.')}'"):
        q2b_results.claims.judge(results)


def test_a_comparison_is_refused_without_a_dimension_or_a_finished_run():
    results = compared({})
    del results.adversarial.latent_dims["256"]
    with pytest.raises(BadInput, match="at latent dimension 256"):
        q2b_results.claims.judge(results)
    with pytest.raises(BadInput, match=r"no finished run of .* at latent dimension 16"):
        rows_b({("16", FOUR): {"seeds": (), "failures": 2}})


# ---- Question 2(b): design ---------------------------------------------------------------------


def leaves_gradients_in_dis_net(networks: adversarial.Networks, sharp):
    """Step 3 as it should not be: it moves the autoencoder only, but dis_net is not frozen."""
    loss = -networks.dis_net(networks.autoencoder(sharp)).mean()
    networks.moved.update(loss)
    return {}


Patch = Callable[[pytest.MonkeyPatch], None]
CODE = "L1 (MSE) loss and discriminate loss are coded as below"
# What makes them wrong.
DESIGN: dict[str, Patch] = {
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
    assert {CODE, *DESIGN} == set(verdicts(q2b_design.claims.judge()))


@pytest.mark.parametrize("quotation", DESIGN)
def test_a_verdict_on_the_design_follows_the_code(quotation, monkeypatch):
    assert verdicts(q2b_design.claims.judge())[quotation] == "definition"
    DESIGN[quotation](monkeypatch)
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


@pytest.mark.parametrize(
    "order", [order for order in permutations(COMPARISONS) if order != COMPARISONS]
)
def test_comparisons_in_each_others_place_are_refused(tmp_path, order):
    for name, other in zip(COMPARISONS, order, strict=True):
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
