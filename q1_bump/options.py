"""How the scripts of Question 1 read their command lines, without importing torch or sympy."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from q1_bump.problem import Problem
from shared.cli import Parser
from shared.errors import BadInput
from shared.files import RESULTS
from shared.settings import from_options, setting


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where a script writes."""

    results: Path = setting(
        "--results",
        default=RESULTS / "q1_bump",
        type=Path,
        metavar="DIR",
        help="folder to write to",
    )


@dataclass(frozen=True, kw_only=True)
class Task(Output):
    """A script's work on one problem."""

    problem: Problem


SomeTask = TypeVar("SomeTask", bound=Task)


def parse_task(parser: Parser, kind: type[SomeTask]) -> SomeTask:
    """Parse the command line; what the checks of `kind` or Problem refuse, the parser reports."""
    options = parser.parse_args()
    given = vars(options)
    parameters = {field.name for field in fields(Problem)}
    try:
        problem = Problem(**{name: given[name] for name in given if name in parameters})
        return from_options(kind, options, problem=problem)
    except BadInput as error:
        parser.error(str(error))
