"""How long a study will take yet, judged by how long its jobs took so far."""

from collections import Counter
from collections.abc import Mapping
from statistics import fmean


class TimeLeft:
    """An estimate that knows jobs by their kind, since a training takes longer than its judge.

    Instants are in seconds of any clock.
    """

    def __init__(self, jobs: Mapping[str, int], now: float):
        """`jobs` is the number of jobs of each kind."""
        self.begun = now
        self.to_end = Counter(jobs)
        self.took: dict[str, list[float]] = {}  # seconds of the jobs that ended, by kind
        self.running: dict[int, tuple[str, float]] = {}  # kind and begin, by the job's number

    def start(self, job: int, kind: str, now: float) -> None:
        """Take note that a job starts; one of a kind that was not counted takes no time."""
        if kind in self.to_end:
            self.running[job] = kind, now

    def end(self, job: int, now: float) -> None:
        """Take note that a job ended."""
        if job in self.running:
            kind, start = self.running.pop(job)
            self.to_end[kind] -= 1
            self.took.setdefault(kind, []).append(now - start)

    def drop(self, job: int) -> None:
        """Take note that a job failed: how long it took says nothing of others."""
        if job in self.running:
            kind, _ = self.running.pop(job)
            self.to_end[kind] -= 1

    def seconds(self, now: float) -> float | None:
        """Return how long the rest will take, or None before a job has ended.

        A job takes as long as those of its kind, or as all, where none of its kind has ended. As
        many run at once as did until now.
        """
        ended = [one for of_kind in self.took.values() for one in of_kind]
        if not ended:
            return None
        usual = {kind: fmean(self.took.get(kind, ended)) for kind in self.to_end}
        work = sum(count * usual[kind] for kind, count in self.to_end.items())
        work -= sum(min(now - start, usual[kind]) for kind, start in self.running.values())
        worked = sum(ended) + sum(now - start for _, start in self.running.values())
        return work * (now - self.begun) / worked if worked else None
