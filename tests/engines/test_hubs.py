"""Lists at one thing are read from an index in order: the same things, each once, whoever said them and took them back.

What they hold is counted here from what was said; each page, from both ends, is held against it.
"""

import random
from functools import partial
from typing import Any

import pytest

from app.access.service import LOCAL
from app.graph.driver import Graph
from app.graph.migrations import migrate, schema_version
from app.registry.placing import place_relationships
from app.registry.service import Registry
from app.registry.upgrading import STEPS
from graph_schema.declare import Hub
from graph_schema.hubs import belonging, place
from graph_schema.identity import to_id, uid
from graph_schema.relationships import RELATIONSHIPS, SCHEMA
from tests.engines.registered import Clock, Item, data_key, register, rows, run, used, version
from tests.plain.asking import Asking

PAGE = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
ARGUMENTS = "first: $first, after: $after, last: $last, before: $before"
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
KEYS = "MATCH ()-[r]->() WHERE r.{0} IS NOT NULL RETURN r.uid, r.{0} ORDER BY r.uid"


@pytest.fixture
async def registry(migrated: Graph) -> Registry:
    return Registry(migrated, Clock())


@pytest.fixture
def asking(migrated: Graph) -> Asking:
    return Asking(migrated)


async def take_back(registry: Registry, source: str, *nodes: Item, relationships: list[Item] | None = None) -> None:
    body = {"source": source, "nodes": list(nodes), "relationships": relationships or []}
    await registry.retract(body, LOCAL)


async def listed(asking: Asking, root: str, field: str) -> list[str]:
    """The ids of a list at one thing: all pages from both ends, of several sizes, told the same."""
    told: list[list[str]] = []
    for size, backward in ((1, False), (2, True), (3, False), (3, True), (100, False), (100, True)):
        ids: list[str] = []
        cursor, going = None, True
        while going:
            page = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
            found = await asking.data(f"query Q({VARIABLES}) {{ it: {root} {{ {field} }} }}", page)
            edges, info = found["it"]["page"]["edges"], found["it"]["page"]["pageInfo"]
            here = [edge["node"]["id"] for edge in edges]
            ids = here + ids if backward else ids + here
            going, cursor = (
                (info["hasPreviousPage"], info["startCursor"]) if backward else (info["hasNextPage"], info["endCursor"])
            )
        told.append(ids)
    assert all(ids == told[0] for ids in told)
    return told[0]


def paged(field: str, more: str = "", type_: str = "") -> str:
    """The page of a field, of a thing of that type where several are possible."""
    text = f"page: {field}({ARGUMENTS}{more}) {{ {PAGE} }}"
    return f"... on {type_} {{ {text} }}" if type_ else text


def by_key(root: str, **key: str) -> str:
    return f"{root}(key: {{{', '.join(f'{name}: {_literal(value)}' for name, value in key.items())}}})"


def _literal(text: str) -> str:
    return '"' + text.replace("\x01", "\\u0001") + '"'


def ids_of(label: str, *keys: tuple[Any, ...]) -> list[str]:
    return [to_id(label, uid(label, key)) for key in keys]


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_many_to_many(registry: Registry, asking: Asking, seed: int) -> None:
    rng = random.Random(seed)
    said: set[tuple[str, int, int]] = set()
    for source in "abc":
        await register(registry, source, nodes=[run("none")])
    for _ in range(25):
        source, number, data = rng.choice("abc"), rng.randrange(10), rng.randrange(2)
        if rng.random() < 0.7:
            await register(registry, source, relationships=[used(number, data, confidence=rng.choice((0.25, 1.0)))])
            said.add((source, number, data))
        else:
            await take_back(registry, source, relationships=[used(number, data)])
            said.discard((source, number, data))
    for data in range(2):
        wanted = ids_of("Run", *sorted({("r", str(number)) for _, number, of in said if of == data}))
        thing = ids_of("DatasetVersion", ("n", "d", str(data)))[0]
        if wanted:
            by_id = (f'node(id: "{thing}")', "DatasetVersion")
            for root, type_ in ((by_key("datasetVersion", **data_key(data)), ""), by_id):
                assert await listed(asking, root, paged("trainedRuns", type_=type_)) == wanted
                in_order = any("placeAtTarget" in text for text, _ in asking.statements)
                assert in_order == asking.graph.engine.orders_relationships
    last = "trainedRuns(last: 2) { totalCount edges { node { id } } }"
    found = await asking.data(f"{{ datasetVersions {{ edges {{ node {{ id {last} }} }} }} }}")
    for edge in found["datasetVersions"]["edges"]:
        page = edge["node"]["trainedRuns"]
        (data,) = (each for each in range(2) if ids_of("DatasetVersion", ("n", "d", str(each))) == [edge["node"]["id"]])
        wanted = ids_of("Run", *sorted({("r", str(number)) for _, number, of in said if of == data}))
        assert [each["node"]["id"] for each in page["edges"]] == wanted[-2:]
        assert page["totalCount"] == len(wanted)


async def test_what_belongs_to_one_thing(registry: Registry, asking: Asking) -> None:
    """The names of some begin as those of others, even with what parts names in a natural order."""
    names = ("m", "m\x01", "m\x011", "m1", "m 1", "ü")
    numbers = ("1", "10", "2", "\x011", "ü", "🦆")
    for source in ("a", "b"):
        await register(registry, source, nodes=[version(each, name) for name in names for each in numbers])
    for source in ("a", "b"):
        await take_back(registry, source, *(version(numbers[0], name) for name in names))
    for name in names:
        wanted = ids_of("ModelVersion", *sorted(("n", name, each) for each in numbers[1:]))
        for root, type_ in (
            (by_key("model", namespace="n", name=name), ""),
            (f'node(id: "{ids_of("Model", ("n", name))[0]}")', "Model"),
        ):
            assert sorted(await listed(asking, root, paged("versions", type_=type_))) == sorted(wanted)
    descending = await listed(
        asking, by_key("model", namespace="n", name="m"), paged("versions", ", orderBy: KEY_DESC")
    )
    assert descending[::-1] == await listed(asking, by_key("model", namespace="n", name="m"), paged("versions"))


async def test_two_lists_beside_each_other(registry: Registry, asking: Asking) -> None:
    await register(registry, nodes=[version(each) for each in range(5)])
    rest = "{ totalCount edges { node { version } } }"
    pages = f"first: versions(first: 2) {rest} last: versions(last: 2) {rest}"
    found = await asking.data(f'{{ model(key: {{namespace: "n", name: "m"}}) {{ name {pages} }} }}')
    versions = {each: [edge["node"]["version"] for edge in found["model"][each]["edges"]] for each in ("first", "last")}
    assert versions == {"first": ["0", "1"], "last": ["3", "4"]}
    assert found["model"]["last"]["totalCount"] == 5
    unknown = await asking.data(f'{{ model(key: {{namespace: "n", name: "?"}}) {{ name {pages} }} }}')
    assert unknown == {"model": None}


async def test_what_an_endpoint_hosts(registry: Registry, asking: Asking) -> None:
    """`live` and a filter leave the order as it is; at a version, its deployments are read by a key."""
    ended = {"endedAt": 2_000_000}
    for source in ("a", "b"):
        for at in range(6):
            deployed = {
                "endpoint": {"environment": "e", "name": "p"}, **version(at % 2), "startedAt": at * 1_000_000,
                "deployedBy": str(at % 2), **(ended if at == 1 else {}),
            }  # fmt: skip
            if at != 4:
                await register(registry, source, nodes=[{"deployment": deployed}])
    root = by_key("endpoint", environment="e", name="p")
    keys = sorted(("e", "p", "n", "m", str(at % 2), at * 1_000_000) for at in (0, 1, 2, 3, 5))
    assert await listed(asking, root, paged("deployments")) == ids_of("Deployment", *keys)
    live = [key for key in keys if key[-1] != 1_000_000]
    assert await listed(asking, root, paged("deployments", ", live: true")) == ids_of("Deployment", *live)
    filtered = ', where: {deployedBy: {eq: "0"}}'
    wanted = [key for key in keys if key[4] == "0"]
    assert await listed(asking, root, paged("deployments", filtered)) == ids_of("Deployment", *wanted)
    at_version = by_key("modelVersion", namespace="n", name="m", version="0")
    assert await listed(asking, at_version, paged("deployments")) == ids_of("Deployment", *wanted)


async def test_what_an_actor_owns(registry: Registry, asking: Asking) -> None:
    actor = {"issuer": "i", "subject": "s"}
    for source in ("a", "b"):
        owned = [{"owns": {"actor": actor, "model": {"namespace": "n", "name": name}}} for name in "abcde"]
        await register(registry, source, relationships=owned)
    id_ = ids_of("Actor", ("i", "s"))[0]
    wanted = ids_of("Model", *(("n", name) for name in "abcde"))
    assert await listed(asking, f'node(id: "{id_}")', paged("owns", type_="Actor")) == wanted


def test_a_key_is_where_a_list_at_a_thing_may_be_long() -> None:
    """Whatever lineage walks is a list at its target, by a key or by the order of what belongs to it."""
    for each in RELATIONSHIPS:
        if each.retractable:
            for start, target in each.ends:
                ordered = place(each.type, forward=False) or belonging(each.type, start, forward=False)
                ordered = ordered or belonging(each.type, target, forward=True) or place(each.type, forward=True)
                assert ordered or each.type == "GENERATED_BY"  # at a run they are of several labels


# ------------------------------------------------------------------------------------------------------ older graphs


async def said(registry: Registry) -> None:
    for source in ("a", "b"):
        for number in range(5):
            await register(registry, source, relationships=[used(number, 1), used(number, 2, role="TEST")])
        owned = [{"owns": {"actor": {"issuer": "i", "subject": "s"}, "model": {"namespace": "n", "name": "m"}}}]
        await register(registry, source, nodes=[run(1)], relationships=owned)


async def keys_of(graph: Graph) -> list[list[list[Any]]]:
    return [await rows(graph, KEYS.format(hub.value)) for hub in Hub]


async def back_to_two(graph: Graph) -> None:
    """Makes of the graph what version 2 would have made of the same registrations."""
    for hub in Hub:
        await rows_written(graph, f"MATCH ()-[r]->() WHERE r.{hub} IS NOT NULL SET r.{hub} = null")
    await graph.execute("MATCH (v:SchemaVersion) SET v.version = 2")


async def rows_written(graph: Graph, text: str) -> None:
    await graph.execute(text)  # pyright: ignore[reportArgumentType] - a test's own text


async def test_an_older_graph_is_given_the_keys(registry: Registry, migrated: Graph) -> None:
    await said(registry)
    kept = await keys_of(migrated)
    assert all(kept) == migrated.engine.orders_relationships
    await back_to_two(migrated)
    assert await migrate(migrated, steps=STEPS)
    assert await keys_of(migrated) == kept
    await place_relationships(migrated)
    assert await keys_of(migrated) == kept


async def test_what_was_killed_is_begun_anew(registry: Registry, migrated: Graph) -> None:
    if not migrated.engine.orders_relationships:
        pytest.skip("it keeps no keys")
    await said(registry)
    kept = await keys_of(migrated)
    await back_to_two(migrated)
    seen: list[str] = []

    def kill(text: str, _: object) -> None:
        if "IS NULL SET r.place" in text:
            seen.append(text)
            if sum("TRAINED_ON" in each for each in seen) > 2:
                raise RuntimeError("as if the service were killed")

    by_pages = {3: partial(place_relationships, page=2)}
    stop = migrated.on_statement(kill)
    try:
        with pytest.raises(RuntimeError):
            await migrate(migrated, steps=by_pages)
    finally:
        stop()
    assert await schema_version(migrated) == 2
    assert await keys_of(migrated) not in ([[], []], kept)
    assert await migrate(migrated, steps=by_pages)
    assert await schema_version(migrated) == SCHEMA.version
    assert await keys_of(migrated) == kept
