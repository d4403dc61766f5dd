"""Cursors are good for the list that gave them, as they were given."""

import base64
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.compiler import cursors
from app.compiler.paging import LARGEST, NATURAL, Order, page_of
from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Kind

LIST = cursors.tag("Query.models", "KEY", None)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**62), 2**62)),
    st.text("abcdef0123456789"),
)
def test_what_is_encoded_is_decoded(value: Any, uid: str) -> None:
    assert cursors.decode(cursors.encode(LIST, value, uid), LIST) == (value, uid)


def test_field_order_and_filter_tell_lists_apart() -> None:
    tags = {
        cursors.tag("Query.models", "KEY", {}),
        cursors.tag("Query.datasets", "KEY", {}),
        cursors.tag("Query.models", "KEY_DESC", {}),
        cursors.tag("Query.models", "KEY", {"where": {"name": {"eq": "a"}}}),
    }
    assert len(tags) == 4


def _refused(cursor: str) -> str:
    with pytest.raises(PedigreeError) as refused:
        cursors.decode(cursor, LIST)
    assert refused.value.code is ErrorCode.BAD_CURSOR
    return refused.value.message


def _made(parts: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode()


def test_a_cursor_of_another_list_is_refused() -> None:
    other = cursors.encode(cursors.tag("Query.datasets", "KEY", None), "a", "b")
    assert "another field, order, filter or time" in _refused(other)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 200), st.sampled_from("abcXYZ019-_=! \u00e4"))
def test_a_changed_cursor_is_refused(place: int, letter: str) -> None:
    cursor = cursors.encode(LIST, "some/name", "0" * 64)
    place %= len(cursor)
    changed = cursor[:place] + letter + cursor[place + 1 :]
    try:
        found = cursors.decode(changed, LIST)
    except PedigreeError:
        return
    assert found == ("some/name", "0" * 64), "another spelling of the same bytes"


@pytest.mark.parametrize(
    "cursor",
    (
        "",
        "x",
        "ünï",
        "5",
        _made(5),
        _made([]),
        _made([2, LIST, "x", "a", "b"]),
        _made([1, LIST, "x", ["a"], "b"]),
        _made([1, LIST, "x", None, "b"]),
        _made([1, LIST, "x", {"a": 1}, "b"]),
        _made([1, LIST, "x", "a", 5]),
    ),
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    assert "It is no cursor" in _refused(cursor)


def test_values_put_into_a_cursor_are_refused() -> None:
    assert "was changed" in _refused(_made([1, LIST, "00000000", "a", "b"]))


def test_a_page_is_25_things_from_the_beginning() -> None:
    page = page_of({}, "Query.models", NATURAL)
    assert (page.size, page.backward, page.after, page.before) == (25, False, None, None)


@pytest.mark.parametrize(
    "arguments", ({"first": 1}, {"first": LARGEST}, {"last": 1}, {"last": LARGEST}, {"first": None})
)
def test_a_page_holds_1_to_100_things(arguments: dict[str, int | None]) -> None:
    page = page_of(arguments, "Query.models", NATURAL)
    assert page.size == (arguments.get("first") or arguments.get("last") or 25)
    assert page.backward == ("last" in arguments)


@pytest.mark.parametrize(
    "arguments", ({"first": 0}, {"first": -1}, {"first": LARGEST + 1}, {"last": 0}, {"first": 1, "last": 1})
)
def test_other_pages_are_refused_with_the_field_and_the_remedy(arguments: dict[str, int]) -> None:
    with pytest.raises(PedigreeError, match=r"The page of Query\.models makes no sense") as refused:
        page_of(arguments, "Query.models", NATURAL)
    assert refused.value.code is ErrorCode.BAD_PAGE
    assert "Ask" in refused.value.message


def test_an_order_by_what_may_be_missing_puts_that_first() -> None:
    order = Order("RISK_TIER_DESC", "riskTier", Kind.INTEGER, descending=True)
    assert order.value("n.riskTier") == "coalesce(n.riskTier, -4611686018427387904)"
    value = order.value("n.riskTier")
    assert order.clause(value, "n", backward=False) == f"{value} DESC, n.uid DESC"
    assert order.clause(value, "n", backward=True) == f"{value}, n.uid"
    later = order.beyond(value, "n", ("$a", "$b"), later=True)
    assert later == f"{value} <= $a AND ({value} < $a OR n.uid < $b)"


def test_an_order_by_choices_is_that_of_their_declaration_and_has_cursors_of_its_own() -> None:
    order = Order("STAGE_ASC", "stage", Kind.TEXT, choices=("DEVELOPMENT", "PRODUCTION"))
    value = order.value("n.stage")
    assert value == "CASE n.stage WHEN 'DEVELOPMENT' THEN 0 WHEN 'PRODUCTION' THEN 1 ELSE -1 END"
    assert order.clause(value, "n", backward=False) == f"{value}, n.uid"
    tags = {page_of({}, LIST, Order(order.name, "stage", Kind.TEXT, choices=of)).list_tag for of in ((), order.choices)}
    assert len(tags) == 2
