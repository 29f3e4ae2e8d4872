"""The ledger: its verdicts follow from its values, and the committed one is up to date."""

import json

import numpy as np
import pytest

from q1_bump.claims import CLAIMS
from q2_autoencoder.claims_a import claims_part_a
from shared.claim import digits_agree
from shared.errors import BadInput
from shared.files import RESULTS
from shared.ledger import all_rows, as_markdown, judge


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


def test_committed_ledger_is_what_the_code_computes():
    rows = all_rows(RESULTS / "gallery")
    assert json.loads((RESULTS / "gallery" / "claims.json").read_text(encoding="utf-8")) == rows
    text = (RESULTS / "gallery" / "claims.md").read_text(encoding="utf-8")
    assert text == as_markdown(rows)
