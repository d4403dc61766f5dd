"""Registered documents: kept in the graph, so that every service on it has the same, and remembered once asked for.

The identifiers are those of the appendix on persisted documents to the specification of GraphQL over HTTP.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from app.errors import ErrorCode, PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.operations.documents import KEPT_LENGTH
from graph_schema.declare import KEY_LENGTH
from graph_schema.identity import uid

_LABEL = "PersistedDocument"
_KEPT = 1_000
"""How many texts are remembered; with their greatest length it bounds the memory."""

_PAGE = 1_000
_BATCH = 200

_IDENTIFIER = re.compile(r"(?P<prefix>[A-Za-z0-9._~-]+)(?P<payload>:[A-Za-z0-9._~:-]+)?")

_FIND = "MATCH (d:PersistedDocument {uid: $uid}) RETURN d.text"
_FOUND = "UNWIND $uids AS uid MATCH (d:PersistedDocument {uid: uid}) RETURN d.documentId, d.text"
_KEEP = """
UNWIND $rows AS row
MERGE (d:PersistedDocument {uid: row[0]})
ON CREATE SET d.documentId = row[1], d.text = row[2], d.operations = row[3], d.registeredAt = $now
"""
_LIST = """
MATCH (d:PersistedDocument) WHERE d.documentId > $after
RETURN d.documentId, d.operations, d.registeredAt ORDER BY d.documentId LIMIT $count
"""

Status = Literal["CREATED", "UNCHANGED", "REJECTED"]


class DocumentUnregistrable(PedigreeError):
    """A document that cannot be registered, or not under that identifier."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A document to be registered.

    Attributes:
        document_id: its identifier.
        text: the document; it has been found to be one.
        operations: the names of its operations.
    """

    document_id: str
    text: str
    operations: Sequence[str]


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered document, without its text.

    Attributes:
        document_id: its identifier.
        operations: the names of its operations.
        registered_at: in microseconds since 1970 UTC.
    """

    document_id: str
    operations: Sequence[str]
    registered_at: int


def identifier_of(text: str) -> str:
    """The identifier that any client can compute: `sha256:` and the hex sha256 of the text in UTF-8."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def check_identifier(document_id: str, text: str) -> None:
    """Lets pass an identifier under which that text may be registered.

    Raises:
        DocumentUnregistrable: it is no identifier, is of a reserved kind, or of another text.
    """
    found = _identifier(document_id)
    if found is None:
        raise DocumentUnregistrable(
            f"{document_id[:100]!r} is no identifier of a document.",
            code=ErrorCode.BAD_KEY,
            remedy=f"Take up to {KEY_LENGTH} letters, digits and -._~.",
        )
    if found["payload"] is None or found["prefix"].startswith("x-"):
        return
    if found["prefix"] != "sha256":
        raise DocumentUnregistrable(
            f"The prefix {found['prefix']}: is reserved.",
            code=ErrorCode.BAD_KEY,
            remedy="Take sha256:, one that begins with x-, or none.",
        )
    if document_id != identifier_of(text):
        raise DocumentUnregistrable(
            f"{document_id} is not the digest of this text, which is {identifier_of(text)}.",
            code=ErrorCode.BAD_VALUE,
            remedy="Register the very bytes that were digested.",
        )


class RegisteredDocuments:
    """The registered documents of a graph.

    Args:
        graph: where they are.
        clock: seconds since 1970.
    """

    def __init__(self, graph: Graph, clock: Callable[[], float] = time.time) -> None:
        self._graph = graph
        self._clock = clock
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._seeking: dict[str, asyncio.Task[str | None]] = {}

    async def text_of(self, document_id: str) -> str | None:
        """The document of that identifier; None where none is registered under it.

        It costs a statement where this process does not know it yet, and none from then on: what is registered stays.
        What was not there is looked for again, since it may have been registered meanwhile.

        Raises:
            GraphError: the graph does not answer.
        """
        known = self._kept.get(document_id)
        if known is not None:
            self._kept.move_to_end(document_id)
            return known
        if _identifier(document_id) is None:
            return None
        seeking = self._seeking.get(document_id)
        if seeking is None:  # of many who ask at once, one asks the graph
            seeking = self._seeking[document_id] = asyncio.create_task(self._seek(document_id))
        return await asyncio.shield(seeking)

    async def register(self, documents: Sequence[Registration]) -> list[Status]:
        """What became of each document: rejected is one whose identifier stands for another text.

        The same again changes nothing.

        Raises:
            DocumentUnregistrable: one is too long; nothing is registered.
            GraphError: the graph does not answer, or refuses it; the documents up to there may be registered.
        """
        for each in documents:
            if len(each.text) > KEPT_LENGTH:
                raise too_long(each.text)
        found: list[Status] = []
        for start in range(0, len(documents), _BATCH):
            found += await self._register(documents[start : start + _BATCH])
        return found

    async def all(self) -> AsyncIterator[Registered]:
        """All of them, by their identifiers."""
        after = ""
        while True:
            rows = await self._graph.read(_LIST, {"after": after, "count": _PAGE})
            for document_id, operations, registered_at in rows:
                yield Registered(document_id, operations or (), registered_at)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    async def _seek(self, document_id: str) -> str | None:
        try:
            rows = await self._graph.read(_FIND, {"uid": _uid(document_id)})
        finally:
            del self._seeking[document_id]
        if not rows:
            return None
        text: str = rows[0][0]
        self._kept[document_id] = text
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return text

    async def _register(self, documents: Sequence[Registration]) -> list[Status]:
        now = int(self._clock() * 1_000_000)
        wanted = {each.document_id: each for each in reversed(documents)}  # of one twice, the first
        uids = [_uid(document_id) for document_id in wanted]

        async def work(transaction: Transaction) -> tuple[set[str], dict[str, str]]:
            known: dict[str, str] = dict(await transaction.run(_FOUND, {"uids": uids}))
            rows = [
                [_uid(each.document_id), each.document_id, each.text, list(each.operations)]
                for each in wanted.values()
                if each.document_id not in known
            ]
            if not rows:
                return set(), known
            await transaction.run(_KEEP, {"rows": rows, "now": now})
            # Read again: another may have registered the same meanwhile, and its text stands.
            kept: dict[str, str] = dict(await transaction.run(_FOUND, {"uids": uids}))
            return kept.keys() - known.keys(), kept

        created, kept = await self._graph.write(work, repeatable=True)
        return [_status(each, created, kept) for each in documents]


def too_long(text: str) -> DocumentUnregistrable:
    """The refusal of a text that is longer than what is remembered."""
    return DocumentUnregistrable(
        f"The document has {len(text):,} characters, and {KEPT_LENGTH:,} is the limit.",
        code=ErrorCode.DOCUMENT_TOO_LARGE,
        remedy="Take out what is not needed, or make two of it.",
    )


def _status(document: Registration, created: set[str], kept: dict[str, str]) -> Status:
    if kept[document.document_id] != document.text:
        return "REJECTED"
    if document.document_id not in created:
        return "UNCHANGED"
    created.remove(document.document_id)  # the same again in one go is not new any more
    return "CREATED"


def _identifier(document_id: str) -> re.Match[str] | None:
    return _IDENTIFIER.fullmatch(document_id) if len(document_id) <= KEY_LENGTH else None


def _uid(document_id: str) -> str:
    return uid(_LABEL, (document_id,))
