"""Registers what systems say, and takes it back: one call, one transaction, one result for each item."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from app.access.service import Caller
from app.errors import PedigreeError
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from app.registry import loads
from app.registry.batch import Batch, ItemResult, abort, settle
from app.registry.belonging import belongs_to, permitted, refuse_namespace
from app.registry.idempotency import Key, packed, unpack
from app.registry.pretending import pass_for_new, unseen
from app.registry.recording import Recorder
from app.registry.request import Registration
from app.registry.sparing import spare, spared
from app.registry.speaking import introduce
from app.registry.taking_back import take_back
from app.registry.words import Speaker, new_token

CLEAN_EVERY: Final = 300.0
"""Seconds between two times at which what has expired is forgotten."""

COMPLETE_SECONDS: Final = 900.0
"""How long a batch may take that ends a load: it may have to look through everything that its source holds."""

_CLEAN = (
    "MATCH (k:IdempotencyKey) WHERE k.expiresAt < $now WITH k LIMIT 5000 DELETE k",
    "MATCH (m:Mention) WHERE m.expiresAt < $now WITH m LIMIT 5000 DELETE m",
    "MATCH (l:Load) WHERE l.expiresAt < $now WITH l LIMIT 5000 DELETE l",
)


@dataclass(frozen=True, slots=True)
class RegisterResult:
    """What became of a registration.

    Attributes:
        items: a result for each item, nodes first, in the order in which they were sent.
        retracted: how many facts a complete load retracted.
    """

    items: list[ItemResult]
    retracted: int

    def count(self, status: str) -> int:
        """How many items have that status."""
        return sum(item.status == status for item in self.items)


@dataclass(slots=True)
class _Work:
    """One registration on its way: what stays the same over the attempts at its transaction."""

    registration: Registration
    caller: Caller
    key: Key
    load: str | None
    now: int
    token: str
    load_token: str
    attempts: int = 0
    settled: Batch | None = None
    named: list[list[Any]] = field(default_factory=list)
    speaker: Speaker | None = None
    belongs_to: list[str] = field(default_factory=list)

    def batch(self) -> Batch:
        """The settled batch: settled before the first attempt, so that no lock waits for it, and anew for others."""
        settled, self.settled = self.settled, None
        return settled or self.settle()

    def settle(self, missing: set[tuple[str, str]] | None = None) -> Batch:
        """The batch, settled anew."""
        asked = self.registration
        return settle(asked.source, asked.nodes, asked.relationships, missing or (), permitted(self.caller.sight))


@dataclass(frozen=True, slots=True)
class _Load:
    """The load that a batch is of: its mark, when it began, and the marks of the others under way; empty for none."""

    token: str = ""
    began: int = 0
    others: Sequence[str] = ()


class _Aborted(Exception):
    """An item was refused, and the batch is all or nothing."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch


class Registry:
    """The one way in which facts come into the graph."""

    def __init__(self, graph: Graph, clock: Callable[[], float] = time.time) -> None:
        """Writes to that graph; the clock gives seconds since 1970 UTC."""
        self._graph = graph
        self._clock = clock
        self._cleaned = 0.0

    async def register(self, body: Mapping[str, Any], caller: Caller) -> RegisterResult:
        """Registers a batch: all that makes sense of it, in one transaction.

        Args:
            body: a `RegisterLineageInput` as GraphQL has coerced it.
            caller: who sends it.

        Raises:
            RegistrationRefused: the whole of it makes no sense, and nothing was changed.
            GraphError: the graph does not answer; nothing was changed, or it can be sent again.
        """
        asked = Registration.of(body)
        refuse_namespace(asked, caller.sight)
        work = self._work(asked, caller)
        work.settled = work.settle()
        work.belongs_to = belongs_to(work.settled, asked.namespace, caller.sight)
        if work.registration.atomic and work.settled.refused:
            return _aborted(work.settled)
        try:
            result = await self._graph.write(
                lambda transaction: self._attempt(transaction, work),
                repeatable=True,
                seconds=COMPLETE_SECONDS if work.registration.complete else None,
            )
        except _Aborted as aborted:
            return _aborted(aborted.batch)
        if work.registration.dry_run and work.load is not None:
            await self._graph.write(lambda transaction: self._remember(transaction, work), repeatable=True)
        await self._clean()
        return result

    async def retract(self, body: Mapping[str, Any], caller: Caller) -> list[ItemResult]:
        """Takes back what a source said, in one transaction; a result for each item, in the order of the input.

        Args:
            body: a `RetractInput` as GraphQL has coerced it.
            caller: who sends it.

        Raises:
            RegistrationRefused: the whole of it makes no sense, and nothing was changed.
            GraphError: the graph does not answer; nothing was changed, or it can be sent again.
        """
        items = await take_back(self._graph, body, caller, self._clock)
        await self._clean()
        return items

    def _work(self, registration: Registration, caller: Caller) -> _Work:
        own = registration.idempotency_key is None
        load = registration.load
        if load is None and registration.complete:
            load = uuid4().hex
        digest = "" if own and load is None else registration.digest()
        key = Key(caller.uid, registration.idempotency_key or uuid4().hex, digest, own)
        now = int(self._clock() * 1_000_000)
        return _Work(registration, caller, key, load, now, uuid4().hex, new_token(now) if load else "")

    async def _attempt(self, transaction: Transaction, work: _Work) -> RegisterResult:
        work.attempts += 1
        registration = work.registration
        if registration.dry_run:
            transaction.rollback_at_end()
        kept = await work.key.kept(
            transaction, work.now, work.token, attempt=work.attempts, dry_run=registration.dry_run
        )
        if kept is not None:
            batch = work.batch()
            return RegisterResult(batch.items, unpack(batch.items, kept))
        recorder = self._recorder(transaction, work)
        recorder = self._recorder(transaction, work, await self._begin(recorder, work))
        work.speaker = recorder.speaker
        batch = work.batch()
        if batch.must_exist and (missing := await recorder.missing(batch, work.caller.sight)):
            batch = work.settle(missing)
        sight = work.caller.sight if registration.dry_run else None
        hidden = set[str]() if sight is None else await unseen(recorder, batch, sight)
        if not (registration.atomic and batch.refused):
            await recorder.record(batch, registration.namespace)
            await spare(recorder, batch)
            pass_for_new(batch, hidden)
        if registration.atomic and batch.refused:
            raise _Aborted(batch)
        if registration.dry_run and work.load is not None:
            await _keep_apart(recorder, batch, work)
        retracted = await self._complete(recorder, work) if registration.complete else 0
        if not registration.dry_run:
            await work.key.keep(transaction, packed(batch.items, retracted), work.now)
        return RegisterResult(batch.items, retracted)

    def _recorder(self, transaction: Transaction, work: _Work, load: _Load | None = None) -> Recorder:
        asked, load = work.registration, load or _Load()
        speaker = Speaker(asked.source, work.caller.uid, work.now, asked.scope, load.token, load.others, load.began)
        return Recorder(transaction, self._graph.engine, speaker, work.token)

    async def _begin(self, recorder: Recorder, work: _Work) -> _Load:
        """The load, where the batch is of one; who speaks and who acts is known after it."""
        asked = work.registration
        load = loads.load_uid(asked, work.load) if work.load else ""
        begun = await introduce(recorder, asked, work.caller, load, work.belongs_to)
        if work.load is None:
            return _Load()
        if begun.goes_on(work.key.digest, work.now, dry=asked.dry_run):
            return _Load(begun.token, begun.started_at, begun.others)
        token, began = await loads.begin(recorder, asked, work.load, work.key.digest, work.load_token)
        return _Load(token, began, begun.others)

    async def _complete(self, recorder: Recorder, work: _Work) -> int:
        retracted = await loads.complete(recorder, work.registration)
        if work.load is not None and not work.registration.dry_run:
            await loads.end(recorder, work.registration, work.load, work.key.digest)
        return retracted

    async def _remember(self, transaction: Transaction, work: _Work) -> None:
        """Keeps what a batch of a dry run named, in a transaction of its own: the first was rolled back."""
        if work.load is None or work.speaker is None:
            return
        recorder = self._recorder(transaction, work, _Load(work.speaker.load))
        asked = work.registration
        await loads.begin(recorder, asked, work.load, work.key.digest, work.speaker.load)
        if work.named:
            await loads.mention(recorder, work.named)
        if asked.complete:
            await loads.end(recorder, asked, work.load, work.key.digest)
            await loads.forget_mentions(recorder)

    async def _clean(self) -> None:
        """Forgets what has expired, now and then; where that fails, it is done another time."""
        now = self._clock()
        if now - self._cleaned < CLEAN_EVERY:
            return
        self._cleaned = now
        with suppress(PedigreeError):
            for statement in _CLEAN:
                await self._graph.execute(statement, {"now": int(now * 1_000_000)})


async def _keep_apart(recorder: Recorder, batch: Batch, work: _Work) -> None:
    """What earlier batches of the dry run named already, this one does not change again."""
    said = [
        (each, spoken)
        for group in (*batch.nodes.values(), *batch.links.values())
        for each, spoken in group.items()
        if spoken.items
    ]
    before = await loads.mentioned(recorder, [each for each, _ in said])
    work.named = []
    for each, spoken in said:
        if each in before:
            for item in spoken.items:
                item.status = "UNCHANGED" if item.status != "REJECTED" else item.status
        elif spoken.words:
            work.named.append([each, any(item.status == "CREATED" for item in spoken.items)])
    work.named.extend([each, False] for each in sorted(spared(batch) - {each for each, _ in said}))


def _aborted(batch: Batch) -> RegisterResult:
    abort(batch.items)
    return RegisterResult(batch.items, 0)
