"""One running Pedigree for the tests of its API over HTTP."""

from collections.abc import Generator

import httpx
import pytest

from tests.serving import Serving


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Generator[Serving]:
    """A service on the embedded engine, with an empty graph."""
    with Serving(tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture(scope="session")
def client(serving: Serving) -> Generator[httpx.Client]:
    """A client that keeps its connection."""
    with httpx.Client(base_url=serving.address, timeout=60, trust_env=False) as found:
        yield found
