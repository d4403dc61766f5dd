"""A store of artifacts, as far as pushes and pulls need one: it takes and gives bytes, and fails when told to."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

Fault = int | str
"""A status; or `cut`, `short`, `wrong`, `long`, `whole` (Range is passed over), `lost` (taken, not kept), `stall`."""

Watcher = Callable[[str, int], object]
Wait = Callable[[], Awaitable[None]]


class PretendedStore:
    """An ASGI application.

    Attributes:
        address: where it answers.
        arrived: parts, by the file's number and their own.
        held: bytes by sha256.
        put_faults, get_faults: one is taken for each request; None does nothing.
        on_send: called with `put` or `get` at each request, and with how many have come.
        stalled: awaited in the middle of an answer that stalls.
        generation: of the addresses that are given out.
        valid_from: the first of them whose addresses are taken.
        puts, gets, headers: what was asked: the part; the sha256 and the Range; what came with it.
        together, most_together: how many parts are on their way at once.
    """

    def __init__(self) -> None:
        self.address = ""
        self.arrived: dict[tuple[int, int], bytes] = {}
        self.held: dict[str, bytes] = {}
        self.generation = self.valid_from = 0
        self.put_faults: list[Fault | None] = []
        self.get_faults: list[Fault | None] = []
        self.puts: list[tuple[int, int]] = []
        self.gets: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.on_send: Watcher = lambda _kind, _count: None
        self.together = self.most_together = 0
        self.stalled: Wait = _nothing

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.headers.append(headers)
        _, way, what, *rest = scope["path"].split("/")
        if way == "up":
            await self._take((int(what), int(rest[0])), int(rest[1]), receive, send)
        else:
            await self._give(what, int(rest[0]), headers.get("range", ""), send)

    async def _take(self, part: tuple[int, int], generation: int, receive: Any, send: Any) -> None:
        self.together += 1
        self.most_together = max(self.most_together, self.together)
        self.puts.append(part)
        self.on_send("put", len(self.puts))
        try:
            fault = _next(self.put_faults)
            data = await body_of(receive)
            if fault == "cut":
                await _start(send, 200, 10)
            elif generation < self.valid_from:
                await reply(
                    send, 403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
                )
            elif isinstance(fault, int):
                await reply(send, fault, orjson.dumps({"errors": [{"message": "It does not work."}]}))
            else:
                if fault != "lost":
                    self.arrived[part] = data
                await reply(send, 200, b"")
        finally:
            self.together -= 1

    async def _give(self, digest: str, generation: int, asked: str, send: Any) -> None:
        self.gets.append((digest, asked))
        self.on_send("get", len(self.gets))
        fault, data = _next(self.get_faults), self.held.get(digest, b"")
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked and fault != "whole" else 0
        ranged = f"bytes {first}-{len(data) - 1}/{len(data)}".encode()
        data = {"wrong": b"x" * len(data), "long": data + b"more"}.get(str(fault), data)[first:]
        headers = ((b"content-range", ranged),) if first else ()
        status = fault if isinstance(fault, int) else None
        if digest not in self.held or generation < self.valid_from:
            status = 404 if digest not in self.held else 403
        if status is not None:
            await reply(send, status, b"<Error><Code>Odd</Code><Message>It does not work.</Message></Error>")
            return
        half = data[: len(data) // 2]
        broken = fault in {"cut", "stall"}
        await _start(send, 206 if first else 200, len(half) if fault == "short" else len(data), headers)
        part = half if broken or fault == "short" else data
        await send({"type": "http.response.body", "body": part, "more_body": broken})
        if fault == "stall":
            await self.stalled()
        if broken:
            raise ConnectionError


async def _nothing() -> None:
    """What is done while an answer stalls, where nothing is."""


def _next(faults: list[Fault | None]) -> Fault | None:
    return faults.pop(0) if faults else None


async def body_of(receive: Any) -> bytes:
    """The body of a request.

    Raises:
        ConnectionError: its sender went away in the middle of it.
    """
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError  # a part that was cut off is none
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _start(send: Any, status: int, size: int, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    length = (b"content-length", str(size).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})


async def reply(send: Any, status: int, body: bytes, kind: bytes = b"application/xml") -> None:
    """Answers a request."""
    await _start(send, status, len(body), ((b"content-type", kind),))
    await send({"type": "http.response.body", "body": body})
