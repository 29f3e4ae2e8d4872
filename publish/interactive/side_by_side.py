"""The same test images through every variant, with what was measured of each."""

from dataclasses import dataclass
from pathlib import Path

from publish.interactive.packing import sprite_sheet
from q2_autoencoder.evaluation.judging import Judges, processed_model
from q2_autoencoder.evaluation.variants import failure_of, variant_folder
from q2_autoencoder.networks.batches import map_batches
from q2_autoencoder.plots.tables import MEASURES
from q2_autoencoder.records import AdversarialComparison
from q2_autoencoder.training.named_variants import COMPARED

SHOWN = 20  # test images: the first ones
MEASURED = (
    "sharpness_ratio",
    "two_sample_accuracy",
    "frechet_distance",
    "reconstruction_accuracy",
    "gradient_distance",
    "l1",
)


@dataclass(frozen=True)
class Shown:
    """A variant at one latent dimension.

    Attributes:
        dimension, variant: which one.
        sprites: the images, all in one row; those of one seed.
        seeds: how many runs were measured.
        measures: mean ± half of its 95 % interval over them, by the names of `columns`, as text.
    """

    dimension: str
    variant: str
    sprites: str
    seeds: int
    measures: list[str]


@dataclass(frozen=True)
class SideBySide:
    """What the page shows of Question 2(b).

    Attributes:
        originals: the test images, all in one row.
        images: how many there are.
        seed: of the shown runs.
        columns, better: names of the measures, and which numbers are better.
        variants: by latent dimension, then in the order of the comparison.
    """

    originals: str
    images: int
    seed: int
    columns: list[str]
    better: list[str]
    variants: list[Shown]


def side_by_side(runs: Path, comparison: AdversarialComparison, judges: Judges) -> SideBySide:
    """Return the test images through the runs of a comparison, which lie in the folder `runs`.

    Of each variant the first seed is shown; variants whose run failed are left out.

    Raises:
        BadInput: a run is missing or damaged.
    """
    originals, seed = judges.reference.originals[:SHOWN], comparison.seeds[0]
    shown = []
    for dim, variants in comparison.latent_dims.items():
        for name, result in variants.items():
            variant = COMPARED[name]
            folder = variant_folder(runs, comparison.data, int(dim), seed, variant)
            if result.finished is None or failure_of(folder):
                continue
            model = processed_model(folder, variant.processing, judges)
            pictures = map_batches(model, originals).numpy()
            measures, seeds = result.finished.measures, len(result.finished.seeds)
            cells = [measures[key].text(MEASURES[key].form) for key in MEASURED]
            shown.append(Shown(dim, name, sprite_sheet(pictures, SHOWN), seeds, cells))
    return SideBySide(
        originals=sprite_sheet(originals.cpu().numpy(), SHOWN),
        images=SHOWN,
        seed=seed,
        columns=[MEASURES[key].name for key in MEASURED],
        better=[MEASURES[key].better or "near 1" for key in MEASURED],
        variants=shown,
    )
