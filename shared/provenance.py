"""Where a number comes from: versions, machine and commit, for metrics files."""

import platform
import subprocess
from importlib.metadata import version
from typing import Any

import torch

from shared.device import device_label
from shared.files import PROJECT

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "openTSNE", "torchmetrics")
PRODUCTS = ("amx", "avx", "fma")  # the CPU's flags that say how products are computed


def environment(device: torch.device) -> dict[str, Any]:
    """Return what the numbers of this process depend on beside its options.

    That is the versions, the device, the instructions that products are computed with, the number
    of threads and the git commit.
    """
    abilities = torch.cpu.get_capabilities()
    return {
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "device": str(device),
        "device_name": device_label(device),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cpu_flags": sorted(
            flag for flag, there in abilities.items() if there is True and flag.startswith(PRODUCTS)
        ),
        "threads": torch.get_num_threads(),
        "git_commit": git_commit(),
    }


def git_commit() -> str | None:
    """Return the commit of the project, with "-dirty" where files differ from it.

    None where the project is not a git checkout or git is not installed.
    """
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            cwd=PROJECT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None
    return described.stdout.strip()
