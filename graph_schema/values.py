"""One value of an incoming row: checked against its declaration, and brought into the form that is stored."""

import math
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, TypeVar, cast

from graph_schema.canonical import NotCanonical, canonical, flaw_of_text, shown
from graph_schema.declare import INTEGER_LIMIT, Kind, Property
from graph_schema.identity import normalise_digest

N = TypeVar("N", int, float)

TEXTS_LIMIT = 1_000
"""The most texts in one list."""


class BadValue(ValueError):
    """A value that does not fit its declaration; the text says what was expected and what came.

    Attributes:
        place: where inside the value, for JSON.
    """

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason)
        self.place = place


def stored(value: object, declared: Property) -> Any:
    """The value as the graph keeps it: an enum as its text, JSON as canonical text.

    Raises:
        BadValue: it does not fit.
    """
    return _CHECKS[declared.kind](value, declared)


def wanted(declared: Property, *, least: int = 0) -> str:
    """What a value of that property is, for a message; `least` is the shortest text."""
    if declared.choices:
        return f"one of {', '.join(declared.choices)}"
    if declared.kind is Kind.TEXT:
        return f"a text of {f'{least} to' if least else 'at most'} {declared.max_length:,} characters"
    return _WANTED.get(declared.kind, "a value")


def needed(declared: Property, got: str, *, least: int = 0) -> str:
    """The message where a value that is needed is not there: what was expected, what came, and what to say."""
    return f"expected {wanted(declared, least=least)}, got {got}: say {_as_clause(declared.description)}."


def _as_clause(description: str) -> str:
    return f"{description[0].lower()}{description[1:].removesuffix('.')}"


def _text(value: object, declared: Property) -> str:
    if type(value) is str and not declared.choices and len(value) <= declared.max_length and not flaw_of_text(value):
        return value  # nearly all of them
    if isinstance(value, Enum):
        value = value.value
    if not isinstance(value, str):
        raise BadValue(f"expected a text, got {shown(value)}.")
    if len(value) > declared.max_length:
        raise BadValue(f"expected at most {declared.max_length:,} characters, got {len(value):,}: shorten it.")
    if flaw := flaw_of_text(value):
        raise BadValue(f"it {flaw}: take that out.")
    if declared.choices and value not in declared.choices:
        raise BadValue(f"expected one of {', '.join(declared.choices)}, got {shown(value)}.")
    return value


def _integer(value: object, declared: Property) -> int:
    if type(value) is not int:
        raise BadValue(f"expected an integer, got {shown(value)}.")
    if not -INTEGER_LIMIT <= value <= INTEGER_LIMIT:
        raise BadValue(f"expected an integer of at most 64 bits, got {shown(value)}.")
    return _within(value, declared)


def _float(value: object, declared: Property) -> float:
    if type(value) not in {int, float}:
        raise BadValue(f"expected a number, got {shown(value)}.")
    try:
        number = float(value)  # pyright: ignore[reportArgumentType] - an int or a float
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadValue(f"expected a finite number, got {shown(value)}.")
    return _within(number, declared)


def _within(value: N, declared: Property) -> N:
    low, high = declared.minimum, declared.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"at least {low:g}" if high is None else f"a number from {low or 0:g} to {high:g}"
        raise BadValue(f"expected {bounds}, got {shown(value)}.")
    return value


def _boolean(value: object, _: Property) -> bool:
    if not isinstance(value, bool):
        raise BadValue(f"expected true or false, got {shown(value)}.")
    return value


def _json(value: object, declared: Property) -> str:
    try:
        text = canonical(value)
    except NotCanonical as error:
        raise BadValue(f"it {error}.", error.place) from error
    if len(text) > declared.max_length:
        raise BadValue(
            f"expected at most {declared.max_length:,} characters of JSON, got {len(text):,}: keep it as an artifact."
        )
    return text


def _digest(value: object, _: Property) -> str:
    try:
        return normalise_digest(value if isinstance(value, str) else "")
    except ValueError as error:
        raise BadValue(f"expected sha256:<64 hexadecimal digits>, got {shown(value)}.") from error


def _texts(value: object, declared: Property) -> list[str]:
    if not isinstance(value, list | tuple):
        raise BadValue(f"expected a list of texts, got {shown(value)}.")
    each = list(cast("Iterable[object]", value))
    if len(each) > TEXTS_LIMIT:
        raise BadValue(f"expected at most {TEXTS_LIMIT:,} texts, got {len(each):,}.")
    return [_text(text, declared) for text in each]


_WANTED = {Kind.TIME: "a time", Kind.DIGEST: "sha256:<64 hexadecimal digits>"}

_CHECKS: dict[Kind, Callable[[object, Property], Any]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.FLOAT: _float,
    Kind.BOOLEAN: _boolean,
    Kind.TIME: _integer,
    Kind.JSON: _json,
    Kind.DIGEST: _digest,
    Kind.TEXTS: _texts,
}
