"""Ends statements that nobody waits for any more, on an engine that does not end them by itself."""

import asyncio
import contextlib
from typing import Any, cast

from neo4j import AsyncDriver
from neo4j.exceptions import DriverError, Neo4jError

_LOOKS = (0.0, 0.02, 0.2, 1.0)
"""Seconds to wait before each look for the statement: one that was just sent may not have begun."""

_FIND = "SHOW TRANSACTIONS YIELD transactionId, clientAddress WHERE clientAddress ENDS WITH $port RETURN transactionId"
_END = "TERMINATE TRANSACTIONS $transactions"


class Cutting:
    """Watches a driver's connections: one that is cut off, its task being cancelled or late, has its statement ended.

    The driver has no door for this; the function of its pool that is replaced here is the one through which it cuts
    connections off.
    """

    def __init__(self, driver: AsyncDriver, database: str) -> None:
        self._driver = driver
        self._database = database
        self._ending: set[asyncio.Task[None]] = set()
        pool = cast("Any", driver)._pool  # noqa: SLF001 - see the class
        self._cut_off = pool.kill_and_release
        pool.kill_and_release = self._cut_and_end

    def _cut_and_end(self, *connections: Any) -> None:
        self._cut_off(*connections)
        for connection in connections:
            task = asyncio.get_running_loop().create_task(self._end(connection.local_port))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, port: int) -> None:
        """Ends what the connection from this port left behind; if it is not found, it ended by itself."""
        with contextlib.suppress(DriverError, Neo4jError, OSError):
            for pause in _LOOKS:
                await asyncio.sleep(pause)
                if await self._found(port):
                    return

    async def _found(self, port: int) -> bool:
        driver = cast("Any", self._driver)  # its options are untyped
        async with driver.session(database=self._database) as session:
            found = await (await session.run(_FIND, {"port": f":{port}"})).values()
            if found:
                await session.run(_END, {"transactions": [row[0] for row in found]})
            return bool(found)

    async def close(self) -> None:
        """Stops looking."""
        ending = list(self._ending)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
