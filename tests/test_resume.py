"""Runs that are stopped, killed, damaged or started twice lose nothing and end the same."""

import os
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers import (
    ADVERSARIAL,
    EVAL,
    TRAIN,
    assert_one_line_error,
    assert_same_outcome,
    content,
    limited,
    outcome_of,
    run_here,
    run_well,
    stop_at,
)

from q2_autoencoder import train
from q2_autoencoder.evaluation import classifier
from q2_autoencoder.training import checkpointing, file_names, finite, joining, run_folder
from q2_autoencoder.training.checkpointing import checkpoints
from q2_autoencoder.training.optimization import one_cycle_factor
from shared.errors import Interrupted
from shared.files import PROJECT, locked, read_json, staged

SMALL = ("--data", "digits", "--latent", "2", "--device", "cpu")
OPTIONS = {
    TRAIN: (*SMALL, "--batch-size", "50", "--epochs", "3"),
    ADVERSARIAL: SMALL,
}
STEPS = 5  # batches of 50 that the 250 images make
BEGUN = {TRAIN: 0, ADVERSARIAL: STEPS}  # steps before: dis_net joins for the last two epochs
NAMES = {TRAIN: "digits-l1-latent2-seed0", ADVERSARIAL: "digits-l1-four-step-latent2-seed0"}

pytestmark = pytest.mark.usefixtures("few", "small_networks")


@pytest.fixture(scope="module")
def unbroken(few, small_networks, tmp_path_factory) -> Path:
    """A results folder with one plain run and one against dis_net, never interrupted."""
    folder = tmp_path_factory.mktemp("unbroken")
    for script, options in OPTIONS.items():
        run_well(script, *options, "--results", str(folder))
    return folder


@pytest.fixture
def results(unbroken, tmp_path) -> Path:
    """A results folder with the plain run that adversarial ones go on from."""
    shutil.copytree(unbroken / NAMES[TRAIN], tmp_path / "results" / NAMES[TRAIN])
    return tmp_path / "results"


def arguments(script: str, results: Path, *more: str) -> tuple[str, ...]:
    return (*OPTIONS[script], "--results", str(results), *more)


@pytest.mark.parametrize("script", [TRAIN, ADVERSARIAL])
@pytest.mark.parametrize("taken", [1, STEPS, 2 * STEPS - 1])
def test_a_resumed_run_equals_an_unbroken_one(
    monkeypatch, unbroken, tmp_path, results, script, taken
):
    folder = (tmp_path / "plain" if script == TRAIN else results) / NAMES[script]
    step = BEGUN[script] + taken
    with monkeypatch.context() as patch:
        stop_at(patch, taken)
        stopped = run_here(script, *arguments(script, folder.parent))
    assert stopped.returncode == 143, stopped.stderr
    [line] = [line for line in stopped.stderr.splitlines() if "error:" in line]
    assert f"stopped by SIGTERM after step {step}, kept in" in line
    assert line.endswith("--resume")
    assert checkpoints(folder)[0].name == f"training-{step:09}.pt"
    assert not (folder / file_names.METRICS).exists()

    resumed = run_well(script, *arguments(script, folder.parent, "--resume"))
    assert f"training-{step:09}.pt, step {step}" in resumed.stdout
    assert run_folder.load_metrics(folder).resumed == [{"step": step, "before": {}}]
    assert checkpoints(folder) == []
    assert_same_outcome(folder, unbroken / NAMES[script])


def test_the_state_that_dis_net_joins_is_the_same_after_a_break(monkeypatch, tmp_path):
    """Stopped in the second epoch, with one recorded before and one after; kept after it."""
    options = (*SMALL, "--batch-size", "50", "--epochs", "3", "--dis-net-epochs", "1")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run_well(TRAIN, *options, "--results", str(whole))
    with monkeypatch.context() as patch:
        stop_at(patch, STEPS + 2)
        assert run_here(TRAIN, *options, "--results", str(broken)).returncode == 143
    run_well(TRAIN, *options, "--results", str(broken), "--resume")
    kept = [folder / NAMES[TRAIN] / file_names.BEFORE_DIS_NET for folder in (whole, broken)]
    assert kept[0].read_bytes() == kept[1].read_bytes()


def test_a_kept_state_that_is_gone_is_noticed_before_the_rest_is_trained(
    call, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        stop_at(patch, STEPS + 2)
        call(TRAIN, *arguments(TRAIN, tmp_path))
    (tmp_path / NAMES[TRAIN] / joining.UNDER_WAY).unlink()
    outcome = call(TRAIN, *arguments(TRAIN, tmp_path, "--resume"))
    assert outcome.returncode == 2
    assert f"{joining.UNDER_WAY} is gone" in outcome.stderr
    assert "epoch" not in outcome.stdout  # none was trained


@pytest.mark.parametrize("name", [file_names.CHECKPOINT, file_names.BEFORE_DIS_NET])
def test_a_finished_run_that_lacks_a_file_is_trained_anew(call, unbroken, results, name):
    folder = results / NAMES[TRAIN]
    (folder / name).unlink()
    outcome = call(TRAIN, *arguments(TRAIN, results, "--resume"))
    assert outcome.returncode == 0
    assert f"{name} is gone or another: training anew" in outcome.stderr
    assert_same_outcome(folder, unbroken / NAMES[TRAIN])


@pytest.mark.slow
def test_many_interruptions_of_one_training(call, monkeypatch, unbroken, tmp_path):
    folder = tmp_path / NAMES[TRAIN]
    for number in (signal.SIGINT, signal.SIGTERM) * 4:
        with monkeypatch.context() as patch:
            stop_at(patch, 2, number)
            stopped = call(TRAIN, *arguments(TRAIN, tmp_path, "--resume"))
        assert stopped.returncode == 128 + number
        assert len(checkpoints(folder)) <= checkpointing.KEPT
    assert call(TRAIN, *arguments(TRAIN, tmp_path, "--resume")).returncode == 0
    assert len(run_folder.load_metrics(folder).resumed) == 8
    assert_same_outcome(folder, unbroken / NAMES[TRAIN])


def test_the_command_that_is_named_goes_on(call, monkeypatch, tmp_path):
    folder = tmp_path / "a name" / NAMES[TRAIN]
    with monkeypatch.context() as patch:
        stop_at(patch, 7)
        stopped = call(TRAIN, *arguments(TRAIN, folder.parent))
    _, command = stopped.stderr.splitlines()[-1].split("go on with: python ")
    whole = call(*shlex.split(command))
    assert whole.returncode == 0, whole.stderr
    assert "step 7" in whole.stdout


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of one thread, as torch's here
def test_a_killed_run_is_resumed(unbroken, results):
    """SIGKILL as soon as some checkpoint stands; `make soak` does this 200 times at random."""
    folder = results / NAMES[ADVERSARIAL]
    options = arguments(ADVERSARIAL, results, "--checkpoint-every", "2")
    if not (child := os.fork()):
        run_here(ADVERSARIAL, *options)
        os._exit(0)
    while not checkpoints(folder):
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert not (folder / file_names.METRICS).exists()
    (folder / ".half-training-000000099-x.pt").write_bytes(b"half")  # as mkstemp names it
    run_well(ADVERSARIAL, *options, "--resume")
    assert_same_outcome(folder, unbroken / NAMES[ADVERSARIAL])
    assert content(folder).keys() == content(unbroken / NAMES[ADVERSARIAL]).keys()


@pytest.fixture
def stopped(call, monkeypatch, tmp_path) -> Path:
    """The folder of a plain training that was stopped after 8 of its 15 steps."""
    with monkeypatch.context() as patch:
        stop_at(patch, 8)
        call(TRAIN, *arguments(TRAIN, tmp_path / "stopped"))
    return tmp_path / "stopped" / NAMES[TRAIN]


def test_a_damaged_checkpoint_gives_way_to_the_one_before(call, stopped, unbroken):
    newest, before = checkpoints(stopped)
    newest.write_bytes(newest.read_bytes()[:-1000])
    outcome = call(TRAIN, *arguments(TRAIN, stopped.parent, "--resume"))
    assert outcome.returncode == 0
    assert f"note: {newest} is truncated" in outcome.stderr
    assert f"{before.name}, step {STEPS}" in outcome.stdout
    assert not newest.exists()
    assert_same_outcome(stopped, unbroken / NAMES[TRAIN])


def test_with_no_good_checkpoint_nothing_is_begun(call, stopped):
    for path in checkpoints(stopped):
        path.write_bytes(b"")
    outcome = call(TRAIN, *arguments(TRAIN, stopped.parent, "--resume"))
    assert_one_line_error(outcome, "no good checkpoint", "without --resume")
    assert len(checkpoints(stopped)) == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("--lr", "0.01"), "--peak-lr was 0.003 and is now 0.01"),
        (("--batch-size", "100"), "--batch-size was 50 and is now 100"),
        (("--epochs", "4"), "--epochs was 3 and is now 4"),
        (("--deterministic",), "--deterministic was False and is now True"),
    ],
)
def test_a_checkpoint_of_other_options_is_refused(call, stopped, changed, words):
    before = {path: path.read_bytes() for path in checkpoints(stopped)}
    try:
        outcome = call(TRAIN, *arguments(TRAIN, stopped.parent, "--resume", *changed))
    finally:
        torch.use_deterministic_algorithms(False)
    assert_one_line_error(outcome, words, "without --resume")
    assert {path: path.read_bytes() for path in checkpoints(stopped)} == before


def test_against_another_start_is_refused(call, monkeypatch, results):
    with monkeypatch.context() as patch:
        stop_at(patch, 8)
        call(ADVERSARIAL, *arguments(ADVERSARIAL, results))
    call(TRAIN, *arguments(TRAIN, results, "--peak-lr", "0.001"))
    outcome = call(ADVERSARIAL, *arguments(ADVERSARIAL, results, "--resume"))
    assert outcome.returncode == 2
    assert "the plain run gone on from was" in outcome.stderr


def test_a_finished_run_is_not_trained_again(call, results):
    before = (results / NAMES[TRAIN] / file_names.METRICS).read_bytes()
    outcome = call(TRAIN, *arguments(TRAIN, results, "--resume"))
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "finished already" in outcome.stdout
    assert (results / NAMES[TRAIN] / file_names.METRICS).read_bytes() == before
    outcome = call(TRAIN, *arguments(TRAIN, results, "--resume", "--lr", "0.01"))
    assert_one_line_error(outcome, "--peak-lr was 0.003 and is now 0.01")


@pytest.mark.slow
def test_seeds_that_are_finished_are_kept_and_others_go_on(call, monkeypatch, tmp_path):
    seeds = arguments(TRAIN, tmp_path, "--seeds", "3")
    with monkeypatch.context() as patch:
        stop_at(patch, 3 * STEPS + 2)
        assert call(TRAIN, *seeds).returncode == 143
    outcome = call(TRAIN, *seeds, "--resume")
    assert outcome.returncode == 0
    assert f"{NAMES[TRAIN]} is finished already" in outcome.stdout
    assert f"step {2}\n" in outcome.stdout
    assert outcome.stdout.count("no checkpoint in") == 1
    errors = [run_folder.load_metrics(folder).test.l1 for folder in tmp_path.glob("digits-*")]
    assert f"L1 per pixel   {statistics.fmean(errors):.6f} ± " in outcome.stdout
    assert "over 3 seeds" in outcome.stdout


def test_beginning_anew_says_what_it_removes(call, stopped, unbroken):
    outcome = call(TRAIN, *arguments(TRAIN, stopped.parent))
    assert outcome.returncode == 0
    assert "beginning anew" in outcome.stdout
    assert "--resume would go on from it" in outcome.stdout
    assert_same_outcome(stopped, unbroken / NAMES[TRAIN])


def test_a_signal_after_the_last_step_is_not_forgotten(call, monkeypatch, tmp_path, unbroken):
    """It comes while results are written: they are finished, and then it is obeyed."""
    write_run = train.write_run

    def interrupted(*arguments):
        signal.raise_signal(signal.SIGTERM)
        return write_run(*arguments)

    monkeypatch.setattr(train, "write_run", interrupted)
    outcome = call(TRAIN, *arguments(TRAIN, tmp_path))
    assert outcome.returncode == 143
    assert "what was trained is written" in outcome.stderr
    assert_same_outcome(tmp_path / NAMES[TRAIN], unbroken / NAMES[TRAIN])


def test_a_signal_while_files_take_their_places_waits(tmp_path, monkeypatch):
    replace = Path.replace

    def interrupted(self, to):
        if to.name == "b.png":
            signal.raise_signal(signal.SIGINT)
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", interrupted)
    (tmp_path / "a.json").write_text("old")

    def write() -> None:
        with staged(tmp_path) as stage:
            for name in ("a.json", "b.png"):
                (stage / name).write_text("new")

    with pytest.raises(Interrupted):
        write()
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.png").read_text() == "new"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("script", [TRAIN, ADVERSARIAL])
def test_a_resumed_run_equals_an_unbroken_one_on_cuda(call, monkeypatch, tmp_path, script):
    more = ("--device", "cuda", "--deterministic")
    folders = [tmp_path / name / NAMES[script] for name in ("whole", "resumed")]
    try:
        for folder in folders:
            if script == ADVERSARIAL:
                assert call(TRAIN, *arguments(TRAIN, folder.parent, *more)).returncode == 0
            with monkeypatch.context() as patch:
                if folder is folders[1]:
                    stop_at(patch, STEPS + 3)
                call(script, *arguments(script, folder.parent, *more))
        run_well(script, *arguments(script, folders[1].parent, *more, "--resume"))
    finally:
        torch.use_deterministic_algorithms(False)
    assert_same_outcome(*folders)


def test_a_changed_environment_is_said_and_kept(call, monkeypatch, stopped):
    monkeypatch.setattr("shared.provenance.git_commit", lambda: "another")
    outcome = call(TRAIN, *arguments(TRAIN, stopped.parent, "--resume"))
    assert outcome.returncode == 0
    assert "note: git_commit changed since" in outcome.stderr
    [one] = run_folder.load_metrics(stopped).resumed
    assert one["before"].keys() == {"git_commit"}


@pytest.fixture
def sigint_as_usual() -> Iterator[None]:
    """A process that a script's shell started in the background ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("sigint_as_usual")
def test_a_second_signal_acts_at_once(call, monkeypatch, tmp_path):
    shuffled = checkpointing.shuffled_batches

    def twice(*arguments):
        for pixels in shuffled(*arguments):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            yield pixels

    monkeypatch.setattr(checkpointing, "shuffled_batches", twice)
    outcome = call(TRAIN, *arguments(TRAIN, tmp_path))
    assert outcome.returncode == 130
    assert outcome.stderr.splitlines()[-1] == "train.py: error: interrupted"


LOCK = """
import sys, time
from pathlib import Path
from shared.files import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("script", [TRAIN, EVAL])
def test_a_second_run_into_a_folder_is_refused_until_the_first_is_dead(call, results, script):
    folder = results / NAMES[TRAIN]
    before = content(folder)
    other = subprocess.Popen(
        [sys.executable, "-c", LOCK, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "locked\n"
    chosen = ("--run", str(folder)) if script == EVAL else arguments(TRAIN, results)
    assert_one_line_error(call(script, *chosen), "another process is writing to", "--results")
    other.kill()
    other.wait()
    other.stdout.close()
    after = content(folder)
    assert after == before
    with locked(folder):
        pass


def test_what_a_dead_run_left_half_written_is_removed(tmp_path):
    (tmp_path / ".staged-x").mkdir()
    (tmp_path / ".staged-x" / "metrics.json").write_text("half")
    (tmp_path / ".half-metrics-x.json").write_text("half")
    (tmp_path / ".gitignore").write_text("the user's own")
    (tmp_path / "metrics.json").write_text("whole")
    with locked(tmp_path):
        assert content(tmp_path).keys() == {".gitignore", "metrics.json"}


# ---- a full disk: a limit of the operating system on the size of files --------------------


@pytest.mark.parametrize("size", [0, 1000, 20_000, 100_000])
def test_a_full_disk_leaves_earlier_results_as_they_were(call, results, stopped, size):
    """From nothing at all to a checkpoint that fits in part."""
    assert min(path.stat().st_size for path in checkpoints(stopped)) > size
    folder = results / NAMES[TRAIN]
    before = content(folder)
    outcome = limited(size, lambda: call(TRAIN, *arguments(TRAIN, results)))
    assert outcome.returncode == 2
    [line] = [line for line in outcome.stderr.splitlines() if "it/s" not in line]
    what = "cannot write (to the folder )?" + re.escape(str(folder))
    assert re.search(rf"train.py: error: {what}.*(File too large|No space)", line)
    after = content(folder)
    assert after == before


@pytest.mark.parametrize("size", [1000, 50_000])
def test_a_disk_that_fills_while_results_are_written(call, results, monkeypatch, size):
    """All checkpoints were written; of the new results a part fits, and none replaces an old one.

    Nothing of the training is lost: --resume writes the results as soon as there is room.
    """
    folder = results / NAMES[TRAIN]
    before = content(folder)
    write_run = train.write_run
    with monkeypatch.context() as patch:
        patch.setattr(train, "write_run", lambda *a: limited(size, lambda: write_run(*a)))
        outcome = call(TRAIN, *arguments(TRAIN, results, "--lr", "0.001"))
    assert outcome.returncode == 2
    assert f"cannot write {folder}/" in outcome.stderr
    assert "File too large; what was there before is kept" in outcome.stderr
    kept = {joining.UNDER_WAY, *(path.name for path in checkpoints(folder))}
    after = content(folder)
    assert {name: data for name, data in after.items() if name not in kept} == before
    outcome = call(TRAIN, *arguments(TRAIN, results, "--lr", "0.001", "--resume"))
    assert outcome.returncode == 0
    assert run_folder.load_metrics(folder).resumed[0]["step"] == 3 * STEPS


@pytest.mark.slow
def test_a_full_disk_leaves_an_earlier_evaluation_as_it_was(call, results, monkeypatch):
    monkeypatch.setattr(classifier, "RECIPE", replace(classifier.RECIPE, least_steps=20))
    folder = results / NAMES[TRAIN]
    assert call(EVAL, "--run", str(folder)).returncode == 0
    before = content(folder)
    outcome = limited(30_000, lambda: call(EVAL, "--run", str(folder)))
    assert outcome.returncode == 2
    assert len(outcome.stderr.splitlines()) == 1
    assert "File too large" in outcome.stderr
    assert content(folder) == before


def test_staged_files_replace_old_ones_numbers_last(tmp_path, monkeypatch):
    (tmp_path / "metrics.json").write_text("old")
    (tmp_path / "picture.png").write_text("old")
    (tmp_path / "evaluation.json").write_text("old")
    order, replace = [], Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda self, to: (order.append(to.name), replace(self, to))[1]
    )
    with staged(tmp_path, ("evaluation.json",)) as stage:
        (stage / "metrics.json").write_text("new")
        (stage / "picture.png").write_text("new")
        assert (tmp_path / "metrics.json").read_text() == "old"
    assert order == ["picture.png", "metrics.json"]
    assert content(tmp_path) == {"metrics.json": b"new", "picture.png": b"new"}

    def fill_up() -> None:
        with staged(tmp_path) as stage:
            (stage / "metrics.json").write_text("newer")
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        fill_up()
    names = {".lock", "metrics.json", "picture.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert (tmp_path / "metrics.json").read_text() == "new"


# ---- numbers: finite, and the same again ---------------------------------------------------


@pytest.mark.parametrize(("every", "steps"), [(50, 2 * STEPS), (2, 9)])
def test_gradients_that_are_not_finite_stop_a_plain_training(
    call, monkeypatch, tmp_path, every, steps
):
    """After step 7 the images are NaN: the last good checkpoint is that of the first epoch.

    It is noticed at the end of the epoch, or before where that is more than `every` steps away.
    """
    monkeypatch.setattr(finite, "CHECK_EVERY", every)
    shuffled, count = checkpointing.shuffled_batches, [0]

    def batches(*arguments):
        for pixels in shuffled(*arguments):
            count[0] += 1
            yield pixels * torch.nan if count[0] > 7 else pixels

    monkeypatch.setattr(checkpointing, "shuffled_batches", batches)
    outcome = call(TRAIN, *arguments(TRAIN, tmp_path))
    assert outcome.returncode == 2
    rate = 3e-3 * one_cycle_factor(7, 15)
    assert f"gradients are not finite at step 8, learning rate {rate:.3g}" in outcome.stderr
    last = tmp_path / NAMES[TRAIN] / "training-000000005.pt"
    assert f"the last good checkpoint is {last}" in outcome.stderr
    assert checkpoints(tmp_path / NAMES[TRAIN]) == [last]
    assert count[0] == steps


def test_gradients_that_are_not_finite_stop_a_training_against_dis_net(call, results, monkeypatch):
    shuffled, count = checkpointing.shuffled_batches, [0]

    def batches(*arguments):
        for pixels in shuffled(*arguments):
            count[0] += 1
            yield pixels * torch.nan if count[0] == 7 else pixels

    monkeypatch.setattr(checkpointing, "shuffled_batches", batches)
    outcome = call(ADVERSARIAL, *arguments(ADVERSARIAL, results))
    assert outcome.returncode == 3
    assert f"gradients are not finite at step {STEPS + 7}, learning rate" in outcome.stderr
    folder = results / NAMES[ADVERSARIAL]
    assert read_json(folder / file_names.FAILURE)["epoch"] == 3
    run_folder.load_model(folder / file_names.CHECKPOINT)  # refuses weights that are not finite
    assert checkpoints(folder) == []


@pytest.mark.slow
@pytest.mark.parametrize("script", [TRAIN, ADVERSARIAL])
def test_the_same_command_gives_the_same_again(call, unbroken, results, script):
    """Up to seconds; on the CPU --deterministic changes nothing but what metrics.json says."""
    folder = results / NAMES[script]
    assert call(script, *arguments(script, results)).returncode == 0
    assert_same_outcome(folder, unbroken / NAMES[script])
    try:
        assert call(script, *arguments(script, results, "--deterministic")).returncode == 0
    finally:
        torch.use_deterministic_algorithms(False)
    weights, metrics, _ = outcome_of(folder)
    others, expected, _ = outcome_of(unbroken / NAMES[script])
    assert all(torch.equal(weights[name], others[name]) for name in others)
    settings = [expected["config"]]
    if script == ADVERSARIAL:
        settings.append(expected["adversarial"]["config"])
    for one in settings:
        assert one["deterministic"] is False
        one["deterministic"] = True
    assert metrics == expected


def test_metrics_name_the_environment(unbroken):
    found = run_folder.load_metrics(unbroken / NAMES[TRAIN]).environment
    assert found.threads == torch.get_num_threads()
    assert found.cpu_capability == torch.backends.cpu.get_cpu_capability()
    there = torch.cpu.get_capabilities()
    assert all(there[flag] for flag in found.cpu_flags)
    assert ("avx2" in found.cpu_flags) == bool(there.get("avx2"))
    if not (PROJECT / ".git").exists():
        assert found.git_commit is None
        return
    commit, changes = (
        subprocess.run(
            ["git", *words], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout.strip()
        for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
    )
    assert found.git_commit == commit + ("-dirty" if changes else "")
