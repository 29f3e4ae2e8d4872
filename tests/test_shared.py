"""Command line, files and devices."""

import argparse
import os
import stat
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shared import cli, device, files
from shared.errors import BadInput


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.3", "3/10"), ("3/10", "3/10"), ("1e-8", "1/100000000"), (".5", "1/2"), ("-2", "-2")],
)
def test_numbers_are_read_exactly(text, value):
    assert cli.exact_number(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    ["", "x", "nan", "inf", "1/0", "1e999999999", "0x10", "1_000", "3/10/2", "1,5", "٣", "9" * 99],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number"):
        cli.exact_number(text)


@given(st.text())
def test_any_text_is_a_number_or_refused(text):
    try:
        value = cli.exact_number(text)
    except argparse.ArgumentTypeError:
        return
    assert isinstance(value, Fraction)


@pytest.mark.parametrize("text", ["0", "785", "x", "1.5", "", "9" * 30])
def test_whole_numbers_outside_their_range_are_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="from 1 to 784"):
        cli.whole_number(1, 784)(text)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "result.json"
    files.write_json(path, {"x": 1})

    def fail_half_way():
        with files.atomic_path(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(path, {"x": float("nan")})
    assert files.read_json(path) == {"x": 1}
    assert os.listdir(tmp_path) == ["result.json"]


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text()
            | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=8,
        ),
    )
)
def test_json_is_read_back_as_it_was_written(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.json"
    content.pop(files.DIGEST, None)
    files.write_json(path, content)
    assert files.read_json(path) == content


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"x": 1}', "has no sha256: it is foreign or of an older version"),
        ('{"x": 1, "sha256": "0"}', "was edited or damaged"),
    ],
)
def test_json_that_is_not_as_it_was_written_is_refused(tmp_path, text, words):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BadInput, match=words):
        files.read_json(tmp_path / "a.json")


def test_results_are_readable_as_the_umask_allows(tmp_path):
    previous = os.umask(0o027)
    try:
        files.write_text(tmp_path / "a.txt", "")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot write to the folder"):
        files.writable_folder(tmp_path / "file" / "results")


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "mps", "cuda:0:1"])
def test_unknown_devices_are_refused(name):
    with pytest.raises(BadInput, match="give auto, cpu"):
        device.choose_device(name)


def test_a_cuda_device_that_is_not_there_is_an_error():
    absent = torch.cuda.device_count() if torch.cuda.is_available() else 0
    with pytest.raises(BadInput, match=f"has {absent} usable CUDA devices"):
        device.choose_device(f"cuda:{absent}")


def test_precision_follows_the_hardware(monkeypatch):
    cpu = torch.device("cpu")
    for able, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(device, "has_fast_bf16", lambda _, able=able: able)
        assert device.choose_precision("auto", cpu) is dtype
        assert device.choose_precision("bf16", cpu) is torch.bfloat16
        assert device.choose_precision("fp32", cpu) is torch.float32
    with pytest.raises(BadInput, match="give one of auto, fp32, bf16"):
        device.choose_precision("fp16", cpu)


def test_cpu_flags_agree_with_the_kernels():
    """Linux tells the same flags in a file of its own."""
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((line.split() for line in file if line.startswith("flags")), None)
    except FileNotFoundError:
        flags = None
    if flags is None:
        pytest.skip("this kernel lists no x86 flags")
    expected = "avx512_bf16" in flags or "amx_bf16" in flags
    assert device.has_fast_bf16(torch.device("cpu")) is expected
