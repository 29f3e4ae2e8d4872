"""The figures of a comparison of variants: their images, their spectra, and what dis_net did."""

from collections.abc import Iterable
from pathlib import Path

import torch
from matplotlib.figure import Figure

from q2_autoencoder.evaluation.classifier import classify
from q2_autoencoder.evaluation.detail import busiest_window, laplacian
from q2_autoencoder.evaluation.judging import Judges, processed_model
from q2_autoencoder.evaluation.processing import Change
from q2_autoencoder.evaluation.sharpness import decibels, power_by_frequency, sharpness_ratios
from q2_autoencoder.evaluation.variants import failure_of, load_variant
from q2_autoencoder.networks.batches import map_batches
from q2_autoencoder.plots.curves import blur_accuracy
from q2_autoencoder.plots.game import game, has_game
from q2_autoencoder.plots.power_spectrum import power_spectra
from q2_autoencoder.plots.reconstructions import (
    CropBlock,
    Row,
    crops,
    originals_over_reconstructions,
)
from q2_autoencoder.records import AdversarialComparison, data_set_name
from q2_autoencoder.training.named_variants import COMPARED, FOUR, PLAIN
from shared.errors import BadInput

SHOWN_IMAGES = 10  # test images: the first ones, not chosen ones
CANDIDATES = 1000  # test images among which those to be enlarged are looked for
CROPS, CROP_SIDE = 6, 14  # how many parts of images are enlarged, and their pixels a side

Folders = dict[int, dict[str, list[Path]]]  # by latent dimension and variant, one a seed
Models = dict[str, Change]  # by variant: what makes reconstructions of pixels (N, 784)


def comparison_figures(
    folders: Folders, comparison: AdversarialComparison, judges: Judges
) -> dict[str, Figure]:
    """Return all figures by file name: whole images of the smallest latent dimension, crops of
    the others, power spectra, how well the blur classifier does, and dis_net over each training.

    They show the first seed of which neither of those `enlarged` failed, and of the other variants
    those that did not.
    """
    pair = enlarged(next(iter(folders.values())))
    place = first_whole(folders, pair)
    models = {
        dim: {
            name: processed_model(of[place], COMPARED[name].processing, judges)
            for name, of in of_dim.items()
            if place < len(of) and not failure_of(of[place])
        }
        for dim, of_dim in folders.items()
    }
    smallest, *others = models
    name, seed = data_set_name(comparison.data), comparison.seeds[place]
    return {
        **draw_games(folders, place, f"{name}, seed {seed}"),
        "blur_classifier.png": blur_accuracy(
            {"held-out blur classifier": comparison.judges.blur_classifier},
            f"The held-out blur classifier's accuracy on test images ({name})",
        ),
        f"adversarial{smallest}.png": draw_whole(
            models[smallest],
            judges,
            f"{name}, latent dimension {smallest}, seed {seed}: the first {SHOWN_IMAGES} test "
            "images through every variant",
        ),
        "power_spectrum.png": power_spectra(
            {dim: spectra(of_dim, judges) for dim, of_dim in models.items()},
            f"Power of reconstructions by spatial frequency: {name}, test images, seed {seed}",
        ),
        "crops.png": crops(
            {dim: crop_block(models[dim], pair, judges) for dim in others or [smallest]},
            CROP_SIDE,
            f"Enlarged: where the edges of {' and '.join(pair)} differ most ({name}, seed {seed})",
        ),
    }


def draw_games(folders: Folders, place: int, words: str) -> dict[str, Figure]:
    """Draw the trainings in which dis_net learned reconstructions as fake, if there are some."""
    runs = {
        f"{name}\nlatent dimension {dim}": [metrics]
        for name in next(iter(folders.values()))
        for dim, of_dim in folders.items()
        if place < len(of := of_dim[name])
        and (metrics := load_variant(of[place], COMPARED[name]))
        and has_game(metrics)
    }
    title = f"How many images dis_net labels rightly in the training ({words})"
    # A row for each variant, where none of its runs failed.
    return {"game.png": game(runs, title, columns=len(folders))} if runs else {}


def enlarged(variants: Iterable[str]) -> tuple[str, str]:
    """Return the variants whose differences are enlarged: L1 alone, and dis_net or the last one."""
    others = [name for name in variants if name != PLAIN]
    return PLAIN, FOUR if FOUR in others else others[-1]


def first_whole(folders: Folders, pair: tuple[str, str]) -> int:
    """Return the place of the first seed of which no run of the `pair` failed.

    Raises:
        BadInput: there is none.
    """
    both = [of_dim[name] for of_dim in folders.values() for name in pair]
    by_seed = zip(*both, strict=False)  # of one there may be more seeds
    for place, of_seed in enumerate(by_seed):
        if not any(failure_of(folder) for folder in of_seed):
            return place
    names = " or ".join(map(repr, pair))
    raise BadInput(f"of every seed a run of {names} failed; there is nothing to show")


def draw_whole(models: Models, judges: Judges, title: str) -> Figure:
    """Draw the first test images through all variants."""
    originals = judges.reference.originals[:SHOWN_IMAGES]
    rows = [Row(name, map_batches(model, originals)) for name, model in models.items()]
    return originals_over_reconstructions(originals.cpu(), rows, title, inches=0.95)


def spectra(models: Models, judges: Judges) -> dict[str, list[float]]:
    """Return the power of each variant's reconstructions over the originals', in decibels, at 1 to
    14 cycles an image.
    """
    own, originals = judges.reference.power, judges.reference.originals
    powers = {
        name: power_by_frequency(map_batches(model, originals).to(own.device))
        for name, model in models.items()
    }
    return {name: decibels(own, power).tolist() for name, power in powers.items()}


def crop_block(models: Models, pair: tuple[str, str], judges: Judges) -> CropBlock:
    """Return parts of images where the edges of the two runs of the `pair` differ most.

    Among the first test images those are left out that either run turns into another digit:
    sharpness is looked for, not luck. Of the rest the images are taken in which the Laplacians of
    both differ most, and of them the window that differs most.
    """
    labels = judges.reference.labels[:CANDIDATES]
    originals = judges.reference.originals[:CANDIDATES]
    outputs = {name: map_batches(model, originals) for name, model in models.items()}
    right = torch.stack(
        [
            classify(judges.reference.classifier, outputs[name].to(originals.device)) == labels
            for name in pair
        ]
    ).all(0)
    one, other = (laplacian(outputs[name].view(-1, 28, 28)) for name in pair)
    difference = (other - one).square()
    most = torch.where(right, difference.mean((1, 2)), 0).topk(min(CROPS, len(right))).indices
    shown = originals.cpu()[most]
    rows = {"original": shown} | {name: of[most] for name, of in outputs.items()}
    return CropBlock(
        rows,
        # The Laplacian begins one pixel within the image.
        [(top + 1, left + 1) for top, left in busiest_window(difference[most], CROP_SIDE)],
        {name: sharpness_ratios(shown, rows[name]).tolist() for name in outputs},
    )
