"""Look-ups, lists and the ways between things, on each engine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLEnumType

from app.compiler import cursors
from app.errors import ErrorCode, PedigreeError
from app.graph.migrations import migrate
from graph_schema.identity import to_id, uid
from graph_schema.nodes import STAGES
from tests.plain.asking import Asking
from tests.plain.inventory import Inventory, Link, Thing, pour, random_inventory
from tests.plain.ways import KEYS
from tests.published import PUBLISHED

if TYPE_CHECKING:
    from app.graph.driver import Graph

INVENTORY = random_inventory(7, size=9)
LISTS = {"models": "Model", "modelVersions": "ModelVersion", "datasets": "Dataset"}


@pytest.fixture
async def asking(graph: "Graph") -> Asking:
    await migrate(graph)
    await pour(graph, INVENTORY)
    return Asking(graph)


def _live(label: str) -> list[Thing]:
    return [thing for thing in INVENTORY.of(label) if "retractedAt" not in thing.stored]


def _key(label: str, parts: tuple[str, ...], thing: Thing) -> dict[str, str]:
    return {part: thing.stored["runSource" if (label, part) == ("Run", "source") else part] for part in parts}


async def test_a_thing_is_found_by_its_natural_key(asking: Asking) -> None:
    for field, (label, parts) in KEYS.items():
        query = f"query Q($key: {label.removeprefix('Code')}Key!) {{ {field}(key: $key) {{ id }} }}"
        for thing in _live(label):
            found = await asking.data(query, {"key": _key(label, parts, thing)})
            assert found == {field: {"id": to_id(label, thing.uid)}}


async def test_an_artifact_is_found_by_its_digest_however_it_is_spelt(asking: Asking) -> None:
    thing = INVENTORY.of("Artifact")[0]
    query = "query Q($key: Digest!) { artifact(key: $key) { digest } }"
    digest: str = thing.stored["digest"]
    found = await asking.data(query, {"key": "SHA256:" + digest.removeprefix("sha256:").upper()})
    assert found == {"artifact": {"digest": digest}}


async def test_an_unknown_key_is_null(asking: Asking) -> None:
    for field, (_, parts) in KEYS.items():
        literal = ", ".join(f'{part}: "no\' such \\"thing"' for part in parts)
        assert await asking.data(f"{{ {field}(key: {{{literal}}}) {{ id }} }}") == {field: None}


async def test_what_was_retracted_is_unknown(asking: Asking) -> None:
    (gone,) = (thing for thing in INVENTORY.of("ModelVersion") if "retractedAt" in thing.stored)
    label, parts = KEYS["modelVersion"]
    query = "query Q($key: ModelVersionKey!) { modelVersion(key: $key) { id } }"
    assert await asking.data(query, {"key": _key(label, parts, gone)}) == {"modelVersion": None}
    found = await asking.data("query Q($id: ID!) { node(id: $id) { id } }", {"id": to_id(gone.label, gone.uid)})
    assert found == {"node": None}
    listed = await asking.data("{ modelVersions(first: 100) { totalCount edges { node { id } } } }")
    assert listed["modelVersions"]["totalCount"] == len(_live("ModelVersion"))
    assert to_id(gone.label, gone.uid) not in {edge["node"]["id"] for edge in listed["modelVersions"]["edges"]}


async def test_an_id_with_the_label_of_another_kind_is_unknown(asking: Asking) -> None:
    thing = next(each for each in INVENTORY.of("ModelVersion") if "retractedAt" not in each.stored)
    right, wrong = to_id("ModelVersion", thing.uid), to_id("Model", thing.uid)
    found = await asking.data("query Q($a: ID!, $b: ID!) { nodes(ids: [$a, $b, $a]) { id } }", {"a": wrong, "b": right})
    assert found == {"nodes": [None, {"id": right}, None]}
    for id_, answer in ((right, {"id": right}), (wrong, None)):
        assert await asking.data("query Q($id: ID!) { node(id: $id) { id } }", {"id": id_}) == {"node": answer}


async def test_nodes_come_in_the_order_of_their_ids_with_null_for_the_unknown(asking: Asking) -> None:
    things = [_live(label)[0] for label in ("Run", "Dataset", "Endpoint")]
    ids = [to_id(thing.label, thing.uid) for thing in things]
    asked = [ids[2], to_id("Model", "0" * 64), ids[0], ids[2], ids[1]]
    found = await asking.data("query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": asked})
    names = {each: thing.label for each, thing in zip(ids, things, strict=True)}
    assert found["nodes"] == [{"__typename": names[each], "id": each} if each in names else None for each in asked]
    assert await asking.data("{ nodes(ids: []) { id } }") == {"nodes": []}


async def _refused(asking: Asking, query: str, variables: Mapping[str, Any] | None = None) -> PedigreeError:
    result = await asking.ask(query, variables)
    assert result.errors is not None
    (error,) = result.errors
    assert isinstance(error.original_error, PedigreeError)
    assert asking.statements == [], "nothing was asked of the graph"
    return error.original_error


@pytest.mark.parametrize(
    "id_", ("", "x", "TW9kZWw6eA==", to_id("Model", "0" * 63 + "g"), to_id("Secret", "0" * 64), "ü")
)
async def test_what_is_no_id_is_refused(asking: Asking, id_: str) -> None:
    for query in ("query Q($id: ID!) { node(id: $id) { id } }", "query Q($id: ID!) { nodes(ids: [$id]) { id } }"):
        assert (await _refused(asking, query, {"id": id_})).code is ErrorCode.BAD_ID


async def test_too_many_ids_are_refused(asking: Asking) -> None:
    ids = [to_id("Model", "0" * 64)] * 101
    refused = await _refused(asking, "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert refused.code is ErrorCode.BAD_PAGE


async def _walk(asking: Asking, query: str, *, size: int, backward: bool) -> list[str]:
    """All ids of a list, page by page."""
    ids: list[str] = []
    cursor, pages = None, 0
    while True:
        page = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        (found,) = (await asking.data(query, page)).values()
        if "edges" not in found:
            (found,) = found.values()
        edges = found["edges"]
        here = [edge["node"]["id"] for edge in edges]
        ids = here + ids if backward else ids + here
        info = found["pageInfo"]
        assert info["startCursor"] == edges[0]["cursor"]
        assert info["endCursor"] == edges[-1]["cursor"]
        assert info["hasPreviousPage" if not backward else "hasNextPage"] == (pages > 0)
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            return ids
        cursor = info["startCursor" if backward else "endCursor"]
        pages += 1


PAGE = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
ARGUMENTS = "first: $first, after: $after, last: $last, before: $before"
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"


@pytest.mark.parametrize("field", LISTS)
async def test_pages_from_both_ends_make_the_whole_list(asking: Asking, field: str) -> None:
    orders = PUBLISHED.type_map[f"{LISTS[field]}Order"]
    assert isinstance(orders, GraphQLEnumType)
    for order in orders.values:
        query = f"query Q({VARIABLES}) {{ {field}(orderBy: {order}, {ARGUMENTS}) {{ {PAGE} }} }}"
        whole = await asking.data(f"{{ {field}(orderBy: {order}, first: 100) {{ edges {{ node {{ id }} }} }} }}")
        ids = [edge["node"]["id"] for edge in whole[field]["edges"]]
        assert len(ids) == len(set(ids)) == len(_live(LISTS[field]))
        for size, backward in ((1, False), (2, True), (4, False), (100, True)):
            assert await _walk(asking, query, size=size, backward=backward) == ids


@pytest.mark.parametrize("way", ("ASC", "DESC"))
async def test_stages_are_in_the_order_of_a_versions_life(asking: Asking, way: str) -> None:
    found = await asking.data(
        f"{{ modelVersions(orderBy: STAGE_{way}, first: 100) {{ edges {{ node {{ stage }} }} }} }}"
    )
    places = [STAGES.index(edge["node"]["stage"]) for edge in found["modelVersions"]["edges"]]
    assert places == sorted(places, reverse=way == "DESC")
    assert len(set(places)) > 2


async def test_a_list_of_things_of_several_labels_is_paged(graph: "Graph") -> None:
    """Two of them have the same sort key: their uids decide."""
    made = Inventory()
    document = Thing("Document", "d" * 64, {"uid": "d" * 64, "digest": "x", "kind": "MODEL_CARD", "sortKey": "x"})
    made.add(document)
    for number, label in enumerate(("Model", "Dataset", "Run", "Model", "Endpoint", "Dataset")):
        thing = Thing(label, f"{number:064d}", {"uid": f"{number:064d}", "sortKey": "same" if number < 4 else "z"})
        made.add(thing)
        for source in ("one", "two"):
            made.link(Link("DESCRIBES", document.uid, thing.uid, {"source": source}))
    await pour(graph, made)
    asking = Asking(graph)
    query = (
        f'query Q({VARIABLES}) {{ node(id: "{to_id("Document", document.uid)}") '
        f"{{ ... on Document {{ about({ARGUMENTS}) {{ {PAGE} }} }} }} }}"
    )
    expected = [to_id(thing.label, thing.uid) for thing in made.things.values() if thing.label != "Document"]
    for backward in (False, True):
        assert await _walk(asking, query, size=2, backward=backward) == expected


async def test_a_page_begins_where_the_cursor_was_though_its_thing_is_gone(asking: Asking) -> None:
    whole = (await asking.data("{ models(first: 100) { edges { cursor node { id } } } }"))["models"]["edges"]

    async def gone(transaction: Any) -> None:
        await transaction.run("MATCH (m:Model {uid: $uid}) SET m.retractedAt = 1", {"uid": _uid(whole[3])})

    await asking.graph.write(gone)
    query = "query Q($after: String) { models(after: $after) { edges { node { id } } } }"
    found = await asking.data(query, {"after": whole[3]["cursor"]})
    assert [edge["node"]["id"] for edge in found["models"]["edges"]] == [edge["node"]["id"] for edge in whole[4:]]


def _uid(edge: Mapping[str, Any]) -> str:
    return next(thing.uid for thing in INVENTORY.of("Model") if to_id("Model", thing.uid) == edge["node"]["id"])


async def test_a_cursor_is_good_for_its_own_list_only(asking: Asking) -> None:
    given = (await asking.data("{ models(first: 1) { edges { cursor } } }"))["models"]["edges"][0]["cursor"]
    for query in (
        "query Q($after: String) { datasets(after: $after) { totalCount } }",
        "query Q($after: String) { datasets(after: $after) { edges { cursor } } }",
        "query Q($after: String) { models(after: $after, orderBy: KEY_DESC) { edges { cursor } } }",
        'query Q($after: String) { models(after: $after, where: {name: {ne: "a"}}) { edges { cursor } } }',
        "query Q($after: String) { models { edges { node { documents(after: $after) { edges { cursor } } } } } }",
    ):
        assert (await _refused(asking, query, {"after": given})).code is ErrorCode.BAD_CURSOR


async def test_a_made_up_cursor_does_no_harm(asking: Asking) -> None:
    tag = cursors.tag("Query.models", "KEY", {})
    made = cursors.encode(tag, 5, "x")
    query = "query Q($after: String) { models(after: $after) { edges { cursor } } }"
    assert await asking.data(query, {"after": made}) == {"models": {"edges": []}}


async def test_a_page_that_makes_no_sense_is_refused(asking: Asking) -> None:
    for page in ("first: 0", "first: 101", "last: -1", "first: 1, last: 1"):
        for query in (
            f"{{ models({page}) {{ totalCount }} }}",
            f"{{ models({page}) {{ edges {{ cursor }} }} }}",
            f"{{ models {{ edges {{ node {{ versions({page}) {{ edges {{ cursor }} }} }} }} }} }}",
        ):
            assert (await _refused(asking, query)).code is ErrorCode.BAD_PAGE


async def test_a_query_costs_a_statement_for_each_root_field(asking: Asking) -> None:
    data = "trainingData { edges { node { dataset { name } } } }"
    nested = f"versions {{ totalCount edges {{ node {{ {data} owners {{ totalCount }} }} }} }}"
    await asking.data(f"{{ models {{ totalCount edges {{ node {{ name {nested} }} }} completeness {{ complete }} }} }}")
    result = await asking.ask("{ a: models { totalCount } b: datasets { totalCount } c: models { totalCount } }")
    assert result.errors is None
    assert len(asking.statements) == 3
    assert len({text for text, _ in asking.statements}) == 2, "one shape, one text"


async def test_what_is_not_asked_for_is_not_counted(asking: Asking) -> None:
    await asking.data("{ models { edges { node { name } } } }")
    ((text, _),) = asking.statements
    assert "COUNT" not in text
    assert "Source" not in text
    await asking.data("{ models { totalCount } }")
    ((text, _),) = asking.statements
    assert "COLLECT" not in text


async def test_a_list_says_which_sources_are_stale(graph: "Graph") -> None:
    day = 86_400 * 10**6
    now = 1_795_000_000_000_000
    made = Inventory()
    for name, stored in {
        "fresh": {"expectedEvery": 86_400 * 365 * 100, "lastCompleteLoadAt": now},
        "late": {"expectedEvery": 60, "lastCompleteLoadAt": now - 400 * day, "firstLoadAt": now - 500 * day},
        "never": {"expectedEvery": 60, "firstLoadAt": now - 400 * day},
        "silent": {"expectedEvery": 60},
        "anyhow": {"lastCompleteLoadAt": now - 400 * day},
    }.items():
        made.add(Thing("Source", uid("Source", (name,)), {"uid": uid("Source", (name,)), "name": name, **stored}))
    await pour(graph, made)
    asking = Asking(graph)
    asked = "completeness { complete truncatedBy hiddenCount unknownAncestry frontier { id } staleSources { name } }"
    found = await asking.data(f"{{ models {{ {asked} }} }}")
    assert found["models"]["completeness"] == {
        "complete": False,
        "truncatedBy": [],
        "hiddenCount": 0,
        "unknownAncestry": 0,
        "frontier": [],
        "staleSources": [{"name": "late"}, {"name": "never"}],
    }


async def test_an_empty_graph_answers_completely(graph: "Graph") -> None:
    asking = Asking(graph)
    found = await asking.data(
        "{ models { totalCount edges { cursor } pageInfo { endCursor } completeness { complete } } }"
    )
    assert found["models"] == {
        "totalCount": 0,
        "edges": [],
        "pageInfo": {"endCursor": None},
        "completeness": {"complete": True},
    }


async def test_a_number_that_json_has_not_is_an_error_and_no_null(graph: "Graph") -> None:
    stored = {"uid": uid("Model", ("a", "b")), "namespace": "a", "name": "b", "confidence": float("nan")}
    await pour(graph, Inventory({stored["uid"]: Thing("Model", stored["uid"], stored)}))
    result = await Asking(graph).ask('{ model(key: {namespace: "a", name: "b"}) { name provenance { confidence } } }')
    assert result.data == {"model": {"name": "b", "provenance": {"confidence": None}}}
    assert [error.path for error in result.errors or ()] == [["model", "provenance", "confidence"]]
