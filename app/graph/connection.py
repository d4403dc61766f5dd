"""A driver for one place, set up as Pedigree uses it."""

import asyncio
import math
import re
from collections.abc import Awaitable
from dataclasses import dataclass, field

from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncSession
from neo4j.exceptions import ConfigurationError, IncompleteCommit

from app.graph.cutting import Cutting
from app.graph.endpoint import Endpoint
from app.graph.engines.engine import Engine
from app.graph.engines.recognise import recognise
from app.graph.tuning import tune_the_driver

_ADDRESS = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://(\[[0-9A-Fa-f:.]+\]|[^\s/:@?#]+)(:\d{1,5})?/?(\?\S*)?")
_CONNECT_SECONDS = 5.0
_ACQUIRE_SECONDS = 15.0
_LONGEST_COMMIT = 60.0
_PLANNED = 2_000
"""How many texts are remembered that have a plan, which bounds the memory."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A driver, the place that it was made for, and the engine that answers there."""

    endpoint: Endpoint
    driver: AsyncDriver
    engine: Engine
    cutting: Cutting | None
    planned: set[str] = field(default_factory=set)

    def session(self, access: str) -> AsyncSession:
        """A session with the database named, which saves a question to the server."""
        return self.driver.session(  # pyright: ignore[reportUnknownMemberType] - the driver leaves its options untyped
            database=self.endpoint.database, default_access_mode=access
        )

    def must_plan(self, statement: str) -> bool:
        """Whether the plan of a statement should be made before its time runs; asked again, it is not."""
        if not self.engine.plans_slowly or statement in self.planned:
            return False
        if len(self.planned) >= _PLANNED:
            self.planned.clear()
        self.planned.add(statement)
        return True

    async def close(self) -> None:
        """Gives everything back; statements under way are cut off."""
        if self.cutting is not None:
            await self.cutting.close()
        await self.driver.close()

    def told(self, seconds: float) -> float | None:
        """The time limit to send to the server; None for an engine that does not keep it."""
        return seconds if self.engine.ends_late_statements else None


async def open_connection(endpoint: Endpoint) -> Connection:
    """A driver that has logged in once.

    Raises:
        GraphUnsupported: another kind of server answers, or an old one.
        neo4j.exceptions.DriverError: nothing answers, or no such address.
        neo4j.exceptions.Neo4jError: the login is refused.
    """
    driver = _driver(endpoint)
    try:
        server = await driver.get_server_info()  # pyright: ignore[reportUnknownMemberType] - as above
        engine = recognise(server.agent, endpoint.url)
    except ValueError as error:  # a host that no name service knows
        await driver.close()
        raise ConnectionError(str(error)) from error
    except BaseException:
        await driver.close()
        raise
    cutting = None if engine.ends_late_statements else Cutting(driver, endpoint.database)
    return Connection(endpoint, driver, engine, cutting)


def _driver(endpoint: Endpoint) -> AsyncDriver:
    if not _ADDRESS.fullmatch(endpoint.url):
        raise ConfigurationError(f"{endpoint.url!r} is no address of a graph")
    tune_the_driver()
    # Behind a cluster's address a read may go to a server that has not seen the write before it: bookmarks let it wait.
    bookmarks = AsyncGraphDatabase.bookmark_manager() if endpoint.url.startswith("neo4j") else None
    return AsyncGraphDatabase.driver(  # pyright: ignore[reportUnknownMemberType] - as above
        endpoint.url,
        auth=(endpoint.user, endpoint.password),
        connection_timeout=_CONNECT_SECONDS,
        connection_acquisition_timeout=_ACQUIRE_SECONDS,
        # Whoever waits has a time limit of their own; the driver's would cost a task for each message.
        connection_write_timeout=math.inf,
        telemetry_disabled=True,
        # A name never stored before is no news, and on a new graph none is: the server need neither find out nor tell.
        notifications_min_severity="OFF",
        user_agent="pedigree",
        bookmark_manager=bookmarks,
    )


async def commit(committing: Awaitable[None]) -> None:
    """Waits for a commit, which is never cut short for being late: that would leave its outcome unknown.

    Raises:
        neo4j.exceptions.IncompleteCommit: no answer came at all.
    """
    try:
        async with asyncio.timeout(_LONGEST_COMMIT):
            await committing
    except TimeoutError as error:
        raise IncompleteCommit("no answer to a commit") from error
