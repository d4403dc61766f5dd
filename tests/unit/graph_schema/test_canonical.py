"""Canonical JSON: the form of RFC 8785, and what has none."""

import json
import math
from collections.abc import Callable

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from graph_schema.canonical import DEPTH, NotCanonical, canonical, flaw_of_text, shown

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(VALUES)
def test_it_is_the_form_of_the_standard(value: object) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)  # pyright: ignore[reportArgumentType] - it is JSON


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_printed_as_ecmascript_does(value: float) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_integers_are_kept_to_the_last_digit(value: int) -> None:
    assert json.loads(canonical([value])) == [value]


@pytest.mark.parametrize(
    ("value", "place", "reason"),
    (
        ({"a": [1, math.nan]}, ".a[1]", "not a number"),
        ({"a": math.inf}, ".a", "not a number"),
        ([2**63], "[0]", "64 bits"),
        ({"a": "x\x00"}, ".a", "NUL"),
        ({"a\x00": 1}, ".a\\x00", "NUL"),
        (["\ud800"], "[0]", "surrogate"),
        ({"a": {1, 2}}, ".a", "set"),
        ({1: 2}, "", "no text"),
    ),
)
def test_what_has_no_form_is_refused_with_its_place(value: object, place: str, reason: str) -> None:
    with pytest.raises(NotCanonical, match=reason) as refused:
        canonical(value)
    assert refused.value.place == place


@pytest.mark.parametrize("wrap", (lambda inner: [inner], lambda inner: {"key": inner}))
def test_what_nests_too_deep_is_refused_as_a_whole(wrap: Callable[[object], object]) -> None:
    value: object = 1
    for _ in range(DEPTH):
        value = wrap(value)
    canonical(value)
    with pytest.raises(NotCanonical, match=f"more than {DEPTH} levels deep: flatten it") as refused:
        canonical(wrap(value))
    assert refused.value.place == ""


@pytest.mark.parametrize(("text", "flaw"), (("é", ""), ("a\x00", "NUL"), ("a\udfff", "surrogate")))
def test_a_text_that_cannot_be_stored_is_told(text: str, flaw: str) -> None:
    assert flaw in flaw_of_text(text)
    assert bool(flaw) == bool(flaw_of_text(text))


@pytest.mark.parametrize(
    ("value", "text"),
    (
        ("x" * 100, "x" * 77 + "..."),
        ("a\ud800", "a\\ud800"),
        (12, "12"),
        ("ä", "ä"),
    ),
)
def test_a_value_is_shown_short_and_printable(value: object, text: str) -> None:
    assert shown(value) == text


def test_what_python_does_not_print_is_told_by_its_kind() -> None:
    assert shown(10**5_000) == "int too long to show"
