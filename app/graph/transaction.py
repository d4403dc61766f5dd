"""One transaction, as the work inside it sees it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, LiteralString

from neo4j import AsyncTransaction

from app.graph.engines.engine import Rows
from app.graph.failures import too_late

StatementHook = Callable[[str, Mapping[str, Any]], None]
"""Is called with every statement that is sent, and its parameters."""


class Transaction:
    """Several statements that happen together or not at all."""

    def __init__(self, inner: AsyncTransaction, tell: StatementHook, seconds: float) -> None:
        self._inner = inner
        self._tell = tell
        self._seconds = seconds
        self._dry = False

    async def run(self, statement: LiteralString, parameters: Mapping[str, Any] | None = None) -> Rows:
        """The statement's records, each as the list of its values.

        Raises:
            TookTooLong: the time of the statement is over; the transaction is gone with it.
        """
        values = dict(parameters or {})
        self._tell(statement, values)
        try:
            async with asyncio.timeout(self._seconds):
                result = await self._inner.run(statement, values)
                return await result.values()
        except TimeoutError as error:
            raise too_late(self._seconds) from error

    def rollback_at_end(self) -> None:
        """Marks a dry run: what the work returns is returned, and nothing of it is stored."""
        self._dry = True

    @property
    def dry(self) -> bool:
        """Whether nothing will be stored."""
        return self._dry
