"""A server: it listens where the settings say, until it is told to stop."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any, cast

import uvicorn

from app.errors import ErrorCode, PedigreeError
from app.http.front import Application
from app.http.patience import Patience, patient

_GRACE = 10
"""Seconds that requests under way get after a signal to stop."""


class AddressUnusable(PedigreeError):
    """The service cannot listen where the settings say."""

    standard_code = ErrorCode.ADDRESS_UNUSABLE


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; its own name says which port, where 0 was asked for.

    Raises:
        AddressUnusable: it cannot, and what to do about it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(2048)
    except OSError as error:
        found.close()
        raise _explained(error, host, port) from error
    return found


def address_of(listener: socket.socket) -> str:
    """Where it listens, as `http://127.0.0.1:8000`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    application: Application, listener: socket.socket, announce: Callable[[], None], patience: Patience | None = None
) -> None:
    """Answers requests until SIGINT or SIGTERM comes; those under way are answered first.

    Args:
        application: what answers.
        listener: where; it is closed at the end.
        announce: called when the first request can be answered.
        patience: how long clients are waited for, and how much they may send; the usual, where it is not given.
    """
    await _Server(_config(application, patience), announce).serve(sockets=[listener])


@asynccontextmanager
async def serving_beside(
    application: Application, listener: socket.socket, patience: Patience | None = None
) -> AsyncGenerator[None]:
    """Answers requests as long as the block lasts, for what this process does itself; signals are not its business.

    Args:
        application: what answers.
        listener: where; it is closed at the end.
        patience: as `serve` has it.
    """
    ready = asyncio.Event()
    server = _Beside(_config(application, patience), ready.set)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    started = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait([serving, started], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        yield
    finally:
        started.cancel()
        server.should_exit = True
        await serving


def _config(application: Application, patience: Patience | None) -> uvicorn.Config:
    return uvicorn.Config(
        cast("Any", application),
        http=patient(patience or Patience()),
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """As uvicorn does, but a signal that was obeyed is not raised again: there is more to close after this."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class _Beside(_Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are for whoever this is beside."""
        yield


def _explained(error: OSError, host: str, port: int) -> AddressUnusable:
    if error.errno == errno.EADDRINUSE:
        return AddressUnusable(
            f"Port {port} of {host} is in use by another program.",
            remedy="Stop that one, or take another port: --port, or PEDIGREE_PORT (0 takes a free one).",
        )
    if error.errno == errno.EACCES:
        return AddressUnusable(
            f"Port {port} of {host} may not be taken by this user.",
            remedy="Take one above 1023: --port, or PEDIGREE_PORT.",
        )
    return AddressUnusable(
        f"It is not possible to listen on {host}, port {port}: {error.strerror or error}.",
        remedy="Correct PEDIGREE_HOST: 127.0.0.1 is there on every machine.",
    )
