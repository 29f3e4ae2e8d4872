"""What docs/tour.ipynb installs on a hosted notebook service: the packages missing there, no more.

Nothing but `packaging` is imported from elsewhere: the rest may be missing.
"""

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
TOOLS = "# Tools"  # the line of requirements.txt below which no script needs anything
KEPT = ("torch", "torchvision")  # made for the service's GPUs: never replaced if new enough


def required() -> list[Requirement]:
    """Return what the scripts need, as requirements.txt says it."""
    text, _, _ = REQUIREMENTS.read_text(encoding="utf-8").partition(TOOLS)
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def installed(name: str) -> str | None:
    """Return the version of a package, or None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def missing(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Return those that no installed package meets."""
    found = {one: installed(one.name) for one in requirements}
    return [
        one
        for one, has in found.items()
        if has is None or not one.specifier.contains(has, prereleases=True)
    ]


def install_missing() -> None:
    """Install the packages that are missing or too old, and say which.

    Raises:
        CalledProcessError: pip fails.
    """
    lacking = missing(required())
    if not lacking:
        return
    names = [one.name for one in lacking]
    # Without pins pip may put another torch in place of one that is new enough.
    pins = [f"{name}=={installed(name)}" for name in KEPT if name not in names]
    print(f"Installing {', '.join(map(str, lacking))} ...", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", *map(str, lacking), *pins]
    subprocess.run(command, check=True)
    print("Installed. Restart the kernel if it had loaded one of them before.")
