"""The operators of filters. They mean the same on every property; a missing value fulfils none but `isNull`."""

from typing import Any

import strawberry

from app.compiler.scalars import BigInt, DateTime, Digest
from app.registry.types.enums import Stage

EQ, NE, IN = "Is the same.", "Is another.", "Is one of these."
LT, LTE, GT, GTE = "Is less.", "Is less or the same.", "Is greater.", "Is greater or the same."
EARLIER, UNTIL, LATER, FROM = "Is earlier.", "Is earlier or the same.", "Is later.", "Is later or the same."
NULL = "Is missing; false: is there."


def operator(description: str, name: str | None = None) -> Any:
    """An optional field of a filter."""
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


@strawberry.input(description="Conditions on a text; upper and lower case differ.")
class TextFilter:
    """Conditions on a text."""

    eq: str | None = operator(EQ)
    ne: str | None = operator(NE)
    in_: list[str] | None = operator(IN, "in")
    contains: str | None = operator("Holds this text.")
    starts_with: str | None = operator("Begins with this text.")
    is_null: bool | None = operator(NULL)


@strawberry.input(description="Conditions on a number.")
class IntFilter:
    """Conditions on a number."""

    eq: int | None = operator(EQ)
    ne: int | None = operator(NE)
    in_: list[int] | None = operator(IN, "in")
    lt: int | None = operator(LT)
    lte: int | None = operator(LTE)
    gt: int | None = operator(GT)
    gte: int | None = operator(GTE)
    is_null: bool | None = operator(NULL)


@strawberry.input(description="Conditions on a large number.")
class BigIntFilter:
    """Conditions on a large number."""

    eq: BigInt | None = operator(EQ)
    ne: BigInt | None = operator(NE)
    in_: list[BigInt] | None = operator(IN, "in")
    lt: BigInt | None = operator(LT)
    lte: BigInt | None = operator(LTE)
    gt: BigInt | None = operator(GT)
    gte: BigInt | None = operator(GTE)
    is_null: bool | None = operator(NULL)


@strawberry.input(description="Conditions on a time.")
class TimeFilter:
    """Conditions on a time."""

    eq: DateTime | None = operator(EQ)
    ne: DateTime | None = operator(NE)
    in_: list[DateTime] | None = operator(IN, "in")
    lt: DateTime | None = operator(EARLIER)
    lte: DateTime | None = operator(UNTIL)
    gt: DateTime | None = operator(LATER)
    gte: DateTime | None = operator(FROM)
    is_null: bool | None = operator(NULL)


@strawberry.input(description="Conditions on a truth.")
class BooleanFilter:
    """Conditions on a truth."""

    eq: bool | None = operator(EQ)
    is_null: bool | None = operator(NULL)


@strawberry.input(description="Conditions on a digest.")
class DigestFilter:
    """Conditions on a digest."""

    eq: Digest | None = operator(EQ)
    ne: Digest | None = operator(NE)
    in_: list[Digest] | None = operator(IN, "in")
    is_null: bool | None = operator(NULL)


@strawberry.input(description="Conditions on a stage.")
class StageFilter:
    """Conditions on a stage."""

    eq: Stage | None = operator(EQ)
    ne: Stage | None = operator(NE)
    in_: list[Stage] | None = operator(IN, "in")
    is_null: bool | None = operator(NULL)


@strawberry.input(description="Conditions on a list of texts.")
class TextsFilter:
    """Conditions on a list of texts."""

    has: str | None = operator("Holds this text.")
    is_null: bool | None = operator(NULL)
