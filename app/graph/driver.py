"""The one way to the graph: Cypher over Bolt."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from typing import Any, LiteralString, Self, TypeVar

from neo4j import READ_ACCESS, WRITE_ACCESS, AsyncSession, AsyncTransaction, Query
from neo4j.exceptions import DriverError, Neo4jError

from app.graph.connection import Connection, commit, open_connection
from app.graph.endpoint import Endpoint, FixedPlace, Place
from app.graph.engines.engine import Engine, Rows
from app.graph.engines.schema import SchemaItem
from app.graph.engines.sql import run_sql
from app.graph.failures import Chance, chance, too_late, translate
from app.graph.retrying import Attempts, Limits
from app.graph.transaction import StatementHook, Transaction

T = TypeVar("T")

_GRACE = 2.0
"""Seconds that a server gets to end a late statement itself, with a better answer than a cut connection."""


class Graph:
    """A graph that answers, on any engine. Made by `connect` or `open`; safe for many tasks of one event loop.

    What is lost is found again: after a server was away, or the embedded engine was killed, the next statement is
    answered as before.
    """

    def __init__(self, place: Place, connection: Connection, limits: Limits) -> None:
        """For `connect` and `open` only."""
        self._place = place
        self._connection = connection
        self._limits = limits
        self._hooks: list[StatementHook] = []
        self._finding = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._closed = False

    @classmethod
    async def connect(cls, url: str, user: str, password: str, database: str, *, limits: Limits | None = None) -> Self:
        """A graph on a server that somebody else runs.

        Args:
            url: `bolt://…` for one server, `neo4j://…` for a cluster, `+s` for encryption.
            user: who logs in.
            password: with what.
            database: always named; `neo4j` is the name that a new server gives its own.
            limits: how long things may take.

        Raises:
            GraphError: nothing answers, the login is refused, there is no such database, or it is too old.
        """
        return await cls.open(FixedPlace(Endpoint(url, user, password, database)), limits=limits)

    @classmethod
    async def open(cls, place: Place, *, limits: Limits | None = None) -> Self:
        """A graph wherever `place` finds it. It has answered a query when this returns.

        Raises:
            PedigreeError: it does not answer, and why.
        """
        try:
            endpoint = await place.find()
            try:
                graph = cls(place, await open_connection(endpoint), limits or Limits())
            except (DriverError, Neo4jError, OSError) as error:
                raise translate(error, endpoint, None) from error
        except BaseException:
            await place.leave()
            raise
        try:
            await graph.read("RETURN 1")  # ports open earlier than databases, and the database may be another
        except BaseException:
            await graph.close()
            raise
        return graph

    async def close(self) -> None:
        """Gives the connections back. Statements under way are cut off."""
        if not self._closed:
            self._closed = True
            await self._connection.close()
            await self._place.leave()

    @property
    def engine(self) -> Engine:
        """Which engine answers, and how it wants things said."""
        return self._alive().engine

    @property
    def endpoint(self) -> Endpoint:
        """Where the graph answers at present."""
        return self._alive().endpoint

    def on_statement(self, hook: StatementHook) -> Callable[[], None]:
        """Calls `hook` with text and parameters of every statement that is run, not only planned, until told to end."""
        self._hooks.append(hook)
        return lambda: self._hooks.remove(hook)

    async def read(
        self, statement: LiteralString, parameters: Mapping[str, Any] | None = None, *, seconds: float | None = None
    ) -> Rows:
        """The records of one statement that changes nothing, each as the list of its values.

        Args:
            statement: constant text, or the compiler's.
            parameters: sent as they are; `engine.bind` shapes them where the text names them by `engine.parameter`.
            seconds: its time, where it is not the usual.

        Raises:
            TookTooLong: its time is over.
            GraphError: the graph refuses it, or does not answer.
        """
        limit = self._limits.read if seconds is None else seconds
        values = dict(parameters or {})

        async def once(connection: Connection) -> Rows:
            if connection.must_plan(statement):
                # Nothing of the data is read for it, so that more time than a reading has cannot be misused.
                planning = max(self._limits.plan, limit)
                await self._run(connection, f"EXPLAIN {statement}", values, planning, READ_ACCESS)
            self._tell(statement, values)
            return await self._run(connection, statement, values, limit, READ_ACCESS)

        return await self._attempt(once)

    async def execute(
        self, statement: LiteralString, parameters: Mapping[str, Any] | None = None, *, seconds: float = 600
    ) -> Rows:
        """The records of one statement in a transaction of its own: for schema commands and deletions by batches.

        It is sent again where it failed for a passing reason, so it must do no harm when done twice.
        """
        values = dict(parameters or {})

        async def once(connection: Connection) -> Rows:
            self._tell(statement, values)
            return await self._run(connection, statement, values, seconds, WRITE_ACCESS)

        return await self._attempt(once)

    async def sql(self, script: str) -> list[dict[str, Any]]:
        """The rows of a script in the embedded engine's own SQL. Only its schema and its backups need one.

        Raises:
            StatementFailed: the engine refuses it, or is another.
        """

        async def once(connection: Connection) -> list[dict[str, Any]]:
            self._tell(script, {})
            return await run_sql(connection.endpoint, script)

        return await self._attempt(once)

    async def write(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        repeatable: bool = False,
        seconds: float | None = None,
    ) -> T:
        """What `work` returns, after all that it did in its transaction is stored, or none of it.

        `work` is called again, in a new transaction, where other writers were in the way or the connection was lost
        before the commit; so it must keep nothing outside the transaction.

        Args:
            work: the statements of one change.
            repeatable: `work` looks up its idempotency key first and does nothing when it is there. Only then may it be
                called again after a connection was lost during the commit.
            seconds: its time, where it is not the usual.

        Raises:
            OutcomeUnknown: the connection was lost during the commit.
            GraphBusy: others were in the way for too long.
            TookTooLong: its time is over; nothing is stored.
            GraphError: the graph refuses it, or does not answer; nothing is stored.
        """
        limit = self._limits.write if seconds is None else seconds

        async def once(connection: Connection) -> T:
            async with (
                nullcontext() if connection.engine.writers_wait else self._writing,
                connection.session(WRITE_ACCESS) as session,
                await session.begin_transaction(timeout=connection.told(limit)) as inner,
            ):
                transaction = Transaction(inner, self._tell, limit + _GRACE)
                result = await work(transaction)
                if transaction.dry:
                    await inner.rollback()
                else:
                    await commit(inner.commit())
                return result

        return await self._attempt(once, repeatable=repeatable)

    @asynccontextmanager
    async def reading(self, *, seconds: float | None = None) -> AsyncGenerator[Transaction]:
        """One transaction that changes nothing, for several statements; each of them has the time of a read.

        Only its beginning is tried again: what follows is the caller's, and fails as `read` does.
        """
        limit = self._limits.read if seconds is None else seconds
        connection, session, inner = await self._attempt(self._begin_reading)
        try:
            async with session, inner:
                yield Transaction(inner, self._tell, limit)
        except (DriverError, Neo4jError, OSError) as error:
            raise translate(error, connection.endpoint, connection.engine.kind) from error

    async def ensure_schema(self, items: Iterable[SchemaItem]) -> None:
        """Makes the indexes and types that are missing, and returns when they answer."""
        await self.engine.ensure(self, items)

    async def existing_schema(self) -> frozenset[SchemaItem]:
        """The indexes and types that are there."""
        return await self.engine.existing(self)

    async def drop_schema(self, items: Iterable[SchemaItem]) -> None:
        """Takes away what is there of these indexes. Data stay."""
        await self.engine.drop(self, items)

    async def wipe(self) -> None:
        """Deletes every node and relationship. For tests and benches; nothing else deletes facts."""
        await self.engine.wipe(self)

    def _alive(self) -> Connection:
        if self._closed:
            raise RuntimeError("The graph is closed.")
        return self._connection

    def _tell(self, statement: str, parameters: Mapping[str, Any]) -> None:
        for hook in self._hooks:
            hook(statement, parameters)

    async def _attempt(self, once: Callable[[Connection], Awaitable[T]], *, repeatable: bool = False) -> T:
        """Does it until it succeeds, cannot succeed, or has been tried for long enough."""
        attempts = Attempts(self._limits.patience)
        unseen: BaseException | None = None  # of a commit; whatever follows, it may have been stored
        lost: Connection | None = None
        while True:
            connection = self._alive()
            try:
                if connection is lost:
                    connection = await self._find(connection)
                    if connection is not lost:
                        attempts.renewed()
                return await once(connection)
            except (DriverError, Neo4jError, OSError) as error:
                outcome = chance(error)
                if outcome is Chance.UNKNOWN:
                    unseen = error
                    outcome = Chance.LOST if repeatable else outcome
                if not await attempts.another(outcome):
                    raise translate(unseen or error, connection.endpoint, connection.engine.kind) from error
                lost = connection if outcome is Chance.LOST else None

    async def _find(self, lost: Connection) -> Connection:
        """A connection to where the graph is now. One task looks for it, the others wait."""
        async with self._finding:
            if self._alive() is not lost:
                return self._connection
            endpoint = await self._place.find()
            if endpoint == lost.endpoint:
                return lost  # the same server: its driver makes new connections by itself
            connection = await open_connection(endpoint)
            if self._closed:
                await connection.close()
                return self._alive()
            self._connection = connection
            await lost.close()
            return connection

    async def _run(
        self, connection: Connection, statement: LiteralString, values: dict[str, Any], seconds: float, access: str
    ) -> Rows:
        own = connection.told(seconds)
        query = statement if own is None else Query(statement, timeout=own)
        try:
            async with (
                asyncio.timeout(seconds if own is None else seconds + _GRACE),
                connection.session(access) as session,
            ):
                result = await session.run(query, values)
                return await result.values()
        except TimeoutError as error:
            raise too_late(seconds) from error

    async def _begin_reading(self, connection: Connection) -> tuple[Connection, AsyncSession, AsyncTransaction]:
        session = connection.session(READ_ACCESS)
        try:
            return connection, session, await session.begin_transaction()
        except BaseException:
            await session.close()
            raise
