"""Run a study: all trainings, evaluations and comparisons that its file asks for.

Usage:
    python study/run.py study/digits.yaml
    python study/run.py study/assignment.yaml q2a
    python study/run.py study/assignment.yaml --profile slurm -- --slurm-no-account
    python study/run.py study/digits.yaml -- --report report.html

What is finished and up to date is left alone, what was broken off goes on. The targets are q2a
(the comparison of latent dimensions), q2b (with dis_net) and all. What follows `--` is given to
Snakemake, which works in the folder of the results. Status 0: all is finished; 1: a job failed, and
its log is named; 2: nothing was started; 3: all is finished, and a training has diverged.
"""

import importlib.util
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from filelock import FileLock, Timeout

from q2_autoencoder.config import FAILED
from shared import cli, datasets
from shared.errors import BadInput
from shared.files import read_record, shown, writable_folder, write_text

if TYPE_CHECKING:
    from q2_autoencoder.records import Failure
    from study.jobs import Job

HERE = Path(__file__).resolve().parent
PROFILES = HERE / "profiles"
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
        help=f"where the jobs run: {', '.join(names(PROFILES))}, or a folder with a config.yaml",
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


def names(folder: Path) -> list[str]:
    """Return what lies in `folder`, by name."""
    return sorted(path.name for path in folder.iterdir())


def main() -> int:
    options, further = parse()
    if importlib.util.find_spec("snakemake") is None:
        raise BadInput("Snakemake is not installed; `make study-setup` installs it")
    from study.jobs import Jobs, to_run  # need Snakemake's reader of YAML
    from study.settings import read_study

    study = read_study(options.study)
    studies = [study, *study.further]
    if study.publish and options.results:
        raise BadInput(f"{shown(options.study)} publishes what lies in {shown(study.folder)}")
    profile = profile_folder(options.profile)
    config = machine(profile)
    folder = writable_folder((options.results or study.folder).absolute())
    jobs = Jobs(study).targets(options.target)
    with engine_lock(folder):
        if options.accept:
            accept(folder, jobs)
        why = to_run(folder, jobs)
        if options.dry_run:
            report(why)
        elif why and not no_run(further):
            for data in {run.data for one in studies for run in one.all_runs.values()}:
                datasets.fetch(data, datasets.default_root())  # a cluster's nodes have no network
            for marker in why:
                (folder / marker).unlink(missing_ok=True)
        if why or no_run(further):
            config |= {"study": options.study.resolve()}
            words = engine_options(folder, profile, config)
            untrue = [marker for marker in why if (folder / marker).exists()]  # stay in a dry run
            dry = ["--dry-run", *(["--forcerun", *untrue] if untrue else [])]
            dry = dry if options.dry_run else []
            more = [*dry, *further, "--config", *(f"{k}={v}" for k, v in config.items())]
            status = snakemake(options.target, *words, *more)
            if status or options.dry_run or no_run(further):
                return status
        if left := to_run(folder, jobs):
            print(f"{len(left)} jobs of {options.target} are left, as Snakemake was told")
            return 0
        failures = failures_of(folder, [job.name for job in jobs if job.kind == "adversarial"])
    for name, failure in failures.items():
        print(f"{shown(folder / name)} {failure.kind} in epoch {failure.epoch}: {failure.reason}")
    print(f"{options.target} of {shown(options.study)} is finished and up to date")
    return FAILED if failures else 0


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


def engine_options(folder: Path, profile: Path, config: dict[str, Any]) -> list[Any]:
    """Return Snakemake's options: where it works, and that only markers count."""
    return [
        *("--snakefile", HERE / "Snakefile", "--directory", folder, "--profile", profile),
        *("--nolock", "--rerun-incomplete", "--keep-going", "--scheduler", "greedy"),
        *("--rerun-triggers", "input", "--logger", "progress"),
        *(["--resources", f"gpu={config['gpus']}"] if "gpus" in config else []),
    ]


def profile_folder(name: str) -> Path:
    """Return the folder of a profile.

    Raises:
        BadInput: there is none.
    """
    for folder in (PROFILES / name, Path(name)):
        if (folder / "config.yaml").is_file():
            return folder.resolve()
    raise BadInput(
        f"--profile {name}: not known; give {', '.join(names(PROFILES))}, or a folder with a "
        "config.yaml"
    )


def machine(profile: Path) -> dict[str, Any]:
    """Return what the Snakefile must know of the machine: the device, and how many GPUs it has.

    Raises:
        BadInput: the profile asks for a cluster or a GPU that is not here.
    """
    try:
        content = msgspec.yaml.decode((profile / "config.yaml").read_bytes(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadInput(f"{shown(profile / 'config.yaml')}: {error}") from None
    config, executor = dict(content.get("config") or {}), content.get("executor", "local")
    if executor == "slurm":
        check_slurm(profile.name, config)
    if executor == "local" and config.get("device") == "cuda":
        import torch

        config["gpus"] = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if not config["gpus"]:
            raise BadInput(f"--profile {profile.name}: this machine has no usable CUDA GPU")
    return config


def check_slurm(name: str, config: dict[str, Any]) -> None:
    """Check that there is a Slurm with what a profile asks for.

    Raises:
        BadInput: there is none, or it has no GPU and the profile asks for some.
    """
    if shutil.which("sbatch") is None:
        raise BadInput(f"--profile {name}: this machine has no sbatch, Slurm's command")
    if config.get("device") == "cuda":
        nodes = subprocess.run(["sinfo", "-h", "-o", "%G"], capture_output=True, text=True)
        if "gpu" not in nodes.stdout:
            raise BadInput(f"--profile {name} asks for GPUs; sinfo names no node with one")


def snakemake(*words: Any) -> int:
    """Run Snakemake in this process; return its exit status."""
    from snakemake.cli import main as run
    from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

    from study import progress

    LoggerPluginRegistry().register_plugin("snakemake_logger_plugin_progress", progress)
    try:
        run([str(word) for word in words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def failures_of(folder: Path, runs: Iterable[str]) -> "dict[str, Failure]":
    """Return the trainings that failed, by name.

    Raises:
        BadInput: the file that says so is damaged.
    """
    from q2_autoencoder.records import FAILURE_VERSION, Failure  # NumPy, too

    paths = {name: folder / name / "failure.json" for name in runs}
    return {
        name: read_record(path, Failure, FAILURE_VERSION)
        for name, path in paths.items()
        if path.exists()
    }


if __name__ == "__main__":
    cli.run(main)
