"""What a person sees: answers on standard output, everything else on standard error."""

import sys
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape

_NARROWEST = 60
_PLAIN_WIDTH = 80
"""Where no terminal says how wide it is; so that what is piped into a file reads as well."""


class _Console(Console):
    """A console whose reader may go: the command line ends it quietly then, where rich would end it with 1."""

    def on_broken_pipe(self) -> None:
        """Raises what says that the reader has gone."""
        raise BrokenPipeError


def out() -> Console:
    """Standard output."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error, for progress, remarks and errors."""
    return _console(stderr=True)


def print_json(value: object) -> None:
    """Prints one JSON document."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def complain(message: str) -> None:
    """Says what went wrong, in the words of an error."""
    err().print(f"[bold red]Error:[/] {escape(message)}", soft_wrap=not sys.stderr.isatty())


def _console(*, stderr: bool) -> Console:
    stream: Any = sys.stderr if stderr else sys.stdout
    console = _Console(file=stream, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    elif console.width < _NARROWEST:
        console.width = _NARROWEST
    return console
