"""Finds at once, for a whole plan, whatever something that is protected by itself came from.

From what is protected up to what it came from, one hop of many things in a statement, each thing once: the work is that
of the relationships above what is protected, and not of the ways between these.
"""

from collections import deque

from app.retention import graph as cypher
from app.retention.graph import Read

LOOKED_AT = 2_000
"""Of how many versions it is asked at once whether they are protected by themselves."""

HOP = 1_000
"""Of how many things it is asked at once what they came from directly."""


class Protected:
    """What is protected by itself, and all that it came from: versions, runs and data, by their uids.

    It takes some 110 bytes of memory for each, half of what the uids would take as text.
    """

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._waiting: deque[bytes] = deque()

    def __contains__(self, uid: str) -> bool:
        """Whether the thing of that uid is among them."""
        return bytes.fromhex(uid) in self._known

    async def find(self, read: Read) -> None:
        """Finds all there are now, seen or not: also what nobody may see protects what it came from.

        Raises:
            GraphError: the graph does not answer.
        """
        after = ""
        while page := await cypher.page_of_all_versions(read, after, LOOKED_AT):
            after = page[-1][1]
            self._meet(await cypher.protected_by_themselves(read, [uid for uid, _ in page]))
            while len(self._waiting) >= HOP:
                await self._hop(read)
        while self._waiting:
            await self._hop(read)

    async def _hop(self, read: Read) -> None:
        taken = [self._waiting.popleft().hex() for _ in range(min(HOP, len(self._waiting)))]
        self._meet(await cypher.came_from(read, taken))

    def _meet(self, uids: list[str]) -> None:
        for each in map(bytes.fromhex, uids):
            if each not in self._known:
                self._known.add(each)
                self._waiting.append(each)
