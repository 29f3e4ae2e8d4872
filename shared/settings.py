"""Settings declared once: a dataclass field is an option, an entry of a file, and can be compared.

A field made by `setting` carries the words of its command-line option. From such fields follow the
options of a script (`add_settings`), the object that its code works with (`from_options`), and in
which options two of them differ (`differences`).
"""

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

Config = TypeVar("Config")
_KEY, _WORDS = "option", "words"


def setting(
    *flags: str,
    help: str,
    default: Any = dataclasses.MISSING,
    choices: Sequence[str] | None = None,
    type: Callable[[str], Any] | None = None,
    metavar: str | tuple[str, ...] = "N",
) -> Any:
    """Return a dataclass field that is also the command-line option `flags`.

    The first flag is the option's name, others are aliases. A field without `default` must be
    given; one whose default is False is a switch; one with several words for `metavar` takes as
    many values.
    """
    option = {"flags": flags, "help": help, "choices": choices, "type": type, "metavar": metavar}
    return dataclasses.field(default=default, metadata={_KEY: option})


def described(words: str) -> Any:
    """Return a dataclass field that is no option, called `words` where two values differ."""
    return dataclasses.field(metadata={_WORDS: words})


def _options(config_class: type) -> dict[str, tuple[dataclasses.Field, dict[str, Any]]]:
    fields = dataclasses.fields(config_class)
    return {field.name: (field, field.metadata[_KEY]) for field in fields if _KEY in field.metadata}


def add_settings(group: argparse._ActionsContainer, config_class: type, *names: str) -> None:
    """Add the options of `config_class` to `group`: those of the fields `names`, or all of them."""
    for name, (field, option) in _options(config_class).items():
        if names and name not in names:
            continue
        if field.default is False:
            group.add_argument(
                *option["flags"], dest=name, action="store_true", help=option["help"]
            )
            continue
        required = field.default is dataclasses.MISSING
        group.add_argument(
            *option["flags"],
            dest=name,
            required=required,
            default=None if required else field.default,
            choices=option["choices"],
            type=option["type"],
            nargs=len(option["metavar"]) if isinstance(option["metavar"], tuple) else None,
            metavar=None if option["choices"] else option["metavar"],
            help=option["help"],
        )


def from_options(config_class: type[Config], options: argparse.Namespace, **found: Any) -> Config:
    """Return a `config_class` made of parsed `options`; `found` replaces or adds to them."""
    given = {name: getattr(options, name) for name in _options(config_class) if name not in found}
    return config_class(**given, **found)


def differences(config: Any, found: dict[str, Any]) -> list[str]:
    """Return, option by option, where `found` has other values than the dataclass `config`."""
    words = []
    for field in dataclasses.fields(config):
        value, other = getattr(config, field.name), found.get(field.name)
        if other != value:
            flags = field.metadata[_KEY]["flags"] if _KEY in field.metadata else ()
            label = flags[0] if flags else field.metadata.get(_WORDS, field.name)
            words.append(f"{label} was {other!r} and is now {value!r}")
    return words


def option_words(config_class: type, values: Mapping[str, Any]) -> list[str]:
    """Return the command-line words that give the fields of `config_class` these `values`."""
    words = []
    for name, value in values.items():
        flag = _options(config_class)[name][1]["flags"][0]
        if value is True:
            words.append(flag)
        elif value is not False:
            words += [flag, str(value)]
    return words
