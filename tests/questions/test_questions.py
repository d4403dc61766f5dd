"""Each documented question is answered on the sample inventory as the page beside it says, and costs what it says."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.graph.driver import Graph
from app.operations.execution import Asked
from app.settings import Settings
from app.wiring import Services, open_services
from loaders.items import ItemsReading
from samples.running import INVENTORY, PARTS
from tests.overhearing import overheard
from tests.servers.engines import Engines

QUESTIONS = Path(__file__).parents[2] / "docs" / "questions"
NAMES = sorted(path.stem for path in QUESTIONS.glob("*.graphql"))
NUMBERS = ("no", "one", "two", "three", "four")
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
                answer = await _ask(opened, REGISTER, {"input": given})
                assert answer == {"registerLineage": {"rejected": 0}}
            reading.close()
        yield opened


async def _ask(services: Services, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    outcome = await services.operations.run(Asked(document, variables), services.context("questions"))
    assert "errors" not in outcome.body
    return outcome.body["data"]


async def test_each_is_answered_as_documented_and_costs_what_it_says(services: Services) -> None:
    for name in NAMES:
        document = (QUESTIONS / f"{name}.graphql").read_text(encoding="utf-8")
        await _ask(services, document, {})  # what is done once for each document is no part of its cost
        with overheard(services.graph) as statements:
            answer = await _ask(services, document, {})
        said = re.search(r"^# Costs (\w+) statements?\b", document, re.MULTILINE)
        assert said, f"{name} does not say what it costs"
        assert NUMBERS[len(statements)] == said[1], name
        assert answer == orjson.loads((QUESTIONS / f"{name}.json").read_bytes())["data"], name


def test_the_page_lists_each_with_its_answer() -> None:
    page = (QUESTIONS / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w.-]+)\)", page))
    assert NAMES
    assert linked == {f"{name}.{ending}" for name in NAMES for ending in ("graphql", "json")}
