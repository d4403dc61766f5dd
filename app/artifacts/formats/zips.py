"""Zip archives: told from their directories and the beginnings of their entries, never unpacked."""

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.artifacts.formats.format import BeyondLook, Format, Start, safe, unsafe
from app.artifacts.formats.held import INNER_BYTES, executed
from app.artifacts.formats.names import has_pickle_suffix, is_unsafe_inside

MOST_ENTRIES = 100_000
_LONGEST_DIRECTORY = 16 * 1024 * 1024
_MOST_LOOKED_AT = 1_000
"""Of how many entries the beginning is looked at: what has more is not called safe."""

_MOST_DEFLATED = 1_100
"""No file has so many times its size when it is inflated: DEFLATE makes at most 1,032 bytes of one (RFC 1951)."""

_BOMB = 1024 * 1024 * 1024, 500
"""What has more bytes when it is unpacked, and more times its size, is a bomb."""

_LARGE = 100 * 1024 * 1024, 200
"""The same, of which is told: masks and sparse arrays shrink so, weights hardly."""

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LONGEST_COMMENT = 65_535
_WIDE = 0xFFFFFFFF
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED = 1
_STORED, _DEFLATED = 0, 8
_EXTRA = 128
"""Bytes that are read at once for what may stand between an entry's name and its bytes."""

_DRIVE = re.compile(r"[A-Za-z]:(/|\.\.(/|$))", re.ASCII)
"""One of Windows, and not a name with a colon, as `w:0` is."""

_OF_KERAS = frozenset({"model.weights.h5"})


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    packed: int
    unpacked: int
    place: int
    method: int
    encrypted: bool


class _Broken(Exception):
    """A directory that cannot be right, and why."""


def zip_archive(start: Start) -> Format | None:
    """Whether it is one, what loaders make of it, and whether it is a bomb (APPNOTE.TXT, section 4.3)."""
    if start.head[:4] not in {b"PK\x03\x04", b"PK\x05\x06"}:
        return None
    try:
        entries, moved = _directory(start)
    except _Broken as broken:
        return unsafe("zip", "begins as a zip archive does; what is in it cannot be told", str(broken))
    harm = _harm_of(entries, start.size)
    told = _told_of(start, entries, moved)
    return replace(told, flaw=harm or _flaw_of(entries, start.size), unfit=harm is not None)


def appended(start: Start) -> Format | None:
    """Whether there is a zip archive at the end of something else, which readers of such archives find there."""
    try:
        entries, _ = _directory(start)
    except _Broken:
        return None
    return (
        unsafe("zip", "ends as a zip archive does, and begins as none", "begins as no zip archive") if entries else None
    )


def _directory(start: Start) -> tuple[Sequence[_Entry], int]:
    """The entries of the central directory, and by how much they are further on than it says.

    Raises:
        _Broken: there is none, or it is larger than any decent one.
    """
    tail_at = max(0, start.size - _LONGEST_COMMENT - _END.size - _LOCATOR_64.size)
    tail = start.read(tail_at, start.size - tail_at)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + _END.size:
        raise _Broken("has no directory at its end: it is cut short")
    *_, count, length, offset, _comment = _END.unpack_from(tail, at)
    end = tail_at + at
    if at >= _LOCATOR_64.size and tail.startswith(b"PK\x06\x07", at - _LOCATOR_64.size):
        count, length, offset, end = _wide(start, tail, at)
    if count > MOST_ENTRIES or length > _LONGEST_DIRECTORY:
        raise _Broken(f"has {count:,} entries: more than are looked at, and than a model needs")
    if length > end:
        raise _Broken("has a directory that is longer than the file")
    return _entries(start.read(end - length, length), count), end - length - offset


def _wide(start: Start, tail: bytes, at: int) -> tuple[int, int, int, int]:
    """Count, length, place and end of the directory, as the ZIP64 records have them."""
    _, _, place, _ = _LOCATOR_64.unpack_from(tail, at - _LOCATOR_64.size)
    record = start.read(place, _END_64.size) if place < start.size else b""
    if len(record) < _END_64.size or record[:4] != b"PK\x06\x06":
        raise _Broken("lacks the second half of its directory's end")
    *_, count, length, offset = _END_64.unpack(record)
    return count, length, offset, place


def _entries(directory: bytes, count: int) -> Sequence[_Entry]:
    found: list[_Entry] = []
    at = 0
    for _ in range(count):
        if len(directory) < at + _ENTRY.size or directory[at : at + 4] != b"PK\x01\x02":
            raise _Broken("has a directory that cannot be read")
        fields = _ENTRY.unpack_from(directory, at)
        packed, unpacked, named, extra, comment = fields[8:13]
        place = fields[16]
        at += _ENTRY.size
        name = directory[at : at + named].decode("utf-8", "replace")
        wide = _wide_sizes(directory[at + named : at + named + extra])
        if unpacked == _WIDE and wide:
            unpacked = wide.pop(0)
        if packed == _WIDE and wide:
            packed = wide.pop(0)
        if place == _WIDE and wide:
            place = wide.pop(0)
        found.append(_Entry(name, packed, unpacked, place, fields[4], bool(fields[3] & _ENCRYPTED)))
        at += named + extra + comment
    return found


def _wide_sizes(extra: bytes) -> list[int]:
    """The sizes that did not fit (APPNOTE.TXT, section 4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            usable = extra[at + 4 : at + 4 + length]
            return [int.from_bytes(usable[i : i + 8], "little") for i in range(0, len(usable) - 7, 8)]
        at += 4 + length
    return []


def _harm_of(entries: Sequence[_Entry], size: int) -> str | None:
    """What no decent archive has."""
    unpacked = sum(entry.unpacked for entry in entries)
    deflated = sum(entry.unpacked for entry in entries if entry.method in {_STORED, _DEFLATED})
    if sum(entry.packed for entry in entries) > size or deflated > _MOST_DEFLATED * size:
        return f"has entries that overlap, or lie: {unpacked:,} bytes cannot come of it; it is a bomb"
    if unpacked > _BOMB[0] and unpacked > _BOMB[1] * size:
        return f"would have {unpacked:,} bytes when unpacked, {unpacked // size:,} times its size: it is a bomb"
    outside = next((entry.name for entry in entries if leaves(entry.name)), None)
    return None if outside is None else f"has an entry that would be put outside of its folder: {outside!r:.60}"


def _flaw_of(entries: Sequence[_Entry], size: int) -> str | None:
    """What may be meant."""
    unpacked = sum(entry.unpacked for entry in entries)
    if unpacked > _LARGE[0] and unpacked > _LARGE[1] * size:
        return f"would have {unpacked:,} bytes when unpacked, {unpacked // size:,} times its size"
    rooted = next((entry.name for entry in entries if from_root(entry.name)), None)
    return None if rooted is None else f"has an entry whose name begins with a slash: {rooted!r:.60}"


def leaves(name: str) -> bool:
    """Whether an archive's entry of that name would be put outside of the folder that it is unpacked in.

    A slash in front does not do it: what unpacks takes it away.
    """
    path = name.replace("\\", "/").lstrip("/")
    if _DRIVE.match(path):
        return True
    depth = 0
    for part in path.split("/"):
        depth += -1 if part == ".." else part not in {"", "."}
        if depth < 0:
            return True
    return False


def from_root(name: str) -> bool:
    """Whether that name begins as one from the root of everything does."""
    return name.startswith(("/", "\\"))


def _told_of(start: Start, entries: Sequence[_Entry], moved: int) -> Format:
    names = [entry.name for entry in entries]
    if any(name.endswith("/data.pkl") for name in names):
        return unsafe("torch", "is a zip archive with a pickle, data.pkl; loading it executes what that says")
    if held := next((name for name in names if has_pickle_suffix(name)), ""):
        return unsafe("zip", f"is a zip archive with a pickle, {held!r:.60}")
    keras = {"config.json", "model.weights.h5"} <= set(names)
    if held := next((name for name in names if is_unsafe_inside(name) and not (keras and name in _OF_KERAS)), ""):
        return unsafe("zip", f"is a zip archive with code, or what may hold code, {held!r:.60}")
    if keras:
        return safe("keras", "is a zip archive with Keras' files; code in it is refused by `safe_mode`")
    kind = "npz" if names and all(name.endswith(".npy") for name in names) else "zip"
    why = _executed_in(start, entries, moved)
    said = "is a zip archive" + (" of NumPy's arrays" if kind == "npz" else "")
    return unsafe(kind, f"{said}; {why}") if why else safe(kind, said)


def _executed_in(start: Start, entries: Sequence[_Entry], moved: int) -> str | None:
    """Why loading what is in it may execute something, or why that is not known."""
    files = [entry for entry in entries if entry.unpacked or entry.packed]
    if len(files) > _MOST_LOOKED_AT:
        return f"of its {len(files):,} entries only {_MOST_LOOKED_AT:,} would be looked at"
    try:
        return next((held for entry in files if (held := _held_in(start, entry, entry.place + moved))), None)
    except BeyondLook as beyond:
        return str(beyond)


def _held_in(start: Start, entry: _Entry, place: int) -> str | None:
    beginning = _beginning(start, entry, place)
    if beginning is None:
        return f"{entry.name!r:.60} in it cannot be looked at"
    held = executed((entry.name,), beginning, max(entry.packed, entry.unpacked), start.work)
    return f"in it is {held}" if held else None


def _beginning(start: Start, entry: _Entry, place: int) -> bytes | None:
    """The first bytes of an entry; None where they are not what the directory says, or cannot be read."""
    if place < 0 or entry.encrypted or entry.method not in {_STORED, _DEFLATED}:
        return None
    named = len(entry.name.encode())
    data = start.read(place, _LOCAL.size + 2 * named + _EXTRA + INNER_BYTES)
    if len(data) < _LOCAL.size or data[:4] != b"PK\x03\x04":
        return None
    *_, method, _time, _date, _crc, _packed, _unpacked, name, extra = _LOCAL.unpack_from(data)
    at = _LOCAL.size + name + extra
    if method != entry.method or data[_LOCAL.size : _LOCAL.size + name].decode("utf-8", "replace") != entry.name:
        return None
    if at + min(entry.packed, INNER_BYTES) > len(data):
        data, at = start.read(place + at, min(entry.packed, INNER_BYTES)), 0
    packed = data[at : at + min(entry.packed, INNER_BYTES)]
    return packed if method == _STORED else _inflated(packed)


def _inflated(packed: bytes) -> bytes | None:
    try:
        return zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(packed, INNER_BYTES)
    except zlib.error:
        return None
