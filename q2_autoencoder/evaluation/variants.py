"""The runs of each variant, over seeds: found, checked, and summed up as mean and deviation."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from q2_autoencoder.config import WITH_DIS_NET, Variant, run_name
from q2_autoencoder.evaluation.alike import check_alike, check_equal
from q2_autoencoder.evaluation.judging import Judges, judged
from q2_autoencoder.records import (
    FAILURE_VERSION,
    AdversarialMetrics,
    BlurAccuracy,
    Failure,
    FinishedRuns,
    Measures,
    MeasuresOverSeeds,
    Metrics,
    VariantResult,
)
from q2_autoencoder.training import file_names, run_folder
from shared.errors import BadInput
from shared.files import read_record, shown
from shared.summary import spread

# The settings in which runs of a comparison may differ.
OF_A_RUN = ("seed", "latent_dim", "deterministic")


def variant_folder(results: Path, data: str, latent_dim: int, seed: int, variant: Variant) -> Path:
    """Return the folder of a variant's run."""
    return results / run_name(data, variant.loss, latent_dim, seed, variant.name)


def failure_of(folder: Path) -> Failure | None:
    """Return why the run in `folder` failed, or None where it did not.

    Raises:
        BadInput: the file that says so is damaged.
    """
    path = folder / file_names.FAILURE
    return read_record(path, Failure, FAILURE_VERSION) if path.exists() else None


def load_variant(folder: Path, variant: Variant) -> Metrics | None:
    """Return the metrics of the run in `folder`, or None where it failed.

    Raises:
        BadInput: it is missing or damaged, or was trained otherwise than `variant` says.
    """
    if failure_of(folder):
        return None
    metrics = run_folder.load_metrics(folder)
    if variant.is_plain:
        if metrics.adversarial is not None:
            raise BadInput(f"{shown(folder)} was trained with dis_net; a plain run is asked for")
        return metrics
    if metrics.adversarial is None:
        raise BadInput(f"{shown(folder)} is a plain run; train_adversarial.py makes the others")
    config = metrics.adversarial.config
    for name, value in variant.settings.items():
        if (found := getattr(config, name)) != value and value is not None:
            raise BadInput(
                f"{shown(folder)} was trained with {name} {found!r}; {value!r} is to be "
                "compared; train it again"
            )
    return metrics


def check_comparable(folders: Mapping[Path, Variant]) -> None:
    """Check runs before any of them is judged: all there, as asked for, and comparable.

    They must have been trained alike but for their variants, and those of one loss, latent
    dimension and seed must be variants of the same plain run.

    Raises:
        BadInput: one is not.
    """
    loaded = {folder: load_variant(folder, variant) for folder, variant in folders.items()}
    finished = {folder: metrics for folder, metrics in loaded.items() if metrics is not None}
    check_alike(
        ((folder, metrics.config) for folder, metrics in finished.items()),
        (*OF_A_RUN, "loss", "epochs"),
    )
    check_equal(
        (folder, {"epochs": metrics.epochs})
        for folder, metrics in finished.items()
        if folders[folder].epochs is None  # else they are the variant's own
    )
    check_equal((folder, _plain_run(metrics)) for folder, metrics in finished.items())


def _plain_run(metrics: Metrics) -> dict[str, object]:
    config, part = metrics.config, metrics.adversarial
    digest = part.config.plain_sha256 if part else metrics.files[file_names.CHECKPOINT]
    words = f"loss {config.loss}, latent dimension {config.latent_dim}, seed {config.seed}"
    return {f"the plain run ({words})": digest}


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
        finished=_over_seeds(whole, variant, judges) if whole else None,
    )


def _over_seeds(runs: list[tuple[Path, Metrics]], variant: Variant, judges: Judges) -> FinishedRuns:
    first, parts = runs[0][1], [metrics.adversarial for _, metrics in runs]
    with_dis_net = 0
    if (part := parts[0]) and part.config.strategy in WITH_DIS_NET:
        with_dis_net = first.epochs - part.epochs_before
    return FinishedRuns(
        seeds=[metrics.config.seed for _, metrics in runs],
        epochs=first.epochs,
        epochs_with_dis_net=with_dis_net,
        device_name=first.environment.device_name,
        precision=first.config.precision,
        dis_net_accuracy=[_of_blur(part) for part in parts if part],
        seconds=spread([metrics.seconds for _, metrics in runs]),
        measures=measure_spreads(
            [judged(folder, judges, variant.processing) for folder, _ in runs]
        ),
    )


def _of_blur(part: AdversarialMetrics) -> list[BlurAccuracy]:
    """Return what dis_net knew of blur before it met the autoencoder, or, from scratch, at last."""
    return part.dis_net_accuracy.get("before") or part.dis_net_accuracy.get("after", [])


def measure_spreads(measures: list[Measures]) -> MeasuresOverSeeds:
    """Return mean and deviation of each measure, by its name."""
    names = [f.name for f in fields(Measures)]
    return {name: spread([getattr(one, name) for one in measures]) for name in names}
