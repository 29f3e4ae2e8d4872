"""How long a study will take yet, judged by how long its jobs took so far."""

from collections import Counter
from collections.abc import Mapping


class TimeLeft:
    """An estimate that knows jobs by their kind, since a training takes longer than its judge.

    Instants are in seconds of any clock.
    """

    def __init__(self, jobs: Mapping[str, int], now: float):
        """`jobs` is the number of jobs of each kind."""
        self.begun = now
        self.to_end = Counter(jobs)
        self.ended: Counter[str] = Counter()
        self.took: dict[str, float] = {}  # seconds of all jobs that ended, by kind
        self.failed: set[int] = set()
        self.running: dict[int, tuple[str, float]] = {}  # kind and begin, by the job's number

    def start(self, job: int, kind: str, now: float) -> None:
        """Take note that a job starts; one of a kind that was not counted takes no time."""
        if kind in self.to_end:
            self.running[job] = kind, now
            if job in self.failed:  # it is tried again
                self.failed.remove(job)
                self.to_end[kind] += 1

    def end(self, job: int, now: float) -> None:
        """Take note that a job ended."""
        if job in self.running:
            kind, start = self.running.pop(job)
            self.to_end[kind] -= 1
            self.ended[kind] += 1
            self.took[kind] = self.took.get(kind, 0.0) + now - start

    def drop(self, job: int) -> None:
        """Take note that a job failed: how long it took says nothing of others."""
        if job in self.running:
            kind, _ = self.running.pop(job)
            self.to_end[kind] -= 1
            self.failed.add(job)

    def seconds(self, now: float) -> float | None:
        """Return how long the rest will take, or None before a job has ended.

        A job takes as long as those of its kind, or as all, where none of its kind has ended. As
        many run at once as did until now.
        """
        if not self.took:
            return None
        took = sum(self.took.values())
        mean = took / self.ended.total()
        usual = {
            kind: self.took[kind] / self.ended[kind] if kind in self.took else mean
            for kind in self.to_end
        }
        work = sum(count * usual[kind] for kind, count in self.to_end.items())
        work -= sum(min(now - start, usual[kind]) for kind, start in self.running.values())
        worked = took + sum(now - start for _, start in self.running.values())
        return work * (now - self.begun) / worked if worked else None
