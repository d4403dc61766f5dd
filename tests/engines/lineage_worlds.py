"""Small graphs made by hypothesis, and how they are put into a real one."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, LiteralString, cast

from hypothesis import strategies as st

from app.graph.driver import Graph
from graph_schema.identity import relationship_uid, sort_key, uid
from graph_schema.nodes import STAGES
from graph_schema.relationships import SCHEMA
from tests.reference.walks import NOW, Said, State, Thing, World

ENDS = (
    ("DERIVED_FROM", "DatasetVersion", "DatasetVersion"),
    ("TRAINED_ON", "Run", "DatasetVersion"),
    ("VALIDATED_ON", "Run", "DatasetVersion"),
    ("TESTED_ON", "Run", "DatasetVersion"),
    ("REFERRED_TO", "Run", "DatasetVersion"),
    ("CONSUMED", "Run", "DatasetVersion"),
    ("CONSUMED", "Run", "ModelVersion"),
    ("GENERATED_BY", "ModelVersion", "Run"),
    ("GENERATED_BY", "DatasetVersion", "Run"),
    ("GENERATED_BY", "Artifact", "Run"),
    ("BUILT_FROM", "Run", "CodeCommit"),
    ("BASED_ON", "ModelVersion", "ModelVersion"),
    ("CONTAINS", "ModelVersion", "Artifact"),
    ("PART_OF", "Run", "Run"),
)
"""What is related, each as likely as the others; the last is never walked."""

SERVING = (
    ("HOSTS", "Endpoint", "Deployment"),
    ("SERVES", "Deployment", "ModelVersion"),
    ("CALLS", "Endpoint", "Endpoint"),
)
"""What is walked only where it is named."""

_COMMON = ("TRAINED_ON", "GENERATED_BY", "DERIVED_FROM", "BASED_ON", "CONSUMED")


def make_thing(label: str, *key: str, stage: str = "") -> Thing:
    return Thing(label, key, uid(label, key), stage)


def make_said(type_: str, low: Thing, high: Thing, source: str = "s", **fields: Any) -> Said:
    parts = ("file",) if type_ == "CONTAINS" else ()
    return Said(relationship_uid(type_, low.uid, high.uid, source, *parts), type_, low, high, source, **fields)


@st.composite
def worlds(draw: st.DrawFn, *, timed: bool = False) -> World:
    """A world of few things and many relationships: cycles, diamonds, hubs, parallel assertions, retracted ones.

    A timed one changes: things begin, and were recorded otherwise before; relationships begin and end; some serve.
    """
    size = draw(st.integers(2, 5))
    things: dict[str, list[Thing]] = {
        "DatasetVersion": [make_thing("DatasetVersion", "n", f"d{i % 2}", str(i)) for i in range(size + 1)],
        "Run": [make_thing("Run", "s", f"r{i}") for i in range(size)],
        "CodeCommit": [make_thing("CodeCommit", "https://h/p", f"c{i}") for i in range(2)],
        "Artifact": [make_thing("Artifact", f"sha256:{i:064}") for i in range(2)],
        "ModelVersion": [
            make_thing(
                "ModelVersion", "n", f"m{i % 2}", str(i), stage=draw(st.sampled_from((*STAGES[:2], "PRODUCTION")))
            )
            for i in range(size + 1)
        ],
        "Endpoint": [make_thing("Endpoint", "prod", "e")],
    }
    if timed:
        things["Endpoint"].append(make_thing("Endpoint", "prod", "f"))
        things["Deployment"] = [make_thing("Deployment", "prod", "e", "n", "m0", "0", str(i)) for i in (1, 4)]
        things = {label: [draw(_over_time(each)) for each in of] for label, of in things.items()}
    hubs = draw(_hubs(things))
    families: dict[str, list[Thing]] = {}
    for label, family in (("DatasetVersion", "Dataset"), ("ModelVersion", "Model")):
        name = "d" if family == "Dataset" else "m"
        things[family] = [make_thing(family, "n", f"{name}{i}") for i in range(3)]
        for each in things[family]:
            families[each.uid] = [version for version in things[label] if version.key[:2] == each.key]
    said = {each.uid: each for each in hubs}
    for _ in range(draw(st.integers(1, 8 * size))):
        each = draw(_said(things, timed=timed))
        said.setdefault(each.uid, each)
    if timed:
        ending = st.sampled_from((None, 3, NOW))
        bounded = [each for each in said.values() if each.type == "CALLS"]
        said |= {each.uid: replace(each, until=draw(ending)) for each in bounded}
    for each in draw(st.lists(st.sampled_from(list(said.values())), max_size=8)):
        other = make_said(
            each.type, each.low, each.high, "t" if each.source == "s" else "s", **draw(_telling(timed=timed))
        )
        said.setdefault(other.uid, other)
    return World([thing for each in things.values() for thing in each], list(said.values()), families)


@st.composite
def _hubs(draw: st.DrawFn, things: dict[str, list[Thing]]) -> list[Said]:
    """Perhaps data that many runs used, perhaps a run that made many versions; what they need joins the things."""
    said: list[Said] = []
    if draw(st.booleans()):
        data = draw(st.sampled_from(things["DatasetVersion"]))
        runs = [make_thing("Run", "s", f"spoke{i}") for i in range(draw(st.integers(6, 12)))]
        things["Run"] += runs
        said += [make_said("TRAINED_ON", run, data, **draw(_telling())) for run in runs]
    if draw(st.booleans()):
        run = draw(st.sampled_from(things["Run"]))
        spokes = range(draw(st.integers(6, 12)))
        versions = [make_thing("ModelVersion", "n", "m1", f"spoke{i}", stage="PRODUCTION") for i in spokes]
        things["ModelVersion"] += versions
        said += [make_said("GENERATED_BY", version, run, **draw(_telling())) for version in versions]
    return said


@st.composite
def _said(draw: st.DrawFn, things: dict[str, list[Thing]], *, timed: bool) -> Said:
    common = [each for each in ENDS if each[0] in _COMMON]
    type_, low, high = draw(st.sampled_from((*common, *common, *ENDS, *(SERVING * timed))))
    return make_said(
        type_,
        draw(st.sampled_from(things[low])),
        draw(st.sampled_from(things[high])),
        draw(st.sampled_from(("s", "s", "t"))),
        **draw(_telling(timed=timed)),
    )


def _telling(*, timed: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """How something is said, and whether it was taken back: two sources may say the same in other ways."""
    since = st.sampled_from((None, None, 2, 5)) if timed else st.none()
    return st.fixed_dictionaries(
        {
            "verified": st.booleans(),
            "confidence": st.sampled_from((1.0, 0.5)),
            "recorded": st.integers(0, 3),
            "retracted": st.sampled_from((None, None, None, 4, 6)),
            "since": since,
            "actor": st.sampled_from(("p", "q")),
        }
    )


@st.composite
def _over_time(draw: st.DrawFn, thing: Thing) -> Thing:
    """The thing as it was recorded from 0 on, perhaps in another state first."""
    begins = SCHEMA.node(thing.label).begins
    times = st.sampled_from((None, None, 1, 3, 5)) if begins else st.none()
    if thing.label == "Deployment":
        times = st.just(int(thing.key[-1]))
    changed = draw(st.sampled_from((None, None, 2, 4)))
    ends = st.sampled_from((None, None, 3, 5, NOW) if thing.label == "Deployment" else (None,))
    states = [State(0, NOW, draw(times), draw(ends), draw(_stages(thing)))]
    if changed is not None:
        other = State(changed, NOW, draw(times), draw(ends), draw(_stages(thing)))
        states = [replace(states[0], until=changed), other]
    stage = thing.stage and (states[-1].stages[-1][1] if states[-1].stages else "DEVELOPMENT")
    return replace(thing, stage=stage, states=tuple(states))


def _stages(thing: Thing) -> st.SearchStrategy[tuple[tuple[int, str], ...]]:
    if not thing.stage:
        return st.just(())
    return st.sampled_from(((), ((1, "PRODUCTION"),), ((1, "PRODUCTION"), (4, "STAGING")), ((3, "PRODUCTION"),)))


Places = Mapping[str, tuple[str, ...]]
"""By the uid of a thing, the namespaces that it is in; the key of what has one in it says so only here."""


async def pour(graph: Graph, world: World, places: Places = MappingProxyType({})) -> None:
    """Puts the world into a graph."""
    for label in {thing.label for thing in world.things}:
        rows = [_placed(thing, places) for thing in world.things if thing.label == label]
        await _execute(graph, f"UNWIND $rows AS row CREATE (n:{label}) SET n = row", rows)
        past = [
            {"of": thing.uid, "state": _stored(thing, index)}
            for thing in world.things
            if thing.label == label
            for index in range(len(thing.states) - 1)
        ]
        before = f"MATCH (n:{label} {{uid: row.of}}) CREATE (s:Snapshot)-[:SNAPSHOT_OF]->(n) SET s = row.state"
        await _execute(graph, f"UNWIND $rows AS row {before}", past)
    ends: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for said in world.said:
        declared = SCHEMA.relationship(said.type)
        type_ = said.type if said.retracted is None else declared.retracted_type
        ends.setdefault((type_, said.low.label, said.high.label), []).append(_row(said))
    for family, versions in world.versions.items():
        for version in versions:
            label = "Dataset" if version.label == "DatasetVersion" else "Model"
            # Two sources say so: it must count once.
            for source in ("s", "t"):
                row = {
                    "low": version.uid,
                    "high": family,
                    "stored": {"uid": f"{version.uid}{source}", "source": source, "recordedAt": 0},
                }
                ends.setdefault(("VERSION_OF", version.label, label), []).append(row)
    for (type_, low, high), rows in ends.items():
        text = (
            f"UNWIND $rows AS row WITH row.low AS lower, row.high AS higher, row.stored AS stored "
            f"MATCH (low:{low} {{uid: lower}}) MATCH (high:{high} {{uid: higher}}) "
            f"CREATE (low)-[said:{type_}]->(high) SET said = stored"
        )
        await _execute(graph, text, rows)


def _placed(thing: Thing, places: Places) -> dict[str, Any]:
    """What is stored of a thing, in its namespaces."""
    stored, found = _stored(thing), places.get(thing.uid)
    if found is None:
        return stored
    return {
        **stored,
        **({"namespace": found[0]} if SCHEMA.node(thing.label).namespaced else {"namespaces": list(found)}),
    }


async def pour_hub(graph: Graph, data: Thing, made: list[tuple[Thing, Thing]]) -> None:
    """Puts into a graph a version of data, and runs that used it, each with the version of a model that it made.

    It takes a fraction of the time that `pour` needs: nothing is looked up again to be related.
    """
    await pour(graph, World([data], [], {}))
    rows = [
        {
            "run": _stored(run),
            "version": _stored(version),
            "used": _row(make_said("TRAINED_ON", run, data))["stored"],
            "made": _row(make_said("GENERATED_BY", version, run))["stored"],
        }
        for run, version in made
    ]
    for first in range(0, len(rows), 500):
        await graph.execute(
            "MATCH (data:DatasetVersion {uid: $data}) UNWIND $rows AS row "
            "CREATE (version:ModelVersion)-[made:GENERATED_BY]->(run:Run)-[used:TRAINED_ON]->(data) "
            "SET run = row.run, version = row.version, used = row.used, made = row.made",
            {"data": data.uid, "rows": rows[first : first + 500]},
        )


async def _execute(graph: Graph, text: str, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), 1000):
        await graph.execute(cast("LiteralString", text), {"rows": rows[first : first + 1000]})


def _stored(thing: Thing, index: int = -1) -> dict[str, Any]:
    """What is stored of a thing, in one of its states; the last is the thing itself."""
    node, state = SCHEMA.node(thing.label), thing.states[index]
    stored: dict[str, Any] = {"uid": thing.uid, "sortKey": sort_key(thing.key, thing.uid), "undescribed": False}
    stored.update(zip(node.key_names, thing.key, strict=True))
    if thing.label == "Deployment":
        stored["startedAt"] = int(thing.key[-1])
        stored |= {"endedAt": state.ends} if state.ends is not None else {}
    elif node.begins and state.begins is not None:
        stored[node.begins] = state.begins
    if thing.stage:
        stored["stage"] = state.stages[-1][1] if state.stages else thing.stage
        stored |= {"stageTimes": [at for at, _ in state.stages], "stages": [stage for _, stage in state.stages]}
    stored["recordedAt"] = state.recorded
    if state.until != NOW:
        stored |= {"uid": f"{thing.uid}|{index}", "recordedUntil": state.until}
    return stored


def _row(said: Said) -> dict[str, Any]:
    stored = {
        "uid": said.uid,
        "source": said.source,
        "method": "VERIFIED" if said.verified else "CLAIMED",
        "confidence": said.confidence,
        "recordedAt": said.recorded,
        "retractedAt": said.retracted,
        "validFrom": said.since,
        "validTo": said.until,
        "assertedBy": uid("Actor", ("pedigree", said.actor)),
    }
    stored = {name: value for name, value in stored.items() if value is not None}
    return {"low": said.low.uid, "high": said.high.uid, "stored": stored}
