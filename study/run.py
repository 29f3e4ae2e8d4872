"""Run a study: all trainings, evaluations and comparisons that its file asks for.

Usage:
    python study/run.py study/digits.yaml
    python study/run.py study/assignment.yaml q2a
    python study/run.py study/assignment.yaml --profile slurm -- --slurm-no-account
    python study/run.py study/digits.yaml -- --report report.html

What is finished and up to date is left alone, what was broken off goes on. The targets are q2a
(the comparison of latent dimensions), q2b (with dis_net) and all. What follows `--` is given to
Snakemake, which works in the folder of the results. Status 0: all is finished; 1: a job failed, and
its log is named; 2: nothing was started; 3: all is finished, and a training has failed (it
diverged, or all its reconstructions became one image); 130: Ctrl-C stopped it.
"""

import importlib.util
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from q2_autoencoder.config import FAILED
from q2_autoencoder.training import file_names
from shared import cli, datasets
from shared.errors import BadInput
from shared.files import read_record, shown, writable_folder, write_text
from study.engine import engine_options, snakemake, understood
from study.machine import machine, profile_folder, profile_names

if TYPE_CHECKING:
    from q2_autoencoder.records import Failure
    from study.jobs import Job
    from study.settings import Study

TARGETS = ("all", "q2a", "q2b")
# Snakemake's options, by how they begin, with which it runs nothing.
NO_RUN = ("--report", "--rulegraph", "--dag", "--filegraph", "--summary", "--list", "--lint")


def parse() -> tuple[Namespace, list[str]]:
    words, further = sys.argv[1:], []
    if "--" in words:
        place = words.index("--")
        words, further = words[:place], words[place + 1 :]
    parser = cli.Parser(__doc__)
    parser.add_argument("study", type=Path, metavar="FILE", help="the study's YAML file")
    parser.add_argument("target", nargs="?", default="all", choices=TARGETS, help="what to make")
    parser.add_argument(
        "--profile",
        default="local",
        metavar="NAME",
        help=f"where the jobs run: {', '.join(profile_names())}, or a folder with a config.yaml",
    )
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="folder of the runs (default: the study's)"
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--dry-run", action="store_true", help="only say what would run, and why")
    either.add_argument(
        "--accept",
        action="store_true",
        help="take the results that are there for up to date, whatever made them",
    )
    return parser.parse_args(words), further


def main() -> int:
    options, further = parse()
    if importlib.util.find_spec("snakemake") is None:
        raise BadInput("Snakemake is not installed; `make study-setup` installs it")
    from study.jobs import to_run  # needs Snakemake's reader of YAML
    from study.settings import read_study

    study = read_study(options.study)
    studies = [study, *study.further]
    if study.publish and options.results:
        raise BadInput(f"{shown(options.study)} publishes what lies in {shown(study.folder)}")
    folder = (options.results or study.folder).absolute()
    words = [*engine_options(folder, profile_folder(options.profile)), *further]
    jobs, config = targets(study, options), dict[str, str]()
    runs_nothing = no_run(further)
    with engine_lock(writable_folder(folder)):
        why = to_run(folder, jobs)
        if why or runs_nothing:  # else nothing is asked of the machine
            config = on_this_machine(options.profile, further, [options.target, *words])
        if options.accept:
            accept(folder, jobs)
            why = to_run(folder, jobs)
        if options.dry_run:
            report(why)
        elif why and not runs_nothing:
            for data in {run.data for one in studies for run in one.all_runs.values()}:
                datasets.fetch(data, datasets.default_root())  # a cluster's nodes have no network
            make_way(folder, jobs, why)
        if why or runs_nothing:
            config |= {"study": str(options.study.resolve())}
            untrue = [marker for marker in why if (folder / marker).exists()]  # stay in a dry run
            dry = ["--dry-run", *(["--forcerun", *untrue] if untrue else [])]
            dry = dry if options.dry_run else []
            gpus = ["--resources", f"gpu={config['gpus']}"] if "gpus" in config else []
            more = [*dry, "--config", *(f"{k}={v}" for k, v in config.items())]
            status = snakemake(options.target, *gpus, *words, *more)
            if status or options.dry_run or runs_nothing:
                return status
        if left := to_run(folder, jobs):
            print(f"{len(left)} jobs of {options.target} are left, as Snakemake was told")
            return 0
        failures = failures_of(folder, [job.name for job in jobs if job.kind == "adversarial"])
    for name, failure in failures.items():
        print(f"{shown(folder / name)} {failure.kind} in epoch {failure.epoch}: {failure.reason}")
    print(f"{options.target} of {shown(options.study)} is finished and up to date")
    return FAILED if failures else 0


def make_way(folder: Path, jobs: "list[Job]", why: dict[str, str]) -> None:
    """Remove the markers of jobs that run again, and what their scripts would hand back as is."""
    from study.jobs import remove_kept

    for job in jobs:
        marker = folder / job.marker
        if job.marker in why and marker.exists():
            remove_kept(folder, job)
            marker.unlink()


def targets(study: "Study", options: Namespace) -> "list[Job]":
    """Return the jobs of the target that was asked for.

    Raises:
        BadInput: the study has none.
    """
    from study.jobs import Jobs

    jobs = Jobs(study)
    found = jobs.targets(options.target)
    if not found:
        others = [name for name in TARGETS if jobs.targets(name)]
        raise BadInput(
            f"{options.target}: {shown(options.study)} has no jobs for it; give {', '.join(others)}"
        )
    return found


def on_this_machine(profile: str, further: list[str], words: list[str]) -> dict[str, str]:
    """Return what the Snakefile must know of the machine, given all `words` for Snakemake.

    Raises:
        BadInput: Snakemake does not take them, or they ask for what is not here.
    """
    try:
        return machine(understood(words))
    except BadInput as error:
        more = f" -- {shlex.join(further)}" if further else ""
        raise BadInput(f"--profile {profile}{more}: {error}") from None


def no_run(further: list[str]) -> bool:
    """Say whether Snakemake is asked for a report or a picture, and not to run anything."""
    return any(word.startswith(NO_RUN) for word in further)


@contextmanager
def engine_lock(folder: Path) -> Iterator[None]:
    """Keep other engines from the results in `folder`.

    Raises:
        BadInput: one is at work there.
    """
    lock = FileLock(writable_folder(folder / ".jobs") / "engine.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BadInput(f"a study is running in {shown(folder)} already") from None
    try:
        yield
    finally:
        lock.release()


def accept(folder: Path, jobs: "list[Job]") -> None:
    """Leave the marker of each job whose results are there, what it needs first."""
    from study.jobs import vouched

    taken: set[str] = set()

    def take(one: "Job") -> None:
        if one.marker in taken:
            return
        taken.add(one.marker)
        for needed in one.needs:
            take(needed)
        if one.left_by(folder) and all((folder / needed.marker).exists() for needed in one.needs):
            marker = folder / one.marker
            marker.parent.mkdir(parents=True, exist_ok=True)
            write_text(marker, vouched(folder, one))

    for one in jobs:
        take(one)


def report(why: dict[str, str]) -> None:
    """Print which jobs would run, and why."""
    for marker, words in why.items():
        kind, name = Path(marker).parent.name, Path(marker).stem
        print(f"{kind} {name}: {words}")


def failures_of(folder: Path, runs: Iterable[str]) -> "dict[str, Failure]":
    """Return the trainings that failed, by name.

    Raises:
        BadInput: the file that says so is damaged.
    """
    from q2_autoencoder.records import FAILURE_VERSION, Failure  # NumPy, too

    paths = {name: folder / name / file_names.FAILURE for name in runs}
    return {
        name: read_record(path, Failure, FAILURE_VERSION)
        for name, path in paths.items()
        if path.exists()
    }


if __name__ == "__main__":
    cli.run(main)
