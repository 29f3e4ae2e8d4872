"""Runs with and without dis_net: what the statements on the results of Question 2(b) refer to.

These runs go on from a finished plain run, and feature matching stands beside dis_net's score; the
reports' do neither. "Better" is said of images, not of losses: it is judged by the Fréchet
distance, "clearer" by the sharpness ratio. Which of two variants has more is judged seed by seed,
since runs of one seed start from the same plain run: a statement holds where every seed says so
at every latent dimension, and is wrong where all seeds deny it at some; else it is undecided, as it
is where a run failed. How alike variants are is judged by their means.
"""

from collections.abc import Callable
from typing import NamedTuple

from publish.claim import Finding
from q2_autoencoder.config import FOUR, THREE
from q2_autoencoder.records import (
    AdversarialComparison,
    FinishedRuns,
    MeasureSpreads,
    VariantResult,
    WeightComparison,
)
from shared.errors import BadInput
from shared.summary import Spread

DIMENSIONS = ("2", "16", "256")
SHORT = {FOUR: "four-step", THREE: "three-step"}  # other variants are called by their full names


class Measure(NamedTuple):
    """A measure's name, the form of its values, and where they stand."""

    name: str
    form: str
    of: Callable[[MeasureSpreads], Spread]


FRECHET = Measure("Fréchet distance", ".4f", lambda measures: measures.frechet_distance)
SHARPNESS = Measure("sharpness ratio", ".3f", lambda measures: measures.sharpness_ratio)
SHARP = Measure("labelled sharp", ".1%", lambda measures: measures.sharp_share)
CORRECT = Measure("classified correctly", ".1%", lambda measures: measures.reconstruction_accuracy)
SSIM = Measure("SSIM", ".4f", lambda measures: measures.ssim)
L1 = Measure("L1", ".5f", lambda measures: measures.l1)


class Results(NamedTuple):
    """Both comparisons: of the variants at three latent dimensions, and of the ablation at one."""

    adversarial: AdversarialComparison
    ablation: WeightComparison

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
        return measure.of(self.runs(dim, variant).measures).mean

    def by_seed(self, measure: Measure, dim: str, variant: str) -> dict[int, float]:
        """Return a measure by seed."""
        runs = self.runs(dim, variant)
        return dict(zip(runs.seeds, measure.of(runs.measures).values, strict=True))

    def listed(self, measure: Measure, *variants: str, dims: tuple[str, ...] = DIMENSIONS) -> str:
        """Return the means of a measure as text."""
        lines = []
        for dim in dims:
            means = (f"{self.mean(measure, dim, name):{measure.form}}" for name in variants)
            named = zip(variants, means, strict=True)
            cells = ", ".join(f"{SHORT.get(name, name)} {mean}" for name, mean in named)
            lines.append(f"at {dim}: {cells}")
        return f"{measure.name} " + "; ".join(lines)

    def lower(
        self, measure: Measure, less: str, more: str, dims: tuple[str, ...] = DIMENSIONS
    ) -> Finding:
        """Find whether a measure is lower with `less` than with `more`, in how many seeds."""
        answers = []
        for dim in dims:
            low, high = (self.by_seed(measure, dim, name) for name in (less, more))
            answers.append(
                [
                    low[seed] < high[seed] if seed in low and seed in high else None
                    for seed in low | high
                ]
            )
        counts = ", ".join(f"{of_dim.count(True)} of {len(of_dim)}" for of_dim in answers)
        names = (SHORT.get(name, name) for name in (less, more))
        return Finding(
            f"lower with {' than with '.join(names)} in {counts} seeds", all_say(answers)
        )


def _finished(variants: dict[str, VariantResult], name: str, dim: str) -> FinishedRuns:
    result = variants.get(name)
    if result is None or result.finished is None:
        raise BadInput(f"a comparison has no finished run of {name!r} at latent dimension {dim}")
    return result.finished


def all_say(answers: list[list[bool | None]]) -> bool | None:
    """Return whether a statement holds, from what each seed says of it at each latent dimension.

    None is the answer of a seed whose run failed.
    """
    of_dims = [set(of_dim) for of_dim in answers]
    if {False} in of_dims:
        return False
    return True if all(of_dim == {True} for of_dim in of_dims) else None


def all_hold(values: str, *parts: Finding) -> Finding:
    """Return the finding that all `parts` hold: undecided where it hangs on an undecided one."""
    answers = [part.holds for part in parts]
    holds = False if False in answers else None if None in answers else True
    return Finding("; ".join([values, *(part.recomputed for part in parts)]), holds)
