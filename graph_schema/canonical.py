"""JSON in its one canonical form (RFC 8785), refusing what no engine and no reader could carry."""

import math
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any, cast

from graph_schema.declare import INTEGER_LIMIT

DEPTH = 64
"""How deep a value may nest: far below where parsers and printers give up."""


class NotCanonical(ValueError):
    """A value that has no canonical form.

    Attributes:
        place: where in the value, as `.metrics[3]`; empty for the value itself.
        whole: whether it is the value as a whole that is wrong, wherever it was noticed.
    """

    def __init__(self, reason: str, place: str = "", *, whole: bool = False) -> None:
        super().__init__(reason)
        self.place = place
        self.whole = whole

    def within(self, step: str) -> None:
        """Notes that the value is a part of another, reached by that step."""
        if not self.whole:
            self.place = step + self.place


def canonical(value: object) -> str:
    """The value as canonical JSON text: keys in order, numbers as ECMAScript prints them, no space.

    Integers are kept to the last digit up to 64 bits, where RFC 8785 knows doubles only.

    Raises:
        NotCanonical: not JSON; NaN or infinite; an integer past 2^63 - 1; a NUL or a lone surrogate in a text; or it
            nests too deep.
    """
    return _text(value, 0)


def flaw_of_text(value: str) -> str:
    """What keeps a text from being stored; empty where nothing does."""
    if "\x00" in value:
        return "holds a NUL character"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "holds a lone surrogate, which is no character"
    return ""


def _text(value: object, depth: int) -> str:
    write = _WRITERS.get(type(value))
    if write is None:
        raise NotCanonical(f"is of type {type(value).__name__}, which JSON does not have")
    if depth > DEPTH:
        reason = f"is nested more than {DEPTH} levels deep: flatten it, or keep it as an artifact"
        raise NotCanonical(reason, whole=True)
    return write(value, depth)


def _string(value: str, _: int = 0) -> str:
    if flaw := flaw_of_text(value):
        raise NotCanonical(flaw)
    return encode_basestring(value)


def _integer(value: int, _: int) -> str:
    if not -INTEGER_LIMIT <= value <= INTEGER_LIMIT:
        raise NotCanonical("is an integer of more than 64 bits")
    return str(value)


def _float(value: float, _: int) -> str:
    if not math.isfinite(value):
        raise NotCanonical(f"is {value}, which is not a number that JSON has")
    if value == 0:
        return "0"
    text = repr(value)
    mantissa, _e, exponent = text.partition("e")
    if not exponent:
        return mantissa.removesuffix(".0")
    return _with_exponent(mantissa, int(exponent))


def _with_exponent(mantissa: str, exponent: int) -> str:
    """Python prints an exponent below 1e-4 and from 1e16; ECMAScript below 1e-6 and from 1e21."""
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits = (whole + fraction).rstrip("0") if fraction == "0" else whole + fraction
    if 0 <= exponent < 21:  # noqa: PLR2004 - ECMA-262, Number::toString
        return f"{sign}{digits.ljust(exponent + 1, '0')}"
    if -7 < exponent < 0:  # noqa: PLR2004 - as above
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    shown = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{sign}{shown}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def _list(value: list[object], depth: int) -> str:
    parts: list[str] = []
    for index, each in enumerate(value):
        try:
            parts.append(_text(each, depth + 1))
        except NotCanonical as error:
            error.within(f"[{index}]")
            raise
    return f"[{','.join(parts)}]"


def _dict(value: dict[object, object], depth: int) -> str:
    parts: list[str] = []
    for key in _sorted(value):
        try:
            parts.append(f"{_string(key)}:{_text(value[key], depth + 1)}")
        except NotCanonical as error:
            error.within(f".{shown(key, 40)}")
            raise
    return f"{{{','.join(parts)}}}"


def _sorted(value: dict[object, object]) -> list[str]:
    for key in value:
        if not isinstance(key, str):
            raise NotCanonical("has a key that is no text")
    keys = cast("list[str]", list(value))
    if all(key.isascii() for key in keys):
        return sorted(keys)
    return sorted(keys, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def shown(value: object, length: int = 80) -> str:
    """A value as a message can show it: short, and of printable ASCII only where it is strange."""
    text = value if isinstance(value, str) else _printed(value)
    if len(text) > length:
        text = f"{text[: length - 3]}..."
    return text if text.isprintable() else ascii(text)[1:-1]


def _printed(value: object) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # Python prints no integer of thousands of digits, and nothing without end
        return f"{type(value).__name__} too long to show"


_WRITERS: dict[type, Callable[[Any, int], str]] = {
    str: _string,
    int: _integer,
    float: _float,
    bool: lambda value, _: "true" if value else "false",
    type(None): lambda _, __: "null",
    list: _list,
    tuple: _list,
    dict: _dict,
}
