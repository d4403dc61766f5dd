"""The root fields that walk: what they refuse, how they page, and what they cost, on every engine."""

from typing import Any

import pytest

from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.lineage.service import WalkLimits
from graph_schema.identity import to_id, uid
from tests.engines.lineage_asking import Asking, ref
from tests.engines.lineage_worlds import make_said, make_thing, pour
from tests.reference.walks import Said, World

DATA = make_thing("DatasetVersion", "n", "d", "1")
OTHER = make_thing("DatasetVersion", "n", "d", "2")
DATASET = make_thing("Dataset", "n", "d")
MODEL = make_thing("Model", "n", "m")
COMMIT = make_thing("CodeCommit", "https://h/p", "c")
TOKENIZER = make_thing("Artifact", "sha256:" + "1" * 64)
ENDPOINT = make_thing("Endpoint", "prod", "e")
RUNS = [make_thing("Run", "s", f"r{number}") for number in range(5)]
VERSIONS = [make_thing("ModelVersion", "n", "m", str(number), stage="PRODUCTION") for number in range(5)]
KEY = {"datasetVersion": {"namespace": "n", "name": "d", "version": "1"}}

IMPACT = """query Q($of: [NodeRef!]!, $first: Int, $after: String) {
  impact(of: $of, first: $first, after: $after) {
    edges { cursor node { version } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}"""
NAMES = "query Q($of: [NodeRef!]!) { impact(of: $of) { edges { node { version } hops } } }"


def _world() -> World:
    said: list[Said] = []
    for run, version in zip(RUNS, VERSIONS, strict=True):
        said += [make_said("TRAINED_ON", run, DATA), make_said("GENERATED_BY", version, run)]
    said += [
        make_said("BUILT_FROM", RUNS[0], COMMIT),
        make_said("CONTAINS", VERSIONS[1], TOKENIZER),
        make_said("BASED_ON", VERSIONS[3], VERSIONS[2]),
        make_said("DERIVED_FROM", OTHER, DATA),
    ]
    things = [DATA, OTHER, DATASET, MODEL, COMMIT, TOKENIZER, ENDPOINT, *RUNS, *VERSIONS]
    return World(things, said, {DATASET.uid: [DATA, OTHER], MODEL.uid: VERSIONS})


@pytest.fixture
async def asking(migrated: Graph) -> Asking:
    await pour(migrated, _world())
    return Asking(migrated)


async def _reached(asking: Asking, *of: dict[str, Any]) -> list[tuple[str, int]]:
    answer = await asking(NAMES, of=list(of))
    return [(edge["node"]["version"], edge["hops"]) for edge in answer["impact"]["edges"]]


@pytest.mark.parametrize(
    ("start", "expected"),
    (
        (KEY, [(str(number), 2) for number in range(5)]),
        ({"dataset": {"namespace": "n", "name": "d"}}, [(str(number), 2) for number in range(5)]),
        ({"run": {"source": "s", "runId": "r2"}}, [("2", 1), ("3", 2)]),
        ({"commit": {"repository": "https://h/p", "sha": "c"}}, [("0", 2)]),
        ({"artifact": "SHA256:" + "1" * 64}, [("1", 1)]),
        ({"modelVersion": {"namespace": "n", "name": "m", "version": "2"}}, [("3", 1)]),
        ({"model": {"namespace": "n", "name": "m"}}, [("3", 1)]),
        ({"endpoint": {"environment": "prod", "name": "e"}}, []),
        ({"id": to_id("DatasetVersion", DATA.uid)}, [(str(number), 2) for number in range(5)]),
    ),
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_every_kind_of_thing_can_start(
    asking: Asking, start: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    assert await _reached(asking, start) == expected
    assert len(asking.statements) == 1


async def test_a_start_that_is_named_twice_counts_once(asking: Asking) -> None:
    once = {"modelVersion": {"namespace": "n", "name": "m", "version": "2"}}
    assert await _reached(asking, once, {"id": to_id("ModelVersion", VERSIONS[2].uid)}) == [("3", 1)]


async def test_a_start_may_be_the_answer_of_another(asking: Asking) -> None:
    of = [{"id": to_id("ModelVersion", VERSIONS[number].uid)} for number in (2, 3)]
    assert await _reached(asking, *of) == [("3", 1)]


@pytest.mark.parametrize("field", ("impact", "lineage", "path"))
async def test_an_unknown_start_is_not_found_at_once(asking: Asking, field: str) -> None:
    unknown = {"datasetVersion": {"namespace": "n", "name": "d", "version": "nowhere"}}
    query, variables, place = {
        "impact": (NAMES, {"of": [KEY, unknown]}, "of[1]"),
        "lineage": (
            "query Q($s: [NodeRef!]!) { lineage(start: $s, direction: UPSTREAM) { nodes { hops } } }",
            {"s": [KEY, unknown]},
            "start[1]",
        ),
        "path": (
            "query Q($a: NodeRef!, $b: NodeRef!) { path(from: $a, to: $b) { steps { to { id } } } }",
            {"a": KEY, "b": unknown},
            "to",
        ),
    }[field]
    with pytest.raises(PedigreeError, match="register") as caught:
        await asking(query, **variables)
    assert (caught.value.code, caught.value.path) == (ErrorCode.NOT_FOUND, place)
    assert len(asking.statements) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    (
        ("of: []", ErrorCode.BAD_START, "1 to 100"),
        ('of: [{ id: "nonsense" }]', ErrorCode.BAD_ID, "not an id"),
        (f'of: [{{ id: "{to_id("Evaluation", uid("Evaluation", ("x",)))}" }}]', ErrorCode.BAD_START, "Evaluation"),
        ("of: [$it], roles: []", ErrorCode.BAD_VALUE, "roles"),
        ("of: [$it], maxHops: 0", ErrorCode.BAD_VALUE, "1 to 100"),
        ("of: [$it], maxHops: 101", ErrorCode.BAD_VALUE, "1 to 100"),
        ("of: [$it], first: 0", ErrorCode.BAD_PAGE, "1 to 100"),
        ("of: [$it], first: 101", ErrorCode.BAD_PAGE, "1 to 100"),
        ('of: [$it], after: "x"', ErrorCode.BAD_CURSOR, "cursor"),
    ),
)
async def test_what_makes_no_sense_is_refused_before_the_graph_is_asked(
    asking: Asking, arguments: str, code: ErrorCode, words: str
) -> None:
    head = "query Q($it: NodeRef!)" if "$it" in arguments else "query Q"
    with pytest.raises(PedigreeError, match=words) as caught:
        await asking(f"{head} {{ impact({arguments}) {{ totalCount }} }}", it=KEY)
    assert caught.value.code is code
    assert asking.statements == []


async def test_too_many_starts_are_refused(asking: Asking) -> None:
    with pytest.raises(PedigreeError, match="names 101 things"):
        await asking(NAMES, of=[KEY] * 101)


async def test_a_frontier_of_too_many_is_refused(asking: Asking) -> None:
    query = """query Q($of: [NodeRef!]!) {
      impact(of: $of, maxHops: 1) { completeness { frontier(first: 101) { id } } }
    }"""
    with pytest.raises(PedigreeError, match="1 to 100"):
        await asking(query, of=[KEY])


@pytest.mark.parametrize("first", (0, 11))
async def test_another_number_of_witnesses_is_refused(asking: Asking, first: int) -> None:
    edges = "impact(of: [$it]) { edges { witnesses(first: $n) { hops } } }"
    for asked in (edges, "path(from: $it, to: $it) { witnesses(first: $n) { hops } }"):
        with pytest.raises(PedigreeError, match="1 to 10") as caught:
            await asking(f"query Q($it: NodeRef!, $n: Int) {{ {asked} }}", it=KEY, n=first)
        assert (caught.value.code, caught.value.path) == (ErrorCode.BAD_PAGE, "witnesses.first")
        assert asking.statements == []


async def test_pages_follow_each_other(asking: Asking) -> None:
    seen: list[str] = []
    after = None
    for expected in (["0", "1"], ["2", "3"], ["4"]):
        page = (await asking(IMPACT, of=[KEY], first=2, after=after))["impact"]
        versions = [edge["node"]["version"] for edge in page["edges"]]
        assert versions == expected
        info = page["pageInfo"]
        assert info["hasPreviousPage"] == bool(seen)
        assert info["hasNextPage"] == (expected != ["4"])
        assert (info["startCursor"], info["endCursor"]) == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
        assert page["totalCount"] == 5
        assert len(asking.statements) == 1
        seen += versions
        after = info["endCursor"]
    last = (await asking(IMPACT, of=[KEY], first=2, after=after))["impact"]
    assert (last["edges"], last["pageInfo"]["endCursor"], last["pageInfo"]["hasNextPage"]) == ([], None, False)
    with pytest.raises(PedigreeError, match="another field, order, filter or time"):
        await asking(IMPACT, of=[ref(OTHER)], first=2, after=after)


async def test_null_asks_for_the_defaults(asking: Asking) -> None:
    query = """query Q($of: [NodeRef!]!) {
      impact(of: $of, stages: null, roles: null, maxHops: null, first: null, after: null) { totalCount }
    }"""
    assert await asking(query, of=[KEY]) == {"impact": {"totalCount": 5}}


ASKED = (
    ("impact(of: [$it]) { edges { hops witness { relationship { type } } } totalCount }", 1),
    ("impact(of: [$it]) { edges { witnesses(first: null) { hops steps { relationship { type } } } } }", 1),
    ("impact(of: [$it]) { completeness { truncatedBy hiddenCount staleSources { name } } }", 1),
    ("impact(of: [$it]) { completeness { unknownAncestry } }", 2),
    ("impact(of: [$it]) { completeness { complete unknownAncestry truncatedBy } }", 2),
    ("impact(of: [$it], maxHops: 1) { completeness { complete truncatedBy } }", 1),
    ("impact(of: [$it], maxHops: 1) { completeness { frontier { id } } }", 2),
    ("impact(of: [$it], maxHops: 1) { completeness { frontier { id } unknownAncestry } }", 3),
    ("impact(of: [$it]) { completeness { frontier { id } } }", 1),
    ("lineage(start: [$it], direction: DOWNSTREAM) { nodes { hops } relationships { from { id } } }", 1),
    ("lineage(start: [$it], direction: UPSTREAM) { nodes { hops } completeness { complete } }", 2),
    ("path(from: $it, to: $it) { steps { from { id } } completeness { truncatedBy } }", 1),
    ("path(from: $it, to: $it) { steps { from { id } } completeness { complete } }", 2),
)


@pytest.mark.parametrize(("asked", "statements"), ASKED, ids=[asked for asked, _ in ASKED])
async def test_a_field_costs_one_statement_and_one_for_each_dear_part(
    asking: Asking, asked: str, statements: int
) -> None:
    await asking(f"query Q($it: NodeRef!) {{ {asked} }}", it=KEY)
    assert len(asking.statements) == statements


async def test_a_frontier_is_given_to_each_alias(asking: Asking) -> None:
    query = """query Q($of: [NodeRef!]!) { impact(of: $of, maxHops: 1) { one: completeness { frontier(first: 1) { id } }
      all: completeness {
        frontier { __typename ... on Run { runId } } short: frontier(first: 2) { ... on Run { name } } }
    } }"""
    found = (await asking(query, of=[KEY]))["impact"]
    runs = [{"__typename": "Run", "runId": f"r{number}"} for number in range(5)]
    assert found["one"]["frontier"] == [{"id": to_id("Run", RUNS[0].uid)}]
    assert found["all"]["frontier"] == [*runs]
    assert found["all"]["short"] == [{"name": None}] * 2


async def test_a_stale_source_makes_an_answer_incomplete(asking: Asking, migrated: Graph) -> None:
    await migrated.execute(
        "CREATE (:Source {uid: 'a', name: 'old', expectedEvery: 60, firstLoadAt: 0}), "
        "(:Source {uid: 'b', name: 'calm', firstLoadAt: 0})"
    )
    query = """query Q($it: NodeRef!) {
      impact(of: [$it]) { completeness { complete staleSources { name } } }
      lineage(start: [$it], direction: DOWNSTREAM) { completeness { complete staleSources { name } } }
      path(from: $it, to: $it) { completeness { complete staleSources { name } } }
    }"""
    for answer in (await asking(query, it=KEY)).values():
        assert answer["completeness"] == {"complete": False, "staleSources": [{"name": "old"}]}
    assert len(asking.statements) == 3


async def test_a_retracted_thing_starts_nothing(asking: Asking, migrated: Graph) -> None:
    await migrated.execute("MATCH (n:Endpoint) SET n.retractedAt = 1")
    with pytest.raises(PedigreeError) as caught:
        await asking(NAMES, of=[{"endpoint": {"environment": "prod", "name": "e"}}])
    assert caught.value.code is ErrorCode.NOT_FOUND


async def test_a_dataset_of_more_versions_than_an_answer_holds_is_refused_by_lineage(migrated: Graph) -> None:
    await pour(migrated, _world())
    asking = Asking(migrated, WalkLimits(nodes=1))
    with pytest.raises(PedigreeError, match="stands for 2 versions") as caught:
        await asking(
            "query Q($s: [NodeRef!]!) { lineage(start: $s, direction: DOWNSTREAM) { nodes { hops } } }",
            s=[{"dataset": {"namespace": "n", "name": "d"}}],
        )
    assert caught.value.code is ErrorCode.BAD_START


async def test_the_text_of_a_statement_holds_no_value(asking: Asking) -> None:
    texts: set[str] = set()
    for thing in (DATA, OTHER):
        await asking(NAMES, of=[ref(thing)])
        texts.update(asking.statements)
        assert not any(thing.uid in text for text in asking.statements)
    assert len(texts) == 1


async def test_an_assertion_tells_who_says_so(asking: Asking, migrated: Graph) -> None:
    await migrated.execute(
        "MATCH (:Run {runId: 'r0'})-[said:TRAINED_ON]->() SET said.validFrom = 1000000, said.assertedBy = $actor",
        {"actor": uid("Actor", ("pedigree", "local"))},
    )
    query = """query Q($of: [NodeRef!]!) { impact(of: $of, first: 1) { edges { witness {
      from { __typename ... on DatasetVersion { name } } to { __typename id }
      relationship { type source assertedBy method confidence evidence recordedAt validFrom how path }
    } } } }"""
    step = (await asking(query, of=[KEY]))["impact"]["edges"][0]["witness"][0]
    assert step == {
        "from": {"__typename": "DatasetVersion", "name": "d"},
        "to": {"__typename": "Run", "id": to_id("Run", RUNS[0].uid)},
        "relationship": {
            "type": "TRAINED_ON",
            "source": "s",
            "assertedBy": to_id("Actor", uid("Actor", ("pedigree", "local"))),
            "method": "CLAIMED",
            "confidence": 1.0,
            "evidence": None,
            "recordedAt": "1970-01-01T00:00:00Z",
            "validFrom": "1970-01-01T00:00:01Z",
            "how": None,
            "path": None,
        },
    }


async def test_of_equal_ways_and_assertions_the_answer_is_the_same_each_time(asking: Asking) -> None:
    query = "query Q($of: [NodeRef!]!) { impact(of: $of) { edges { witness { relationship { id } } } } }"
    assert await asking(query, of=[ref(DATASET)]) == await asking(query, of=[ref(DATASET)])
