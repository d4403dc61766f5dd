"""The operators of filters. They mean the same on every property; a missing value fulfils none but `isNull`."""

from enum import Enum
from typing import Any

import strawberry

from app.access.permissions import Permission, guarded
from app.compiler.scalars import BigInt, DateTime, Digest

EQ, NE, IN = "Is the same.", "Is another.", "Is one of these."
LT, LTE, GT, GTE = "Is less.", "Is less or the same.", "Is greater.", "Is greater or the same."
EARLIER, UNTIL, LATER, FROM = "Is earlier.", "Is earlier or the same.", "Is later.", "Is later or the same."
NULL = "Is missing; false: is there."


def operator(description: str, name: str | None = None, needs: Permission | None = None) -> Any:
    """An optional field of a filter."""
    metadata = {} if needs is None else guarded(needs)
    return strawberry.field(default=strawberry.UNSET, description=description, name=name, metadata=metadata)


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


@strawberry.input(description="Conditions on a number with a fraction.")
class FloatFilter:
    """Conditions on a number with a fraction."""

    eq: float | None = operator(EQ)
    ne: float | None = operator(NE)
    in_: list[float] | None = operator(IN, "in")
    lt: float | None = operator(LT)
    lte: float | None = operator(LTE)
    gt: float | None = operator(GT)
    gte: float | None = operator(GTE)
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


@strawberry.input(description="Conditions on a list of texts.")
class TextsFilter:
    """Conditions on a list of texts."""

    has: str | None = operator("Holds this text.")
    is_null: bool | None = operator(NULL)


def choice_filter(choice: type[Enum], description: str) -> Any:
    """The input type with the conditions on a value of an enum of the API."""
    types = {"eq": choice | None, "ne": choice | None, "in_": list[choice] | None, "is_null": bool | None}
    fields = {"eq": operator(EQ), "ne": operator(NE), "in_": operator(IN, "in"), "is_null": operator(NULL)}
    made = type(f"{choice.__name__}Filter", (), {"__doc__": description, "__annotations__": types, **fields})
    return strawberry.input(made, description=description)
