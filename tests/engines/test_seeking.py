"""Lists that a filter narrows to one value: what an index finds is what looking at everything finds, in its order."""

import random
from typing import TYPE_CHECKING, Any

import pytest

from app.access.service import LOCAL
from app.registry.service import Registry
from graph_schema.identity import sort_key, to_id, uid
from tests.engines.registered import register, version
from tests.plain.asking import Asking

if TYPE_CHECKING:
    from app.graph.driver import Graph

Told = dict[str, str]
FRAMEWORKS, FORMATS, STAGES = ("x", "y", "ü"), ("x", "z"), ("STAGING", "PRODUCTION")
SIZES = ((2, False), (2, True), (3, True), (100, False))


@pytest.fixture
async def told(migrated: "Graph") -> dict[str, Told]:
    """By id in natural order, what is said of versions; some of them are retracted, and not in it."""
    rng, registry = random.Random(5), Registry(migrated)
    found: dict[tuple[str, str, str], Told] = {}
    for number in range(24):
        said = {"framework": rng.choice(FRAMEWORKS), "format": rng.choice(FORMATS), "claimedStage": rng.choice(STAGES)}
        found["n", "m", str(number)] = {name: value for name, value in said.items() if rng.random() < 0.8}
    await register(registry, nodes=[version(key[2], **of) for key, of in found.items()])
    gone = [key for key in found if rng.random() < 0.2]
    await registry.retract({"source": "s", "nodes": [version(key[2]) for key in gone]}, LOCAL)
    ordered = sorted(key for key in found if key not in gone)
    assert [sort_key(key, "") for key in ordered] == sorted(sort_key(key, "") for key in ordered)
    return {to_id("ModelVersion", uid("ModelVersion", key)): found[key] for key in ordered}


def _eq(told: Told, name: str, value: str) -> bool:
    return told.get(name) == value


def _both(told: Told) -> bool:
    return _eq(told, "framework", "x") and _eq(told, "format", "x")


FILTERS: dict[str, tuple[str, Any]] = {
    "one": ('framework: {eq: "x"}', lambda of: _eq(of, "framework", "x")),
    "three": (
        'framework: {eq: "y"}, format: {eq: "x"}, claimedStage: {eq: PRODUCTION}',
        lambda of: _eq(of, "framework", "y") and _eq(of, "format", "x") and _eq(of, "claimedStage", "PRODUCTION"),
    ),
    "the second": ('format: {eq: "z"}, version: {ne: "3"}', lambda of: _eq(of, "format", "z")),
    "two operators": ('framework: {eq: "x", in: ["x", "y"]}', lambda of: _eq(of, "framework", "x")),
    "none": ('framework: {eq: "none"}', lambda of: of is None),
    "not sought": ("claimedStage: {eq: STAGING}", lambda of: _eq(of, "claimedStage", "STAGING")),
    "in": ('framework: {in: ["x", "ü"]}', lambda of: of.get("framework") in {"x", "ü"}),
    "contains": ('framework: {contains: "y"}', lambda of: _eq(of, "framework", "y")),
    "within and": ('and: [{framework: {eq: "x"}}, {format: {eq: "x"}}]', _both),
    "within or": (
        'or: [{framework: {eq: "x"}}, {format: {eq: "x"}}]',
        lambda of: _eq(of, "framework", "x") or _eq(of, "format", "x"),
    ),
    "within not": ('not: {framework: {eq: "x"}}', lambda of: not _eq(of, "framework", "x")),
    "both": (
        'framework: {eq: "x"}, or: [{format: {eq: "x"}}, {claimedStage: {isNull: true}}]',
        lambda of: _eq(of, "framework", "x") and (_eq(of, "format", "x") or "claimedStage" not in of),
    ),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_what_is_sought_is_found_in_order(migrated: "Graph", told: dict[str, Told], name: str) -> None:
    where, holds = FILTERS[name]
    asking = Asking(migrated)
    skipped = [to_id("ModelVersion", uid("ModelVersion", ("n", "m", "3")))] if name == "the second" else []
    wanted = [id_ for id_, of in told.items() if holds(of) and id_ not in skipped]
    for order in ("KEY", "KEY_DESC", "STAGE_ASC"):
        ids = wanted[::-1] if order == "KEY_DESC" else wanted
        for size, backward in SIZES:
            found = await _pages(asking, f"where: {{{where}}}, orderBy: {order}", size, backward=backward)
            assert sorted(found) == sorted(ids) if order == "STAGE_ASC" else found == ids
    count = await asking.data(f"{{ modelVersions(where: {{{where}}}) {{ totalCount }} }}")
    assert count == {"modelVersions": {"totalCount": len(wanted)}}


async def _pages(asking: Asking, arguments: str, size: int, *, backward: bool) -> list[str]:
    ids: list[str] = []
    cursor, going = None, True
    while going:
        page = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        found = await asking.data(
            f"query Q($first: Int, $after: String, $last: Int, $before: String) {{ modelVersions({arguments}, "
            "first: $first, after: $after, last: $last, before: $before) { edges { node { id } } "
            "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
            page,
        )
        edges, info = found["modelVersions"]["edges"], found["modelVersions"]["pageInfo"]
        here = [edge["node"]["id"] for edge in edges]
        ids = here + ids if backward else ids + here
        going = info["hasPreviousPage" if backward else "hasNextPage"]
        cursor = info["startCursor" if backward else "endCursor"]
    return ids
