"""What an endpoint served at a time, and the whole inventory at one: by hand, over the published schema."""

from typing import Any

import pytest
from graphql import ExecutionResult

from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.registry.service import Registry
from tests.engines.registered import Clock, register
from tests.plain.asking import Asking

ENDPOINT = {"environment": "prod", "name": "e"}
DAY = 86_400_000_000
SERVED = """query Q($endpoint: NodeRef!, $at: DateTime!, $knownAt: DateTime, $first: Int) {
  servedAt(endpoint: $endpoint, at: $at, knownAt: $knownAt, first: $first) {
    totalCount
    edges { node { trafficWeight modelVersion { version stage } endpoint { name calls { totalCount } } } }
    pageInfo { hasNextPage }
  }
  endpoint(key: {environment: "prod", name: "e"}) { servedAt(at: $at, knownAt: $knownAt) { edges { node { mode } } } }
}"""
INVENTORY = """query Q($asOf: DateTime, $knownAt: DateTime) {
  inventory(asOf: $asOf, knownAt: $knownAt) {
    asOf knownAt __typename
    models { totalCount edges { node { name } } completeness { complete } }
    modelVersions(orderBy: KEY_DESC, first: 1) {
      edges { node { version stage } } facet(by: STAGE) { values { value } }
    }
    deployments(live: true) { totalCount }
    endpoints { edges { node { name } } }
  }
}"""


def version(number: int) -> dict[str, str]:
    return {"namespace": "n", "name": "m", "version": str(number)}


def deployed(number: int, since: int, until: int | None = None, **fields: Any) -> dict[str, Any]:
    ended = {} if until is None else {"endedAt": until * DAY}
    key = {"endpoint": ENDPOINT, "modelVersion": version(number), "startedAt": since * DAY}
    return {"deployment": {**key, **ended, **fields}}


def day(number: float) -> str:
    return f"1970-01-{int(number) + 1:02}T{int(number % 1 * 24):02}:00:00Z"


@pytest.fixture
async def asking(migrated: Graph) -> Asking:
    """Version 1 served from the first day to the third, 2 from the second on; it was all recorded on the twelfth."""
    registry = Registry(migrated, Clock())
    stages = {"claimedStage": "PRODUCTION", "claimedStageSince": 2 * DAY}
    await register(
        registry,
        nodes=[
            {"modelVersion": {**version(1), "registeredAt": DAY // 2}},
            {"modelVersion": {**version(2), **stages}},
            deployed(1, 1, 3, trafficWeight=0.5, mode="LIVE"),
            deployed(2, 2, trafficWeight=0.5, mode="CANARY"),
            {"endpoint": {"environment": "prod", "name": "idle"}},
        ],
        relationships=[{"calls": {"endpoint": ENDPOINT, "callee": {**ENDPOINT, "name": "idle"}, "validFrom": 2 * DAY}}],
    )
    return Asking(migrated)


@pytest.mark.parametrize(
    ("at", "served", "calls"),
    ((0.5, [], 0), (1, ["1"], 0), (1.5, ["1"], 0), (2, ["1", "2"], 1), (2.5, ["1", "2"], 1), (3, ["2"], 1)),
)
async def test_an_endpoint_tells_what_it_served(asking: Asking, at: float, served: list[str], calls: int) -> None:
    result = await asking.ask(SERVED, {"endpoint": {"endpoint": ENDPOINT}, "at": day(at)})
    assert result.errors is None, result.errors
    assert result.data is not None
    found = result.data["servedAt"]
    assert [edge["node"]["modelVersion"]["version"] for edge in found["edges"]] == served
    assert found["totalCount"] == len(served)
    assert {edge["node"]["endpoint"]["calls"]["totalCount"] for edge in found["edges"]} <= {calls}
    stages = {edge["node"]["modelVersion"]["version"]: edge["node"]["modelVersion"]["stage"] for edge in found["edges"]}
    assert stages.get("2", "PRODUCTION") == "PRODUCTION"
    modes = ["LIVE" if number == "1" else "CANARY" for number in served]
    assert [edge["node"]["mode"] for edge in result.data["endpoint"]["servedAt"]["edges"]] == modes
    assert len(asking.statements) == 2


async def test_what_served_is_paged_and_as_it_was_known(asking: Asking) -> None:
    given = {"endpoint": {"endpoint": ENDPOINT}, "at": day(2)}
    result = await asking.ask(SERVED, {**given, "first": 1})
    assert result.data is not None
    assert result.data["servedAt"]["pageInfo"] == {"hasNextPage": True}
    before = await asking.ask(SERVED, {**given, "knownAt": day(5)})
    assert _codes(before) == [(ErrorCode.NOT_FOUND, "endpoint")]
    known = await asking.ask(SERVED, {**given, "knownAt": day(20)})
    assert known.errors is None
    assert known.data == (await asking.ask(SERVED, given)).data


@pytest.mark.parametrize(
    ("endpoint", "code"),
    (
        ({"endpoint": {**ENDPOINT, "name": "none"}}, ErrorCode.NOT_FOUND),
        ({"model": {"namespace": "n", "name": "m"}}, ErrorCode.BAD_START),
        ({"id": "nonsense"}, ErrorCode.BAD_ID),
    ),
)
async def test_what_is_no_endpoint_is_refused(asking: Asking, endpoint: dict[str, Any], code: ErrorCode) -> None:
    result = await asking.ask(SERVED, {"endpoint": endpoint, "at": day(2)})
    assert result.data is not None
    assert result.data["servedAt"] is None
    assert _codes(result) == [(code, "endpoint")]


def _codes(result: ExecutionResult) -> list[tuple[ErrorCode, str | None]]:
    found = (error.original_error for error in result.errors or ())
    return [(error.code, error.path) for error in found if isinstance(error, PedigreeError)]


async def test_the_inventory_is_of_one_moment(asking: Asking) -> None:
    now = (await asking.data(INVENTORY))["inventory"]
    assert now == {
        "asOf": None,
        "knownAt": None,
        "__typename": "WholeInventory",
        "models": {"totalCount": 1, "edges": [{"node": {"name": "m"}}], "completeness": {"complete": True}},
        "modelVersions": {
            "edges": [{"node": {"version": "2", "stage": "PRODUCTION"}}],
            "facet": {"values": [{"value": "DEVELOPMENT"}, {"value": "PRODUCTION"}]},
        },
        "deployments": {"totalCount": 1},
        "endpoints": {"edges": [{"node": {"name": "e"}}, {"node": {"name": "idle"}}]},
    }
    then = (await asking.data(INVENTORY, {"asOf": day(1), "knownAt": day(20)}))["inventory"]
    assert (then["asOf"], then["knownAt"]) == (day(1), day(20))
    assert then["modelVersions"]["edges"] == [{"node": {"version": "2", "stage": "DEVELOPMENT"}}]
    assert then["deployments"] == {"totalCount": 1}
    early = (await asking.data(INVENTORY, {"asOf": day(0.25)}))["inventory"]
    assert early["modelVersions"]["edges"] == [{"node": {"version": "2", "stage": "DEVELOPMENT"}}]
    assert early["deployments"] == {"totalCount": 0}
    unknown = (await asking.data(INVENTORY, {"knownAt": day(5)}))["inventory"]
    assert (unknown["models"]["totalCount"], unknown["endpoints"]["edges"]) == (0, [])
