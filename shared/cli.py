"""Command-line manners shared by every script: one-line errors, exact numbers."""

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from shared.errors import BadInput
from shared.interruption import raised_as_interrupted

STDOUT = 1  # the file descriptor: sys.stdout may be None
# Longer literals are not parameters of anything, and Fraction("1e999999999")
# would fill the memory with zeros before any range check could speak.
_NUMBER = re.compile(
    r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,2}|/\d{1,40})?", re.I | re.A
)


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Defaults where there are any to speak of; the epilog as it was written."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line on standard error, with exit status 2.

    `doc` is the script's docstring: its first paragraph becomes the description, the rest, with
    the examples, what stands below the options.
    """

    def __init__(self, doc: str | None = None, **kwargs):
        if doc is not None:
            description, _, rest = doc.strip().partition("\n\n")
            kwargs |= {"description": description, "epilog": rest.replace("Usage:", "examples:")}
        super().__init__(allow_abbrev=False, formatter_class=_Help, **kwargs)
        # argparse takes "-1e-8" for an option before Python 3.14; then the message is wrong.
        self._negative_number_matcher = re.compile(r"-\.?\d.*")

    def error(self, message: str) -> NoReturn:
        """Print `message` on one line and exit with status 2."""
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())} (see --help)\n")


def exact_number(text: str) -> Fraction:
    """Read a decimal ("0.3", "1e-8") or a fraction ("3/10") exactly, never through a float.

    Raises:
        argparse.ArgumentTypeError: the text is neither.
    """
    try:
        if not _NUMBER.fullmatch(text):
            raise ValueError
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number; give a decimal such as 0.3 or a fraction such as 3/10"
        ) from None


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return an argparse type that accepts the whole numbers from `low` to `high`."""

    def parse(text: str) -> int:
        if re.fullmatch(r"[+-]?\d{1,18}", text, re.A) and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(
            f"{text!r} is not accepted; give a whole number from {low} to {high}"
        )

    return parse


def positive_number(text: str) -> float:
    """Read a number above 0 as a float, for quantities that need no exactness.

    Raises:
        argparse.ArgumentTypeError: not a number, or not above 0.
    """
    value = exact_number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; give a number above 0")
    return float(value)


def nonnegative_number(text: str) -> float:
    """Read a number that is at least 0 as a float.

    Raises:
        argparse.ArgumentTypeError: not a number, or below 0.
    """
    value = exact_number(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; give a number from 0 on")
    return float(value)


def add_results_option(parser: argparse.ArgumentParser, default: Path) -> None:
    """Add `--results DIR`, the folder that a script writes to."""
    parser.add_argument(
        "--results", type=Path, default=default, metavar="DIR", help="folder to write to"
    )


def complain(message: str) -> None:
    """Print `message`, folded to one line, on standard error under the script's name."""
    _say("error", message)


def remark(message: str) -> None:
    """Print, as `complain` does, what is no error but should be known."""
    _say("note", message)


def _say(kind: str, message: str) -> None:
    print(f"{Path(sys.argv[0]).name}: {kind}: {' '.join(message.split())}", file=sys.stderr)


def run(main: Callable[[], int | None]) -> NoReturn:
    """Call a script's `main` and turn a user's mistake into one line and exit status 2.

    Operating-system errors (no permission, no space, ...) count as such: they name
    the file and need no traceback. Ctrl-C and SIGTERM end in one line, with status 130 and 143.
    """
    try:
        with raised_as_interrupted():
            status = main()
            if sys.stdout is not None:  # closed by the caller
                sys.stdout.flush()  # a reader that has left is noticed here, not while Python ends
            sys.exit(status)
    except BrokenPipeError:  # the reader of our output, `head` say, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
        sys.exit(1)
    except (BadInput, OSError) as error:
        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt as stopped:
        complain(str(stopped) or "interrupted")
        sys.exit(128 + getattr(stopped, "signal", signal.SIGINT))
