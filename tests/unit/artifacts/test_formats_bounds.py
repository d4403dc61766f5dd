"""What is meant to keep a service busy, or to make it fail: bounded, and told."""

import gzip
import itertools
import json
import pickletools
import struct
import sys
import zipfile
from collections.abc import Callable
from typing import Any, SupportsIndex

import pytest

from app.artifacts.formats import pickles, tars, tensors
from app.artifacts.formats.recognising import recognise
from app.artifacts.formats.zips import leaves
from tests.unit.artifacts.files import archive, bomb, safetensors, tar, told


def calls(do: Callable[[], object]) -> int:
    """How many functions are called and left meanwhile: the same on every machine, as time is not."""
    seen = itertools.count()
    sys.setprofile(lambda *_: next(seen))
    try:
        do()
    finally:
        sys.setprofile(None)
    return next(seen)


def header(**tensors: object) -> bytes:
    """A safetensors file of that header, with four bytes after it."""
    return safetensors(header=json.dumps(tensors).encode(), spare=b"1234")


def tensor(shape: object, offsets: object = (0, 4), dtype: object = "U8") -> dict[str, object]:
    """What a header says of one."""
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def sized(field: bytes) -> bytes:
    """A tar archive whose entry has that in place of its size, under a right sum."""
    data = bytearray(tar({"a.txt": b"x" * 5}))
    data[124:136] = field
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    (
        header(w=tensor([2**64 - 1] * 60)),
        header(w=tensor([2**64, 0])),
        header(w=tensor([4] + [1] * 64)),
        header(w=tensor([-1, -4])),
        header(w=tensor([4.0])),
        header(w=tensor([True, 4])),
        header(w=tensor(["4"])),
        header(w=tensor("4")),
        header(w=tensor([4], (0, 4, 5))),
        header(w=tensor([4], ("0", "4"))),
        header(w=tensor([4], (-4, 0))),
        header(w=tensor([4], dtype=["U8"])),
        header(w=tensor([4]), __metadata__=[]),
        header(w=tensor([4]), __metadata__={"format": 1}),
        safetensors(header=b'{"w":' + json.dumps(tensor([4])).encode() + b',"w":1}', spare=b"1234"),
        safetensors(header=b'{"w":{"shape":[3],' + json.dumps(tensor([4])).encode()[1:] + b"}", spare=b"1234"),
    ),
    ids=lambda data: repr(data[8:80]),
)
def test_a_header_that_says_what_cannot_be(data: bytes) -> None:
    found = told(data, "model.safetensors")
    assert (found.name, found.unsafe, found.unfit) == ("safetensors", False, True)
    assert found.flaw is not None
    assert found.flaw.startswith("has a ")


def test_numbers_that_would_take_long_to_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    longest, number = 0, tensors._number

    def seen(value: Any) -> int:
        nonlocal longest
        longest = max(longest, value.bit_length())
        return number(value)

    monkeypatch.setattr(tensors, "_number", seen)
    many = {f"{number}": tensor([2**64 - 1] * 64) for number in range(500)}
    for data in (header(w=tensor([2**64 - 1] * 600)), header(w=tensor([2**63] * 64)), header(**many)):
        assert told(data, "model.safetensors").flaw is not None
    assert 64 < longest <= 128


def test_a_directory_of_many_long_names() -> None:
    name, count = "a/" * 160, 4_000
    data = archive({"a": b""})
    entry = data[data.rindex(b"PK\x01\x02") : data.rindex(b"PK\x05\x06")][:46]
    entry = entry[:28] + struct.pack("<H", len(name)) + entry[30:] + name.encode()
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, 31, 0)
    assert count < calls(lambda: told(data[:31] + entry * count + end)) < 120 * count  # and not for each of their parts


@pytest.mark.parametrize(
    "field",
    (
        b"-0000777777\0",
        b"+0000000005\0",
        "\u0660\u0660\u0660\u0660\u06605".encode().ljust(12, b"\0"),
        b"0_5\0".ljust(12, b"\0"),
        b"0o5\0".ljust(12, b"\0"),
        b"\xff" * 12,
        b"\xff" + b"\0" * 11,
        b"\x81" + b"\xff" * 11,
        b"\x80" + b"\xff" * 11,
        b"5\0junk".ljust(12, b"\0"),
        b"99999999999\0",
        b"77777777777\0",
    ),
)
def test_a_size_that_nothing_has(field: bytes) -> None:
    for data in (sized(field), gzip.compress(sized(field))):
        found = told(data)
        assert found.unsafe or found.flaw == "ends before its last entry does: it is cut short"
        assert found.flaw not in {None, "cannot be looked at"}


def test_sizes_as_they_are_written_elsewhere() -> None:
    for field in (b"00000000005\0", b"          5 ", b"5".ljust(12, b"\0"), b"\x80" + b"\0" * 10 + b"\5"):
        found = told(sized(field))
        assert (found.unsafe, found.flaw) == (False, None)


def test_names_longer_than_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not told(tar({"a" * 5_000: b"x"})).unsafe
    monkeypatch.setattr(tars, "_LONGEST_NAMES", 4_096)
    assert told(tar({"a" * 5_000: b"x"})).unsafe


def test_what_nobody_thought_of_ends_no_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(tars, "is_tar", fail)
    found = told(b"\0" * 600)
    assert (found.name, found.unsafe, found.flaw) == ("unknown", True, "cannot be looked at")


def test_what_reading_fails_with_is_no_fault_of_the_file() -> None:
    def read(first: int, count: int) -> bytes:
        if first:
            raise ConnectionError("the store is gone")
        return archive({"a.txt": b"x"})[:count].ljust(count, b"\0")

    with pytest.raises(ConnectionError, match="gone"):
        recognise(read, 10_000_000)


@pytest.mark.parametrize(
    ("data", "unfit"),
    (
        (safetensors()[:-1], True),
        (safetensors()[:100], True),
        (archive({"../a": b"x"}), True),
        (tar({"../a": b"x"}), True),
        (gzip.compress(tar({"a.txt": b"x", "../b": b"x"})), True),
        (bomb(), True),
        (archive({"zeros.bin": b"\0" * (101 * 1024 * 1024)}, zipfile.ZIP_DEFLATED), False),
        (archive({"a": b"x" * 1000})[:500], False),
        (tar({"a.txt": b"x" * 5000})[:3000], False),
    ),
)
def test_what_is_certainly_broken_or_does_harm_is_unfit(data: bytes, *, unfit: bool) -> None:
    assert told(data, "model.bin").unfit is unfit
    assert told(data, "model.bin").flaw is not None


def test_a_name_says_what_is_certain() -> None:
    for data in (b"x", b"\0" * 8, safetensors()[:9], safetensors()[:12]):
        assert told(data, "model.safetensors").unfit
    assert not told(b"version https://git-lfs", "model.safetensors").unfit


def test_names_that_leave_their_folder() -> None:
    for name in (
        "..",
        "../a",
        "a/../../b",
        "a\\..\\..\\b",
        "..\\a",
        "/../a",
        "a/./../../b",
        "c:/x",
        "C:\\x",
        "c:..\\x",
    ):
        assert leaves(name)
    for name in ("", "a", "..a/b..", "a/...", "a/b", "./a", "a/..", "a/../b", "/a", "\\a", "w:0", "W:0.npy", "c:x/..a"):
        assert not leaves(name)


def extended(*records: bytes) -> bytes:
    """An entry of a tar archive that says of the next what these records do."""
    data = b"".join(records)
    block = bytearray(512)
    block[:1], block[156:157], block[257:265] = b"x", b"x", b"ustar\x0000"
    block[124:136] = b"%011o\0" % len(data)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + data.ljust(-(-len(data) // 512) * 512, b"\0")


def path(name: bytes) -> bytes:
    return b"%d path=%s\n" % (len(name) + 9, name)


STEPS = b"N" * 4096
"""A body that is walked to its end, and is no pickle."""


def test_the_names_of_an_entry_are_bounded() -> None:
    one = tar({"a": STEPS})
    assert told(extended(path(b"a")) + one).unsafe is False
    same = told(extended(*[path(b"b.txt")] * 4_000) * 100 + one)
    assert same.unsafe
    assert "too long" in same.why
    many = told(extended(*(path(b"%d" % number) for number in range(10, 99))) + one)
    assert "more names" in many.why
    several = b"".join(extended(path(b"%d" % number)) for number in range(10, 99)) + one
    assert "more names" in told(several).why


def test_a_name_among_others_is_seen() -> None:
    for name in (b"h.py", b"../a"):
        for entry in (extended(path(name), path(b"b")), extended(path(b"b"), path(name)), extended(path(name)) * 2):
            found = told(entry + tar({"a": b"x"}))
            assert found.unsafe is (name == b"h.py")
            assert found.unfit is (name == b"../a")


def test_many_bodies_that_are_walked_to_their_ends() -> None:
    few = {f"{number}": STEPS for number in range(30)}
    many = {f"{number}": STEPS for number in range(900)}
    for data in (tar(many), archive(many), gzip.compress(tar(many), 1)):
        found = told(data)
        assert found.unsafe
        assert "too long" in found.why
        assert found.flaw is None
    for data in (tar(few), archive(few)):
        assert not told(data).unsafe


class Ends(list[int]):
    """A stack of which nothing but its end may be looked at."""

    def _whole(self, *_: object) -> Any:
        raise AssertionError("the whole stack is looked at")

    __iter__ = __reversed__ = __contains__ = __delitem__ = __iadd__ = index = count = copy = _whole

    def __getitem__(self, at: Any) -> Any:
        return super().__getitem__(at) if at == -1 else self._whole()

    def pop(self, at: SupportsIndex = -1) -> int:
        return super().pop(at) if at == -1 else self._whole()


@pytest.mark.parametrize("step", pickletools.opcodes, ids=lambda step: step.name)
def test_no_step_takes_longer_for_what_the_stack_has(step: pickletools.OpcodeInfo) -> None:
    stack = Ends([1_000, *[0, 9] * 1_000])
    pickles._take(stack, step)
    assert len(stack) in range(1_996, 2_003)
