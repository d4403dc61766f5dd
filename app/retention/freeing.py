"""Adds up how many bytes a plan would free: those of artifacts of which no version outside of the plan is made."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from app.registry.request import OWN
from app.retention.graph import Read
from app.retention.plans import Item

_FILES = 10_000
"""How many files the versions have of which it is asked at once; one of more is asked of by itself."""

_ASKED = 2_000
"""Of how many artifacts it is asked at once by how many versions they are held."""

_STORED = "a.state IN ['STORED', 'DAMAGED', 'UNREADABLE']"
# What one version alone has, which is most, is added up there; of the rest it is told how many of these versions have
# it. That a second one has it is seen by the first that is met: a file of all versions is not walked for each page.
_HELD_BY = f"""
UNWIND $uids AS uid MATCH (v:ModelVersion {{uid: uid}})-[r:CONTAINS]->(a:Artifact) WHERE {_STORED}
WITH v, a, max(CASE WHEN r.source = $own THEN 1 ELSE 0 END) AS own
WITH a, count(v) AS going, max(own) AS own, head(collect(v)) AS one
WITH a, going, own, going = 1 AND NOT EXISTS {{
  MATCH (w:ModelVersion)-[:CONTAINS]->(a) WHERE w.uid <> one.uid AND w.filesPurgedAt IS NULL RETURN w }} AS sole
RETURN sum(CASE WHEN sole AND own = 1 THEN coalesce(a.bytes, 0) ELSE 0 END),
  collect(CASE WHEN sole THEN null ELSE [a.uid, coalesce(a.bytes, 0), going, own] END)
"""
_HOLDERS = """
UNWIND $uids AS uid MATCH (a:Artifact {uid: uid})
CALL (a) { MATCH (w:ModelVersion)-[:CONTAINS]->(a) WHERE w.filesPurgedAt IS NULL RETURN count(DISTINCT w) AS held }
RETURN uid, held
"""


class Freed:
    """Of a plan's items, which are added page by page, the bytes that nobody else has; each artifact counts once.

    Memory holds what several versions have, as long as one of these was not met: some 150 bytes for each such artifact.

    Attributes:
        bytes: how many, of what was added so far.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._left: dict[bytes, int] = {}  # by artifact, how many of the versions that have it were not met yet
        self._claimed: set[bytes] = set()  # of which no version was met that has verified files

    async def add(self, read: Read, items: Iterable[Item]) -> None:
        """Adds the next items: no version twice.

        Raises:
            GraphError: the graph does not answer.
        """
        for versions in _groups(items):
            [[size, shared]] = await read(_HELD_BY, {"uids": versions, "own": OWN})
            self.bytes += size
            await self._learn(read, [row[0] for row in shared])
            for row in shared:
                self._met(*row)

    async def _learn(self, read: Read, uids: Sequence[str]) -> None:
        unknown = [uid for uid in uids if bytes.fromhex(uid) not in self._left]
        for first in range(0, len(unknown), _ASKED):
            rows: list[list[Any]] = await read(_HOLDERS, {"uids": unknown[first : first + _ASKED]})
            for uid, held in rows:
                artifact = bytes.fromhex(uid)
                self._left[artifact] = held
                self._claimed.add(artifact)

    def _met(self, uid: str, size: int, going: int, own: int) -> None:
        artifact = bytes.fromhex(uid)
        self._left[artifact] -= going
        if own:
            self._claimed.discard(artifact)
        if not self._left[artifact]:
            del self._left[artifact]
            if artifact not in self._claimed:
                self.bytes += size
            self._claimed.discard(artifact)


def _groups(items: Iterable[Item]) -> Iterator[list[str]]:
    """The versions of items, some at a time, so that they have not too many files together."""
    group: list[str] = []
    files = 0
    for item in items:
        if group and files + item.files > _FILES:
            yield group
            group, files = [], 0
        group.append(item.version)
        files += item.files
    if group:
        yield group
