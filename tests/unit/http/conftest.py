"""The endpoint on a small schema, asked in process."""

from collections.abc import AsyncGenerator

import httpx
import pytest
import structlog

from app.http.asking import BodyLimits
from app.http.endpoint import GraphQLEndpoint
from app.http.front import Front
from app.operations.execution import Operations
from app.operations.limits import DocumentLimits
from tests.unit.operations.small_schema import FakeContext, small_schema

PLAIN, BULK = 2_000, 10_000


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    """What another test set up does not decide what is captured here."""
    structlog.reset_defaults()


@pytest.fixture
def batch() -> int:
    """The most requests in a list; as the default is, none is taken."""
    return 0


@pytest.fixture
def application(batch: int) -> Front:
    """The endpoint behind its front."""
    limits = BodyLimits(PLAIN, BULK, frozenset({"registerLineage"}), batch)
    operations = Operations(small_schema(), DocumentLimits(tokens=200))
    return Front(GraphQLEndpoint(operations, FakeContext, limits, "<html>explorer</html>"), local_only=True)


@pytest.fixture
async def client(application: Front) -> AsyncGenerator[httpx.AsyncClient]:
    """A client that speaks to it without a socket."""
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as found:
        yield found
