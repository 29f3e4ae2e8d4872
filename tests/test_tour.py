"""docs/tour.ipynb: kept without outputs and logic, executed in a checkout, and begun alone.

What is executed is a copy, so that nothing is written into the checkout.
"""

import ast
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from packaging.requirements import Requirement

from q2_autoencoder.training.run_folder import load_evaluation, load_metrics
from shared import hosted
from shared.files import PROJECT

TOUR = PROJECT / "docs" / "tour.ipynb"
LARGEST = 200_000  # bytes
SECONDS = 600  # that one cell may take
H_MAX = "2071210444/5049463055"
FIGURES = (
    "descent",
    "trajectories",
    "curves",
    "reconstructions",
    "latent-space",
    "clusters",
    "adversarial-losses",
    "adversarial",
)
FORMULAS = ("downhill", "uphill", "excursion")
# The judges' trainings and the images are cut short; what is tested does not depend on how many.
QUICK = """
import contextlib, helpers, matplotlib
shortened = contextlib.ExitStack()
shortened.enter_context(helpers.few_digits())
shortened.enter_context(helpers.quick_judges())
import shared.figures
matplotlib.rcParams["savefig.dpi"] = 40
"""
LOGIC = (
    ast.FunctionDef,
    ast.Lambda,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.comprehension,
    ast.With,
    ast.Try,
)


def read() -> NotebookNode:
    return nbformat.read(TOUR, as_version=4)


def code_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def outputs(cell: NotebookNode, kind: str) -> list[str]:
    """Return what a cell shows in the MIME type `kind`."""
    return [o.data[kind] for o in cell.outputs if "data" in o and kind in o.data]


def printed(cell: NotebookNode) -> str:
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def commands(notebook: NotebookNode, data: str) -> list[list[str]]:
    """Return the words of each `%run`, with the parameters of the data set `data` in it."""
    cells = code_cells(notebook)
    parameters = cells["parameters"].source.replace('DATA = "digits"', f'DATA = "{data}"')
    values: dict[str, str] = {}
    exec(parameters, values)
    assert values["DATA"] == data
    sources = [cell.source.replace("\\\n", "") for cell in cells.values()]
    lines = [line for source in sources for line in source.splitlines()]
    return [
        shlex.split(line.removeprefix("%run").format_map(values))
        for line in lines
        if line.startswith("%run")
    ]


# ---- as it is kept -----------------------------------------------------------------------------


def test_it_is_small_valid_and_without_outputs():
    assert TOUR.stat().st_size < LARGEST
    notebook = read()
    nbformat.validate(notebook)
    for cell in code_cells(notebook).values():
        assert cell.outputs == []
        assert cell.execution_count is None


def test_it_holds_no_logic():
    """Only the first cell decides anything: where the project lies."""
    from IPython.core.inputtransformer2 import TransformerManager

    for name, cell in code_cells(read()).items():
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
        found = {type(node) for node in ast.walk(tree)}
        assert not found & set(LOGIC), name
        assert ast.If not in found or name == "checkout"


def test_its_links_lead_somewhere():
    words = "\n".join(cell.source for cell in read().cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#\s]+)\)", words)
    assert len(links) >= 3
    assert [link for link in links if not (TOUR.parent / link).exists()] == []


@pytest.mark.parametrize("data", ["digits", "mnist"])
def test_its_commands_are_accepted(data):
    found = commands(read(), data)
    assert len(found) == 7
    for path, *arguments in found:
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        with mock.patch.object(sys, "argv", [path, *arguments]):
            module.parse()
        assert arguments[arguments.index("--data") + 1] == data


# ---- as it is executed -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of what the notebook needs of the project."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("q1_bump", "q2_autoencoder", "shared"):
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, folder / name, ignore=left_out)
    (folder / "docs").mkdir()
    shutil.copy(TOUR, folder / "docs")
    shutil.copy(hosted.REQUIREMENTS, folder)
    return folder


@pytest.fixture(scope="module")
def kernels(tmp_path_factory) -> Iterator[None]:
    """Let kernels be those of this Python, without the user's settings or any download."""
    own = tmp_path_factory.mktemp("jupyter")
    folders = ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    values = {name: str(own) for name in folders} | {"PIP_NO_INDEX": "1", "JUPYTER_PATH": ""}
    with mock.patch.dict(os.environ, values):
        yield


def execute(notebook: NotebookNode, folder: Path, *path: Path) -> None:
    """Execute `notebook` in `folder` with `path` before the other places of modules."""
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=resources)
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, path))):
        client.execute()


@pytest.fixture(scope="module")
def executed(checkout, kernels) -> NotebookNode:
    notebook = read()
    notebook.cells.insert(0, new_code_cell(QUICK, id="quick"))
    execute(notebook, checkout / "docs", checkout, PROJECT / "tests")
    return notebook


@pytest.mark.slow
def test_every_cell_runs_without_a_word_on_standard_error(executed):
    for name, cell in code_cells(executed).items():
        assert cell.execution_count is not None, name
        for output in cell.outputs:
            assert output.output_type != "error", output
            assert output.get("name") != "stderr", output.text


@pytest.mark.slow
def test_question_1_is_answered(executed):
    cells = code_cells(executed)
    assert f"exact rational                     {H_MAX}\n" in printed(cells["solve"])
    assert "torch adam" in printed(cells["solve"])
    assert all(len(outputs(cells[name], "text/latex")) == 2 for name in FORMULAS)
    assert outputs(cells["downhill"], "text/plain") == ["beta_1**t - 1", "-1"]


@pytest.mark.slow
def test_figures_stand_where_they_belong(executed):
    shown = {name: outputs(cell, "image/png") for name, cell in code_cells(executed).items()}
    assert [name for name, images in shown.items() if images] == list(FIGURES)
    assert all(len(images) == 1 for images in shown.values() if images)


@pytest.mark.slow
def test_question_2_prints_what_its_files_say(executed, checkout):
    cells, results = code_cells(executed), checkout / "results" / "tour"
    for latent_dim, training, evaluation in (
        (2, "train-2", "evaluate-2"),
        (8, "train-more", "evaluate-more"),
    ):
        folder = results / f"digits-l1-latent{latent_dim}-seed0"
        metrics = load_metrics(folder)
        assert f"L1 per pixel   {metrics.test.l1:14.6f}" in printed(cells[training])
        accuracy = load_evaluation(folder).reconstruction_accuracy
        assert re.search(rf"on reconstructions +{accuracy:.2%}\n", printed(cells[evaluation]))
    adversarial = load_metrics(results / "digits-l1-four-step-latent2-seed0")
    assert f"{adversarial.test.l1:14.6f}" in printed(cells["train-adversarial"])
    assert "sharpness ratio" in printed(cells["compare-adversarial"])


# ---- on a hosted service -----------------------------------------------------------------------


def alone(notebook: NotebookNode, repository: Path | str) -> NotebookNode:
    """Return the first cells of the notebook, with REPOSITORY filled in, and one that looks."""
    cells = code_cells(notebook)
    first = cells["checkout"]
    assert 'REPOSITORY = ""' in first.source
    first.source = first.source.replace('REPOSITORY = ""', f'REPOSITORY = "{repository}"')
    look = new_code_cell("import q1_bump\nprint(Path.cwd())\nprint(q1_bump.__file__)", id="look")
    notebook.cells = [first, look]
    return notebook


@pytest.mark.slow
def test_alone_it_clones_the_project_and_finds_nothing_missing(checkout, kernels, tmp_path):
    repository = Path(shutil.copytree(checkout, tmp_path / "repository"))
    shutil.rmtree(repository / "results" / "tour", ignore_errors=True)
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "all"],
    ):
        subprocess.run(["git", *words], cwd=repository, check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    notebook = alone(read(), repository)
    execute(notebook, empty)
    clone = empty / "bump-and-autoencoder"
    assert printed(notebook.cells[1]).split() == [str(clone), str(clone / "q1_bump/__init__.py")]
    assert printed(notebook.cells[0]) == ""


@pytest.mark.slow
def test_alone_it_asks_where_the_project_lies(kernels, tmp_path):
    with pytest.raises(CellExecutionError, match="into REPOSITORY"):
        execute(alone(read(), ""), tmp_path)


def test_only_what_is_missing_or_too_old_is_installed():
    words = ["numpy", "numpy>=2.0", "numpy>=999", "no-such-package>=1"]
    found = hosted.missing([Requirement(one) for one in words])
    assert [str(one) for one in found] == words[2:]
    assert hosted.missing(hosted.required()) == []


def test_tools_are_not_installed_and_all_else_is():
    """What the notebook's packages import is among the requirements above the tools."""
    names = {one.name.lower() for one in hosted.required()}
    assert not names & {"pytest", "ruff", "ipykernel", "nbclient"}
    packages = ("q1_bump", "q2_autoencoder", "shared")
    imported = {
        module.partition(".")[0]
        for package in packages
        for path in (PROJECT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for module in modules_of(node)
    }
    distributions = packages_distributions()
    for module in imported - set(sys.stdlib_module_names) - {*packages, "publish"}:
        assert names & {name.lower() for name in distributions[module]}, module


def modules_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_torch_is_kept_where_it_is_new_enough(monkeypatch, capsys):
    asked = [Requirement("numpy>=999"), Requirement("torch>=2")]
    monkeypatch.setattr(hosted, "required", lambda: asked)
    with mock.patch.object(subprocess, "run") as run:
        hosted.install_missing()
    words = run.call_args.args[0]
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    pins = [f"{name}=={hosted.installed(name)}" for name in ("torch", "torchvision")]
    assert words[5:] == ["numpy>=999", *pins]
    assert "Installing numpy>=999 ..." in capsys.readouterr().out


def test_a_torch_that_is_too_old_is_replaced(monkeypatch):
    asked = [Requirement("torch>=999"), Requirement("torchvision>=999")]
    monkeypatch.setattr(hosted, "required", lambda: asked)
    with mock.patch.object(subprocess, "run") as run:
        hosted.install_missing()
    assert run.call_args.args[0][5:] == ["torch>=999", "torchvision>=999"]


def test_where_nothing_is_missing_nothing_is_installed():
    with mock.patch.object(subprocess, "run") as run:
        hosted.install_missing()
    run.assert_not_called()
