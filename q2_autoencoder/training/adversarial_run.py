"""A run with dis_net: what it starts with, and what ends each of its epochs."""

import copy
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch

from q2_autoencoder.config import WITH_DIS_NET, AdversarialConfig, AdversarialOptions, run_name
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import batches_per_epoch, to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.records import BlurAccuracy, CurvePoint, Failure, Metrics
from q2_autoencoder.training import file_names, joining
from q2_autoencoder.training.adversarial import Networks, fake_weight, find_failure, frozen
from q2_autoencoder.training.checkpointing import Resumable
from q2_autoencoder.training.losses import LOSSES, SCORE_LOSSES
from q2_autoencoder.training.optimization import autoencoder_training
from q2_autoencoder.training.run_folder import check_belongs, load_metrics
from q2_autoencoder.training.snapshots import snapshot
from q2_autoencoder.training.state import AdversarialRecord, TrainingState
from q2_autoencoder.training.warm_up import WarmUp, new_dis_net
from shared.datasets import ImageData
from shared.device import move_network
from shared.errors import BadInput
from shared.files import shown


class Job(NamedTuple):
    """A run to train.

    Attributes:
        config: its settings.
        plain: the metrics of the plain run that it is a variant of.
        kept: file with the state of that one where dis_net joins; None for a training from scratch.
    """

    config: AdversarialConfig
    plain: Metrics
    kept: Path | None


def load_job(options: AdversarialOptions, results: Path) -> Job:
    """Return the run that `options` ask for.

    Raises:
        BadInput: the plain run is missing, not whole or damaged.
    """
    name = run_name(options.data, options.loss, options.latent_dim, options.seed)
    folder = results / name
    if not folder.is_dir():
        raise BadInput(
            f"there is no plain run {shown(folder)} to go on from; make it with: "
            f"python q2_autoencoder/train.py --data {options.data} --loss {options.loss} "
            f"--latent {options.latent_dim} --seed {options.seed}"
        )
    plain, kept = load_metrics(folder), None
    if options.start == "plain":
        kept = folder / file_names.BEFORE_DIS_NET
        if not kept.exists():
            raise BadInput(f"{shown(kept)} is gone; train the plain run again")
        check_belongs(kept, plain)
    settings = {**asdict(plain.config), **vars(options)}
    settings["epochs"] = options.epochs or plain.config.epochs
    config = AdversarialConfig(
        **settings, plain_run=name, plain_sha256=plain.files[file_names.CHECKPOINT]
    )
    return Job(config, plain, kept)


def begin(
    job: Job, warm_up: WarmUp | None, data: ImageData
) -> tuple[Networks, TrainingState[AdversarialRecord]]:
    """Return the networks of a run and their state, on the device of `data`.

    The autoencoder is that of the plain run where dis_net joins, or a new one; dis_net is that of
    its `warm_up`, or a new one, or the network that stands in its place.

    Raises:
        BadInput: what the plain run has kept is damaged.
    """
    config, device = job.config, data.train_images.device
    torch.manual_seed(config.seed)
    components = None
    if job.kept is None:
        components = principal_components(data.train_images, config.latent_dim)
    model = move_network(Autoencoder(config.latent_dim, components), device)
    steps = config.epochs * batches_per_epoch(len(data.train_images), config.batch_size)
    autoencoder = autoencoder_training(model, config, steps)
    dis_net = new_dis_net(config.dis_net, device)
    if warm_up:
        dis_net.dis_net.load_state_dict(warm_up.weights)
        dis_net.dis_net_optimizer.load_state_dict(warm_up.optimizer)
        dis_net.blur_widths.set_state(warm_up.generators["blur_widths"])
    networks = Networks(
        **{
            **vars(dis_net),
            "fake_weight": fake_weight(config.strategy, config.unbalanced),
            "score_loss": SCORE_LOSSES[config.score_loss],
        },
        training=autoencoder,
        reconstruction_loss=LOSSES[config.loss],
        adversarial_weight=config.adversarial_weight if config.strategy in WITH_DIS_NET else 0.0,
        feature_matching_weight=config.feature_matching_weight,
        balanced=not config.unbalanced,
    )
    shuffling = torch.Generator().manual_seed(config.seed)
    record, epochs = AdversarialRecord(), 0
    if job.kept is not None:
        check_belongs(job.kept, job.plain)  # once more: the runs before may have taken hours
        joined = joining.join(job.kept, autoencoder, device)
        shuffling.set_state(joined.shuffling)
        record.curve, record.snapshots, epochs = joined.curve, joined.snapshots, joined.epochs
    elif config.latent_dim == 2:
        record.snapshots = [snapshot(model, data)]
    record.last_good = copy.deepcopy(model.state_dict())
    parts = {
        **autoencoder.parts,
        "dis_net": networks.dis_net,
        "dis_net_optimizer": networks.dis_net_optimizer,
    }
    generators = {"shuffling": shuffling, "blur_widths": networks.blur_widths}
    return networks, TrainingState(parts, generators, record, epochs)


def dis_net_accuracy(networks: Networks, data: ImageData) -> list[BlurAccuracy]:
    """Return how well dis_net labels test images, by the width of their blur."""
    with frozen(networks.dis_net):  # or measuring would move its spectral norms
        return accuracy_by_blur_width(networks.dis_net, to_pixels(data.test_images))


def end_epoch(
    training: Resumable[AdversarialRecord], networks: Networks, data: ImageData
) -> Failure | None:
    """Test the autoencoder after an epoch and record it, or return why the training must stop.

    Raises:
        NotFinite: the test errors are not.
    """
    record, model = training.state.record, networks.autoencoder
    measured = record.take_steps()
    model.eval()
    test = vars(reconstruction_errors(networks.reconstruct, data.test_images))
    training.watch.check_values("test errors", test.values())
    epoch = len(record.curve) + 1
    if failure := find_failure(measured):
        return Failure(epoch, *failure)
    record.last_good = copy.deepcopy(model.state_dict())
    if record.snapshots:
        record.snapshots.append(snapshot(model, data))
    record.epochs.append(measured)
    train_loss = measured["reconstruction_loss"].mean().item()
    record.curve.append(CurvePoint(epoch, train_loss, test[training.config.loss]))
    return None
