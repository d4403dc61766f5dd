"""What is told of a file."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

HEAD_BYTES = 64 * 1024
"""What is read of the beginning of every file."""

Read = Callable[[int, int], Awaitable[bytes]]
"""Reads from a byte on, the file's first being 0, so many bytes; fewer where the file ends."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a file is.

    Attributes:
        name: of the format, in small letters: `safetensors`, `pickle`, `torch`, `zip`; `unknown` where none is known.
        unsafe: whether the usual way to load it may execute what is in it.
        flaw: why it is no whole or no decent file of its format; None where nothing was seen.
        why: by what it was told, and what makes it unsafe.
    """

    name: str
    unsafe: bool
    flaw: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of a file, and the way to more of it.

    Attributes:
        head: its first bytes, at most `HEAD_BYTES`.
        size: of all of it, in bytes.
        path: what it is called; empty where that is not known.
        read: the way to the rest.
    """

    head: bytes
    size: int
    path: str
    read: Read


def safe(name: str, why: str, flaw: str | None = None) -> Format:
    """A format whose loading executes nothing."""
    return Format(name, unsafe=False, flaw=flaw, why=why)


def unsafe(name: str, why: str, flaw: str | None = None) -> Format:
    """A format whose loading may execute what is in the file."""
    return Format(name, unsafe=True, flaw=flaw, why=why)
