"""Cursors: where a page begins, told by the sort values and the uid of the thing beside it."""

import base64
import binascii
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, cast

import orjson

from app.errors import ErrorCode, PedigreeError

_VERSION = 1
_REMEDY = "Take it from `pageInfo` or an edge of the same field, with the same order and filter."


def tag(field: str, order: str, where: object) -> str:
    """What a cursor has in common with all others of the same list: a hash of field, order and filter."""
    text = orjson.dumps([field, order, where], default=str, option=orjson.OPT_SORT_KEYS)
    return sha256(text).hexdigest()[:12]


def encode(list_tag: str, values: Sequence[Any]) -> str:
    """The cursor of the thing with these sort values, the uid last."""
    return base64.urlsafe_b64encode(orjson.dumps([_VERSION, list_tag, _check(list_tag, values), *values])).decode()


def decode(cursor: str, list_tag: str, count: int) -> tuple[Any, ...]:
    """The sort values and the uid that a cursor stands for.

    Args:
        cursor: what the client sent.
        list_tag: the list that it is sent to.
        count: how many values a cursor of that list holds.

    Raises:
        PedigreeError: it is no cursor, one of another list, or it was changed.
    """
    try:
        parts = orjson.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise _refused("It is no cursor of this service.") from error
    if not isinstance(parts, list) or len(cast("list[Any]", parts)) < 3 or parts[0] != _VERSION:  # noqa: PLR2004
        raise _refused("It is no cursor of this service.")
    _, found, check, *values = cast("list[Any]", parts)
    if found != list_tag:
        raise _refused("It belongs to another field, order or filter.")
    if check != _check(list_tag, values) or len(values) != count:
        raise _refused("It was changed on its way.")
    return tuple(values)


def _check(list_tag: str, values: Sequence[Any]) -> str:
    return sha256(orjson.dumps([list_tag, *values])).hexdigest()[:8]


def _refused(why: str) -> PedigreeError:
    return PedigreeError(f"The cursor cannot be used. {why}", code=ErrorCode.BAD_CURSOR, remedy=_REMEDY)
