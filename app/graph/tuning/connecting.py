"""Connections that nobody waits for any more while they are opened, closed all the same.

The driver drops its socket where its task is cancelled before the server has taken the connection, as when a client
leaves: both ends keep it until Python next looks for what is unreachable, which may be long.
"""

import asyncio
from contextlib import suppress
from importlib import import_module
from typing import Any

_OPENS = "neo4j._async_compat.network._bolt_socket"
"""Where the driver opens its sockets."""


def close_what_is_left() -> None:
    """Has the driver close them in this process. One of another make is left as it is."""
    with suppress(ModuleNotFoundError, AttributeError):
        sockets: Any = import_module(_OPENS).AsyncBoltSocketBase
        if "opens_to_the_end" not in vars(sockets):
            sockets._connect_secure = _opening_to_the_end(sockets._connect_secure)  # noqa: SLF001 - no door for it
            sockets.opens_to_the_end = True


def _opening_to_the_end(opens: Any) -> Any:
    """That method of the class, whose work goes on when its caller is cancelled: the driver's own limit ends it."""

    async def open_it(cls: Any, *arguments: Any, **named: Any) -> Any:
        opening = asyncio.ensure_future(opens.__func__(cls, *arguments, **named))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise

    return classmethod(open_it)


def _close(opening: asyncio.Future[Any]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
