"""Versions of models side by side, on each engine, held against the same asked of an inventory in memory."""

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from app.errors import ErrorCode, PedigreeError
from graph_schema.declare import Kind
from graph_schema.identity import to_id
from graph_schema.nodes import MODEL_VERSION, STAGE
from tests.plain.asking import Asking
from tests.plain.filters import along
from tests.plain.inventory import Thing, pour, random_inventory
from tests.plain.ways import WAYS
from tests.plain.words import shown

if TYPE_CHECKING:
    from app.graph.driver import Graph

INVENTORY = random_inventory(29, size=12)
VERSIONS = [thing for thing in INVENTORY.of("ModelVersion") if "retractedAt" not in thing.stored]
LISTS = ("trainingData", "commits", "runs", "artifacts", "bases", "evaluations")
VALUES = "{ name values origins same }"
EDGES = "{ edges { cursor in same node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } }"
QUERY = f"""query Q($versions: [NodeRef!]!, $differing: Boolean, $first: Int, $after: String) {{
    compare(versions: $versions) {{
        versions {{ id model {{ name }} }}
        {" ".join(f"{name}(differing: $differing) {VALUES}" for name in ("properties", "parameters", "metrics"))}
        {" ".join(f"{name}(differing: $differing, first: $first, after: $after) {EDGES}" for name in LISTS)}
    }} }}"""


@pytest.fixture
async def asking(graph: "Graph") -> Asking:
    await pour(graph, INVENTORY)
    return Asking(graph)


def _refs(*versions: Thing) -> list[dict[str, Any]]:
    """How a client names them: by id and by key, in turn."""
    refs: list[dict[str, Any]] = []
    for number, thing in enumerate(versions):
        key = {name: thing.stored[name] for name in ("namespace", "name", "version")}
        refs.append({"modelVersion": key} if number % 2 else {"id": to_id(thing.label, thing.uid)})
    return refs


def _along(version: Thing, name: str) -> list[Thing]:
    return list(along(INVENTORY, version, WAYS["ModelVersion", name]))


def _properties(version: Thing) -> dict[str, tuple[Any, str]]:
    declared = [STAGE, *(each for each in MODEL_VERSION.properties if each.name not in {"parameters", "metrics"})]
    stored, id_ = version.stored, to_id(version.label, version.uid)
    return {each.name: (shown(each.kind, stored[each.name]), id_) for each in declared if each.name in stored}


def _said(version: Thing, name: str) -> dict[str, tuple[Any, str]]:
    """Of the version itself, else of its runs, the last to start first."""
    runs = sorted(
        _along(version, "runs"), key=lambda run: (-run.stored.get("startedAt", -(2**62)), run.stored["sortKey"])
    )
    found: dict[str, tuple[Any, str]] = {}
    for thing in (version, *runs):
        if name in thing.stored:
            said = shown(Kind.JSON, thing.stored[name])
            for key, value in said.items() if isinstance(said, dict) else [("", said)]:
                found.setdefault(key, (value, to_id(thing.label, thing.uid)))
    return dict(sorted(found.items()))


def _values(sides: list[dict[str, tuple[Any, str]]], differing: bool | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys(name for side in sides for name in side):
        found = [side.get(name, (None, None)) for side in sides]
        same = all(name in side for side in sides) and len({json.dumps(value) for value, _ in found}) == 1
        rows.append(
            {"name": name, "values": [each[0] for each in found], "origins": [each[1] for each in found], "same": same}
        )
    return [row for row in rows if differing is None or row["same"] != differing]


def _things(versions: tuple[Thing, ...], name: str, differing: bool | None) -> list[dict[str, Any]]:
    held = [{thing.uid for thing in _along(version, name)} for version in versions]
    things = {thing.uid: thing for version in versions for thing in _along(version, name)}
    rows: list[dict[str, Any]] = []
    for thing in sorted(things.values(), key=lambda each: each.stored["sortKey"]):
        in_ = [thing.uid in each for each in held]
        rows.append({"in": in_, "same": all(in_), "node": {"id": to_id(thing.label, thing.uid)}})
    return [row for row in rows if differing is None or row["same"] != differing]


@pytest.mark.parametrize("differing", (None, True, False))
async def test_versions_stand_side_by_side(asking: Asking, differing: bool | None) -> None:
    for versions in (*pairwise(VERSIONS), tuple(VERSIONS[:3]), tuple(VERSIONS[9::-1])):
        given = {"versions": _refs(*versions), "differing": differing, "first": 100}
        found = (await asking.data(QUERY, given))["compare"]
        assert [each["id"] for each in found["versions"]] == [to_id(each.label, each.uid) for each in versions]
        assert all(each["model"]["name"] for each in found["versions"])
        assert found["properties"] == _values([_properties(each) for each in versions], differing)
        for name in ("parameters", "metrics"):
            assert found[name] == _values([_said(each, name) for each in versions], differing), name
        for name in LISTS:
            edges = [{key: edge[key] for key in ("in", "same", "node")} for edge in found[name]["edges"]]
            assert edges == _things(versions, name, differing), name
            assert not found[name]["pageInfo"]["hasNextPage"]


async def test_what_is_listed_is_paged(asking: Asking) -> None:
    versions = tuple(VERSIONS[:10])
    asked = f"compare(versions: $versions) {{ artifacts(first: 3, after: $after) {EDGES} }}"
    query = f"query Q($versions: [NodeRef!]!, $after: String) {{ {asked} }}"
    shown_, after = list[str](), None
    while True:
        page = (await asking.data(query, {"versions": _refs(*versions), "after": after}))["compare"]["artifacts"]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        shown_ += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(shown_) > 3
    assert shown_ == [row["node"]["id"] for row in _things(versions, "artifacts", None)]
    other = await asking.ask(query, {"versions": _refs(*versions[:2]), "after": after})
    assert _reason(other).code is ErrorCode.BAD_CURSOR


async def test_aliases_answer_each_for_itself(asking: Asking) -> None:
    query = """query Q($versions: [NodeRef!]!) { compare(versions: $versions) { __typename
        a: parameters(differing: true) { name __typename } b: parameters(differing: false) { name }
        c: runs(first: 1) { edges { in } } d: runs(differing: true) { edges { node { trainingData { totalCount } } } }
    } }"""
    versions = tuple(VERSIONS[:2])
    found = (await asking.data(query, {"versions": _refs(*versions)}))["compare"]
    named = _values([_said(each, "parameters") for each in versions], None)
    assert [each["name"] for each in found["a"]] == [each["name"] for each in named if not each["same"]]
    assert [each["name"] for each in found["b"]] == [each["name"] for each in named if each["same"]]
    assert len(found["c"]["edges"]) == 1
    assert len(found["d"]["edges"]) == len(_things(versions, "runs", True))


def _reason(result: Any) -> PedigreeError:
    assert result.errors is not None
    reason = result.errors[0].original_error
    assert isinstance(reason, PedigreeError)
    return reason


TWO, RUN = _refs(*VERSIONS[:2]), {"id": to_id("Run", INVENTORY.of("Run")[1].uid)}
UNKNOWN = {"modelVersion": {"namespace": "n", "name": "m", "version": "none"}}
RETRACTED = {"id": to_id("ModelVersion", INVENTORY.of("ModelVersion")[0].uid)}


@pytest.mark.parametrize(
    ("versions", "code", "place", "sent"),
    (
        ([], ErrorCode.BAD_COMPARISON, "versions", 0),
        (TWO[:1], ErrorCode.BAD_COMPARISON, "versions", 0),
        (_refs(*VERSIONS[:11]), ErrorCode.BAD_COMPARISON, "versions", 0),
        ([*TWO, *_refs(VERSIONS[5], VERSIONS[0])[1:]], ErrorCode.BAD_COMPARISON, "versions[2]", 0),
        ([TWO[0], RUN], ErrorCode.BAD_COMPARISON, "versions[1]", 0),
        ([{"model": {"namespace": "n", "name": "m"}}, TWO[0]], ErrorCode.BAD_COMPARISON, "versions[0]", 0),
        ([TWO[0], {"id": "nothing"}], ErrorCode.BAD_ID, "versions[1]", 0),
        (
            [{"modelVersion": {"namespace": "n", "name": "\ud800", "version": "1"}}, TWO[0]],
            ErrorCode.BAD_KEY,
            "versions[0]",
            0,
        ),
        ([TWO[0], UNKNOWN], ErrorCode.NOT_FOUND, "versions[1]", 1),
        ([RETRACTED, TWO[0]], ErrorCode.NOT_FOUND, "versions[0]", 1),
    ),
)
async def test_what_cannot_be_compared_is_told_with_its_place(
    asking: Asking, versions: list[dict[str, Any]], code: ErrorCode, place: str, sent: int
) -> None:
    result = await asking.ask(QUERY, {"versions": versions})
    reason = _reason(result)
    assert (reason.code, reason.path) == (code, place)
    assert result.data == {"compare": None}
    assert len(asking.statements) == sent
