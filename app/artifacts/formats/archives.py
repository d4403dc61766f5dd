"""Archives and what is compressed: told from their directories and first bytes, never unpacked."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from app.artifacts.formats.format import Format, Start, safe, unsafe
from app.artifacts.formats.pickles import has_pickle_suffix, is_pickle

MOST_ENTRIES = 100_000
_LONGEST_DIRECTORY = 32 * 1024 * 1024
_RATIO = 200
_LARGE = 100 * 1024 * 1024
"""What is larger than this when it is unpacked, and by more than the ratio, is a bomb: weights hardly shrink."""

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LONGEST_COMMENT = 65_535
_WIDE = 0xFFFFFFFF
_MOST_HEADERS = 200
_BLOCK = 512
_INNER_BYTES = 4096
_CODE = frozenset({".dll", ".dylib", ".py", ".pyc", ".so"})


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    packed: int
    unpacked: int


class _Broken(Exception):
    """A directory that cannot be right, and why."""


async def zip_archive(start: Start) -> Format | None:
    """Whether it is one, what loaders make of it, and whether it is a bomb (APPNOTE.TXT, section 4.3)."""
    if start.head[:4] not in {b"PK\x03\x04", b"PK\x05\x06"}:
        return None
    try:
        entries = await _directory(start)
    except _Broken as broken:
        why = "begins as a zip archive does; what is in it cannot be told"
        return Format("zip", unsafe=has_pickle_suffix(start.path), flaw=str(broken), why=why)
    return _told_of(entries, _flaw_of(entries, start.size))


async def _directory(start: Start) -> Sequence[_Entry]:
    """The entries of the central directory.

    Raises:
        _Broken: there is none, or it is larger than any decent one.
    """
    tail_at = max(0, start.size - _LONGEST_COMMENT - _END.size - _LOCATOR_64.size)
    tail = await start.read(tail_at, start.size - tail_at)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + _END.size:
        raise _Broken("has no directory at its end: it is cut short")
    *_, count, length, _offset, _comment = _END.unpack_from(tail, at)
    end = tail_at + at
    if at >= _LOCATOR_64.size and tail.startswith(b"PK\x06\x07", at - _LOCATOR_64.size):
        count, length, end = await _wide(start, tail, at)
    if count > MOST_ENTRIES or length > _LONGEST_DIRECTORY:
        raise _Broken(f"has {count:,} entries: more than are looked at, and than a model needs")
    if length > end:
        raise _Broken("has a directory that is longer than the file")
    return _entries(await start.read(end - length, length), count)


async def _wide(start: Start, tail: bytes, at: int) -> tuple[int, int, int]:
    """Count, length and end of the directory, as the ZIP64 records have them."""
    _, _, place, _ = _LOCATOR_64.unpack_from(tail, at - _LOCATOR_64.size)
    record = await start.read(place, _END_64.size) if place < start.size else b""
    if len(record) < _END_64.size or record[:4] != b"PK\x06\x06":
        raise _Broken("lacks the second half of its directory's end")
    *_, count, length, _offset = _END_64.unpack(record)
    return count, length, place


def _entries(directory: bytes, count: int) -> Sequence[_Entry]:
    found: list[_Entry] = []
    at = 0
    for _ in range(count):
        if len(directory) < at + _ENTRY.size or directory[at : at + 4] != b"PK\x01\x02":
            raise _Broken("has a directory that cannot be read")
        fields = _ENTRY.unpack_from(directory, at)
        packed, unpacked, named, extra, comment = fields[8:13]
        at += _ENTRY.size
        name = directory[at : at + named].decode("utf-8", "replace")
        wide = _wide_sizes(directory[at + named : at + named + extra])
        if unpacked == _WIDE and wide:
            unpacked = wide.pop(0)
        if packed == _WIDE and wide:
            packed = wide.pop(0)
        found.append(_Entry(name, packed, unpacked))
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


def _flaw_of(entries: Sequence[_Entry], size: int) -> str | None:
    packed, unpacked = sum(entry.packed for entry in entries), sum(entry.unpacked for entry in entries)
    if packed > size:
        return "has entries that overlap: it is a bomb"
    if unpacked > _LARGE and unpacked > _RATIO * size:
        return f"would have {unpacked:,} bytes when unpacked: it is a bomb"
    return next(
        (f"has an entry that would be put outside of its folder: {e.name!r:.60}" for e in entries if leaves(e.name)),
        None,
    )


def leaves(name: str) -> bool:
    """Whether an archive's entry of that name would be put outside of the folder that it is unpacked in."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or name[1:2] == ":"


def _told_of(entries: Sequence[_Entry], flaw: str | None) -> Format:
    names = [entry.name for entry in entries]
    if any(name.endswith("/data.pkl") for name in names):
        return unsafe("torch", "is a zip archive with a pickle, data.pkl; loading it executes what that says", flaw)
    if held := next((name for name in names if has_pickle_suffix(name)), ""):
        return unsafe("zip", f"is a zip archive with a pickle, {held!r:.60}", flaw)
    if names and all(name.endswith(".npy") for name in names):
        why = "is a zip archive of NumPy's arrays; objects among them are unpickled only by who asks for it"
        return safe("npz", why, flaw)
    if {"config.json", "model.weights.h5"} <= set(names):
        return safe("keras", "is a zip archive with Keras' files; code in it is refused by `safe_mode`", flaw)
    if held := next((name for name in names if PurePosixPath(name.lower()).suffix in _CODE), ""):
        return unsafe("zip", f"is a zip archive with code, {held!r:.60}", flaw)
    return safe("zip", "is a zip archive", flaw)


async def tar_archive(start: Start) -> Format | None:
    """Whether it is one, and what its first entries are (POSIX, pax, section "ustar Interchange Format")."""
    if not is_tar(start.head):
        return None
    why, place = "has the header of a tar archive", 0
    held, flaw = "", None
    for _ in range(_MOST_HEADERS):
        block = await start.read(place, _BLOCK) if place < start.size else b""
        if len(block) < _BLOCK or not block.strip(b"\0"):
            break
        name, size = _tar_entry(block)
        held = held or (name if has_pickle_suffix(name) or PurePosixPath(name.lower()).suffix in _CODE else "")
        flaw = flaw or (f"has an entry that would be put outside of its folder: {name!r:.60}" if leaves(name) else None)
        place += _BLOCK + -(-size // _BLOCK) * _BLOCK
        if place > start.size:
            flaw = flaw or "ends before its last entry does: it is cut short"
    if held:
        return unsafe("tar", f"{why}; in it is {held!r:.60}, which executes when it is loaded", flaw)
    return safe("tar", why, flaw)


def is_tar(head: bytes) -> bool:
    """Whether a tar archive begins so."""
    return head[257:262] == b"ustar"


def _tar_entry(block: bytes) -> tuple[str, int]:
    name = block[:100].rstrip(b"\0").decode("utf-8", "replace")
    digits = block[124:136]
    if digits[0] & 0x80:  # a number of 95 bits, as GNU writes what does not fit
        return name, int.from_bytes(digits, "big") & ((1 << 95) - 1)
    try:
        return name, int(digits.strip(b" \0") or b"0", 8)
    except ValueError:
        return name, 0


async def compressed(start: Start) -> Format | None:
    """Whether it is one compressed file, and of what as far as its first bytes tell."""
    for name, magic, opened in _COMPRESSIONS:
        if not start.head.startswith(magic):
            continue
        try:
            inner = opened(start.head)
        except (zlib.error, OSError, lzma.LZMAError, ValueError):
            if name == "zlib":  # which has no magic worth the name
                continue
            return Format(name, has_pickle_suffix(start.path), "cannot be uncompressed", f"has the magic of {name}")
        if is_pickle(inner, whole=False) or has_pickle_suffix(start.path):
            return unsafe(name, f"is {name}, and a pickle inside; unpickling it executes what it says")
        return safe(name, f"is {name}, and a tar archive inside" if is_tar(inner) else f"is {name}")
    return None


def _inflated(head: bytes) -> bytes:
    return zlib.decompressobj(wbits=47).decompress(head, _INNER_BYTES)  # the header tells zlib or gzip


_Opened = Callable[[bytes], bytes]
_COMPRESSIONS: tuple[tuple[str, bytes | tuple[bytes, ...], _Opened], ...] = (
    ("gzip", b"\x1f\x8b", _inflated),
    ("bzip2", b"BZh", lambda head: bz2.BZ2Decompressor().decompress(head, _INNER_BYTES)),
    ("xz", b"\xfd7zXZ\0", lambda head: lzma.LZMADecompressor(memlimit=_LARGE).decompress(head, _INNER_BYTES)),
    ("lz4", b"\x04\x22\x4d\x18", lambda _: b""),
    ("zstandard", b"\x28\xb5\x2f\xfd", lambda _: b""),
    ("zlib", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), _inflated),
)
"""By name: the magic, and the first bytes inside; none where that needs what Python does not have."""
