"""The GPUs of a machine, shared among jobs."""

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout

LOOK = 0.5  # seconds between two looks at whether a GPU is free


def free_gpu(count: int, stack: ExitStack) -> str:
    """Return one of the GPUs of this machine, by its number, which no other job has.

    It is kept until `stack` is closed. No more jobs are started than there are GPUs; one that was
    left behind soon ends.
    """
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    numbers = given.split(",") if given else [str(number) for number in range(count)]
    while True:
        for number in numbers:
            lock = FileLock(Path(tempfile.gettempdir()) / f"study-gpu-{number}.lock")
            try:
                stack.enter_context(lock.acquire(timeout=0))
            except Timeout:
                continue
            return number
        time.sleep(LOOK)
