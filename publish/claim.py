"""Statements of the two reports, each registered together with the check that tests it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, ParamSpec, get_args

from shared.summary import Interval

Verdict = Literal["confirmed", "typo", "wrong", "not reproduced", "undecided", "definition"]
VERDICTS = get_args(Verdict)
LEDGER_VERSION = 2
Evidence = ParamSpec("Evidence")  # what the checks of a registry are called with


class NotTrained(Exception):
    """The runs that would decide a statement were not made; the message says which."""


class Finding(NamedTuple):
    """What a check found.

    Attributes:
        recomputed: the values in words; "; " separates the lines of a long list.
        holds: whether the statement holds, or None where that is not decided.
    """

    recomputed: str
    holds: bool | None


@dataclass(frozen=True)
class Row:
    """A line of the ledger.

    Attributes:
        question: "1", "2(a)" or "2(b)".
        place: report and part of it.
        quotation: the statement as printed.
        recomputed: what the check found.
        criterion: what the statement is taken to mean, or how exactly it must agree; may be "".
        remark: what else a reader should know; may be "".
    """

    question: str
    place: str
    quotation: str
    recomputed: str
    verdict: Verdict
    criterion: str
    remark: str

    @property
    def report(self) -> str:
        """The report's name, "000" or "002"."""
        return self.place.partition(",")[0]


@dataclass(frozen=True)
class Ledger:
    """claims.json: all statements, judged."""

    claims: list[Row]
    version: int = LEDGER_VERSION


@dataclass(frozen=True)
class Claim(Generic[Evidence]):
    """A statement and its check, with the verdicts where it holds and where it does not."""

    place: str
    quotation: str
    criterion: str
    remark: str
    holding: Verdict
    otherwise: Verdict
    check: Callable[Evidence, Finding]


class Claims(Generic[Evidence]):
    """The statements on a question, or on a part of it. `Evidence` is what the checks are given."""

    def __init__(self, question: str):
        self.question = question
        self._claims: list[Claim[Evidence]] = []

    def register(
        self,
        place: str,
        quotation: str,
        *,
        criterion: str = "",
        remark: str = "",
        holding: Verdict = "confirmed",
        otherwise: Verdict = "wrong",
    ) -> Callable[[Callable[Evidence, Finding]], Callable[Evidence, Finding]]:
        """Return a decorator that makes a function the check of a statement.

        A check may be decorated several times, once for each statement that it decides. The
        arguments are those of `Row` and `Claim`.
        """

        def decorate(check: Callable[Evidence, Finding]) -> Callable[Evidence, Finding]:
            self._claims.append(
                Claim(place, quotation, criterion, remark, holding, otherwise, check)
            )
            return check

        return decorate

    def judge(self, *args: Evidence.args, **kwargs: Evidence.kwargs) -> list[Row]:
        """Call every check and return the ledger's rows."""

        def found(claim: Claim[Evidence]) -> Row:
            try:
                finding = claim.check(*args, **kwargs)
            except NotTrained as missing:
                return self._row(claim, str(missing), "not reproduced")
            verdicts: dict[bool | None, Verdict] = {
                True: claim.holding,
                False: claim.otherwise,
                None: "undecided",
            }
            return self._row(claim, finding.recomputed, verdicts[finding.holds])

        return [found(claim) for claim in self._claims]

    def _row(self, claim: Claim[Evidence], recomputed: str, verdict: Verdict) -> Row:
        return Row(
            question=self.question,
            place=claim.place,
            quotation=claim.quotation,
            recomputed=recomputed,
            verdict=verdict,
            criterion=claim.criterion,
            remark=claim.remark,
        )


# ---- what an interval says -----------------------------------------------------------------------


def above(interval: Interval, limit: float = 0.0) -> bool | None:
    """Return whether a mean is above `limit`: None where its interval contains the limit."""
    if interval.low > limit:
        return True
    return False if interval.high < limit else None


def below(interval: Interval, limit: float = 0.0) -> bool | None:
    """Return whether a mean is below `limit`: None where its interval contains the limit."""
    holds = above(interval, limit)
    return None if holds is None else not holds


def within(interval: Interval, reach: float) -> bool | None:
    """Return whether a mean is at most `reach` from 0: None where the interval crosses the border.

    The test of equivalence by an interval (Schuirmann 1987).
    """
    if -reach <= interval.low and interval.high <= reach:
        return True
    return False if interval.low > reach or interval.high < -reach else None


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """Return whether all hold: no where one does not, undecided where one is and no other fails."""
    found = list(answers)
    return False if False in found else None if None in found else True
