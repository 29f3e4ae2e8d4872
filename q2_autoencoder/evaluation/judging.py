"""The judges, two networks that took part in no autoencoder's training, and their verdicts."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from q2_autoencoder.config import Processing
from q2_autoencoder.evaluation import blur_classifier, classifier
from q2_autoencoder.evaluation.measures import Reference, classes_of, make_reference, measure
from q2_autoencoder.evaluation.processing import FITTED_IMAGES, Change, fitted
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width
from q2_autoencoder.records import MEASURES_VERSION, JudgesAccuracy, KeptMeasures, Measures
from q2_autoencoder.training import file_names, run_folder
from shared.datasets import ImageData
from shared.files import locked, read_record, write_record


@dataclass(frozen=True)
class Judges:
    """The judges with the originals that they compare to.

    Attributes:
        reference: the judges, and the test images.
        training_images: pixels (N, 784) by which a processing is fitted.
        digest: of the judges' weights.
    """

    reference: Reference
    training_images: Tensor
    digest: str


def load_judges(folder: Path, data_set: str, data: ImageData, device: torch.device) -> Judges:
    """Return the judges of `data_set` kept in `folder`; train those that are missing.

    They compare with the test images of `data`, on `device`.

    Raises:
        BadInput: one of the files holds something else.
    """
    digits = classifier.load_or_train(folder, data_set, data, device)
    blurs = blur_classifier.load_or_train(folder, data_set, data, device)
    digest = hashlib.sha256()
    for network in (digits, blurs):
        for weight in network.state_dict().values():
            digest.update(weight.cpu().contiguous().numpy().tobytes())
    originals = to_pixels(data.test_images)
    return Judges(
        make_reference(originals, data.test_labels, digits, blurs),
        to_pixels(data.train_images[:FITTED_IMAGES]),
        digest.hexdigest(),
    )


def judges_accuracy(reference: Reference) -> JudgesAccuracy:
    """Return how well the judges do on the originals."""
    right = classes_of(reference, reference.features) == reference.labels
    return JudgesAccuracy(
        classifier_accuracy=right.double().mean().item(),
        blur_classifier=accuracy_by_blur_width(reference.blur_classifier, reference.originals),
    )


def processed_model(folder: Path, processing: Processing, judges: Judges) -> Change:
    """Return the autoencoder of the run in `folder` with a processing of its reconstructions.

    Raises:
        BadInput: the run is missing, not whole or damaged.
    """
    model = run_folder.load_run(folder).model.to(judges.training_images.device)
    images = judges.training_images
    change = fitted(processing, images, map_batches(model, images).to(images.device))
    return lambda pixels: change(model(pixels))


def judged(folder: Path, judges: Judges, processing: Processing = "none") -> Measures:
    """Return the measures of the run in `folder`, kept beside it for the next time.

    Raises:
        BadInput: the run is missing, not whole or damaged, or the kept measures are damaged.
    """
    weights = run_folder.load_metrics(folder).files.get(file_names.CHECKPOINT, "")
    path = folder / file_names.MEASURES[processing]
    if path.exists():
        kept = read_record(path, KeptMeasures, MEASURES_VERSION)
        if (kept.checkpoint_sha256, kept.judges) == (weights, judges.digest):
            return kept.measures
    originals = judges.reference.originals
    model = processed_model(folder, processing, judges)
    found = measure(judges.reference, map_batches(model, originals).to(originals.device))
    with locked(folder):
        write_record(path, KeptMeasures(weights, judges.digest, found))
    return found
