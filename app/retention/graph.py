"""The Cypher by which it is decided which versions lose their files: one function a statement."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from app.registry.request import OWN

Read = Callable[[LiteralString, Mapping[str, Any]], Awaitable[list[list[Any]]]]
"""What runs a statement: a graph by itself, or a transaction in which the answer stays true."""

Sight = Sequence[str] | None
"""The namespaces that a caller sees; None for all there are."""

_WALKED = 50
"""Of how many versions it is walked at once what came from them, all of it, where it is decided of a few."""

_ASKED = 5_000
"""Of how many it is asked at once what is known of themselves."""

FLOWS: LiteralString = "DERIVED_FROM|TRAINED_ON|CONSUMED|GENERATED_BY|BASED_ON"
"""The types along which a version comes from another."""

_FILES = "EXISTS { MATCH (v)-[r:CONTAINS]->(:Artifact) WHERE r.source = $own RETURN r }"
# When files were first recorded counts, where nobody says more: a node's own `recordedAt` is that of its last change.
_STORED = "v.manifestDigest IS NOT NULL AND v.filesRemovedAt IS NULL"

_PAGE = f"""
MATCH (v:ModelVersion) WHERE v.sortKey > $after AND {_STORED} AND ($all OR v.namespace IN $sight)
RETURN v.uid, v.sortKey ORDER BY v.sortKey LIMIT $count
"""
_ALL = """
MATCH (v:ModelVersion) WHERE v.sortKey > $after RETURN v.uid, v.sortKey ORDER BY v.sortKey LIMIT $count
"""
_HELD = """size(coalesce(v.holds, [])) > 0 OR EXISTS {
    MATCH (v)-[:VERSION_OF]->(m:Model) WHERE size(coalesce(m.holds, [])) > 0 RETURN m }"""
# Also what a source has taken back since: a scanner that tells only what runs today takes back all that ran before.
_SERVED = "EXISTS { MATCH (d:Deployment)-[:SERVES|SERVES_RETRACTED]->(v) RETURN d }"
# `stages` has one stage at a time, and a later claim of the same time replaces it; what was said and shown stays.
_PRODUCTION = """v.stage = 'PRODUCTION' OR 'PRODUCTION' IN coalesce(v.stages, [])
  OR coalesce(v.claims, '') CONTAINS '"PRODUCTION"'
  OR EXISTS { MATCH (s:Snapshot)-[:SNAPSHOT_OF]->(v) WHERE s.stage = 'PRODUCTION' RETURN s }"""
_BY_ITSELF = f"{_PRODUCTION} OR {_HELD} OR {_SERVED}"
# What is added up stands in subqueries of its own: Neo4j takes no aggregation in a COLLECT of the row that is returned.
_FACTS = f"""
UNWIND $uids AS uid MATCH (v:ModelVersion {{uid: uid}}) WHERE {_STORED} AND {_FILES}
CALL (v) {{ OPTIONAL MATCH (e:Evaluation)-[:EVALUATES]->(v) RETURN max(e.evaluatedAt) AS evaluated }}
CALL (v) {{
  MATCH (v)-[r:CONTAINS]->(a:Artifact) WHERE r.source = $own
  WITH a, count(r) AS files, min(r.recordedAt) AS first, max(r.recordedAt) AS last
  RETURN sum(files) AS files, sum(a.bytes) AS bytes, min(first) AS first, max(last) AS last,
    max(a.verifiedAt) AS verified }}
RETURN uid, v.namespace, v.name, v.version, v.stage, coalesce(v.stages, []), coalesce(v.stageTimes, []), v.registeredAt,
  head(COLLECT {{ MATCH (v)-[:VERSION_OF]->(m:Model) RETURN [m.uid, m.riskTier] LIMIT 1 }}),
  {_HELD}, {_SERVED}, {_PRODUCTION}, v.filesTieredAt IS NOT NULL, evaluated, [files, bytes, first, last, verified]
"""
_NEWEST = f"""
UNWIND $models AS model MATCH (m:Model {{uid: model}})
CALL (m) {{
  MATCH (v:ModelVersion)-[:VERSION_OF]->(m) WHERE {_STORED} AND {_FILES} WITH DISTINCT v
  CALL (v) {{ MATCH (v)-[r:CONTAINS]->(:Artifact) WHERE r.source = $own RETURN min(r.recordedAt) AS first }}
  WITH v.uid AS found, coalesce(v.registeredAt, first) AS at ORDER BY at DESC, found LIMIT $keep
  RETURN collect(found) AS newest }}
RETURN model, newest
"""
# Where these types begin, but for artifacts, from which nothing comes; a test holds the labels to the declaration.
# One by one: given several labels after an UNWIND, the embedded engine finds no index, and scans.
_CAME_FROM = f"""
UNWIND $uids AS uid
CALL (uid) {{
  MATCH (:ModelVersion {{uid: uid}})-[:{FLOWS}]->(m) RETURN m
  UNION ALL MATCH (:DatasetVersion {{uid: uid}})-[:{FLOWS}]->(m) RETURN m
  UNION ALL MATCH (:Run {{uid: uid}})-[:{FLOWS}]->(m) RETURN m }}
RETURN DISTINCT m.uid
"""
# The walk stands by itself, whose last word is DISTINCT: each version is visited once, however many ways lead to it.
_ANCESTORS = f"""
UNWIND $uids AS uid MATCH (start:ModelVersion {{uid: uid}})
CALL (start) {{ MATCH (start)<-[:{FLOWS}*1..]-(v:ModelVersion) WHERE v <> start RETURN DISTINCT v }}
WITH uid, v WHERE {_BY_ITSELF} RETURN DISTINCT uid
"""
_PROTECTED = f"""
UNWIND $uids AS uid MATCH (v:ModelVersion {{uid: uid}}) WHERE {_BY_ITSELF} RETURN uid
"""
# Models first, as every write takes its locks: a hold may be placed on one.
_LOCK_MODELS = """
UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid})-[:VERSION_OF]->(m:Model)
WITH DISTINCT m ORDER BY m.uid SET m.lock = $token
"""
_LOCK = "UNWIND $uids AS uid MATCH (v:ModelVersion {uid: uid}) SET v.lock = $token"


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What is known of a version that has files.

    Attributes:
        uid: of its node.
        key: namespace, name and version.
        model: the uid of its model.
        risk_tier: of the model; None where nobody says.
        stage: the one it is in now.
        stages: all that it has been in, or will be in by what is claimed.
        stage_times: when it changed into each of these, in microseconds since 1970 UTC, as all times here.
        registered_at: when it was registered in its system; where nobody says, when its files were first recorded.
        evaluated_at: when it was last evaluated; None for never.
        held: whether a legal hold is on it or on its model.
        served: whether it was ever deployed.
        promoted: whether it is, was or is to be in PRODUCTION.
        tiered: whether its files were moved to the colder store.
        files: how many files it has.
        bytes: how many bytes they have, equal ones counted once.
        handed_over_at: when the last of them was recorded or verified.
    """

    uid: str
    key: tuple[str, str, str]
    model: str
    risk_tier: int | None
    stage: str
    stages: Sequence[str]
    stage_times: Sequence[int]
    registered_at: int
    evaluated_at: int | None
    held: bool
    served: bool
    promoted: bool
    tiered: bool
    files: int
    bytes: int
    handed_over_at: int


async def page_of_versions(read: Read, after: str, count: int, sight: Sight) -> list[tuple[str, str]]:
    """The next versions in sight that may have files here: uid and sort key, in the order of these."""
    values = {"after": after, "count": count, "all": sight is None, "sight": list(sight or ())}
    return [(found, key) for found, key in await read(_PAGE, values)]


async def page_of_all_versions(read: Read, after: str, count: int) -> list[tuple[str, str]]:
    """The next versions whatever is known of them: uid and sort key, in the order of these."""
    return [(found, key) for found, key in await read(_ALL, {"after": after, "count": count})]


async def facts_of(read: Read, uids: Sequence[str]) -> list[VersionFacts]:
    """What is known of those of these versions that have files here which were not taken away."""
    rows = await read(_FACTS, {"uids": list(uids), "own": OWN})
    return [_facts(row) for row in rows]


async def newest_of(read: Read, models: Iterable[str], keep: int) -> dict[str, frozenset[str]]:
    """By the uid of the model, the newest versions of these models that have files here, so many of each."""
    rows = await read(_NEWEST, {"models": sorted(models), "keep": keep, "own": OWN})
    return {model: frozenset(found) for model, found in rows}


async def ancestors_of_protected(read: Read, uids: Sequence[str]) -> frozenset[str]:
    """Which of these versions something came from that is protected by itself."""
    found: set[str] = set()
    for first in range(0, len(uids), _WALKED):
        found.update(row[0] for row in await read(_ANCESTORS, {"uids": list(uids[first : first + _WALKED])}))
    return frozenset(found)


async def protected_by_themselves(read: Read, uids: Sequence[str]) -> list[str]:
    """Which of these versions are protected by what is known of themselves."""
    found: list[str] = []
    for first in range(0, len(uids), _ASKED):
        found += [row[0] for row in await read(_PROTECTED, {"uids": list(uids[first : first + _ASKED])})]
    return found


async def came_from(read: Read, uids: Sequence[str]) -> list[str]:
    """What these versions, runs and data came from directly, each once."""
    return [row[0] for row in await read(_CAME_FROM, {"uids": list(uids)})]


async def protected(read: Read, uids: Sequence[str]) -> frozenset[str]:
    """Which of these versions keep their files whatever a policy says, by themselves or by what came from them."""
    found = set(await protected_by_themselves(read, uids))
    return await ancestors_of_protected(read, [each for each in uids if each not in found]) | found


async def lock(read: Read, uids: Sequence[str], token: str) -> None:
    """Has others who change these versions, or their models, wait for the transaction."""
    await read(_LOCK_MODELS, {"uids": sorted(uids), "token": token})
    await read(_LOCK, {"uids": sorted(uids), "token": token})


def _facts(row: Sequence[Any]) -> VersionFacts:
    found, namespace, name, version, stage, stages, times, registered, of_model, held, served, *rest = row
    [promoted, tiered, evaluated, sums] = rest
    [model, tier], [files, size, first, last, verified] = of_model, sums
    return VersionFacts(
        uid=found,
        key=(namespace, name, version),
        model=model,
        risk_tier=tier,
        stage=stage,
        stages=stages,
        stage_times=times,
        registered_at=first if registered is None else registered,
        evaluated_at=evaluated,
        held=held,
        served=served,
        promoted=promoted,
        tiered=tiered,
        files=files,
        bytes=size or 0,
        handed_over_at=max(last, verified or 0),
    )
