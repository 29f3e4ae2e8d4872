"""Files of tensors: read back whole, refused in one line otherwise, never executed."""

import os
import pickle

import pytest
import torch
from torch import nn

from shared.checkpoints import load_checkpoint, load_weights, save_checkpoint, weights_of
from shared.errors import BadInput


def test_what_is_saved_is_loaded(tmp_path):
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    path = save_checkpoint(tmp_path / "a.pt", "test", 1, size=3, weights=weights_of(model))
    content = load_checkpoint(path, "test", 1)
    other = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    load_weights(other, content["weights"], path)
    assert content["size"] == 3
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name])


class Malicious:
    """Unpickling it makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_code_in_a_checkpoint_is_not_executed(tmp_path):
    content = {"kind": "test", "version": 1, "x": Malicious(tmp_path / "owned")}
    torch.save(content, tmp_path / "torch.pt")
    (tmp_path / "pickle.pt").write_bytes(pickle.dumps(content))
    for name, words in (
        ("torch.pt", "something else than tensors and was not loaded"),
        ("pickle.pt", "no checkpoint"),
    ):
        with pytest.raises(BadInput, match=words):
            load_checkpoint(tmp_path / name, "test", 1)
    assert not (tmp_path / "owned").exists()
    pickle.loads((tmp_path / "pickle.pt").read_bytes())  # the trap itself works
    assert (tmp_path / "owned").exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_refused(tmp_path, share):
    path = save_checkpoint(tmp_path / "a.pt", "test", 1, x=torch.zeros(100))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(BadInput, match="is truncated" if share else "is empty"):
        load_checkpoint(path, "test", 1)


def test_a_flipped_bit_is_noticed(tmp_path):
    """torch.load alone would return another number."""
    path = save_checkpoint(tmp_path / "a.pt", "test", 1, x=torch.zeros(100))
    data = bytearray(path.read_bytes())
    middle = data.index(bytes(400)) + 200
    data[middle] ^= 64
    path.write_bytes(data)
    assert torch.load(path, weights_only=True)["x"].any()
    with pytest.raises(BadInput, match="checksum"):
        load_checkpoint(path, "test", 1)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: None, "cannot read"),
        (lambda path: path.mkdir(), "cannot read"),
        (lambda path: path.write_text("just a text\n"), "no checkpoint"),
        (lambda path: torch.save([1, 2], path), "no checkpoint of test"),
        (lambda path: save_checkpoint(path, "other", 1), "no checkpoint of test"),
        (lambda path: save_checkpoint(path, "test", 2), "format 2; this program reads format 1"),
    ],
)
def test_other_files_are_refused(tmp_path, write, words):
    write(tmp_path / "a.pt")
    with pytest.raises(BadInput, match=words):
        load_checkpoint(tmp_path / "a.pt", "test", 1)


@pytest.mark.parametrize(
    "weights",
    [
        None,
        {},
        {"weight": torch.zeros(2, 3)},
        {"weight": torch.zeros(2, 4), "bias": torch.zeros(2)},
        {"weight": 1.0, "bias": torch.zeros(2)},
        {"weight": torch.zeros(2, 3), "bias": torch.zeros(2), "more": torch.zeros(1)},
    ],
)
def test_weights_of_another_architecture_are_refused(tmp_path, weights):
    with pytest.raises(BadInput, match="another architecture"):
        load_weights(nn.Linear(3, 2), weights, tmp_path)


def test_weights_that_are_not_finite_are_refused(tmp_path):
    weights = {"weight": torch.full((2, 3), torch.nan), "bias": torch.zeros(2)}
    with pytest.raises(BadInput, match="not finite"):
        load_weights(nn.Linear(3, 2), weights, tmp_path)
