"""The outermost layer: a correlation id and a log line for each request, and an answer whatever happens within."""

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from app.addresses import is_loopback
from app.errors import ErrorCode
from app.http.answers import Message, Receive, Refused, Scope, Send, answer_json, header
from app.http.counting import Counts
from app.http.entering import NOTES
from app.operations.failures import masked

CORRELATION_ID = b"x-correlation-id"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Front:
    """Stands before an application.

    Args:
        inner: the application.
        local_only: answers only requests that name this machine as their host. Without login that keeps out a web page
            whose own name was made to mean this machine (DNS rebinding).
        counts: counts the requests, where somebody may ask for that.
    """

    def __init__(self, inner: Application, *, local_only: bool, counts: Counts | None = None) -> None:
        self._inner = inner
        self._local_only = local_only
        self._counts = counts or Counts()
        self._log: Any = structlog.get_logger("pedigree.http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        started = time.perf_counter()
        correlation_id = _correlation_id(scope)
        scope["pedigree.correlation_id"] = correlation_id
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (CORRELATION_ID, correlation_id.encode())]
            await send(message)

        try:
            await self._answer(scope, receive, sending)
        except ConnectionError:
            status = status or 499  # nobody is there to be answered; as other servers log it
        except Exception:  # noqa: BLE001 - the last one who can answer
            self._log.exception("unforeseen", correlation_id=correlation_id)
            if not status:
                message, extensions = masked(correlation_id)
                await answer_json(sending, 500, {"errors": [{"message": message, "extensions": extensions}]})
        finally:
            seconds = time.perf_counter() - started
            try:
                await asyncio.sleep(0)  # the loop sends what was written when it comes round: nobody waits for the log
            finally:
                self._counts.answered(scope["path"], status, seconds, scope.get(NOTES, {}))
                self._log.info(
                    "request",
                    correlation_id=correlation_id,
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    ms=round(seconds * 1000, 3),
                    **scope.get(NOTES, {}),
                )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._local_only and not is_loopback(_host(header(scope, b"host"))):
            refusal = Refused(
                421,
                "Without login only this machine is answered: the header Host must name it, as 127.0.0.1 or localhost. "
                "A proxy before Pedigree has to send it so.",
                ErrorCode.BAD_HOST,
            )
            await answer_json(send, refusal.status, refusal.body)
            return
        await self._inner(scope, receive, send)


def _correlation_id(scope: Scope) -> str:
    """The caller's own id, where it can stand in a log as it is, else a new one."""
    given = header(scope, CORRELATION_ID)
    return given if _ACCEPTABLE_ID.fullmatch(given) else os.urandom(8).hex()


def _host(value: str) -> str:
    """The name or address in a header `Host`, without the port."""
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0].lower()
