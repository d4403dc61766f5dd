"""What a connection may keep waiting, and how much it may send before anybody looks at it.

The server underneath has no such bounds: whoever sends a header a byte a minute, or one that never ends, holds a
connection, and memory, for ever.
"""

import asyncio
from dataclasses import dataclass
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.errors import ErrorCode
from app.http.answers import JSON, Refused, as_json


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client is waited for, and how much it may send at once.

    Attributes:
        head_seconds: for the head of a request, all of it; also for the first byte of a new connection.
        request_seconds: for the whole request.
        writing_seconds: for a client that does not take what it asked for.
        head_bytes: in the head of a request.
        head_lines: headers of a request.
        message_bytes: in a request, all that belongs to it, whether it is kept or dropped.
        at_length: below which address a PUT may have any size, and take as long as it goes on, since what answers it
            bounds what it takes; empty for none.
        slowest: bytes a second that must come of such a one, on the average of `request_seconds`.
    """

    head_seconds: float = 10.0
    request_seconds: float = 60.0
    writing_seconds: float = 60.0
    head_bytes: int = 32 * 1024
    head_lines: int = 100
    message_bytes: int = 64 * 1024 * 1024
    at_length: bytes = b""
    slowest: int = 16 * 1024


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 with these bounds."""

    patience: ClassVar[Patience] = Patience()

    _waiting: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _head = 0
    _message = 0
    _came = 0
    _at_length = False
    _in_head = True
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._wait(self.patience.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing any more."""
        self._rest()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, as long as there may be more."""
        self._message += len(data)
        if self._message > self.patience.message_bytes and not self._at_length:
            self.transport.abort()
        if self.transport.is_closing() or self._refused:
            return
        if self._in_head:
            if self._head > self.patience.head_bytes:
                self._refuse(_TOO_LARGE)
                return
            self._head += len(data)
            if self._waiting is None:
                self._wait(self.patience.head_seconds)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a header; those that come after a body are nobody's business here."""
        if self._in_head and len(self.headers) <= self.patience.head_lines:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hands the request on, and goes on to wait for the rest of it."""
        self._in_head = False
        if self._refused:
            return
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.patience.head_bytes or len(self.headers) > self.patience.head_lines:
            self._refuse(_TOO_LARGE)
            return
        prefix = self.patience.at_length
        method = b"" if self.parser is None else self.parser.get_method()
        self._at_length = bool(prefix) and self.url.startswith(prefix) and method == b"PUT"
        self._wait(self.patience.request_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hands a part of the body on, unless the request was refused."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here: what follows is the service's time."""
        if not self._refused:
            self._rest()
            self._in_head, self._at_length = True, False
            self._head = self._message = self._came = 0
            super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not take what it gets as fast as it comes."""
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(self.patience.writing_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It took some."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        super().resume_writing()

    def _wait(self, seconds: float) -> None:
        self._rest()
        self._waiting = self.loop.call_later(seconds, self._too_slow)

    def _rest(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        self._waiting = None
        if self._at_length and not self._refused and self._goes_on():
            self._wait(self.patience.request_seconds)
            return
        cycle = cast("RequestResponseCycle | None", self.cycle)  # which it is until a first request came
        answering = cycle is not None and cycle.response_started and not cycle.response_complete
        if self._message == 0 or answering or self._refused:  # nothing was asked, or there is an answer already
            self.transport.close()
        else:
            self._refuse(_TOO_SLOW)

    def _goes_on(self) -> bool:
        """Whether enough has come since this was last asked, or nothing could, since it was not read here."""
        came, self._came = self._message - self._came, self._message
        return self.flow.read_paused or came >= self.patience.slowest * self.patience.request_seconds

    def _refuse(self, refusal: Refused) -> None:
        """Answers without the application, and closes when the client has had the time to read it.

        A connection that is closed while bytes of its client wait unread is reset, and then the answer is lost.
        """
        self._refused = True
        self._wait(_LINGERING)
        body = as_json(refusal.body)
        reason = {408: b"Request Timeout", 431: b"Request Header Fields Too Large"}[refusal.status]
        self.transport.write(
            b"HTTP/1.1 %d %b\r\ncontent-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (refusal.status, reason, JSON, len(body), body)
        )
        self.transport.write_eof()


_LINGERING = 5.0
"""Seconds for which a client that was refused may go on to send what is dropped."""

_TOO_LARGE = Refused(431, "The head of the request is too large, or has too many headers.", ErrorCode.HEAD_TOO_LARGE)
_TOO_SLOW = Refused(408, "The request did not come to its end in time.", ErrorCode.TOO_SLOW)


def patient(patience: Patience) -> type[PatientProtocol]:
    """The protocol with those bounds, for a server to make one of each connection."""
    return type("Patient", (PatientProtocol,), {"patience": patience})
