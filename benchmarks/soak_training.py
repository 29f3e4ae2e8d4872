"""A training for benchmarks/soak.py, in a process that need not import torch first.

The processes are forked from one that has imported this module, and with it all that trainings
import: hundreds are started, and importing takes longer than most of them live.
"""

import multiprocessing
import multiprocessing.process
import os
import runpy
import sys
from multiprocessing.context import ForkServerContext
from pathlib import Path

import sklearn.datasets  # noqa: F401
import torch._dynamo  # noqa: F401 (which optimizers import when the first one is made)

import q2_autoencoder.evaluation.adversarial_results
import q2_autoencoder.evaluation.finished_run  # noqa: F401
from shared.files import PROJECT

# The server imports this module before it has any child to run.
IMPORTED_BY_SERVER = multiprocessing.process.parent_process() is None


def server() -> ForkServerContext:
    """Return what starts the processes, each with one thread and without buffered output."""
    here = str(Path(__file__).resolve().parent)  # where the server looks for this module
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "PYTHONPATH": path}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def train(words: list[str], log: Path) -> None:
    """Run a script of the project with its options as if it were typed; what it says goes to `log`.

    The process ends with its status.
    """
    if not IMPORTED_BY_SERVER:
        raise RuntimeError("the server that forks trainings has not imported what they need")
    with log.open("w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    os.chdir(PROJECT)
    sys.argv = words
    runpy.run_path(str(PROJECT / words[0]), run_name="__main__")
