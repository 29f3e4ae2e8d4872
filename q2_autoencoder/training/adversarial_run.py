"""A run that goes on from a plain one: what it starts with, and what ends each of its epochs."""

import copy
from pathlib import Path
from typing import NamedTuple

import torch

from q2_autoencoder.config import AdversarialConfig, AdversarialOptions, run_name
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width
from q2_autoencoder.networks.errors import reconstruction_errors
from q2_autoencoder.records import BlurAccuracy, CurvePoint, Failure
from q2_autoencoder.training.adversarial import Networks, fake_weight, find_failure, frozen
from q2_autoencoder.training.checkpointing import Resumable
from q2_autoencoder.training.losses import LOSSES
from q2_autoencoder.training.run_folder import CHECKPOINT, Run, load_run
from q2_autoencoder.training.snapshots import Snapshot, history_of, snapshot
from q2_autoencoder.training.state import AdversarialRecord, TrainingState
from q2_autoencoder.training.warm_up import WarmUp, new_dis_net
from shared.datasets import ImageData
from shared.device import move_network
from shared.errors import BadInput
from shared.files import shown


class Job(NamedTuple):
    """A run to train: its settings, the run it goes on from, and that one's snapshots."""

    config: AdversarialConfig
    plain: Run
    snapshots: list[Snapshot]


def load_job(options: AdversarialOptions, results: Path, data: ImageData) -> Job:
    """Return the run that `options` ask for, with the plain run to go on from.

    Raises:
        BadInput: that one is missing, not whole or damaged.
    """
    name = run_name(options.data, options.loss, options.latent_dim, options.seed)
    if not (results / name).is_dir():
        raise BadInput(
            f"there is no plain run {shown(results / name)} to go on from; make it with: "
            f"python q2_autoencoder/train.py --data {options.data} --loss {options.loss} "
            f"--latent {options.latent_dim} --seed {options.seed}"
        )
    plain = load_run(results / name)
    history = history_of(plain, len(data.test_images))
    snapshots = (
        []
        if history is None
        else [
            (torch.from_numpy(codes), torch.from_numpy(reconstructions))
            for codes, reconstructions in zip(*history, strict=True)
        ]
    )
    adversarial_weight, feature_matching_weight = options.variant.weights(options.latent_dim)
    settings = {
        **vars(options),
        "adversarial_weight": adversarial_weight,
        "feature_matching_weight": feature_matching_weight,
    }
    config = AdversarialConfig(
        **settings,
        batch_size=plain.metrics.config.batch_size,
        plain_run=name,
        plain_sha256=plain.metrics.files[CHECKPOINT],
    )
    return Job(config, plain, snapshots)


def new_networks(job: Job, warm_up: WarmUp | None, device: torch.device) -> Networks:
    """Return the plain run's autoencoder and dis_net after its `warm_up`, on `device`.

    Without one, where dis_net takes no part, it is untrained.
    """
    config = job.config
    torch.manual_seed(config.seed)
    model = move_network(job.plain.model, device)
    dis_net = new_dis_net(config.dis_net, device)
    if warm_up:
        dis_net.dis_net.load_state_dict(warm_up.weights)
        dis_net.dis_net_optimizer.load_state_dict(warm_up.optimizer)
        dis_net.blur_widths.set_state(warm_up.generators["blur_widths"])
    return Networks(
        **{**vars(dis_net), "fake_weight": fake_weight(config.strategy)},
        autoencoder=model,
        autoencoder_optimizer=torch.optim.Adam(model.parameters(), lr=config.peak_lr, fused=True),
        reconstruction_loss=LOSSES[config.loss],
        adversarial_weight=config.adversarial_weight,
        feature_matching_weight=config.feature_matching_weight,
    )


def new_state(
    job: Job,
    warm_up: WarmUp | None,
    networks: Networks,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> TrainingState[AdversarialRecord]:
    """Return what a checkpoint holds of a run that is about to begin."""
    shuffling = torch.Generator().manual_seed(job.config.seed)
    if warm_up:
        shuffling.set_state(warm_up.generators["shuffling"])
    return TrainingState(
        {
            "autoencoder": networks.autoencoder,
            "dis_net": networks.dis_net,
            "optimizer": networks.autoencoder_optimizer,
            "dis_net_optimizer": networks.dis_net_optimizer,
            "schedule": schedule,
        },
        {"shuffling": shuffling, "blur_widths": networks.blur_widths},
        AdversarialRecord(
            curve=list(job.plain.metrics.curve),
            snapshots=list(job.snapshots),
            last_good=copy.deepcopy(networks.autoencoder.state_dict()),
        ),
    )


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
