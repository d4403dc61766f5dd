"""Who is who: uids, ids, and the forms that keys are brought into."""

import hashlib

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from graph_schema import identity
from graph_schema.declare import INTEGER_LIMIT

KEYS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | st.integers(-(2**53) + 1, 2**53 - 1)
)
SHA = "0123456789abcdef" * 4


@given(KEYS)
def test_a_uid_is_the_digest_of_the_canonical_array(key: list[str | int]) -> None:
    expected = hashlib.sha256(rfc8785.dumps(["Run", *key])).hexdigest()
    assert identity.uid("Run", key) == expected


def test_a_relationship_is_its_ends_type_and_source() -> None:
    one = identity.relationship_uid("CONTAINS", "a", "b", "s", "path")
    others = {
        identity.relationship_uid("CONTAINS", "a", "b", "s", "other"),
        identity.relationship_uid("CONTAINS", "a", "b", "t", "path"),
        identity.relationship_uid("CONTAINS", "b", "a", "s", "path"),
        identity.relationship_uid("SERVES", "a", "b", "s", "path"),
    }
    assert len(others) == 4
    assert one not in others


def test_an_id_goes_there_and_back_without_its_padding() -> None:
    value = identity.to_id("ModelVersion", SHA)
    assert identity.from_id(value) == ("ModelVersion", SHA)
    assert identity.from_id(value.rstrip("=")) == ("ModelVersion", SHA)


@pytest.mark.parametrize(
    "value", ("", "x", "TW9kZWw6MQ==", identity.to_id("1x", SHA), identity.to_id("Run", "A" * 64), "ä")
)
def test_what_is_no_id_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        identity.from_id(value)


def test_a_digest_has_one_form() -> None:
    assert identity.normalise_digest("SHA256:" + SHA.upper()) == "sha256:" + SHA
    with pytest.raises(ValueError, match="sha256:<64"):
        identity.normalise_digest("md5:1")


NUMBERS = st.integers(-INTEGER_LIMIT, INTEGER_LIMIT) | st.integers(-20, 20)


@given(NUMBERS, NUMBERS)
@example(-1, -2)
@example(-1, 0)
@example(-INTEGER_LIMIT, INTEGER_LIMIT)
def test_sort_keys_sort_numbers_as_numbers(one: int, other: int) -> None:
    keys = [identity.sort_key(("a", number), SHA) for number in (one, other)]
    assert (keys[0] < keys[1]) == (one < other)
    assert (keys[0] == keys[1]) == (one == other)


@given(NUMBERS, NUMBERS)
def test_a_number_of_a_sort_key_has_one_length_so_that_the_next_part_counts_only_after_it(one: int, other: int) -> None:
    keys = [identity.sort_key((number, text, number), SHA) for number, text in ((one, "b"), (other, "a"))]
    assert (keys[0] < keys[1]) == (one < other)


def test_a_sort_key_fits_into_an_index_and_stays_unique() -> None:
    long = [identity.sort_key(("x" * 5_000,), uid) for uid in ("a" * 64, "b" * 64)]
    assert long[0] != long[1]
    assert all(len(key) < 2_000 for key in long)
