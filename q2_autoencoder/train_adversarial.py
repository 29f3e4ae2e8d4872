"""Go on from a plain training, now against dis_net, which tells clear images from blurred ones.

Usage:
    python q2_autoencoder/train_adversarial.py --latent 16
    python q2_autoencoder/train_adversarial.py --latent 16 --adversary three-step --seeds 3
    python q2_autoencoder/train_adversarial.py --latent 16 --adversary none

Starts from the run that `train.py --latent 16` made. `--adversary none` goes on without dis_net
for as many updates: what the others are to be compared with. (`--apart` makes two in each step.)
"""

import argparse
import copy
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from q2_autoencoder import figures, runs
from q2_autoencoder.adversarial import (
    STRATEGIES,
    Players,
    Report,
    Step,
    clear_and_blurred,
    fake_weight,
    held_still,
    steps_of,
    trouble,
)
from q2_autoencoder.data import batches_per_epoch, shuffled_batches, to_pixels
from q2_autoencoder.discriminator import Discriminator, accuracy_by_width
from q2_autoencoder.evaluation import reconstruction_errors
from q2_autoencoder.model import PIXELS
from q2_autoencoder.schedule import one_cycle
from q2_autoencoder.snapshots import load_history, snapshot
from q2_autoencoder.train import LOSSES, summarise, write_run
from q2_autoencoder.variants import WEIGHTS, Variant, default_feature_weight
from shared import cli, datasets
from shared.device import PRECISION_NAMES, PRECISIONS, choose_device, choose_precision
from shared.errors import BadInput
from shared.figures import save_figure
from shared.files import shown, writable_folder, write_json
from shared.provenance import environment

EPOCHS, LEARNING_RATE = 1, 1e-3
DIS_NET_LEARNING_RATE, DIS_NET_BETAS = 1e-3, (0.5, 0.99)
TESTED_WIDTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5)
FELL_APART = 3  # exit status; 1 is Python's for a traceback, 2 for bad input
TRACE = 20  # steps whose mean is one point of the players' curves


def main() -> int:
    options = parse()
    device = choose_device(options.device)
    precision = choose_precision(options.precision, device)
    data = datasets.load(options.data, options.data_root)
    seeds = range(options.seed, options.seed + options.seeds)
    starts = [load_start(options, seed, len(data.test_images)) for seed in seeds]
    going_on = Variant(
        options.loss, options.adversary, options.apart, options.weight, options.feature_weight
    )
    folders = [
        options.results
        / runs.run_name(options.data, options.loss, options.latent, seed, going_on.name)
        for seed in seeds
    ]
    for folder in folders:
        writable_folder(folder)
    origin = environment(device)  # before the training: the code that runs, not what follows it
    results = [
        train(options, going_on, data.to(device), start, snapshots, precision, folder, origin)
        for (start, snapshots), folder in zip(starts, folders, strict=True)
    ]
    finished = [metrics for metrics in results if metrics is not None]
    if options.seeds > 1:
        print(f"\n{len(finished)} of {len(results)} seeds finished")
        summary = folders[0].with_name(f"{folders[0].name}-to-{seeds[-1]}.json")
        summary.unlink(missing_ok=True)
        if finished:
            summarise(finished, summary)
    return 0 if len(finished) == len(results) else FELL_APART


def load_start(options, seed: int, images: int) -> tuple[runs.Run, list[Any]]:
    """Return the plain run to go on from, and the snapshots of its plane where it has one.

    Raises:
        BadInput: it is missing, not whole or damaged.
    """
    name = runs.run_name(options.data, options.loss, options.latent, seed)
    if not (options.results / name).is_dir():
        raise BadInput(
            f"there is no plain run {shown(options.results / name)} to go on from; make it with: "
            f"python q2_autoencoder/train.py --data {options.data} --loss {options.loss} "
            f"--latent {options.latent} --seed {seed}"
        )
    start = runs.load_run(options.results / name)
    if options.latent != 2:
        return start, []
    history = load_history(start.folder, len(start.metrics["curve"]), images)
    return start, list(zip(history.codes, history.pictures, strict=True))


def train(
    options,
    variant: Variant,
    data: datasets.ImageData,
    start: runs.Run,
    snapshots: list[Any],
    precision: torch.dtype,
    folder: Path,
    origin: dict[str, Any],
) -> dict[str, Any] | None:
    """Train on from `start`, fill `folder`, return the metrics, or None where it fell apart.

    `data` lies on the training device. The metrics' curve, epochs and seconds are of both trainings
    together; "adversarial" says what belongs to this one.
    """
    device, seed = data.train_images.device, start.metrics["seed"]
    batch_size = start.metrics["batch_size"]
    weight, feature_weight = variant.weights(options.latent)
    torch.manual_seed(seed)
    shuffling = torch.Generator().manual_seed(seed)
    model = start.model.to(device, memory_format=torch.channels_last)
    dis_net = Discriminator().to(device)
    steps_per_epoch = batches_per_epoch(len(data.train_images), batch_size)
    total_steps = steps_per_epoch * options.epochs
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: one_cycle(s, total_steps))
    autocast = torch.autocast(device.type, precision, enabled=precision != torch.float32)
    players = Players(
        model, dis_net, optimizer,
        torch.optim.Adam(
            dis_net.parameters(), lr=DIS_NET_LEARNING_RATE, betas=DIS_NET_BETAS, fused=True
        ),
        LOSSES[variant.loss], fake_weight(variant.strategy), weight, feature_weight,
        torch.Generator().manual_seed(seed), autocast,
    )  # fmt: skip
    steps = steps_of(variant.strategy, variant.apart)

    def reconstruct(pixels: Tensor) -> Tensor:
        with autocast:
            return model(pixels)

    def told() -> list[dict[str, float]]:
        with held_still(dis_net):  # or measuring would move its spectral norms
            return accuracy_by_width(dis_net, to_pixels(data.test_images), TESTED_WIDTHS)

    print(f"{folder.name}: going on from {shown(start.folder)}", flush=True)
    against = variant.strategy != "none"
    accuracy, trace, curve = {}, [], list(start.metrics["curve"])
    snapshots = list(snapshots)
    good = copy.deepcopy(model.state_dict())  # of the last epoch that went well
    bar = tqdm(total=total_steps + against * steps_per_epoch, unit="step", disable=None)
    seconds, warm_up = 0.0, {}
    if against:  # dis_net learns what blur is, the only kind of fake as yet, before anyone listens
        started = time.perf_counter()
        batches = shuffled_batches(data.train_images, batch_size, shuffling)
        alone = players._replace(fake_weight=1.0)
        warm_up = thinned([play(alone, (clear_and_blurred,), batches, bar.update)])
        seconds += time.perf_counter() - started
        accuracy["before"] = told()
    warm_up_seconds = seconds
    for epoch in range(len(curve) + 1, len(curve) + options.epochs + 1):
        started = time.perf_counter()
        model.train()
        batches = shuffled_batches(data.train_images, batch_size, shuffling)
        reports = play(players, steps, batches, lambda: (schedule.step(), bar.update()))
        train_loss = reports["reconstruction_loss"].mean().item()  # waits for the device
        seconds += time.perf_counter() - started
        model.eval()
        test = reconstruction_errors(reconstruct, data.test_images)
        if reason := trouble(reports, test):
            bar.close()
            return give_up(folder, model, good, start, epoch, reason)
        good = copy.deepcopy(model.state_dict())
        if snapshots:
            snapshots.append(snapshot(model, data))
        trace.append(reports)
        curve.append({"epoch": epoch, "train": train_loss, "test": test[options.loss]})
        bar.set_postfix(train=f"{train_loss:.5f}", test=f"{test[options.loss]:.5f}")
        bar.write(
            f"epoch {epoch:3}/{start.metrics['epochs'] + options.epochs}  {options.loss} per "
            f"pixel: train {train_loss:.5f}  test {test[options.loss]:.5f}  ({seconds:.0f} s)"
        )
    bar.close()

    runs.discard_numbers(folder)
    curves = thinned(trace)
    if against:
        accuracy["after"] = told()
        words = f"{variant.name}, {options.data}, size {options.latent}, seed {seed}"
        files = [
            save_figure(figures.players(warm_up, curves, TRACE, words), folder / "players.png"),
            save_figure(
                figures.accuracy_by_width(
                    {"having learnt blur only": accuracy["before"],
                     "after the training": accuracy["after"]},
                    f"What dis_net tells rightly ({words})",
                ),
                folder / "dis_net.png",
            ),
        ]  # fmt: skip
        print("\nWritten:", *(shown(file) for file in files), sep="\n  ")
    pca = start.metrics["pca_test"]
    return write_run(folder, model, reconstruct, data, curve, snapshots, pca, {
        "data": options.data,
        "latent": options.latent,
        "loss": options.loss,
        "epochs": start.metrics["epochs"] + options.epochs,
        "batch_size": batch_size,
        "learning_rate": options.lr,
        "seed": seed,
        "precision": PRECISION_NAMES[precision],
        "seconds": round(start.metrics["seconds"] + seconds, 2),
        "images_per_second": round(
            options.epochs * len(data.train_images) / (seconds - warm_up_seconds)
        ),
        "adversarial": {
            "start": start.folder.name,
            "start_sha256": runs.checkpoint_digest(start.folder),
            "strategy": variant.strategy,
            "apart": variant.apart,
            "weight": weight,
            "feature_weight": feature_weight,
            "epochs": options.epochs,
            "seconds": round(seconds, 2),
            "steps_a_point": TRACE,
            "warm_up": warm_up,
            "curves": curves,
            "dis_net_accuracy": accuracy,
        },
        **origin,
    })  # fmt: skip


def play(players: Players, steps: tuple[Step, ...], batches, progress) -> Report:
    """Take `steps` in turn on every batch; return what they measured, each a tensor (S,).

    Nothing in here reads a value back from the device.
    """
    reports = []
    for clear in batches:
        reports.append({})
        for step in steps:
            reports[-1] |= step(players, clear)
        progress()
    return {key: torch.stack([report[key] for report in reports]) for key in reports[0]}


def thinned(trace: list[Report]) -> dict[str, list[float]]:
    """Return the means over every `TRACE` steps of what the epochs measured."""
    return {
        key: [
            part.mean().item()
            for part in torch.cat([reports[key] for reports in trace]).split(TRACE)
        ]
        for key in trace[0]
    }


def give_up(folder: Path, model, good: dict[str, Tensor], start, epoch: int, reason: str) -> None:
    """Leave the last good weights and the reason in `folder`, say so, and leave no numbers."""
    runs.discard_numbers(folder)
    for name in ("players.png", "dis_net.png", "loss_curve.png", "reconstructions.png"):
        (folder / name).unlink(missing_ok=True)  # of an earlier training that went well
    model.load_state_dict(good)
    path = runs.save_model(folder, model)
    write_json(folder / runs.FAILURE, {"epoch": epoch, "reason": reason})
    cli.complain(
        f"{folder.name} stopped in epoch {epoch}: {reason}; the weights before that epoch are in "
        f"{shown(path)} (started from {start.folder.name})"
    )


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--latent", type=cli.whole_number(1, PIXELS), required=True, help="size of the code")
    add("--loss", choices=LOSSES, default="l1", help="reconstruction loss")
    add("--adversary", choices=STRATEGIES, default="four-step", help="how dis_net takes part")
    add("--apart", action="store_true", help="take steps 3 and 4 as two updates")
    by_loss = ", ".join(f"{weight:g} with {loss}" for loss, weight in WEIGHTS.items())
    add("--weight", type=cli.positive_number, default=argparse.SUPPRESS,
        help=f"of the adversarial loss (default: {by_loss})")  # fmt: skip
    large, small = (f"{default_feature_weight(latent):g}" for latent in (16, 2))
    add("--feature-weight", type=cli.number_from_zero, default=argparse.SUPPRESS,
        help=f"within it, of the distance in features (default: {large}, {small} below size 8)"
    )  # fmt: skip
    add("--data", choices=datasets.DATASETS, default="mnist", help="data set")
    add("--data-root", type=Path, default=datasets.default_root(), help="where data sets lie")
    add("--epochs", type=cli.whole_number(1, 10_000), default=EPOCHS, help="to go on for")
    add("--lr", type=cli.positive_number, default=LEARNING_RATE, help="greatest learning rate")
    add("--seed", type=cli.whole_number(0, 2**31 - 1), default=0)
    add("--seeds", type=cli.whole_number(1, 100), default=1, help="trainings, from --seed upwards")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--precision", choices=PRECISIONS, default="auto", help="of the matrix products")
    cli.add_results_option(parser, runs.FOLDER)
    # The help says what stands for a missing weight: it depends on the other options.
    options = parser.parse_args(namespace=argparse.Namespace(weight=None, feature_weight=None))
    given = options.apart, options.weight, options.feature_weight
    if options.adversary == "none" and given != (False, None, None):
        parser.error(
            "--apart, --weight and --feature-weight need an adversary; --adversary is none"
        )
    return options


if __name__ == "__main__":
    cli.run(main)
