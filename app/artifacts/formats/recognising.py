"""From the first bytes of a file, and where they point, to what it is.

A name or what is in it can make a file unsafe; what could not be looked through counts as unsafe where its format can
hold code.
"""

import codecs
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import orjson
import structlog

from app.artifacts.formats import compressed, pickles, tars, tensors, zips
from app.artifacts.formats.format import HEAD_BYTES, BeyondLook, Format, Read, Start, safe, suffix_of, unsafe
from app.artifacts.formats.held import JAVA, NATIVE
from app.artifacts.formats.names import SCRIPTS, has_pickle_suffix, is_unsafe_by_name

_UTF8 = codecs.getincrementaldecoder("utf-8")
_BOM = codecs.BOM_UTF8
_ARCHIVES = frozenset({".keras", ".npz", ".tar", ".zip"})
_LOOKED_THROUGH = frozenset({"bzip2", "empty", "gzip", "hdf5", "keras", "npz", "tar", "xz", "zip", "zlib"})


def recognise(read: Read, size: int, path: str = "") -> Format:
    """What a file is. At most some tens of MiB of it are read, in at most a thousand pieces or two; it blocks for it.

    Nothing that is in a file makes it fail: what cannot be looked at has a flaw, and counts as unsafe. Nor does it
    take longer than some seconds: after `MOST_WORK` steps for all that is in it, what was not seen counts as unsafe.
    A flaw is one of the bytes, which others see under other names: it does not say what they are called.

    Args:
        read: reads a stretch of it; what it raises is raised.
        size: of all of it, in bytes.
        path: what it is called; a name can make a file unsafe, never safe.
    """
    reading = _Reading(read)
    try:
        return _recognise(reading, size, path.lower())
    except BeyondLook as beyond:
        return unsafe("unknown", f"cannot be told: {beyond}")
    except Exception as error:  # noqa: BLE001 - what nobody thought of must not keep an upload from ending
        if reading.failed is not None:
            raise reading.failed from None
        structlog.get_logger("pedigree.artifacts").warning("format not told", error=repr(error), exc_info=True)
        return unsafe("unknown", f"cannot be looked at: {type(error).__name__}", "cannot be looked at")


class _Reading:
    """Reads, and keeps what that failed with: it is no fault of the file."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.failed: Exception | None = None

    def __call__(self, first: int, count: int) -> bytes:
        try:
            return self._read(first, count)
        except Exception as error:
            self.failed = error
            raise


def _recognise(read: Read, size: int, path: str) -> Format:
    if not size:
        return _as_named(safe("empty", "has no bytes"), path)
    start = Start(read(0, min(HEAD_BYTES, size)), size, path, read)
    for each in _FORMATS:
        if (found := each(start)) is not None:
            return _as_named(found, path)
    return _as_named(safe("unknown", "begins like nothing that is known here"), path)


def _as_named(found: Format, path: str) -> Format:
    suffix = suffix_of(path)
    if found.unsafe:
        return found
    if has_pickle_suffix(path):
        return replace(found, unsafe=True, why=f"{found.why}; it is called as pickles are, and {pickles.WHY}")
    if is_unsafe_by_name(path, found.name):
        return replace(found, unsafe=True, why=f"{found.why}; it is called as what executes when it is loaded")
    if suffix in _ARCHIVES and found.name not in _LOOKED_THROUGH:
        return replace(found, unsafe=True, why=f"{found.why}; what an archive of that name holds cannot be told")
    return found


def _code(start: Start) -> Format | None:
    if start.head.startswith(NATIVE):
        return unsafe("native code", "begins as a program or a library does; loading it executes it")
    if start.head.startswith(b"#!") or suffix_of(start.path) in SCRIPTS:
        return unsafe("script", "is a script; loading it executes it")
    return None


def _serialised_java(start: Start) -> Format | None:
    if start.head.startswith(JAVA):
        return unsafe("java objects", "begins as serialised Java objects do; reading them may execute what they say")
    return None


def _text(start: Start) -> Format | None:
    try:
        # A letter may be cut at the end of what was read.
        text = _UTF8().decode(start.head, final=start.whole)
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    return _json(start, text) or safe("text", "is text in UTF-8")


def _json(start: Start, text: str) -> Format | None:
    """Whether it is JSON. Other texts begin so, too: only one that is called so is taken for broken."""
    named = suffix_of(start.path) == ".json"
    opens = text.lstrip("\ufeff \t\r\n").startswith(("{", "["))
    if start.whole and (named or opens) and _is_json(start.head.removeprefix(_BOM)):
        return safe("json", "is JSON")
    if named and opens:
        return safe("json", "begins as JSON does", "is no JSON, though it begins so" if start.whole else None)
    return None


def _is_json(data: bytes) -> bool:
    """Whether it can be parsed, strictly or as Python does, which writes `NaN` and `Infinity`."""
    for parse in (orjson.loads, json.loads):
        with suppress(ValueError, RecursionError):
            parse(data)
            return True
    return False


_FORMATS: tuple[Callable[[Start], Format | None], ...] = (
    pickles.calling,
    tensors.gguf,
    tensors.numpy_array,
    tensors.hdf5,
    zips.zip_archive,
    compressed.compressed,
    pickles.pickle,
    _code,
    _serialised_java,
    tars.tar_archive,
    tensors.safetensors,
    tensors.onnx,
    zips.appended,
    _text,
)
"""In this order: what executes is told before what may look like it."""
