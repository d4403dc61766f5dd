"""What a person sees: answers on standard output, everything else on standard error.

Names come from sources, and may hold what a terminal obeys: to clear the screen, to rename its window, to write over
what stands there. Nothing that cannot be seen reaches it as it is.
"""

import re
import sys
from collections.abc import Iterable
from typing import Any

import orjson
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment

_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, or that turns what stands beside it around; a letter that a font lacks, or one of no width, is
none of it."""

_LONGEST = 1_000
"""The most characters of a text of a source."""

_NARROWEST = 60
_PLAIN_WIDTH = 80
"""Where no terminal says how wide it is; so that what is piped into a file reads as well."""


class _Console(Console):
    """A console whose reader may go: the command line ends it quietly then, where rich would end it with 1."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, with an escape in the place of each character that is not one to be seen."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control or not _OBEYED.search(text) else Segment(_harmless(text), style)

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


def told(text: str) -> str:
    """What a source says, for a line of markup: of one line, and with nothing in it that is markup."""
    return escape(seen(text))


def seen(text: object, length: int = _LONGEST) -> str:
    """What a source says, as it can be seen: of one line, of so many characters, and with nothing to be obeyed."""
    whole = str(text)
    cut = whole if len(whole) <= length else f"{whole[: length - 1]}…"
    return _harmless(cut).replace("\n", r"\n").replace("\t", " ")


def _harmless(text: str) -> str:
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)


def _console(*, stderr: bool) -> Console:
    stream: Any = sys.stderr if stderr else sys.stdout
    console = _Console(file=stream, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    elif console.width < _NARROWEST:
        console.width = _NARROWEST
    return console
