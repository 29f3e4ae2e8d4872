"""What a training step with dis_net costs, in plain steps; and how long a run with it takes.

Usage:
    python benchmarks/dis_net_step.py --latent 16
    OMP_NUM_THREADS=1 python benchmarks/dis_net_step.py --latent 16 --precision fp32

In turns, in one process, on the same images: the steps of a plain training, of both strategies with
dis_net, of matching the features of a random network, and dis_net's alone on blurred images. Prints
ratios with their spread, and how many plain epochs take as long as a run of which the last epochs
are trained with dis_net, its own first epoch included.
"""

import statistics
from collections.abc import Callable
from typing import Any

from turns import seconds_in_turns

from q2_autoencoder.config import WITH_DIS_NET, AdversarialConfig, AdversarialOptions, Strategy
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.training.adversarial import learn_blur, steps_of
from q2_autoencoder.training.adversarial_run import Job, begin
from shared import cli, datasets
from shared.datasets import PIXELS, ImageData
from shared.device import (
    DEVICE_HELP,
    PRECISIONS,
    choose_device,
    choose_precision,
    device_label,
)

ROUNDS = 15
STEPS = 10  # a round
TRAINED: tuple[Strategy, ...] = ("none", "four-step", "three-step", "random-features")
PLAIN, ALONE = "none", "dis_net alone"
NO_PLAIN_RUN: Any = None  # all of them begin untrained: a step's time does not depend on it


def main() -> None:
    parser = cli.Parser(__doc__)
    add = parser.add_argument
    add("--latent", type=cli.whole_number(1, PIXELS), default=16, help="latent dimension")
    add("--device", default="auto", help=DEVICE_HELP)
    add("--precision", choices=PRECISIONS, default="auto", help="of matrix products")
    options = parser.parse_args()
    device = choose_device(options.device)
    precision = choose_precision(options.precision, device)
    settings = vars(AdversarialOptions(latent_dim=options.latent, precision=precision))
    config = AdversarialConfig(**{**settings, "epochs": 6}, plain_run="", plain_sha256="")
    data = datasets.load(config.data, datasets.default_root()).to(device)
    rivals = {name: round_of(config, name, data) for name in TRAINED}
    rivals[ALONE] = round_alone(config, data)
    seconds = seconds_in_turns(rivals, ROUNDS, device)
    print(
        f"latent dimension {config.latent_dim}, batches of {config.batch_size}, "
        f"{config.precision}, {device_label(device)}; {ROUNDS} rounds of {STEPS} steps each"
    )
    ratios = {
        name: [a / b for a, b in zip(times, seconds[PLAIN], strict=True)]
        for name, times in seconds.items()
    }
    for name, found in ratios.items():
        low, middle, high = statistics.quantiles(found, n=4)
        print(f"{name:16} {middle:.2f} plain steps (middle half {low:.2f} to {high:.2f})")
    joined = config.dis_net_epochs
    for name in TRAINED[1:]:
        before = statistics.median(ratios[ALONE]) if name in WITH_DIS_NET else 0.0
        epochs = config.epochs - joined + joined * statistics.median(ratios[name]) + before
        words = f"{config.epochs} epochs, {name} in the last {joined}"
        print(f"{words}: as long as {epochs:.1f} plain ones")


def round_of(config: AdversarialConfig, strategy: Strategy, data: ImageData) -> Callable[[], None]:
    """Return a function that trains for a round by a strategy."""
    changed = AdversarialConfig(**{**vars(config), "strategy": strategy, "start": "scratch"})
    networks, _ = begin(Job(changed, NO_PLAIN_RUN, None), None, data)
    networks.autoencoder.train()
    batches = data.train_images[: STEPS * config.batch_size].split(config.batch_size)

    def run() -> None:
        for images in batches:
            sharp = to_pixels(images)
            for step in steps_of(strategy, config.separate_updates):
                step(networks, sharp)
            networks.training.end_step()

    return run


def round_alone(config: AdversarialConfig, data: ImageData) -> Callable[[], None]:
    """Return a function that trains dis_net alone for a round."""
    networks, _ = begin(Job(config, NO_PLAIN_RUN, None), None, data)
    batches = data.train_images[: STEPS * config.batch_size].split(config.batch_size)

    def run() -> None:
        for images in batches:
            learn_blur(networks, to_pixels(images))

    return run


if __name__ == "__main__":
    cli.run(main)
