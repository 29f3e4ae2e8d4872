"""Several trainings of one variant, judged: the numbers over their seeds, and which fell apart."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import torch

from q2_autoencoder.eval import in_parts
from q2_autoencoder.evaluation import blur_classifier as referee
from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.blur_classifier import Referee
from q2_autoencoder.evaluation.classifier import Classifier
from q2_autoencoder.evaluation.sharpness import Clarity, measure
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.errors import mean_and_sd
from q2_autoencoder.training import run_folder as runs
from q2_autoencoder.training.variants import Variant
from shared.datasets import ImageData
from shared.errors import BadInput
from shared.files import held, read_json, shown, write_json

VERSION = 1  # of what is measured: numbers kept beside a run by another version are not used


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
    made_of = {
        "version": VERSION,
        "checkpoint_sha256": runs.load_metrics(folder)["files"].get(runs.CHECKPOINT),
        "judges": judges.digest,
    }
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
    with held(folder):
        write_json(path, {**made_of, **clarity._asdict()})
    return clarity


def load_metrics(folder: Path, variant: Variant) -> dict[str, Any] | None:
    """Return the metrics of the run in `folder`, or None where the training fell apart.

    Raises:
        BadInput: it is missing or damaged, or another training than `variant` says.
    """
    if (folder / runs.FAILURE).exists():
        return None
    metrics = runs.load_metrics(folder)
    path = folder / runs.METRICS
    runs.check_entries(metrics, {"adversarial": dict}, path)
    adversarial = metrics["adversarial"]
    kinds = {
        "start_sha256": str, "strategy": str, "apart": bool, "score_weight": float,
        "feature_weight": float, "epochs": int, "autoencoder_updates": int, "seconds": float,
        "dis_net_accuracy": dict,
    }  # fmt: skip
    runs.check_entries(adversarial, kinds, path)
    weights = variant.weights(metrics["latent"])
    asked = {"strategy": variant.strategy, "apart": variant.apart}
    if variant.strategy != "none":
        asked |= {"score_weight": weights[0], "feature_weight": weights[1]}
    for key, value in asked.items():
        if adversarial[key] != value:
            raise BadInput(
                f"{shown(folder)} was trained with {key} {adversarial[key]!r}; {value!r} is to be "
                "compared; train it again"
            )
    return metrics


def check_comparable(everything: dict[Path, dict[str, Any]]) -> None:
    """Check that runs (folder: metrics) had equal budgets, and each loss and seed one start.

    Raises:
        BadInput: two of them differ.
    """
    seen: dict[Any, tuple[Path, Any]] = {}
    for folder, metrics in everything.items():
        adversarial = metrics["adversarial"]
        facts = {
            key: metrics[key] for key in ("epochs", "learning_rate", "batch_size", "precision")
        }
        facts["epochs after the plain training"] = adversarial["epochs"]
        words = "updates of the autoencoder" + (", steps apart" if adversarial["apart"] else "")
        facts[words] = adversarial["autoencoder_updates"]
        facts["start", metrics["loss"], metrics["latent"], metrics["seed"]] = adversarial[
            "start_sha256"
        ]
        for key, value in facts.items():
            other, known = seen.setdefault(key, (folder, value))
            if known != value:
                differing = key if isinstance(key, str) else "start"
                raise BadInput(
                    f"{shown(folder)} and {shown(other)} differ in {differing}: {value!r}, "
                    f"{known!r}; they cannot be compared; train them again alike"
                )


def over_seeds(
    folders: list[Path], variant: Variant, data: ImageData, judges: Judges
) -> dict[str, Any]:
    """Return what the runs in `folders`, one a seed, came to: mean, spread, and the failures.

    Where all of them fell apart there is no mean, and "failures" is the only entry.

    Raises:
        BadInput: a run is missing or damaged.
    """
    by_folder = {folder: load_metrics(folder, variant) for folder in folders}
    failures = {
        folder.name: read_json(folder / runs.FAILURE)
        for folder, metrics in by_folder.items()
        if metrics is None
    }
    whole = {folder: metrics for folder, metrics in by_folder.items() if metrics is not None}
    if not whole:
        return {"failures": failures}
    metrics = list(whole.values())
    found = [judged(folder, data, judges) for folder in whole]
    first = metrics[0]
    return {
        "failures": failures,
        "seeds": [run["seed"] for run in metrics],
        **{key: first[key] for key in ("epochs", "device_name", "precision")},
        "epochs_after_plain": first["adversarial"]["epochs"],
        "autoencoder_updates": first["adversarial"]["autoencoder_updates"],
        "dis_net_accuracy": [
            {"before": run["adversarial"]["dis_net_accuracy"].get("before", [])} for run in metrics
        ],
        "seconds": mean_and_sd([run["seconds"] for run in metrics]),
        "adversarial_seconds": mean_and_sd([run["adversarial"]["seconds"] for run in metrics]),
        **{
            key: mean_and_sd([getattr(clarity, key) for clarity in found])
            for key in Clarity._fields
        },
    }


def check_all(folders: dict[Path, Variant]) -> None:
    """Check runs before any of them is judged: all there, as asked for, and comparable.

    Raises:
        BadInput: one is not.
    """
    everything = {folder: load_metrics(folder, variant) for folder, variant in folders.items()}
    check_comparable({folder: metrics for folder, metrics in everything.items() if metrics})
