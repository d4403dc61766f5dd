"""What is stored costs: by model, by team, by stage, and what sharing saves."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import LiteralString

from app.graph.driver import Graph
from app.registry.request import OWN
from app.retention.graph import Sight

GIB = 1024**3
"""Bytes."""

MONTH = 2_629_746_000_000
"""Microseconds: a twelfth of the mean Gregorian year."""

MONTHS = 12
"""How many months are looked back and ahead."""

SECONDS = 60.0
"""How long it may take."""


class Grouping(StrEnum):
    """By what storage is told."""

    MODEL = "MODEL"
    TEAM = "TEAM"
    STAGE = "STAGE"


_OF: dict[Grouping, LiteralString] = {
    Grouping.MODEL: "v.namespace + '/' + v.name",
    Grouping.TEAM: "coalesce(head(COLLECT { MATCH (v)-[:VERSION_OF]->(m:Model) RETURN m.owner LIMIT 1 }), '')",
    Grouping.STAGE: "v.stage",
}
_HELD: LiteralString = (
    "MATCH (v:ModelVersion)-[r:CONTAINS]->(a) "
    "WHERE r.source = $own AND v.filesPurgedAt IS NULL AND ($all OR v.namespace IN $sight)"
)
_BY: dict[Grouping, LiteralString] = {
    grouping: f"""
MATCH (a:Artifact) WHERE a.state IN ['STORED', 'DAMAGED', 'UNREADABLE']
CALL (a) {{ {_HELD} WITH DISTINCT v RETURN {of} AS label, count(v) AS versions }}
WITH a, collect([label, versions]) AS groups
UNWIND groups AS each
WITH each[0] AS label, a.bytes AS bytes, size(groups) AS groups, each[1] AS versions, a.coldSince AS cold
RETURN label, count(bytes), sum(bytes), sum(CASE WHEN cold IS NULL THEN 0 ELSE bytes END),
  sum(CASE WHEN groups = 1 THEN bytes ELSE 0 END), sum(bytes * versions)
"""
    for grouping, of in _OF.items()
}
# Since when a version has them, and not since when they are right: what was mended is no growth.
_TOTALS: LiteralString = f"""
MATCH (a:Artifact) WHERE a.state IN ['STORED', 'DAMAGED', 'UNREADABLE']
CALL (a) {{ {_HELD} RETURN count(DISTINCT v) AS holders, min(r.recordedAt) AS since }}
WITH a, holders, since WHERE holders > 0
RETURN count(a), coalesce(sum(a.bytes), 0),
  coalesce(sum(CASE WHEN a.coldSince IS NULL THEN 0 ELSE a.bytes END), 0), coalesce(sum(a.bytes * holders), 0),
  coalesce(sum(CASE WHEN since > $since THEN a.bytes ELSE 0 END), 0), coalesce(min(since), $now)
"""


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together of what is stored.

    Attributes:
        name: of the model as `namespace/name`, of the team (empty: nobody is named), or of the stage.
        artifacts: how many distinct artifacts it has.
        bytes: how many bytes these have.
        cold_bytes: how many of these lie in the colder store.
        own_bytes: how many of these no other group has.
        version_bytes: how many bytes it would be if each version kept its own.
    """

    name: str
    artifacts: int
    bytes: int
    cold_bytes: int
    own_bytes: int
    version_bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that is stored.

    Attributes:
        at: when it was looked at, in microseconds since 1970 UTC.
        artifacts: how many distinct artifacts there are.
        bytes: how many bytes these have.
        cold_bytes: how many of these lie in the colder store.
        version_bytes: how many it would be if each version kept its own.
        monthly_bytes: by how many it grew in a month, over the last twelve or as long as there was anything.
    """

    at: int
    artifacts: int
    bytes: int
    cold_bytes: int
    version_bytes: int
    monthly_bytes: int

    @property
    def forecast(self) -> list[int]:
        """How many bytes it will be at the end of each of the next twelve months, if it grows on as it did."""
        return [self.bytes + self.monthly_bytes * month for month in range(1, MONTHS + 1)]


@dataclass(frozen=True, slots=True)
class Prices:
    """What storing costs, in any currency.

    Attributes:
        usual: of a GiB for a month.
        cold: the same in the colder store.
        overhead: how many bytes a store takes for each.
    """

    usual: float
    cold: float
    overhead: float

    def cost(self, size: int, cold: int) -> float:
        """What so many bytes cost in a month, of which so many lie in the colder store."""
        usual = (size - cold) * self.overhead * self.usual / GIB
        return usual + cold * self.overhead * self.cold / GIB


async def groups_by(graph: Graph, grouping: Grouping, sight: Sight) -> list[Group]:
    """What is stored of what the caller sees, by group; the largest first.

    Raises:
        GraphError: the graph does not answer, or takes too long.
    """
    rows = await graph.read(_BY[grouping], _values(sight), seconds=SECONDS)
    found = [Group(*row) for row in rows]
    return sorted(found, key=lambda group: (-group.bytes, group.name))


async def report(graph: Graph, now: int, sight: Sight) -> Report:
    """All that is stored of what the caller sees.

    Raises:
        GraphError: the graph does not answer, or takes too long.
    """
    since = now - MONTHS * MONTH
    rows = await graph.read(_TOTALS, {**_values(sight), "since": since, "now": now}, seconds=SECONDS)
    [[artifacts, size, cold, whole, recent, first]] = rows
    months = min(max((now - first) / MONTH, 1.0), float(MONTHS))
    return Report(now, artifacts, size, cold, whole, round(recent / months))


def _values(sight: Sight) -> dict[str, Sequence[str] | bool | str]:
    return {"own": OWN, "all": sight is None, "sight": list(sight or ())}
