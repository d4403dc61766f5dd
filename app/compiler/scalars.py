"""The published scalars, and how a stored value becomes one: the same functions serve the shaper and the executor."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NewType, cast

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from graph_schema.declare import INTEGER_LIMIT
from graph_schema.identity import normalise_digest

DateTime = NewType("DateTime", int)
"""Microseconds since 1970-01-01T00:00:00Z inside, RFC 3339 with an offset outside."""

Json = NewType("Json", object)
"""Any JSON value."""

Digest = NewType("Digest", str)
"""`sha256:` and 64 lower-case hexadecimal digits."""

BigInt = NewType("BigInt", int)
"""An integer of 64 bits."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The moment from which times count."""

_EPOCH_IN_UTC = EPOCH.replace(tzinfo=None)
"""The same without a zone, since what is published is in UTC anyhow, and made faster so."""

_TIME = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?P<offset>[Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)


def parse_time(value: object) -> int:
    """Microseconds since 1970 UTC; what is finer is cut.

    Raises:
        GraphQLError: it is no date and time of RFC 3339, or has no offset, without which it names no moment.
    """
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise GraphQLError(
            f"{_shown(value)} is not a DateTime: write RFC 3339 with an offset, as 2026-01-31T12:00:00Z or "
            "2026-01-31T13:00:00+01:00."
        )
    try:
        moment = datetime.fromisoformat(found["moment"].upper()).replace(tzinfo=_zone(found["offset"]))
        # In UTC, since that is how it is given back: an offset can carry it out of the calendar.
        whole = (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise GraphQLError(
            f"{_shown(value)} is not a DateTime: there is no such day, time of day or offset in the years 1 to 9999."
        ) from error
    return whole + int((found["fraction"] or "0").ljust(6, "0")[:6])


def publish_time(value: int) -> str:
    """RFC 3339 in UTC, `2026-01-31T12:00:00.000001Z`; the fraction is left out where it is nought.

    Raises:
        GraphQLError: the integer is outside the years 1 to 9999.
    """
    try:
        moment = _EPOCH_IN_UTC + timedelta(0, 0, value)  # by name it takes a quarter more
    except (OverflowError, TypeError) as error:
        raise GraphQLError(f"DateTime cannot represent {_shown(value)}.") from error
    return moment.isoformat() + "Z"


def publish_json(value: str) -> object:
    """The value that the stored text stands for.

    Raises:
        GraphQLError: the text is not JSON.
    """
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise GraphQLError("JSON cannot represent a stored text that is not JSON.") from error


def parse_digest(value: object) -> str:
    """The digest in its one form.

    Raises:
        GraphQLError: it is not a sha256 digest.
    """
    try:
        return normalise_digest(cast("str", value))
    except (ValueError, TypeError) as error:
        raise GraphQLError(f"{_shown(value)} is not a Digest: write sha256:<64 hexadecimal digits>.") from error


def parse_integer(value: object) -> int:
    """An integer of 64 bits, from a number or from decimal text.

    Raises:
        GraphQLError: it is no integer, or needs more than 64 bits.
    """
    number = int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value) else value
    if isinstance(number, float) and number.is_integer() and abs(number) < 2**53:
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not -INTEGER_LIMIT <= number <= INTEGER_LIMIT:
        raise GraphQLError(f"{_shown(value)} is not a BigInt: write an integer from -(2^63 - 1) to 2^63 - 1.")
    return number


def publish_integer(value: object) -> int:
    """An integer as JSON has it.

    Raises:
        GraphQLError: it is no integer.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise GraphQLError(f"BigInt cannot represent {_shown(value)}.")
    return value


def publish_small_integer(value: object) -> int:
    """An integer as GraphQL's `Int` has it: 32 bits.

    Raises:
        GraphQLError: it is no integer, or needs more than 32 bits.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise GraphQLError(f"Int cannot represent non-integer value: {value!r}")
    if not -(2**31) <= value < 2**31:
        raise GraphQLError(f"Int cannot represent non 32-bit signed integer value: {value!r}")
    return value


def publish_float(value: float) -> float:
    """A number as JSON has it.

    Raises:
        GraphQLError: it is not a number, or infinite: JSON has neither, and null would be a wrong answer.
    """
    if not math.isfinite(value):
        raise GraphQLError(f"Float cannot represent non numeric value: {value!r}")
    return value


def _zone(offset: str) -> timezone:
    if offset in {"Z", "z"}:
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours >= 24 or minutes >= 60:  # noqa: PLR2004 - a day has 24 hours of 60 minutes
        raise ValueError("its offset is no time of day")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if offset[0] == "-" else span)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - enough to recognise it


SCALARS: Mapping[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A date and time of RFC 3339; the offset is required. Answers are in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=publish_time,
        parse_value=parse_time,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value, as RFC 8259 has it.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=cast("Any", publish_json),
        parse_value=lambda value: value,
    ),
    Digest: strawberry.scalar(
        name="Digest",
        description="The SHA-256 of some bytes, written `sha256:` and 64 hexadecimal digits.",
        serialize=str,
        parse_value=parse_digest,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="An integer of 64 bits, as a JSON number; decimal text is taken too.",
        serialize=publish_integer,
        parse_value=parse_integer,
    ),
}
"""What `StrawberryConfig(scalar_map=...)` is given."""
