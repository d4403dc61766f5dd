"""The peer that a team would write first: a Strawberry schema with async resolvers and DataLoaders over the same graph.

    python -m tests.bench.plain_strawberry PORT

It is written as Strawberry's manual has it, and well: one statement for each level of the question, whatever its width;
each statement reads only what is shown and lets the engine sort and cut, as Pedigree's own does; parsed and validated
documents are kept. It runs on the same HTTP server with the same options, and on the same driver, asynchronous, with
its Rust extension. Where the graph is, it is told in its environment.
"""

import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, LiteralString

import strawberry
import uvicorn
from neo4j import READ_ACCESS, AsyncDriver, AsyncGraphDatabase
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

URL, USER, PASSWORD, DATABASE = "PEER_URL", "PEER_USER", "PEER_PASSWORD", "PEER_DATABASE"
"""The variables of its environment."""

_MODELS: LiteralString = """
MATCH (m:Model) WHERE m.retractedAt IS NULL AND m.sortKey >= ''
RETURN m.uid, m.name ORDER BY m.sortKey LIMIT $first
"""
_VERSIONS: LiteralString = """
UNWIND $uids AS uid MATCH (m:Model {uid: uid})
RETURN COLLECT {
  MATCH (m)<-[:VERSION_OF]-(v:ModelVersion) WITH v ORDER BY v.sortKey LIMIT $first RETURN [v.uid, v.version, v.stage]
}
"""
_TRAINING_DATA: LiteralString = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid})
RETURN COLLECT {
  MATCH (v)-[:GENERATED_BY]->(:Run)-[:TRAINED_ON]->(d:DatasetVersion) WITH DISTINCT d ORDER BY d.sortKey LIMIT $first
  RETURN [d.name, d.version, d.digest]
}
"""

Read = Callable[..., Awaitable[list[list[Any]]]]
Page = tuple[str, int]
"""Whose page: the uid, and how many of it."""


@dataclass
class Loaders:
    """Those of one request."""

    versions: DataLoader[Page, list[list[Any]]]
    training_data: DataLoader[Page, list[list[Any]]]


@dataclass
class Context:
    """What a resolver is given."""

    read: Read
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        versions, training_data = (
            DataLoader[Page, list[list[Any]]](load_fn=partial(_pages, self.read, text))
            for text in (_VERSIONS, _TRAINING_DATA)
        )
        self.loaders = Loaders(versions, training_data)


async def _pages(read: Read, text: LiteralString, asked: list[Page]) -> list[list[list[Any]]]:
    """The pages asked for, in one statement for each length of page."""
    found: dict[Page, list[list[Any]]] = {}
    for first in {each[1] for each in asked}:
        uids = [uid for uid, length in asked if length == first]
        rows = await read(text, uids=uids, first=first)
        found |= {(uid, first): row[0] for uid, row in zip(uids, rows, strict=True)}
    return [found[each] for each in asked]


Info = strawberry.Info[Context, None]


@strawberry.type
class DatasetVersion:
    """What a run trained on."""

    name: str
    version: str
    digest: str | None


@strawberry.type
class DatasetVersionEdge:
    """One of a page."""

    node: DatasetVersion


@strawberry.type
class DatasetVersionConnection:
    """A page of them."""

    edges: list[DatasetVersionEdge]


@strawberry.type
class ModelVersion:
    """A version of a model."""

    uid: strawberry.Private[str]
    version: str
    stage: str

    @strawberry.field
    async def training_data(self, info: Info, first: int = 25) -> DatasetVersionConnection:
        """The data that the runs which made it trained on."""
        rows = await info.context.loaders.training_data.load((self.uid, first))
        return DatasetVersionConnection(
            edges=[DatasetVersionEdge(node=DatasetVersion(name=row[0], version=row[1], digest=row[2])) for row in rows]
        )


@strawberry.type
class ModelVersionEdge:
    """One of a page."""

    node: ModelVersion


@strawberry.type
class ModelVersionConnection:
    """A page of them."""

    edges: list[ModelVersionEdge]


@strawberry.type
class Model:
    """A model."""

    uid: strawberry.Private[str]
    name: str

    @strawberry.field
    async def versions(self, info: Info, first: int = 25) -> ModelVersionConnection:
        """Its versions."""
        rows = await info.context.loaders.versions.load((self.uid, first))
        return ModelVersionConnection(
            edges=[ModelVersionEdge(node=ModelVersion(uid=row[0], version=row[1], stage=row[2])) for row in rows]
        )


@strawberry.type
class ModelEdge:
    """One of a page."""

    node: Model


@strawberry.type
class ModelConnection:
    """A page of them."""

    edges: list[ModelEdge]


@strawberry.type
class Query:
    """Where questions begin."""

    @strawberry.field
    async def models(self, info: Info, first: int = 25) -> ModelConnection:
        """The models."""
        rows = await info.context.read(_MODELS, first=first)
        return ModelConnection(edges=[ModelEdge(node=Model(uid=row[0], name=row[1])) for row in rows])


class Application(GraphQL[Context, None]):
    """The schema over HTTP."""

    def __init__(self, driver: AsyncDriver, database: str) -> None:
        """Reads that database through the driver."""
        super().__init__(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache]))
        self._driver = driver
        self._database = database

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Loaders are of one request: what they keep must not grow old."""
        return Context(self._read)

    async def _read(self, text: LiteralString, **parameters: Any) -> list[list[Any]]:
        async with self._driver.session(database=self._database, default_access_mode=READ_ACCESS) as session:
            return await (await session.run(text, parameters)).values()


def main(port: int) -> None:
    """Serves until it is told to stop."""
    login = os.environ[USER], os.environ[PASSWORD]
    driver = AsyncGraphDatabase.driver(
        os.environ[URL], auth=login, telemetry_disabled=True, notifications_min_severity="OFF"
    )
    application = Application(driver, os.environ[DATABASE])
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
