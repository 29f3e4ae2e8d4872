"""Train an autoencoder on handwritten digits and report what it keeps.

Usage:
    python q2_autoencoder/train.py --latent 256
    python q2_autoencoder/train.py --latent 16 --data digits --epochs 3 --device cpu
"""

import math
import time
from pathlib import Path

import torch
from torch.nn import functional
from tqdm import tqdm

from q2_autoencoder import figures
from q2_autoencoder.data import batches_per_epoch, shuffled_batches, to_pixels
from q2_autoencoder.evaluation import reconstruction_errors
from q2_autoencoder.model import PIXELS, Autoencoder
from q2_autoencoder.pca import principal_components
from q2_autoencoder.runs import discard_metrics, run_name, save_checkpoint, save_metrics
from q2_autoencoder.schedule import one_cycle
from shared import cli, datasets
from shared.device import PRECISIONS, choose_device, choose_precision
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import RESULTS, shown, writable_folder
from shared.provenance import environment

EPOCHS, BATCH_SIZE, LEARNING_RATE = 8, 256, 3e-3
PICTURES = 12  # test images in the figure of reconstructions: the first ones, not chosen ones
LOSSES = {"l1": functional.l1_loss, "mse": functional.mse_loss}


def main() -> None:
    options = parse()
    device = choose_device(options.device)
    precision = choose_precision(options.precision, device)
    data = datasets.load(options.data, options.data_root)
    folder = options.results / run_name(options.data, options.loss, options.latent, options.seed)
    writable_folder(folder)
    train_images, test_images = data.train_images.to(device), data.test_images.to(device)

    torch.manual_seed(options.seed)
    shuffling = torch.Generator().manual_seed(options.seed)
    components = principal_components(data.train_images, options.latent)
    model = Autoencoder(options.latent, components).to(device, memory_format=torch.channels_last)
    loss_function = LOSSES[options.loss]
    steps_per_epoch = batches_per_epoch(len(train_images), options.batch_size)
    steps = steps_per_epoch * options.epochs
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step, steps))
    autocast = torch.autocast(device.type, precision, enabled=precision != torch.float32)

    def reconstruct(pixels):
        with autocast:
            return model(pixels)

    curve, seconds = [], 0.0
    bar = tqdm(total=steps, unit="step", disable=None)
    for epoch in range(1, options.epochs + 1):
        started = time.perf_counter()
        model.train()
        total = torch.zeros((), device=device)
        for pixels in shuffled_batches(train_images, options.batch_size, shuffling):
            loss = loss_function(reconstruct(pixels).float(), pixels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
            bar.update()
        train_loss = total.item() / steps_per_epoch  # the one time an epoch that we wait for it
        seconds += time.perf_counter() - started
        model.eval()
        errors = reconstruction_errors(reconstruct, test_images)
        if not all(map(math.isfinite, (train_loss, *errors.values()))):
            raise BadInput(f"the loss is no longer finite in epoch {epoch}; give a lower --lr")
        curve.append({"epoch": epoch, "train": train_loss, "test": errors[options.loss]})
        bar.set_postfix(train=f"{train_loss:.5f}", test=f"{errors[options.loss]:.5f}")
        bar.write(
            f"epoch {epoch:3}/{options.epochs}  {options.loss} per pixel: "
            f"train {train_loss:.5f}  test {errors[options.loss]:.5f}  ({seconds:.0f} s)"
        )
    bar.close()

    model.eval()
    final = reconstruction_errors(reconstruct, test_images)
    pca = reconstruction_errors(components.reconstruct, data.test_images)
    pixels = to_pixels(test_images[:PICTURES])
    with torch.no_grad():
        pictures = reconstruct(pixels).float().view(-1, 28, 28).cpu()
    name = f"{options.data}, {options.latent} latent dimensions"
    discard_metrics(folder)
    files = [
        save_checkpoint(folder, model),
        save_figure(
            figures.loss_curve(curve, options.loss, pca[options.loss], f"Training: {name}"),
            folder / "loss_curve.png",
        ),
        save_figure(
            figures.originals_over_reconstructions(
                pixels.view(-1, 28, 28).cpu(), pictures,
                f"{name}: test digits over their reconstructions, L1 {final['l1']:.4f} per pixel",
            ),
            folder / "reconstructions.png",
        ),
    ]  # fmt: skip
    files.append(
        save_metrics(
            folder,
            {
                "data": options.data,
                "latent": options.latent,
                "loss": options.loss,
                "test": final,
                "pca_test": pca,
                "curve": curve,
                "epochs": options.epochs,
                "batch_size": options.batch_size,
                "learning_rate": options.lr,
                "seed": options.seed,
                "precision": {torch.bfloat16: "bf16", torch.float32: "fp32"}[precision],
                "seconds": round(seconds, 2),
                "images_per_second": round(options.epochs * len(train_images) / seconds),
                **environment(device),
            },
        )
    )
    print(f"\n{'test set':14} {'this network':>14} {'PCA-' + str(options.latent):>14}")
    for key, meaning in (
        ("l1", "L1 per pixel"), ("mse", "MSE per pixel"), ("squared_error", "SE per image"),
    ):  # fmt: skip
        print(f"{meaning:14} {final[key]:14.6f} {pca[key]:14.6f}")
    print("\nWritten:", *(shown(file) for file in files), sep="\n  ")


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
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--precision", choices=PRECISIONS, default="auto", help="of the matrix products")
    cli.add_results_option(parser, RESULTS / "q2_autoencoder")
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
