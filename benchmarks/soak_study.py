"""Kill the engine of a study at random instants, go on each time, and compare with an unbroken one.

Usage:
    python benchmarks/soak_study.py
    python benchmarks/soak_study.py --kills 5 --results /tmp/soak

Runs study/digits.yaml. Every second SIGKILL is for the engine alone, whose jobs must then end by
themselves; the others are for all of its jobs as well, as a power cut would be. A study that is
finished before all kills are spent begins anew. All must come to the numbers and weights of the
unbroken one, bit by bit.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from soak_options import parse
from tqdm import tqdm

from shared import cli
from shared.files import PROJECT, print_written, staged, writable_folder, write_json
from study.outcome import outcome

STUDY = PROJECT / "study" / "digits.yaml"
ENGINE, ALL = "the engine alone", "the engine and its jobs"


class Kill(NamedTuple):
    """What was killed, and how many runs had been trained by then."""

    what: str
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
        if what == ENGINE:
            engine.kill()
        else:
            os.killpg(engine.pid, signal.SIGKILL)
        engine.wait()
        return Kill(what, len(list(results.glob("*/metrics.json"))))
    if engine.returncode:
        raise RuntimeError(engine.stdout.read() if engine.stdout else "")
    return None


def main() -> int:
    options = parse(__doc__, kills=20)
    folder, rng = writable_folder(options.results), random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        began = time.perf_counter()
        finish(work / "unbroken")
        seconds = time.perf_counter() - began
        expected, kills, same = outcome(work / "unbroken"), list[Kill](), list[bool]()
        with tqdm(total=options.kills, unit="kill", disable=None) as bar:
            while len(kills) < options.kills:
                results = work / f"killed{len(same)}"
                while len(kills) < options.kills:
                    what = (ENGINE, ALL)[len(kills) % 2]
                    kill = kill_once(results, what, rng.uniform(0, seconds / 4))
                    if kill is None:
                        break
                    kills.append(kill)
                    bar.update()
                finish(results)
                same.append(outcome(results) == expected)
    found = {
        "study": STUDY.name,
        "kills": len(kills),
        "killed": Counter(kill.what for kill in kills),
        "runs_trained_by_then": [kill.trained for kill in kills],
        "studies_finished": len(same),
        "equal_to_the_unbroken_one": sum(same),
        "seconds_unbroken": round(seconds, 1),
        "seed": options.seed,
    }
    with staged(folder) as stage:
        write_json(stage / "soak_study.json", found)
    for key, value in found.items():
        print(f"{key:26} {dict(value) if isinstance(value, Counter) else value}")
    print_written(folder, [folder / "soak_study.json"])
    return 0 if all(same) else 1


if __name__ == "__main__":
    cli.run(main)
