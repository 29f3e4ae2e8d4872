"""A network of dis_net's shape that has learned to tell digits: a control in dis_net's place."""

import time

import torch
from torch import Tensor
from torch.nn import functional

from q2_autoencoder.config import DisNetConfig
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.discriminator import Discriminator, normalised_once
from q2_autoencoder.training.fit import Recipe, fit
from q2_autoencoder.training.warm_up import WarmUp, new_dis_net
from shared.datasets import ImageData
from shared.device import autocast

EPOCHS = 3  # as many as dis_net learns in: one alone, two with the autoencoder
LEARNING_RATE = 3e-3


def digit_network(config: DisNetConfig, data: ImageData) -> Discriminator:
    """Return a network with the features of dis_net that was trained to tell the digits of `data`.

    It has an output for each digit. The caller's random numbers stay as they were.
    """
    recipe = Recipe(
        name="digit network",
        epochs=EPOCHS,
        least_steps=0,
        batch_size=config.batch_size,
        learning_rate=LEARNING_RATE,
        weight_decay=0.0,
        seed=config.seed,
    )
    images, labels = data.train_images, data.train_labels
    classes, precision = int(labels.max()) + 1, autocast(images.device, config.precision)

    def batch_loss(model: Discriminator, index: Tensor, _: torch.Generator) -> Tensor:
        with normalised_once(model), precision:
            scores = model.head(model.features(to_pixels(images[index]))[-1]).float()
        return functional.cross_entropy(scores, labels[index])

    return fit(lambda: Discriminator(outputs=classes), images, recipe, batch_loss)


def in_dis_nets_place(config: DisNetConfig, data: ImageData) -> WarmUp:
    """Return what a training begins with whose features are those of a digit network.

    Of its head nothing is kept: the score of an untrained one takes its place, and has no weight.
    """
    started = time.perf_counter()
    features = {
        name: weight
        for name, weight in digit_network(config, data).state_dict().items()
        if not name.startswith("head.")
    }
    seconds = time.perf_counter() - started
    with torch.random.fork_rng(devices=[]):
        fresh = new_dis_net(config, data.train_images.device)
    return WarmUp(
        weights=fresh.dis_net.state_dict() | features,
        optimizer=fresh.dis_net_optimizer.state_dict(),
        generators={"blur_widths": fresh.blur_widths.get_state()},
        curves={},
        accuracy=[],
        seconds=seconds,
    )
