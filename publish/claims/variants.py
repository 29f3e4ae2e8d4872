"""The reports' own designs and the plain runs: what their statements on results refer to.

Which of two variants has more of a measure is decided by the difference of runs of equal seeds,
which begin alike: its 95 % interval lies on one side of 0, or the statement is undecided. What is
said of several latent dimensions must hold at each; a failed run decides nothing.

Report 000 calls the plain result a, that of its printed loss with the MSE b, and with the L1 c.
"""

import math
from typing import NamedTuple

from publish.claim import Finding, all_of, below
from q2_autoencoder.records import (
    AdversarialComparison,
    FinishedRuns,
    PartsComparison,
    VariantResult,
)
from q2_autoencoder.training.named_variants import (
    PRINTED,
    PRINTED_MSE,
    REPORTS_FOUR,
    REPORTS_THREE,
)
from shared.errors import BadInput
from shared.summary import Interval, confidence_interval, paired_difference

DIMENSIONS = ("2", "16", "256")
NOTHING_KNOWN = Interval(math.nan, -math.inf, math.inf)  # where a run failed
# What variants are called in a list; others by their full names.
SHORT = {
    PRINTED_MSE: "printed loss, MSE",
    PRINTED: "printed loss, L1",
    REPORTS_FOUR: "four-step",
    REPORTS_THREE: "three-step",
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


class Results(NamedTuple):
    """Both comparisons: of the reports' designs at three latent dimensions, and at one of the way
    from their design to this project's.
    """

    reports: AdversarialComparison
    design: PartsComparison

    def runs(self, dim: str, variant: str) -> FinishedRuns | None:
        """Return the finished runs of a variant at a latent dimension; None where all failed.

        Raises:
            BadInput: the variant was not compared.
        """
        return _result(self.reports.latent_dims.get(dim, {}), variant, dim).finished

    def whole(self, dim: str, variant: str) -> FinishedRuns | None:
        """Return the runs of a variant at a latent dimension; None where some failed.

        Raises:
            BadInput: the variant was not compared.
        """
        return _whole(self.reports.latent_dims.get(dim, {}), variant, dim)

    def listed(self, measure: Measure, *variants: str, dims: tuple[str, ...] = DIMENSIONS) -> str:
        """Return the means of a measure as text."""
        lines = []
        for dim in dims:
            found = {name: self.runs(dim, name) for name in variants}
            cells = [
                f"{SHORT.get(name, name)} "
                + (f"{of.measures[measure.key].mean:{measure.form}}" if of else "failed")
                for name, of in found.items()
            ]
            lines.append(f"at {dim}: {', '.join(cells)}")
        return f"{measure.name} " + "; ".join(lines)

    def difference(self, measure: Measure, dim: str, first: str, second: str) -> Interval:
        """Return the interval of the difference of a measure, `first` less `second`."""
        one, other = self.whole(dim, first), self.whole(dim, second)
        if one is None or other is None:
            return NOTHING_KNOWN
        return paired_difference(one.by_seed(measure.key), other.by_seed(measure.key))

    def ratio(self, measure: Measure, dim: str, first: str, second: str) -> Interval:
        """Return the interval of how much more of a measure `first` has, as a share of `second`."""
        return _relative_difference(measure, self.whole(dim, first), self.whole(dim, second))

    def design_ratio(self, measure: Measure, first: str, second: str) -> Interval:
        """Return the same of two variants on the way from the reports' design."""
        dim, variants = str(self.design.latent_dim), self.design.variants
        return _relative_difference(
            measure, _whole(variants, first, dim), _whole(variants, second, dim)
        )

    def lower(
        self, measure: Measure, less: str, more: str, dims: tuple[str, ...] = DIMENSIONS
    ) -> Finding:
        """Find whether a measure is lower with `less` than with `more`, at each of `dims`."""
        intervals = {dim: self.difference(measure, dim, less, more) for dim in dims}
        names = " less ".join(SHORT.get(name, name) for name in (less, more))
        cells = ", ".join(f"{in_words(i, measure.signed)} at {dim}" for dim, i in intervals.items())
        return Finding(f"{names}: {cells}", all_of(below(one) for one in intervals.values()))

    def against(self, measure: Measure, dim: str, variant: str, limit: float) -> bool | None:
        """Return whether a measure is below `limit` at a latent dimension."""
        found = self.whole(dim, variant)
        if found is None:
            return None
        return below(confidence_interval(found.measures[measure.key].values), limit)


def _relative_difference(
    measure: Measure, one: FinishedRuns | None, other: FinishedRuns | None
) -> Interval:
    if one is None or other is None:
        return NOTHING_KNOWN
    values, others = one.by_seed(measure.key), other.by_seed(measure.key)
    ratios = {seed: values[seed] / others[seed] for seed in values.keys() & others.keys()}
    return paired_difference(ratios, dict.fromkeys(ratios, 1.0))


def _result(variants: dict[str, VariantResult], name: str, dim: str) -> VariantResult:
    if name not in variants:
        raise BadInput(f"a comparison lacks {name!r} at latent dimension {dim}")
    return variants[name]


def _whole(variants: dict[str, VariantResult], name: str, dim: str) -> FinishedRuns | None:
    result = _result(variants, name, dim)
    return None if result.failures else result.finished


def in_words(interval: Interval, form: str) -> str:
    """Return an interval as text, or that a run failed."""
    return "a run failed" if math.isnan(interval.mean) else interval.text(form)


def all_hold(values: str, *parts: Finding) -> Finding:
    """Return the finding that all `parts` hold."""
    words = "; ".join([values, *(part.recomputed for part in parts)])
    return Finding(words, all_of(part.holds for part in parts))
