"""What changed about a thing, on each engine, held against a plain log of what was registered and taken back."""

import random
from typing import Any

import pytest

from app.access.service import LOCAL
from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.registry.service import Registry
from graph_schema.identity import to_id, uid
from tests.engines.registered import Item, made, register, run, statuses, version
from tests.plain.asking import Asking
from tests.reference.changing import ENDPOINT, MODEL, SUBJECTS, VERSION, Log

ACTOR = to_id("Actor", LOCAL.uid)
KINDS = (
    "STAGE_CHANGED", "DEPLOYMENT_ENDED", "DEPLOYMENT_BEGAN", "RELATIONSHIP_ENDED", "RELATIONSHIP_BEGAN",
    "WORD_TAKEN_BACK", "RELATIONSHIP_RETRACTED", "WORD_SAID", "RELATIONSHIP_RECORDED",
)  # fmt: skip
STAGES = ("PRODUCTION", "RETIRED")
SEEDS, CALLS = range(3), 45
QUERY = """
query Changes($subject: NodeRef!, $from: DateTime!, $to: DateTime!, $first: Int, $after: String) {
  changes(subject: $subject, from: $from, to: $to, first: $first, after: $after) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    completeness { complete }
    edges {
      cursor
      node {
        at clock kind source assertedBy
        properties { property before after }
        relationship { type source }
        direction
        otherId
        other { id __typename ... on Deployment { endpoint { name } } ... on ModelVersion { model { name } } }
      }
    }
  }
}
"""
EVER = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T00:00:00Z"}


class Standing:
    """A clock that stands until it is set."""

    seconds = 1_000_000

    def __call__(self) -> float:
        return float(self.seconds)


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def registry(migrated: Graph, clock: Standing) -> Registry:
    return Registry(migrated, clock)


@pytest.fixture
def asking(migrated: Graph) -> Asking:
    return Asking(migrated)


async def changes(asking: Asking, subject: Item, **given: Any) -> dict[str, Any]:
    return (await asking.data(QUERY, {"subject": subject, **EVER, **given}))["changes"]


async def whole(asking: Asking, subject: Item, size: int = 100, **given: Any) -> list[dict[str, Any]]:
    """All edges, by pages of that size."""
    edges: list[dict[str, Any]] = []
    while True:
        page = await changes(asking, subject, first=size, **given)
        assert page["pageInfo"]["hasPreviousPage"] == ("after" in given)
        assert len(page["edges"]) <= size
        if page["edges"]:
            cursors = [page["edges"][0]["cursor"], page["edges"][-1]["cursor"]]
            assert [page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]] == cursors
        edges += page["edges"]
        if not page["pageInfo"]["hasNextPage"]:
            return edges
        assert len(page["edges"]) == size
        given["after"] = page["pageInfo"]["endCursor"]


def told(edge: dict[str, Any]) -> tuple[Any, ...]:
    """A change as the log has it."""
    node = edge["node"]
    assert node["clock"] == ("WORLD" if KINDS.index(node["kind"]) < 5 else "RECORD")
    assert node["assertedBy"] == (None if node["kind"] == "STAGE_CHANGED" else ACTOR)
    link = node["relationship"]
    assert link is None or link["source"] == node["source"]
    values = tuple((each["property"], each["before"], each["after"]) for each in node["properties"])
    assert node["other"] is None or node["other"]["id"] == node["otherId"]
    return (
        node["at"], KINDS.index(node["kind"]), node["kind"], node["source"], values, link and link["type"],
        node["direction"], node["otherId"], node["other"] is not None,
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
async def test_it_is_what_the_log_says(registry: Registry, clock: Standing, asking: Asking, seed: int) -> None:
    log, throw = Log(), random.Random(seed)
    for _ in range(CALLS):
        clock.seconds += 1
        source, nodes, links, taken = log.throw(throw, clock.seconds * 1_000_000)
        if taken:
            result = await registry.retract({"source": source, "nodes": nodes, "relationships": links}, LOCAL)
            assert [item.status for item in result] == ["RETRACTED"]
        else:
            assert set(statuses(await register(registry, source, nodes=nodes, relationships=links))) <= {
                "CREATED",
                "UPDATED",
                "UNCHANGED",
            }
    for key, subject in SUBJECTS.items():
        expected = log.of(key)
        edges = await whole(asking, subject)
        found = [told(edge) for edge in edges]
        assert [each[:2] for each in found] == sorted(each[:2] for each in found)
        assert sorted(found, key=repr) == sorted(expected, key=repr), key
        for size in (1, 3):
            assert await whole(asking, subject, size) == edges
        moments = sorted({each[0] for each in found})
        start, end = moments[len(moments) // 3], moments[2 * len(moments) // 3]
        window = [each for each in found if start <= each[0] < end]
        assert [told(edge) for edge in await whole(asking, subject, 2, **{"from": start, "to": end})] == window


def test_the_examples_hold_every_kind_of_change() -> None:
    kinds: set[str] = set()
    for seed in SEEDS:
        log, throw = Log(), random.Random(seed)
        for number in range(CALLS):
            log.throw(throw, (1_000_001 + number) * 1_000_000)
        kinds |= {each[2] for key in SUBJECTS for each in log.of(key)}
    assert kinds == set(KINDS)


async def test_a_word_tells_what_it_changed(registry: Registry, clock: Standing, asking: Asking) -> None:
    await register(registry, nodes=[version(1, description="x", parameters={"b": [1.0], "a": None}, framework="f")])
    clock.seconds += 1
    await register(registry, nodes=[version(1, description="y", framework=None)])
    edges = await whole(asking, VERSION)
    words = [edge["node"]["properties"] for edge in edges if edge["node"]["kind"] == "WORD_SAID"]
    assert words == [
        [
            {"property": "description", "before": None, "after": "x"},
            {"property": "framework", "before": None, "after": "f"},
            {"property": "parameters", "before": None, "after": {"b": [1], "a": None}},
        ],
        [
            {"property": "description", "before": "x", "after": "y"},
            {"property": "framework", "before": "f", "after": None},
        ],
    ]


async def test_what_is_gone_still_has_its_changes(registry: Registry, clock: Standing, asking: Asking) -> None:
    await register(registry, nodes=[version(1, claimedStage="PRODUCTION")], relationships=[made(1, 1)])
    clock.seconds += 1
    await registry.retract({"source": "s", "nodes": [VERSION], "relationships": [made(1, 1)]}, LOCAL)
    found = [edge["node"] for edge in await whole(asking, VERSION)]
    assert (found[0]["kind"], found[0]["relationship"]) == ("WORD_SAID", None)
    assert {each["kind"] for each in found} == {
        "WORD_SAID", "WORD_TAKEN_BACK", "RELATIONSHIP_RECORDED", "RELATIONSHIP_RETRACTED",
    }  # fmt: skip
    assert all(each["other"] is None for each in found), "neither the run nor the model is there any more"
    assert to_id("Run", uid("Run", ("r", "1"))) in {each["otherId"] for each in found}
    by_id = {"id": to_id("ModelVersion", uid("ModelVersion", ("n", "m", "1")))}
    assert [edge["node"] for edge in await whole(asking, by_id)] == found


async def test_a_cursor_stays_good_when_the_word_becomes_a_statement(
    registry: Registry, clock: Standing, asking: Asking
) -> None:
    await register(registry, "a", nodes=[version(1, description="x")])
    page = await changes(asking, VERSION, first=1)
    second = (await changes(asking, VERSION, after=page["pageInfo"]["endCursor"]))["edges"]
    assert [edge["node"]["kind"] for edge in (*page["edges"], *second)] == ["WORD_SAID", "RELATIONSHIP_RECORDED"]
    clock.seconds += 1
    await register(registry, "b", nodes=[version(1, description="y")])
    rest = (await changes(asking, VERSION, after=page["pageInfo"]["endCursor"]))["edges"]
    assert [edge["cursor"] for edge in (await changes(asking, VERSION))["edges"][1:]] == [
        edge["cursor"] for edge in rest
    ]
    assert [edge["node"]["source"] for edge in rest if edge["node"]["kind"] == "WORD_SAID"] == ["b"]


async def test_no_list_is_brought_whole(registry: Registry, clock: Standing, asking: Asking) -> None:
    for number in range(6):
        clock.seconds += 1
        deployed = {"deployment": {**ENDPOINT, **VERSION, "startedAt": number, "endedAt": number + 1}}
        claimed = version(1, description=str(number), claimedStage=STAGES[number % 2], claimedStageSince=number)
        await register(registry, nodes=[claimed, deployed], relationships=[made(number, 1)])
        await register(registry, "t", nodes=[deployed])
    for size in (1, 3):
        edges: list[dict[str, Any]] = []
        after = None
        while not edges or after:
            page = await changes(asking, VERSION, first=size, after=after)
            [(text, parameters)] = asking.statements
            [[said, _, former, related, served, (stages, _), _]] = await asking.graph.read(text, dict(parameters))  # pyright: ignore[reportArgumentType] - what the compiler made
            assert max(map(len, (said, related, served, stages))) <= size + 2
            assert len(former) <= size + 2
            edges += page["edges"]
            after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        kinds = [edge["node"]["kind"] for edge in edges]
        assert [kinds.count(each) for each in ("STAGE_CHANGED", "DEPLOYMENT_BEGAN", "WORD_SAID")] == [6, 6, 6]


async def test_only_what_is_asked_for_is_brought(registry: Registry, asking: Asking) -> None:
    await register(registry, nodes=[run(1)], relationships=[made(1, 1)])
    query = """query Q($subject: NodeRef!) {
      a: changes(subject: $subject, from: "1970-01-01T00:00:00Z", to: "1971-01-01T00:00:00+01:00") {
        __typename e: edges { n: node { __typename k: kind one: other { id } two: other { __typename } } } } }"""
    found = (await asking.data(query, {"subject": run(1)}))["a"]
    assert found["__typename"] == "ChangeConnection"
    said, related = (edge["n"] for edge in found["e"])
    assert said == {"__typename": "Change", "k": "WORD_SAID", "one": None, "two": None}
    assert related["one"] == {"id": to_id("ModelVersion", uid("ModelVersion", ("n", "m", "1")))}
    assert related["two"] == {"__typename": "ModelVersion"}


@pytest.mark.parametrize(
    ("given", "code", "place"),
    (
        ({"from": EVER["to"]}, ErrorCode.BAD_VALUE, "to"),
        ({"from": EVER["to"], "to": EVER["from"]}, ErrorCode.BAD_VALUE, "to"),
        ({"subject": {"id": "x"}}, ErrorCode.BAD_ID, "subject"),
        ({"subject": {"id": to_id("Source", "0" * 64)}}, ErrorCode.BAD_VALUE, "subject"),
        ({"subject": {"model": {"namespace": "\ud800", "name": ""}}}, ErrorCode.BAD_KEY, "subject"),
        ({"first": 0}, ErrorCode.BAD_PAGE, None),
        ({"first": 101}, ErrorCode.BAD_PAGE, None),
        ({"after": "x"}, ErrorCode.BAD_CURSOR, None),
    ),
)
async def test_what_makes_no_sense_is_refused(
    asking: Asking, given: dict[str, Any], code: ErrorCode, place: str | None
) -> None:
    reason = await refusal(asking, **given)
    assert (reason.code, reason.path) == (code, place)
    assert asking.statements == []


async def test_an_unknown_subject_is_told(registry: Registry, asking: Asking) -> None:
    await register(registry, nodes=[version(1)])
    other = {"id": to_id("Model", uid("ModelVersion", ("n", "m", "1")))}
    for subject in (ENDPOINT, {"artifact": "sha256:" + "0" * 64}, other):
        reason = await refusal(asking, subject=subject)
        assert (reason.code, reason.path) == (ErrorCode.NOT_FOUND, "subject")


async def test_a_cursor_is_good_for_the_same_question_only(registry: Registry, asking: Asking) -> None:
    await register(registry, nodes=[version(1)])
    after = (await changes(asking, VERSION, first=1))["edges"][0]["cursor"]
    for other in ({"subject": MODEL}, {"to": "9998-01-01T00:00:00Z"}, {"from": "0002-01-01T00:00:00Z"}):
        assert (await refusal(asking, after=after, **other)).code is ErrorCode.BAD_CURSOR


async def refusal(asking: Asking, **given: Any) -> PedigreeError:
    result = await asking.ask(QUERY, {"subject": VERSION, **EVER, **given})
    assert result.errors is not None
    assert result.data == {"changes": None}
    reason = result.errors[0].original_error
    assert isinstance(reason, PedigreeError)
    return reason
