"""Kill trainings at random instants, resume them, and compare each with an unbroken one.

Usage:
    python benchmarks/soak.py
    python benchmarks/soak.py --kills 8 --results /tmp/soak

Plain and adversarial trainings on scikit-learn's digits with many tiny epochs; every second one
writes a checkpoint after every step, so that SIGKILL falls into the writing of one, too. A case
survives where the resumed training comes to the same weights, snapshots and metrics (but for
seconds), bit by bit, and no more was lost than the work since the last checkpoint.
"""

import os
import random
import re
import shutil
import signal
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import torch
from soak_options import parse
from soak_training import server, train
from tqdm import tqdm

from q2_autoencoder.training import file_names, run_folder
from q2_autoencoder.training.checkpointing import checkpoints
from shared import cli
from shared.files import (
    HALF,
    LOCK,
    STAGE,
    print_written,
    staged,
    writable_folder,
    write_json,
)
from shared.provenance import environment

SERVER = server()
OPTIONS = ("--data", "digits", "--latent", "2", "--device", "cpu")
STEPS_PER_EPOCH = 5  # batches of 250 that the 1,437 digits make
WRITING, FINISHING, TRAINING = "writing a checkpoint", "writing results", "between them"


class Kind(NamedTuple):
    """A training to be killed: its script, options and the name of its run."""

    script: str
    options: tuple[str, ...]
    run: str


EPOCHS, DIS_NET_EPOCHS = 8, 3
LENGTH = ("--epochs", str(EPOCHS), "--dis-net-epochs", str(DIS_NET_EPOCHS))
START = Kind("train.py", LENGTH, "digits-l1-latent2-seed0")
KINDS = {
    "plain": START,
    "four-step": Kind("train_adversarial.py", (), "digits-l1-four-step-latent2-seed0"),
    "three-step, separate updates": Kind(
        "train_adversarial.py",
        ("--strategy", "three-step", "--separate-updates"),
        "digits-l1-three-step-separate-latent2-seed0",
    ),
}


class Case(NamedTuple):
    """One killed and resumed training: what came of it, and when it was killed."""

    kind: str
    outcome: str  # survived, lost or differing
    moment: str  # of the kill
    resumed_at_step: int


def started(kind: Kind, results: Path, log: Path, *more: str) -> BaseProcess:
    """Start a training with one thread: as many cases run at once as there are processors."""
    script = f"q2_autoencoder/{kind.script}"
    words = [script, *OPTIONS, *kind.options, "--results", str(results), *more]
    process = SERVER.Process(target=train, args=(words, log))
    process.start()
    return process


def whole(kind: Kind, results: Path, log: Path, *more: str) -> tuple[str, float]:
    """Train to the end; return what was printed, and seconds from locking the folder to the end."""
    process = started(kind, results, log, *more)
    begun = wait_for_start(process, results / kind.run)
    process.join()
    if process.exitcode:
        raise RuntimeError(log.read_text())
    return log.read_text(), time.perf_counter() - begun


def wait_for_start(process: BaseProcess, folder: Path) -> float:
    """Wait until the training has locked its folder; return the time."""
    while process.is_alive() and not (folder / LOCK).exists():
        time.sleep(0.002)
    return time.perf_counter()


def content(folder: Path) -> list[Any]:
    """Return all that two equal runs must have in common: bytes, names and numbers."""
    metrics = asdict(run_folder.load_metrics(folder))
    for key in ("seconds", "images_per_second", "resumed"):
        del metrics[key]
    del metrics["environment"]["git_commit"]  # changes with a commit made in the meantime
    if metrics["adversarial"]:
        del metrics["adversarial"]["seconds"], metrics["adversarial"]["warm_up_seconds"]
    weights = run_folder.load_model(folder / file_names.CHECKPOINT).state_dict()
    bits = [tensor.numpy().tobytes() for tensor in weights.values()]
    files = sorted(path.name for path in folder.iterdir())
    return [bits, metrics, (folder / "snapshots.npz").read_bytes(), files]


def kill_once(
    number: int, rng: random.Random, unbroken: Path, seconds: dict[str, float], work: Path
) -> Case:
    """Kill a training at a random instant, resume it, compare it with its unbroken twin."""
    name = list(KINDS)[number % len(KINDS)]
    kind, often = KINDS[name], ("--checkpoint-every", "1") * (number // len(KINDS) % 2)
    while True:
        results = work / str(number)
        shutil.rmtree(results, ignore_errors=True)
        if kind is not START:
            shutil.copytree(unbroken / START.run, results / START.run)
            for warm_up in unbroken.glob("dis_net-*.pt"):
                shutil.copy(warm_up, results)
        folder, log = results / kind.run, work / f"{number}.log"
        process = started(kind, results, log, *often)
        wait_for_start(process, folder)
        time.sleep(rng.uniform(0, seconds[name]))
        process.kill()
        process.join()
        status = process.exitcode
        if status not in (0, -signal.SIGKILL):
            raise RuntimeError(log.read_text())
        if status and (checkpoints(folder) or not (folder / file_names.METRICS).exists()):
            break  # else nothing was left to lose: another instant is drawn
    newest = next(iter(checkpoints(folder)), None)
    begun = 0 if kind is START else STEPS_PER_EPOCH * (EPOCHS - DIS_NET_EPOCHS)
    kept = int(newest.stem.removeprefix("training-")) if newest else begun
    left = [path.name for path in folder.glob(".*")]
    moment = TRAINING
    if any(name.startswith(f"{HALF}training-") for name in left):
        moment = WRITING
    elif any(name.startswith(STAGE) for name in left):
        moment = FINISHING
    printed_before = log.read_text()
    # An epoch is printed just before its checkpoint is written.
    finished_epochs = re.findall(r"^epoch +(\d+)/", printed_before, re.M)
    behind = bool(finished_epochs) and STEPS_PER_EPOCH * (int(finished_epochs[-1]) - 1) > kept
    try:
        printed, _ = whole(kind, results, log, *often, "--resume")
    except RuntimeError:
        return Case(name, "lost", moment, 0)
    step = int(match[1]) if (match := re.search(r"\.pt, step (\d+)$", printed, re.M)) else begun
    same = content(folder) == content(unbroken / kind.run)
    outcome = "lost" if behind or step != kept else "survived" if same else "differing"
    if outcome == "survived":
        shutil.rmtree(results)
    return Case(name, outcome, moment, step)


def main() -> int:
    options = parse(__doc__, kills=200)
    folder = writable_folder(options.results)
    origin = environment(torch.device("cpu"))
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        unbroken = work / "unbroken"
        seconds = {name: whole(kind, unbroken, work / "log")[1] for name, kind in KINDS.items()}
        words = ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items())
        print("unbroken trainings:", words, flush=True)
        instants = [random.Random(f"{options.seed} {n}") for n in range(options.kills)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [
                pool.submit(kill_once, n, instants[n], unbroken, seconds, work)
                for n in range(options.kills)
            ]
            try:
                cases = [one.result() for one in tqdm(waiting, unit="kill", disable=None)]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        count = Counter(case.outcome for case in cases)
        found = {
            "kills": len(cases),
            **{outcome: count[outcome] for outcome in ("survived", "lost", "differing")},
            "killed_while": Counter(case.moment for case in cases),
            "kinds": {
                name: {
                    "kills": len(of_kind),
                    "resumed_at_steps": sorted(case.resumed_at_step for case in of_kind),
                }
                for name in KINDS
                if (of_kind := [case for case in cases if case.kind == name])
            },
            "seed": options.seed,
            **asdict(origin),
            "threads": 1,
        }
    with staged(folder) as stage:
        write_json(stage / "soak.json", found)
    for key in ("kills", "survived", "lost", "differing", "killed_while"):
        print(f"{key:13} {found[key] if isinstance(found[key], int) else dict(found[key])}")
    print_written(folder, [folder / "soak.json"])
    return 0 if count["survived"] == len(cases) else 1


if __name__ == "__main__":
    cli.run(main)
