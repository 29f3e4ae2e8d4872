"""The ledger: its verdicts follow from its values, and the committed one is up to date."""

import numpy as np
import pytest
from torch import nn

from publish import claims_q2b as claims_b
from publish.claim import digits_agree
from publish.claims_q1 import CLAIMS
from publish.claims_q2a import claims_part_a
from publish.claims_q2b import claims_part_b
from publish.ledger import all_rows, as_markdown, judge
from q2_autoencoder.training import adversarial
from q2_autoencoder.training.variants import (
    ABLATION,
    FOUR,
    FOUR_APART,
    MSE,
    PLAIN,
    PLAIN_MSE,
    SCORE_ONLY,
    THREE,
    THREE_APART,
    VARIANTS,
)
from shared.errors import BadInput
from shared.files import RESULTS, read_json


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
    verdicts = {row["printed"]: row["verdict"] for row in judge(CLAIMS, "1")}
    assert verdicts["Maximum high = 0.411"] == "wrong"
    assert verdicts["step 4: (1.2, -1.2)"] == "wrong"
    assert verdicts["step 3: (0.9, -0.9)"] == "confirmed"
    assert verdicts["M^ = 0.511614..."] == "typo"
    assert verdicts["X(5) = 1.453..."] == "confirmed"
    assert verdicts["M(6) = 0.088559"] == "confirmed"
    assert verdicts["M(t) = beta1*(2*beta1-beta1^(t-2)) - (1-beta1)"] == "typo"


def made_up_size(rank: int) -> dict:
    """Return an entry of comparison.json in which everything is better at a higher `rank`."""
    near = np.diag([90] * 10) + 1

    def mean(value: float) -> dict:
        return {"mean": value}

    separation = {"between": 1.0, "within": 1.0}
    return {
        "test": {"l1": mean(0.5 / 10**rank)},
        "digit_accuracy": mean(0.92 + 0.03 * rank),
        "nearest_neighbour_accuracy": mean(0.6),
        "kept_detail": mean(0.5 + 0.1 * rank),
        "centre_distance": mean(3.0 + rank),
        "confusion": near.tolist(),
        "original_confusion": near.tolist(),
        "neighbour_confusion": near.tolist(),
        "cluster_table": [near.tolist()] * 2,
        "clustering": {
            name: {"accuracy": mean(0.75 + 0.1 * rank)}
            for name in ("k-means on codes", "k-means on pixels")
        },
        "curve": [{"test": 0.2}, {"test": 0.1}],
        "separation_by_epoch": [[separation, separation, {"between": 3.0, "within": 2.0}]] * 2,
    }


def verdicts(change=lambda sizes: None) -> dict[str, str]:
    sizes = {name: made_up_size(rank) for rank, name in enumerate(("2", "16", "256"))}
    change(sizes)
    return {row["printed"]: row["verdict"] for row in judge(claims_part_a({"sizes": sizes}), "2")}


def swap(table: list[list[int]], one: int, other: int, count: int) -> None:
    table[one][other] += count


CHANGES = {
    "the result for 2D latent space is the worst":
        lambda s: s["2"]["test"]["l1"].update(mean=0.0001),
    "with most of the numbers being identified as 3":
        lambda s: [row.__setitem__(3, 1000) for row in s["2"]["confusion"]],
    "The result of latent space 16 and 256 are similar":
        lambda s: (s["16"]["test"]["l1"].update(mean=0.006),
                   s["16"]["digit_accuracy"].update(mean=0.98)),
    "both having difficulty distinguishing between 4 and 9, 3 and 8":
        lambda s: [swap(s[n]["confusion"], *p, 9) for n in ("16", "256") for p in ((4, 9), (8, 3))],
    "Features are clearly clustered [2D plot]":
        lambda s: s["2"]["nearest_neighbour_accuracy"].update(mean=0.4),
    "we can see that the numbers are not well clustered [2D plot]":
        lambda s: s["2"]["clustering"]["k-means on codes"]["accuracy"].update(mean=0.9),
    "There are many similar numbers such as 3 and 8 are overlapped":
        lambda s: swap(s["2"]["neighbour_confusion"], 8, 3, 20),
    "K-Means result shows that 16D and 256D are well clustered":
        lambda s: s["16"]["clustering"]["k-means on codes"]["accuracy"].update(mean=0.7),
    "since they retained more features":
        lambda s: s["256"]["clustering"]["k-means on codes"]["accuracy"].update(mean=0.7),
    "Through the epochs ... the distances of the categories are further":
        lambda s: s["2"]["separation_by_epoch"][1][-1].update(between=1.9),
    "(the scale also changed)":
        lambda s: [seed[-1].update(between=1.05) for seed in s["2"]["separation_by_epoch"]],
    "while the reconstructed figures are becoming more apparent":
        lambda s: s["2"]["curve"][-1].update(test=0.3),
    "(each cluster the colored blocked corresponds to a different digit)":
        lambda s: swap(s["16"]["cluster_table"][0], 4, 7, 200),
    "and the clusters are less alike": lambda s: s["16"]["centre_distance"].update(mean=9.0),
    "All methods ... present acceptable reconstraction":
        lambda s: s["2"]["digit_accuracy"].update(mean=0.8),
    "All methods loss some details toward original image":
        lambda s: s["256"]["test"]["l1"].update(mean=0.0009),
    "lower latent dimension may present worse results, which sometimes may be wrong number":
        lambda s: s["2"]["digit_accuracy"].update(mean=1.0),
    "higher latent dimension present better detail":
        lambda s: s["2"]["kept_detail"].update(mean=0.9),
    "From a view of loss, higher latent dimension design have lower loss":
        lambda s: s["16"]["test"]["l1"].update(mean=0.9),
}  # fmt: skip


@pytest.mark.parametrize("printed", CHANGES)
def test_a_verdict_on_trainings_follows_their_numbers(printed):
    before, after = verdicts()[printed], verdicts(CHANGES[printed])[printed]
    assert {before, after} == {"confirmed", "wrong"}


def test_a_comparison_of_other_sizes_is_refused():
    with pytest.raises(BadInput, match="lacks the sizes 16, 256"):
        claims_part_a({"sizes": {"2": {}}})


def made_up_variant(dis_net: bool = True) -> dict:
    told = [{"width": width, "accuracy": 0.99} for width in (0.0, 0.5, 1.0, 2.0)]
    numbers = {
        "seeds": [0, 1],
        "failures": {},
        "dis_net_accuracy": [{"before": [dict(p) for p in told] if dis_net else []} for _ in "01"],
    }
    keys = ("l1", "digit_accuracy", "frechet_distance", "sharpness_ratio", "ssim", "clear_share")
    for key in keys:
        put(numbers, key, 0.5)
    return numbers


def put(numbers: dict, key: str, *values: float) -> None:
    """Let `key` be `values` seed by seed, or one value for both seeds."""
    values = values * 2 if len(values) == 1 else values
    numbers[key] = {"mean": sum(values) / 2, "values": list(values)}


def all_of(change) -> list[tuple[str, str]]:
    """What was printed, and recomputed, of part (b) with changed numbers."""
    return [(row["printed"], row["recomputed"]) for row in rows_b(change)]


def verdicts_b(change=lambda sizes, weights: None) -> dict[str, str]:
    return {row["printed"]: row["verdict"] for row in rows_b(change)}


def rows_b(change) -> list[dict[str, str]]:
    sizes = {
        size: {name: made_up_variant(v.strategy != "none") for name, v in VARIANTS.items()}
        for size in ("2", "16", "256")
    }
    weights = {name: made_up_variant(v.strategy != "none") for name, v in ABLATION.items()}
    change(sizes, weights)
    judges = {"classifier_accuracy": 0.99}
    claims = claims_part_b({"sizes": sizes, "judges": judges}, {"latent": 16, "variants": weights})
    return judge(claims, "2")


def set_all(sizes: dict, variant: str, key: str, *values: float) -> None:
    for of_size in sizes.values():
        put(of_size[variant], key, *values)


# For each statement numbers under which it holds, and numbers under which it does not.
EITHER_WAY = {
    "The result of MSE is better than L1": (
        lambda s, w: set_all(s, MSE, "frechet_distance", 0.4),
        lambda s, w: put(s["16"][MSE], "frechet_distance", 0.6),
    ),
    "The reconstructed result of MSE is clearer": (
        lambda s, w: set_all(s, MSE, "sharpness_ratio", 0.6),
        lambda s, w: put(s["16"][MSE], "sharpness_ratio", 0.6),
    ),
    "Comparing with result a, both results of latent 2D are unsatisfactory": (
        lambda s, w: put(s["2"][PLAIN], "frechet_distance", 0.4),
        lambda s, w: put(s["2"][FOUR], "frechet_distance", 0.4),
    ),
    "a(2D) results look more structured": (
        lambda s, w: put(s["2"][PLAIN], "ssim", 0.6),
        lambda s, w: put(s["2"][MSE], "ssim", 0.6),
    ),
    "b(2D) result looks blurred": (
        lambda s, w: put(s["2"][MSE], "clear_share", 0.4),
        lambda s, w: put(s["2"][MSE], "clear_share", 0.6),
    ),
    "However, c shows the worst result of reconstruction": (
        lambda s, w: set_all(s, FOUR, "frechet_distance", 0.6),
        lambda s, w: (set_all(s, FOUR, "frechet_distance", 0.6),
                      set_all(s, MSE, "frechet_distance", 0.7)),
    ),
    "The D learns to distinguish blurred samples": (
        lambda s, w: None,
        lambda s, w: s["2"][THREE]["dis_net_accuracy"][1]["before"][2].update(accuracy=0.4),
    ),
    "the step 4 can be aggreated in step 3": (
        lambda s, w: None,
        lambda s, w: put(w[FOUR_APART], "frechet_distance", 0.6),
    ),
    "the step 3 can be aggreated in step 2 [solution 2]": (
        lambda s, w: None,
        lambda s, w: put(w[THREE_APART], "l1", 0.6),
    ),
    "but lose elements in the numbers [a(2D)]": (
        lambda s, w: None,
        lambda s, w: put(s["2"][PLAIN], "digit_accuracy", 0.995),
    ),
    "but clear elements of number [b(2D)]": (
        lambda s, w: put(s["2"][MSE], "digit_accuracy", 0.6),
        lambda s, w: put(s["2"][MSE], "digit_accuracy", 0.4),
    ),
    "From the view of loss, the results are similar": (
        lambda s, w: None,
        lambda s, w: put(s["256"][THREE], "l1", 0.53),
    ),
    "However, the visualization shows another story": (
        lambda s, w: put(s["2"][FOUR], "sharpness_ratio", 0.6),
        lambda s, w: None,
    ),
    "Due to the limitation of GAN (training difficulty)": (
        lambda s, w: w[FOUR_APART]["failures"].update(a={"epoch": 3}),
        lambda s, w: None,
    ),
    "the results of solution 1 and 2 with D are both worse than Q2_a": (
        lambda s, w: [set_all(s, v, "frechet_distance", 0.6) for v in (FOUR, THREE)],
        lambda s, w: set_all(s, THREE, "frechet_distance", 0.6),
    ),
    "without the adversarial design, solution 2 is better": (
        lambda s, w: set_all(s, THREE, "frechet_distance", 0.4),
        lambda s, w: set_all(s, FOUR, "frechet_distance", 0.4),
    ),
}  # fmt: skip


def leaves_gradients_in_dis_net(players, clear):
    """Step 3 as it should not be: it moves the autoencoder only, but dis_net is not held still."""
    adversarial.update(
        players.autoencoder_optimizer, -players.dis_net(players.autoencoder(clear)).mean()
    )


# Those on code and design, and what makes them wrong.
CODE = "L1 (MSE) loss and discriminate loss are coded as below"
DESIGN = {
    CODE: lambda patch: None,
    "one is L1(MAE)":
        lambda patch: patch.setitem(claims_b.LOSSES, "l1", nn.functional.mse_loss),
    "L1-norm reconstruction loss: ... element-wise absolute distance":
        lambda patch: patch.setitem(claims_b.LOSSES, "l1", nn.functional.smooth_l1_loss),
    "use G to generate reconstructed samples (G without gradient) ... Update D only":
        lambda patch: patch.setattr(
            adversarial, "reconstructions_as_fake", adversarial.reconstruction),
    "Update G only, clear the gradient for D ... D remain not updated":
        lambda patch: patch.setattr(adversarial, "pseudo_real", leaves_gradients_in_dis_net),
    "a training strategy with 3 steps (corresponding to 1,3,4 in solution 1)":
        lambda patch: patch.setitem(
            adversarial.STRATEGIES, "three-step", adversarial.STRATEGIES["four-step"][:3]),
}  # fmt: skip


def test_every_statement_on_part_b_is_tested():
    assert set(EITHER_WAY) | set(DESIGN) == set(verdicts_b())


@pytest.mark.parametrize("printed", set(DESIGN) - {CODE})
def test_a_verdict_on_the_design_follows_the_code(printed, monkeypatch):
    assert verdicts_b()[printed] == "confirmed"
    DESIGN[printed](monkeypatch)
    assert verdicts_b()[printed] == "wrong"


def test_the_verdict_on_the_printed_code_follows_the_code(monkeypatch):
    assert verdicts_b()[CODE] == "wrong"
    with_dis_net = claims_b.PRINTED_LOSS + " - weight * dis_net(output_latent_2)"
    monkeypatch.setattr(claims_b, "PRINTED_LOSS", with_dis_net)
    assert verdicts_b()[CODE] == "confirmed"


@pytest.mark.parametrize("printed", EITHER_WAY)
def test_a_verdict_on_part_b_follows_the_numbers(printed):
    holds, fails = EITHER_WAY[printed]
    assert verdicts_b(holds)[printed] == "confirmed"
    assert verdicts_b(fails)[printed] == "wrong"


def test_seeds_that_disagree_decide_nothing():
    better = "The result of MSE is better than L1"
    assert verdicts_b(lambda s, w: set_all(s, MSE, "frechet_distance", 0.4, 0.6))[better] == (
        "undecided"
    )

    def one_size_denies(sizes, weights):
        set_all(sizes, MSE, "frechet_distance", 0.4, 0.6)
        put(sizes["16"][MSE], "frechet_distance", 0.6)

    assert verdicts_b(one_size_denies)[better] == "wrong"

    def one_fell_apart(sizes, weights):
        set_all(sizes, MSE, "frechet_distance", 0.4)
        for of_size in sizes.values():
            of_size[MSE]["seeds"] = [1]
            for numbers in of_size[MSE].values():
                if "values" in numbers:
                    del numbers["values"][0]

    assert verdicts_b(one_fell_apart)[better] == "undecided"


def test_trainings_of_which_nothing_is_left_are_counted():
    def gone(sizes, weights):
        sizes["2"][PLAIN_MSE] = {"failures": {"a": {}, "b": {}}}  # plain ones do not count
        weights[SCORE_ONLY] = {"failures": {"c": {}, "d": {}}}

    claims = dict(all_of(gone))
    assert claims["Due to the limitation of GAN (training difficulty)"] == (
        # three variants a size against dis_net, six more in the ablation, two seeds each
        f"2 of {3 * 6 + 2 * 6} trainings against dis_net fell apart"
    )


def test_a_comparison_without_all_variants_is_refused():
    def files(without: str) -> tuple[dict, dict]:
        four = {n: made_up_variant() for n in (PLAIN, MSE, FOUR, THREE) if n != without}
        ablation = {n: made_up_variant() for n in (FOUR, FOUR_APART, THREE, THREE_APART, "other")}
        sizes = dict.fromkeys(("2", "16", "256"), four)
        return {"sizes": sizes}, {"variants": {n: v for n, v in ablation.items() if n != without}}

    for name in (MSE, THREE_APART):
        with pytest.raises(BadInput, match=name.split(",")[0].replace("+", ".")):
            claims_part_b(*files(name))
    adversarial, weight = files("none")
    adversarial["sizes"]["16"] = {**adversarial["sizes"]["16"], FOUR: {"failures": {"a": {}}}}
    with pytest.raises(BadInput, match="no numbers of"):
        claims_part_b(adversarial, weight)


def test_committed_ledger_is_what_the_code_computes():
    rows = all_rows(RESULTS / "gallery")
    assert read_json(RESULTS / "gallery" / "claims.json") == {"claims": rows}
    text = (RESULTS / "gallery" / "claims.md").read_text(encoding="utf-8")
    assert text == as_markdown(rows)
