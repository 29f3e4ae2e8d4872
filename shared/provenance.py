"""Where a number comes from: versions, machine and commit, for metrics files."""

from __future__ import annotations

import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from shared.device import device_label
from shared.files import PROJECT

if TYPE_CHECKING:
    import torch

PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "openTSNE", "torchmetrics")
PRODUCTS = ("amx", "avx", "fma")  # the CPU's flags that say how products are computed


@dataclass(frozen=True)
class Environment:
    """What the numbers of a process depend on beside its options.

    Attributes:
        python, versions: of Python and of the packages, by name.
        device, device_name: as torch calls it, and the model of the processor.
        cpu_capability, cpu_flags: the instructions that products are computed with.
        threads: of torch.
        git_commit: of the project, with "-dirty" where files differ from it; None outside git.
    """

    python: str
    versions: dict[str, str]
    device: str
    device_name: str
    cpu_capability: str
    cpu_flags: list[str]
    threads: int
    git_commit: str | None


def environment(device: torch.device) -> Environment:
    """Return the environment of this process, computing on `device`."""
    import torch

    abilities = torch.cpu.get_capabilities()
    return Environment(
        python=platform.python_version(),
        versions={name: version(name) for name in PACKAGES},
        device=str(device),
        device_name=device_label(device),
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
        cpu_flags=sorted(
            flag for flag, there in abilities.items() if there is True and flag.startswith(PRODUCTS)
        ),
        threads=torch.get_num_threads(),
        git_commit=git_commit(),
    )


def git_commit() -> str | None:
    """Return the commit of the project, with "-dirty" where files differ from it.

    None where the project is not a git checkout or git is not installed.
    """
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    try:
        described = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return described.stdout.strip()
