"""What two runs of one study must have in common, whatever happened to them on the way."""

import json
from pathlib import Path
from typing import Any

from q2_autoencoder.training.run_folder import load_model

# Entries of JSON files that differ from one run to the next, and what follows from them.
OF_A_RUN = ("images_per_second", "resumed", "git_commit", "files", "sha256", "checkpoint_sha256")


def outcome(results: Path) -> dict[str, Any]:
    """Return all numbers but times, and the bytes of all weights, by the names of their files."""
    found: dict[str, Any] = {}
    for path in sorted(results.glob("*/*.json")):
        found[str(path.relative_to(results))] = _without_times(json.loads(path.read_text()))
    for path in sorted(results.glob("*/checkpoint.pt")):
        weights = load_model(path).state_dict().values()
        found[str(path.relative_to(results))] = [tensor.numpy().tobytes() for tensor in weights]
    return found


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_times(one)
            for name, one in value.items()
            if name not in OF_A_RUN and not name.endswith("seconds")
        }
    return [_without_times(one) for one in value] if isinstance(value, list) else value
