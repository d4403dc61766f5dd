"""The engines that tests run on: started once, when first asked for."""

import asyncio
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from app.graph.driver import Graph
from app.graph.embedded.home import open_embedded
from app.graph.migrations import migrate
from app.graph.retrying import Limits, Patience
from tests.servers.java import Missing
from tests.servers.neo4j import RELEASES, Login, Neo4jServer

EMBEDDED = "embedded"
ENGINES = (EMBEDDED, *RELEASES)
PATIENT = Limits(read=60, patience=Patience(conflict=120, lost=30, fault=10))
"""A server that was just started plans its first statements slowly, and no test asserts a time."""


class Engines:
    """Graphs by the name of their engine, and what became of each."""

    def __init__(self, *, required: bool) -> None:
        self.home = Path()
        self._required = required
        self._graphs: dict[str, Graph] = {}
        self._servers: list[Neo4jServer] = []
        self._missing: dict[str, str] = {}
        self._versions: dict[str, str] = {}
        self._version_nodes: dict[str, dict[str, Any]] = {}

    async def graph(self, name: str) -> Graph:
        """The graph on this engine; skips the test, or fails it where servers are required, if it cannot be had."""
        if name not in self._graphs and name not in self._missing:
            try:
                self._graphs[name] = await self._open(name)
            except Missing as reason:
                self._missing[name] = str(reason)
            else:
                engine = self._graphs[name].engine
                self._versions[name] = f"{engine.name} {engine.version}"
        if reason := self._missing.get(name):
            if self._required:
                pytest.fail(
                    f"{name} is required (PEDIGREE_REQUIRE_SERVERS=1) and cannot be had: {reason}", pytrace=False
                )
            pytest.skip(f"{name} cannot be had: {reason}")
        return self._graphs[name]

    async def declare(self, name: str) -> None:
        """Gives the graph on this engine, which is empty, the declared schema: in full once, later its version only."""
        graph = self._graphs[name]
        if name not in self._version_nodes:
            await migrate(graph)
            self._version_nodes[name] = (await graph.read("MATCH (v:SchemaVersion) RETURN properties(v)"))[0][0]
        else:
            await graph.execute(
                "CREATE (v:SchemaVersion) SET v = $properties", {"properties": self._version_nodes[name]}
            )

    async def _open(self, name: str) -> Graph:
        if name == EMBEDDED:
            return await open_embedded(self.home, limits=PATIENT)
        login = self._running(name)
        if login is None:
            server = await asyncio.to_thread(Neo4jServer, name)
            self._servers.append(server)
            login = server.login
        return await Graph.connect(login.url, login.user, login.password, login.database, limits=PATIENT)

    def _running(self, name: str) -> Login | None:
        """A server that runs already, for quick turns while developing: what `python -m tests.servers` printed."""
        said = os.environ.get("PEDIGREE_TEST_" + name.upper().replace("-", "_").replace(".", "_"))
        return Login(**json.loads(said)) if said else None

    async def close(self) -> None:
        """Lets go of all of them."""
        for graph in self._graphs.values():
            await graph.close()
        self._graphs.clear()
        for server in self._servers:
            await asyncio.to_thread(server.stop)
        self._servers.clear()

    @property
    def record(self) -> dict[str, dict[str, str]]:
        """What became of the engines, for another process to learn."""
        return {"versions": self._versions, "missing": self._missing}

    def learn(self, record: dict[str, dict[str, str]]) -> None:
        """Adds what became of them in another process."""
        self._versions |= record["versions"]
        self._missing |= record["missing"]

    def told(self, asked: Iterable[str]) -> list[str]:
        """On which engines tests ran, and on which they did not, a line each."""
        lines: list[str] = []
        for name in ENGINES:
            if name in self._versions:
                lines.append(f"ran on {name}: {self._versions[name]}")
            elif name in self._missing:
                lines.append(f"DID NOT RUN on {name}: {self._missing[name]}")
            elif name in asked:
                lines.append(f"did not run on {name}: no test of this run needed it")
            else:
                lines.append(f"DID NOT RUN on {name}: left out by --engine")
        return lines
