"""Snakemake in this process: how it is called, and how it reads what it is given."""

import io
import signal
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from shared.errors import BadInput, Interrupted

HERE = Path(__file__).resolve().parent


def engine_options(folder: Path, profile: Path) -> list[str]:
    """Return Snakemake's options: where it works, and that only markers count."""
    options = [
        *("--snakefile", HERE / "Snakefile", "--directory", folder, "--profile", profile),
        *("--nolock", "--rerun-incomplete", "--keep-going", "--scheduler", "greedy"),
        *("--rerun-triggers", "input", "--logger", "progress"),
    ]
    return [str(word) for word in options]


def understood(words: list[str]) -> Namespace:
    """Return Snakemake's own reading of its options, of which those of a profile are part.

    Raises:
        BadInput: it does not take them.
        SystemExit: they ask for its help, which it has printed.
    """
    from snakemake.exceptions import CliException, WorkflowError

    said = io.StringIO()
    try:
        from snakemake.cli import parse_args  # where an executor's plugin looks for its commands

        _add_progress()
        with redirect_stderr(said):
            _, options = parse_args(words)
    except (CliException, WorkflowError) as error:
        raise BadInput(str(error)) from None
    except SystemExit as ended:
        if not ended.code:
            raise
        raise BadInput(said.getvalue().rpartition(": error: ")[2]) from None  # after its usage
    return options


def is_local(executor: str) -> bool:
    """Say whether an executor that Snakemake knows runs jobs on this machine."""
    from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

    plugin: Any = ExecutorPluginRegistry().get_plugin(executor)  # its own type lacks the settings
    return plugin.common_settings.local_exec


def snakemake(*words: Any) -> int:
    """Run Snakemake in this process; return its exit status.

    Raises:
        Interrupted: Ctrl-C has stopped it, and its jobs with it.
    """
    from snakemake.cli import main as run

    _add_progress()
    with _ctrl_c_noted() as stopped:
        try:
            run([str(word) for word in words])
        except SystemExit as ended:
            status = int(ended.code or 0)
        else:
            status = 0
    if stopped.is_set():
        raise Interrupted("stopped; the same command goes on", signal.SIGINT)
    return status


@contextmanager
def _ctrl_c_noted() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets before Snakemake notices: it takes its jobs for failed ones.

    A second Ctrl-C acts as it would have without.
    """
    from study.progress import STOPPED

    def note(number, frame):
        STOPPED.set()
        signal.signal(signal.SIGINT, before)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield STOPPED
    finally:
        signal.signal(signal.SIGINT, before)


def _add_progress() -> None:
    """Let Snakemake know the logger `progress`."""
    from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

    from study import progress

    LoggerPluginRegistry().register_plugin("snakemake_logger_plugin_progress", progress)
