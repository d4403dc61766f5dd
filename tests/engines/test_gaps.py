"""What versions of models lack, on each engine, held against the same asked of an inventory in memory."""

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLEnumType

from app.errors import ErrorCode, PedigreeError
from app.registry.gaps import GAPS
from graph_schema.identity import UNVERSIONED, to_id
from graph_schema.nodes import STAGES
from tests.plain.asking import Asking
from tests.plain.filters import along
from tests.plain.inventory import Inventory, Link, Thing, pour, random_inventory
from tests.plain.ways import WAYS
from tests.published import PUBLISHED

if TYPE_CHECKING:
    from app.graph.driver import Graph

ASKED = "totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor gaps node { id } }"
QUERY = f"""query Q($kinds: [GapKind!], $stages: [Stage!] = [PRODUCTION], $first: Int, $after: String) {{
    gaps(kinds: $kinds, stages: $stages, first: $first, after: $after) {{ {ASKED} completeness {{ complete }} }} }}"""


def _sparse() -> Inventory:
    """An inventory in which much is missing: each relationship of the random one by a throw of its uid."""
    whole, made = random_inventory(4, size=16), Inventory()
    for thing in whole.things.values():
        made.add(thing)
    for number, link in enumerate(whole.links):
        if number % 3 == 0 or link.type == "VERSION_OF":  # a version without a model there is none
            made.link(link)
    data = made.of("DatasetVersion")[1]
    bare = Thing("DatasetVersion", "e" * 64, {**data.stored, "uid": "e" * 64, "version": UNVERSIONED, "sortKey": "e"})
    made.add(bare)
    for number, link in enumerate(link for link in made.links if link.type == "CONTAINS"):
        held = made.things[link.end]
        told = ({"unsafe": True}, {"state": "STORED"}, {"state": "REMOVED"}, {"state": "DAMAGED"})[number % 4]
        made.add(Thing(held.label, held.uid, {**held.stored, **told}))
    for run in made.of("Run")[::3]:
        made.link(Link("TRAINED_ON", run.uid, bare.uid, {"source": "manual", "uid": f"t{run.uid}"}))
    return made


INVENTORY = _sparse()


@pytest.fixture
async def asking(graph: "Graph") -> Asking:
    await pour(graph, INVENTORY)
    return Asking(graph)


def _lacks(version: Thing) -> list[str]:
    """What a version lacks, in the order of the enum; written from the descriptions."""

    def of(name: str) -> list[Thing]:
        return list(along(INVENTORY, version, WAYS["ModelVersion", name]))

    gaps = {
        "DESCRIPTION": version.stored["undescribed"],
        "OWNER": all(actor.stored.get("active") is False for actor in of("owners")),
        "RUN": not of("runs"),
        "COMMIT": not of("commits"),
        "TRAINING_DATA": not of("trainingData"),
        "DATA_VERSION": any(data.stored["version"] == UNVERSIONED for data in of("trainingData")),
        "EVALUATION": not of("evaluations"),
        "ARTIFACT": not of("artifacts"),
        "STORED_FILES": all(held.stored.get("state") != "STORED" for held in of("artifacts")),
        "WHOLE_FILES": any(
            held.stored.get("state") in {"MISSING", "DAMAGED", "UNREADABLE"} for held in of("artifacts")
        ),
        "SAFE_FORMAT": any(held.stored.get("unsafe") is True for held in of("artifacts")),
    }
    return [kind for kind, lacking in gaps.items() if lacking]


def _expected(kinds: list[str] | None, stages: list[str] | None) -> list[tuple[str, list[str]]]:
    live = [thing for thing in INVENTORY.of("ModelVersion") if "retractedAt" not in thing.stored]
    wanted = stages or (["PRODUCTION"] if stages is None else STAGES)
    of_stage = sorted(
        (thing for thing in live if thing.stored["stage"] in wanted), key=lambda thing: thing.stored["sortKey"]
    )
    found = [
        (to_id(thing.label, thing.uid), [kind for kind in _lacks(thing) if kinds is None or kind in kinds])
        for thing in of_stage
    ]
    return [(id_, gaps) for id_, gaps in found if gaps]


def test_the_kinds_are_those_that_are_published() -> None:
    type_ = PUBLISHED.type_map["GapKind"]
    assert isinstance(type_, GraphQLEnumType)
    assert tuple(type_.values) == tuple(GAPS)


async def test_each_version_tells_what_it_lacks(asking: Asking) -> None:
    several = [list(each) for each in combinations(GAPS, 2)][::5]
    for kinds in (None, *([kind] for kind in GAPS), *several):
        for stages in (None, [], ["PRODUCTION", "STAGING"]):
            found = (await asking.data(QUERY, {"kinds": kinds, "stages": stages, "first": 100}))["gaps"]
            expected = _expected(kinds, stages)
            assert [(edge["node"]["id"], edge["gaps"]) for edge in found["edges"]] == expected, (kinds, stages)
            assert found["totalCount"] == len(expected)
            assert not found["pageInfo"]["hasNextPage"]
    for kind in GAPS:
        gaps = _expected([kind], [])
        assert 0 < len(gaps) < len(INVENTORY.of("ModelVersion")) - 1, f"{kind} tells nothing apart"


async def test_it_is_paged_by_key(asking: Asking) -> None:
    given: dict[str, Any] = {"stages": [], "first": 4}
    shown: list[tuple[str, list[str]]] = []
    while True:
        page = (await asking.data(QUERY, given))["gaps"]
        assert page["pageInfo"]["hasPreviousPage"] == ("after" in given)
        assert page["totalCount"] == len(_expected(None, []))
        shown += [(edge["node"]["id"], edge["gaps"]) for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        given["after"] = page["pageInfo"]["endCursor"]
    assert shown == _expected(None, [])


async def test_only_what_is_asked_for_is_counted(asking: Asking) -> None:
    assert (await asking.data("{ gaps { totalCount } }"))["gaps"] == {"totalCount": len(_expected(None, None))}
    assert "ORDER BY" not in asking.statements[0][0]
    assert (
        await asking.data("{ a: gaps(kinds: RUN) { __typename c: completeness { complete staleSources { name } } } }")
    )["a"]["__typename"] == "GapConnection"
    found = await asking.data("{ gaps(first: 1, stages: []) { edges { gaps node { model { name } } } } }")
    assert found["gaps"]["edges"][0]["node"]["model"]["name"]


@pytest.mark.parametrize(
    ("given", "code", "place"),
    (
        ({"kinds": []}, ErrorCode.BAD_VALUE, "kinds"),
        ({"first": 0}, ErrorCode.BAD_PAGE, None),
        ({"first": 101}, ErrorCode.BAD_PAGE, None),
        ({"after": "\ud800"}, ErrorCode.BAD_CURSOR, None),
        ({"after": "x"}, ErrorCode.BAD_CURSOR, None),
    ),
)
async def test_what_makes_no_sense_is_refused(
    asking: Asking, given: dict[str, Any], code: ErrorCode, place: str | None
) -> None:
    result = await asking.ask(QUERY, given)
    assert result.errors is not None
    reason = result.errors[0].original_error
    assert isinstance(reason, PedigreeError)
    assert (reason.code, reason.path) == (code, place)
    assert asking.statements == []


async def test_a_cursor_is_good_for_the_same_question_only(asking: Asking) -> None:
    page = (await asking.data(QUERY, {"stages": [], "first": 1}))["gaps"]
    after = page["pageInfo"]["endCursor"]
    assert (await asking.ask(QUERY, {"stages": list(STAGES), "kinds": list(GAPS), "after": after})).errors is None
    for other in ({"stages": ["PRODUCTION"]}, {"stages": [], "kinds": ["RUN"]}):
        result = await asking.ask(QUERY, {**other, "after": after})
        assert result.errors is not None
        assert "another field, order, filter or time" in str(result.errors[0])


async def test_an_owner_who_is_said_to_be_inactive_is_none(graph: "Graph") -> None:
    made = Inventory()
    for number, said in enumerate(({"active": True}, {"active": False}, {}, None)):
        model, version, actor = (f"{number + 10 * kind:064d}" for kind in range(3))
        key = {"namespace": "n", "name": str(number), "stage": "PRODUCTION", "undescribed": False}
        made.add(Thing("Model", model, {**key, "uid": model, "sortKey": model}))
        made.add(Thing("ModelVersion", version, {**key, "uid": version, "version": "1", "sortKey": version}))
        made.link(Link("VERSION_OF", version, model, {"source": "one"}))
        if said is not None:
            made.add(Thing("Actor", actor, {"uid": actor, "issuer": "i", "subject": actor, "sortKey": actor, **said}))
            made.link(Link("OWNS", actor, model, {"source": "one"}))
    await pour(graph, made)
    found = await Asking(graph).data("{ gaps(kinds: [OWNER]) { edges { node { name } } } }")
    assert [edge["node"]["name"] for edge in found["gaps"]["edges"]] == ["1", "3"]
