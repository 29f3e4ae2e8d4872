"""Several trainings of one variant, judged: the numbers over their seeds, and which fell apart."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import torch

from q2_autoencoder import classifier, referee, runs
from q2_autoencoder.adversarial import Variant
from q2_autoencoder.clarity import Clarity, measure
from q2_autoencoder.classifier import Classifier
from q2_autoencoder.data import to_pixels
from q2_autoencoder.eval import in_parts
from q2_autoencoder.evaluation import mean_and_sd
from q2_autoencoder.referee import Referee
from shared.datasets import ImageData
from shared.errors import BadInput
from shared.files import read_json, shown, write_json


class Judges(NamedTuple):
    """The two networks that judge, and what tells them from others of their kind."""

    reader: Classifier
    referee: Referee
    digest: str


def load_judges(shelf: Path, name: str, data: ImageData, device: torch.device) -> Judges:
    """Return the judges of the data set `name` kept in `shelf`; train those that are missing.

    Raises:
        BadInput: one of the files holds something else.
    """
    reader = classifier.load_or_train(shelf, name, data, device)
    whistle = referee.load_or_train(shelf, name, data, device)
    digest = hashlib.sha256()
    for network in (reader, whistle):
        for weight in network.state_dict().values():
            digest.update(weight.cpu().contiguous().numpy().tobytes())
    return Judges(reader, whistle, digest.hexdigest())


def run_folder(results: Path, data: str, latent: int, seed: int, variant: Variant) -> Path:
    """Return the folder of a variant's run."""
    return results / runs.run_name(data, variant.loss, latent, seed, variant.name)


def judged(folder: Path, data: ImageData, judges: Judges) -> Clarity:
    """Return how clear the reconstructions of the run in `folder` are; kept beside it.

    `data` lies where it is to be computed.

    Raises:
        BadInput: the run is missing, not whole or damaged.
    """
    made_of = {"checkpoint_sha256": runs.checkpoint_digest(folder), "judges": judges.digest}
    path = folder / runs.CLARITY
    if path.exists():
        kept = read_json(path)
        if {key: kept.get(key) for key in made_of} == made_of:
            runs.check_entries(kept, dict.fromkeys(Clarity._fields, float), path)
            return Clarity(*(kept[key] for key in Clarity._fields))
    run = runs.load_run(folder)
    originals = to_pixels(data.test_images)
    made = in_parts(run.model.to(originals.device), originals).to(originals.device)
    clarity = measure(originals, made, data.test_labels, judges.reader, judges.referee)
    write_json(path, {**made_of, **clarity._asdict()})
    return clarity


def over_seeds(folders: list[Path], data: ImageData, judges: Judges) -> dict[str, Any]:
    """Return what the runs in `folders`, one a seed, came to: mean, spread, and the failures.

    Raises:
        BadInput: a run is missing, not whole or damaged, or all of them fell apart.
    """
    failures = {
        folder.name: read_json(folder / runs.FAILURE)
        for folder in folders
        if (folder / runs.FAILURE).exists()
    }
    whole = [folder for folder in folders if folder.name not in failures]
    if not whole:
        raise BadInput(f"all {len(folders)} runs such as {shown(folders[0])} fell apart")
    metrics = [runs.load_metrics(folder) for folder in whole]
    for key in ("epochs", "learning_rate", "precision", "batch_size"):
        if len({run[key] for run in metrics}) > 1:
            raise BadInput(f"{shown(folders[0])} and the seeds after it differ in {key}")
    found = [judged(folder, data, judges) for folder in whole]
    return {
        "failures": failures,
        "epochs": metrics[0]["epochs"],
        "device_name": metrics[0]["device_name"],
        "precision": metrics[0]["precision"],
        "updates_a_batch": 1 + metrics[0]["adversarial"]["apart"],
        "dis_net_accuracy": [run["adversarial"]["dis_net_accuracy"] for run in metrics],
        "seconds": mean_and_sd([run["seconds"] for run in metrics]),
        "adversarial_seconds": mean_and_sd([run["adversarial"]["seconds"] for run in metrics]),
        **{
            key: mean_and_sd([getattr(clarity, key) for clarity in found])
            for key in Clarity._fields
        },
    }
