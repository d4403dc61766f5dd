"""What is told of a file."""

from collections.abc import Callable
from dataclasses import dataclass, field

HEAD_BYTES = 64 * 1024
"""What is read of the beginning of every file."""

MOST_WORK = 300_000
"""So many steps are done for one file, at the most: some seconds."""

Read = Callable[[int, int], bytes]
"""Reads from a byte on, the file's first being 0, so many bytes; fewer where the file ends. It may block."""


class BeyondLook(Exception):
    """What comes is further than is looked, and why."""


@dataclass(slots=True)
class Work:
    """What may still be done for a file, in steps: of pickles, and of what is read as slowly.

    Attributes:
        left: so many.
    """

    left: int = MOST_WORK

    def spend(self, steps: int) -> None:
        """Takes so many away.

        Raises:
            BeyondLook: there are none left.
        """
        self.left -= steps
        if self.left < 0:
            raise BeyondLook("to look further would take too long")


@dataclass(frozen=True, slots=True)
class Format:
    """What a file is.

    Attributes:
        name: of the format, in small letters: `safetensors`, `pickle`, `torch`, `zip`; `unknown` where none is known.
        unsafe: whether the usual way to load it may execute what is in it. A name or what is in it can make a file
            unsafe; what could not be looked through counts as unsafe where its format can hold code.
        flaw: why it is no whole or no decent file of its format, as what follows "it"; None where nothing was seen.
        why: by what it was told, and what makes it unsafe.
        unfit: whether the flaw is that of a file that is certainly broken, or made to do harm: it is not to be kept.
    """

    name: str
    unsafe: bool
    flaw: str | None
    why: str
    unfit: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of a file, and the way to more of it.

    Attributes:
        head: its first bytes, at most `HEAD_BYTES`.
        size: of all of it, in bytes.
        path: what it is called, in small letters; empty where that is not known.
        further: the way to the rest.
        work: what may still be done for it.
    """

    head: bytes
    size: int
    path: str
    further: Read
    work: Work = field(default_factory=Work)

    @property
    def whole(self) -> bool:
        """Whether the head is all of it."""
        return self.size <= len(self.head)

    def read(self, first: int, count: int) -> bytes:
        """So many bytes from there on, the file's first being 0; fewer where it ends."""
        end = min(first + count, self.size)
        if end <= first:
            return b""
        return self.head[first:end] if end <= len(self.head) else self.further(first, end - first)


def safe(name: str, why: str, flaw: str | None = None, *, unfit: bool = False) -> Format:
    """A format whose loading executes nothing."""
    return Format(name, unsafe=False, flaw=flaw, why=why, unfit=unfit and flaw is not None)


def unsafe(name: str, why: str, flaw: str | None = None, *, unfit: bool = False) -> Format:
    """A format whose loading may execute what is in the file."""
    return Format(name, unsafe=True, flaw=flaw, why=why, unfit=unfit and flaw is not None)


def suffix_of(path: str) -> str:
    """What a path ends with from its last point on, in small letters; empty where its last part has none."""
    name = path[max(path.rfind("/"), path.rfind("\\")) + 1 :].lower()
    at = name.rfind(".")
    return name[at:] if at > 0 else ""
