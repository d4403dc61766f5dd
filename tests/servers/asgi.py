"""An application that answers on loopback, in this process."""

import asyncio
import socket
from typing import Any

import uvicorn

_START_SECONDS = 60


class Listening:
    """A port that is taken at once, and answers once there is what to answer with.

    Attributes:
        address: where, without a path.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def serve(self, application: Any) -> None:
        """Answers with that application from now on."""
        config = uvicorn.Config(application, log_config=None, lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server._serve([self._socket]))
        async with asyncio.timeout(_START_SECONDS):
            while not self._server.started:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Answers no more."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
        self._socket.close()
