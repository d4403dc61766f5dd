"""Formats of weights that hold numbers and nothing to execute: safetensors, GGUF, ONNX, NumPy's arrays, HDF5."""

import ast
import json
import re
import struct
from typing import Any, cast

import orjson

from app.artifacts.formats.format import HEAD_BYTES, Format, Start, safe, unsafe

_LONGEST_HEADER = 100_000_000
"""Of safetensors, in bytes (safetensors, Format)."""

_PARSED_HEADER = 8 * 1024 * 1024
"""The longest that is parsed here: enough for 80,000 tensors."""

_SHORTEST = 9
_SHORT = "ends before its header does: it is cut short"
_OF_TENSOR = frozenset({"dtype", "shape", "data_offsets"})
_KEYS_OF_TENSOR = tuple(f'"{key}"'.encode() for key in _OF_TENSOR)

_MISPLACED = "has a tensor that is not where, or not as large as, its header says"
_LARGEST_NUMBER = 2**64 - 1
_MOST_DIMENSIONS = 64
"""As many as NumPy and PyTorch take."""

_UNKNOWN = -1

_WIDTHS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 1),
}
"""Bytes of one element; types that are not here, among them those of less than a byte, are not multiplied out."""

_GGUF_VERSIONS = (1, 2, 3)
_GGUF_LEAST_PAIR = 8 + 1 + 4 + 1
"""Bytes of a key and its value: the key's length and a letter of it, the type, a byte (GGUF, File structure)."""

_GGUF_LEAST_TENSOR = 8 + 1 + 4 + 4 + 8
_GGUF_HEADER = 24

_ONNX_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
"""The fields of a ModelProto (onnx.proto)."""

_ONNX_GRAPH = 7
_ONNX_NEWEST = 1000
"""An `ir_version` is a small number; anything else is not ONNX."""

_ONNX_MOST_FIELDS = 256
_VARINT_BYTES = 10
_NUMPY_LONGEST_HEADER = 64 * 1024
_NUMPY_PLAIN = re.compile(r"[<>|=]?[biufcmMSUVa?][0-9]*(\[[0-9A-Za-z]+\])?", re.ASCII)
"""Types of numbers, times, texts and plain bytes."""

NUMPY = b"\x93NUMPY"
_HDF5 = b"\x89HDF\r\n\x1a\n"


class _NoNumber(Exception):
    """What has to be a whole number of 64 bits, and is none."""


def safetensors(start: Start) -> Format | None:
    """Whether it is one, and whole: every byte after the header belongs to one tensor (safetensors, Format)."""
    named = start.path.endswith(".safetensors")
    if named and start.size <= _SHORTEST:
        return safe("safetensors", "is called so", _SHORT, unfit=True)
    if start.head[8:9] != b"{":
        return None
    length = int.from_bytes(start.head[:8], "little")
    why = "begins with the length of a JSON header"
    if not 2 <= length <= _LONGEST_HEADER:  # noqa: PLR2004 - `{}`
        return safe("safetensors", why, f"says that its header has {length:,} bytes", unfit=True) if named else None
    if 8 + length > start.size:
        return safe("safetensors", why, _SHORT, unfit=True) if named or _names_tensor(start.head[8:]) else None
    if length > _PARSED_HEADER:
        long = named or _names_tensor(start.head[8:])
        return safe("safetensors", f"{why}, which is too long to be looked into") if long else None
    header = start.read(8, length)
    flaw = _flaw_of_header(header, start.size - 8 - length)
    return safe("safetensors", why, flaw, unfit=True) if flaw is None or named or _has_tensor(header) else None


def _has_tensor(header: bytes) -> bool:
    """Whether one is in a header: others begin their files with the length of JSON, too."""
    try:
        members = orjson.loads(header).values()
    except (ValueError, AttributeError, RecursionError):
        return _names_tensor(header[:HEAD_BYTES])
    return any(isinstance(each, dict) and cast("dict[str, Any]", each).keys() >= _OF_TENSOR for each in members)


def _names_tensor(header: bytes) -> bool:
    """The same of one that is cut short, or cannot be parsed."""
    depth, before = 0, b""
    for part in header.split(b"{"):
        member = depth == 2 and before.rstrip().endswith(b":")  # noqa: PLR2004 - within the first
        if member and all(key in part.partition(b"}")[0] for key in _KEYS_OF_TENSOR):
            return True
        depth, before = depth - part.count(b"}") + 1, part
    return False


def _flaw_of_header(text: bytes, size: int) -> str | None:
    try:
        orjson.loads(text)  # which is strict
        header = json.loads(text, object_pairs_hook=_without_twins)
        return _flaw_of_tensors(header, size)
    except _NoNumber:
        return _MISPLACED
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return "has a header that cannot be read"


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def _flaw_of_tensors(header: dict[str, Any], size: int) -> str | None:
    about: dict[str, Any] | None = header.pop("__metadata__", None)
    if about is not None and not all(isinstance(each, str) for each in about.values()):
        return "has a header that cannot be read"
    tensors = sorted((*_offsets(tensor), _tensor_bytes(tensor)) for tensor in header.values())
    end = 0
    for begin, until, expected in tensors:
        if begin != end or until < begin or expected not in (_UNKNOWN, until - begin):
            return _MISPLACED
        end = until
    if end > size:
        return f"ends {end - size:,} bytes before its last tensor does: it is cut short"
    return f"has {size - end:,} bytes that belong to no tensor" if end < size else None


def _offsets(tensor: dict[str, Any]) -> tuple[int, int]:
    begin, until = map(_number, tensor["data_offsets"])
    return begin, until


def _number(value: Any) -> int:
    """The same, if it is a number that a header may have.

    Raises:
        _NoNumber: it is none.
    """
    if type(value) is not int or not 0 <= value <= _LARGEST_NUMBER:
        raise _NoNumber
    return value


def _tensor_bytes(tensor: dict[str, Any]) -> int:
    """How many bytes it must have; `_UNKNOWN` where its type is not known.

    Raises:
        ValueError: its shape is none, or one that nothing can load.
    """
    shape, width = tensor["shape"], _WIDTHS.get(tensor["dtype"])
    if not isinstance(shape, list) or len(cast("list[Any]", shape)) > _MOST_DIMENSIONS:
        raise ValueError("no shape")
    elements = 1
    for each in cast("list[Any]", shape):
        elements = _number(elements * _number(each))
    return _UNKNOWN if width is None else width * elements


def gguf(start: Start) -> Format | None:
    """Whether it is one: magic, version, and counts that such a file can hold (GGUF, File structure)."""
    if start.head[:4] != b"GGUF":
        return None
    why = "begins with GGUF"
    if len(start.head) < _GGUF_HEADER:
        return safe("gguf", why, "ends before its header does: it is cut short")
    order = "<" if struct.unpack("<I", start.head[4:8])[0] in _GGUF_VERSIONS else ">"
    (version,) = struct.unpack(f"{order}I", start.head[4:8])
    if version not in _GGUF_VERSIONS:
        return safe("gguf", why, "is of a version that is not known")
    counts = struct.unpack(f"{order}II", start.head[8:16]) if version == 1 else _counts(start.head, order)
    least = _GGUF_HEADER + counts[0] * _GGUF_LEAST_TENSOR + counts[1] * _GGUF_LEAST_PAIR
    return safe("gguf", why, "is too short for what it says it holds: it is cut short" if least > start.size else None)


def _counts(head: bytes, order: str) -> tuple[int, int]:
    tensors, pairs = struct.unpack(f"{order}QQ", head[8:24])
    return tensors, pairs


def onnx(start: Start) -> Format | None:
    """Whether it is one: a protobuf message of the fields of a ModelProto only, that ends where the file does."""
    if start.head[:1] != b"\x08":  # the field `ir_version`, which comes first
        return None
    place, seen = 0, set[int]()
    for _ in range(_ONNX_MOST_FIELDS):
        if place >= start.size:
            break
        field, place = _field(start, place)
        if field not in _ONNX_FIELDS:
            return None
        seen.add(field)
    if _ONNX_GRAPH not in seen:
        return None
    flaw = "ends before its last field does: it is cut short" if place > start.size else None
    return safe("onnx", "is a protobuf message with the fields of an ONNX model", flaw)


def _field(start: Start, place: int) -> tuple[int, int]:
    """The number of the field there, 0 where it is none, and where the next begins (Protocol Buffers, Encoding)."""
    data = start.read(place, 2 * _VARINT_BYTES)
    tag, used = _varint(data, 0)
    number, wire = tag >> 3, tag & 7
    value, end = _varint(data, used)
    if not used or not end or wire not in (0, 2):
        return 0, place
    if number == 1 and (wire or value > _ONNX_NEWEST):
        return 0, place
    return number, place + end + (value if wire else 0)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number there, and where it ends; 0 for both where there is none."""
    value = 0
    for index, byte in enumerate(data[at : at + _VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no high bit
            return value, at + index + 1
    return 0, 0


def numpy_array(start: Start) -> Format | None:
    """Whether it is one; one of objects holds a pickle (NumPy, npy format)."""
    return array(start.head)


def array(head: bytes) -> Format | None:
    """The same by the first bytes alone."""
    if head[:6] != NUMPY:
        return None
    why = "begins with \\x93NUMPY"
    first, length = array_header(head)
    try:
        header = _dictionary(head[first : first + length] if length <= _NUMPY_LONGEST_HEADER else b"")
        objects = _holds_objects(header["descr"])
    except (ValueError, SyntaxError, LookupError, TypeError, MemoryError, RecursionError):
        return unsafe("npy", f"{why}; whether it holds objects cannot be told", "has a header that cannot be read")
    if objects:
        return unsafe("npy", f"{why}; its objects are pickled, and unpickling executes what they say")
    return safe("npy", why)


def array_header(head: bytes) -> tuple[int, int]:
    """Where the description of an array begins, and how long it says it is."""
    first = 10 if head[6:7] == b"\x01" else 12
    return first, int.from_bytes(head[8:first], "little")


def _holds_objects(kind: Any) -> bool:
    """Whether a type of NumPy's may be, or have within it, that of any object: `|O`, or `object`."""
    if isinstance(kind, str):
        return _NUMPY_PLAIN.fullmatch(kind) is None
    if isinstance(kind, tuple):
        return _holds_objects(cast("tuple[Any, ...]", kind)[0])  # then its shape
    fields = cast("list[tuple[Any, ...]]", kind)  # of a name, a type, and perhaps a shape
    return any(_holds_objects(field[1]) for field in fields)


def _dictionary(text: bytes) -> dict[str, Any]:
    value = ast.literal_eval(text.decode("latin-1").strip())
    if not isinstance(value, dict):
        raise TypeError("no dictionary")
    return cast("dict[str, Any]", value)


def hdf5(start: Start) -> Format | None:
    """Whether it is one (HDF5, Format signature and superblock: at 0, 512, 1,024 and so on)."""
    if not any(start.head.startswith(_HDF5, at) for at in (0, 512, 1024, 2048)):
        return None
    if start.path.endswith((".h5", ".keras", ".hdf5")):
        return unsafe("hdf5", "has the signature of HDF5; code in a Keras model in it is executed when it is loaded")
    return safe("hdf5", "has the signature of HDF5")
