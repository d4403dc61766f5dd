"""Pedigree on the sample inventory."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from app.graph.driver import Graph
from app.settings import Settings
from app.wiring import Services, open_services
from loaders.items import ItemsReading
from samples.running import INVENTORY, PARTS
from tests.questions.asking import answered
from tests.servers.engines import Engines

REGISTER = """mutation Register($input: RegisterLineageInput!) {
  registerLineage(input: $input) { ... on RegisterLineageResult { rejected } ... on RequestError { message } }
}"""


@pytest.fixture
async def services(graph: Graph, engines: Engines, tmp_path: Path) -> AsyncGenerator[Services]:
    """Pedigree on the sample inventory, as a command opens it on a graph that the settings name."""
    named: dict[str, Any] = {"_env_file": None, "limit_seconds": 60, "home": tmp_path}
    if graph.engine.kind == "arcadedb":
        named["home"] = engines.home
    else:
        place = graph.endpoint
        named |= {"graph_url": place.url, "graph_database": place.database}
        named |= {"graph_user": place.user, "graph_password": place.password}
    async with open_services(Settings(**named)) as opened:
        for part in PARTS:
            reading = ItemsReading(INVENTORY / part)
            for batch in reading.batches():
                given = {"source": reading.source, "namespace": reading.namespace}
                given |= {"nodes": batch.nodes, "relationships": batch.relationships}
                answer = await answered(opened, REGISTER, {"input": given})
                assert answer == {"registerLineage": {"rejected": 0}}
            reading.close()
        yield opened
