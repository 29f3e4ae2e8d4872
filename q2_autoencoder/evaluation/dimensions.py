"""The runs of each latent dimension, over seeds: checked, and summed up as mean and deviation."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from q2_autoencoder.evaluation.alike import check_alike
from q2_autoencoder.records import (
    ClusteringScores,
    DimensionResult,
    ErrorSpreads,
    Evaluation,
    Metrics,
    Table,
)
from q2_autoencoder.training.run_folder import load_metrics
from shared.summary import Spread, spread

MAY_DIFFER = ("seed", "deterministic")


def load_alike(folders: Sequence[Path]) -> list[Metrics]:
    """Return the metrics of the runs in `folders`, which differ in their seeds alone.

    Raises:
        BadInput: a run is missing, or they were not trained alike: a mean over them says nothing.
    """
    metrics = [load_metrics(folder) for folder in folders]
    configs = [run.config for run in metrics]
    check_alike(zip(folders, configs, strict=True), MAY_DIFFER)
    return metrics


def dimension_result(
    metrics: Sequence[Metrics], evaluations: Sequence[Evaluation]
) -> DimensionResult:
    """Return what was measured of one latent dimension; metrics and evaluations are one a seed."""
    first = metrics[0]

    def over_seeds(value: Callable[[Evaluation], float]) -> Spread:
        return spread([value(evaluation) for evaluation in evaluations])

    def summed(table: Callable[[Evaluation], Table]) -> Table:
        return np.sum([table(evaluation) for evaluation in evaluations], axis=0).tolist()

    return DimensionResult(
        epochs=first.epochs,
        device_name=first.environment.device_name,
        precision=first.config.precision,
        seconds=spread([run.seconds for run in metrics]),
        curve=first.curve,
        test=ErrorSpreads(
            l1=spread([run.test.l1 for run in metrics]),
            mse=spread([run.test.mse for run in metrics]),
            squared_error=spread([run.test.squared_error for run in metrics]),
        ),
        pca_test=first.pca_test,
        reconstruction_accuracy=over_seeds(lambda e: e.reconstruction_accuracy),
        pca_reconstruction_accuracy=over_seeds(lambda e: e.pca_reconstruction_accuracy),
        one_nn_accuracy=over_seeds(lambda e: e.codes.one_nn),
        one_nn_accuracy_standardised=over_seeds(lambda e: e.standardised_codes.one_nn),
        linear_probe_accuracy=over_seeds(lambda e: e.codes.linear_probe),
        linear_probe_accuracy_standardised=over_seeds(lambda e: e.standardised_codes.linear_probe),
        effective_dimension=over_seeds(lambda e: e.effective_dimension),
        dead_dimensions=over_seeds(lambda e: e.dead_dimensions),
        samples_distance=over_seeds(lambda e: e.samples_distance),
        kept_detail=over_seeds(lambda e: e.kept_detail),
        centre_distance=over_seeds(lambda e: e.centre_distance),
        confusion=summed(lambda e: e.confusion),
        original_confusion=summed(lambda e: e.original_confusion),
        neighbour_confusion=summed(lambda e: e.neighbour_confusion),
        clustering={
            name: mean_scores([evaluation.clustering[name] for evaluation in evaluations])
            for name in evaluations[0].clustering
        },
        cluster_table=[evaluation.cluster_table for evaluation in evaluations],
        separation_by_epoch=[evaluation.separation_by_epoch for evaluation in evaluations],
    )


def mean_scores(scores: Sequence[ClusteringScores]) -> ClusteringScores:
    """Return the spread over the runs of each score's mean over the clustering's seeds."""
    return ClusteringScores(
        accuracy=spread([score.accuracy.mean for score in scores]),
        nmi=spread([score.nmi.mean for score in scores]),
        ari=spread([score.ari.mean for score in scores]),
    )
