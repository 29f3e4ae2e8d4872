"""Train an autoencoder on handwritten digits and report what it keeps of them.

Usage:
    python q2_autoencoder/train.py --latent 256
    python q2_autoencoder/train.py --latent 30 --loss mse --num-seeds 3
    python q2_autoencoder/train.py --latent 16 --data digits --epochs 3 --device cpu
    python q2_autoencoder/train.py --latent 256 --resume

The settings are the fields of TrainingConfig in q2_autoencoder/config.py.
"""

from q2_autoencoder.config import TrainingConfig, run_name
from q2_autoencoder.options import Execution, training_parser
from shared import cli
from shared.settings import from_options


def parse() -> tuple[TrainingConfig, Execution]:
    options = training_parser(__doc__, TrainingConfig).parse_args()
    return from_options(TrainingConfig, options), from_options(Execution, options)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from q2_autoencoder.evaluation.finished_run import (
    FinishedTraining,
    print_spreads,
    progress_bar,
    report_epoch,
    run_figures,
    write_run,
)
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import batches_per_epoch
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.networks.pca import Components, principal_components
from q2_autoencoder.records import CurvePoint, Metrics
from q2_autoencoder.training import joining
from q2_autoencoder.training.checkpointing import Resumable, finished, locked_runs
from q2_autoencoder.training.losses import LOSSES
from q2_autoencoder.training.optimization import autoencoder_training
from q2_autoencoder.training.snapshots import snapshot
from q2_autoencoder.training.state import Record, RunContext, TrainingState
from shared import datasets
from shared.device import (
    choose_device,
    choose_precision,
    in_precision,
    make_deterministic,
    move_network,
)


def main() -> None:
    options, execution = parse()
    if options.deterministic:
        make_deterministic()
    device = choose_device(execution.device)
    options = replace(options, precision=choose_precision(options.precision, device))
    data = datasets.load(options.data, execution.data_dir)
    configs = [
        replace(options, seed=seed)
        for seed in range(options.seed, options.seed + execution.num_seeds)
    ]
    names = [run_name(c.data, c.loss, c.latent_dim, c.seed) for c in configs]
    with locked_runs([execution.results / name for name in names], execution, device) as contexts:
        results = [
            train(config, data.to(device), context)
            for config, context in zip(configs, contexts, strict=True)
        ]
    if len(results) > 1:
        print_spreads(results)


def train(config: TrainingConfig, data: datasets.ImageData, context: RunContext) -> Metrics:
    """Train on `data`, which lies on the training device, fill the run's folder, return metrics."""
    if metrics := finished(config, context):
        return metrics
    device = data.train_images.device
    torch.manual_seed(config.seed)
    components = principal_components(data.train_images, config.latent_dim)
    model = move_network(Autoencoder(config.latent_dim, components), device)
    reconstruct = in_precision(model, device, config.precision)
    steps = config.epochs * batches_per_epoch(len(data.train_images), config.batch_size)
    autoencoder = autoencoder_training(model, config, steps)
    record = Record(snapshots=[snapshot(model, data)] if config.latent_dim == 2 else [])
    state = TrainingState(
        autoencoder.parts,
        {"shuffling": torch.Generator().manual_seed(config.seed)},
        record,
    )
    training = Resumable(config, context, state, data.train_images)
    if training.step > config.epochs_before_dis_net * training.steps_per_epoch:
        joining.check(context.folder)  # before the rest is trained in vain
    with progress_bar(steps, training.step) as bar:
        for epoch in training.epochs(config.epochs):
            if (training.epoch, training.batch) == (config.epochs_before_dis_net, 0):
                joining.keep(context.folder, state, training.epoch)
            model.train()
            for place, pixels in training.batches():
                loss = LOSSES[config.loss](reconstruct(pixels), pixels)
                autoencoder.update(loss)
                autoencoder.end_step()
                record.note(place, {"loss": loss.detach()}, training.steps_per_epoch)
                bar.update()
            train_loss = record.take_steps()["loss"].mean().item()
            training.watch.check_values("training losses", [train_loss])
            model.eval()
            test = vars(reconstruction_errors(reconstruct, data.test_images))
            training.watch.check_values("test errors", test.values())
            if record.snapshots:
                record.snapshots.append(snapshot(model, data))
            record.curve.append(CurvePoint(epoch, train_loss, test[config.loss]))
            report_epoch(bar, record.curve[-1], config.epochs, config.loss, training.seconds)
    model.eval()  # where a resumed training had no epoch left
    metrics = measure(config, training, reconstruct, components.to(device), data)
    figures = run_figures(metrics, reconstruct, data.test_images)
    left = FinishedTraining(metrics, model, record.snapshots, figures, dis_net_may_join=True)
    return write_run(context.folder, left)


def measure(
    config: TrainingConfig,
    training: Resumable[Record],
    reconstruct: Callable[[Tensor], Tensor],
    components: Components,
    data: datasets.ImageData,
) -> Metrics:
    """Return the metrics of a training that has come to its end."""
    return Metrics(
        config=config,
        test=reconstruction_errors(reconstruct, data.test_images),
        pca_test=reconstruction_errors(components.reconstruct, data.test_images),
        curve=training.state.record.curve,
        seconds=round(training.seconds, 2),
        images_per_second=round(config.epochs * len(data.train_images) / training.seconds),
        resumed=training.resumed,
        environment=training.context.environment,
        files={},
    )


if __name__ == "__main__":
    cli.run(main)
