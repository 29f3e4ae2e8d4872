"""Where results go, and how a file appears there: whole, or not at all."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.errors import BadInput

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "results"


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


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it into place if the block succeeds.

    A reader sees the old file or the new one, never a part of it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        # mkstemp makes private files; a result is as readable as the umask allows.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` atomically, as readable JSON without NaN or infinity."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in the JSON file `path`.

    Raises:
        BadInput: the file is missing or holds no JSON object.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"cannot read {shown(path)}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{shown(path)} is no JSON file; was it cut off?") from None
    if not isinstance(content, dict):
        raise BadInput(f"{shown(path)} holds no JSON object")
    return content


def shown(path: Path) -> str:
    """Return `path` as a user would type it: relative to here where it lies below here."""
    return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)
