"""The reports' own designs, trained: what the statements on the results of Question 2(b) refer to.

Which of two variants has more of a measure is decided by the difference of runs of equal seeds,
which begin alike: its 95 % interval lies on one side of 0, or the statement is undecided. What is
said of several latent dimensions must hold at each; a failed run decides nothing.
"""

import math
from statistics import fmean
from typing import NamedTuple

from publish.claim import Finding, NotTrained, all_of, below
from publish.claims.dimensions import DIMENSIONS
from q2_autoencoder.records import (
    AdversarialComparison,
    JudgesAccuracy,
    PartsComparison,
    VariantResult,
)
from q2_autoencoder.training.named_variants import (
    PRINTED,
    PRINTED_MSE,
    REPORT_002_FOUR,
    REPORT_002_THREE,
)
from shared.summary import Interval, confidence_interval, paired_difference

EVERYWHERE = "at all three latent dimensions"
CHANCE = 0.5  # share of right answers to "sharp or blurred?" by guessing
NOTHING_KNOWN = Interval(math.nan, -math.inf, math.inf)  # where a run failed
# What the ledger calls them: as the reports do. Other variants have their full names.
SHORT = {
    REPORT_002_FOUR: "solution 1",
    REPORT_002_THREE: "solution 2",
    PRINTED_MSE: "MSE (b)",
    PRINTED: "L1 (c)",
}


class Measure(NamedTuple):
    """A measure's name, the form of its values, and its name in `Measures`."""

    name: str
    form: str
    key: str

    @property
    def signed(self) -> str:
        """The form of a difference."""
        return f"+{self.form}"


FRECHET = Measure("Fréchet distance", ".4f", "frechet_distance")
SHARPNESS = Measure("sharpness ratio", ".3f", "sharpness_ratio")
SHARP = Measure("labelled sharp", ".1%", "sharp_share")
CORRECT = Measure("classified correctly", ".1%", "reconstruction_accuracy")
SSIM = Measure("SSIM", ".4f", "ssim")
L1 = Measure("L1", ".5f", "l1")


class Designs(NamedTuple):
    """A report's own designs, trained.

    Attributes:
        compared: the designs beside plain runs.
        changes: how report 002's becomes this project's, step by step.
    """

    compared: AdversarialComparison
    changes: PartsComparison

    @property
    def judges(self) -> JudgesAccuracy:
        """How well the judges do on originals."""
        return self.compared.judges

    def result(self, dim: str, variant: str) -> VariantResult:
        """Return what the runs of a variant came to at a latent dimension.

        Raises:
            NotTrained: there is no such run.
        """
        result = self.compared.latent_dims.get(dim, {}).get(variant)
        if result is None:
            raise NotTrained(f"{_called(variant)} was not trained at latent dimension {dim}")
        return result

    def by_seed(self, measure: Measure, dim: str, variant: str) -> dict[int, float]:
        """Return a measure by seed, of the runs that did not fail."""
        finished = self.result(dim, variant).finished
        return finished.by_seed(measure.key) if finished else {}

    def listed(self, measure: Measure, *variants: str, dims: tuple[str, ...] = DIMENSIONS) -> str:
        """Return the means of a measure as text."""

        def cell(dim: str, name: str) -> str:
            values = self.by_seed(measure, dim, name).values()
            found = f"{fmean(values):{measure.form}}" if values else "(all failed)"
            return f"{_called(name)} {found}"

        return f"{measure.name} " + "; ".join(
            f"at {dim}: {', '.join(cell(dim, name) for name in variants)}" for dim in dims
        )

    def difference(self, measure: Measure, dim: str, first: str, second: str) -> Interval:
        """Return the interval of the difference of a measure, `first` less `second`."""
        if self.failed(dim, first) or self.failed(dim, second):
            return NOTHING_KNOWN
        return paired_difference(
            self.by_seed(measure, dim, first), self.by_seed(measure, dim, second)
        )

    def ratio(self, measure: Measure, dim: str, first: str, second: str) -> Interval:
        """Return the interval of how much more of a measure `first` has, as a share of `second`."""
        if self.failed(dim, first) or self.failed(dim, second):
            return NOTHING_KNOWN
        pair = (self.by_seed(measure, dim, name) for name in (first, second))
        return _relative_difference(*pair)

    def ratio_of_changes(self, measure: Measure, first: str, second: str) -> Interval:
        """Return the same of two variants among the changes.

        Raises:
            NotTrained: there are no such runs.
        """
        found = []
        for name in (first, second):
            result = self.changes.variants.get(name)
            if result is None:
                raise NotTrained(f"{name!r} was not trained")
            if result.failures or result.finished is None:
                return NOTHING_KNOWN
            found.append(result.finished.by_seed(measure.key))
        return _relative_difference(*found)

    def lower(
        self, measure: Measure, less: str, more: str, dims: tuple[str, ...] = DIMENSIONS
    ) -> Finding:
        """Find whether a measure is lower with `less` than with `more`, at each of `dims`."""
        intervals = {dim: self.difference(measure, dim, less, more) for dim in dims}
        names = " less ".join(map(_called, (less, more)))
        cells = ", ".join(f"{one.text(measure.signed)} at {dim}" for dim, one in intervals.items())
        return Finding(f"{names}: {cells}", all_of(below(one) for one in intervals.values()))

    def against(self, measure: Measure, dim: str, variant: str, limit: float) -> bool | None:
        """Return whether a measure is below `limit` at a latent dimension."""
        if self.failed(dim, variant):
            return None
        values = list(self.by_seed(measure, dim, variant).values())
        return below(confidence_interval(values), limit)

    def failed(self, dim: str, variant: str) -> bool:
        """Say whether some run of a variant failed."""
        return bool(self.result(dim, variant).failures)


def _relative_difference(values: dict[int, float], others: dict[int, float]) -> Interval:
    ratios = {seed: values[seed] / others[seed] for seed in values.keys() & others.keys()}
    return paired_difference(ratios, dict.fromkeys(ratios, 1.0))


def _called(variant: str) -> str:
    return SHORT.get(variant, variant)


def all_hold(values: str, *parts: Finding) -> Finding:
    """Return the finding that all `parts` hold."""
    words = "; ".join([values, *(part.recomputed for part in parts)])
    return Finding(words, all_of(part.holds for part in parts))
