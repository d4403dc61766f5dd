"""The text of walks: which things are reached from the starts, in a form that every engine prunes.

Each walk stands in a subquery of its own, whose last word is `RETURN DISTINCT` of its end: so an engine visits a thing
once, however many paths lead to it. Starts come one by one. Nothing else stands in the `MATCH` that walks. What engines
do with any other form is told in the guide of the graph; a test holds all that is emitted here to this one.

Two facts keep a walk one pattern. Every relationship points upstream, and nothing leads on from a dataset, a model or
a commit: so a walk downstream from one of these may take `VERSION_OF` or `BUILT_FROM` with it, as it can only be its
first step. An artifact does lead on, to the run that made it, so `CONTAINS` needs a step of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.lineage.starts import FAMILIES
from graph_schema.declare import Walk
from graph_schema.relationships import SCHEMA

FURTHER = "coalesce(far > near, false)"
"""Whether a walk reaches more a hop later: `near` and `far` count both. Without rows to count, an engine says null."""

_FOUND = "RETURN start, found"
_NOTHING = f"UNWIND [] AS start UNWIND [] AS found {_FOUND}"


def walked_types(roles: frozenset[str]) -> str:
    """The relationship types along which data flows, with those of the roles, as a pattern names them."""
    flow = SCHEMA.walked(Walk.FLOW, Walk.ROLE)
    return "|".join(each.type for each in flow if each.walk is Walk.FLOW or each.role in roles)


@dataclass(frozen=True, slots=True)
class Walking:
    """The parts of statements that walk from the same starts along the same types.

    Attributes:
        labels: those of the starts.
        types: the relationship types, as a pattern names them.
        hops: how far.
        uids: how the text names the uids of a label's starts.
    """

    labels: tuple[str, ...]
    types: str
    hops: int
    uids: Callable[[str], str]

    # ------------------------------------------------------------------------------------------------ starts

    def start(self, label: str) -> str:
        """Each start of the label in turn, as `start`."""
        live = "WHERE start.retractedAt IS NULL"
        return f"UNWIND {self.uids(label)} AS wanted MATCH (start:{label} {{uid: wanted}}) {live}"

    def known(self) -> str:
        """The uids of the starts that the graph holds."""
        return " + ".join(f"COLLECT {{ {self.start(label)} RETURN start.uid }}" for label in self.labels)

    def seeds(self, returning: str = "RETURN found") -> str:
        """The things at hop 0 as `found`: the starts, or their versions."""
        parts: list[str] = []
        for label in self.labels:
            if label in FAMILIES:
                parts.append(f"{self._versions(label)} {returning}")
            else:
                parts.append(f"{self.start(label)} WITH start AS found {returning}")
        return " UNION ALL ".join(parts)

    def _versions(self, label: str) -> str:
        """The versions of each start, each once for it."""
        return f"{self.start(label)} MATCH (start)<-[:VERSION_OF]-(found:{FAMILIES[label]}) WITH DISTINCT start, found"

    # ------------------------------------------------------------------------------------------------ downstream

    def down(self, hops: int, target: str = "", where: str = "", *, own: bool = True) -> str:
        """Pairs of `start` and what it reaches, `found`; each pair once.

        Args:
            hops: how far.
            target: the label that `found` must have, with its colon; empty for any.
            where: what else must hold of `found`; begins with ` AND`.
            own: whether the versions of one dataset or model that are reached from another version of it are wanted.
        """
        parts: list[str] = []
        for label in self.labels:
            if label in FAMILIES:
                parts += self._family_down(label, hops, target, where, own=own)
            elif label == "Artifact":
                parts.append(self._artifact_down(hops, target, where))
            elif label != "Endpoint":
                types = f"{self.types}|BUILT_FROM" if label == "CodeCommit" else self.types
                walk = f"MATCH (start)<-[:{types}*1..{hops}]-(found{target}) WHERE found <> start{where}"
                parts.append(f"{self.start(label)} CALL (start) {{ {walk} RETURN DISTINCT found }} {_FOUND}")
        return " UNION ALL ".join(parts) or _NOTHING

    def _family_down(self, label: str, hops: int, target: str, where: str, *, own: bool) -> list[str]:
        """All versions in one walk, one hop longer; what they reach of each other is found for each by itself."""
        version = FAMILIES[label]
        walk = f"MATCH (start)<-[:{self.types}|VERSION_OF*1..{hops + 1}]-(found{target}) WHERE found <> start{where}"
        walked = f"{self.start(label)} CALL (start) {{ {walk} RETURN DISTINCT found }}"
        if target and target != f":{version}":
            return [f"{walked} {_FOUND}"]
        mine = f"(found:{version} AND EXISTS {{ (found)-[:VERSION_OF]->(start) }})"
        parts = [f"{walked} WITH start, found WHERE NOT {mine} {_FOUND}"]
        return [*parts, *self._own_down(label, hops, where)] if own else parts

    def _own_down(self, label: str, hops: int, where: str) -> list[str]:
        """The versions that another version reaches: most are made from one directly, the others are walked from."""
        version = FAMILIES[label]
        direct = (
            f"EXISTS {{ MATCH (found)-[:DERIVED_FROM|BASED_ON]->(other:{version})-[:VERSION_OF]->(start) "
            "WHERE other <> found }"
        )
        versions = f"{self._versions(label)} WHERE"
        walk = (
            f"CALL (found) {{ MATCH (found)-[:{self.types}*1..{hops}]->(other:{version}) WHERE other <> found "
            "RETURN DISTINCT other } WITH start, found, other WHERE EXISTS { (other)-[:VERSION_OF]->(start) }"
        )
        return [
            f"{versions} {direct}{where} {_FOUND}",
            f"{versions} NOT {direct}{where} {walk} RETURN DISTINCT start, found",
        ]

    def _artifact_down(self, hops: int, target: str, where: str) -> str:
        """First to the versions that hold it, then on from each."""
        return (
            f"{self.start('Artifact')} MATCH (start)<-[:CONTAINS]-(holder:ModelVersion) WITH DISTINCT start, holder "
            f"CALL (start, holder) {{ MATCH (holder)<-[:{self.types}*0..{hops - 1}]-(found{target}) "
            f"WHERE found <> start{where} RETURN DISTINCT found }} RETURN DISTINCT start, found"
        )

    # ------------------------------------------------------------------------------------------------ upstream

    def up(self, hops: int) -> str:
        """What lies upstream of the things at hop 0, as `found`; more than once where several lead to it."""
        walk = f"MATCH (seed)-[:{self.types}|BUILT_FROM*1..{hops}]->(found) WHERE found <> seed RETURN DISTINCT found"
        parts = [f"CALL () {{ {self.seeds()} }} WITH DISTINCT found AS seed CALL (seed) {{ {walk} }} RETURN found"]
        parts.append(f"CALL () {{ {self._holders(hops)} }} {self._held()}")
        return " UNION ALL ".join(parts)

    def _holders(self, hops: int) -> str:
        """The versions whose files are within so many hops: what is at hop 0, and what is reached a hop earlier."""
        seeds = self.seeds("WITH found WHERE found:ModelVersion RETURN found")
        if hops == 1:
            return seeds
        walk = f"MATCH (seed)-[:{self.types}*1..{hops - 1}]->(found:ModelVersion) WHERE found <> seed"
        return (
            f"{seeds} UNION ALL CALL () {{ {self.seeds()} }} WITH DISTINCT found AS seed "
            f"CALL (seed) {{ {walk} RETURN DISTINCT found }} RETURN found"
        )

    def _held(self) -> str:
        return "WITH DISTINCT found AS holder MATCH (holder)-[:CONTAINS]->(file:Artifact) RETURN DISTINCT file AS found"
