"""What the compiler emits: one statement, which holds no value and no alias."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.compiler.asking import ARCADEDB, NEO4J, Answering

if TYPE_CHECKING:
    from app.graph.engines.engine import Engine


@pytest.fixture(params=(NEO4J, ARCADEDB), ids=("neo4j", "arcadedb"))
def answering(request: pytest.FixtureRequest) -> Answering:
    engine: Engine = request.param
    return Answering(engine=engine)


SAME = (
    (
        '{ model(key: {namespace: "a", name: "b"}) { name owner } }',
        '{ other: model(key: {namespace: "x", name: "y"}) { n: name who: owner } }',
    ),
    (
        '{ model(key: {namespace: "a", name: "b"}) { name owner } }',
        """{ model(key: {namespace: "x", name: "y"}) { ...F } }
        fragment F on Model { name ... on Node { __typename } owner }""",
    ),
    (
        '{ model(key: {namespace: "a", name: "b"}) { name owner } }',
        '{ model(key: {namespace: "x", name: "y"}) { name name owner again: name } }',
    ),
    ("{ models(first: 3) { edges { node { name } } } }", "{ models(first: 4) { edges { node { name } } } }"),
    (
        "{ models(first: 3) { edges { node { name } } } }",
        "{ models { edges { node { name } } edges { node { name } } } }",
    ),
    (
        '{ models(where: {name: {eq: "a"}}) { totalCount } }',
        '{ models(where: {name: {eq: "; MATCH (n) DETACH DELETE n //"}}) { totalCount } }',
    ),
    (
        '{ models(where: {name: {in: ["a"]}}) { totalCount } }',
        '{ models(where: {name: {in: ["a", "b", "c"]}}) { totalCount } }',
    ),
    ("{ modelVersions(orderBy: KEY) { totalCount } }", "{ modelVersions { totalCount } }"),
)


@pytest.mark.parametrize(("one", "other"), SAME)
async def test_one_shape_has_one_text(answering: Answering, one: str, other: str) -> None:
    answering.records = []
    texts: set[str] = set()
    for query in (one, other):
        answering.records = [[[[]] * 9, []]]
        texts.add(await answering.text(query))
    assert len(texts) == 1


async def test_no_value_stands_in_the_text(answering: Answering) -> None:
    answering.records = [[[[]] * 9, []]]
    text = await answering.text(
        """query Q($order: ModelVersionOrder, $stage: [Stage!]) {
            modelVersions(
                where: {stage: {in: $stage}, name: {contains: "zebra"}, registeredAt: {gte: "2025-01-01T00:00:00Z"}},
                orderBy: $order, first: 17
            ) { lion: edges { node { tiger: name } } } }""",
        {"order": "REGISTERED_AT_DESC", "stage": ["PRODUCTION"]},
    )
    for word in ("zebra", "PRODUCTION", "LIMIT 1", "1735689600000000", "lion", "tiger"):
        assert word not in text
    sent = answering.sent[-1][1]
    values: dict[str, Any] = sent["p"] if answering.engine is NEO4J else sent
    assert sorted(map(str, values.values())) == ["1735689600000000", "18", "['PRODUCTION']", "zebra"]


async def test_parameters_are_one_map_on_neo4j_and_flat_on_arcadedb() -> None:
    for engine, parameter in ((NEO4J, "$p.p0"), (ARCADEDB, "$p0")):
        answering = Answering(engine=engine)
        assert f"{{uid: {parameter}}}" in await answering.text('{ run(key: {source: "s", runId: "1"}) { id } }')


async def test_a_plan_is_kept_for_each_shape_of_variables() -> None:
    answering = Answering([[[]] * 9, []])
    query = """query Q($first: Int, $name: String, $with: Boolean!, $order: ModelOrder) {
        models(first: $first, orderBy: $order, where: {name: {eq: $name}}) {
            totalCount @include(if: $with) __typename } }"""
    for variables, plans in (
        ({"first": 3, "name": "a", "with": True}, 1),
        ({"first": 4, "name": "b", "with": True}, 1),
        ({"first": 4, "name": "b", "with": False}, 2),
        ({"name": "b", "with": False}, 3),
        ({"first": None, "name": "b", "with": False, "order": "KEY_DESC"}, 4),
        ({"first": None, "name": "b", "with": False, "order": "KEY"}, 5),
        ({"first": None, "name": "c", "with": False, "order": "KEY"}, 5),
    ):
        assert not (await answering.ask(query, variables)).errors
        assert len(answering.plans) == plans


OWNER = 'model(key: {namespace: "a", name: "b"}) { owner }'


@pytest.mark.parametrize("first", (True, False))
@pytest.mark.parametrize(
    "more",
    (
        f"... @include(if: $more) {{ {OWNER} }} }}",
        f"... on Query @include(if: $more) {{ {OWNER} }} }}",
        f"...More @include(if: $more) }} fragment More on Query {{ {OWNER} }}",
        f"{OWNER.replace('{ owner', '@include(if: $more) { owner')} }}",
    ),
)
async def test_what_a_condition_adds_is_read_only_where_it_holds(more: str, first: bool) -> None:
    query = f"query Q($more: Boolean!) {{ {OWNER.replace('owner', 'name')} {more}"
    answering = Answering()
    for holds in (first, not first):
        assert ("owner" in await answering.text(query, {"more": holds})) is holds


async def test_the_plans_that_are_kept_are_bounded() -> None:
    answering = Answering()
    answering.plans = type(answering.plans)(kept=2)
    for name in "abcd":
        await answering.ask(f'{{ model(key: {{namespace: "a", name: "{name}"}}) {{ name }} }}')
    assert len(answering.plans) == 2


async def test_the_plans_of_a_long_document_are_not_kept() -> None:
    answering = Answering()
    query = '{ model(key: {namespace: "a", name: "b"}) { name } }' + " " * 32_768
    for _ in range(2):
        assert not (await answering.ask(query)).errors
    assert len(answering.plans) == 0
    assert len(answering.sent) == 2


async def test_a_plan_holds_on_to_no_value_of_a_request() -> None:
    answering = Answering()
    query = "query Q($key: ModelKey!) { model(key: $key) { name } }"
    await answering.ask(query, {"key": {"namespace": "a", "name": "first"}})
    await answering.ask(query, {"key": {"namespace": "a", "name": "second"}})
    first, second = (parameters["p"]["p0"] for _, parameters in answering.sent)
    assert first != second
    assert len(answering.plans) == 1


async def test_no_walk_has_a_variable_length() -> None:
    """Only lineage walks; what is listed is a fixed number of hops away, so nothing here can enumerate paths."""
    answering = Answering()
    fields = "trainingData { totalCount edges { node { name } } } owners { totalCount }"
    text = await answering.text(f'{{ modelVersion(key: {{namespace: "", name: "", version: ""}}) {{ {fields} }} }}')
    assert "*" not in text
    assert "WITH DISTINCT" in text


async def test_labels_whose_rows_are_the_same_share_a_branch() -> None:
    query = '{ node(id: "' + ID + '") { id __typename ... on Model { a: name } ... on Run { b: name } } }'
    text = await Answering().text(query)
    assert text.count("WHEN") == 1
    assert "WHEN n0:Run OR n0:Model THEN [n0.uid, n0.name] ELSE [n0.uid] END" in text


async def test_a_truth_about_the_moment_is_bound_anew() -> None:
    answering = Answering([[[]] * 9, []])
    query = "{ models { completeness { complete } } }"
    await answering.ask(query)
    await answering.ask(query)
    first, second = (parameters["p"]["now"] for _, parameters in answering.sent)
    assert second > first
    assert len(answering.plans) == 1


ID = "TW9kZWw6" + "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA=="
