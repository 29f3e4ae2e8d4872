"""Run a study: all trainings, evaluations and comparisons that its file asks for.

Usage:
    python study/run.py study/digits.yaml
    python study/run.py study/assignment.yaml q2a
    python study/run.py study/assignment.yaml --profile slurm -- --slurm-no-account
    python study/run.py study/digits.yaml -- --report results/digits/report.html

What is finished and up to date is left alone, what was broken off goes on. The targets are q2a
(the comparison of latent dimensions), q2b (all trainings) and all. What follows `--` is given to
Snakemake. Status 0: all is finished; 1: a job failed, and its log is named; 3: all is finished,
and a training has diverged.
"""

import importlib.util
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from q2_autoencoder.records import FAILURE_VERSION, Failure
from shared import cli, datasets
from shared.errors import BadInput
from shared.files import read_record, shown, writable_folder

HERE = Path(__file__).resolve().parent
PROFILES = HERE / "profiles"
TARGETS = ("all", "q2a", "q2b")
FAILED = 3


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
    parser.add_argument("--dry-run", action="store_true", help="only say what would be run")
    return parser.parse_args(words), further


def names(folder: Path) -> list[str]:
    """Return what lies in `folder`, by name."""
    return sorted(path.name for path in folder.iterdir())


def main() -> int:
    options, further = parse()
    if importlib.util.find_spec("snakemake") is None:
        raise BadInput("Snakemake is not installed; `make study-setup` installs it")
    from study.settings import read_study  # needs Snakemake's reader of YAML

    study = read_study(options.study)
    profile = profile_folder(options.profile)
    config = machine(profile)
    folder = writable_folder((options.results or study.folder).absolute())
    config |= {"study": options.study.resolve(), "results": folder}
    if not options.dry_run:  # here and once: a cluster's nodes may have no network
        for name in study.data:
            datasets.fetch(name, datasets.default_root())
    lock = FileLock(writable_folder(folder / ".jobs") / "engine.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BadInput(f"a study is running in {shown(folder)} already") from None
    status = snakemake(
        options.target,
        *("--snakefile", HERE / "Snakefile", "--directory", folder, "--profile", profile),
        *("--nolock", "--rerun-incomplete", "--keep-going", "--scheduler", "greedy"),
        *("--rerun-triggers", "input", "mtime", "params", "--logger", "progress"),
        *(["--resources", f"gpu={config['gpus']}"] if "gpus" in config else []),
        *(["--dry-run"] if options.dry_run else []),
        *further,
        *("--config", *(f"{name}={value}" for name, value in config.items())),
    )
    if status or options.dry_run or further:
        return status
    failures = failures_of(folder, study.all_runs)
    for name, failure in failures.items():
        print(f"{shown(folder / name)} {failure.kind} in epoch {failure.epoch}: {failure.reason}")
    print(f"{options.target} of {shown(options.study)} is finished and up to date")
    return FAILED if failures else 0


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
    config, executor = dict(content.get("config", {})), content.get("executor", "local")
    if executor == "slurm" and shutil.which("sbatch") is None:
        raise BadInput(f"--profile {profile.name}: this machine has no sbatch, Slurm's command")
    if executor == "local" and config.get("device") == "cuda":
        import torch

        config["gpus"] = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if not config["gpus"]:
            raise BadInput(f"--profile {profile.name}: this machine has no usable CUDA GPU")
    return config


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


def failures_of(folder: Path, runs: Iterable[str]) -> dict[str, Failure]:
    """Return the trainings that failed, by name.

    Raises:
        BadInput: the file that says so is damaged.
    """
    paths = {name: folder / name / "failure.json" for name in runs}
    return {
        name: read_record(path, Failure, FAILURE_VERSION)
        for name, path in paths.items()
        if path.exists()
    }


if __name__ == "__main__":
    cli.run(main)
