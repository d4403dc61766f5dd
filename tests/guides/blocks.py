"""The fenced blocks of a page, in order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# (?P<name>[\w.-]+\.\w+)\n")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        language: `sh` is run; `text` is what the block before it prints; `console` needs what a test does not have.
        text: what it holds.
        line: where it begins, for messages.
    """

    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The name of the file that it shows, by its first line."""
        found = _NAME.match(self.text)
        return found["name"] if found and self.language not in {"sh", "text", "console"} else None


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of that page."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Block(found["language"], found["text"], text.count("\n", 0, found.start()) + 1)
