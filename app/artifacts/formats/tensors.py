"""Formats of weights that hold numbers and nothing to execute: safetensors, GGUF, ONNX, NumPy's arrays, HDF5."""

import ast
import math
import struct
from typing import Any, cast

import orjson

from app.artifacts.formats.format import Format, Start, safe, unsafe

_LONGEST_HEADER = 100_000_000
"""Of safetensors, in bytes (safetensors, Format)."""

_PARSED_HEADER = 16 * 1024 * 1024
"""The longest that is parsed here: enough for 100,000 tensors."""

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
_HDF5 = b"\x89HDF\r\n\x1a\n"


async def safetensors(start: Start) -> Format | None:
    """Whether it is one, and whole: every byte after the header belongs to one tensor (safetensors, Format)."""
    if start.head[8:9] != b"{" or start.size <= 8:  # noqa: PLR2004 - the length of the header, then the header
        return None
    length = int.from_bytes(start.head[:8], "little")
    why = "begins with the length of a JSON header"
    if not 2 <= length <= _LONGEST_HEADER:  # noqa: PLR2004 - `{}`
        if not start.path.endswith(".safetensors"):
            return None
        return safe("safetensors", why, f"says that its header has {length:,} bytes")
    if 8 + length > start.size:
        return safe("safetensors", why, "ends before its header does: it is cut short")
    if length > _PARSED_HEADER:
        return safe("safetensors", f"{why}, which is too long to be looked into")
    try:
        header = orjson.loads(await start.read(8, length))
        flaw = _flaw_of_tensors(header, start.size - 8 - length)
    except (ValueError, TypeError, KeyError, RecursionError):
        flaw = "has a header that cannot be read"
    return safe("safetensors", why, flaw)


def _flaw_of_tensors(header: dict[str, Any], size: int) -> str | None:
    tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
    end = 0
    for begin, until, tensor in sorted((*_offsets(tensor), index) for index, tensor in enumerate(tensors)):
        expected = _tensor_bytes(tensors[tensor])
        if begin != end or until < begin or expected not in (None, until - begin):
            return "has a tensor that is not where, or not as large as, its header says"
        end = until
    if end > size:
        return f"ends {end - size:,} bytes before its last tensor does: it is cut short"
    return f"has {size - end:,} bytes that belong to no tensor" if end < size else None


def _offsets(tensor: dict[str, Any]) -> tuple[int, int]:
    begin, until = tensor["data_offsets"]
    return int(begin), int(until)


def _tensor_bytes(tensor: dict[str, Any]) -> int | None:
    width = _WIDTHS.get(tensor["dtype"])
    return None if width is None else width * math.prod(int(each) for each in tensor["shape"])


async def gguf(start: Start) -> Format | None:
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


async def onnx(start: Start) -> Format | None:
    """Whether it is one: a protobuf message of the fields of a ModelProto only, that ends where the file does."""
    if start.head[:1] != b"\x08":  # the field `ir_version`, which comes first
        return None
    place, seen = 0, set[int]()
    for _ in range(_ONNX_MOST_FIELDS):
        if place >= start.size:
            break
        field, place = await _field(start, place)
        if field not in _ONNX_FIELDS:
            return None
        seen.add(field)
    if _ONNX_GRAPH not in seen:
        return None
    flaw = "ends before its last field does: it is cut short" if place > start.size else None
    return safe("onnx", "is a protobuf message with the fields of an ONNX model", flaw)


async def _field(start: Start, place: int) -> tuple[int, int]:
    """The number of the field there, 0 where it is none, and where the next begins (Protocol Buffers, Encoding)."""
    data = await start.read(place, 2 * _VARINT_BYTES)
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


async def numpy_array(start: Start) -> Format | None:
    """Whether it is one; one of objects holds a pickle (NumPy, npy format)."""
    if start.head[:6] != b"\x93NUMPY":
        return None
    why = "begins with \\x93NUMPY"
    wide = start.head[6:7] != b"\x01"
    first = 12 if wide else 10
    length = int.from_bytes(start.head[8:first], "little")
    try:
        header = _dictionary(start.head[first : first + length] if length <= _NUMPY_LONGEST_HEADER else b"")
        objects = _holds_objects(header["descr"])
    except (ValueError, SyntaxError, LookupError, TypeError, MemoryError, RecursionError):
        return unsafe("npy", f"{why}; whether it holds objects cannot be told", "has a header that cannot be read")
    if objects:
        return unsafe("npy", f"{why}; its objects are pickled, and unpickling executes what they say")
    return safe("npy", why)


def _holds_objects(kind: Any) -> bool:
    """Whether a type of NumPy's is, or has within it, that of any object: `|O`."""
    if isinstance(kind, str):
        return "O" in kind
    fields = cast("list[tuple[Any, ...]]", kind)  # of a name, a type, and perhaps a shape
    return any(_holds_objects(field[1]) for field in fields)


def _dictionary(text: bytes) -> dict[str, Any]:
    value = ast.literal_eval(text.decode("latin-1").strip())
    if not isinstance(value, dict):
        raise TypeError("no dictionary")
    return cast("dict[str, Any]", value)


async def hdf5(start: Start) -> Format | None:
    """Whether it is one (HDF5, Format signature and superblock: at 0, 512, 1,024 and so on)."""
    if not any(start.head.startswith(_HDF5, at) for at in (0, 512, 1024, 2048)):
        return None
    if start.path.endswith((".h5", ".keras", ".hdf5")):
        return safe("hdf5", "has the signature of HDF5; a Keras model in it may hold code, which `safe_mode` refuses")
    return safe("hdf5", "has the signature of HDF5")
