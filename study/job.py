"""One job of a study: a plain command of the project, which goes on where it was broken off.

Usage, by the Snakefile, in the folder of the results:
    python study/job.py --study FILE --marker MARKER --engine PID

Runs the command in this process and leaves the marker that says that it is done. It waits for a
job with the same folder that an engine which was killed has left behind, and ends with its own
engine. A training goes on from its last checkpoint, and a job that keeps its results one by one
from the last of them, if the same command, code and runs began it; what others began is removed. A
training that failed (status 3) has recorded so: the study goes on.
"""

import argparse
import os
import runpy
import shlex
import shutil
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock

from q2_autoencoder.config import FAILED
from shared import cli
from shared.errors import BadInput
from shared.files import LOCK, PROJECT, locked, shown, write_text
from study.gpus import free_gpu
from study.jobs import (
    KEPT_BY_SCRIPT,
    Job,
    Jobs,
    beginning,
    command_words,
    remove_kept,
    vouched,
)
from study.settings import read_study

FOLDER = ".jobs"  # in that of the results: locks, and what each training was begun by
LOOK = 0.5  # seconds between two looks at whether the engine is still there


def parse() -> argparse.Namespace:
    parser = cli.Parser(__doc__)
    parser.add_argument("--study", type=Path, required=True, help="the study's YAML file")
    parser.add_argument("--marker", type=Path, required=True, help="that says that the job is done")
    parser.add_argument(
        "--engine", type=int, required=True, help="number of the process that the job ends with"
    )
    parser.add_argument("--device", help="where trainings and judges compute")
    parser.add_argument(
        "--gpus", type=cli.whole_number(0, 1024), default=0, help="GPUs of this machine to share"
    )
    return parser.parse_args()


def main() -> int:
    options = parse()
    end_with(options.engine)
    job = job_of(options.study, options.marker)
    results = Path.cwd()
    os.chdir(PROJECT)  # where a person types the command
    marker = results / options.marker
    (results / FOLDER).mkdir(exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(FileLock(results / FOLDER / f"{job.folder}.lock"))
        for old in marker.parent.glob(f"{job.name}.*"):  # it stands for what is now made anew
            if old != marker:
                remove_kept(results, job)
            old.unlink()
        words = command_words(job, results, options.device)
        if job.is_training or job.kind in KEPT_BY_SCRIPT:
            discard_foreign(results, job)
        if job.is_training:
            words.append("--resume")
        if options.gpus > 1:
            os.environ["CUDA_VISIBLE_DEVICES"] = free_gpu(options.gpus, stack)
        status = run(words)
        if status == 0:
            write_text(marker, vouched(results, job))
        return status


def job_of(file: Path, marker: Path) -> Job:
    """Return the job that `marker` stands for.

    Raises:
        BadInput: the study has none: it was changed since the engine was started.
    """
    try:
        return Jobs(read_study(file)).by_marker[str(marker)]
    except KeyError:
        raise BadInput(
            f"{shown(file)} or the code has changed since the study was started; start it again"
        ) from None


def end_with(engine: int) -> None:
    """Let this process be sent SIGTERM once its parent is not the `engine` any more."""

    def watch() -> None:
        while os.getppid() == engine:
            time.sleep(LOOK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def discard_foreign(results: Path, job: Job) -> None:
    """Remove what is there of a job that something else began: of a training, its whole folder.

    Where no study began it, it stays: the script compares the settings itself.
    """
    begun, now = results / FOLDER / f"{job.kind}-{job.name}.begun", beginning(results, job)
    if begun.exists() and begun.read_text() != now:
        remove_kept(results, job)
        if job.is_training:
            empty(results / job.folder)
    write_text(begun, now)


def empty(folder: Path) -> None:
    """Remove all that a folder holds but its lock."""
    if folder.is_dir():
        with locked(folder):
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != LOCK:
                    path.unlink()


def run(words: list[str]) -> int:
    """Run a script of the project in this process, as if it were typed; return its status."""
    print("python", shlex.join(words), flush=True)
    sys.argv = words
    try:
        runpy.run_path(str(PROJECT / words[0]), run_name="__main__")
    except SystemExit as ended:
        if ended.code == FAILED:
            print("the training failed, which is its outcome: the study goes on", flush=True)
            return 0
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return 0


if __name__ == "__main__":
    cli.run(main)
