"""Who names a digest that another team has handed over is not told that anybody has: it shows as claimed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString, cast

import pytest

from app.errors import PedigreeError
from app.registry.service import Registry
from app.registry.upgrading import STEPS
from app.registry.upgrading_artifacts import tell_for_whom_it_was_read
from app.registry.words import CLAIMING
from graph_schema.nodes import AS_CLAIMED
from tests.artifacts.test_watching import verify
from tests.artifacts.world import SAFETENSORS, World, caller, digest_of
from tests.retention.asking import key_of
from tests.stores.asking import tamper

CHURN, FRAUD = caller("in-churn", "churn"), caller("in-fraud", "fraud")
DIGEST = digest_of(SAFETENSORS)
_SHOWN = (
    "digest bytes format unsafe flaw verifiedAt coldSince state checkedAt undescribed "
    "provenance { source method assertedBy confidence evidence } "
    "history { totalCount edges { node { source method assertedBy } } } contradictions { values { source } }"
)
_EVER = 'from: "1970-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"'
_VERSION = '{ namespace: "churn", name: "m", version: "1" }'
_NODES = f"edges {{ node {{ {_SHOWN} }} }}"
_WHERE = (
    "state: { eq: STORED }",
    "state: { isNull: true }",
    'bytes: { eq: "10" }',
    "unsafe: { eq: false }",
    'source: { eq: "pedigree" }',
    "undescribed: { eq: true }",
)
_STATES = "[STORED_FILES, SAFE_FORMAT, WHOLE_FILES]"
_FILES = f"files {{ edges {{ node {{ source artifact {{ {_SHOWN} }} }} }} }} artifacts {{ {_NODES} }}"
_CHANGES = "edges { node { kind source properties { property before after } } }"
_MET = f"node {{ ... on Artifact {{ {_SHOWN} }} }}"
QUESTIONS = (
    f"{{ artifacts {{ totalCount {_NODES} }} }}",
    f'{{ artifacts(knownAt: "2100-01-01T00:00:00Z") {{ {_NODES} }} }}',
    *(f"{{ artifacts(where: {{ {where} }}) {{ totalCount edges {{ node {{ digest }} }} }} }}" for where in _WHERE),
    "{ artifacts { facet(by: SOURCE) { values { value count } } } }",
    "{ artifacts { facet(by: UNDESCRIBED) { values { value count } } } }",
    f"{{ modelVersion(key: {_VERSION}) {{ {_FILES} }} }}",
    "{ modelVersions(where: { artifacts: { some: { state: { eq: STORED } } } }) { totalCount } }",
    f"{{ gaps(kinds: {_STATES}, stages: []) {{ edges {{ node {{ name }} gaps }} }} }}",
    f'{{ changes(subject: {{ artifact: "{DIGEST}" }}, {_EVER}) {{ {_CHANGES} }} }}',
    f"{{ lineage(start: [{{ modelVersion: {_VERSION} }}], direction: UPSTREAM) {{ nodes {{ {_MET} }} }} }}",
)

_OF_NOBODY = tuple(each for each in QUESTIONS if "subject" not in each and "churn" not in each)
"""Those that can be asked whether or not anything was claimed, by whomever."""


async def claim(world: World, by: Any = CHURN, **said: Any) -> list[str]:
    [team] = by.sight
    contains = {"contains": {"modelVersion": key_of("m", 1, team), "artifact": DIGEST, "path": "x"}}
    body = {"source": f"{team}-s", "namespace": team, "relationships": [contains]}
    nodes = [{"artifact": {"digest": DIGEST, **said}}] if said else []
    registry = Registry(world.graph, world.later)  # by the clock of what is handed over
    result = await registry.register({**body, "nodes": nodes}, by)
    return [item.status for item in result.items]


async def answers(world: World, by: Any = CHURN, questions: Sequence[str] = QUESTIONS) -> list[Any]:
    return [await world.ask(each, by) for each in questions]


@pytest.mark.parametrize("said", ({}, {"bytes": 3}, {"uri": "s3://b/k"}), ids=("named", "bytes", "uri"))
@pytest.mark.parametrize("first", (True, False), ids=("claimed-first", "stored-first"))
async def test_what_others_handed_over_shows_as_if_nobody_had(world: World, said: dict[str, Any], first: bool) -> None:
    expected = [await claim(world, **said), await answers(world)]
    assert set(expected[0]) == {"CREATED"}
    await world.graph.wipe()
    told = await claim(world, **said) if first else []
    await world.push({"f": SAFETENSORS}, key=key_of("m", 1, "fraud"), by=FRAUD)
    told = told or await claim(world, **said)
    assert [told, await answers(world)] == expected


@pytest.mark.parametrize("said", (None, {}, {"bytes": 3}), ids=("nobody", "named", "bytes"))
@pytest.mark.parametrize("first", (True, False), ids=("claimed-first", "stored-first"))
async def test_what_was_recorded_before_is_told_apart_by_the_upgrade(
    world: World, said: dict[str, Any] | None, first: bool
) -> None:
    if first and said is not None:
        await claim(world, **said)
    await world.push({"f": SAFETENSORS}, key=key_of("m", 1, "fraud"), by=FRAUD)
    if not first and said is not None:
        await claim(world, **said)
    asked = _OF_NOBODY if said is None else QUESTIONS
    expected = [await answers(world, CHURN, asked), await answers(world, FRAUD, _OF_NOBODY)]
    told = [*CLAIMING, *(each.stored_as for each in AS_CLAIMED.values())]
    text = f"MATCH (n:Artifact) SET {', '.join(f'n.{name} = null' for name in told)}"
    await world.graph.execute(cast("LiteralString", text))
    if said is not None:
        assert await answers(world) != expected[0]
    assert STEPS[6] is tell_for_whom_it_was_read
    for page in (1, 2):  # done again, it changes nothing
        await tell_for_whom_it_was_read(world.graph, page=page)
        assert [await answers(world, CHURN, asked), await answers(world, FRAUD, _OF_NOBODY)] == expected


async def test_who_has_it_too_sees_what_the_service_found(world: World) -> None:
    await claim(world, bytes=3)
    await world.push({"f": SAFETENSORS}, key=key_of("m", 1, "fraud"), by=FRAUD)
    seen = (await world.ask(QUESTIONS[0], FRAUD))["artifacts"]["edges"][0]["node"]
    assert (seen["state"], int(seen["bytes"]), seen["provenance"]["source"]) == ("STORED", len(SAFETENSORS), "pedigree")
    assert await world.ask(QUESTIONS[0]) == await world.ask(QUESTIONS[0], FRAUD)
    await world.push({"f": SAFETENSORS}, key=key_of("m", 1, "churn"), by=CHURN)
    assert await world.ask(QUESTIONS[0], CHURN) == await world.ask(QUESTIONS[0])


async def test_the_past_tells_no_more(world: World) -> None:
    """Before it was named it was not there for who named it; the walk to it, which is a truth about others, stays."""
    before = datetime.now(UTC).isoformat()
    await world.push({"f": SAFETENSORS}, key=key_of("m", 1, "fraud"), by=FRAUD)
    then = datetime.now(UTC).isoformat()
    await tamper(world.store, DIGEST.removeprefix("sha256:"), SAFETENSORS[:-1] + b"]")
    assert [each["state"] for each in (await verify(world))["checked"]] == ["DAMAGED"]
    await claim(world)
    now = datetime.now(UTC).isoformat()
    start = f'{{ artifact: "{DIGEST}" }}'
    for time, there in ((before, 0), (then, 0), (now, 1)):
        asked = (
            f'{{ artifacts(knownAt: "{time}") {{ totalCount }} one: artifact(key: "{DIGEST}", knownAt: "{time}") '
            f'{{ id }} inventory(knownAt: "{time}") {{ artifacts {{ totalCount }} }} }}'
        )
        told = await world.ask(asked, CHURN)
        assert (told["artifacts"]["totalCount"], bool(told["one"])) == (there, bool(there))
        assert told["inventory"]["artifacts"]["totalCount"] == there
        walk = f'{{ lineage(start: [{start}], knownAt: "{time}", direction: DOWNSTREAM) {{ nodes {{ hops }} }} }}'
        if there:
            await world.ask(walk, CHURN)
        else:
            with pytest.raises(PedigreeError, match="Artifact that"):
                await world.ask(walk, CHURN)
    asked = f'{{ artifacts(knownAt: "{then}") {{ {_NODES} }} }}'
    [edge] = (await world.ask(asked, FRAUD))["artifacts"]["edges"]
    assert (edge["node"]["state"], edge["node"]["provenance"]["source"]) == ("STORED", "pedigree")
