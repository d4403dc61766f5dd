"""A Pedigree to be measured: a real `pedigree serve` in a process of its own, on an engine that nothing else uses."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
from neo4j import READ_ACCESS, WRITE_ACCESS, Driver, GraphDatabase, ManagedTransaction, Session

from app.graph.endpoint import Endpoint
from app.graph.engines.engine import Engine
from app.operations.execution import Asked
from app.settings import Settings
from app.wiring import Services, open_services
from tests.bench.client import Client
from tests.bench.processes import client_of, running
from tests.overhearing import overheard
from tests.servers.neo4j import RELEASES, Neo4jServer
from tests.servers.ports import free_port

EMBEDDED = "embedded"
ENGINES = ("neo4j-5.26", EMBEDDED)
"""What is measured, unless another is named."""

_LIMIT_SECONDS = 60.0
"""More than is usual: on a busy machine the first plan of a statement alone may take the usual five."""

PEDIGREE = Path(sys.executable).with_name("pedigree")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as the service sent it."""

    text: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A running service and the ways to it.

    Attributes:
        engine: the engine's name and release.
        dialect: what the service knows of the engine.
        client: speaks HTTP to the service.
        driver: speaks Bolt to the engine, past the service.
        endpoint: where the engine listens, and its database, which is always named.
        settings: those of the service.
        pid: the number of the service's process.
    """

    engine: str
    dialect: Engine
    client: Client
    driver: Driver
    endpoint: Endpoint
    settings: Settings
    pid: int

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The data that answers a document over HTTP.

        Raises:
            AssertionError: the answer has errors.
        """
        return data_of(self.client.post("/graphql", {"query": query, "variables": variables or {}}))

    def request(self, query: str, variables: dict[str, Any]) -> bytes:
        """The ready bytes of that question, for `client.send`."""
        return self.client.request("/graphql", orjson.dumps({"query": query, "variables": variables}))

    def reading(self) -> Session:
        """A session for statements that change nothing; one for many of them, since none needs a bookmark."""
        return self.driver.session(database=self.endpoint.database, default_access_mode=READ_ACCESS)

    def write(self, work: Callable[[ManagedTransaction], T]) -> T:
        """What `work` returns, done in one transaction past the service."""
        with self.driver.session(database=self.endpoint.database, default_access_mode=WRITE_ACCESS) as session:
            return session.execute_write(work)

    def sent_for(self, query: str, variables: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[Sent]]:
        """The answer of the same code in this process, and the statements that it sends for it."""

        async def run(services: Services) -> tuple[dict[str, Any], list[Sent]]:
            asked = Asked(query, variables or {})
            await services.operations.run(asked, services.context("bench"))  # what is only done the first time
            with overheard(services.graph) as heard:
                outcome = await services.operations.run(asked, services.context("bench"))
            return data_of(outcome.body), [Sent(text, values) for text, values in heard]

        return asyncio.run(_with_services(self.settings, run))


def data_of(body: dict[str, Any]) -> dict[str, Any]:
    """The data of an answer.

    Raises:
        AssertionError: it has errors; with the first of them.
    """
    assert "errors" not in body, str(body["errors"][0])[:2000]
    return body["data"]


async def _with_services(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    async with open_services(settings) as services:
        return await work(services)


@contextmanager
def subjects(engine: str) -> Iterator[Callable[[], Subject]]:
    """What gives a fresh, empty subject on that engine each time it is called; the one before is gone then.

    Raises:
        tests.servers.java.Missing: the engine cannot be had on this machine.
    """
    with ExitStack() as stack:
        server = stack.enter_context(Neo4jServer(engine, heap="2g", measured=True)) if engine in RELEASES else None
        current = stack.enter_context(ExitStack())

        def fresh() -> Subject:
            current.close()
            home = Path(current.enter_context(tempfile.TemporaryDirectory(prefix="pedigree-bench-")))
            if server is None:
                return current.enter_context(_serving(_settings(home)))
            login = {f"graph_{name}": value for name, value in server.login.as_dict().items()}
            settings = _settings(home, **login)
            asyncio.run(_with_services(settings, _wipe))
            return current.enter_context(_serving(settings))

        yield fresh


async def _wipe(services: Services) -> None:
    await services.graph.wipe()


def _settings(home: Path, **graph: str) -> Settings:
    """Settings of our own making: nothing comes from a file of the folder in which the bench is run."""
    values: dict[str, Any] = {"_env_file": None, "home": home, "port": free_port(), "limit_seconds": _LIMIT_SECONDS}
    values |= graph
    return Settings(**values)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a service with these settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PEDIGREE_", "COV_"))}
    environment |= {"PEDIGREE_HOME": str(settings.home), "PEDIGREE_PORT": str(settings.port)}
    environment |= {"PEDIGREE_LIMIT_SECONDS": str(_LIMIT_SECONDS)}
    if settings.graph_url:
        environment |= {
            "PEDIGREE_GRAPH_URL": settings.graph_url,
            "PEDIGREE_GRAPH_USER": settings.graph_user,
            "PEDIGREE_GRAPH_PASSWORD": settings.graph_password.get_secret_value(),
            "PEDIGREE_GRAPH_DATABASE": settings.graph_database,
        }
    return environment


@contextmanager
def _serving(settings: Settings) -> Iterator[Subject]:
    environment = environment_of(settings)
    log = settings.home / "serve.log"
    with ExitStack() as stack:
        process = stack.enter_context(running([PEDIGREE, "serve"], settings.home, environment, log))
        client = client_of(process, settings.port, "/readyz", log)
        stack.callback(client.close)
        engine, endpoint = asyncio.run(_with_services(settings, _engine))
        driver = stack.enter_context(
            GraphDatabase.driver(
                endpoint.url,
                auth=(endpoint.user, endpoint.password),
                telemetry_disabled=True,
                notifications_min_severity="OFF",
            )
        )
        yield Subject(f"{engine.name} {engine.version}", engine, client, driver, endpoint, settings, process.pid)


async def _engine(services: Services) -> tuple[Engine, Endpoint]:
    """The engine, and where it listens."""
    return services.graph.engine, services.graph.endpoint
