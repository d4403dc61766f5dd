"""Answers: a status, a few headers, and bytes."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

from app.errors import ErrorCode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

JSON = b"application/json; charset=utf-8"
GRAPHQL_RESPONSE = b"application/graphql-response+json; charset=utf-8"
HTML = b"text/html; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"

_AS_SAID = (b"x-content-type-options", b"nosniff")
"""A browser takes an answer for nothing else than its content type says."""


class Refused(Exception):
    """A request that is no GraphQL request; its answer has this status and this one error.

    Args:
        status: of HTTP.
        message: what is wrong, and the remedy.
        code: what clients decide by.
        headers: what the status wants beside it.
        unread: whether some of the body may still be on its way, on a connection that is closed after the answer.
        more: what the error's extensions say beside the code.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: ErrorCode = ErrorCode.BAD_REQUEST,
        headers: Headers = (),
        *,
        unread: bool = False,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers
        self.unread = unread
        self.more = more or {}

    @property
    def body(self) -> dict[str, Any]:
        """The answer in GraphQL's form."""
        return {"errors": [{"message": self.message, "extensions": {"code": self.code.value, **self.more}}]}


async def answer(
    send: Send, status: int, content_type: bytes, body: bytes, headers: Headers = (), *, last: bool = True
) -> None:
    """Sends a whole answer; where it is not `last`, what ends it is still to be sent, though it has no bytes."""
    given = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), _AS_SAID, *headers]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body, "more_body": not last})


async def answer_nothing(send: Send, status: int, headers: Headers) -> None:
    """Sends an answer of a status that has no body."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})


def bodiless(send: Send) -> Send:
    """The same with every body left out: what answers a HEAD."""

    async def sending(message: Message) -> None:
        await send({**message, "body": b""} if "body" in message else message)

    return sending


async def answer_json(
    send: Send, status: int, value: object, content_type: bytes = JSON, headers: Headers = ()
) -> None:
    """Sends a value as JSON."""
    await answer(send, status, content_type, as_json(value), headers)


def as_json(value: object) -> bytes:
    """The value as JSON in UTF-8."""
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate that came in, quoted in a message: escaped, it can go out
        return json.dumps(value, allow_nan=False).encode()


def header(scope: Scope, name: bytes) -> str:
    """The value of a request's header; empty where it has none. Of several the values are joined, as HTTP has it."""
    values: list[bytes] = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1")
