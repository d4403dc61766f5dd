"""Answers: a status, a few headers, and bytes."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

JSON = b"application/json; charset=utf-8"
GRAPHQL_RESPONSE = b"application/graphql-response+json; charset=utf-8"
HTML = b"text/html; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"


class Refused(Exception):
    """A request that is no GraphQL request; its answer has this status and this one error.

    Args:
        status: of HTTP.
        message: what is wrong, and the remedy.
        code: what clients decide by.
        headers: what the status wants beside it.
        unread: whether some of the body may still be on its way, on a connection that is closed after the answer.
    """

    def __init__(
        self, status: int, message: str, code: str = "BAD_REQUEST", headers: Headers = (), *, unread: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers
        self.unread = unread

    @property
    def body(self) -> dict[str, Any]:
        """The answer in GraphQL's form."""
        return {"errors": [{"message": self.message, "extensions": {"code": self.code}}]}


async def answer(
    send: Send, status: int, content_type: bytes, body: bytes, headers: Headers = (), *, last: bool = True
) -> None:
    """Sends a whole answer; where it is not `last`, what ends it is still to be sent, though it has no bytes."""
    given = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body, "more_body": not last})


async def answer_json(
    send: Send, status: int, value: object, content_type: bytes = JSON, headers: Headers = (), *, last: bool = True
) -> None:
    """Sends a value as JSON, as `answer` does."""
    try:
        body = orjson.dumps(value)
    except TypeError:  # a lone surrogate that came in, quoted in a message: escaped, it can go out
        body = json.dumps(value, allow_nan=False).encode()
    await answer(send, status, content_type, body, headers, last=last)


def header(scope: Scope, name: bytes) -> str:
    """The value of a request's header; empty where it has none. Of several the values are joined, as HTTP has it."""
    values: list[bytes] = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1")
