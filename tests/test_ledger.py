"""The ledger: its verdicts follow from its values, and the committed one is up to date."""

import json

import pytest

from q1_bump.claims import CLAIMS
from shared.files import RESULTS
from shared.ledger import all_rows, as_markdown, digits_agree, judge


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


def test_committed_ledger_is_what_the_code_computes():
    rows = all_rows(RESULTS / "gallery")
    assert json.loads((RESULTS / "gallery" / "claims.json").read_text(encoding="utf-8")) == rows
    text = (RESULTS / "gallery" / "claims.md").read_text(encoding="utf-8")
    assert text == as_markdown(rows)
