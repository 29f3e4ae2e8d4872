"""Command line, files and devices."""

import argparse
import os
import re
import stat
import subprocess
import sys
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from q2_autoencoder.config import AdversarialOptions, TrainingConfig
from shared import cli, device, files
from shared.errors import BadInput
from shared.files import PROJECT
from shared.settings import (
    add_settings,
    described,
    differences,
    from_options,
    option_words,
    setting,
)
from shared.summary import confidence_interval, paired_difference, spread


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


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "mps:0", "cuda:0:1"])
def test_unknown_devices_are_refused(name):
    with pytest.raises(BadInput, match="give auto, cpu"):
        device.choose_device(name)


def test_a_cuda_device_that_is_not_there_is_an_error():
    absent = torch.cuda.device_count() if torch.cuda.is_available() else 0
    with pytest.raises(BadInput, match=f"has {absent} usable CUDA devices"):
        device.choose_device(f"cuda:{absent}")


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="has an Apple GPU")
def test_an_apple_gpu_that_is_not_there_is_an_error():
    with pytest.raises(BadInput, match="no usable Apple GPU; give auto or cpu"):
        device.choose_device("mps")


def test_precision_follows_the_hardware(monkeypatch):
    cpu = torch.device("cpu")
    for able, name in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr(device, "has_fast_bf16", lambda _, able=able: able)
        assert device.choose_precision("auto", cpu) == name
        assert device.choose_precision("bf16", cpu) == "bf16"
        assert device.choose_precision("fp32", cpu) == "fp32"
    with pytest.raises(BadInput, match="give one of auto, fp32, bf16"):
        device.choose_precision("fp16", cpu)


@pytest.mark.parametrize(("name", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_products_have_the_precision_that_was_chosen(name, dtype):
    seen = []

    def product(values):
        seen.append((values @ values).dtype)
        return values @ values

    network = device.in_precision(product, torch.device("cpu"), name)
    assert network(torch.ones(2, 2)).dtype == torch.float32
    assert seen == [dtype]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Three kinds of settings, and a field that is no option."""

    rate: float = setting("--peak-rate", "--rate", default=0.5, type=float, help="a number")
    switch: bool = setting("--switch", default=False, help="a switch")
    size: int = setting("--size", type=int, help="must be given")
    start: str = described("the start")


def test_one_field_is_option_entry_and_reason_to_refuse(capsys):
    parser = cli.Parser("Do it.\n\nUsage:\n    do --size 3\n", prog="do")
    add_settings(parser, Settings)
    for old, new in (("--rate", 0.1), ("--peak-rate", 0.1)):
        found = from_options(Settings, parser.parse_args(["--size", "3", old, "0.1"]), start="a")
        assert found == Settings(rate=new, switch=False, size=3, start="a")
    assert differences(found, asdict(found)) == []
    assert differences(found, {"rate": 0.1, "switch": True, "size": 4}) == [
        "--switch was True and is now False",
        "--size was 4 and is now 3",
        "the start was None and is now 'a'",
    ]
    with pytest.raises(SystemExit):
        parser.parse_args([])
    assert "--size" in capsys.readouterr().err
    text = parser.format_help()
    assert "(default: 0.5)" in text
    assert "(default: None)" not in text
    assert "(default: False)" not in text
    assert "examples:\n    do --size 3" in text


@dataclass(frozen=True)
class Entry:
    """A record inside another one."""

    value: float


@dataclass(frozen=True)
class Content:
    """What a file holds."""

    name: str
    entries: list[Entry]
    version: int = 3


def test_a_record_is_read_back(tmp_path):
    path, record = tmp_path / "a.json", Content("x", [Entry(0.1), Entry(2.0)])
    files.write_record(path, record)
    assert files.read_record(path, Content, 3) == record
    assert files.read_json(path)["entries"] == [{"value": 0.1}, {"value": 2.0}]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"version": 2}, "has the format 2; this program reads format 3"),
        ({"name": 1}, r"`\$\.name`"),
        ({"entries": [{"value": "0.1"}]}, r"\$\.entries\[0\]\.value"),
        ({"entries": [{}]}, "missing required field `value`"),
    ],
)
def test_a_record_of_another_kind_is_refused(tmp_path, changed, words):
    path = tmp_path / "a.json"
    files.write_json(path, {"name": "x", "entries": [], "version": 3} | changed)
    with pytest.raises(BadInput, match=words):
        files.read_record(path, Content, 3)


def test_numbers_over_seeds_are_numpys():
    values = [0.3, 1.7, -2.0]
    found = spread(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.sd == pytest.approx(np.std(values, ddof=1))
    assert found.values == values
    assert spread([0.5]).sd is None
    low, high = scipy.stats.t.interval(0.95, 2, np.mean(values), scipy.stats.sem(values))
    assert found.margin == pytest.approx((high - low) / 2)
    assert spread([1.0, 2.0]).text(".2f") == "1.50 ± 6.35"  # 12.71 / 2, of every table of t
    assert spread([0.5]).margin is None
    assert spread([0.5]).text(".1%") == "50.0%"


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12))
def test_confidence_interval_against_scipy(values):
    assume(np.std(values) > 1e-6)  # scipy warns of numbers that are nearly equal
    found = confidence_interval(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected), rel=1e-6, abs=1e-6)
    assert found.low <= found.mean <= found.high


def test_paired_difference_against_scipy():
    first, second = {0: 1.0, 1: 2.5, 2: 2.0, 7: 9.0}, {2: 1.1, 0: 0.5, 1: 1.0, 5: 4.0}
    found = paired_difference(first, second)
    common = [0, 1, 2]
    expected = stats.ttest_rel([first[i] for i in common], [second[i] for i in common])
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert found.text("+.2f").startswith("+0.97 [")
    with pytest.raises(ValueError, match="no seed"):
        paired_difference({0: 1.0}, {1: 1.0})


def test_one_value_says_nothing_of_its_interval():
    assert (confidence_interval([3.0]).low, confidence_interval([3.0]).high) == (-np.inf, np.inf)


def has_options(path: Path) -> bool:
    """Say whether a file is a script with options."""
    return re.search(r"^def parse\(", path.read_text(encoding="utf-8"), re.MULTILINE) is not None


SCRIPTS = [
    path
    for folder in ("q1_bump", "q2_autoencoder", "study", "study/steps", "publish")
    for path in sorted((PROJECT / folder).glob("*.py"))
    if has_options(path)
]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
@pytest.mark.parametrize(("option", "code"), [("--help", 0), ("--no-such-option", 2)])
def test_options_are_parsed_before_anything_heavy_is_imported(path, option, code):
    """So that help and errors come at once. The list of modules proves it where a clock cannot."""
    program = (
        "import atexit, runpy, sys\n"
        "heavy = {'torch', 'sympy', 'matplotlib', 'sklearn', 'scipy', 'numpy'}\n"
        "atexit.register(lambda: print('heavy:', sorted(heavy & set(sys.modules))))\n"
        f"sys.argv = [{str(path)!r}, {option!r}]\n"
        f"runpy.run_path({str(path)!r}, run_name='__main__')\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True
    )
    assert outcome.returncode == code, outcome.stderr
    assert outcome.stdout.splitlines()[-1] == "heavy: []"
    assert len(outcome.stderr.splitlines()) == (code != 0), outcome.stderr


BENCHMARKS = [
    path
    for path in sorted((PROJECT / "benchmarks").glob("*.py"))
    if "__main__" in path.read_text(encoding="utf-8") and path.stem != "pythae_rival"
]


@pytest.mark.slow
def test_every_benchmark_finds_what_it_imports():
    """pythae's runs in an environment of its own. A benchmark's folder comes first on the path."""
    program = (
        "import runpy, sys\n"
        "folder, *names = sys.argv[1:]\n"
        "sys.path[0] = folder\n"
        "for name in names:\n"
        "    sys.argv = [name, '--help']\n"
        "    try:\n"
        "        runpy.run_path(f'{folder}/{name}', run_name='__main__')\n"
        "    except SystemExit as ended:\n"
        "        assert not ended.code, name\n"
    )
    names = [path.name for path in BENCHMARKS]
    outcome = subprocess.run(
        [sys.executable, "-c", program, PROJECT / "benchmarks", *names],
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.count("usage: ") == len(names) - 1  # soak.py's part has no options


@pytest.mark.parametrize(
    "config",
    [
        TrainingConfig(latent_dim=2, peak_lr=1e-3, deterministic=True),
        TrainingConfig(latent_dim=784, loss="mse", data="digits", seed=7),
        AdversarialOptions(latent_dim=2, strategy="three-step", adversarial_weight=0.5),
    ],
)
def test_option_words_are_read_back_as_the_same_settings(config):
    values = {name: value for name, value in asdict(config).items() if value is not None}
    parser = cli.Parser()
    add_settings(parser, type(config))
    found = from_options(type(config), parser.parse_args(option_words(type(config), values)))
    assert found == config


@pytest.mark.parametrize(
    ("abilities", "expected"),
    [
        ({"amx_bf16": True, "avx512_bf16": True, "cpu_name": "Intel Xeon"}, True),
        ({"amx_bf16": False, "avx512_bf16": True, "cpu_name": "Intel Xeon"}, False),
        ({"avx512_bf16": True, "cpu_name": "AMD EPYC"}, True),
        ({"avx2": True, "cpu_name": "AMD Ryzen"}, False),
        ({}, False),
    ],
)
def test_bf16_is_taken_where_it_is_faster(monkeypatch, abilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: abilities)
    assert device.has_fast_bf16(torch.device("cpu")) is expected


def test_cpu_flags_agree_with_the_kernels():
    """Linux tells the same flags in a file of its own."""
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((line.split() for line in file if line.startswith("flags")), None)
    except FileNotFoundError:
        flags = None
    if flags is None:
        pytest.skip("this kernel lists no x86 flags")
    intel = "GenuineIntel" in Path("/proc/cpuinfo").read_text()
    expected = "amx_bf16" in flags or ("avx512_bf16" in flags and not intel)
    assert device.has_fast_bf16(torch.device("cpu")) is expected
