"""The line that says how far a study is: a logger for Snakemake, which study/engine.py registers.

On a terminal it is a bar with the time left; elsewhere a line is printed every `QUIET` seconds.
A job that failed is named at once, with the last line that it printed; one that Ctrl-C stopped has
not failed.
"""

import logging
import threading
import time
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from tqdm import tqdm

from study.jobs import KINDS, PUBLISHING
from study.time_left import TimeLeft

QUIET = 15  # seconds between two lines where there is no terminal
STOPPED = threading.Event()  # Ctrl-C was pressed
NOTICE = 0.5  # seconds: a terminal's Ctrl-C may reach a job before this process has taken note
BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} jobs, {elapsed}{postfix}"


def last_line(logs: list[str]) -> str:
    """Return the last line of the first of the files `logs` that has one, and the file's path.

    The first is the job's own output, the second that of the cluster, if any.
    """
    for path in map(Path, logs):
        lines = path.read_text(errors="replace").split("\n") if path.exists() else []
        for line in reversed(lines):
            if line.strip():
                return f"{line}\n  ({path.absolute()})"
    return f"it printed nothing\n  ({', '.join(logs)})"


def tells_of_jobs(exception: str | None, message: str) -> bool:
    """Say whether an error of Snakemake's tells of failed jobs only, which are named already."""
    return exception == "RuleException" or "At least one job did not complete" in message


class LogHandler(LogHandlerBase):
    """Counts jobs; Snakemake calls `emit` with each event."""

    def __post_init__(self) -> None:
        self.bar: tqdm | None = None
        self.time_left = TimeLeft({}, 0)
        self.running: set[int] = set()
        self.failed: set[int] = set()
        self.said = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of an event, and say what a user should know."""
        facts, now = vars(record), time.monotonic()
        match facts.get("event"):
            case LogEvent.RUN_INFO if self.bar is None:
                counts = dict(facts["stats"])
                total = counts.pop("total")
                parts = ", ".join(f"{count} {rule}" for rule, count in counts.items())
                print(f"{total} jobs: {parts}", flush=True)
                kinds = {kind: counts.get(kind, 0) for kind in (*KINDS, *PUBLISHING)}
                self.time_left = TimeLeft(kinds, now)
                self.bar = tqdm(
                    total=total, unit="job", disable=None, dynamic_ncols=True, bar_format=BAR
                )
            case LogEvent.JOB_INFO:
                self.time_left.start(facts["jobid"], facts["rule_name"], now)
            case LogEvent.JOB_STARTED:
                started = facts.get("jobs") or []
                self.running |= {started} if isinstance(started, int) else set(started)
            case LogEvent.JOB_FINISHED:
                self.running.discard(facts["job_id"])
                self.time_left.end(facts["job_id"], now)
                self.failed.discard(facts["job_id"])  # the first time, but not the second
            case _ if STOPPED.is_set():
                return
            case LogEvent.JOB_ERROR if not STOPPED.wait(NOTICE):
                self.running.discard(facts["jobid"])
                self.time_left.drop(facts["jobid"])
                self.failed.add(facts["jobid"])
                tqdm.write(f"failed: {facts['rule_name']}: {last_line(facts['log'])}")
            case LogEvent.PROGRESS if self.bar is not None:
                self.show(self.bar, facts["done"], facts["total"])
            case LogEvent.ERROR if not tells_of_jobs(facts.get("exception"), record.getMessage()):
                tqdm.write(f"{facts.get('exception') or 'error'}: {record.getMessage()}")
            case None if record.levelno >= logging.ERROR and not self.failed:
                tqdm.write(record.getMessage())

    def show(self, bar: tqdm, done: int, total: int) -> None:
        """Show how many of `total` jobs are done."""
        now = time.monotonic()
        words = f"{len(self.running)} running, {len(self.failed)} failed"
        if (rest := self.time_left.seconds(now)) is not None:
            words += f", about {rest / 60:.0f} min left"
        bar.n = done
        bar.set_postfix_str(words)
        if bar.disable and (done == total or now - self.said > QUIET):
            self.said = now
            print(f"{done} of {total} jobs done, {words}", flush=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        return True

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return True

    @property
    def has_formatter(self) -> bool:
        return True

    @property
    def needs_rulegraph(self) -> bool:
        return False
