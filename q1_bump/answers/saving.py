"""How the answers for other bumps than the assignment's are saved and printed."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from q1_bump.records import FixedWidthRecord, SlopedRecord
from shared import cli
from shared.files import print_written, staged, write_record


def print_and_save(
    record: SlopedRecord | FixedWidthRecord, path: Path, as_json: bool, in_words: Callable[[], None]
) -> int:
    """Save a record and print it, as JSON or in words; return the status, 1 if not certified."""
    with staged(path.parent) as stage:
        files = [stage / path.name]
        write_record(files[0], record)
    if as_json:
        print(json.dumps(asdict(record)))
    else:
        in_words()
        print_written(path.parent, files)
    if not record.certified:
        cli.complain(f"not certified: {record.reason}")
    return 0 if record.certified else 1
