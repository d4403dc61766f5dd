"""What executes when it is loaded, and looks as if it did not; and what looks so, and does not."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib

import pytest

from app.artifacts.formats import compressed
from app.artifacts.formats.format import HEAD_BYTES
from app.artifacts.formats.names import is_unsafe_by_name
from tests.unit.artifacts.files import archive, npy, onnx, safetensors, tar, told

CALL = b"cposix\nsystem\n(S'true'\ntR."
"""A pickle that would execute something."""

HDF5 = b"\x89HDF\r\n\x1a\n" + b"\0" * 100


class Bomb:
    """What would ask for something if anybody unpickled it."""

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.getenv, ("x",)


BOMB = pickle.dumps(Bomb(), 4)


def long_named(form: int) -> bytes:
    """An archive whose entry has a name that its header has no room for."""
    return tar({"a" * 120 + "/handler.py": b"x"}, form)


def at_the_end(entries: int) -> bytes:
    """One whose last entry executes."""
    return tar({**{f"{number}.txt": b"x" for number in range(entries)}, "handler.py": b"x"})


PICKLES = (
    b"\x80\x01" + CALL,
    b"\x80\x00" + CALL,
    b"I0x10\n0" + CALL,  # which loaders take for a number, and `pickletools` does not
    b"X\xff\xff\x01\x00" + b"x" * 0x1FFFF + b"0" + CALL,
    b"]\x8d" + struct.pack("<Q", 200_000) + b"x" * 200_000 + b"0" + CALL,
    b"\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
    b"}q\x00." + b"and so on",
    b"I1\n." + CALL,  # one after the other, as PyTorch's first files have them
    b"(i__main__\nBomb\n.",
    b"GGUF\x03\x00\x00\x00\x00" + b"0" + CALL,
)


@pytest.mark.parametrize("data", PICKLES, ids=lambda data: repr(data[:12]))
def test_a_pickle_however_it_begins(data: bytes) -> None:
    assert (told(data).name, told(data).unsafe) == ("pickle", True)
    assert told(data, "a.txt").unsafe
    assert told(tar({"a": data})).unsafe
    assert told(gzip.compress(data)).unsafe


def test_a_text_longer_than_is_read_is_a_pickle_where_it_is_called_so() -> None:
    data = b"S'" + b"x" * 2 * HEAD_BYTES + b"'\n0" + CALL
    for path in ("a.bin", "a.pkl", "a.pt", "a.joblib", "a.sav"):
        assert told(data, path).unsafe
    assert not told(data, "a.txt").unsafe


COMPRESSED = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zlib": zlib.compress,
}


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize(
    "inner",
    (
        tar({"model/": b"", "handler.py": b"x"}),
        tar({"a.txt": b"x" * 100_000, "model.bin": BOMB}),
        tar({"a.txt": b"x", "model.zip": b"x"}),
        archive({"a.txt": b"x"}),
        BOMB,
        b"#!/bin/sh\n",
    ),
    ids=["script", "pickle", "archive", "zip", "bare", "shell"],
)
def test_what_is_inside_of_what_is_compressed(name: str, inner: bytes) -> None:
    found = told(COMPRESSED[name](inner), "model.tar.gz")
    assert (found.name, found.unsafe) == (name, True)
    assert found.why


@pytest.mark.parametrize("name", ("gzip", "bzip2", "xz"))
def test_what_is_compressed_in_several_pieces(name: str) -> None:
    compress = COMPRESSED[name]
    assert told(compress(b"") + compress(BOMB)).unsafe
    assert told(compress(b"") + b"\0" * 8 + compress(tar({"a.py": b"x"}))).unsafe
    assert not told(compress(b"") + compress(b"hello")).unsafe
    assert told(compress(b"") * 1_100 + compress(b"hello")).unsafe, "more than are looked at"
    assert told(compress(b"hello") + b"junk").unsafe, "what is behind cannot be told"


def test_what_is_not_seen_whole_is_not_called_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    data = gzip.compress(tar({"a.txt": b"x" * 300_000, "b.txt": b"y"}))
    assert not told(data).unsafe
    monkeypatch.setattr(compressed, "MOST_BYTES", 200_000)
    found = told(data)
    assert found.unsafe
    assert "only the first 200,000 bytes are looked at" in found.why
    for cut in (gzip.compress(os.urandom(5_000))[:2_000], b"\x28\xb5\x2f\xfd" + b"x" * 50, b"7z\xbc\xaf\x27\x1c"):
        assert told(cut).unsafe


def test_a_stream_that_breaks_behind_a_pickle() -> None:
    for data in (zlib.compress(BOMB), lzma.compress(BOMB, lzma.FORMAT_ALONE)):
        assert told(data).unsafe
    assert told(zlib.compress(BOMB)[:-4] + b"junk").unsafe
    assert told(zlib.compress(BOMB) + b"junk").unsafe
    assert told(gzip.compress(BOMB)[:-6]).unsafe


@pytest.mark.parametrize(
    "data",
    (
        at_the_end(1_100),
        at_the_end(500),
        long_named(tarfile.PAX_FORMAT),
        long_named(tarfile.GNU_FORMAT),
        long_named(tarfile.USTAR_FORMAT),
        tar({"pytorch_model.bin": archive({"model/data.pkl": BOMB})}),
        tar({"a.txt": b"x"})[:1024] + b"\0" * 512 + tar({"b.py": b"x"}),
        tar({"a.txt": b"x"})[:1024] + b"?" * 512 + tar({"b.py": b"x"}),
    ),
    ids=["many", "late", "pax", "gnu", "prefix", "torch", "after a hole", "after a broken header"],
)
def test_a_tar_archive_is_looked_through(data: bytes) -> None:
    assert (told(data).name, told(data).unsafe) == ("tar", True)
    assert told(gzip.compress(data)).unsafe


def test_an_old_tar_archive_has_no_magic() -> None:
    block = bytearray(512)
    block[:4] = b"a.py"
    block[124:135] = b"00000000001"
    block[148:156] = b"%06o\0 " % (sum(block) + 8 * 32)
    assert (told(bytes(block) + b"x".ljust(512, b"\0")).name) == "tar"
    with tarfile.open(fileobj=io.BytesIO(bytes(block) + b"x".ljust(512, b"\0"))) as file:
        assert file.getnames() == ["a.py"]


@pytest.mark.parametrize("compression", (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
def test_the_entries_of_a_zip_archive_are_looked_at(compression: int) -> None:
    for entries in (
        {"a.npy": npy(), "b.npy": npy("'|O'")},
        {"a.txt": b"x" * 100_000, "model.bin": BOMB},
        {"a.txt": b"x", "inner": archive({"a.py": b"x"})},
        {"a.txt": b"x", "inner.tgz": b"x"},
        {"a.txt": b"x", "model.h5": HDF5},
    ):
        assert told(archive(entries, compression)).unsafe
        assert told(archive(entries, compression) + b"\0" * 70_000).unsafe
    for entries in ({"a.npy": npy(), "b.npy": npy()}, {"a.txt": b"x" * 100_000, "b.json": b"{}"}):
        assert not told(archive(entries, compression)).unsafe


def test_a_zip_archive_that_cannot_be_looked_through() -> None:
    good = archive({"a.txt": b"x" * 1000, "b.txt": b"y"})
    assert not told(good).unsafe
    assert told(good + b"\0" * 70_000).unsafe
    assert told(archive({f"{number}.txt": b"x" for number in range(1_001)})).unsafe
    assert told(archive({"a.txt": b"x"}, zipfile.ZIP_BZIP2)).unsafe
    assert told(good.replace(b"PK\x03\x04", b"PK\x03\x05", 2)[:4].replace(b"\x05", b"\x04") + good[4:]).name == "zip"
    assert told(good.replace(b"a.txt", b"a.tyt", 1)).unsafe, "the directory calls it something else"
    assert told(b"no archive", "a.keras").unsafe


def test_a_zip_archive_behind_something_else_is_found_as_its_readers_find_it() -> None:
    data = b"words\n" * 20_000 + archive({"a.py": b"x"})
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.namelist() == ["a.py"]
    for path in ("", "a.txt", "a.keras"):
        assert told(data, path).unsafe
    for ordinary in (b"PK\x05\x06 is how one ends", b"PK\x05\x06".ljust(22, b"\0"), b"words" + b"PK\x05\x06" * 50):
        assert not told(ordinary, "a.bin").unsafe or ordinary.startswith(b"PK")


def test_keras_older_files_execute_code() -> None:
    for path in ("model.h5", "weights/A.H5", "b.hdf5", "c.keras"):
        assert told(HDF5, path).unsafe
        assert is_unsafe_by_name(path, "hdf5")
    assert not told(HDF5, "data.nc").unsafe
    assert not is_unsafe_by_name("a.keras", "keras")


@pytest.mark.parametrize(
    "descr", ("'object'", "'object_'", "'O8'", "[('a', 'object')]", "[('a', ('|O', 2))]", "'i4,O'")
)
def test_arrays_of_objects_by_any_name(descr: str) -> None:
    assert told(npy(descr)).unsafe
    assert told(archive({"a.npy": npy(descr)})).unsafe


@pytest.mark.parametrize("descr", ("'<f8'", "'|b1'", "'<M8[ns]'", "'|S10'", "'<U5'", "'|V2'", "[('a', '<f8', (2,))]"))
def test_other_arrays(descr: str) -> None:
    assert not told(npy(descr)).unsafe


ORDINARY = {
    "vocab.txt": b"car\nperson\ntruck\ncat\ndog\n" * 5_000,
    "classes.txt": b"cat\ndog\n",
    "letters.txt": b"a" * 100_000,
    "notes.txt": b"N. Smith, (1999) [1]\n",
    "line.txt": b"Very long " * 10_000,
    "quote.txt": b"Some long text without an end " * 5_000,
    "merges.txt": "#version: 0.2\nĠ t\nĠ a\ni n\n".encode() * 5_000,
    "table.csv": b"class,count\ncat,3\n" * 10_000,
    "config.json": b'{"layers": 2}',
    "lines.jsonl": b'{"a": 1}\n' * 20_000,
    "README.md": b"# Model\n\nBest (so far).\n",
    "data.parquet": b"PAR1" + b"\x15\x04\x15\x00\x2c" * 40_000 + b"PAR1",
    "model.safetensors": safetensors(),
    "model.onnx": onnx(),
    "spiece.model": b"\x0a\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02" * 8_000,
    "image.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "weights.bin": struct.pack("<20000f", *([0.25] * 20_000)),
    "lines.jsonl.gz": gzip.compress(b'{"a": 1}\n' * 20_000),
    "texts.tar.gz": gzip.compress(tar({"a.txt": b"x" * 5_000, "b/c.json": b"{}"})),
    "b.tar.xz": lzma.compress(tar({"a.txt": b"x" * 5_000}, tarfile.GNU_FORMAT)),
    "weights.tar": tar({"model.safetensors": safetensors(), "config.json": b"{}"}),
    "arrays.npz": archive({f"{number}.npy": npy() for number in range(300)}, zipfile.ZIP_DEFLATED),
}


@pytest.mark.parametrize("path", ORDINARY)
def test_what_is_ordinary_stays_safe(path: str) -> None:
    assert not told(ORDINARY[path], path).unsafe
    assert not told(ORDINARY[path]).unsafe
    assert told(ORDINARY[path]).flaw is None


def test_a_header_of_which_the_length_begins_as_other_things_do() -> None:
    for length in (0x5D, 0x180, 0x80 + 0x100, 0x280, 0x4280, 0x6480):
        header = b'{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}'.ljust(length)
        found = told(safetensors(header=header, spare=b"1234"), "model.safetensors")
        assert (found.name, found.unsafe, found.flaw) == ("safetensors", False, None)
        assert not told(tar({"a.safetensors": safetensors(header=header, spare=b"1234")})).unsafe
