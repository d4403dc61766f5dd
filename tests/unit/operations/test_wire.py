"""JSON as it comes and goes: no value becomes another one."""

import math
from typing import Any

import pytest

from app.operations.wire import is_json, json_text, read_json


@pytest.mark.parametrize(
    ("text", "value"),
    (
        ("[1.5, null, true]", [1.5, None, True]),
        ("99999999999999999999", 99999999999999999999),
        ("[-9223372036854775809]", [-9223372036854775809]),
        ("[Infinity, -Infinity]", [math.inf, -math.inf]),
        ("[1e999]", [math.inf]),
        ('"\\ud800"', "\ud800"),
    ),
)
def test_what_is_read_is_what_was_written(text: str, value: object) -> None:
    assert read_json(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "told"),
    ((b"{]", "line 1 column 2"), (b"", "line 1"), (b'"a\xff"', "byte 3 is not UTF-8")),
)
def test_what_is_no_json_is_told_by_its_place(text: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_json(text)


@pytest.mark.parametrize(
    "value",
    ({"a": [None, 1]}, "é\u2028", 2**64, [math.inf, -math.inf, None], "\ud800", ["é", None, "\udfff"], {"n": None}),
)
def test_what_is_written_is_read_as_it_was_meant(value: Any) -> None:
    assert read_json(json_text(value)) == value


def test_what_is_not_a_number_does_not_become_null() -> None:
    assert json_text({"a": math.nan}) == b'{"a":NaN}'
    assert math.isnan(read_json(b"[NaN]")[0])


@pytest.mark.parametrize("value", (math.nan, [math.inf, None], 2**64, "\ud800"))
def test_what_json_cannot_say(value: object) -> None:
    assert not is_json(value)


@pytest.mark.parametrize("value", (None, {"a": [1, None, "é"]}, 2**63))
def test_what_json_can_say(value: object) -> None:
    assert is_json(value)


def test_what_nests_too_deep() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        json_text(deep)
    with pytest.raises(RecursionError):
        read_json(b"[" * 100_000 + b"]" * 100_000)
    assert not is_json(deep)
