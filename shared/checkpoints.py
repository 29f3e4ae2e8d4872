"""Files of tensors: written whole, read without executing anything they contain."""

import io
import pickle
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from shared.errors import BadInput
from shared.files import atomic_path, shown

Model = TypeVar("Model", bound=nn.Module)


def save_checkpoint(path: Path, kind: str, version: int, **content: Any) -> Path:
    """Write `content` (tensors, numbers, strings, dicts of them) to `path` atomically.

    `kind` and `version` say what the file is, for `load_checkpoint`.
    """
    # Through memory: on a full disk torch.save raises a RuntimeError that names no reason.
    buffer = io.BytesIO()
    torch.save({"kind": kind, "version": version, **content}, buffer)
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())
    return path


def load_checkpoint(
    path: Path, kind: str, version: int, allowed: Sequence[type] = ()
) -> dict[str, Any]:
    """Return the content of a file that `save_checkpoint` wrote, on the CPU.

    Beside tensors, numbers, strings and containers it may hold records of the types `allowed`.

    Raises:
        BadInput: the file is missing, is no checkpoint, is truncated, contains something
            else than data (which is not executed), or is of another kind or version.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {shown(path)}: {error.strerror}") from None
    check_archive(data, path, "checkpoint")
    try:
        with torch.serialization.safe_globals(list(allowed)):
            content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise BadInput(
            f"{shown(path)} holds something else than tensors and was not loaded"
        ) from None
    except Exception:  # torch has no one exception for a damaged file: RuntimeError, KeyError, ...
        raise BadInput(f"{shown(path)} is damaged or no checkpoint") from None
    if not isinstance(content, dict) or content.get("kind") != kind:
        raise BadInput(f"{shown(path)} is a file of tensors, but no checkpoint of {kind}")
    if content.get("version") != version:
        raise BadInput(
            f"{shown(path)} has the format {content.get('version')!r}; this program reads "
            f"format {version}; remove the file and make it anew"
        )
    return content


def check_archive(data: bytes, path: Path, what: str) -> None:
    """Check `data`, read from `path`: torch and NumPy do not look at their archives' checksums.

    Raises:
        BadInput: it is no zip archive, its end is missing, or a checksum is wrong.
    """
    if not data:
        raise BadInput(f"{shown(path)} is empty")
    if not data.startswith(b"PK"):
        raise BadInput(f"{shown(path)} is no {what}")
    if not zipfile.is_zipfile(io.BytesIO(data)):  # the archive's table stands at its end
        raise BadInput(f"{shown(path)} is truncated")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            whole = archive.testzip() is None
    except Exception:  # zipfile's own, zlib's, struct's, NotImplementedError, ...
        whole = False
    if not whole:
        raise BadInput(f"{shown(path)} is damaged: a checksum in it is wrong")


def load_or_train(
    path: Path, kind: str, version: int, make: Callable[[], Model], train: Callable[[], Model]
) -> Model:
    """Return the network kept in `path`; where there is no such file, `train` it and keep it.

    `make` returns one of the same shape, for the weights to be put into.

    Raises:
        BadInput: the file is there, but holds something else.
    """
    if path.exists():
        with torch.random.fork_rng(devices=[]):  # weights about to be replaced cost no number
            model = make()
        load_weights(model, load_checkpoint(path, kind, version).get("weights"), path)
        return model.eval()
    print(f"no {shown(path)} yet: training the {kind}, once ...", flush=True)
    model = train()
    save_checkpoint(path, kind, version, weights=weights_of(model))
    return model


def weights_of(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return the weights and buffers of `model`, on the CPU."""
    return {name: tensor.cpu() for name, tensor in model.state_dict().items()}


def load_weights(model: nn.Module, weights: Any, path: Path) -> None:
    """Put `weights`, read from `path`, into `model`.

    Raises:
        BadInput: names or shapes are those of another architecture, or a value is not finite.
    """
    expected = {name: tensor.shape for name, tensor in model.state_dict().items()}
    given = (
        {name: getattr(tensor, "shape", None) for name, tensor in weights.items()}
        if isinstance(weights, dict)
        else {}
    )
    if given != expected:
        differing = sorted(map(str, expected.items() ^ given.items()))[0]
        raise BadInput(
            f"{shown(path)} was written by another architecture: "
            f"{len(expected.items() ^ given.items())} differences, such as {differing}"
        )
    if not all(torch.isfinite(tensor).all() for tensor in weights.values()):
        raise BadInput(f"{shown(path)} holds weights that are not finite")
    model.load_state_dict(weights)
