"""`registerLineage` as a load sends it, and what of its rows the API could not even read."""

import re
from collections.abc import Mapping
from typing import Any

from app.commands.api import Api, data_of, error_of
from app.commands.questions import REGISTER
from app.errors import ErrorCode, PedigreeError
from app.loading.delivery import Register, RequestUnread

_UNREAD = frozenset({ErrorCode.BAD_REQUEST, ErrorCode.BAD_JSON, ErrorCode.BODY_TOO_LARGE})
_PLACE = re.compile(
    r"Variable '\$input' (?:has|got) invalid value at \.(nodes|relationships)(\[\d+\])\.?(\S*): (.*)", re.DOTALL
)
"""GraphQL's words for a value that does not fit: the row, the place in it, and why."""


def register_by(api: Api) -> Register:
    """Registers by that API."""

    async def register(body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await api.ask(REGISTER, {"input": body})
        except PedigreeError as error:
            if error.code not in _UNREAD:
                raise
            raise _unread(error, {}) from error
        errors = answer.get("errors")
        if errors and (error := error_of(errors[0])).code in _UNREAD:
            raise _unread(error, _rows(errors))
        return data_of(answer)["registerLineage"]

    return register


def _unread(error: PedigreeError, rows: Mapping[str, str]) -> RequestUnread:
    return RequestUnread(error.message, code=error.code, rows=rows)


def _rows(errors: list[dict[str, Any]]) -> dict[str, str]:
    """What is wrong with which rows, as far as the errors say; the first word counts."""
    rows: dict[str, str] = {}
    for error in errors:
        if found := _PLACE.match(str(error.get("message", ""))):
            name, index, place, why = found.groups()
            rows.setdefault(f"{name}{index}", f"{place}: {why}" if place else why)
    return rows
