"""The runs of each variant, over seeds: found, checked, and summed up as mean and deviation."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from q2_autoencoder.config import Variant, run_name
from q2_autoencoder.evaluation.alike import check_alike, check_equal
from q2_autoencoder.evaluation.judging import Judges, judged
from q2_autoencoder.records import (
    FAILURE_VERSION,
    AdversarialMetrics,
    Failure,
    FinishedRuns,
    Measures,
    MeasuresOverSeeds,
    Metrics,
    VariantResult,
)
from q2_autoencoder.training import run_folder
from shared.errors import BadInput
from shared.files import read_record, shown
from shared.summary import spread

# The settings in which runs of a comparison may differ.
OF_A_RUN = ("seed", "latent_dim", "deterministic")
OF_A_VARIANT = (*Variant._fields, "plain_run", "plain_sha256")


def variant_folder(results: Path, data: str, latent_dim: int, seed: int, variant: Variant) -> Path:
    """Return the folder of a variant's run."""
    return results / run_name(data, variant.loss, latent_dim, seed, variant.name)


def failure_of(folder: Path) -> Failure | None:
    """Return why the run in `folder` failed, or None where it did not.

    Raises:
        BadInput: the file that says so is damaged.
    """
    path = folder / run_folder.FAILURE
    return read_record(path, Failure, FAILURE_VERSION) if path.exists() else None


def adversarial_part(folder: Path, metrics: Metrics) -> AdversarialMetrics:
    """Return what belongs to the part of a run after the plain one.

    Raises:
        BadInput: there is no such part.
    """
    if metrics.adversarial is None:
        raise BadInput(f"{shown(folder)} is a plain run; train_adversarial.py goes on from it")
    return metrics.adversarial


def load_variant(folder: Path, variant: Variant) -> Metrics | None:
    """Return the metrics of the run in `folder`, or None where it failed.

    Raises:
        BadInput: it is missing or damaged, or was trained otherwise than `variant` says.
    """
    if failure_of(folder):
        return None
    metrics = run_folder.load_metrics(folder)
    config = adversarial_part(folder, metrics).config
    asked = variant._asdict()
    if variant.strategy == "none":  # without dis_net its weights are nothing
        asked = {"loss": variant.loss, "strategy": variant.strategy}
    else:
        weights = variant.weights(config.latent_dim)
        asked["adversarial_weight"], asked["feature_matching_weight"] = weights
    for name, value in asked.items():
        if (found := getattr(config, name)) != value:
            raise BadInput(
                f"{shown(folder)} was trained with {name} {found!r}; {value!r} is to be "
                "compared; train it again"
            )
    return metrics


def check_comparable(folders: Mapping[Path, Variant]) -> None:
    """Check runs before any of them is judged: all there, as asked for, and comparable.

    They must have been trained alike but for their variants, with equal numbers of updates, and
    those of one loss, latent dimension and seed must go on from the same plain run.

    Raises:
        BadInput: one is not.
    """
    loaded = {folder: load_variant(folder, variant) for folder, variant in folders.items()}
    finished = {folder: metrics for folder, metrics in loaded.items() if metrics is not None}
    parts = {folder: adversarial_part(folder, metrics) for folder, metrics in finished.items()}
    check_alike(
        ((folder, part.config) for folder, part in parts.items()), (*OF_A_RUN, *OF_A_VARIANT)
    )
    check_alike(
        ((folder, metrics.config) for folder, metrics in finished.items()), (*OF_A_RUN, "loss")
    )
    check_equal((folder, _further_facts(part)) for folder, part in parts.items())


def _further_facts(part: AdversarialMetrics) -> dict[str, object]:
    config = part.config
    updates = "updates of the autoencoder" + (", separate" if config.separate_updates else "")
    plain = f"the plain run (loss {config.loss}, latent dimension {config.latent_dim}, seed"
    return {
        updates: part.autoencoder_updates,
        f"{plain} {config.seed})": config.plain_sha256,
    }


def variant_result(folders: list[Path], variant: Variant, judges: Judges) -> VariantResult:
    """Return what the runs in `folders`, one a seed, came to.

    Raises:
        BadInput: a run is missing or damaged.
    """
    failures = {folder.name: failure_of(folder) for folder in folders}
    loaded = [(folder, load_variant(folder, variant)) for folder in folders]
    whole = [(folder, metrics) for folder, metrics in loaded if metrics is not None]
    return VariantResult(
        failures={name: failure for name, failure in failures.items() if failure},
        finished=_over_seeds(whole, judges) if whole else None,
    )


def _over_seeds(runs: list[tuple[Path, Metrics]], judges: Judges) -> FinishedRuns:
    parts = [adversarial_part(folder, metrics) for folder, metrics in runs]
    first, first_part = runs[0][1], parts[0]
    return FinishedRuns(
        seeds=[part.config.seed for part in parts],
        epochs=first.epochs,
        epochs_after_plain=first_part.config.epochs,
        device_name=first.environment.device_name,
        precision=first_part.config.precision,
        autoencoder_updates=first_part.autoencoder_updates,
        dis_net_accuracy=[part.dis_net_accuracy.get("before", []) for part in parts],
        seconds=spread([metrics.seconds for _, metrics in runs]),
        adversarial_seconds=spread([part.seconds for part in parts]),
        measures=measure_spreads([judged(folder, judges) for folder, _ in runs]),
    )


def measure_spreads(measures: list[Measures]) -> MeasuresOverSeeds:
    """Return mean and deviation of each measure, by its name."""
    names = [f.name for f in fields(Measures)]
    return {name: spread([getattr(one, name) for one in measures]) for name in names}
