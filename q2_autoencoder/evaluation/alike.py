"""Runs that are to be compared must have been trained alike, but for what is compared."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from shared.errors import BadInput
from shared.files import shown


def check_alike(configs: Iterable[tuple[Path, Any]], may_differ: Collection[str]) -> None:
    """Check that the settings of runs, by folder, are equal but for the fields `may_differ`.

    Raises:
        BadInput: two runs differ in another field; it is named.
    """
    check_equal(
        (
            folder,
            {f.name: getattr(config, f.name) for f in fields(config) if f.name not in may_differ},
        )
        for folder, config in configs
    )


def check_equal(facts: Iterable[tuple[Path, dict[str, Any]]]) -> None:
    """Check that runs, by folder, have equal values of every fact that they share.

    Raises:
        BadInput: two runs have different values; fact and values are named.
    """
    seen: dict[str, tuple[Path, Any]] = {}
    for folder, of_run in facts:
        for name, value in of_run.items():
            other, known = seen.setdefault(name, (folder, value))
            if known != value:
                raise BadInput(
                    f"{shown(other)} and {shown(folder)} differ in {name}: {known!r} and "
                    f"{value!r}; they cannot be compared; train them alike"
                )
