"""Where the jobs of a study run, and whether this machine can do what a profile asks for."""

import re
import shutil
import subprocess
from argparse import Namespace
from pathlib import Path

from shared.device import choose_device
from shared.errors import BadInput
from study.engine import HERE, is_local

PROFILES = HERE / "profiles"
COMMANDS = {"slurm": "sbatch", "slurm-jobstep": "srun"}  # what an executor calls
DEVICES = re.compile(r"auto|cpu|mps|cuda(:[0-9]+)?")  # by name, as in `choose_device`


def profile_names() -> list[str]:
    """Return the names of the project's own profiles."""
    return sorted(path.name for path in PROFILES.iterdir())


def profile_folder(name: str) -> Path:
    """Return the folder of a profile.

    Raises:
        BadInput: there is none.
    """
    for folder in (PROFILES / name, Path(name)):
        if (folder / "config.yaml").is_file():
            return folder.resolve()
    raise BadInput(
        f"--profile {name}: not known; give {', '.join(profile_names())}, or a folder with a "
        "config.yaml"
    )


def machine(options: Namespace) -> dict[str, str]:
    """Return what the Snakefile must know of the machine: the device, and how many GPUs it has.

    `options` are Snakemake's, with those of the profile.

    Raises:
        BadInput: they ask for what is not here, or do not say how many jobs run at once.
    """
    executor, config = options.executor or "local", _config(options)
    local, device = is_local(executor), config.get("device")
    if executor in COMMANDS and shutil.which(COMMANDS[executor]) is None:
        raise BadInput(f"this machine has no {COMMANDS[executor]}, which executor {executor} calls")
    if not options.dryrun and not (options.jobs or (local and options.cores)):
        option, example = ("cores", "all") if local else ("jobs", "200")
        raise BadInput(
            f"executor {executor} must be told how many jobs run at once; give {option} in the "
            f"profile, or `-- --{option} {example}`"
        )
    if device is None:
        return config
    if not local:
        if not DEVICES.fullmatch(device):  # what it stands for on the nodes is not known here
            raise BadInput(f"device {device}: not known; give auto, cpu, cuda, cuda:N or mps")
        if device == "cuda" and executor == "slurm":
            _check_slurm_gpus()
        return config
    choose_device(device)
    if device == "cuda":
        import torch

        config["gpus"] = str(torch.cuda.device_count())
    return config


def _config(options: Namespace) -> dict[str, str]:
    """Return the entries of the Snakefile's config that a user has given."""
    if options.configfile:
        raise BadInput("configfile: not taken; say device=NAME under config")
    config = {}
    for entry in options.config or []:
        name, equals, value = entry.partition("=")
        if name != "device" or not equals:
            raise BadInput(f"config: {entry!r} is not accepted; give device=NAME")
        config[name] = value
    return config


def _check_slurm_gpus() -> None:
    nodes = subprocess.run(["sinfo", "-h", "-o", "%G"], capture_output=True, text=True)
    if "gpu" not in nodes.stdout:
        raise BadInput("device cuda asks for GPUs; sinfo names no node with one")
