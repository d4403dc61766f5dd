"""The driver's messages, taken as they lie where a whole one has come.

Of an answer of a hundred records all but the first have come before they are asked for. The driver reads each by two
calls through six functions that could wait: a fourth of the service's time for such an answer.
"""

from contextlib import suppress
from importlib import import_module
from typing import Any

_MADE = "neo4j._async.io._bolt._base"
"""Where the driver makes what it receives messages by."""


def receive_what_has_come() -> None:
    """Has the driver's connections of this process receive so. One of another make is left as it is."""
    with suppress(ModuleNotFoundError, AttributeError):
        made: Any = import_module(_MADE)
        if "receive_whole" not in vars(made.AsyncInbox):
            made.AsyncInbox = _receiving_whole(made.AsyncInbox)


def _receiving_whole(inbox: Any) -> Any:
    """That class, which takes a message in one piece where it can."""

    class Inbox(inbox):
        receive_whole = True

        async def _buffer_one_chunk(self) -> None:
            reader = self._socket._reader  # noqa: SLF001 - the driver has no door for this
            come: bytearray = reader._buffer  # noqa: SLF001 - nor has asyncio
            size = int.from_bytes(come[:2])
            end = 2 + size
            # Most messages are of one chunk (Bolt, "Chunking"): its size in two bytes, it, and two zeros.
            if not size or not come.startswith(b"\0\0", end):
                await super()._buffer_one_chunk()  # pyright: ignore[reportUnknownMemberType] - the driver's
                return
            self._buffer.data = come[2:end]
            self._buffer.used = size
            del come[: end + 2]
            reader._maybe_resume_transport()  # noqa: SLF001 - as its own `read` does

    return Inbox
