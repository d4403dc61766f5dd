"""The endpoint on a small schema, asked in process."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, cast

import httpx
import pytest
import structlog

from app.access.login import Login, NoLogin
from app.http.answers import HTML
from app.http.asking import BodyLimits
from app.http.endpoint import GraphQLEndpoint
from app.http.front import Front
from app.http.registered import Allowed
from app.http.replying import Reply
from app.operations.execution import Operations
from app.operations.limits import DocumentLimits
from app.operations.registered import RegisteredDocuments
from graph_schema.identity import uid
from tests.unit.operations.small_schema import FakeContext, small_schema

if TYPE_CHECKING:
    from app.errors import PedigreeError
    from app.graph.driver import Graph

PLAIN, BULK = 2_000, 10_000


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    """What another test set up does not decide what is captured here."""
    structlog.reset_defaults()


@pytest.fixture
def batch() -> int:
    """The most requests in a list; as the default is, none is taken."""
    return 0


class FakeGraph:
    """A graph that holds nothing but registered documents.

    Attributes:
        texts: the documents by the uid of their nodes.
        statements: how often it was read.
        failure: raised instead of an answer.
    """

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.statements = 0
        self.failure: PedigreeError | None = None

    def register(self, document_id: str, text: str) -> str:
        self.texts[uid("PersistedDocument", (document_id,))] = text
        return document_id

    async def read(self, _statement: str, parameters: dict[str, str]) -> list[list[str]]:
        self.statements += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        text = self.texts.get(parameters["uid"])
        return [] if text is None else [[text]]


@pytest.fixture
def documents() -> FakeGraph:
    """The registered documents."""
    return FakeGraph()


@pytest.fixture
def only() -> bool:
    """Whether registered documents alone are answered."""
    return False


@pytest.fixture
def login() -> Login:
    """How callers are known; as the default is, not at all."""
    return NoLogin()


@pytest.fixture
def application(batch: int, documents: FakeGraph, only: bool, login: Login) -> Front:
    """The endpoint behind its front."""
    limits = BodyLimits(PLAIN, BULK, frozenset({"registerLineage"}), batch)
    operations = Operations(small_schema(), DocumentLimits(tokens=200))
    allowed = Allowed(RegisteredDocuments(cast("Graph", documents)), only=only)
    endpoint = GraphQLEndpoint(
        operations, FakeContext, limits, allowed, Reply(200, HTML, b"<html>explorer</html>", lasting=True), login
    )
    return Front(endpoint, local_only=True)


@pytest.fixture
async def client(application: Front) -> AsyncGenerator[httpx.AsyncClient]:
    """A client that speaks to it without a socket."""
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as found:
        yield found
