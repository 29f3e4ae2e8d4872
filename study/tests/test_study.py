"""A study as its user runs it: whole, again, broken off, changed, and twice at once."""

import importlib
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import soak_study
import torch
from helpers import (
    assert_one_line_error,
    few_digits,
    quick_judges,
    run_here,
    run_well,
    small_autoencoders,
)

from q2_autoencoder.records import MEASURES_VERSION, Failure, KeptMeasures
from q2_autoencoder.training.run_folder import load_metrics, load_model
from shared.errors import BadInput
from shared.files import PROJECT, read_json, read_record, write_record
from study import digest
from study.engine import engine_options, understood
from study.jobs import Job, Jobs, command_words
from study.machine import machine
from study.outcome import outcome as outcome_of
from study.settings import read_study
from study.tests.conftest import changed, copy, jobs_to_run, study
from study.time_left import TimeLeft

RUN = "digits-l1-four-step-latent2-seed0"


def written(results: Path) -> dict[Path, int]:
    """Return when each result was written."""
    files = [*results.glob("*/*.json"), *results.glob("*/*.pt"), *results.glob("*.pt")]
    return {path: path.stat().st_mtime_ns for path in files}


def test_all_that_the_file_asks_for_is_there(finished, small):
    for name in read_study(small).all_runs:
        assert (finished / name / "metrics.json").exists(), name
    assert len(list(finished.glob("digits-l1-latent2-seed0/evaluation.json"))) == 1
    assert len(list(finished.glob("*/measures.json"))) == 2
    assert (finished / "comparison-digits-l1" / "comparison.json").exists()
    assert (finished / "comparison-digits-adversarial" / "adversarial.json").exists()


def test_a_second_call_does_nothing(results, small):
    before = written(results)
    outcome = study(small, "--results", str(results))
    assert outcome.returncode == 0
    assert "is finished and up to date" in outcome.stdout
    assert written(results) == before


def test_a_report_of_a_finished_study(results, small, tmp_path):
    path, before = tmp_path / "report.html", written(results)
    outcome = study(small, "--results", str(results), "--", "--report", str(path))
    assert outcome.returncode == 0, outcome.stderr
    report = path.read_text(encoding="utf-8")
    assert all(kind in report for kind in ("evaluate", "compare_adversarial"))
    assert written(results) == before


def test_the_plain_commands_give_the_same(finished, judges, tmp_path):
    """What a person would type, one after another, without the engine."""
    copy(judges, tmp_path)
    options = ("--data", "digits", "--latent", "2", "--results", str(tmp_path))
    run_well("q2_autoencoder/train.py", *options, "--epochs", "3")
    run_well("q2_autoencoder/train_adversarial.py", *options)
    for name in ("digits-l1-latent2-seed0", RUN):
        ours, theirs = (
            load_model(folder / name / "checkpoint.pt") for folder in (tmp_path, finished)
        )
        torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)


TRAINED_ANEW = {"plain", "adversarial", "evaluate", "judge"}
COMPARED = {"compare", "compare_adversarial"}


def kinds(printed: str) -> set[str]:
    return {job.split()[0] for job in jobs_to_run(printed)}


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("train: {epochs: 2}", TRAINED_ANEW | COMPARED),
        ("train: {epochs: 3, deterministic: true}", {"dis_net"} | TRAINED_ANEW | COMPARED),
        ("train: {epochs: 3, batch_size: 100}", {"dis_net"} | TRAINED_ANEW | COMPARED),
    ],
)
def test_a_changed_setting_runs_what_depends_on_it(line, again, results, small, tmp_path):
    outcome = study(changed(small, tmp_path, line), "--results", str(results), "--dry-run")
    assert kinds(outcome.stdout) == again
    counted = re.search(r"^(\d+) jobs:", outcome.stdout, re.M)
    assert counted is not None
    assert int(counted[1]) == 1 + len(jobs_to_run(outcome.stdout))  # and the target itself


def test_a_new_seed_is_added_and_nothing_is_made_again(results, small, tmp_path):
    file = changed(small, tmp_path, "num_seeds: 2")
    outcome = study(file, "--results", str(results), "--dry-run")
    found = jobs_to_run(outcome.stdout)
    assert {job.split()[0] for job in found} == {"dis_net"} | TRAINED_ANEW | COMPARED
    assert all(job.endswith("seed1") for job in found if job.split()[0] not in COMPARED)


def test_a_changed_plain_run_is_gone_on_with_anew(results, small, tmp_path):
    """Not only in a dry run: what went on from the old plain run is removed, not refused."""
    file = changed(small, tmp_path, "train: {epochs: 4}")
    outcome = study(file, "--results", str(results), "--", "--until", "adversarial")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    plain = load_metrics(results / "digits-l1-latent2-seed0")
    adversarial = load_metrics(results / RUN).adversarial
    assert plain.epochs == 4
    assert adversarial is not None
    assert adversarial.config.plain_sha256 == plain.files["checkpoint.pt"]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of the project's code, to be changed."""
    copied = tmp_path_factory.mktemp("project")
    for package in digest.PACKAGES:
        shutil.copytree(PROJECT / package, copied / package)
    return copied


def run_by(project: Path, file: Path, results: Path, *options: str) -> str:
    """Return what a run by the code in `project` prints."""
    outcome = subprocess.run(
        [sys.executable, project / "study/run.py", file, "--results", results, *options],
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.mark.parametrize(
    ("file", "line", "again"),
    [
        ("q2_autoencoder/train.py", "CHANGED = 1", TRAINED_ANEW | COMPARED),
        (
            "q2_autoencoder/evaluation/sharpness.py",
            "CHANGED = 1",
            {"judge", "compare_adversarial"},
        ),
        ("q2_autoencoder/evaluation/clustering.py", "CHANGED = 1", {"evaluate", "compare"}),
        ("q2_autoencoder/plots/latent_space.py", "CHANGED = 1", {"evaluate", "compare"}),
        ("q2_autoencoder/compare.py", "CHANGED = 1", {"compare"}),
        ("q2_autoencoder/train.py", "# a comment", set()),
        ("q1_bump/adam/certificate.py", "CHANGED = 1", set()),
    ],
)
def test_changed_code_runs_what_depends_on_it(file, line, again, project, results, small):
    original = (project / file).read_text()
    (project / file).write_text(f"{original}\n{line}\n")
    try:
        printed = run_by(project, small, results, "--dry-run")
        assert kinds(printed) == again
        if again:
            run_by(project, small, results, "--accept")
            assert kinds(run_by(project, small, results, "--dry-run")) == set()
    finally:
        (project / file).write_text(original)


def test_what_was_removed_or_changed_by_hand_is_made_again(results, small):
    shutil.rmtree(results / RUN)
    outcome = study(small, "--results", str(results), "--dry-run")
    found = jobs_to_run(outcome.stdout)
    assert found.pop(f"adversarial {RUN}") == "its results are not as they were"
    assert set(found) == {f"judge {RUN}", "compare_adversarial digits-adversarial"}
    path = results / "digits-l1-latent2-seed0" / "metrics.json"
    path.write_text(path.read_text() + "\n")
    outcome = study(small, "--results", str(results), "--dry-run")
    found = jobs_to_run(outcome.stdout)
    assert found["plain digits-l1-latent2-seed0"] == "its results are not as they were"
    assert {job.split()[0] for job in found} == TRAINED_ANEW | COMPARED


def test_measures_of_other_code_or_changed_by_hand_are_not_handed_back(results, small):
    """Both are records that judge.py itself would take: whole, and of these weights and judges."""
    measured = {run: results / run / "measures.json" for run in ("digits-l1-latent2-seed0", RUN)}
    before = {run: path.read_bytes() for run, path in measured.items()}
    for path in measured.values():
        kept = read_record(path, KeptMeasures, MEASURES_VERSION)
        write_record(path, replace(kept, measures=replace(kept.measures, l1=7.0)))
    (marker,) = (results / ".done" / "judge").glob("digits-l1-latent2-seed0.*")
    marker.rename(marker.with_name("digits-l1-latent2-seed0.0123456789abcdef"))
    outcome = study(small, "--results", str(results), "--", "--until", "judge")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert {run: path.read_bytes() for run, path in measured.items()} == before


def test_measures_that_a_broken_off_job_of_other_code_left_are_not_handed_back(results, small):
    path = results / RUN / "measures.json"
    before, kept = path.read_bytes(), read_record(path, KeptMeasures, MEASURES_VERSION)
    write_record(path, replace(kept, measures=replace(kept.measures, l1=7.0)))
    (marker,) = (results / ".done" / "judge").glob(f"{RUN}.*")
    marker.unlink()  # it did not come to its end
    begun = results / ".jobs" / f"judge-{RUN}.begun"
    begun.write_text(f"0123456789abcdef{begun.read_text()[16:]}")
    outcome = study(small, "--results", str(results), "--", "--until", "judge")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert path.read_bytes() == before


def test_runs_that_were_trained_by_hand_are_taken_if_their_settings_fit(results, small, tmp_path):
    """Without any record of a study in the folder."""
    shutil.rmtree(results / ".done")
    shutil.rmtree(results / ".jobs")
    before = {path: path.stat().st_mtime_ns for path in results.glob("*/checkpoint.pt")}
    outcome = study(small, "--results", str(results), "--", "--until", "adversarial")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert len(list((results / ".done").glob("*/*"))) == 3  # dis_net, plain and adversarial
    assert {path: path.stat().st_mtime_ns for path in results.glob("*/checkpoint.pt")} == before
    shutil.rmtree(results / ".done")
    shutil.rmtree(results / ".jobs")
    file = changed(small, tmp_path, "train: {epochs: 4}")
    outcome = study(file, "--results", str(results), "--", "--until", "plain")
    assert outcome.returncode == 1
    assert "--epochs was 3 and is now 4" in outcome.stdout
    assert {path: path.stat().st_mtime_ns for path in results.glob("*/checkpoint.pt")} == before


def test_the_digest_is_of_what_a_script_imports_and_of_nothing_else():
    """Against the modules that Python has loaded after the script's imports.

    What a function imports when it is called is in the digest and not loaded yet.
    """
    script = "study/steps/train_dis_net.py"
    loaded = subprocess.run(
        [sys.executable, "-c", "import study.steps.train_dis_net, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = {name for name in loaded if name.partition(".")[0] in digest.PACKAGES}
    packages = {name for name in ours if (PROJECT / name.replace(".", "/")).is_dir()}
    assert set(digest.modules(script)) == ours - packages


def begun(small: Path, results: Path) -> subprocess.Popen:
    """Begin the small study with a process group of its own, as a shell does; wait for a job."""
    engine = subprocess.Popen(
        [sys.executable, PROJECT / "study/run.py", small, "--results", results],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not jobs_of(results):
        assert engine.poll() is None
        time.sleep(0.01)
    return engine


def test_ctrl_c_stops_a_study_and_is_no_failure(results, small):
    """A terminal sends SIGINT to the engine and to its jobs."""
    shutil.rmtree(results / RUN)
    engine = begun(small, results)
    os.killpg(engine.pid, signal.SIGINT)
    printed, said = engine.communicate(timeout=100)
    assert engine.returncode == 128 + signal.SIGINT
    assert said.splitlines()[-1] == "run.py: error: stopped; the same command goes on"
    assert "failed:" not in printed
    assert "Exception" not in printed
    assert not jobs_of(results)


def test_a_killed_engine_leaves_nothing_running_and_goes_on(finished, small, tmp_path):
    """SIGKILL to the engine alone: its jobs end by themselves, and the next call goes on."""
    copy(finished, tmp_path)
    shutil.rmtree(tmp_path / RUN)
    engine = begun(small, tmp_path)
    end = time.monotonic() + 400
    while not list(tmp_path.glob("*-four-step-*/training-*.pt")):
        assert engine.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    assert jobs_of(tmp_path)
    engine.kill()
    engine.communicate()
    end = time.monotonic() + 30
    while jobs_of(tmp_path):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert list(tmp_path.glob("*-four-step-*/training-*.pt"))  # it was stopped, and kept its place
    outcome = study(small, "--results", str(tmp_path))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert load_metrics(tmp_path / RUN).resumed  # it did not begin anew
    assert outcome_of(tmp_path) == outcome_of(finished)


def test_the_soak_kills_at_all_instants_of_a_study(monkeypatch, tmp_path):
    """The seconds between its kills add up to instants, of which each quarter has its share."""
    after: list[float] = []

    def kill_once(results: Path, what: str, seconds: float) -> soak_study.Kill:
        after.append(seconds)
        return soak_study.Kill(what, [], 0)

    monkeypatch.setattr(soak_study, "kill_once", kill_once)
    rng, instants = random.Random(0), []
    for _ in range(500):
        assert len(list(soak_study.kill_study(tmp_path, 100, ["all"] * 4, rng))) == 4
        instants += accumulate(after)
        after.clear()
    assert 0 <= min(instants) <= max(instants) <= 100
    shares = [sum(25 * part <= one < 25 * (part + 1) for one in instants) for part in range(4)]
    assert all(400 < share < 600 for share in shares)


def jobs_of(results: Path) -> list[int]:
    """Return the numbers of the processes of jobs, whose log lies in `results`."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes().decode()
            logged = (path / "fd" / "1").resolve()
        except OSError:  # it has ended
            continue
        if "study/job.py" in command and logged.is_relative_to(results):
            found.append(int(path.name))
    return found


def test_two_engines_do_not_share_a_folder(judges, small, tmp_path):
    copy(judges, tmp_path)
    command = [sys.executable, PROJECT / "study/run.py", small, "--results", tmp_path]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (tmp_path / ".jobs" / "engine.lock").exists():
            assert first.poll() is None
            time.sleep(0.01)
        time.sleep(0.5)
        second = study(small, "--results", str(tmp_path))
    finally:
        first.kill()
        first.wait()
    assert second.returncode == 2
    assert "a study is running" in second.stderr
    assert len(second.stderr.splitlines()) == 1


SEARCH = """
results: results/search
data: [digits-validation]
latent_dims: [2]
num_seeds: 1
first_seed: 100
variants: ["L1 + dis_net, four-step", L1 + random features]
weights: [[1, 1], [2, 2]]
train: {epochs: 3}
"""


def test_a_search_tries_each_pair_with_each_variant(tmp_path):
    file, results = tmp_path / "search.yaml", tmp_path / "results"
    file.write_text(SEARCH)
    planned = study(file, "--results", str(results), "--dry-run")
    assert kinds(planned.stdout) == {"plain", "dis_net", "adversarial", "choose"}
    run_jobs_here(file, results)
    choice = read_json(results / "choice-digits-validation" / "choice.json")
    assert [len(tried) for tried in choice["tried"].values()] == [2, 2]
    file.write_text(SEARCH.replace("digits-validation", "digits"))
    assert_one_line_error(study(file), "digits-validation")


def run_jobs_here(file: Path, results: Path) -> None:
    """Run the commands of a study's jobs in this process, each after those that it needs."""
    made: set[str] = set()

    def make(job: Job) -> None:
        if job.marker in made:
            return
        made.add(job.marker)
        for needed in job.needs:
            make(needed)
        run_well(*command_words(job, results, "cpu"))
        assert job.left_by(results), job.name

    with few_digits(), small_autoencoders(), quick_judges():
        for job in Jobs(read_study(file)).targets("all"):
            make(job)


def test_a_rate_distortion_curve_is_of_plain_runs_alone(tmp_path):
    file, results = tmp_path / "sizes.yaml", tmp_path / "results"
    file.write_text(
        "results: results/sizes\ndata: [digits]\nlatent_dims: [1, 2]\nnum_seeds: 1\n"
        "rate_distortion: true\ntrain: {epochs: 2}\n"
    )
    planned = study(file, "--results", str(results), "--dry-run")
    assert kinds(planned.stdout) == {"plain", "rate_distortion"}
    run_jobs_here(file, results)
    folders = {path.name for path in results.iterdir() if path.name[0] != "."}
    runs = {f"digits-{loss}-latent{dim}-seed0" for loss in ("l1", "mse") for dim in (1, 2)}
    assert folders == {*runs, "rate-distortion-digits"}


@pytest.mark.parametrize("file", sorted((PROJECT / "study").glob("*.yaml")), ids=lambda f: f.stem)
def test_every_study_file_is_whole(file):
    jobs = Jobs(read_study(file)).targets("all")
    assert len({job.folder for job in jobs if job.is_training}) == sum(
        job.is_training for job in jobs
    )


def test_studies_in_one_folder_leave_each_others_markers_alone():
    """Jobs of one name but of different keys would remove them."""
    keys: dict[tuple[str, str], set[str]] = {}
    count = 0
    for path in (PROJECT / "study").glob("*.yaml"):
        one = read_study(path)
        if one.results == "results/q2_autoencoder":
            for job in Jobs(one).targets("q2b"):
                keys.setdefault((job.kind, job.name), set()).add(job.key)
                count += 1
    assert count - len(keys) > 100  # so many are in two studies at least
    assert {name for name, of_name in keys.items() if len(of_name) > 1} == set()


def test_two_studies_that_make_other_jobs_by_one_name_are_refused(small, tmp_path):
    """The second would be given the first one's job, and never know."""
    known: dict[tuple[str, str], Job] = {}
    Jobs(read_study(small), known)
    Jobs(read_study(small), known)
    with pytest.raises(BadInput, match=r"further_studies: .*--epochs 2.*--epochs 3"):
        Jobs(read_study(changed(small, tmp_path, "train: {epochs: 2}")), known)


@pytest.mark.parametrize(
    ("ended", "status"),
    [(SystemExit(3), 0), (SystemExit(2), 2), (SystemExit(None), 0), (SystemExit("why"), 1)],
)
def test_a_failed_training_is_a_done_job_and_other_statuses_are_passed_on(
    ended, status, monkeypatch
):
    job = importlib.import_module("study.job")  # a script, which nothing imports
    monkeypatch.setattr(job.runpy, "run_path", mock.Mock(side_effect=ended))
    monkeypatch.setattr(sys, "argv", [])
    assert job.run(["q2_autoencoder/train_adversarial.py", "--latent", "2"]) == status


def test_jobs_are_the_same_whatever_the_hashes_of_texts():
    code = (
        "from pathlib import Path; from study.jobs import Jobs; from study.settings import *; "
        "[print(j.marker, *(n.marker for n in j.needs)) for f in ('assignment', 'sizes') "
        "for j in Jobs(read_study(Path('study') / (f + '.yaml'))).targets('all')]"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=PROJECT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_a_training_that_failed_is_recorded_and_stops_nothing(results, small, tmp_path):
    """Its outcome stands in failure.json, as train_adversarial.py leaves it."""
    line = 'variants: [L1 alone, "L1 + dis_net, four-step", "L1 + dis_net, three-step"]'
    file = changed(small, tmp_path, line)
    (name,) = (run for run in read_study(file).all_runs if "three-step" in run)
    (results / name).mkdir()
    failure = Failure(1, "diverged", "a gradient is not finite")
    write_record(results / name / "failure.json", failure)
    outcome = study(file, "--results", str(results), "--accept")
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    assert "diverged in epoch 1: a gradient is not finite" in outcome.stdout
    path = results / "comparison-digits-adversarial" / "adversarial.json"
    variants = read_json(path)["latent_dims"]["2"]
    assert [list(one["failures"]) for one in variants.values() if one["failures"]] == [[name]]


def test_a_job_that_fails_is_named_and_the_others_go_on(results, small):
    """A folder where a file should be: that run cannot be finished."""
    for name in (RUN, "comparison-digits-l1", "comparison-digits-adversarial"):
        shutil.rmtree(results / name)
    (results / "digits-l1-latent2-seed0" / "evaluation.json").unlink()
    (results / RUN / "metrics.json").mkdir(parents=True)
    outcome = study(small, "--results", str(results))
    assert outcome.returncode == 1
    assert "failed: adversarial: " in outcome.stdout
    assert "Exception" not in outcome.stdout  # of Snakemake: the failure is named already
    assert (results / "comparison-digits-l1" / "comparison.json").exists()
    assert not (results / "comparison-digits-adversarial").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("variants: [L1 alone, L1 and luck]", ["variants", "'L1 and luck'", "not known"]),
        ("variants: [L1 alone]", ["variants", "another one than 'L1 alone'", "missing"]),
        ("latent_dims: [2, 0]", ["latent_dims", "0 is not accepted", "1 to 784"]),
        ("latent_dims: [2, 2]", ["latent_dims", "twice"]),
        ("latent_dims: []", ["latent_dims", "empty"]),
        ("latent_dims: [1, 2, 3, 4, 5]", ["latent_dims", "at most 4"]),
        ("latent_dims: [two]", ["latent_dims", "int"]),
        ("data: [letters]", ["data", "'letters'", "not known"]),
        ("num_seeds: 0", ["num_seeds", "1 to 100"]),
        ("parts: {weights: 16}", ["parts", "16", "latent_dims"]),
        ("parts: {luck: 2}", ["parts", "'luck'", "not known"]),
        ("num_seeds_of: {L1 alone: 0}", ["num_seeds_of", "'L1 alone'", "0", "1 to"]),
        ("num_seeds_of: {MSE alone: 2}", ["num_seeds_of", "'MSE alone'", "not known"]),
        ("first_seed: -1", ["first_seed", "-1"]),
        ("weights: [[1, -2]]", ["weights", "-2"]),
        ("weights: [[1, 2]]", ["variants", "'L1 alone'", "no weights"]),
        ("comparison: ../x", ["comparison", "'../x'", "hyphens"]),
        ("comparison: l1", ["comparison", "'l1'", "no loss"]),
        ("rate_distortion: true", ["rate_distortion", "no variants"]),
        ("publish: true", ["results", "publish"]),
        ("cluster_all: 16", ["cluster_all", "16", "latent_dims"]),
        ("further_studies: [sizes.yaml]", ["further_studies", "does not publish"]),
        ("train: {epoch: 3}", ["train", "'epoch'", "not known"]),
        ("train: {epochs: many}", ["train", "--epochs", "many"]),
        ("train: {seed: 3}", ["train", "'seed'", "not known"]),
        ("train: {epochs: false}", ["train", "epochs", "False", "such as 6"]),
        ("train: {epochs: true}", ["train", "epochs", "True", "such as 6"]),
        ("train: {deterministic: 1}", ["train", "deterministic", "1", "true or false"]),
        ("train: {deterministic: 'no'}", ["train", "deterministic", "'no'", "true or false"]),
        ('results: "a\\0b"', ["results", "a\\x00b", "path of a folder"]),
        ('results: ""', ["results", "''", "path of a folder"]),
        ("results: .", ["results", "'.'", "the project itself"]),
        ("results: ..", ["results", "'..'", "the project itself"]),
        ("sizes: [2]", ["unknown field", "sizes"]),
        ("results: [", ["small.yaml"]),
        ("further_runs: [{data: digits, latent_dim: 2}]", ["further_runs", "among latent_dims"]),
    ],
)
def test_a_wrong_study_file(line, words, small, tmp_path):
    file = changed(small, tmp_path, line)
    outcome = run_here("study/run.py", str(file), "--results", str(tmp_path / "results"))
    assert_one_line_error(outcome, *words)
    assert not (tmp_path / "results").exists()


def test_a_missing_file_an_unknown_profile_and_what_the_machine_lacks(small, path, tmp_path):
    assert_one_line_error(study(tmp_path / "none.yaml"), "none.yaml", "No such file")
    assert_one_line_error(study(small, "--profile", "cloud"), "cloud", "local, slurm")
    assert_one_line_error(study(small, "--profile", "slurm", PATH=str(path)), "slurm", "sbatch")
    if not torch.cuda.is_available():
        assert_one_line_error(study(small, "--profile", "gpu"), "gpu", "0 usable CUDA devices")


def test_a_target_without_jobs_is_refused(tmp_path):
    file = PROJECT / "study" / "choose.yaml"
    outcome = study(file, "q2a", "--results", str(tmp_path / "results"))
    assert_one_line_error(outcome, "q2a", "choose.yaml", "no jobs", "give all, q2b")
    assert not (tmp_path / "results").exists()


@pytest.fixture
def path(tmp_path) -> Path:
    """A folder with all programs that Snakemake needs of PATH, and none of a cluster's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "sh", "which"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


@pytest.mark.parametrize(
    ("profile", "further", "words"),
    [
        ("executor: kubernetes\njobs: 2", "", ["'kubernetes'", "'slurm'", "'local'"]),
        ("cores: all", "--executor slurm --jobs 2", ["executor slurm", "no sbatch"]),
        ("cores: all\nconfig: [device=gpu]", "", ["gpu", "give auto, cpu, cuda, cuda:N or mps"]),
    ],
)
def test_a_wrong_profile_is_refused_before_any_marker_is_touched(
    profile, further, words, path, small, tmp_path
):
    """A marker that is not true any more would be removed when the jobs start."""
    (tmp_path / "config.yaml").write_text(profile)
    marker = next(tmp_path / job.marker for job in Jobs(read_study(small)).targets("all"))
    marker.parent.mkdir(parents=True)
    marker.write_text("of other results")
    options = ["--results", str(tmp_path), "--profile", str(tmp_path)]
    outcome = study(small, *options, "--", *further.split(), PATH=str(path))
    assert_one_line_error(outcome, f"--profile {tmp_path}", *words)
    assert marker.read_text() == "of other results"
    assert not (tmp_path / ".snakemake").exists()


ABSENT = torch.cuda.device_count() if torch.cuda.is_available() else 0  # no GPU has this number
SLURM = "executor: slurm\njobs: 2\n"


@pytest.mark.parametrize(
    ("profile", "further", "words"),
    [
        (f"cores: all\nconfig: [device=cuda:{ABSENT}]", "", f"cuda:{ABSENT}.* usable CUDA"),
        (f'cores: all\nconfig: {{device: "cuda:{ABSENT}"}}', "", f"cuda:{ABSENT}.* usable CUDA"),
        ("cores: all\nconfig: {device: gpu}", "", "gpu: not known; give auto, cpu, cuda, cuda:N"),
        ("cores: all", "--config device=gpu", "gpu: not known; give auto, cpu, cuda, cuda:N"),
        ("cores: all\nconfig: [device]", "", "'device' is not accepted; give device=NAME"),
        ("cores: all\nconfig: {devise: cuda}", "", "'devise=cuda' .*; give device=NAME"),
        ("cores: all\nconfigfile: [x.yaml]", "", "configfile: not taken; say device=NAME"),
        ("executor: [", "", "Couldn't parse"),
        ("executor: local", "", "executor local .*; give cores"),
        ("cores: many", "", "number of cores .*'all'"),
        ("cores: all", "--executor kubernetes", "invalid choice: 'kubernetes'.*'slurm'"),
        ("cores: all", "--executor slurm", "executor slurm .*; give jobs"),
        ("cores: all", "--nonsense", "unrecognized arguments: --nonsense"),
        (f"{SLURM}config: {{device: cuda}}", "", "sinfo names no node"),
        (f"{SLURM}config: [device=gpu]", "", "gpu: not known; give auto, cpu, cuda, cuda:N"),
    ],
)
def test_what_a_machine_lacks_and_no_profile_may_ask_for(
    profile, further, words, path, tmp_path, monkeypatch
):
    """On a cluster without GPUs: its commands are there, and submit nothing."""
    for name in ("sbatch", "sinfo", "squeue"):
        (path / name).write_text("#!/bin/sh\necho '(null)'\n")
        (path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(path))
    (tmp_path / "config.yaml").write_text(profile)
    with pytest.raises(BadInput, match=words):
        machine(understood([*engine_options(tmp_path, tmp_path), *further.split()]))


def test_a_profile_says_its_device_as_a_list_or_by_name(tmp_path):
    for lines in ("config: [device=cpu]", "config: {device: cpu}"):
        (tmp_path / "config.yaml").write_text(f"cores: 1\n{lines}\n")
        assert machine(understood(engine_options(tmp_path, tmp_path))) == {"device": "cpu"}


@pytest.mark.parametrize(("visible", "expected"), [(None, "012"), ("3,5,7", "357")])
def test_each_job_gets_a_gpu_of_its_own(visible, expected, tmp_path):
    """Three jobs at once on three GPUs; a fourth waits until one has ended."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    if visible:
        environment["CUDA_VISIBLE_DEVICES"] = visible
    command = [sys.executable, "-m", "study.tests.which_gpu"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with ExitStack() as stack:
        jobs: list[Any] = [
            stack.enter_context(subprocess.Popen(command, cwd=PROJECT, env=environment, **pipes))
            for _ in range(4)
        ]
        ready: list[Any] = []
        while len(ready) < 3:
            ready, _, _ = select.select([job.stdout for job in jobs], [], [], 60)
        numbers = [stream.readline().strip() for stream in ready]
        assert sorted(numbers) == list(expected)
        (waiting,) = [job for job in jobs if job.stdout not in ready]
        first = next(job for job in jobs if job.stdout is ready[0])
        first.stdin.close()
        assert waiting.stdout.readline().strip() == numbers[0]


def test_the_graph_in_the_documents_is_the_graph():
    """docs/studies.md draws all scripts of Question 1 as one."""
    outcome = study(PROJECT / "study/assignment.yaml", "--", "--rulegraph", "mermaid-js")
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", outcome.stdout))
    edges = {
        tuple(re.sub(r"question1_\w+", "question1", names[end]) for end in edge)
        for edge in re.findall(r"(id\d+) --> (id\d+)", outcome.stdout)
    }
    drawn = re.findall(r"^    (\w+) --> (\w+)$", (PROJECT / "docs/studies.md").read_text(), re.M)
    assert len(edges) > 10
    assert set(drawn) == {edge for edge in edges if edge[1] != "all"}


# ---- time_left.py ------------------------------------------------------------------------------


def test_the_time_left_is_that_of_a_study_played_through():
    """Two places, trainings of ten seconds that are each judged in one: the rest is known."""
    kinds = {"training": 10, "judge": 10}
    left = TimeLeft(kinds, now=100)
    assert left.seconds(100) is None
    waiting = [("training", 10.0)] * 10 + [("judge", 1.0)] * 10
    free, last = [100.0, 100.0], 100 + 10 / 2 * 11.0
    ends: list[tuple[float, int]] = []
    for job, (kind, takes) in enumerate(waiting):
        now = min(free)
        for end, other in sorted(ends):
            if end <= now:
                left.end(other, end)
                ends.remove((end, other))
        left.start(job, kind, now)
        free[free.index(now)] = now + takes
        ends.append((now + takes, job))
        found = left.seconds(now)
        if kind == "judge" and job > 12:  # both kinds are known
            assert found == pytest.approx(last - now, abs=1)
    for end, other in sorted(ends):
        left.end(other, end)
    assert left.seconds(max(free)) == 0


def test_a_job_that_failed_is_not_waited_for_until_it_is_tried_again():
    left = TimeLeft({"training": 3}, now=0)
    left.start(1, "training", 0)
    left.drop(1)
    left.start(2, "training", 1)
    left.end(2, 11)
    left.start(7, "all", 11)  # a target, which was not counted
    left.end(7, 11)
    assert left.seconds(11) == pytest.approx(10 * 11 / 10)
    left.start(1, "training", 11)  # it is tried again, and another one is still to come
    assert left.seconds(11) == pytest.approx(2 * 10 * 11 / 10)
    left.end(1, 21)
    assert left.seconds(21) == pytest.approx(10 * 21 / 20)
