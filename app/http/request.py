"""From an HTTP request to what it asks."""

import asyncio
from contextlib import suppress
from typing import Any, cast
from urllib.parse import parse_qsl

from app.errors import ErrorCode
from app.http.answers import Receive, Refused, Scope, header
from app.operations.execution import Asked
from app.operations.wire import read_json

_MIB = 1024 * 1024
_TOO_DEEP = "holds JSON that is nested too deeply to be read: send it less deep, or as a text."


async def body_of(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body of a request.

    Raises:
        Refused: it has more bytes than the limit; what comes after them is not read.
        ConnectionError: its sender went away.
    """
    announced = header(scope, b"content-length")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(limit, unread=True)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client went away")
        part: bytes = message.get("body", b"")
        size += len(part)
        more: bool = message.get("more_body", False)
        if size > limit:
            raise too_large(limit, unread=more)
        parts.append(part)
        if not more:
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def drop_rest(receive: Receive, most: int, seconds: float) -> None:
    """Reads what is left of a body, and keeps nothing of it, to its end or to a bound.

    A connection that is closed while bytes of its client wait unread is reset, and a client that sends its whole body
    before it reads never sees the answer (RFC 9112, section 9.6).

    Args:
        receive: of the request; its body has not ended.
        most: how many bytes are read at most.
        seconds: for how long at most.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while most > 0:
                message = await receive()
                most -= len(message.get("body", b""))
                if not message.get("more_body", False):  # nor has the message that the client is gone
                    return


def too_large(limit: int, *, bulk: int = 0, unread: bool = False) -> Refused:
    """The refusal of a body over the limit.

    Args:
        limit: in bytes.
        bulk: what would be the limit for a bulk field; 0 where this is it.
        unread: whether some of the body may still be on its way.
    """
    hint = f" Only a document that asks for registerLineage may come with up to {_size(bulk)}." if bulk else ""
    message = f"The body has more than {_size(limit)}, which is the limit.{hint} Send it in several requests."
    return Refused(413, message, ErrorCode.BODY_TOO_LARGE, ((b"connection", b"close"),), unread=unread)


def _size(limit: int) -> str:
    return f"{limit // _MIB} MiB" if limit >= _MIB and limit % _MIB == 0 else f"{limit:,} bytes"


def check_content_type(scope: Scope) -> None:
    """Lets pass what says that it is JSON in UTF-8, uncompressed.

    A page of another origin cannot send that without being asked for leave first, which it does not get: so it cannot
    make a browser change anything here.

    Raises:
        Refused: it is something else.
    """
    name, _, parameters = header(scope, b"content-type").partition(";")
    charset = parameters.lower().partition("charset=")[2].split(";")[0].strip().strip('"')
    if name.strip().lower() != "application/json" or charset not in {"", "utf-8", "utf8"}:
        raise _unreadable("Send JSON in UTF-8, with the header Content-Type: application/json.")
    if header(scope, b"content-encoding") not in {"", "identity"}:
        raise _unreadable("Send the body uncompressed, without the header Content-Encoding.")


def _unreadable(remedy: str) -> Refused:
    return Refused(415, remedy, ErrorCode.BAD_CONTENT_TYPE)


def asked_by_body(body: bytes) -> Asked | list[object]:
    """What a POST asks; a list as it is, for `asked_among`, once it is known that one is taken.

    Raises:
        Refused: its body is not JSON, or not of the form that GraphQL over HTTP says.
    """
    try:
        value = read_json(body)
    except ValueError as error:
        raise Refused(400, f"The body is not JSON in UTF-8: {error}.", ErrorCode.BAD_JSON) from None
    except RecursionError:
        raise Refused(400, f"The body {_TOO_DEEP}", ErrorCode.BAD_JSON) from None
    if isinstance(value, list):
        return cast("list[object]", value)
    if not isinstance(value, dict):
        raise Refused(400, 'The body is no JSON object. Send {"query": "…", "variables": {…}}.')
    return _asked(cast("dict[str, Any]", value))


def asked_among(value: object) -> Asked | Refused:
    """What one of several asks; where it is no request, its refusal.

    Raises:
        Refused: the list is none of requests.
    """
    if not isinstance(value, dict):
        raise Refused(400, "The body is a list of other things than JSON objects, which requests are.")
    try:
        return _asked(cast("dict[str, Any]", value))
    except Refused as refusal:
        return refusal


def asked_by_address(query_string: bytes) -> Asked:
    """What a GET asks.

    Raises:
        Refused: its parameters are not what GraphQL over HTTP says.
    """
    try:
        given = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise Refused(400, "The address holds what is not percent-encoded UTF-8.") from None
    pairs = dict(given)
    if len(pairs) < len(given):
        raise Refused(400, "The address holds a parameter twice: send each once.")
    value: dict[str, Any] = {key: pairs[key] for key in ("query", "documentId", "operationName") if key in pairs}
    for key in ("variables", "extensions"):
        if pairs.get(key):
            try:
                value[key] = read_json(pairs[key].encode())
            except ValueError as error:
                raise Refused(400, f"The parameter {key} is not JSON: {error}.", ErrorCode.BAD_JSON) from None
            except RecursionError:
                raise Refused(400, f"The parameter {key} {_TOO_DEEP}", ErrorCode.BAD_JSON) from None
    return _asked(value)


def _asked(value: dict[str, Any]) -> Asked:
    query, operation = value.get("query"), value.get("operationName")
    variables, extensions = value.get("variables"), value.get("extensions")
    document_id = value.get("documentId")
    if document_id is None or query is not None:
        _check_document(query, document_id)
    elif not isinstance(document_id, str):
        raise Refused(400, "`documentId` must be a string, and the identifier of a registered document.")
    if operation is not None and not isinstance(operation, str):
        raise Refused(400, "`operationName` must be a string or null.")
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "`variables` must be an object or null.")
    if extensions is not None and not isinstance(extensions, dict):
        raise Refused(400, "`extensions` must be an object or null.")
    return Asked(query or "", cast("dict[str, Any] | None", variables), operation or None, document_id)


def _check_document(query: object, document_id: object) -> None:
    if document_id is not None:
        raise Refused(400, "There are both `query` and `documentId`: send one of them.")
    if not isinstance(query, str):
        raise Refused(400, "There is no document: send one in a string, as `query`, or name one by its `documentId`.")
    if not query.isascii() and _unpaired(query):
        raise Refused(400, "The document is not Unicode: it holds a lone surrogate. Take that out.", ErrorCode.BAD_JSON)


def _unpaired(text: str) -> bool:
    """Whether it holds half of a character of two halves, which UTF-8 cannot carry."""
    return any("\ud800" <= character <= "\udfff" for character in text)
