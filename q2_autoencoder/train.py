"""Train an autoencoder on handwritten digits and report what it keeps.

Usage:
    python q2_autoencoder/train.py --latent 256
    python q2_autoencoder/train.py --latent 30 --loss mse --seeds 3
    python q2_autoencoder/train.py --latent 16 --data digits --epochs 3 --device cpu
"""

import math
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from tqdm import tqdm

from q2_autoencoder import figures, runs
from q2_autoencoder.data import batches_per_epoch, shuffled_batches, to_pixels
from q2_autoencoder.evaluation import mean_and_sd, reconstruction_errors
from q2_autoencoder.model import PIXELS, Autoencoder
from q2_autoencoder.pca import principal_components
from q2_autoencoder.schedule import one_cycle
from q2_autoencoder.snapshots import save_history, snapshot
from shared import cli, datasets
from shared.device import PRECISION_NAMES, PRECISIONS, choose_device, choose_precision
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import shown, writable_folder, write_json
from shared.provenance import environment

EPOCHS, BATCH_SIZE, LEARNING_RATE = 10, 250, 3e-3
PICTURES = 12  # test images in the figure of reconstructions: the first ones, not chosen ones
LOSSES = {"l1": functional.l1_loss, "mse": functional.mse_loss}
ERRORS = {"l1": "L1 per pixel", "mse": "MSE per pixel", "squared_error": "SE per image"}


def main() -> None:
    options = parse()
    device = choose_device(options.device)
    precision = choose_precision(options.precision, device)
    data = datasets.load(options.data, options.data_root)
    seeds = range(options.seed, options.seed + options.seeds)
    folders = [
        options.results / runs.run_name(options.data, options.loss, options.latent, seed)
        for seed in seeds
    ]
    for folder in folders:
        writable_folder(folder)
    origin = environment(device)  # before the training: the code that runs, not what follows it
    results = [
        train(options, data.to(device), seed, precision, folder, origin)
        for seed, folder in zip(seeds, folders, strict=True)
    ]
    if options.seeds > 1:
        name = runs.run_name(options.data, options.loss, options.latent, options.seed)
        summarise(results, options.results / f"{name}-to-{seeds[-1]}.json")


def train(
    options,
    data: datasets.ImageData,
    seed: int,
    precision: torch.dtype,
    folder: Path,
    origin: dict[str, Any],
) -> dict[str, Any]:
    """Train on `data`, which lies on the training device, fill `folder`, return the metrics.

    `origin` is what `provenance.environment` says. The metrics' seconds are those of the training
    steps: without principal components, tests and figures.
    """
    device = data.train_images.device
    torch.manual_seed(seed)
    shuffling = torch.Generator().manual_seed(seed)
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
    snapshots = [snapshot(model, data)] if plane else []
    curve, seconds = [], 0.0
    bar = tqdm(total=steps, unit="step", disable=None)
    for epoch in range(1, options.epochs + 1):
        started = time.perf_counter()
        total = train_epoch(
            model, data.train_images, options.batch_size, shuffling, reconstruct,
            LOSSES[options.loss], optimizer, schedule, bar.update,
        )  # fmt: skip
        train_loss = total.item() / steps_per_epoch  # the one time an epoch that we wait for it
        seconds += time.perf_counter() - started
        model.eval()
        test = reconstruction_errors(reconstruct, data.test_images)
        if not all(map(math.isfinite, (train_loss, *test.values()))):
            raise BadInput(f"the loss is no longer finite in epoch {epoch}; give a lower --lr")
        if plane:
            snapshots.append(snapshot(model, data))
        curve.append({"epoch": epoch, "train": train_loss, "test": test[options.loss]})
        bar.set_postfix(train=f"{train_loss:.5f}", test=f"{test[options.loss]:.5f}")
        bar.write(
            f"epoch {epoch:3}/{options.epochs}  {options.loss} per pixel: "
            f"train {train_loss:.5f}  test {test[options.loss]:.5f}  ({seconds:.0f} s)"
        )
    bar.close()

    pca = reconstruction_errors(components.to(device).reconstruct, data.test_images)
    return write_run(folder, model, reconstruct, data, curve, snapshots, pca, {
        "data": options.data,
        "latent": options.latent,
        "loss": options.loss,
        "epochs": options.epochs,
        "batch_size": options.batch_size,
        "learning_rate": options.lr,
        "seed": seed,
        "precision": PRECISION_NAMES[precision],
        "seconds": round(seconds, 2),
        "images_per_second": round(options.epochs * len(data.train_images) / seconds),
        **origin,
    })  # fmt: skip


def write_run(
    folder: Path,
    model: Autoencoder,
    reconstruct,
    data: datasets.ImageData,
    curve: list[dict[str, float]],
    snapshots: list[Any],
    pca: dict[str, float],
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Measure the trained `model`, fill its folder, print what came out, return the metrics.

    `reconstruct` is `model` in the precision of its training, `pca` the test errors of principal
    components of the same size; `settings` is what metrics.json says beside errors and curve.
    """
    loss, latent = settings["loss"], settings["latent"]
    model.eval()
    test = reconstruction_errors(reconstruct, data.test_images)
    pixels = to_pixels(data.test_images[:PICTURES])
    with torch.no_grad():
        pictures = reconstruct(pixels).float()
    name = f"{settings['data']}, {latent} latent dimensions"
    runs.discard_numbers(folder)
    files = [
        runs.save_model(folder, model),
        save_figure(
            figures.loss_curve(curve, loss, pca[loss], f"Training: {name}"),
            folder / "loss_curve.png",
        ),
        save_figure(
            figures.originals_over_reconstructions(
                pixels.cpu(), [figures.Row("decoded", pictures.cpu(), {}, {})],
                f"{name}: test digits over their reconstructions, L1 {test['l1']:.4f} per pixel",
            ),
            folder / "reconstructions.png",
        ),
    ]  # fmt: skip
    if snapshots:
        files.append(save_history(folder, snapshots))
    metrics = {"test": test, "pca_test": pca, "curve": curve, **settings}
    files.append(runs.save_metrics(folder, metrics))
    print(f"\n{'test set':14} {'this network':>14} {'PCA-' + str(latent):>14}")
    for key, meaning in ERRORS.items():
        print(f"{meaning:14} {test[key]:14.6f} {pca[key]:14.6f}")
    print("\nWritten:", *(shown(file) for file in files), sep="\n  ", flush=True)
    return metrics


def train_epoch(
    model, images, batch_size, shuffling, reconstruct, loss_function, optimizer, schedule, progress
) -> torch.Tensor:
    """Train `model` once on all `images`; return the sum of the batches' losses, not waited for.

    Nothing in here reads a value back from the device: the host prepares the next step while
    the device works on this one.
    """
    model.train()
    total = torch.zeros((), device=images.device)
    for pixels in shuffled_batches(images, batch_size, shuffling):
        loss = loss_function(reconstruct(pixels).float(), pixels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.detach()
        progress()
    return total


def summarise(results: list[dict[str, Any]], path: Path) -> None:
    """Print mean and standard deviation of the test errors over the seeds, and write them."""
    spread = {key: mean_and_sd([result["test"][key] for result in results]) for key in ERRORS}
    write_json(path, {"seeds": [result["seed"] for result in results], "test": spread})
    print(f"\n{'test set':14} {'mean':>14} {'sd':>14}   over {len(results)} seeds")
    for key, meaning in ERRORS.items():
        print(f"{meaning:14} {spread[key]['mean']:14.6f} {spread[key]['sd']:14.6f}")
    print("\nWritten:", shown(path), sep="\n  ")


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--latent", type=cli.whole_number(1, PIXELS), required=True, help="size of the code")
    add("--loss", choices=LOSSES, default="l1", help="reconstruction loss")
    add("--data", choices=datasets.DATASETS, default="mnist", help="data set")
    add("--data-root", type=Path, default=datasets.default_root(), help="where data sets lie")
    add("--epochs", type=cli.whole_number(1, 10_000), default=EPOCHS)
    add("--batch-size", type=cli.whole_number(2, 60_000), default=BATCH_SIZE)
    add("--lr", type=cli.positive_number, default=LEARNING_RATE, help="greatest learning rate")
    add("--seed", type=cli.whole_number(0, 2**31 - 1), default=0)
    add("--seeds", type=cli.whole_number(1, 100), default=1, help="trainings, from --seed upwards")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--precision", choices=PRECISIONS, default="auto", help="of the matrix products")
    cli.add_results_option(parser, runs.FOLDER)
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
