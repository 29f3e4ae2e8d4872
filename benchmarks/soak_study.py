"""Kill studies at random instants, go on each time, and compare with an unbroken one.

Usage:
    python benchmarks/soak_study.py
    python benchmarks/soak_study.py --kills 5 --results /tmp/soak

Runs study/digits.yaml, once without a break, then from nothing again and again. Each of these
studies is killed four times, at instants drawn evenly from the whole time of the unbroken one, and
then let come to its end. Every second SIGKILL is for the engine alone, whose jobs must then end by
themselves; the others are for all of its jobs as well, as a power cut would be. All must come to
the numbers and weights of the unbroken one, bit by bit.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from soak_options import parse
from tqdm import tqdm

from shared import cli
from shared.files import PROJECT, print_written, staged, writable_folder, write_json
from shared.provenance import environment
from study.outcome import outcome
from study.settings import read_study

STUDY = PROJECT / "study" / "digits.yaml"
ENGINE, ALL = "the engine alone", "the engine and its jobs"
NOTHING = "no job"  # between two, or before the first
KILLS_OF_A_STUDY = 4


class Kill(NamedTuple):
    """What was killed, the kinds of the jobs that ran, and how many trainings were done."""

    what: str
    running: list[str]
    trained: int


def started(results: Path) -> subprocess.Popen:
    """Start the engine in a process group of its own, so that its jobs can be killed with it."""
    return subprocess.Popen(
        [sys.executable, PROJECT / "study" / "run.py", STUDY, "--results", results],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(results: Path) -> None:
    """Let a study come to its end.

    Raises:
        RuntimeError: it did not.
    """
    engine = started(results)
    printed, _ = engine.communicate()
    if engine.returncode:
        raise RuntimeError(printed)


def kill_once(results: Path, what: str, after: float) -> Kill | None:
    """Start the study and kill it after so many seconds; None where it was finished before."""
    engine = started(results)
    try:
        engine.wait(after)
    except subprocess.TimeoutExpired:
        running = kinds_of_jobs(engine.pid)
        if what == ENGINE:
            engine.kill()
        else:
            os.killpg(engine.pid, signal.SIGKILL)
        engine.wait()
        return Kill(what, running, len(list(results.glob("*/metrics.json"))))
    if engine.returncode:
        raise RuntimeError(engine.stdout.read() if engine.stdout else "")
    return None


def kinds_of_jobs(engine: int) -> list[str]:
    """Return the kinds of the jobs of an engine that run now, by their command lines."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended
            continue
        if ("--engine", str(engine)) in pairwise(words):
            found.append(Path(words[words.index("--marker") + 1]).parent.name)
    return sorted(found)


def kill_study(
    results: Path, seconds: float, kinds: Sequence[str], rng: random.Random
) -> Iterator[Kill]:
    """Kill a study once for each of `kinds` within so many seconds of its work; yield each kill."""
    worked = 0.0
    for what, instant in zip(kinds, sorted(rng.uniform(0, seconds) for _ in kinds), strict=True):
        kill = kill_once(results, what, instant - worked)
        if kill is None:
            return
        yield kill
        worked = instant


def main() -> int:
    options = parse(__doc__, kills=20)
    origin = environment(torch.device("cpu"))
    folder, rng = writable_folder(options.results), random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        began = time.perf_counter()
        finish(work / "unbroken")
        seconds = time.perf_counter() - began
        expected, kills, same = outcome(work / "unbroken"), list[Kill](), list[bool]()
        with tqdm(total=options.kills, unit="kill", disable=None) as bar:
            while len(kills) < options.kills:
                results, done = work / f"killed{len(same)}", len(kills)
                until = min(done + KILLS_OF_A_STUDY, options.kills)
                kinds = [(ENGINE, ALL)[number % 2] for number in range(done, until)]
                for kill in kill_study(results, seconds, kinds, rng):
                    kills.append(kill)
                    bar.update()
                finish(results)
                same.append(outcome(results) == expected)
    found = {
        "study": STUDY.name,
        "kills": len(kills),
        "killed": Counter(kill.what for kill in kills),
        "killed_while": Counter(kind for kill in kills for kind in kill.running or [NOTHING]),
        "trainings_done_by_then": [kill.trained for kill in kills],
        "trainings_of_a_study": len(read_study(STUDY).all_runs),
        "studies_finished": len(same),
        "equal_to_the_unbroken_one": sum(same),
        "seconds_unbroken": round(seconds, 1),
        "seed": options.seed,
    }
    with staged(folder) as stage:
        write_json(stage / "soak_study.json", {**found, **asdict(origin), "threads": 1})
    for key, value in found.items():
        print(f"{key:26} {dict(value) if isinstance(value, Counter) else value}")
    print_written(folder, [folder / "soak_study.json"])
    return 0 if all(same) else 1


if __name__ == "__main__":
    cli.run(main)
