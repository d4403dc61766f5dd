"""Rows go in groups that a message surely holds."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st
from neo4j._codec.packstream._common import PackableBuffer  # what the driver itself sends
from neo4j._codec.packstream.v1 import Packer

from app.registry.sizes import STATEMENT_BYTES, chunks

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=20), inner, max_size=20),
    max_leaves=60,
)


def test_rows_are_grouped_by_what_a_message_holds() -> None:
    rows: list[list[Any]] = [["u", {"a": "x" * (STATEMENT_BYTES // 2)}] for _ in range(3)]
    assert [len(chunk) for chunk in chunks(rows)] == [1, 1, 1]
    assert [len(chunk) for chunk in chunks([["u", {"a": ["ä"], "b": 1}]] * 500)] == [500]
    assert list(chunks([])) == []


def test_what_json_has_not_is_weighed() -> None:
    rows: list[list[Any]] = [[b"bytes", 2**70, (1, 2)]]
    assert list(chunks(rows)) == [rows]


@given(st.lists(_VALUES, min_size=1, max_size=5))
def test_no_value_takes_more_on_the_wire_than_four_times_its_json(row: list[Any]) -> None:
    buffer = PackableBuffer()
    Packer(buffer).pack([row])
    assert len(buffer.data) <= 4 * len(orjson.dumps([row]))
