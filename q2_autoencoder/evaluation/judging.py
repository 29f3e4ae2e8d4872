"""The judges, two networks that took part in no autoencoder's training, and their verdicts."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from q2_autoencoder.evaluation import blur_classifier, classifier
from q2_autoencoder.evaluation.blur_classifier import BlurClassifier
from q2_autoencoder.evaluation.classifier import EvaluationClassifier, classify
from q2_autoencoder.evaluation.measures import measure
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width
from q2_autoencoder.records import MEASURES_VERSION, JudgesAccuracy, KeptMeasures, Measures
from q2_autoencoder.training import run_folder
from shared.datasets import ImageData
from shared.files import locked, read_record, write_record


@dataclass(frozen=True)
class Judges:
    """The two networks that judge reconstructions, and a digest of their weights."""

    classifier: EvaluationClassifier
    blur_classifier: BlurClassifier
    digest: str


def load_judges(folder: Path, data_set: str, data: ImageData, device: torch.device) -> Judges:
    """Return the judges of `data_set` kept in `folder`; train those that are missing.

    Raises:
        BadInput: one of the files holds something else.
    """
    digits = classifier.load_or_train(folder, data_set, data, device)
    blurs = blur_classifier.load_or_train(folder, data_set, data, device)
    digest = hashlib.sha256()
    for network in (digits, blurs):
        for weight in network.state_dict().values():
            digest.update(weight.cpu().contiguous().numpy().tobytes())
    return Judges(digits, blurs, digest.hexdigest())


def judges_accuracy(judges: Judges, originals: Tensor, labels: Tensor) -> JudgesAccuracy:
    """Return how well the judges do on `originals`, pixels (N, 784) with their `labels` (N,)."""
    right = classify(judges.classifier, originals) == labels.cpu()
    return JudgesAccuracy(
        classifier_accuracy=right.double().mean().item(),
        blur_classifier=accuracy_by_blur_width(judges.blur_classifier, originals),
    )


def judged(folder: Path, data: ImageData, judges: Judges) -> Measures:
    """Return the measures of the run in `folder`, kept beside it for the next time.

    `data` lies where it is to be computed.

    Raises:
        BadInput: the run is missing, not whole or damaged, or the kept measures are damaged.
    """
    weights = run_folder.load_metrics(folder).files.get(run_folder.CHECKPOINT, "")
    path = folder / run_folder.MEASURES
    if path.exists():
        kept = read_record(path, KeptMeasures, MEASURES_VERSION)
        if (kept.checkpoint_sha256, kept.judges) == (weights, judges.digest):
            return kept.measures
    model = run_folder.load_run(folder).model.to(data.test_images.device)
    originals = to_pixels(data.test_images)
    reconstructions = map_batches(model, originals).to(originals.device)
    measures = measure(
        originals, reconstructions, data.test_labels, judges.classifier, judges.blur_classifier
    )
    with locked(folder):
        write_record(path, KeptMeasures(weights, judges.digest, measures))
    return measures
