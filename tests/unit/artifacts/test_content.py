"""Contents, uploads and their parts: what sizes and names they may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.artifacts.arriving import check_content, check_parts, in_pieces
from app.artifacts.content import (
    LARGEST,
    MIB,
    MOST_PARTS,
    Content,
    Part,
    Span,
    Upload,
    content_key,
    disposition,
    new_upload_id,
)
from app.artifacts.failures import UploadIncomplete, UploadMismatch

DIGEST = "a1" * 32


@pytest.mark.parametrize(
    "sha256", ("", "a" * 63, "a" * 65, "A" * 64, "g" * 64, f"sha256:{'a' * 64}", "../" + "a" * 61, "a" * 63 + "\n")
)
def test_a_digest_has_one_form(sha256: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal"):
        Content(sha256, 1)


@pytest.mark.parametrize("size", (-1, LARGEST + 1))
def test_a_size_has_bounds(size: int) -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        Content(DIGEST, size)


@pytest.mark.parametrize(("upload_id", "number"), (("../a", 0), ("a" * 31, 0), ("A" * 32, 0), ("a" * 32, -1)))
def test_an_upload_has_a_name_of_ours(upload_id: str, number: int) -> None:
    with pytest.raises(ValueError, match="named by"):
        Upload(upload_id, number, Content(DIGEST, 1))


def test_names_are_not_given_twice() -> None:
    assert len({new_upload_id() for _ in range(100)}) == 100
    assert content_key(DIGEST) == f"sha256/a1/a1/{DIGEST}"


@given(st.integers(0, LARGEST) | st.sampled_from((0, 1, 64 * MIB, 64 * MIB + 1, LARGEST)))
def test_parts_are_not_too_many_and_are_the_whole(size: int) -> None:
    upload = Upload.of(new_upload_id(), 0, Content(DIGEST, size))
    assert 0 <= upload.parts <= MOST_PARTS
    assert (upload.parts == 0) == (size == 0)
    assert upload.part_bytes <= 5 * 1024 * MIB  # S3's largest part
    if upload.parts:
        last = upload.bytes_of(upload.parts)
        assert 0 < last <= upload.part_bytes
        assert (upload.parts - 1) * upload.part_bytes + last == size


def test_spans_and_parts_that_are_none() -> None:
    for first, count in ((-1, 1), (0, 0), (0, -1)):
        with pytest.raises(ValueError, match="a span"):
            Span(first, count)
    with pytest.raises(ValueError, match="parts 1 to 1"):
        Upload.of(new_upload_id(), 0, Content(DIGEST, 1)).bytes_of(2)


def test_missing_short_and_strange_parts_are_named() -> None:
    upload = Upload(new_upload_id(), 0, Content(DIGEST, 95), part_bytes=10)
    whole = [Part(number, 10) for number in range(1, 10)] + [Part(10, 5)]
    check_parts(upload, whole)
    with pytest.raises(UploadIncomplete, match=r"Of 10 parts of the file, 2 are .*: 4, 10\."):
        check_parts(upload, [*whole[:3], *whole[4:9], Part(10, 10)])
    with pytest.raises(UploadIncomplete, match=r"1 are .*: 11\."):
        check_parts(upload, [*whole, Part(11, 1)])
    with pytest.raises(UploadIncomplete, match=r"10 are .*: 1, 2, 3, 4, 5, …\."):
        check_parts(upload, [])


def test_a_mismatch_says_both_values() -> None:
    content = Content(DIGEST, 5)
    check_content(content, 5, DIGEST)
    with pytest.raises(UploadMismatch, match=r"6 bytes arrived, where 5 were announced"):
        check_content(content, 6, DIGEST)
    with pytest.raises(UploadMismatch, match=rf"is sha256:{'b' * 64}, where sha256:{DIGEST}"):
        check_content(content, 5, "b" * 64)


@given(st.lists(st.binary(max_size=20)), st.integers(1, 10))
async def test_pieces_are_the_same_bytes(chunks: list[bytes], size: int) -> None:
    async def source():  # noqa: ANN202 - a source
        for chunk in chunks:
            yield chunk

    found = [piece async for piece in in_pieces(source(), size)]
    assert b"".join(found) == b"".join(chunks)
    assert all(len(piece) == size for piece in found[:-1])
    assert all(0 < len(piece) <= size for piece in found[-1:])


@pytest.mark.parametrize("name", ('a"b', "a\r\nset-cookie: x", "ä;b", "../a"))
def test_no_name_leaves_its_header(name: str) -> None:
    value = disposition(name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count(";") == 1
    assert '"' not in value
    assert "/" not in value
