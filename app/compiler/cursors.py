"""Cursors: where a page begins, told by the sort values and the uid of the thing beside it."""

import base64
import binascii
from hashlib import sha256
from typing import Any

import orjson

from app.errors import ErrorCode, PedigreeError

_VERSION = 1
_REMEDY = "Take it from `pageInfo` or an edge of the same field, with the same order, filter and times."


def tag(field: str, order: str, where: object) -> str:
    """What a cursor has in common with all others of the same list: a hash of field, order and filter."""
    text = orjson.dumps([field, order, where], default=str, option=orjson.OPT_SORT_KEYS)
    return sha256(text).hexdigest()[:12]


def encode(list_tag: str, value: object, uid: str) -> str:
    """The cursor of the thing with this sort value and uid."""
    parts = [_VERSION, list_tag, _check(list_tag, value, uid), value, uid]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode()


def decode(cursor: str, list_tag: str) -> tuple[Any, str]:
    """The sort value and the uid that a cursor stands for.

    Args:
        cursor: what the client sent.
        list_tag: the list that it is sent to.

    Raises:
        PedigreeError: it is no cursor, one of another list, or it was changed.
    """
    try:
        parts = orjson.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise _refused("It is no cursor of this service.") from error
    match parts:
        case [1, str(found), str(check), (str() | int() | float()) as value, str(uid)]:
            pass
        case _:
            raise _refused("It is no cursor of this service.")
    if found != list_tag:
        raise _refused("It belongs to another field, order, filter or time.")
    if check != _check(list_tag, value, uid):
        raise _refused("It was changed on its way.")
    return value, uid


def _check(list_tag: str, value: object, uid: str) -> str:
    return sha256(orjson.dumps([list_tag, value, uid])).hexdigest()[:8]


def _refused(why: str) -> PedigreeError:
    return PedigreeError(f"The cursor cannot be used. {why}", code=ErrorCode.BAD_CURSOR, remedy=_REMEDY)
