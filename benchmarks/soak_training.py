"""A training for benchmarks/soak.py, in a process that need not import torch first.

The processes are forked from one that has imported this module, and with it all that trainings
import: hundreds are started, and importing takes longer than most of them live.
"""

import multiprocessing
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


def server() -> ForkServerContext:
    """Return what starts the processes, each with one thread and without buffered output."""
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def train(words: list[str], log: Path) -> None:
    """Run a script of the project with its options as if it were typed; what it says goes to `log`.

    The process ends with its status.
    """
    with log.open("w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    os.chdir(PROJECT)
    sys.argv = words
    runpy.run_path(str(PROJECT / words[0]), run_name="__main__")
