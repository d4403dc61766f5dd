"""What is usual elsewhere, and looks as if it were broken or did harm: taken as it is."""

import json
import struct
import zipfile

import pytest

from tests.unit.artifacts.files import archive, declaring, npy, safetensors, tar, told


def framed(header: object, rest: bytes = b"1234") -> bytes:
    """A length, JSON, and bytes: many have thought of that."""
    return safetensors(header=json.dumps(header).encode(), spare=rest)


TENSOR = {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    "header",
    (
        {"version": 1, "arrays": [{"dtype": "U8"}]},
        {"version": 1, "arrays": [TENSOR]},
        {"arrays": {"weight": TENSOR}, "version": 1},
        {"w": {"dtype": "U8", "shape": [4]}},
        {},
    ),
)
def test_a_file_that_begins_with_the_length_of_json_is_not_yet_safetensors(header: object) -> None:
    for data in (framed(header), framed(header, b"")[:-1], framed(header, b"x" * 9)):
        for path in ("index.bin", "scaler.dat", ""):
            found = told(data, path)
            assert (found.name, found.unsafe, found.flaw) == ("unknown", False, None)
        assert told(data, "model.safetensors").unfit


def test_a_tensor_in_the_header_makes_it_certain() -> None:
    whole = framed({"__metadata__": {"a": "b"}, "w": TENSOR})
    assert told(whole, "model.bin").flaw is None
    for data in (whole[:-1], whole[:-8], whole + b"x", framed({"version": 1, "w": TENSOR})):
        found = told(data, "model.bin")
        assert (found.name, found.unfit) == ("safetensors", True)


def test_a_header_whose_metadata_are_null() -> None:
    found = told(framed({"__metadata__": None, "w": TENSOR}), "model.safetensors")
    assert (found.name, found.flaw) == ("safetensors", None)


def test_a_header_that_is_not_looked_into_is_taken_only_where_it_names_a_tensor() -> None:
    spare = b" " * (9 * 1024 * 1024)
    assert told(safetensors(header=b'{"a":1}' + spare)).name == "unknown"
    assert told(safetensors(header=json.dumps({"w": TENSOR}).encode() + spare)).name == "safetensors"


def test_a_mask_shrinks_more_than_weights() -> None:
    mask = npy("'|u1'") + b"\0" * (105 * 1024 * 1024)
    found = told(archive({"mask.npy": mask}, zipfile.ZIP_DEFLATED), "mask.npz")
    assert (found.name, found.unsafe, found.unfit) == ("npz", False, False)
    assert found.flaw is not None
    assert found.flaw.startswith(f"would have {len(mask):,} bytes when unpacked, 1,0")
    small = archive({"mask.npy": mask[: 2**20]}, zipfile.ZIP_DEFLATED)
    assert told(small).flaw is None


def test_what_is_not_deflated_may_shrink_more() -> None:
    found = told(archive({"zeros.bin": b"\0" * 2**23}, zipfile.ZIP_LZMA))
    assert (found.flaw, found.unfit) == (None, False)
    large = declaring(archive({"zeros.bin": b"\0" * 2**23}, zipfile.ZIP_LZMA), "zeros.bin", unpacked=2**31)
    assert told(large).unfit


@pytest.mark.parametrize("name", ("W:0.npy", "dense/w:0", "a:b.txt", "a/../b.txt", "a/..", "c:"))
def test_a_name_that_stays_in_its_folder(name: str) -> None:
    for data in (archive({name: npy()}), tar({name: npy()})):
        assert (told(data).unsafe, told(data).flaw) == (False, None)


@pytest.mark.parametrize("name", ("/xl/workbook.xml", "/a/b"))
def test_a_slash_in_front_is_told_and_not_refused(name: str) -> None:
    for data in (archive({name: b"x"}), tar({name: b"x"})):
        found = told(data)
        assert (found.unsafe, found.unfit) == (False, False)
        assert found.flaw == f"has an entry whose name begins with a slash: {name!r}"


@pytest.mark.parametrize(
    ("path", "data", "name"),
    (
        ("chat_template.jinja", b"{%- if tools %}\n{{ tools }}\n{%- endif %}\n", "text"),
        ("data.jsonl", b'{"a": 1}\n{"a": 2}\n', "text"),
        ("pyproject.toml", b"[project]\nname = 'a'\n", "text"),
        ("README.md", b"[Model](https://example.com)\n", "text"),
        ("trainer_state.json", b'{"loss": NaN, "best": Infinity}', "json"),
        ("config.json", b'\xef\xbb\xbf{"a": 1}', "json"),
        ("name.json", b'"abc"\n', "json"),
        ("count.json", b"3", "json"),
        ("large.json", b'{"a": "' + b"x" * 100_000, "json"),
        ("config.yaml", b'{"a": [1, 2]}', "json"),
        ("notes.txt", b'{"a": ', "text"),
    ),
)
def test_what_begins_as_json_does(path: str, data: bytes, name: str) -> None:
    found = told(data, path)
    assert (found.name, found.unsafe, found.flaw) == (name, False, None)


def test_what_is_called_json_and_cannot_be_parsed() -> None:
    for data in (b'{"a": ', b"[1, 2", b"\xef\xbb\xbf{", b"[" * 50_000):
        found = told(data, "a.json")
        assert (found.name, found.flaw) == ("json", "is no JSON, though it begins so")


def test_many_large_arrays_are_all_looked_at() -> None:
    arrays = {f"{number}.npy": npy() + b"\0" * 5_000 for number in range(900)}
    for data in (archive(arrays), tar(arrays)):
        assert not told(data).unsafe
    assert told(archive({**arrays, "last.npy": npy("'|O'")})).unsafe


def test_nothing_is_called_anything() -> None:
    for path in ("a.npz", "a.tar", "a.zip", "a.keras", "a.json"):
        assert (told(b"", path).name, told(b"", path).unsafe) == ("empty", False)


def test_a_length_with_numbers_after_it() -> None:
    data = struct.pack("<Q", 0x7B) + b"{\0\0\0\0\0\0\0" * 5
    assert (told(data, "model.bin").unfit, told(data, "model.bin").flaw) == (False, None)
