"""dis_net's first epoch, in which it learns alone what blur is.

It does not depend on the autoencoder, so that all runs of one data set and seed share it: it is
trained once and kept beside them.
"""

import dataclasses
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from q2_autoencoder.config import DisNetConfig
from q2_autoencoder.networks.batches import batches_per_epoch, shuffled_batches, to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width
from q2_autoencoder.networks.discriminator import BLUR_WIDTHS, CHANNELS, STEEPNESS, Discriminator
from q2_autoencoder.records import BlurAccuracy
from q2_autoencoder.training import file_names
from q2_autoencoder.training.adversarial import DisNetTraining, frozen, learn_blur
from q2_autoencoder.training.losses import SCORE_LOSSES
from q2_autoencoder.training.state import Record, StopRequest, to_device
from shared.checkpoints import load_checkpoint, load_weights, save_checkpoint
from shared.datasets import ImageData
from shared.device import autocast
from shared.errors import BadInput, Interrupted
from shared.files import shown
from shared.provenance import Environment

KIND, VERSION = "dis_net after its warm-up", 2
LEARNING_RATE, BETAS = 3e-3, (0.5, 0.99)
CONSTANTS = (LEARNING_RATE, *BETAS, *BLUR_WIDTHS, *CHANNELS, STEEPNESS)


@dataclass(frozen=True)
class WarmUp:
    """What is left of dis_net's first epoch.

    Attributes:
        weights, optimizer: dis_net's and its optimizer's states.
        generators: states of the random numbers, by name, for the training that goes on.
        curves: what each step measured, by name, each (S,).
        accuracy: on test images afterwards, by the width of their blur.
        seconds: of its steps.
    """

    weights: dict[str, Tensor]
    optimizer: dict[str, Any]
    generators: dict[str, Tensor]
    curves: dict[str, Tensor]
    accuracy: list[BlurAccuracy]
    seconds: float


def new_dis_net(config: DisNetConfig, device: torch.device) -> DisNetTraining:
    """Return an untrained dis_net with its optimizer; blurred images are the only fakes."""
    network = Discriminator().to(device)
    return DisNetTraining(
        dis_net=network,
        dis_net_optimizer=torch.optim.Adam(
            network.parameters(), lr=LEARNING_RATE, betas=BETAS, fused=True
        ),
        fake_weight=1.0,
        score_loss=SCORE_LOSSES["hinge"],
        blur_widths=torch.Generator().manual_seed(config.seed),
        autocast=autocast(device, config.precision),
    )


def load_or_train(
    config: DisNetConfig,
    data: ImageData,
    results: Path,
    environment: Environment,
    stop_request: StopRequest,
) -> WarmUp:
    """Return the warm-up of the runs with this `config`, kept in the folder `results` beside them;
    train it where it is missing.

    One that other settings, another version of dis_net, another `environment` (machine or packages)
    would have given is trained anew. `data` lies on the training device.

    Raises:
        BadInput: the file is damaged or holds something else, or the training diverged.
        Interrupted: a signal asked to stop; nothing is kept.
    """
    path = results / file_names.dis_net(config.data, config.seed)
    settings = dataclasses.asdict(config) | {
        "images": len(data.train_images),
        "constants": list(CONSTANTS),
        "environment": dataclasses.asdict(replace(environment, git_commit=None)),
    }
    if path.exists():
        content = load_checkpoint(path, KIND, VERSION, allowed=(BlurAccuracy,))
        if content.get("settings") == settings:
            return _read(content, path, data.train_images.device)
        print(f"{shown(path)} is of other settings: training dis_net anew ...", flush=True)
    else:
        print(f"no {shown(path)} yet: dis_net learns what blur is, once ...", flush=True)
    warm_up = train(config, data, stop_request)
    save_checkpoint(path, KIND, VERSION, settings=settings, **vars(warm_up))
    return warm_up


def _read(content: dict[str, Any], path: Path, device: torch.device) -> WarmUp:
    names = [field.name for field in dataclasses.fields(WarmUp)]
    if missing := [name for name in names if name not in content]:
        raise BadInput(f"{shown(path)} lacks {', '.join(missing)}; remove the file")
    with torch.random.fork_rng(devices=[]):
        load_weights(Discriminator(), content["weights"], path)  # refuses what does not fit
    generators = content["generators"]  # theirs are states of the host
    found = {name: to_device(content[name], device) for name in names}
    return WarmUp(**{**found, "generators": generators})


def train(config: DisNetConfig, data: ImageData, stop_request: StopRequest) -> WarmUp:
    """Train dis_net for one epoch on sharp and blurred images; draw no global random number.

    Raises:
        BadInput: a loss is not finite.
        Interrupted: `stop_request` returned a signal.
    """
    images = data.train_images
    record, steps = Record(), batches_per_epoch(len(images), config.batch_size)
    with (
        torch.random.fork_rng(devices=[images.device] if images.device.type == "cuda" else []),
        tqdm(total=steps, unit="step", desc="dis_net", disable=None, leave=False) as bar,
    ):
        torch.manual_seed(config.seed)
        dis_net = new_dis_net(config, images.device)
        shuffling = torch.Generator().manual_seed(config.seed)
        started = time.perf_counter()
        for place, sharp in enumerate(shuffled_batches(images, config.batch_size, shuffling)):
            record.note(place, learn_blur(dis_net, sharp), steps)
            bar.update()
            if number := stop_request():
                raise Interrupted("stopped while dis_net learned what blur is", number)
        curves = record.take_steps()
        if not all(torch.isfinite(values).all() for values in curves.values()):
            raise BadInput("dis_net's losses are not finite while it learns blur alone")
        seconds = time.perf_counter() - started
    with frozen(dis_net.dis_net):
        accuracy = accuracy_by_blur_width(dis_net.dis_net, to_pixels(data.test_images))
    return WarmUp(
        weights=dis_net.dis_net.state_dict(),
        optimizer=dis_net.dis_net_optimizer.state_dict(),
        generators={
            "blur_widths": dis_net.blur_widths.get_state(),
        },
        curves=curves,
        accuracy=accuracy,
        seconds=seconds,
    )
