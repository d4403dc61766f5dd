"""What is compressed: told by what is inside, of which as much is uncompressed as is looked at; none of it is kept."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from app.artifacts.formats.format import BeyondLook, Format, Start, safe, unsafe
from app.artifacts.formats.held import INNER_BYTES, executed
from app.artifacts.formats.tars import Broken, is_tar, tar_told

MOST_BYTES = 16 * 1024 * 1024
"""So many are read, and so many uncompressed, at the most: what is behind is not looked at."""

_PIECE = 64 * 1024
_MEMORY = 100 * 1024 * 1024
_MOST_MEMBERS = 1_000
_SUFFIXES = (".bz2", ".gz", ".lzma", ".xz", ".z", ".zlib")
_UNKNOWN_SIZE = 2**62

_FAILURES = (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError)

_NOT_OPENED = (
    ("lz4", b"\x04\x22\x4d\x18"),
    ("zstandard", b"\x28\xb5\x2f\xfd"),
    ("7z", b"7z\xbc\xaf\x27\x1c"),
    ("rar", b"Rar!\x1a\x07"),
)
"""What Python has nothing for."""


class _Opener(Protocol):
    """What uncompresses one member."""

    @property
    def eof(self) -> bool:
        """Whether the member is at its end."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came after that."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """The next bytes of it, at most so many."""
        ...


class _Inflating:
    """`zlib`'s, which hands back what it has not looked at yet."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=47)  # the header tells zlib or gzip

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_OPENED: tuple[tuple[str, bytes | tuple[bytes, ...], Callable[[], _Opener]], ...] = (
    ("gzip", b"\x1f\x8b", _Inflating),
    ("bzip2", b"BZh", bz2.BZ2Decompressor),
    ("xz", b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)),
    ("lzma", b"]\0\0", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY)),
    ("zlib", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), _Inflating),
)
"""By name: the magic, and what opens it."""

_WITHOUT_MAGIC = frozenset({"lzma", "zlib"})
"""Whose first bytes many other files have."""


def compressed(start: Start) -> Format | None:
    """Whether it is one compressed file, and of what as far as it is looked into."""
    for name, magic in _NOT_OPENED:
        if start.head.startswith(magic):
            return unsafe(name, f"is {name}, which is not looked into")
    for name, magic, opener in _OPENED:
        if start.head.startswith(magic):
            inside = _Inside(start, opener, alone=name in _WITHOUT_MAGIC)
            try:
                return _told(name, start, inside)
            except Broken as broken:
                held = _held(start, _as_far_as_it_goes(start, opener()))
                if held or name not in _WITHOUT_MAGIC:
                    said = f"inside is {held}" if held else "what is in it cannot be told"
                    return unsafe(name, f"begins as {name} does; {said}", str(broken))
    return None


def _told(name: str, start: Start, inside: "_Inside") -> Format:
    try:
        head = inside.take(0, INNER_BYTES)
    except BeyondLook as beyond:
        return unsafe(name, f"is {name}; {beyond}")
    if is_tar(head):
        return tar_told(name, f"is {name}, and a tar archive inside", inside.take, start.work)
    held = _held(start, head)
    return unsafe(name, f"is {name}, and inside is {held}") if held else safe(name, f"is {name}")


def _held(start: Start, head: bytes) -> str | None:
    """Why what is inside may execute when it is loaded, by its first bytes."""
    path = start.path.removesuffix(next((each for each in _SUFFIXES if start.path.endswith(each)), ""))
    return executed(
        (path.rpartition("/")[2],), head, len(head) if len(head) < INNER_BYTES else _UNKNOWN_SIZE, start.work
    )


def _as_far_as_it_goes(start: Start, opener: _Opener) -> bytes:
    """The first bytes inside of what breaks, which who loads it gets before it does."""
    found = b""
    with suppress(*_FAILURES):
        for at in range(min(len(start.head), 2 * INNER_BYTES)):
            found += opener.decompress(start.head[at : at + 1], INNER_BYTES)
    return found[:INNER_BYTES]


class _Inside:
    """What is inside, read forwards.

    Args:
        start: the file.
        opener: makes what opens a member of it.
        alone: whether it has one member only, and nothing after that is its.
    """

    def __init__(self, start: Start, opener: Callable[[], _Opener], *, alone: bool) -> None:
        self._start = start
        self._new = opener
        self._open = opener()
        self._alone = alone
        self._members = 1
        self._read = 0  # so many compressed bytes
        self._at = 0  # where the buffer begins
        self._buffer = bytearray()
        self._over = False

    def take(self, first: int, count: int) -> bytes:
        """So many bytes from there on; fewer where it ends. What comes before is forgotten.

        Raises:
            BeyondLook: they are further than is looked.
            Broken: it cannot be uncompressed.
        """
        while not self._over and self._at + len(self._buffer) < first + count:
            if self._at + len(self._buffer) >= MOST_BYTES:
                raise BeyondLook(f"of what is inside only the first {MOST_BYTES:,} bytes are looked at")
            self._more()
            gone = min(max(first - self._at, 0), len(self._buffer))
            del self._buffer[:gone]
            self._at += gone
        begins = max(first - self._at, 0)
        return bytes(self._buffer[begins : begins + count])

    def _more(self) -> None:
        """Uncompresses some more."""
        try:
            if self._open.eof:
                self._next_member(self._open.unused_data)
                return
            # What was given is used up first: more is only read when nothing comes of it.
            found = self._open.decompress(b"", _PIECE)
            if not found and not self._open.eof:
                found = self._open.decompress(self._piece(), _PIECE)
        except _FAILURES as error:
            raise Broken("cannot be uncompressed") from error
        self._buffer += found

    def _next_member(self, rest: bytes) -> None:
        """Goes on with what follows the end of a member, which may be nothing, or zeros."""
        rest = b"" if self._alone else rest.lstrip(b"\0")
        while not (rest or self._alone) and self._read < self._start.size:
            rest = self._piece().lstrip(b"\0")
        self._members += 1
        if not rest:
            self._over = True
        elif self._members > _MOST_MEMBERS:
            raise BeyondLook(f"it has more than {_MOST_MEMBERS:,} members")
        else:
            self._open = self._new()
            self._buffer += self._open.decompress(rest, _PIECE)

    def _piece(self) -> bytes:
        if self._read >= self._start.size:
            raise Broken("ends before what is in it does: it is cut short")
        if self._read >= MOST_BYTES:
            raise BeyondLook(f"only its first {MOST_BYTES:,} bytes are looked at")
        piece = self._start.read(self._read, _PIECE)
        self._read += len(piece)
        return piece
