"""Damaged files and random command lines: a correct result, or one line and exit status 2.

Every case is a number that makes its own damage, so that a failing one can be run again alone.
They are 9 · 180 + 60 files and 2 · 80 + 6 · 30 command lines: 2,020.
"""

import contextlib
import gzip
import hashlib
import random
import re
import shutil
import signal
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from helpers import (
    ADVERSARIAL,
    COMPARE,
    COMPARE_ADVERSARIAL,
    COMPARE_PARTS,
    EVAL,
    FEW_TEST,
    HERE,
    TRAIN,
    equal,
    run_here,
    run_well,
    stop_at,
)
from test_shared_datasets import files, no_sources, put  # noqa: F401 (fixtures)

from publish.gallery import GALLERY
from q2_autoencoder.evaluation import classifier, judging
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.records import COMPARISON_VERSION, Comparison, Measures
from q2_autoencoder.training import checkpointing, file_names, run_folder
from q2_autoencoder.training.snapshots import load_history
from shared import datasets
from shared.errors import BadInput
from shared.files import read_record

CASES, FEWER = 180, 60  # for each of nine kinds of file, and for the one that takes longest
COMMANDS, FEW_COMMANDS = 80, 30  # for each of two scripts that answer at once, and of the others
LONGEST = 60  # seconds; far more than any of these commands takes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few", "small_networks")]


def damaged(whole: bytes, other: bytes, rng: random.Random) -> bytes:
    """Return `whole` with flipped bits, cut off, with parts moved, lost, zeroed or of `other`."""
    data, size = bytearray(whole), len(whole)
    start, end = sorted(rng.randrange(size + 1) for _ in range(2))
    kind = rng.randrange(8)
    if kind <= 2:  # a third of the cases, and half of them one bit
        for _ in range(rng.choice((1, 1, 2, 20))):
            data[rng.randrange(size)] ^= 1 << rng.randrange(8)
    elif kind == 3:
        del data[start:]
    elif kind == 4:
        del data[start : min(end, start + 1000)]
    elif kind == 5:
        data[start:end] = bytes(end - start)
    elif kind == 6:
        data = data[start:] + data[:start]
    elif rng.random() < 0.3:
        data = bytearray(other)
    else:
        data[start:] = other[start:]
    return bytes(data)


@pytest.fixture(scope="module")
def run(few, small_networks, tmp_path_factory) -> Path:
    """A finished and evaluated run of size 2 on the digits, beside a classifier."""
    results = tmp_path_factory.mktemp("fuzz")
    options = (*HERE, "--latent", "2", "--results", str(results))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "RECIPE", replace(classifier.RECIPE, least_steps=20))
        run_well(TRAIN, *options, "--epochs", "2")
        run_well(EVAL, *options)
    return results / "digits-l1-latent2-seed0"


@pytest.fixture(scope="module")
def stopped(run) -> Path:
    """A checkpoint of a training that was stopped in its second epoch."""
    with pytest.MonkeyPatch.context() as patch:
        stop_at(patch, 7)
        results = run.parent / "stopped"
        options = ("--latent", "2", "--epochs", "2", "--batch-size", "50")
        outcome = run_here(TRAIN, *HERE, *options, "--results", str(results))
        assert outcome.returncode == 143
    return checkpointing.checkpoints(results / run.name)[0]


def refused_or_right(path: Path, read, other: Path, cases: int = CASES) -> int:
    """Damage the file `path` and `read` it, `cases` times; return how often it was refused."""
    whole, another = path.read_bytes(), other.read_bytes()
    expected, refused = read(), 0
    assert equal(expected, read())
    try:
        for case in range(cases):
            path.write_bytes(damaged(whole, another, random.Random(case)))
            try:
                found = read()
            except BadInput:
                refused += 1
            else:
                assert equal(found, expected), case
    finally:
        path.write_bytes(whole)
    return refused


def test_damaged_checkpoints(run):
    path = run / file_names.CHECKPOINT
    assert (
        refused_or_right(
            path,
            lambda: run_folder.load_model(path).state_dict(),
            run.parent / "classifier-digits.pt",
        )
        > CASES // 2
    )


def test_damaged_classifiers(run, few, monkeypatch):
    monkeypatch.setattr(classifier, "train_classifier", None)  # none is trained in its place
    path, device = run.parent / "classifier-digits.pt", torch.device("cpu")

    def read():
        return classifier.load_or_train(run.parent, "digits", few, device).state_dict()

    assert refused_or_right(path, read, run / file_names.CHECKPOINT) > CASES // 2


def test_damaged_training_checkpoints(run, stopped):

    def read():
        content, _ = checkpointing.newest_good([stopped])
        steps, done = content["record"]["steps"], content["place"]["batch"]
        # Losses of the epoch's steps to come are NaN, which equals nothing.
        content["record"]["steps"] = {name: values[:done] for name, values in steps.items()}
        return content

    assert refused_or_right(stopped, read, run / file_names.CHECKPOINT, FEWER) > FEWER // 2


def test_damaged_snapshots(run):
    path = run / "snapshots.npz"

    def read():
        return load_history(run, 2, FEW_TEST)

    assert refused_or_right(path, read, run / file_names.CHECKPOINT) > CASES // 2


@pytest.mark.parametrize("name", [file_names.METRICS, file_names.EVALUATION])
def test_damaged_numbers(run, name):
    read = {
        file_names.METRICS: run_folder.load_metrics,
        file_names.EVALUATION: run_folder.load_evaluation,
    }[name]
    other = {file_names.METRICS: file_names.EVALUATION, file_names.EVALUATION: file_names.METRICS}[
        name
    ]
    assert refused_or_right(run / name, lambda: read(run), run / other) > CASES // 2


def test_damaged_measures(run, digits, monkeypatch):
    """What was measured is refused, or measured again: it is never another number."""
    measures = Measures(**{f.name: 0.25 + place for place, f in enumerate(fields(Measures))})
    monkeypatch.setattr(judging, "measure", lambda *arguments: measures)
    reference: Any = SimpleNamespace(originals=to_pixels(digits.test_images))
    judges = judging.Judges(reference, to_pixels(digits.train_images), "a digest")
    path = run / file_names.MEASURES["none"]
    judging.judged(run, judges)
    kept = path.read_bytes()

    def read() -> Measures:
        try:
            return judging.judged(run, judges)
        finally:
            if not path.exists():
                path.write_bytes(kept)

    try:
        assert refused_or_right(path, read, run / file_names.METRICS) > CASES // 2
    finally:
        path.unlink()


def test_damaged_inputs_of_the_claims(run, tmp_path):
    """comparison.json and its kind, from which the ledger recomputes what the reports claim."""
    path = tmp_path / "comparison.json"
    shutil.copy(GALLERY / "comparison.json", path)

    def read():
        return read_record(path, Comparison, COMPARISON_VERSION)

    assert refused_or_right(path, read, run / file_names.METRICS) > CASES // 2


@pytest.mark.usefixtures("no_sources")
def test_damaged_mnist(files, tmp_path):  # noqa: F811
    names = list(files)
    for case in range(CASES):
        rng, root = random.Random(case), tmp_path / str(case)
        put(root / "MNIST" / "raw", files)
        expected = datasets.load("mnist", root)
        name, other = rng.sample(names, 2)
        (root / "MNIST" / "raw" / name).write_bytes(damaged(files[name], files[other], rng))
        with contextlib.suppress(BadInput):  # and any other exception fails the test
            assert equal(datasets.load("mnist", root), expected), case
        shutil.rmtree(root)


@pytest.mark.usefixtures("no_sources")
def test_damaged_files_that_torchvision_unpacked(files, tmp_path, monkeypatch):  # noqa: F811
    from torchvision.datasets import KMNIST

    packed = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    sums = [(name, hashlib.md5(content).hexdigest()) for name, content in packed.items()]
    monkeypatch.setattr(KMNIST, "resources", sums)
    raw = tmp_path / "KMNIST" / "raw"
    put(raw, files | packed)
    expected = datasets.load("kmnist", tmp_path)
    refused = 0
    for case in range(CASES):
        rng = random.Random(case)
        name, other = rng.sample(list(files | packed), 2)
        whole = (raw / name).read_bytes()
        (raw / name).write_bytes(damaged(whole, (raw / other).read_bytes(), rng))
        try:
            assert equal(datasets.load("kmnist", tmp_path), expected), case
        except BadInput:
            refused += 1
        (raw / name).write_bytes(whole)
    assert refused > CASES // 2


def test_files_of_other_kinds_in_a_run(run, stopped, tmp_path):
    """Every file of a run in the place of every other, whole: told apart by what they are."""
    names = (file_names.CHECKPOINT, file_names.METRICS, file_names.EVALUATION, "snapshots.npz")
    sources = {name: run / name for name in names} | {
        "classifier": run.parent / "classifier-digits.pt"
    }
    sources["training"] = stopped
    readers = {
        file_names.CHECKPOINT: lambda folder: run_folder.load_run(folder),
        file_names.METRICS: lambda folder: run_folder.load_run(folder),
        file_names.EVALUATION: lambda folder: run_folder.load_evaluation(folder),
        "snapshots.npz": lambda folder: load_history(folder, 2, FEW_TEST),
    }
    folder = tmp_path / "run"
    for place, read in readers.items():
        for name, source in sources.items():
            shutil.copytree(run, folder)
            shutil.copy(source, folder / place)
            if name == place:
                read(folder)
            else:
                with pytest.raises(BadInput, match=re.escape(place)):
                    read(folder)
            shutil.rmtree(folder)


# ---- command lines -------------------------------------------------------------------------

NUMBERS = ("0", "1", "3", "-1", "0.3", "1/3", "1e-9", "1e30", "nan", "inf", "9" * 50, "x", "", "-")
WHOLE = ("1", "2", "0", "-1", "785", "1.0", "1e1", "x", "", "9" * 50)
PATHS = ("no/such/folder", "", "/proc/nowhere", "README.md", "README.md/x", "é" * 300)
DATA = ("digits", "digits", "cifar", "", "DIGITS")
DEVICES = ("cpu", "auto", "cuda:99", "gpu", "", "cuda:")
# Each script: what it is always given (a later one wins), and what else it may be given.
COMMAND_LINES = {
    "q1_bump/gradient_descent.py": (
        (),
        {"--lr": NUMBERS, "--distance": NUMBERS, "--height": NUMBERS, "--json": ()},
    ),
    "q1_bump/phase_diagram.py": (
        ("--points", "3"),
        {
            "--x": ("lr", "beta1", "distance", "z"),
            "--y": ("lr", "beta1", "distance", ""),
            "--points": ("2", "3", "1", "x"),
            "--lr": NUMBERS,
            "--beta1": NUMBERS,
            "--beta2": NUMBERS,
            "--eps": NUMBERS,
            "--device": DEVICES,
        },
    ),
    TRAIN: (
        (*HERE, "--latent", "2", "--epochs", "1"),
        {
            "--latent": WHOLE,
            "--loss": ("l1", "mse", "l2"),
            "--data": DATA,
            "--epochs": WHOLE,
            "--batch-size": ("400", "60000", "0", "1", "60001", "x"),
            "--lr": NUMBERS,
            "--seed": WHOLE,
            "--seeds": WHOLE,
            "--device": DEVICES,
            "--precision": ("fp32", "fp16", ""),
            "--resume": (),
            "--checkpoint-every": WHOLE,
            "--data-root": PATHS,
        },
    ),
    ADVERSARIAL: (
        (*HERE, "--latent", "2"),
        {
            "--latent": WHOLE,
            "--loss": ("l1", "mse", "l2"),
            "--data": DATA,
            "--epochs": WHOLE,
            "--start": ("scratch", "plain", "x"),
            "--score-loss": ("bce", "hinge", "x"),
            "--seed": WHOLE,
            "--seeds": WHOLE,
            "--device": DEVICES,
            "--apart": (),
            "--adversary": ("none", "three-step", "four-step", "x"),
            "--score-weight": NUMBERS,
            "--feature-weight": NUMBERS,
            "--resume": (),
            "--checkpoint-every": WHOLE,
        },
    ),
    EVAL: (
        (*HERE, "--latent", "2"),
        {
            "--latent": WHOLE,
            "--run": PATHS,
            "--data": DATA,
            "--seed": WHOLE,
            "--seeds": WHOLE,
            "--loss": ("l1", "x"),
            "--device": DEVICES,
        },
    ),
    COMPARE: (
        (*HERE, "--latents", "2"),
        {"--latents": WHOLE, "--seeds": WHOLE, "--loss": ("l1", "x"), "--data": DATA},
    ),
    COMPARE_ADVERSARIAL: (
        HERE,
        {"--latents": WHOLE, "--seeds": WHOLE, "--data": DATA, "--device": DEVICES},
    ),
    COMPARE_PARTS: (
        HERE,
        {"--latent": WHOLE, "--seeds": WHOLE, "--data": DATA, "--device": DEVICES},
    ),
}


LONG = (TRAIN, ADVERSARIAL, EVAL, COMPARE)  # some of the commands take seconds
REFUSED = (COMPARE_ADVERSARIAL, COMPARE_PARTS)  # they lack the runs that they are to compare


class TooLong(BaseException):
    """A command hangs; no Exception, which `cli.run` or a broad except could take for an error."""


def random_arguments(fixed: tuple[str, ...], options: dict[str, tuple], rng: random.Random):
    """Return what is always given and up to four options: some without value, some unknown."""
    arguments = list(fixed)
    for _ in range(rng.randrange(5)):
        option = rng.choice([*options, *options, "--unknown", "-x", "stray"])
        arguments.append(option)
        if values := options.get(option):
            arguments += [rng.choice(values)] * (rng.random() < 0.95)
    return arguments


@pytest.mark.parametrize("path", COMMAND_LINES)
def test_random_command_lines(path, run, tmp_path):
    fixed, options = COMMAND_LINES[path]
    codes = set()

    def too_long(number, frame):
        raise TooLong

    before = signal.signal(signal.SIGALRM, too_long)
    try:
        for case in range(FEW_COMMANDS if path in LONG or path in REFUSED else COMMANDS):
            arguments = random_arguments(fixed, options, random.Random(case))
            results = tmp_path / str(case)
            if path in (ADVERSARIAL, EVAL, COMPARE):  # some find the run that they ask for
                shutil.copytree(run, results / run.name)
                shutil.copy(run.parent / "classifier-digits.pt", results)
            signal.alarm(LONGEST)
            outcome = run_here(path, *arguments, "--results", str(results))
            signal.alarm(0)
            errors = [line for line in outcome.stderr.splitlines() if "error:" in line]
            assert outcome.returncode in (0, 2, 3), (arguments, outcome.stderr)
            assert len(errors) == (outcome.returncode != 0), (arguments, outcome.stderr)
            if outcome.returncode == 0:
                words = "{" if "--json" in arguments else "Written"
                assert words in outcome.stdout or "finished already" in outcome.stdout, arguments
            codes.add(outcome.returncode)
            shutil.rmtree(results, ignore_errors=True)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert 2 in codes
    assert (0 in codes) == (path not in REFUSED)
