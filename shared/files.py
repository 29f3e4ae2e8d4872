"""Where results go, and how a file appears there: whole, or not at all."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from filelock import FileLock, Timeout

from shared.errors import BadInput, Interrupted
from shared.interruption import noted

Record = TypeVar("Record")

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "results"
LOCK, HALF, STAGE = ".lock", ".half-", ".staged-"  # all that we leave hidden in a folder
DIGEST = "sha256"  # the entry of a JSON file that tells whether the others are as written


def writable_folder(path: Path) -> Path:
    """Create `path` where it is missing and prove that files can be written into it.

    Called before any long work, so that an unwritable folder costs seconds, not a training.

    Raises:
        BadInput: the folder cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise BadInput(
            f"cannot write to the folder {path}: {error.strerror}; name another one"
        ) from None
    return path


_locked: set[Path] = set()  # by this process


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to `folder`, which must exist. It may be nested.

    The lock is the operating system's where the file system has one: it goes with the process,
    however that ends. What a dead process left half-written is removed.

    Raises:
        BadInput: another process has locked the folder.
    """
    place = folder.resolve()
    if place in _locked:
        yield
        return
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BadInput(
            f"another process is writing to {shown(folder)}; wait for it, or name another folder "
            "with --results"
        ) from None
    _locked.add(place)
    try:
        for left in folder.glob(f"{STAGE}*"):
            shutil.rmtree(left)
        for left in folder.glob(f"{HALF}*"):
            left.unlink()
        yield
    finally:
        _locked.discard(place)
        lock.release()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it into place if the block succeeds.

    A reader sees the old file or the new one, never a part of it.

    Raises:
        BadInput: it cannot be written: the disk is full, say.
    """
    temporary = None
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f"{HALF}{path.stem}-", suffix=path.suffix
        )
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        # mkstemp makes private files; a result is as readable as the umask allows.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:  # a failed write does not say of which file
        folder = path.parent.parent if path.parent.name.startswith(STAGE) else path.parent
        raise BadInput(
            f"cannot write {shown(folder / path.name)}: {error.strerror or error}; what was there "
            "before is kept"
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def staged(folder: Path, discard: Iterable[str] = ()) -> Iterator[Path]:
    """Yield an empty folder whose files move to `folder` if the block succeeds.

    Until then `folder` stays as it was, on a full disk, say. Then the old JSON files of the same
    names and the files `discard` go first and the new JSON files come last: where they stand, all
    others belong to them. A signal has to wait for that.

    Raises:
        BadInput: another process has locked `folder`.
    """
    with locked(folder), tempfile.TemporaryDirectory(dir=folder, prefix=STAGE) as temporary:
        yield Path(temporary)
        files = sorted(Path(temporary).iterdir(), key=lambda path: (path.suffix == ".json", path))
        with noted() as stopping:
            for name in [*discard, *(path.name for path in files if path.suffix == ".json")]:
                (folder / name).unlink(missing_ok=True)
            for path in files:
                path.replace(folder / path.name)
        if number := stopping():
            raise Interrupted("", number)


def print_written(folder: Path, files: Iterable[Path]) -> None:
    """Print which files a script wrote to `folder`; where they were staged does not matter."""
    print("\nWritten:", *(shown(folder / file.name) for file in files), sep="\n  ", flush=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` and its digest to `path` atomically, as readable JSON without NaN."""
    whole = content | {DIGEST: _digest(content)}
    write_text(path, json.dumps(whole, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return what `write_json` wrote to `path`.

    Raises:
        BadInput: the file is missing, holds no JSON object, or is not as it was written.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {shown(path)}: {error.strerror}") from None
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        begins = data.lstrip().startswith(b"{")
        raise BadInput(
            f"{shown(path)} is JSON that was cut off or damaged"
            if begins
            else f"{shown(path)} is empty or no JSON file"
        ) from None
    if not isinstance(content, dict):
        raise BadInput(f"{shown(path)} holds no JSON object")
    digest = content.pop(DIGEST, None)
    if digest is None:
        raise BadInput(f"{shown(path)} has no {DIGEST}: it is foreign or of an older version")
    if digest != _digest(content):
        raise BadInput(f"{shown(path)} was edited or damaged: its {DIGEST} is that of other values")
    return content


def read_record(path: Path, kind: type[Record], version: int) -> Record:
    """Return the dataclass `kind` that `write_record` wrote to `path`.

    Raises:
        BadInput: as `read_json`, and where it is of another version or of other entries.
    """
    content = read_json(path)
    if content.get("version", 1) != version:
        raise BadInput(
            f"{shown(path)} has the format {content.get('version', 1)!r}; this program reads "
            f"format {version}; make it anew"
        )
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise BadInput(
            f"{shown(path)} was edited, or written by another version: {error}"
        ) from None


def write_record(path: Path, record: Any) -> None:
    """Write a dataclass to `path` as JSON, for `read_record`."""
    write_json(path, msgspec.to_builtins(record))


def _digest(content: dict[str, Any]) -> str:
    # Numbers read back are the numbers written: Python prints floats so that they are.
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def shown(path: Path) -> str:
    """Return `path` as a user would type it: relative to here where it lies below here."""
    return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)
