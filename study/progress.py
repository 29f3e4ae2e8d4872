"""The line that says how far a study is: a logger for Snakemake, which study/run.py registers.

On a terminal it is a bar with the time left; elsewhere a line is printed every `QUIET` seconds.
A job that failed is named at once, with the last line that it printed.
"""

import logging
import time
from pathlib import Path
from typing import NamedTuple

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from tqdm import tqdm

QUIET = 15  # seconds between two lines where there is no terminal


class Job(NamedTuple):
    """What is said of a job: its rule, and the file with its output."""

    rule: str
    log: Path | None

    def last_line(self) -> str:
        """Return the last line of its output."""
        if self.log is None or not self.log.exists():
            return "it printed nothing"
        lines = self.log.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it printed nothing")


class LogHandler(LogHandlerBase):
    """Counts jobs; Snakemake calls `emit` with each event."""

    def __post_init__(self) -> None:
        self.bar: tqdm | None = None
        self.jobs: dict[int, Job] = {}
        self.running: set[int] = set()
        self.failed, self.counted = 0, False
        self.said = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of an event, and say what a user should know."""
        facts = vars(record)
        match facts.get("event"):
            case LogEvent.JOB_INFO:
                logs = facts.get("log") or []
                log = Path(logs[0]).absolute() if logs else None
                job = self.jobs[facts["jobid"]] = Job(facts["rule_name"], log)
                if self.common_settings.dryrun and log:
                    print(f"{job.rule} {log.stem}: {facts['reason']}")
            case LogEvent.RUN_INFO if not self.counted:
                self.counted = True
                total = facts["stats"].pop("total")
                parts = ", ".join(f"{count} {rule}" for rule, count in facts["stats"].items())
                print(f"{total} jobs: {parts}", flush=True)
            case LogEvent.JOB_STARTED:
                started = facts.get("jobs") or []
                self.running |= {started} if isinstance(started, int) else set(started)
            case LogEvent.JOB_FINISHED:
                self.running.discard(facts["job_id"])
            case LogEvent.JOB_ERROR:
                self.running.discard(facts["jobid"])
                self.failed += 1
                job = self.jobs[facts["jobid"]]
                tqdm.write(f"failed: {job.rule}: {job.last_line()}\n  ({job.log})")
            case LogEvent.PROGRESS:
                self.show(facts["done"], facts["total"])
            case None if record.levelno >= logging.ERROR and not self.failed:
                tqdm.write(record.getMessage())

    def show(self, done: int, total: int) -> None:
        """Show how many of `total` jobs are done."""
        if self.bar is None:
            self.bar = tqdm(total=total, unit="job", disable=None, dynamic_ncols=True)
            self.begun, self.before = time.monotonic(), done
        self.bar.n = done
        self.bar.set_postfix(running=len(self.running), failed=self.failed)
        now = time.monotonic()
        if self.bar.disable and (done == total or now - self.said > QUIET):
            self.said = now
            rest = (now - self.begun) / max(1, done - self.before) * (total - done)
            print(
                f"{done} of {total} jobs done, {len(self.running)} running, {self.failed} failed, "
                f"about {rest / 60:.0f} min left",
                flush=True,
            )

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
