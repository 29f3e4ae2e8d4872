"""One job of a study: a plain command of the project, which goes on where it was broken off.

Usage, by the Snakefile:
    python study/job.py --name NAME --code DIGEST [--run] [--gpus N] SCRIPT [OPTION ...]

Works in the folder of the study's results and runs the command in this process. It waits for a job
of the same name that an engine which was killed has left behind, and ends with its own engine.
A training (`--run`) is given --resume where it was begun by the same command and code; what other
code left in its folder is removed. A training that failed (status 3) has recorded so, and the study
goes on.
"""

import argparse
import hashlib
import os
import runpy
import shutil
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from shared import cli
from shared.errors import BadInput
from shared.files import LOCK, PROJECT, locked, write_text

JOBS = Path(".jobs")  # in the folder of the results: locks, and what each training was begun by
FAILED = 3  # train_adversarial.py's exit status
PATIENCE = 120  # seconds for a job that was left behind to end
LOOK = 0.5  # seconds between two looks at whether the engine is still there


def parse() -> argparse.Namespace:
    parser = cli.Parser(__doc__)
    parser.add_argument("--name", required=True, help="of the job; jobs of one name do not overlap")
    parser.add_argument("--code", required=True, help="digest of the code behind the script")
    parser.add_argument("--run", action="store_true", help="a training, into the folder NAME")
    parser.add_argument(
        "--gpus", type=cli.whole_number(0, 1024), default=0, help="GPUs of this machine to share"
    )
    parser.add_argument("script")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    return parser.parse_args()


def main() -> int:
    job = parse()
    end_with_parent()
    JOBS.mkdir(exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(waited_for(JOBS / f"{job.name}.lock"))
        if job.gpus > 1:
            os.environ["CUDA_VISIBLE_DEVICES"] = str(free_gpu(job.gpus, stack))
        options = job.options
        if job.run:
            discard_foreign(job)
            options = [*options, "--resume"]
        os.chdir(PROJECT)
        print("python", job.script, *options, flush=True)
        sys.argv = [job.script, *options]
        try:
            runpy.run_path(str(PROJECT / job.script), run_name="__main__")
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
            if status == FAILED:
                print("the training failed, which is its outcome: the study goes on", flush=True)
                return 0
            return status
    return 0


def end_with_parent() -> None:
    """Let this process be sent SIGTERM once its parent, the engine, has died."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def waited_for(path: Path) -> FileLock:
    """Return the lock `path`, acquired.

    Raises:
        BadInput: another process keeps it for too long.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        raise BadInput(f"the same job is still running elsewhere: {path} is locked") from None
    return lock


def free_gpu(count: int, stack: ExitStack) -> int:
    """Return the number of a GPU that no other job has, kept until `stack` is closed.

    The engine starts no more jobs than there are GPUs; one that was left behind soon ends.
    """
    while True:
        for number in range(count):
            lock = FileLock(JOBS / f"gpu{number}.lock")
            try:
                stack.enter_context(lock.acquire(timeout=0))
            except Timeout:
                continue
            return number
        time.sleep(LOOK)


def discard_foreign(job: argparse.Namespace) -> None:
    """Empty the training's folder where another command or other code began what lies there.

    Where no study began it, it stays: the script compares the settings itself.
    """
    begun, folder = JOBS / f"{job.name}.key", Path(job.name)
    command = "\0".join([job.code, job.script, *job.options])
    key = hashlib.sha256(command.encode()).hexdigest()
    if begun.exists() and begun.read_text().strip() != key and folder.is_dir():
        with locked(folder):
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != LOCK:
                    path.unlink()
    write_text(begun, f"{key}\n")


if __name__ == "__main__":
    cli.run(main)
