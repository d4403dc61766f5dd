"""The published scalars, in and out."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from graphql import GraphQLError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.compiler import scalars

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.datetimes(timezones=st.timezones()))
def test_a_time_is_the_same_moment_again(moment: datetime) -> None:
    if (moment.utcoffset() or timedelta()) % timedelta(minutes=1):
        return  # RFC 3339 writes offsets in minutes
    try:
        whole = (moment - EPOCH) // timedelta(microseconds=1)
        expected = EPOCH + timedelta(microseconds=whole)
    except OverflowError:
        return
    assert scalars.parse_time(moment.isoformat()) == whole
    assert scalars.publish_time(whole) == expected.isoformat().replace("+00:00", "Z")
    assert scalars.parse_time(scalars.publish_time(whole)) == whole


@pytest.mark.parametrize(
    ("text", "micros"),
    (
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01 01:00:00+01:00", 0),
        ("1969-12-31T23:59:59.9-00:00", -100_000),
        ("1970-01-01T00:00:00.1234567Z", 123_456),
    ),
)
def test_what_rfc_3339_allows_is_taken(text: str, micros: int) -> None:
    assert scalars.parse_time(text) == micros


@pytest.mark.parametrize(
    "text",
    (
        "2025-01-01T00:00:00",
        "2025-01-01",
        "2025-13-01T00:00:00Z",
        "2025-02-30T00:00:00Z",
        "2025-01-01T24:00:00Z",
        "2025-01-01T00:00:60Z",
        "2025-01-01T00:00:00+24:00",
        "2025-01-01T00:00:00+0100",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59x",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "٢٠٢٥-01-01T00:00:00Z",
        "",
        5,
        None,
        1.5,
    ),
)
def test_what_names_no_moment_is_refused(text: object) -> None:
    with pytest.raises(GraphQLError, match=r"is not a DateTime: (write RFC 3339|there is no such day)"):
        scalars.parse_time(text)


@pytest.mark.parametrize("value", (10**30, -(10**30), 2**62))
def test_a_stored_time_outside_the_calendar_is_an_error(value: int) -> None:
    with pytest.raises(GraphQLError, match="cannot represent"):
        scalars.publish_time(value)


@pytest.mark.parametrize(("value", "number"), ((5, 5), ("5", 5), ("-9223372036854775807", -(2**63) + 1), (5.0, 5)))
def test_a_large_integer_is_taken_as_number_or_text(value: object, number: int) -> None:
    assert scalars.parse_integer(value) == number


@pytest.mark.parametrize(
    "value", (2**63, -(2**63), "9223372036854775808", 1.5, True, None, "", "1e3", "0x1", 2.0**60, "٣")
)
def test_what_is_no_integer_of_64_bits_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match="is not a BigInt"):
        scalars.parse_integer(value)


@pytest.mark.parametrize("value", (True, "5", 1.0, None))
def test_a_stored_value_that_is_no_integer_is_an_error(value: object) -> None:
    with pytest.raises(GraphQLError):
        scalars.publish_integer(value)
    with pytest.raises(GraphQLError):
        scalars.publish_small_integer(value)


@pytest.mark.parametrize("value", (2**31, -(2**31) - 1))
def test_an_int_has_32_bits(value: int) -> None:
    with pytest.raises(GraphQLError, match="32-bit"):
        scalars.publish_small_integer(value)


@pytest.mark.parametrize("value", (math.nan, math.inf, -math.inf))
def test_a_number_that_json_has_not_is_an_error(value: float) -> None:
    with pytest.raises(GraphQLError):
        scalars.publish_float(value)


def test_a_digest_has_one_form() -> None:
    assert scalars.parse_digest("SHA256:" + "AB" * 32) == "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    "value", ("ab" * 32, "sha256:", "sha256:" + "g" * 64, "md5:" + "a" * 32, 5, None, [], "x" * 10_000)
)
def test_what_is_no_digest_is_refused_in_few_words(value: object) -> None:
    with pytest.raises(GraphQLError, match="is not a Digest") as refused:
        scalars.parse_digest(value)
    assert len(refused.value.message) < 200


def test_a_stored_text_that_is_no_json_is_an_error() -> None:
    with pytest.raises(GraphQLError):
        scalars.publish_json("{")
