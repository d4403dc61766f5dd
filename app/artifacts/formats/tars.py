"""Tar archives: walked from header to header, with a look at the beginning of each entry; never unpacked."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.artifacts.formats.format import BeyondLook, Format, Start, Work, safe, unsafe
from app.artifacts.formats.held import INNER_BYTES, executed
from app.artifacts.formats.zips import from_root, leaves

Take = Callable[[int, int], bytes]
"""Reads from a byte on so many; fewer where it ends. It is never asked for what comes before the last that it read."""

MOST_HEADERS = 1_000
"""So many are looked at: what has more is not called safe."""

_BLOCK = 512
_WINDOW = 16 * 1024
_LONGEST_NAMES = 64 * 1024
_MOST_NAMES = 3
"""Of an entry: that of its header, and those of two extensions, of which readers take one or the other."""

_DIGITS = re.compile(rb"[0-7]*")
_EXTENSION = re.compile(rb"([0-9]{1,20}) ([^=]+)=", re.ASCII)

_FILES = frozenset((0, *b"07"))
_WITHOUT_BYTES = frozenset(b"123456")
_NAMED_NEXT = frozenset(b"gxL")
_LINK_NAMED_NEXT = ord("K")
_FOR_ALL = ord("g")
_FOLDER = ord("5")


@dataclass(frozen=True, slots=True)
class _Entry:
    """Attributes: its names, one of which counts; its kind; where its bytes begin, and how many there are."""

    names: tuple[str, ...]
    kind: int
    place: int
    size: int


@dataclass(slots=True)
class _Seen:
    """Attributes: why loading executes something or may; what is wrong; whether that does harm."""

    executed: str | None = None
    flaw: str | None = None
    unfit: bool = False


class Broken(Exception):
    """What comes cannot be right, or cannot be read, and why."""


def tar_archive(start: Start) -> Format | None:
    """Whether it is one, and what its entries are (POSIX, pax, section "ustar Interchange Format")."""
    if not is_tar(start.head):
        return None
    return tar_told("tar", "has the header of a tar archive", _windowed(start), start.work, start.size)


def is_tar(head: bytes) -> bool:
    """Whether a tar archive begins so; older ones have nothing but the sum of their header."""
    return head[257:262] == b"ustar" or (len(head) >= _BLOCK and any(head[:_BLOCK]) and _sum_is_right(head[:_BLOCK]))


def tar_told(name: str, why: str, take: Take, work: Work, size: int | None = None) -> Format:
    """What a tar archive is, or what it is compressed as.

    Args:
        name: of the format.
        why: by what it was told.
        take: reads it.
        work: what may still be done.
        size: of it, where that is known.
    """
    seen = _Seen()
    try:
        _look(take, seen, work, size)
    except Broken as broken:
        seen.flaw = seen.flaw or str(broken)
        seen.executed = seen.executed or "what comes after a broken header cannot be told"
    except BeyondLook as beyond:
        seen.executed = seen.executed or str(beyond)
    if seen.executed:
        return unsafe(name, f"{why}; {seen.executed}", seen.flaw, unfit=seen.unfit)
    return safe(name, why, seen.flaw, unfit=seen.unfit)


def _look(take: Take, seen: _Seen, work: Work, size: int | None) -> None:
    for entry in _entries(take, work):
        _look_at_names(entry.names, seen)
        beginning = take(entry.place, min(entry.size, INNER_BYTES)) if entry.kind in _FILES else b""
        if seen.executed is None and entry.kind != _FOLDER:
            held = executed(entry.names, beginning, entry.size, work)
            seen.executed = f"in it is {held}" if held else None
        end = entry.place + entry.size
        if (entry.size and not take(end - 1, 1)) if size is None else end > size:
            seen.flaw = seen.flaw or "ends before its last entry does: it is cut short"
            return


def _look_at_names(names: Sequence[str], seen: _Seen) -> None:
    outside = next((name for name in names if leaves(name)), None)
    if outside is not None and not seen.unfit:
        seen.flaw, seen.unfit = f"has an entry that would be put outside of its folder: {outside!r:.60}", True
    if seen.flaw is None and (rooted := next((name for name in names if from_root(name)), None)):
        seen.flaw = f"has an entry whose name begins with a slash: {rooted!r:.60}"


def _entries(take: Take, work: Work) -> Iterator[_Entry]:
    """What is in it, in its order; of what says what the next is called, the next.

    Raises:
        Broken: a header cannot be right.
        BeyondLook: there is more than is looked at.
    """
    place, names, sized = 0, tuple[str, ...](), None
    for _ in range(MOST_HEADERS):
        block = take(place, _BLOCK)
        if block and not any(block):  # one alone may be skipped; two are the end
            place += _BLOCK
            block = take(place, _BLOCK)
        if len(block) < _BLOCK or not any(block):
            return
        entry = _entry(block, place + _BLOCK)
        if entry.kind in _NAMED_NEXT or entry.kind == _LINK_NAMED_NEXT:
            more, size = _said_of_next(entry, take, work)
            names, sized = _together(names, more), size if size is not None else sized
        else:
            entry = replace(entry, names=_together(entry.names, names), size=entry.size if sized is None else sized)
            yield entry
            names, sized = (), None
        place = entry.place + -(-entry.size // _BLOCK) * _BLOCK
    if any(take(place, _BLOCK)):
        raise BeyondLook(f"of its entries only {MOST_HEADERS:,} were looked at")


def _together(names: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """Names of one entry, each once.

    Raises:
        BeyondLook: they are more than are looked at.
    """
    found = tuple(dict.fromkeys((*names, *more)))
    if len(found) > _MOST_NAMES:
        raise BeyondLook("in it is an entry with more names than are looked at")
    return found


def _entry(block: bytes, place: int) -> _Entry:
    if not _sum_is_right(block):
        raise Broken("has a header that cannot be read")
    name, kind, size = _text(block[:100]), block[156], _size(block[124:136])
    names = (name,)
    if block[257:263] == b"ustar\0" and block[345]:
        names = (f"{_text(block[345:500])}/{name}",)
    has_none = kind in _WITHOUT_BYTES or (kind == 0 and name.endswith("/"))
    if has_none and size:  # some then read the next header at once, some after so many bytes
        raise Broken("has bytes for an entry that has none")
    if kind not in _FILES | _WITHOUT_BYTES | _NAMED_NEXT | {_LINK_NAMED_NEXT}:
        raise BeyondLook(f"in it is an entry of a kind that is not looked at, {chr(kind)!r}")
    return _Entry(names, kind, place, size)


def _said_of_next(entry: _Entry, take: Take, work: Work) -> tuple[tuple[str, ...], int | None]:
    """Names, and the size, that are told of the next entry (pax, section "pax Extended Header")."""
    if entry.size > _LONGEST_NAMES:
        raise BeyondLook("in it are names longer than are looked at")
    data = take(entry.place, entry.size)
    if entry.kind == _LINK_NAMED_NEXT:
        return (), None
    if entry.kind == ord("L"):
        return (_text(data),), None
    names, size = _extended(data, work)
    if entry.kind == _FOR_ALL and (names or size is not None):
        raise BeyondLook("in it is a name, or a size, for all that follow")
    return names, size


def _extended(data: bytes, work: Work) -> tuple[tuple[str, ...], int | None]:
    """The names and the size in an extended header."""
    names, size, at = tuple[str, ...](), None, 0
    while at < len(data) and data[at]:
        work.spend(1)
        found = _EXTENSION.match(data, at)
        end = at + int(found[1]) if found else 0
        if found is None or not found.end() < end <= len(data):
            raise Broken("has an extended header that cannot be read")
        key, value = found[2], data[found.end() : end - 1]
        if key in {b"path", b"GNU.sparse.name"}:
            names = _together(names, (value.decode("utf-8", "replace"),))
        elif key == b"size":
            size = _decimal(value)
        elif key.startswith(b"GNU.sparse."):
            raise BeyondLook("in it is an entry with holes")
        at = end
    return names, size


def _decimal(value: bytes) -> int:
    if not 0 < len(value) <= 20 or not value.isdigit():  # noqa: PLR2004 - a number of 64 bits
        raise Broken("has an extended header that cannot be read")
    return int(value)


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "replace")


def _size(field: bytes) -> int:
    if field[0] & 0x80:  # a number of 95 bits, as GNU writes what does not fit
        if field[0] != 0x80:  # noqa: PLR2004 - a negative one, or more than anything has
            raise Broken("has an entry of a size that nothing has")
        return int.from_bytes(field[1:], "big")
    return _octal(field)


def _octal(field: bytes) -> int:
    digits = field.rstrip(b" \0").lstrip(b" ")
    if not _DIGITS.fullmatch(digits):
        raise Broken("has a header that cannot be read")
    return int(digits or b"0", 8)


def _sum_is_right(block: bytes) -> bool:
    """Whether the sum of a header is that of its bytes, signed or not."""
    try:
        said = _octal(block[148:156])
    except Broken:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    total = sum(rest)
    return said in {total, total - 256 * sum(byte > 0x7F for byte in rest)}  # noqa: PLR2004 - above it is negative


def _windowed(start: Start) -> Take:
    """Reads a file piece by piece, and more of it at once than is asked for: headers often follow each other."""
    at, window = 0, start.head

    def take(first: int, count: int) -> bytes:
        nonlocal at, window
        if not at <= first <= first + count <= at + len(window):
            at, window = first, start.read(first, max(count, _WINDOW))
        return window[first - at : first - at + count]

    return take
