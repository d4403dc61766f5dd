"""Files of many formats, made by hand or by what Python has."""

import io
import json
import os
import struct
import tarfile
import zipfile

from app.artifacts.formats.format import HEAD_BYTES, Format
from app.artifacts.formats.recognising import recognise


def told(data: bytes, path: str = "") -> Format:
    """What is told of these bytes, of which never more than a few MiB are read."""
    seen = 0

    def read(first: int, count: int) -> bytes:
        nonlocal seen
        assert first >= 0
        assert count >= 0
        seen += count
        return data[first : first + count]

    found = recognise(read, len(data), path)
    assert seen <= HEAD_BYTES + 2 * len(data)
    return found


def safetensors(
    tensors: dict[str, tuple[str, list[int], int]] | None = None, *, spare: bytes = b"", header: bytes = b""
) -> bytes:
    """A file of tensors by name: type, shape, bytes."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, (kind, shape, size) in (tensors or {"w": ("F32", [2, 3], 24), "b": ("BF16", [4], 8)}).items():
        entries[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = header or json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + b"\1" * (0 if header else at) + spare


def gguf(version: int = 3, tensors: int = 1, pairs: int = 1, order: str = "<") -> bytes:
    return b"GGUF" + struct.pack(f"{order}IQQ", version, tensors, pairs) + b"\1" * 100


def field(number: int, value: int | bytes) -> bytes:
    """One field of a protobuf message."""

    def varint(rest: int) -> bytes:
        out = bytearray()
        while rest > 127:
            out.append(rest & 127 | 128)
            rest >>= 7
        return bytes([*out, rest])

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def onnx() -> bytes:
    graph = field(2, b"graph") + field(5, os.urandom(100_000))
    return field(1, 8) + field(2, b"pytorch") + field(7, graph) + field(8, field(2, 17))


def npy(descr: str = "'<f8'", version: int = 1) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (3,), }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + b"\0" * 24


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return made.getvalue()


def declaring(data: bytes, entry: str, *, unpacked: int | None = None, packed: int | None = None) -> bytes:
    """The zip archive with other sizes in its directory."""
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(entry.encode()))
    changed = bytearray(data)
    if packed is not None:
        struct.pack_into("<L", changed, at + 20, packed)
    if unpacked is not None:
        struct.pack_into("<L", changed, at + 24, unpacked)
    return bytes(changed)


def bomb() -> bytes:
    """What a zip archive of 1.5 GiB of zeros is, but for most of its bytes: nobody unpacks it."""
    data = archive({"a.bin": os.urandom(1_600_000), "zeros.bin": b"\0" * 1_000}, zipfile.ZIP_DEFLATED)
    return declaring(data, "zeros.bin", unpacked=3 * 2**29)


def tar(entries: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as file:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            file.addfile(entry, io.BytesIO(data))
    return made.getvalue()
