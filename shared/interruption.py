"""Ctrl-C and SIGTERM: noted during work that must not be torn apart, obeyed after it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.errors import Interrupted

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def raised_as_interrupted() -> Iterator[None]:
    """Let SIGTERM raise `Interrupted`, as Ctrl-C raises KeyboardInterrupt."""

    def stop(number, frame):
        raise Interrupted("", number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def noted() -> Iterator[Callable[[], int | None]]:
    """Yield a function that returns which signal has asked to stop, or None.

    The first one is only noted, for the work to end where it can be taken up again; the second
    one acts as it would have outside.
    """
    first: list[int] = []

    def note(number, frame):
        first.append(number)
        restore()

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {number: signal.getsignal(number) for number in STOPPING}
    try:
        for number in STOPPING:
            signal.signal(number, note)
        yield lambda: first[0] if first else None
    finally:
        restore()
