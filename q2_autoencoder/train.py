"""Train an autoencoder on handwritten digits and report what it keeps.

Usage:
    python q2_autoencoder/train.py --latent 256
    python q2_autoencoder/train.py --latent 30 --loss mse --seeds 3
    python q2_autoencoder/train.py --latent 16 --data digits --epochs 3 --device cpu
    python q2_autoencoder/train.py --latent 256 --resume
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from q2_autoencoder.networks.autoencoder import PIXELS, Autoencoder
from q2_autoencoder.networks.batches import batches_per_epoch, to_pixels
from q2_autoencoder.networks.errors import mean_and_sd, reconstruction_errors
from q2_autoencoder.networks.pca import principal_components
from q2_autoencoder.plots import figures
from q2_autoencoder.training import run_folder as runs
from q2_autoencoder.training.checkpointing import (
    Resumable,
    discard_checkpoints,
    finished,
    guarded,
)
from q2_autoencoder.training.schedule import one_cycle
from q2_autoencoder.training.snapshots import save_history, snapshot
from shared import cli, datasets
from shared.device import (
    PRECISION_NAMES,
    PRECISIONS,
    choose_device,
    choose_precision,
    make_deterministic,
)
from shared.figures import save_figure
from shared.files import print_written, staged, write_json
from shared.provenance import environment

EPOCHS, BATCH_SIZE, LEARNING_RATE = 10, 250, 3e-3
PICTURES = 12  # test images in the figure of reconstructions: the first ones, not chosen ones
LOSSES = {"l1": functional.l1_loss, "mse": functional.mse_loss}
ERRORS = {"l1": "L1 per pixel", "mse": "MSE per pixel", "squared_error": "SE per image"}


def main() -> None:
    options = parse()
    device, precision = choose_computing(options)
    data = datasets.load(options.data, options.data_root)
    seeds = range(options.seed, options.seed + options.seeds)
    folders = [
        options.results / runs.run_name(options.data, options.loss, options.latent, seed)
        for seed in seeds
    ]
    with guarded(folders) as stopping:
        origin = environment(device)  # before the training: the code that runs, not what follows
        results = [
            train(options, data.to(device), seed, precision, folder, origin, stopping)
            for seed, folder in zip(seeds, folders, strict=True)
        ]
    if options.seeds > 1:
        name = runs.run_name(options.data, options.loss, options.latent, options.seed)
        summarise(results, options.results / f"{name}-to-{seeds[-1]}.json")


def choose_computing(options) -> tuple[torch.device, torch.dtype]:
    """Return the device and the precision that the options ask for."""
    if options.deterministic:
        make_deterministic()
    device = choose_device(options.device)
    return device, choose_precision(options.precision, device)


def train(
    options,
    data: datasets.ImageData,
    seed: int,
    precision: torch.dtype,
    folder: Path,
    origin: dict[str, Any],
    stopping: Callable[[], int | None],
) -> dict[str, Any]:
    """Train on `data`, which lies on the training device, fill `folder`, return the metrics.

    `origin` is what `provenance.environment` says, `stopping` is `resumable.guarded`'s. The
    metrics' seconds are those of the training steps: without principal components, tests, figures.
    """
    settings = {
        "data": options.data,
        "latent": options.latent,
        "loss": options.loss,
        "epochs": options.epochs,
        "batch_size": options.batch_size,
        "learning_rate": options.lr,
        "seed": seed,
        "precision": PRECISION_NAMES[precision],
        "deterministic": options.deterministic,
    }
    if options.resume and (metrics := finished(folder, settings)):
        return metrics
    device = data.train_images.device
    torch.manual_seed(seed)
    components = principal_components(data.train_images, options.latent)
    model = Autoencoder(options.latent, components).to(device, memory_format=torch.channels_last)
    steps_per_epoch = batches_per_epoch(len(data.train_images), options.batch_size)
    steps = steps_per_epoch * options.epochs
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step, steps))
    autocast = torch.autocast(device.type, precision, enabled=precision != torch.float32)

    def reconstruct(pixels):
        with autocast:
            return model(pixels)

    plane = options.latent == 2  # such codes can be drawn as they are
    training = Resumable(
        folder, settings, origin, {"model": model, "optimizer": optimizer, "schedule": schedule},
        {"shuffling": torch.Generator().manual_seed(seed)},
        {
            "curve": [],
            "snapshots": [snapshot(model, data)] if plane else [],
            "losses": torch.zeros(steps_per_epoch, device=device),
        },
        data.train_images, options.batch_size, options.checkpoint_every, stopping,
    )  # fmt: skip
    training.begin(options.resume)
    record = training.record
    with tqdm(total=steps, initial=training.step, unit="step", disable=None) as bar:
        for epoch in training.epochs(options.epochs):
            train_epoch(
                model, training.batches(), reconstruct, LOSSES[options.loss], optimizer, schedule,
                record["losses"], bar.update,
            )  # fmt: skip
            train_loss = record["losses"].mean().item()
            training.refuse_not_finite("training losses", [train_loss])
            test = tested(model, reconstruct, data, training)
            if plane:
                record["snapshots"].append(snapshot(model, data))
            record["curve"].append(
                {"epoch": epoch, "train": train_loss, "test": test[options.loss]}
            )
            report_epoch(bar, record["curve"], options.epochs, options.loss, training.seconds)

    pca = reconstruction_errors(components.to(device).reconstruct, data.test_images)
    metrics = write_run(folder, model, reconstruct, data, record, pca, {
        **settings,
        "seconds": round(training.seconds, 2),
        "images_per_second": round(options.epochs * len(data.train_images) / training.seconds),
        "resumed": training.resumed,
        **origin,
    })  # fmt: skip
    discard_checkpoints(folder)
    return metrics


def train_epoch(
    model, batches: Iterator[tuple[int, Tensor]], reconstruct, loss_function, optimizer, schedule,
    losses: Tensor, progress,
) -> None:  # fmt: skip
    """Train `model` on the `batches`; put the loss of each into its place in `losses`.

    Nothing in here reads a value back from the device: the host prepares the next step while
    the device works on this one. (`Resumable.batches` looks at the gradients every 50 steps.)
    """
    model.train()
    for place, pixels in batches:
        loss = loss_function(reconstruct(pixels).float(), pixels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses[place] = loss.detach()
        progress()


def tested(
    model: Autoencoder, reconstruct, data: datasets.ImageData, training: Resumable
) -> dict[str, float]:
    """Return the errors on the test images after an epoch, `model` in evaluation mode from now on.

    Raises:
        NotFinite: they are not.
    """
    model.eval()
    test = reconstruction_errors(reconstruct, data.test_images)
    training.refuse_not_finite("test errors", test.values())
    return test


def report_epoch(
    bar: tqdm, curve: list[dict[str, float]], epochs: int, loss: str, seconds: float
) -> None:
    """Print the last point of `curve`."""
    point = curve[-1]
    bar.set_postfix(train=f"{point['train']:.5f}", test=f"{point['test']:.5f}")
    bar.write(
        f"epoch {point['epoch']:3}/{epochs}  {loss} per pixel: train {point['train']:.5f}  "
        f"test {point['test']:.5f}  ({seconds:.0f} s)"
    )


def write_run(
    folder: Path,
    model: Autoencoder,
    reconstruct,
    data: datasets.ImageData,
    record: dict[str, Any],
    pca: dict[str, float],
    settings: dict[str, Any],
    pictures: dict[str, Figure] | None = None,
) -> dict[str, Any]:
    """Measure the trained `model`, fill its folder, print what came out, return the metrics.

    `reconstruct` is `model` in the precision of its training, `record` has its curve and
    snapshots, `pca` the test errors of principal components of the same size; `settings` is what
    metrics.json says beside errors and curve, `pictures` are further figures by file name.
    """
    loss, latent, curve = settings["loss"], settings["latent"], record["curve"]
    model.eval()
    test = reconstruction_errors(reconstruct, data.test_images)
    pixels = to_pixels(data.test_images[:PICTURES])
    with torch.no_grad():
        decoded = reconstruct(pixels).float()
    name = f"{settings['data']}, {latent} latent dimensions"
    pictures = {
        **(pictures or {}),
        "loss_curve.png": figures.loss_curve(curve, loss, pca[loss], f"Training: {name}"),
        "reconstructions.png": figures.originals_over_reconstructions(
            pixels.cpu(), [figures.Row("decoded", decoded.cpu(), {}, {})],
            f"{name}: test digits over their reconstructions, L1 {test['l1']:.4f} per pixel",
        ),
    }  # fmt: skip
    metrics = {"test": test, "pca_test": pca, "curve": curve, **settings}
    with staged(folder, runs.NUMBERS) as stage:
        read_again = [runs.save_model(stage, model)]
        if record["snapshots"]:
            read_again.append(save_history(stage, record["snapshots"]))
        drawn = [save_figure(figure, stage / file) for file, figure in pictures.items()]
        files = [*read_again, *drawn, runs.save_metrics(stage, metrics, read_again)]
    print(f"\n{'test set':14} {'this network':>14} {'PCA-' + str(latent):>14}")
    for key, meaning in ERRORS.items():
        print(f"{meaning:14} {test[key]:14.6f} {pca[key]:14.6f}")
    print_written(folder, files)
    return metrics


def summarise(results: list[dict[str, Any]], path: Path) -> None:
    """Print mean and standard deviation of the test errors over the seeds, and write them."""
    spread = {key: mean_and_sd([result["test"][key] for result in results]) for key in ERRORS}
    write_json(path, {"seeds": [result["seed"] for result in results], "test": spread})
    print(f"\n{'test set':14} {'mean':>14} {'sd':>14}   over {len(results)} seeds")
    for key, meaning in ERRORS.items():
        print(f"{meaning:14} {spread[key]['mean']:14.6f} {spread[key]['sd']:14.6f}")
    print_written(path.parent, [path])


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    add_training_options(parser, EPOCHS, LEARNING_RATE)
    add = parser.add_argument
    add("--batch-size", type=cli.whole_number(2, 60_000), default=BATCH_SIZE)
    return parser.parse_args()


def add_training_options(parser: argparse.ArgumentParser, epochs: int, lr: float) -> None:
    """Add the options that all trainings of an autoencoder have."""
    add = parser.add_argument
    add("--latent", type=cli.whole_number(1, PIXELS), required=True, help="size of the code")
    add("--loss", choices=LOSSES, default="l1", help="reconstruction loss")
    add("--data", choices=datasets.DATASETS, default="mnist", help="data set")
    add("--data-root", type=Path, default=datasets.default_root(), help="where data sets lie")
    add("--epochs", type=cli.whole_number(1, 10_000), default=epochs, help="of this training")
    add("--lr", type=cli.positive_number, default=lr, help="greatest learning rate")
    add("--seed", type=cli.whole_number(0, 2**31 - 1), default=0)
    add("--seeds", type=cli.whole_number(1, 100), default=1, help="trainings, from --seed upwards")
    add("--resume", action="store_true", help="go on from the newest good checkpoint")
    parser.set_defaults(checkpoint_every=None)
    add("--checkpoint-every", type=cli.whole_number(1, 10**9), default=argparse.SUPPRESS,
        metavar="STEPS", help="steps between checkpoints (default: an epoch's)")  # fmt: skip
    add("--deterministic", action="store_true", help="only algorithms that always give equal bits")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--precision", choices=PRECISIONS, default="auto", help="of the matrix products")
    cli.add_results_option(parser, runs.FOLDER)


if __name__ == "__main__":
    cli.run(main)
