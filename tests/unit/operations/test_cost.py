"""What an operation may cost is known before it runs, and never less than what it answers."""

import random
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type
from hypothesis import given
from hypothesis import strategies as st

from app.access.service import LOCAL
from app.lineage.natural import FIELDS
from app.operations.cost import ITEMS, LOOKS
from app.operations.documents import Documents, Prepared
from app.operations.execution import Asked, Operations
from app.operations.limits import DocumentLimits
from app.registry.gaps import GAPS
from tests.plain.inventory import random_inventory
from tests.plain.queries import Query
from tests.plain.resolvers import Plain
from tests.published import PUBLISHED
from tests.unit.operations.small_schema import FakeContext, small_schema

INVENTORY = random_inventory(3)
PLAIN = Plain(INVENTORY)
LARGE = DocumentLimits(tokens=100_000, depth=1_000, aliases=1_000)
CHANGES = 'changes(subject: {id: ""}, from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z", first: 5)'
VERSION = 'modelVersion(key: { namespace: "n", name: "m", version: "1" })'


def _cost(text: str, variables: dict[str, Any] | None = None) -> int:
    prepared = Documents(PUBLISHED, LARGE).prepare(text)
    operation = prepared.operation(None)
    assert operation is not None
    return operation.cost(variables)


@pytest.mark.parametrize(
    ("text", "cost"),
    (
        ("{ __typename __schema { types { name fields { name } } } }", 0),
        (f"{{ {VERSION} {{ version stage }} }}", 1),
        (f"{{ {VERSION} {{ model {{ name }} }} }}", 2),
        ("{ models { edges { node { name } } } }", 10 + 25),
        ("{ models(first: 100) { totalCount edges { cursor } pageInfo { hasNextPage } } }", 10 + 10 + 1),
        ("{ models(last: 7) { edges { node { name } } } }", 10 + 7),
        ("{ models(first: null, last: 7) { edges { node { name } } } }", 10 + 7),
        (
            "{ models(first: 2) { edges { node { versions(first: 3) { edges { node { stage } } } } } } }",
            10 + 2 * (1 + 10 + 3),
        ),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 10 + 3),
        ("{ storageReport { bytes } }", 1 + 10 * 100),
        ("{ storageReport { groups(first: 5) { name } } }", 1 + 10 * 100 + 10 * 100 + 10 + 5),
        ("{ gaps(first: 5) { totalCount edges { gaps node { name } } } }", 10 + 10 * len(GAPS) + 10 + 5),
        (f"{{ {VERSION} {{ upstream(first: 5) {{ edges {{ node {{ id }} }} }} }} }}", 1 + 10 + 100 + 5),
        (f"{{ {VERSION} {{ downstream {{ totalCount pageInfo {{ endCursor }} }} }} }}", 1 + 10 + 100 + 110 + 1),
        ("{ impact(of: []) { edges { witnesses { hops } } } }", 10 + 25 * (10 + 3)),
        (
            "{ impact(of: [], first: 2) { edges { witnesses(first: 5) { steps { to { id } } } } } }",
            10 + 2 * (10 + 5 * (1 + 10 + 10 * (1 + 1))),
        ),
        ("{ compare(versions: []) { versions { name } metrics { name } } }", 1 + 10 + 10 + 10 + 100),
        ("{ compare(versions: []) { runs(first: 100) { edges { in node { name } } } } }", 1 + 10 + 100),
        (
            f"{{ {CHANGES} {{ edges {{ node {{ properties {{ property }} other {{ id }} }} }} }} }}",
            40 + 5 * (1 + 20 + 1),
        ),
        ("{ a: models { edges { node { name } } } b: models { edges { node { name } } } }", 70),
        ("{ models { ...F } } fragment F on ModelConnection { edges { node { name } } }", 35),
        ("{ models { edges { node { name @include(if: false) versions @skip(if: true) { totalCount } } } } }", 35),
    ),
)
def test_what_is_asked_for_is_counted(text: str, cost: int) -> None:
    assert _cost(text) == cost


def test_every_field_that_walks_within_another_is_dear() -> None:
    walks = {f"{label}.{name}" for label, names in FIELDS.items() for name in names}
    counts = {f"{name}.totalCount" for name in PUBLISHED.type_map if name.endswith("LineageConnection")}
    others = {"Query.gaps", "Query.changes", "Query.storageReport", "StorageReport.groups", "Query.storeDifferences"}
    assert {name for name in LOOKS if not name.startswith("Mutation.")} == walks | counts | others


STEPS = "{ versions: { some: { deployments: { none: {} } }, none: {} }, and: { not: { owners: { some: {} } } } }"


@pytest.mark.parametrize(
    ("declared", "where", "variables", "steps"),
    (
        ("", STEPS, {}, 4),
        (
            "($inner: ModelVersionFilter)",
            "{ versions: { some: $inner, none: null } }",
            {"inner": {"deployments": {"some": {"endpoint": {}}}}},
            3,
        ),
        ("($where: ModelFilter)", "$where", {"where": {"or": [{"versions": {"none": {}}}, {"name": {"eq": "m"}}]}}, 1),
        ("($where: ModelFilter)", "$where", {}, 0),
        ("($where: ModelFilter)", "$where", {"where": {"versions": [7], "or": 7, "nothing": {"some": {}}}}, 0),
    ),
)
def test_what_a_filter_asks_of_others_counts(declared: str, where: str, variables: dict[str, Any], steps: int) -> None:
    text = (
        f"query Q{declared} {{ actors(first: 2) {{ edges {{ node {{ owns(where: {where}) {{ totalCount }} }} }} }} }}"
    )
    assert _cost(text, variables) == 10 + 2 * (1 + 10 + 10 + 10 * steps)


def test_what_no_variable_changes_is_added_up_when_the_document_is_read() -> None:
    text = (
        "query Q($n: Int) { a: models(first: $n) { edges { node { name } } } b: models(where: {versions: {some: {}}})"
    )
    operation = Documents(PUBLISHED, LARGE).prepare(f"{text} {{ edges {{ node {{ owner }} }} }} }}").operation(None)
    assert operation is not None
    assert operation.price.own == 10 + 10 + 25
    assert len(operation.price.parts) == 1


def test_variables_count() -> None:
    text = "query Q($n: Int = 5, $ids: [ID!]!, $more: Boolean!) { models(first: $n) { edges { node { name } } } "
    text += "nodes(ids: $ids) @include(if: $more) { id } }"
    assert _cost(text, {"ids": [], "more": False}) == 10 + 5
    assert _cost(text, {"ids": ["a", "b"], "more": True, "n": 50}) == 10 + 50 + 10 + 2
    assert _cost(text, {"ids": ["a"], "more": True, "n": None}) == 10 + 25 + 10 + 1
    assert _cost(text, {"ids": ["a"], "more": True, "n": 10**9}) == 10 + 100 + 10 + 1, "a page is refused above that"
    assert _cost(text, {"ids": ["a"], "more": True, "n": "many"}) == 10 + 100 + 10 + 1


@pytest.mark.parametrize(
    ("text", "variables", "items"),
    (
        ("$input", {"input": {"nodes": [1, 2, 3], "relationships": [4]}}, 4),
        ("$input", {"input": {"nodes": [1] * 10_000}}, 10_000),
        ("$input", {"input": {"nodes": 1}}, 1),
        ("$input", {"input": {"nodes": None}}, 0),
        ("$input", {"input": 7}, 0),
        ("{source: $source, nodes: $nodes}", {"source": "s", "nodes": [1, 2]}, 2),
        ('{source: "s", relationships: [], nodes: [$node, $node]}', {"node": 1}, 2),
    ),
)
def test_what_is_registered_costs_by_its_items(text: str, variables: dict[str, Any], items: int) -> None:
    types = {"input": "RegisterLineageInput!", "nodes": "[NodeInput!]!", "source": "String!", "node": "NodeInput!"}
    declared = ", ".join(f"${name}: {types[name]}" for name in variables)
    head = f"mutation M({declared}) {{ registerLineage(input: {text}) {{ ... on RegisterLineageResult"
    assert _cost(f"{head} {{ created }} }} }}", variables) == 1 + 10 * items
    assert _cost(f"{head} {{ items {{ status }} }} }} }}", variables) == 1 + 10 * items + 10 + 500


def test_what_is_taken_back_costs_by_its_items() -> None:
    text = "mutation M($input: RetractInput!) { retract(input: $input) { __typename } }"
    given = {"source": "s", "nodes": [1], "relationships": [2, 3], "assertions": [4]}
    assert _cost(text, {"input": given}) == 1 + 10 * 4


def test_what_has_bytes_read_again_costs_by_how_many() -> None:
    text = "mutation M($input: VerifyArtifactsInput!) { verifyArtifacts(input: $input) { __typename } }"
    since = {"notSince": "2026-01-01T00:00:00Z"}
    assert _cost(text, {"input": since}) == 1 + 25 * 100
    assert _cost(text, {"input": {**since, "first": 100}}) == 1 + 100 * 100
    assert _cost(text, {"input": {**since, "first": "all"}}) == 1 + 100 * 100
    assert _cost(text, {"input": {**since, "first": 100, "artifacts": ["a", "b"]}}) == 1 + 2 * 100
    literal = 'mutation { verifyArtifacts(input: { notSince: "2026-01-01T00:00:00Z", first: 7 }) { __typename } }'
    assert _cost(literal) == 1 + 7 * 100


def test_every_change_costs_by_what_it_does() -> None:
    """One that is in no table does little: a new one that does much stands out here."""
    assert PUBLISHED.mutation_type is not None
    told = {name.removeprefix("Mutation.") for name in {*ITEMS, *LOOKS} if name.startswith("Mutation.")}
    little = {"createToken", "revokeToken", "setRole", "placeHold", "liftHold", "approveRetention"}
    assert {*PUBLISHED.mutation_type.fields} == told | little
    assert not told & little


def test_every_change_that_takes_items_costs_by_them() -> None:
    assert PUBLISHED.mutation_type is not None
    taking: dict[str, set[str]] = {}
    for name, field in PUBLISHED.mutation_type.fields.items():
        input_ = get_named_type(field.args["input"].type)
        assert isinstance(input_, GraphQLInputObjectType)
        lists = {key: each.type for key, each in input_.fields.items() if str(each.type).startswith("[")}
        items = {key for key, type_ in lists.items() if isinstance(get_named_type(type_), GraphQLInputObjectType)}
        taking |= {f"Mutation.{name}": items} if items else {}
    taking["Mutation.downloadUrl"] = {"artifacts"}  # each of them is looked up
    taking["Mutation.verifyArtifacts"] = {"artifacts"}  # each of them is read
    taking["Mutation.removeUnrecorded"] = taking["Mutation.recordDifferences"] = {"artifacts"}  # as are these
    assert {name: set(names) for name, names in ITEMS.items()} == taking


def test_a_step_back_to_a_hub_costs_a_page_for_each_row() -> None:
    back = (
        "{ modelVersions(first: 100) { edges { node { model { versions(first: 100) { edges { node { id } } } } } } } }"
    )
    assert _cost(back) == 10 + 100 * (1 + 1 + 10 + 100)


def test_fragments_that_double_again_and_again_are_counted_at_once() -> None:
    chain = [f"fragment F{i} on Query {{ ...F{i + 1} ... on Query {{ ...F{i + 1} }} }}" for i in range(60)]
    text = "{ ...F0 } " + " ".join(chain) + " fragment F60 on Query { models { edges { node { id } } } }"
    assert _cost(text) == 2**60 * 35


def test_lists_that_repeat_a_fragment_within_each_other_are_counted_at_once() -> None:
    again = [f"versions {{ edges {{ node {{ ...L{i + 1} }} }} }} " * 20 for i in range(8)]
    levels = [f"fragment L{i} on ModelVersion {{ model {{ {repeated} }} }}" for i, repeated in enumerate(again)]
    text = f"{{ {VERSION} {{ ...L0 }} }} " + " ".join(levels) + " fragment L8 on ModelVersion { id }"
    prepared = Documents(PUBLISHED, LARGE).prepare(text)
    operation = prepared.operation(None)
    assert operation is not None
    assert operation.cost(None) > 20**8


@given(rng=st.randoms(use_true_random=False))
def test_no_answer_holds_more_than_was_counted(rng: random.Random) -> None:
    query = Query(PUBLISHED, INVENTORY, rng)
    text = query.text()
    answer = PLAIN.execute(text, query.variables)
    # Each thing of a list comes with its edge, which is not counted.
    assert _objects(answer.data) <= 2 * _cost(text, query.variables) + 1


def _objects(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_objects, value.values()))
    return sum(map(_objects, value)) if isinstance(value, list) else 0


async def test_what_is_too_dear_is_not_run() -> None:
    operations = Operations(small_schema(), DocumentLimits(cost=0))
    outcome = await operations.run(Asked("{ hello later }"), FakeContext())
    assert outcome.body["data"] == {"hello": "hello you", "later": "done"}
    outcome = await operations.run(Asked('{ deep { fails(how: "secretly") } }'), FakeContext())
    assert not outcome.ran
    assert "data" not in outcome.body
    assert outcome.body["extensions"] == {"cost": {"requested": 1, "limit": 0, "left": 0}}
    [error] = outcome.body["errors"]
    assert error["extensions"] == {"code": "COST_TOO_HIGH"}
    assert "may cost 1, and 0 is the limit" in error["message"]


async def test_an_answer_says_what_it_cost() -> None:
    operations = Operations(small_schema(), DocumentLimits(cost=5))
    outcome = await operations.run(Asked("{ deep { deep { maybe } } }"), FakeContext())
    assert outcome.body["data"] == {"deep": {"deep": {"maybe": None}}}
    assert outcome.body["extensions"] == {"cost": {"requested": 2, "limit": 5, "left": 3}}


def test_requests_that_come_together_cost_no_more_than_one_may() -> None:
    operations = Operations(small_schema(), DocumentLimits(cost=3))
    asked = Asked("query A { deep { maybe } } query B { deep { deep { maybe } } }", operation="B")
    prepared = operations.prepare(asked, LOCAL)
    assert isinstance(prepared, Prepared)
    one = Asked(asked.query, operation="A")
    assert operations.too_much_together([(asked, prepared), (one, prepared)]) == ""
    assert "a cost of 4, and 3 is the limit" in operations.too_much_together([(asked, prepared), (asked, prepared)])
