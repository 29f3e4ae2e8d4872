"""What the engine of the studies costs and brings.

Usage:
    python benchmarks/engine.py

Three measurements: (a) eight one-epoch trainings on MNIST with 16 latent dimensions, as jobs of one
thread each on all cores, against the loop of train.py over eight seeds with all threads, which the
Makefile had before; (b) a second call of a finished study; (c) a dry run of more than 10,000 jobs.
Writes the numbers.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import torch

from shared import cli
from shared.files import PROJECT, RESULTS, print_written, staged, writable_folder, write_json
from shared.provenance import environment

RUNS = 8
ENGINE = [sys.executable, PROJECT / "study" / "run.py"]
TRAINED_ALONE = """
results: unused
data: [mnist]
latent_dims: [16]
num_seeds: 8
variants: [L1 alone, "L1 + dis_net, four-step"]
train: {epochs: 1}
"""
MANY = """
results: unused
data: [mnist, fashion-mnist, kmnist]
latent_dims: [2, 16, 256]
num_seeds: 100
variants:
  - L1 alone
  - MSE alone
  - MSE + dis_net
  - L1 + dis_net, four-step
  - L1 + dis_net, three-step
"""


def seconds_of(command: list[object]) -> tuple[float, str]:
    """Run a command to its end; return its seconds and what it printed."""
    began = time.perf_counter()
    outcome = subprocess.run(
        [str(word) for word in command], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began, outcome.stdout


def throughput(work: Path) -> dict[str, float]:
    """Return the seconds of eight trainings by the loop and by the engine, and their ratio."""
    options = ["--latent", 16, "--epochs", 1, "--num-seeds", RUNS, "--results", work / "loop"]
    loop, _ = seconds_of([sys.executable, "q2_autoencoder/train.py", *options])
    file = work / "eight.yaml"
    file.write_text(TRAINED_ALONE)
    until = ["--", "--until", "plain"]
    engine, _ = seconds_of([*ENGINE, file, "q2a", "--results", work / "engine", *until])
    return {"loop": loop, "engine": engine, "loop / engine": loop / engine}


def peak_megabytes(command: list[object]) -> tuple[float, float, str]:
    """Run a command; return its seconds, the most memory that it took, and what it printed."""
    with tempfile.TemporaryFile("w+") as printed:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=PROJECT, stdout=printed, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise RuntimeError(f"{command} ended with {status}")
        printed.seek(0)
        return time.perf_counter() - began, usage.ru_maxrss / 1024, printed.read()


def main() -> None:
    parser = cli.Parser(__doc__)
    cli.add_results_option(parser, RESULTS / "gallery")
    folder = writable_folder(parser.parse_args().results)
    origin = environment(torch.device("cpu"))
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        found: dict[str, object] = {"eight_trainings_seconds": throughput(work)}
        digits = [*ENGINE, PROJECT / "study" / "digits.yaml", "--results", work / "digits"]
        found["digits_seconds"], _ = seconds_of(digits)
        found["digits_again_seconds"], _ = seconds_of(digits)
        (work / "many.yaml").write_text(MANY)
        command = [*ENGINE, work / "many.yaml", "--results", work / "many", "--dry-run"]
        seconds, megabytes, printed = peak_megabytes(command)
    jobs = re.search(r"^(\d+) jobs:", printed, re.M)
    found["dry_run"] = {
        "jobs": int(jobs[1]) if jobs else 0,
        "seconds": seconds,
        "megabytes": megabytes,
    }
    with staged(folder) as stage:
        write_json(stage / "study.json", {**found, **asdict(origin)})
    for name, value in found.items():
        print(f"{name:26} {value}")
    print_written(folder, [folder / "study.json"])


if __name__ == "__main__":
    cli.run(main)
