"""What is not moved to the colder store after all: a version has it that keeps its files whatever a policy says."""

from collections.abc import Callable, Collection, Sequence
from typing import Final
from uuid import uuid4

from app.access.service import SERVICE
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry.verifying import record_verified
from app.retention import graph as cypher
from app.retention import movable
from app.retention.graph import Read

Staying = tuple[frozenset[str], frozenset[str]]
"""The digests of bytes that stay, and the uids of the versions for which they do."""

_SAID: Final = 10
"""Of how many versions it is said in one transaction."""

_NOT_MOVED: Final = {"filesTieredAt": None, "filesTieredUnder": None}


class Protection:
    """Which versions keep their files, asked once of each while those of a few are moved.

    Args:
        read: where it is asked.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[str, bool] = {}

    async def of(self, digests: Sequence[str]) -> Staying:
        """Which of these bytes such a version has."""
        if not digests:
            return frozenset(), frozenset()
        held = await movable.holders(self._read, digests)
        asked = sorted({version for _, version in held} - self._known.keys())
        protected = await cypher.protected(self._read, asked)
        self._known |= {each: each in protected for each in asked}
        return _staying(held, {version for _, version in held if self._known[version]})


async def protected_by_now(read: Read, digests: Sequence[str]) -> Staying:
    """Which of these bytes a version has that is protected by itself."""
    held = await movable.holders(read, digests)
    return _staying(held, await cypher.protected_by_themselves(read, sorted({version for _, version in held})))


async def stay(graph: Graph, versions: Collection[str], clock: Callable[[], int]) -> None:
    """Says of these versions, which are protected, that their files were not moved, where any of them is here still.

    Once they are protected no more, a policy may speak of them again.
    """
    staying = sorted(versions)
    for first in range(0, len(staying), _SAID):
        some = staying[first : first + _SAID]
        await graph.write(lambda transaction, some=some: _say(transaction, graph, some, clock()), repeatable=True)


async def _say(transaction: Transaction, graph: Graph, versions: Sequence[str], now: int) -> None:
    await cypher.lock(transaction.run, versions, uuid4().hex)
    for namespace, name, version in await movable.not_wholly_moved(transaction.run, versions):
        nodes = [{"modelVersion": {"namespace": namespace, "name": name, "version": version, **_NOT_MOVED}}]
        await record_verified(transaction, graph.engine, nodes, (), namespace=namespace, caller=SERVICE, now=now)


def _staying(held: Sequence[tuple[str, str]], versions: Collection[str]) -> Staying:
    found = frozenset(versions)
    return frozenset(digest for digest, version in held if version in found), found
