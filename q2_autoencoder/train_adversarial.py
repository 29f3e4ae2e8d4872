"""Go on from a plain training, now against dis_net, which tells clear images from blurred ones.

Usage:
    python q2_autoencoder/train_adversarial.py --latent 16
    python q2_autoencoder/train_adversarial.py --latent 16 --adversary three-step --seeds 3
    python q2_autoencoder/train_adversarial.py --latent 16 --adversary none
    python q2_autoencoder/train_adversarial.py --latent 16 --resume

Starts from the run that `train.py --latent 16` made. `--adversary none` goes on without dis_net
for as many updates: what the others are to be compared with. (`--apart` makes two in each step.)
"""

import argparse
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from q2_autoencoder.networks.batches import batches_per_epoch, to_pixels
from q2_autoencoder.networks.discriminator import Discriminator, accuracy_by_width
from q2_autoencoder.plots import figures
from q2_autoencoder.train import (
    LOSSES,
    add_training_options,
    choose_computing,
    report_epoch,
    summarise,
    tested,
    write_run,
)
from q2_autoencoder.training import run_folder as runs
from q2_autoencoder.training.adversarial import (
    STRATEGIES,
    Players,
    Report,
    Step,
    clear_and_blurred,
    held_still,
    steps_of,
    trouble,
    weight_of_fakes,
)
from q2_autoencoder.training.checkpointing import (
    NotFinite,
    Resumable,
    discard_checkpoints,
    finished,
    guarded,
)
from q2_autoencoder.training.schedule import one_cycle
from q2_autoencoder.training.snapshots import history_of, snapshot
from q2_autoencoder.training.variants import WEIGHTS, Variant
from shared import cli, datasets
from shared.device import PRECISION_NAMES
from shared.errors import BadInput
from shared.files import shown, staged, write_json
from shared.provenance import environment

EPOCHS, LEARNING_RATE = 1, 1e-3
DIS_NET_LEARNING_RATE, DIS_NET_BETAS = 3e-3, (0.5, 0.99)
TESTED_WIDTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5)
FELL_APART = 3  # exit status; 1 is Python's for a traceback, 2 for bad input
TRACE = 20  # steps whose mean is one point of the players' curves


def main() -> int:
    options = parse()
    device, precision = choose_computing(options)
    data = datasets.load(options.data, options.data_root)
    seeds = range(options.seed, options.seed + options.seeds)
    starts = [load_start(options, seed, len(data.test_images)) for seed in seeds]
    going_on = Variant(
        options.loss, options.adversary, options.apart, options.score_weight,
        options.feature_weight,
    )  # fmt: skip
    folders = [
        options.results
        / runs.run_name(options.data, options.loss, options.latent, seed, going_on.name)
        for seed in seeds
    ]
    with guarded(folders) as stopping:
        origin = environment(device)  # before the training: the code that runs, not what follows
        results = [
            train(
                options, going_on, data.to(device), start, snapshots, precision, folder, origin,
                stopping,
            )
            for (start, snapshots), folder in zip(starts, folders, strict=True)
        ]  # fmt: skip
    whole = [metrics for metrics in results if metrics is not None]
    if options.seeds > 1:
        print(f"\n{len(whole)} of {len(results)} seeds finished")
        summary = folders[0].with_name(f"{folders[0].name}-to-{seeds[-1]}.json")
        summary.unlink(missing_ok=True)
        if whole:
            summarise(whole, summary)
    return 0 if len(whole) == len(results) else FELL_APART


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
    history = history_of(start, images)
    return start, [] if history is None else list(zip(history.codes, history.pictures, strict=True))


def train(
    options,
    variant: Variant,
    data: datasets.ImageData,
    start: runs.Run,
    snapshots: list[Any],
    precision: torch.dtype,
    folder: Path,
    origin: dict[str, Any],
    stopping: Callable[[], int | None],
) -> dict[str, Any] | None:
    """Train on from `start`, fill `folder`, return the metrics, or None where it fell apart.

    `data` lies on the training device. The metrics' curve, epochs and seconds are of both trainings
    together; "adversarial" says what belongs to this one.
    """
    score_weight, feature_weight = variant.weights(options.latent)
    settings = {
        "data": options.data,
        "latent": options.latent,
        "loss": options.loss,
        "learning_rate": options.lr,
        "seed": start.metrics["seed"],
        "precision": PRECISION_NAMES[precision],
        "deterministic": options.deterministic,
        "adversarial": {
            "start": start.folder.name,
            "start_sha256": start.metrics["files"][runs.CHECKPOINT],
            "strategy": variant.strategy,
            "apart": variant.apart,
            "score_weight": score_weight,
            "feature_weight": feature_weight,
            "epochs": options.epochs,
        },
    }
    if options.resume and (metrics := finished(folder, settings)):
        return metrics
    players = new_players(options, variant, start, data.train_images, precision)
    model, optimizer = players.autoencoder, players.autoencoder_optimizer
    batch_size = start.metrics["batch_size"]
    updates = batches_per_epoch(len(data.train_images), batch_size) * options.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: one_cycle(s, updates))
    training = Resumable(
        folder, settings, origin,
        {
            "autoencoder": model, "dis_net": players.dis_net, "optimizer": optimizer,
            "dis_net_optimizer": players.dis_net_optimizer, "schedule": schedule,
        },
        {
            "shuffling": torch.Generator().manual_seed(settings["seed"]),
            "widths": players.widths,
        },
        {
            "curve": list(start.metrics["curve"]),
            "snapshots": [tuple(map(torch.from_numpy, one)) for one in snapshots],
            "reports": {},  # of the epoch under way
            "warm_up": {},
            "warm_up_seconds": 0.0,
            "trace": [],  # the reports of the epochs after it
            "dis_net_accuracy": {},
            "good": copy.deepcopy(model.state_dict()),  # after the last epoch that went well
        },
        data.train_images, batch_size, options.checkpoint_every, stopping,
    )  # fmt: skip

    def reconstruct(pixels: Tensor) -> Tensor:
        with players.autocast:
            return model(pixels)

    print(f"{folder.name}: going on from {shown(start.folder)}", flush=True)
    training.begin(options.resume)
    record = training.record
    try:
        reason = train_against(training, players, schedule, reconstruct, variant, data, options)
    except NotFinite as error:
        reason = error.reason
    if reason:
        return give_up(folder, model, record, start, reason)

    against = variant.strategy != "none"
    warm_up = thinned([record["warm_up"]]) if against else {}
    curves = thinned(record["trace"])
    pictures = {}
    if against:
        words = f"{variant.name}, {options.data}, size {options.latent}, seed {settings['seed']}"
        pictures["players.png"] = figures.players(warm_up, curves, TRACE, words)
        accuracy = record["dis_net_accuracy"]
        pictures["dis_net.png"] = figures.accuracy_by_width(
            {
                "having learnt blur only": accuracy["before"],
                "after the training": accuracy["after"],
            },
            f"What dis_net tells rightly ({words})",
        )
    adversarial_seconds = training.seconds - record["warm_up_seconds"]
    metrics = write_run(folder, model, reconstruct, data, record, start.metrics["pca_test"], {
        **settings,
        "epochs": start.metrics["epochs"] + options.epochs,
        "batch_size": batch_size,
        "seconds": round(start.metrics["seconds"] + training.seconds, 2),
        "images_per_second": round(
            options.epochs * len(data.train_images) / adversarial_seconds
        ),
        "adversarial": {
            **settings["adversarial"],
            "seconds": round(training.seconds, 2),
            "autoencoder_updates": updates_taken(optimizer),
            "steps_a_point": TRACE,
            "warm_up": warm_up,
            "curves": curves,
            "dis_net_accuracy": record["dis_net_accuracy"],
        },
        "resumed": training.resumed,
        **origin,
    }, pictures)  # fmt: skip
    discard_checkpoints(folder)
    return metrics


def new_players(
    options, variant: Variant, start: runs.Run, images: Tensor, precision: torch.dtype
) -> Players:
    """Return the autoencoder of `start` and a new dis_net, on the device of `images`."""
    device, seed = images.device, start.metrics["seed"]
    torch.manual_seed(seed)
    model = start.model.to(device, memory_format=torch.channels_last)
    dis_net = Discriminator().to(device)
    score_weight, feature_weight = variant.weights(options.latent)
    return Players(
        model, dis_net, torch.optim.Adam(model.parameters(), lr=options.lr, fused=True),
        torch.optim.Adam(
            dis_net.parameters(), lr=DIS_NET_LEARNING_RATE, betas=DIS_NET_BETAS, fused=True
        ),
        LOSSES[variant.loss], weight_of_fakes(variant.strategy), score_weight, feature_weight,
        torch.Generator().manual_seed(seed),
        torch.autocast(device.type, precision, enabled=precision != torch.float32),
    )  # fmt: skip


def train_against(
    training: Resumable, players: Players, schedule, reconstruct, variant: Variant,
    data: datasets.ImageData, options,
) -> str | None:  # fmt: skip
    """Take all epochs that are still to come; return why the training fell apart, else None."""
    record, model = training.record, players.autoencoder
    against = variant.strategy != "none"
    steps = steps_of(variant.strategy, variant.apart)

    def told() -> list[dict[str, float]]:
        with held_still(players.dis_net):  # or measuring would move its spectral norms
            return accuracy_by_width(players.dis_net, to_pixels(data.test_images), TESTED_WIDTHS)

    epochs = against + options.epochs
    total = epochs * training.steps_per_epoch
    with tqdm(total=total, initial=training.step, unit="step", disable=None) as bar:
        for epoch in training.epochs(epochs):
            if against and epoch == 1:
                # dis_net alone: it learns what blur is, the only kind of fake as yet.
                play(players._replace(fake_weight=1.0), (clear_and_blurred,), training, bar.update)
                record["warm_up"], record["reports"] = record["reports"], {}
                record["warm_up_seconds"] = training.seconds
                record["dis_net_accuracy"]["before"] = told()
                continue
            model.train()
            play(players, steps, training, lambda: (schedule.step(), bar.update()))
            reports, record["reports"] = record["reports"], {}
            test = tested(model, reconstruct, data, training)
            if reason := trouble(reports):
                return reason
            record["good"] = copy.deepcopy(model.state_dict())
            if record["snapshots"]:
                record["snapshots"].append(snapshot(model, data))
            record["trace"].append(reports)
            curve = record["curve"]
            train_loss = reports["reconstruction_loss"].mean().item()
            curve.append({"epoch": len(curve) + 1, "train": train_loss, "test": test[options.loss]})
            planned = len(curve) + epochs - epoch
            report_epoch(bar, curve, planned, options.loss, training.seconds)
    if against:
        record["dis_net_accuracy"]["after"] = told()
    return None


def play(players: Players, steps: tuple[Step, ...], training: Resumable, progress) -> None:
    """Take `steps` in turn on every batch of an epoch; what they measure goes into the record.

    It becomes, by its name, a tensor (S,) with a value for each batch; none is read back here.
    """
    reports: Report = training.record["reports"]
    for place, clear in training.batches():
        for step in steps:
            for key, value in step(players, clear).items():
                if key not in reports:
                    reports[key] = value.new_full((training.steps_per_epoch,), torch.nan)
                reports[key][place] = value
        progress()


def updates_taken(optimizer: torch.optim.Adam) -> int:
    """Return how many times `optimizer` has moved its weights, as it counted itself."""
    return int(next(iter(optimizer.state.values()))["step"])


def thinned(trace: list[Report]) -> dict[str, list[float]]:
    """Return the means over every `TRACE` steps of what the epochs measured."""
    return {
        key: [
            part.mean().item()
            for part in torch.cat([reports[key] for reports in trace]).split(TRACE)
        ]
        for key in trace[0]
    }


def give_up(folder: Path, model, record: dict[str, Any], start: runs.Run, reason: str) -> None:
    """Leave the last good weights and the reason in `folder`, say so, and leave no numbers."""
    epoch = len(record["curve"]) + 1
    model.load_state_dict(record["good"])
    of_a_whole_run = ("players.png", "dis_net.png", "loss_curve.png", "reconstructions.png")
    with staged(folder, (*runs.NUMBERS, *of_a_whole_run)) as stage:
        name = runs.save_model(stage, model).name
        write_json(stage / runs.FAILURE, {"epoch": epoch, "reason": reason})
    discard_checkpoints(folder)
    cli.complain(
        f"{folder.name} stopped in epoch {epoch}: {reason}; the weights before that epoch are in "
        f"{shown(folder / name)} (started from {start.folder.name})"
    )


def parse():
    parser = cli.Parser(description=__doc__.splitlines()[0])
    add_training_options(parser, EPOCHS, LEARNING_RATE)
    add = parser.add_argument
    add("--adversary", choices=STRATEGIES, default="four-step", help="how dis_net takes part")
    add("--apart", action="store_true", help="take steps 3 and 4 as two updates")
    # The help says what stands for a missing weight: it depends on the other options.
    parser.set_defaults(score_weight=None, feature_weight=None)
    for place, (name, of) in enumerate((("score", "score"), ("feature", "features' distance"))):
        by_size = ", ".join(f"{both[place]:g} at {size}" for size, both in WEIGHTS.items())
        add(f"--{name}-weight", type=cli.number_from_zero, default=argparse.SUPPRESS,
            help=f"of dis_net's {of} (default by the nearest size: {by_size})")  # fmt: skip
    options = parser.parse_args()
    given = options.apart, options.score_weight, options.feature_weight
    if options.adversary == "none" and given != (False, None, None):
        parser.error(
            "--apart, --score-weight and --feature-weight need an adversary; --adversary is none"
        )
    return options


if __name__ == "__main__":
    cli.run(main)
