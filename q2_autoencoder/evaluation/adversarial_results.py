"""What a training against dis_net leaves in its folder, beside what every training does."""

from collections.abc import Sequence
from dataclasses import fields

import torch
from matplotlib.figure import Figure
from torch import Tensor

from q2_autoencoder.config import WITH_DIS_NET, TrainingConfig
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.plots.curves import adversarial_losses, blur_accuracy
from q2_autoencoder.records import AdversarialMetrics, Failure, Metrics
from q2_autoencoder.training import file_names, run_folder
from q2_autoencoder.training.adversarial import Networks
from q2_autoencoder.training.adversarial_run import Job, dis_net_accuracy
from q2_autoencoder.training.checkpointing import Resumable, discard_checkpoints
from q2_autoencoder.training.state import AdversarialRecord
from q2_autoencoder.training.warm_up import WarmUp
from shared import cli
from shared.datasets import ImageData
from shared.files import shown, staged, write_record

STEPS_PER_POINT = 20  # whose mean is one point of the curves of both networks
LOSSES_FIGURE, DIS_NET_FIGURE = "adversarial_losses.png", "dis_net.png"
OF_A_WHOLE_RUN = (LOSSES_FIGURE, DIS_NET_FIGURE, "loss_curve.png", "reconstructions.png")


def measure(
    training: Resumable[AdversarialRecord],
    networks: Networks,
    job: Job,
    data: ImageData,
    warm_up: WarmUp | None,
) -> Metrics:
    """Return the metrics of a training that has come to its end."""
    config, record, before = job.config, training.state.record, training.state.epochs_before
    plain_seconds = job.plain.seconds * before / job.plain.epochs
    warm_up_seconds = warm_up.seconds if warm_up else 0.0
    accuracy = {}
    if config.strategy in WITH_DIS_NET:
        accuracy = {"after": dis_net_accuracy(networks, data)}
    if warm_up and warm_up.accuracy:
        accuracy = {"before": warm_up.accuracy, **accuracy}
    networks.autoencoder.eval()
    images = (config.epochs - before) * len(data.train_images)
    return Metrics(
        config=TrainingConfig(**{f.name: getattr(config, f.name) for f in fields(TrainingConfig)}),
        test=reconstruction_errors(networks.reconstruct, data.test_images),
        pca_test=job.plain.pca_test,
        curve=record.curve,
        seconds=round(plain_seconds + warm_up_seconds + training.seconds, 2),
        images_per_second=round(images / training.seconds),
        resumed=training.resumed,
        environment=training.context.environment,
        files={},
        adversarial=AdversarialMetrics(
            config=config,
            seconds=round(training.seconds, 2),
            epochs_before=before,
            autoencoder_updates=updates_taken(networks.training.adam),
            steps_per_point=STEPS_PER_POINT,
            warm_up_seconds=round(warm_up_seconds, 2),
            warm_up=thinned([warm_up.curves]) if warm_up else {},
            curves=thinned(record.epochs),
            dis_net_accuracy=accuracy,
        ),
    )


def adversarial_figures(metrics: Metrics) -> dict[str, Figure]:
    """Return the figures of both networks by file name; none of a run without dis_net."""
    adversarial = metrics.adversarial
    if adversarial is None or adversarial.config.strategy not in WITH_DIS_NET:
        return {}
    words = f"{adversarial.config.strategy}, {metrics.title}"
    names = {"before": "after learning blur only", "after": "after the training"}
    accuracy = adversarial.dis_net_accuracy
    return {
        LOSSES_FIGURE: adversarial_losses(
            adversarial.warm_up, adversarial.curves, adversarial.steps_per_point, words
        ),
        DIS_NET_FIGURE: blur_accuracy(
            {words: accuracy[when] for when, words in names.items() if when in accuracy},
            f"dis_net's accuracy on test images ({words})",
        ),
    }


def updates_taken(optimizer: torch.optim.Optimizer) -> int:
    """Return how many times `optimizer` has moved its weights, as it counted itself."""
    return int(next(iter(optimizer.state.values()))["step"])


def thinned(epochs: Sequence[dict[str, Tensor]]) -> dict[str, list[float]]:
    """Return the means over every `STEPS_PER_POINT` steps of what the epochs measured."""
    return {
        name: [
            part.mean().item()
            for part in torch.cat([measured[name] for measured in epochs]).split(STEPS_PER_POINT)
        ]
        for name in epochs[0]
    }


def give_up(training: Resumable[AdversarialRecord], networks: Networks, failure: Failure) -> None:
    """Leave the last good weights and the reason in the run's folder, say so; leave no numbers."""
    folder = training.context.folder
    model = networks.autoencoder
    model.load_state_dict(training.state.record.last_good)
    with staged(folder, (*file_names.NUMBERS, *OF_A_WHOLE_RUN)) as stage:
        name = run_folder.save_model(stage, model).name
        write_record(stage / file_names.FAILURE, failure)
    discard_checkpoints(folder)
    cli.complain(
        f"{folder.name} {failure.kind} in epoch {failure.epoch}: {failure.reason}; the weights "
        f"before that epoch are in {shown(folder / name)}"
    )
