"""Runs with and without dis_net: what the statements on the results of Question 2(b) refer to.

Which of two variants has more of a measure is decided by the difference of runs of equal seeds,
which begin alike: its 95 % interval lies on one side of 0, or the statement is undecided. What is
said of several latent dimensions must hold at each; a failed run decides nothing.
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
    FOUR,
    THREE,
)
from shared.errors import BadInput
from shared.summary import Interval, confidence_interval, paired_difference

DIMENSIONS = ("2", "16", "256")
NOTHING_KNOWN = Interval(math.nan, -math.inf, math.inf)  # where a run failed
SHORT = {FOUR: "four-step", THREE: "three-step"}  # other variants are called by their full names


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
    """Both comparisons: of the variants at three latent dimensions, and of the ablation at one."""

    adversarial: AdversarialComparison
    ablation: PartsComparison

    def runs(self, dim: str, variant: str) -> FinishedRuns:
        """Return the finished runs of a variant at a latent dimension.

        Raises:
            BadInput: there are none.
        """
        return _finished(self.adversarial.latent_dims.get(dim, {}), variant, dim)

    def ablation_runs(self, variant: str) -> FinishedRuns:
        """Return the finished runs of a variant of the ablation.

        Raises:
            BadInput: there are none.
        """
        return _finished(self.ablation.variants, variant, str(self.ablation.latent_dim))

    def mean(self, measure: Measure, dim: str, variant: str) -> float:
        """Return the mean of a measure over the seeds."""
        return self.runs(dim, variant).measures[measure.key].mean

    def by_seed(self, measure: Measure, dim: str, variant: str) -> dict[int, float]:
        """Return a measure by seed."""
        return self.runs(dim, variant).by_seed(measure.key)

    def listed(self, measure: Measure, *variants: str, dims: tuple[str, ...] = DIMENSIONS) -> str:
        """Return the means of a measure as text."""
        lines = []
        for dim in dims:
            means = (f"{self.mean(measure, dim, name):{measure.form}}" for name in variants)
            named = zip(variants, means, strict=True)
            cells = ", ".join(f"{SHORT.get(name, name)} {mean}" for name, mean in named)
            lines.append(f"at {dim}: {cells}")
        return f"{measure.name} " + "; ".join(lines)

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

    def ablation_ratio(self, measure: Measure, first: str, second: str) -> Interval:
        """Return the same of two variants of the ablation."""
        values, others = (self.ablation_runs(name).by_seed(measure.key) for name in (first, second))
        if any(self.ablation.variants[name].failures for name in (first, second)):
            return NOTHING_KNOWN
        return _relative_difference(values, others)

    def lower(
        self, measure: Measure, less: str, more: str, dims: tuple[str, ...] = DIMENSIONS
    ) -> Finding:
        """Find whether a measure is lower with `less` than with `more`, at each of `dims`."""
        intervals = {dim: self.difference(measure, dim, less, more) for dim in dims}
        names = " less ".join(SHORT.get(name, name) for name in (less, more))
        cells = ", ".join(f"{one.text(measure.signed)} at {dim}" for dim, one in intervals.items())
        return Finding(f"{names}: {cells}", all_of(below(one) for one in intervals.values()))

    def against(self, measure: Measure, dim: str, variant: str, limit: float) -> bool | None:
        """Return whether a measure is below `limit` at a latent dimension."""
        if self.failed(dim, variant):
            return None
        values = list(self.by_seed(measure, dim, variant).values())
        return below(confidence_interval(values), limit)

    def failed(self, dim: str, variant: str) -> bool:
        """Say whether some run of a variant failed, of which others did not."""
        self.runs(dim, variant)
        return bool(self.adversarial.latent_dims[dim][variant].failures)


def _relative_difference(values: dict[int, float], others: dict[int, float]) -> Interval:
    ratios = {seed: values[seed] / others[seed] for seed in values.keys() & others.keys()}
    return paired_difference(ratios, dict.fromkeys(ratios, 1.0))


def _finished(variants: dict[str, VariantResult], name: str, dim: str) -> FinishedRuns:
    result = variants.get(name)
    if result is None or result.finished is None:
        raise BadInput(f"a comparison has no finished run of {name!r} at latent dimension {dim}")
    return result.finished


def all_hold(values: str, *parts: Finding) -> Finding:
    """Return the finding that all `parts` hold."""
    words = "; ".join([values, *(part.recomputed for part in parts)])
    return Finding(words, all_of(part.holds for part in parts))
