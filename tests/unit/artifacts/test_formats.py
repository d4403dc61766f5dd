"""What a file is, told without loading it: real forms of each format, whole, cut short, and meant to harm."""

import bz2
import gzip
import json
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.artifacts.formats import pickles
from app.artifacts.formats.format import HEAD_BYTES
from app.artifacts.formats.recognising import recognise
from tests.unit.artifacts.files import archive, bomb, declaring, gguf, npy, onnx, safetensors, tar, told


class Bomb:
    """What would leave a mark if anybody unpickled it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.mark),)


SAFE = (
    ("safetensors", safetensors()),
    ("safetensors", safetensors({"empty": ("F32", [0], 0), "odd": ("F4", [3], 2)})),
    ("gguf", gguf()),
    ("gguf", gguf(order=">")),
    ("onnx", onnx()),
    ("npy", npy()),
    ("npy", npy(version=2)),
    ("npy", npy("[('Open', '<f8'), ('High', [('Other', '<i4', (2,))])]")),
    ("hdf5", b"\x89HDF\r\n\x1a\n" + b"\0" * 100),
    ("hdf5", b"\0" * 512 + b"\x89HDF\r\n\x1a\n"),
    ("npz", archive({"a.npy": npy(), "b.npy": npy()})),
    ("keras", archive({"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": b"x"})),
    ("zip", archive({"a.txt": b"x"})),
    ("zip", archive({})),
    ("tar", tar({"a.txt": b"x" * 1000, "b/c": b""})),
    ("tar", tar({"a.txt": b"x"}, tarfile.GNU_FORMAT)),
    ("gzip", gzip.compress(b"hello")),
    ("bzip2", bz2.compress(b"hello")),
    ("xz", lzma.compress(b"hello")),
    ("zlib", zlib.compress(b"hello")),
    ("json", b'\n {"a": [1, 2]}'),
    ("text", "größer\n".encode() * 20_000),
    ("unknown", b"\x00\x01\x02\xff" * 10),
    ("empty", b""),
)


@pytest.mark.parametrize(("name", "data"), SAFE, ids=lambda value: value if isinstance(value, str) else "")
async def test_what_holds_nothing_to_execute(name: str, data: bytes) -> None:
    found = told(data)
    assert (found.name, found.unsafe, found.flaw) == (name, False, None)
    assert found.why


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("large", (False, True), ids=("small", "large"))
async def test_a_pickle_is_marked_and_never_opened(tmp_path: Path, protocol: int, *, large: bool) -> None:
    padding = b"x" * 3 * HEAD_BYTES if large else b""
    data = pickle.dumps([Bomb(tmp_path / "mark"), padding], protocol=protocol)
    shapes = {
        "pickle": data,
        "gzip": gzip.compress(data),
        "zlib": zlib.compress(data),
        "bzip2": bz2.compress(data),
        "xz": lzma.compress(data),
        "torch": archive({"model/data.pkl": data, "model/version": b"3"}),
        "zip": archive({"a.txt": b"", "b.pkl": data}, zipfile.ZIP_DEFLATED),
        "tar": tar({"a.txt": b"x", "pickle.pt": data}),
    }
    for name, shape in shapes.items():
        found = told(shape)
        assert (found.name, found.unsafe) == (name, True)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("first", ("arrays", "bytes"))
async def test_a_pickle_whose_first_step_is_large(first: str) -> None:
    value = b"x" * 3 * HEAD_BYTES if first == "bytes" else list(range(100_000))
    assert (told(pickle.dumps(value, protocol=4))).unsafe


async def test_a_pickle_may_be_followed_by_anything(tmp_path: Path) -> None:
    for protocol in (0, 2, 5):
        data = pickle.dumps(Bomb(tmp_path / "mark"), protocol=protocol)
        assert (told(data + b"\nand so on")).unsafe


@pytest.mark.parametrize(
    ("name", "data"),
    (
        ("npy", npy("'|O'")),
        ("npy", npy("[('a', '<f8'), ('b', '|O')]")),
        ("npy", npy("[('a', [('b', 'O', (2,))])]")),
        ("npy", npy("3")),
        ("npy", b"\x93NUMPY\x01\x00\x76\x00{'descr': __import__('os')"),
        ("native code", b"\x7fELF" + b"\0" * 20),
        ("script", b"#!/bin/sh\n"),
        ("java objects", b"\xac\xed\x00\x05sr"),
        ("zip", archive({"lib/a.so": b"", "MAR-INF/MANIFEST.json": b"{}"})),
        ("tar", tar({"handler.py": b""})),
    ),
)
async def test_other_things_that_execute(name: str, data: bytes) -> None:
    found = told(data)
    assert (found.name, found.unsafe) == (name, True)


@pytest.mark.parametrize("path", ("a.pkl", "A.PT", "b/c.joblib", "d.ckpt", "e.pickle"))
async def test_a_name_makes_unsafe_whatever_is_in_it(path: str) -> None:
    for data in (b"text", b"\0\1\2", gzip.compress(b"x"), safetensors()):
        assert (told(data, path)).unsafe


async def test_a_name_never_makes_safe() -> None:
    for path in ("model.safetensors", "config.json", "model.onnx", "README.md"):
        found = told(pickle.dumps({"a": 1}), path)
        assert found.unsafe
        assert found.flaw is None
    assert (told(b"print()", "modeling.py")).unsafe


@pytest.mark.parametrize("path", ("a.safetensors", "a.gguf", "a.onnx", "a.npy", "a.json", "a.zip", "a.h5"))
async def test_what_bytes_are_called_is_no_flaw_of_theirs(path: str) -> None:
    assert (told(b"something else", path)).flaw is None


@pytest.mark.parametrize(
    ("data", "flaw"),
    (
        (safetensors()[:-1], "1 bytes before its last tensor"),
        (safetensors()[:100], "before its header"),
        (safetensors(spare=b"!"), "belong to no tensor"),
        (safetensors({"w": ("F32", [2, 3], 20)}), "not as large"),
        (safetensors({"w": ("F32", [-2, 3], -24)}), "not as large"),
        (
            safetensors(header=b'{"w": {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}}', spare=b"1234"),
            "not where",
        ),
        (safetensors(header=b'{"w": [1, 2'), "cannot be read"),
        (safetensors(header=b'{"w": {"dtype": "F32", "shape": [1]}}'), "cannot be read"),
        (safetensors(header=b'{"w": 3}'), "cannot be read"),
        (safetensors(header=b"{" * 5000), "cannot be read"),
    ),
)
async def test_a_safetensors_file_that_is_none(data: bytes, flaw: str) -> None:
    found = told(data, "model.safetensors")
    assert found.name == "safetensors"
    assert flaw in (found.flaw or "")


@pytest.mark.parametrize("length", (100_000_001, 2**63, 2**64 - 1, 0))
async def test_a_header_that_would_fill_the_memory_is_not_read(length: int) -> None:
    found = told(struct.pack("<Q", length) + b'{"a":1}', "a.safetensors")
    assert (found.name, found.flaw is None) == ("safetensors", False)


async def test_a_header_that_is_longer_than_any_may_be_is_not_asked_for() -> None:
    asked: list[int] = []

    def read(first: int, count: int) -> bytes:
        asked.append(count)
        return (struct.pack("<Q", 100_000_001) + b'{"a":1}')[first : first + count]

    found = recognise(read, 2**40, "a.safetensors")
    assert "says that its header has 100,000,001 bytes" in (found.flaw or "")
    assert max(asked) == HEAD_BYTES


@pytest.mark.parametrize("low", (0x280, 0x380, 0x480, 0x580))
async def test_the_length_of_a_header_is_not_taken_for_a_pickle(low: int) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode().ljust(low)
    found = told(safetensors(header=header, spare=b"1234"))
    assert (found.name, found.unsafe, found.flaw) == ("safetensors", False, None)


@pytest.mark.parametrize(
    ("data", "flaw"),
    (
        (gguf()[:20], "cut short"),
        (gguf(version=9), "version"),
        (gguf(tensors=2**40), "cut short"),
        (onnx()[:-1], "cut short"),
        (onnx()[:50_000], "cut short"),
        (b"\x93NUMPY\x01\x00\x76\x00garbage", "cannot be read"),
        (archive({"a": b"x" * 1000})[:-30], "cut short"),
        (archive({"a": b"x" * 1000})[:500], "cut short"),
        (tar({"a.txt": b"x" * 5000})[:3000], "cut short"),
        (gzip.compress(b"x" * 100, mtime=0)[:5] + b"\xff" * 50, "cannot be uncompressed"),
    ),
)
async def test_what_is_broken_is_said_to_be(data: bytes, flaw: str) -> None:
    assert flaw in ((told(data)).flaw or "")


async def test_a_zip_bomb_is_told_by_its_directory() -> None:
    honest = archive({"a.bin": b"x" * 5000})
    assert (told(honest)).flaw is None
    for data in (bomb(), declaring(honest, "a.bin", unpacked=2**31), declaring(honest, "a.bin", unpacked=10_000_000)):
        assert "is a bomb" in ((told(data)).flaw or "")
        assert told(data).unfit
    overlapping = declaring(archive({"b.bin": b"x" * 5000}), "b.bin", packed=900_000)
    assert "overlap" in ((told(overlapping)).flaw or "")


async def test_a_zip_with_too_many_entries_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.artifacts.formats.zips.MOST_ENTRIES", 3)
    assert "4 entries" in ((told(archive({str(n): b"" for n in range(4)}))).flaw or "")


async def test_a_zip_with_wide_records_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    data = archive({"model/data.pkl": b"x" * 500, "model/a": b"", "model/b": b""})
    assert b"PK\x06\x06" in data
    assert (told(data)).name == "torch"
    at = data.index(b"PK\x06\x06")
    assert (told(data[:at] + b"XX" + data[at + 2 :])).flaw is not None


@pytest.mark.parametrize("entry", ("../a", "/../a", "a/../../b", "..\\a", "c:/a"))
async def test_an_entry_that_leaves_its_folder_is_a_flaw(entry: str) -> None:
    for data in (archive({entry.replace("\\", "|"): b""}).replace(b"|", b"\\"), tar({entry: b""})):
        assert "outside of its folder" in ((told(data)).flaw or "")


@given(st.binary(max_size=600), st.sampled_from([data for _, data in SAFE]), st.integers(0, 700))
async def test_nothing_that_comes_makes_it_fail(noise: bytes, data: bytes, at: int) -> None:
    for broken in (noise, data[:at] + noise + data[at:], data[:at] + noise, data[: len(data) - at]):
        found = told(broken, "a.bin")
        assert found.name
        assert found.flaw != "cannot be looked at"
        assert len(found.why) < 200


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.binary(), st.lists, max_leaves=8),
    st.integers(2, 5),
)
def test_every_pickle_is_one(value: object, protocol: int) -> None:
    data = pickle.dumps(value, protocol)
    assert pickles.is_pickle(data, size=len(data))
