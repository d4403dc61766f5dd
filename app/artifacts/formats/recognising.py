"""From the first bytes of a file, and where they point, to what it is."""

import codecs
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import PurePosixPath

import orjson

from app.artifacts.content import Span
from app.artifacts.formats import archives, pickles, tensors
from app.artifacts.formats.format import HEAD_BYTES, Format, Read, Start, safe, unsafe
from app.artifacts.store import ArtifactStore

_NATIVE = (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf")
_UTF8 = codecs.getincrementaldecoder("utf-8")
_SCRIPTS = frozenset({".js", ".pl", ".ps1", ".py", ".pyc", ".r", ".rb", ".sh"})
_EXPECTED = {
    ".gguf": {"gguf"},
    ".h5": {"hdf5"},
    ".hdf5": {"hdf5"},
    ".json": {"json"},
    ".keras": {"keras", "hdf5"},
    ".npy": {"npy"},
    ".npz": {"npz"},
    ".onnx": {"onnx"},
    ".safetensors": {"safetensors"},
    ".tar": {"tar"},
    ".zip": {"zip"},
}
"""What a name promises. What keeps it not is called so by mistake, or to get past somebody."""


async def recognise(read: Read, size: int, path: str = "") -> Format:
    """What a file is. At most a few MiB of it are read, in at most a few hundred pieces.

    Args:
        read: reads a stretch of it.
        size: of all of it, in bytes.
        path: what it is called; a name can make a file unsafe, never safe.
    """
    if not size:
        return safe("empty", "has no bytes")
    head = await read(0, min(HEAD_BYTES, size))
    start = Start(head, size, path.lower(), read)
    for each in _FORMATS:
        if (found := await each(start)) is not None:
            return _as_named(found, start.path)
    return _as_named(safe("unknown", "begins like nothing that is known here"), start.path)


async def recognise_held(store: ArtifactStore, sha256: str, size: int, path: str = "") -> Format:
    """What the bytes are that a store holds under a digest.

    Raises:
        ArtifactMissing: it holds none.
    """

    async def read(first: int, count: int) -> bytes:
        return b"".join([chunk async for chunk in store.read(sha256, Span(first, count))]) if count else b""

    return await recognise(read, size, path)


def _as_named(found: Format, path: str) -> Format:
    suffix = PurePosixPath(path).suffix
    if found.flaw is None and found.name not in _EXPECTED.get(suffix, {found.name}):
        found = replace(found, flaw=f"is called {suffix}, and is none")
    if pickles.has_pickle_suffix(path) and not found.unsafe:
        found = replace(found, unsafe=True, why=f"{found.why}; it is called as pickles are, and {pickles.WHY}")
    return found


async def _code(start: Start) -> Format | None:
    if start.head.startswith(_NATIVE):
        return unsafe("native code", "begins as a program or a library does; loading it executes it")
    if start.head.startswith(b"#!") or PurePosixPath(start.path).suffix in _SCRIPTS:
        return unsafe("script", "is a script; loading it executes it")
    return None


async def _serialised_java(start: Start) -> Format | None:
    if start.head.startswith(b"\xac\xed\x00\x05"):
        return unsafe("java objects", "begins as serialised Java objects do; reading them may execute what they say")
    return None


async def _text(start: Start) -> Format | None:
    try:
        # A letter may be cut at the end of what was read.
        text = _UTF8().decode(start.head, final=start.size == len(start.head))
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return safe("text", "is text in UTF-8")
    return safe("json", "begins as JSON does", _flaw_of_json(start))


def _flaw_of_json(start: Start) -> str | None:
    if start.size > len(start.head):
        return None  # it is not read to its end
    try:
        orjson.loads(start.head)
    except (ValueError, RecursionError):
        return "is no JSON, though it begins so"
    return None


_FORMATS: tuple[Callable[[Start], Awaitable[Format | None]], ...] = (
    tensors.gguf,
    tensors.numpy_array,
    tensors.hdf5,
    archives.zip_archive,
    pickles.pickle,
    _code,
    _serialised_java,
    archives.tar_archive,
    archives.compressed,
    tensors.safetensors,
    tensors.onnx,
    _text,
)
"""In this order: what executes is told before what may look like it."""
