"""The scripts of Question 1: what they print, save and refuse."""

import json
import os
import subprocess
import sys
from fractions import Fraction

import pytest
from helpers import assert_one_line_error, limited
from q1_reference import fraction_trajectory

from q1_bump import adam_max_h
from q1_bump.adam import torch_adam
from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.problem import Problem
from shared.files import PROJECT, read_json

ADAM, DESCENT, MAP, ILLUSTRATE = (
    f"q1_bump/{name}.py"
    for name in ("adam_max_h", "gradient_descent", "phase_diagram", "illustrate")
)
METHODS = ("closed_form", "exact", "bisection", "torch_adam")


@pytest.fixture
def torch_here(monkeypatch):
    """Let adam_max_h.py run torch in this process, which has imported it already."""

    def start(problem, steps):
        return lambda: torch_adam.valley_height(problem, steps)

    monkeypatch.setattr(adam_max_h, "start_valley_height", start)


@pytest.mark.slow
def test_adam_max_h_json_is_exact(script, tmp_path):
    """In a process of its own, which starts another one for torch."""
    done = script(ADAM, "--json", "--lr", "3/10", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    positions = fraction_trajectory(Problem(), 1000)
    expected = max(positions) - 1
    assert Fraction(answer["h_max_exact"]) == expected
    assert answer["h_max"] == float(expected)
    low, high = (Fraction(bound) for bound in answer["enclosure"])
    assert low <= expected <= high
    assert high - low <= Fraction(1, 10**12)
    for method in METHODS:
        assert answer[method] == pytest.approx(float(expected), abs=1e-12)
    assert answer["certified"] is True
    assert answer["attained"] is True
    assert answer["crossing_step"] == 1 + positions.index(max(positions)) == 6
    parameters = [answer[key] for key in ("alpha", "beta1", "beta2", "epsilon", "distance")]
    assert parameters == [0.3, 0.9, 0.999, 0.0, 1.0]
    assert read_json(tmp_path / "adam_max_h.json") == answer


@pytest.mark.usefixtures("torch_here")
def test_adam_max_h_prints_and_saves(call, tmp_path):
    done = call(ADAM, "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    for words in ("Closed forms", "just under the maximum", "bisection", "torch adam", "0.411"):
        assert words in done.stdout
    names = {".lock", "adam_max_h.json", "adam_max_h.png", "formulas.tex"}
    assert {path.name for path in tmp_path.iterdir()} == names
    saved = read_json(tmp_path / "adam_max_h.json")
    assert Fraction(saved["h_max_exact"]) == max(fraction_trajectory(Problem(), 100)) - 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--beta1", "1"], "[0, 1)"),
        (["--beta2", "1.5"], "[0, 1)"),
        (["--beta2", "0.99999999999999999999"], "double precision"),
        (["two\nlines"], "unrecognized arguments: two lines"),
        (["--optimizer", "adamax", "--beta2", "0", "--lr", "1/4"], "divides by zero"),
        (["--optimizer", "lion"], "invalid choice: 'lion'"),
        (["--lr", "0"], "above 0"),
        (["--lr", "-1"], "above 0"),
        (["--lr", "1e-9"], "budget"),
        (["--lr", "fast"], "not a number"),
        (["--eps", "-1e-8"], "at least 0"),
        (["--distance", "0"], "above 0"),
        (["--distance"], "expected one argument"),
        (["--beta"], "unrecognized"),
        (["--lr", "0.25", "--beta2", "0"], "divide by zero"),
    ],
)
def test_adam_max_h_refuses_bad_input(call, tmp_path, arguments, words):
    done = call(ADAM, *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(done, "adam_max_h.py: error:", words)
    assert not list(tmp_path.glob("new/*"))


def test_bad_input_ends_the_process_with_status_2(script, tmp_path):
    assert_one_line_error(
        script(ADAM, "--beta1", "1", "--results", str(tmp_path / "new")), "error:"
    )


def test_help_lists_the_optimizers_defaults_and_examples(call):
    text = call(ADAM, "--help").stdout
    for words in ("rmsprop", "radam", "all}", "(default: 3/10)", "examples:", "--optimizer all"):
        assert words in text
    assert "None" not in text


@pytest.mark.usefixtures("torch_here")
def test_adam_max_h_prints_a_long_fraction_as_its_length(call, tmp_path):
    done = call(ADAM, "--lr", "0.021", "--beta1", "0.987", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "a fraction of" in done.stdout


def test_a_height_below_the_resolution_of_doubles_is_drawn_without_warnings(call, tmp_path):
    arguments = ("--lr", "0.33333333333333334", "--beta1", "0", "--json")
    done = call(ADAM, *arguments, "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["h_max_exact"] == "1/50000000000000000"


@pytest.mark.usefixtures("torch_here")
def test_adam_max_h_certifies_a_tie_whose_slopes_have_no_period(call, tmp_path):
    arguments = ("--lr", "1/50", "--beta1", "1/100", "--distance", "1/2")
    done = call(ADAM, *arguments, "--json", "--results", str(tmp_path))
    answer = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (answer["certified"], answer["attained"], answer["cycle_length"]) == (True, True, None)
    for method in METHODS:
        assert answer[method] == pytest.approx(answer["h_max"], abs=1e-12)
    assert "however the slopes go on" in answer["certificate"]


def test_adam_max_h_without_a_certificate_says_so(call, tmp_path):
    arguments = ("--lr", "1/50", "--beta1", "1/100", "--distance", "1/2", "--beta2", "0.998001")
    done = call(ADAM, *arguments, "--json", "--results", str(tmp_path))
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert (answer["certified"], answer["h_max"], answer["enclosure"]) == (False, None, None)
    assert [answer[method] for method in METHODS] == [None] * 4
    assert float(answer["lower_bound"]) > 0
    assert "not certified" in done.stderr
    text = call(ADAM, *arguments, "--results", str(tmp_path)).stdout
    assert "No certified maximum height. It is at least" in text


@pytest.mark.usefixtures("torch_here")
def test_methods_that_disagree_end_with_status_1(call, tmp_path, monkeypatch):
    monkeypatch.setattr(adam_max_h, "start_valley_height", lambda *_: lambda: 0.41)
    done = call(ADAM, "--json", "--results", str(tmp_path))
    assert done.returncode == 1
    assert json.loads(done.stdout)["disagreement"] > 1e-4
    assert "the methods differ by 1.8e-04" in done.stderr


def test_other_optimizers_script(call, tmp_path):
    done = call(ADAM, "--optimizer", "rmsprop", "--json", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["heights"]
    # RMSprop's first step is α/(√(1 − 0.99) + 10⁻⁸) = 3/(1 + 10⁻⁷).
    height = 3 / (1 + Fraction(1, 10**7)) - 1
    low, high = map(Fraction, row["enclosure"])
    assert Fraction(row["exact"]) == height
    assert low <= height <= high <= low + Fraction(1, 10**9)
    assert [row[key] for key in ("optimizer", "certified", "attained", "step")] == [
        *("rmsprop", True, True),
        1,
    ]
    assert row["height"] == pytest.approx(float(height), rel=1e-15)
    assert read_json(tmp_path / "optimizers_rmsprop.json") == json.loads(done.stdout)


def test_all_optimizers_are_certified(call, tmp_path):
    done = call(ADAM, "--optimizer", "all", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    rows = read_json(tmp_path / "optimizers_all.json")["heights"]
    assert {row["optimizer"] for row in rows} == set(OPTIMIZERS)
    assert [row["height"] for row in rows] == sorted((row["height"] for row in rows), reverse=True)
    for row in rows:
        low, high = map(Fraction, row["enclosure"])
        assert row["certified"]
        assert 0 <= high - low <= Fraction(1, 10**9)
        assert (row["step"] is None) == (row["attained"] is False)
        assert f"  {row['optimizer']:12} {row['height']:14.9g}" in done.stdout
    assert "limit   the slopes repeat with period 12" in done.stdout


def test_an_optimizer_without_a_certificate_ends_with_status_1(call, tmp_path):
    arguments = ("--optimizer", "adagrad", "--lr", "1/1000", "--distance", "10")
    done = call(ADAM, *arguments, "--results", str(tmp_path))
    assert done.returncode == 1
    assert "error: not certified: adagrad" in done.stderr
    assert "at least this; not certified: it does not come beyond L within" in done.stdout


def test_gradient_descent_script(call, tmp_path):
    done = call(DESCENT, "--json", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "oscillates"
    assert answer["points"] == ["9/10", "6/5"]
    assert answer["heights_above_minimum"] == ["1/10", "1/5"]
    assert answer["crosses_below_height"] == "1/5"
    assert read_json(tmp_path / "gradient_descent.json") == answer
    assert (tmp_path / "gradient_descent.png").exists()
    text = call(DESCENT, "--lr", "0.9", "--results", str(tmp_path))
    assert "It crosses at step 2" in text.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--height", "0"], "--height must be above 0"),
        (["--lr", "1e-9"], "10000 steps"),
        (["--lr", "0"], "--lr must be above 0"),
        (["--beta1", "0.9"], "unrecognized"),
    ],
)
def test_gradient_descent_refuses_bad_input(call, tmp_path, arguments, words):
    done = call(DESCENT, *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(done, words)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("axes", [("lr", "beta1"), ("distance", "lr"), ("beta1", "distance")])
def test_phase_diagram_script(call, tmp_path, axes):
    x, y = axes
    arguments = ("--x", x, "--y", y, "--points", "40", "--device", "cpu")
    done = call(MAP, *arguments, "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    summary = read_json(tmp_path / f"phase_diagram_{x}_{y}.json")
    assert summary["points"] == 1600
    assert summary["largest_difference"] < 1e-9
    assert summary["sample"] + summary["sample_uncertified"] == 300
    assert 0 < summary["share_where_a_later_excursion_is_highest"] < 1
    assert (tmp_path / f"phase_diagram_{x}_{y}.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--x", "lr", "--y", "lr"], "two different"),
        (["--x", "beta2"], "invalid choice"),
        (["--points", "1"], "from 2"),
        (["--beta2", "0"], "divides by zero"),
        (["--lr", "0"], "above 0"),
        (["--device", "cuda:77"], "CUDA devices"),
    ],
)
def test_phase_diagram_refuses_bad_input(call, tmp_path, arguments, words):
    done = call(MAP, *arguments, "--results", str(tmp_path / "new"))
    assert_one_line_error(done, words)
    assert not (tmp_path / "new").exists()


def test_illustrations(call, tmp_path, monkeypatch):
    monkeypatch.setattr("q1_bump.illustrate.RATIOS", [0.5, 1, 2])
    assert call(ILLUSTRATE, "--results", str(tmp_path)).returncode == 0
    images = {"both_trajectories", "slopes", "staircase", "step_table"}
    names = {".lock", "adam.gif", *(f"{name}.png" for name in images)}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_unwritable_results_are_refused(call, tmp_path):
    (tmp_path / "file").write_text("")
    done = call(ADAM, "--results", str(tmp_path / "file" / "x"))
    assert_one_line_error(done, "cannot write to the folder")


@pytest.mark.usefixtures("torch_here")
def test_full_disk_leaves_no_half_written_file(call, tmp_path):
    done = limited(4096, lambda: call(ADAM, "--results", str(tmp_path)))
    assert done.returncode == 2
    assert len([line for line in done.stderr.splitlines() if "error:" in line]) == 1
    # Some files are below the limit; with the others they are not written, either.
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".lock"]


def test_scripts_run_from_anywhere_without_pythonpath(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    where = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    command = [sys.executable, str(PROJECT / DESCENT), "--json", "--results", str(tmp_path)]
    done = subprocess.run(command, **where)
    assert done.returncode == 0, done.stderr
