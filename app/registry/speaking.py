"""Who speaks and who acts: the nodes of the source and of the actor, made when they are first met."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from app.access.service import Caller
from app.errors import ErrorCode
from app.graph.transaction import Transaction
from app.registry.loads import Begun
from app.registry.recording import Recorder
from app.registry.request import OWN, Registration, RegistrationRefused
from graph_schema.canonical import shown
from graph_schema.identity import sort_key, uid
from graph_schema.nodes import ACTOR
from graph_schema.search import search_text

_KNOWN = """
OPTIONAL MATCH (s:Source {uid: $source})
OPTIONAL MATCH (a:Actor {uid: $actor})
OPTIONAL MATCH (l:Load {uid: $load})
RETURN s.name, s.store, s.expectedEvery, coalesce(s.namespaces, []), a.namespaces,
    l.token, l.startedAt, l.expiresAt, l.endedAt, l.lastBatch
"""
_UNDER_WAY = """
MATCH (l:Load) WHERE l.source = $source AND l.endedAt IS NULL AND l.expiresAt > $now AND l.dryRun = 'real'
RETURN collect(l.token)
"""
_SPEAK = """
MERGE (s:Source {uid: $uid})
ON CREATE SET s += $new
SET s.lock = $token
SET s.store = coalesce(s.store, $store), s.expectedEvery = coalesce($expectedEvery, s.expectedEvery),
    s.namespaces = coalesce(s.namespaces, []) + [each IN $namespaces WHERE NOT each IN coalesce(s.namespaces, [])]
RETURN s.store, s.namespaces
"""
_ACT = """
MERGE (a:Actor {uid: $uid})
ON CREATE SET a += $new
WITH a WHERE size([each IN $namespaces WHERE NOT each IN coalesce(a.namespaces, [])]) > 0
SET a.lock = $token
SET a.namespaces = coalesce(a.namespaces, []) + [each IN $namespaces WHERE NOT each IN coalesce(a.namespaces, [])]
"""
"""Writes nothing to an actor that acted in all of these before: many may act as one at once. Others may have added some
meanwhile, so what is there is read again once it is locked."""


async def introduce(
    recorder: Recorder, asked: Registration, caller: Caller, load: str, namespaces: Sequence[str]
) -> Begun:
    """Makes the source and the actor known, where they are not; what is known of the load with that uid.

    Args:
        recorder: of the batch.
        asked: what is registered.
        caller: who registers it.
        load: the uid of the load; empty for none.
        namespaces: of which the source speaks with it.

    Raises:
        RegistrationRefused: the source's name is that of another store, or the caller may not speak in its name.
    """
    source, now = uid("Source", (asked.source,)), recorder.speaker.now
    [row] = await recorder.run_flat(_KNOWN, source=source, actor=caller.uid, load=load)
    name, store, every, known, acted_in, token, started_at, expires_at, ended_at, last_batch = row
    _refuse_stranger(asked.source, known, caller)
    news = (asked.store and not store) or asked.expected_every not in {None, every} or {*namespaces} - {*known}
    if name is None or news:
        [[store, known]] = await recorder.run_flat(
            _SPEAK, uid=source, token=recorder.token, new=_new_source(asked.source, asked.store, now),
            store=asked.store, expectedEvery=asked.expected_every, namespaces=list(namespaces),
        )  # fmt: skip
        _refuse_stranger(asked.source, known, caller)  # others may have spoken in its name meanwhile
    _refuse_other_store(asked, store)
    await introduce_actor(recorder, caller, acted_in, [asked.namespace])
    others: list[str] = []
    if load:
        [[others]] = await recorder.run_flat(_UNDER_WAY, source=asked.source, now=now)
    return Begun(token or "", started_at or 0, expires_at or 0, ended_at is not None, last_batch or "", others)


async def introduce_service(recorder: Recorder, caller: Caller, namespaces: Sequence[str]) -> None:
    """Makes the service known as a source, and the actor on whose behalf it looked at something.

    Args:
        recorder: of what it saw.
        caller: on whose behalf.
        namespaces: of which it speaks with it.
    """
    source, now = uid("Source", (OWN,)), recorder.speaker.now
    await recorder.run_flat(
        _SPEAK, uid=source, token=recorder.token, new=_new_source(OWN, None, now), store=None, expectedEvery=None,
        namespaces=list(namespaces),
    )  # fmt: skip
    await recorder.run_flat(_ACT, **_acting(caller, namespaces, recorder.token, now))


async def know(transaction: Transaction, caller: Caller, now: int, namespaces: Sequence[str] = ()) -> None:
    """Makes the actor known who does something that is no registration.

    Args:
        transaction: of what it does.
        caller: who acts.
        now: in microseconds since 1970 UTC.
        namespaces: in which it acts; none where what it does is bound to none.
    """
    await transaction.run(_ACT, _acting(caller, namespaces, uuid4().hex, now))


async def introduce_actor(
    recorder: Recorder, caller: Caller, acted_in: Sequence[str] | None, namespaces: Sequence[str]
) -> None:
    """Makes the actor known, and that it acts in some namespaces: who sees one of them sees it.

    Args:
        recorder: of what it does.
        caller: who acts.
        acted_in: the namespaces in which it acted before; None where it is not known.
        namespaces: in which it acts now.
    """
    if acted_in is None or not set(acted_in).issuperset(namespaces):
        await recorder.run_flat(_ACT, **_acting(caller, namespaces, recorder.token, recorder.speaker.now))


async def acted_before(recorder: Recorder, source: str, caller: Caller) -> Sequence[str] | None:
    """The namespaces in which the actor acted who takes back what a source said; None where it is not known.

    Raises:
        RegistrationRefused: no source has that name.
    """
    [row] = await recorder.run_flat(_KNOWN, source=uid("Source", (source,)), actor=caller.uid, load="")
    if row[0] is None or not _speaks_for(row[3], caller):
        raise RegistrationRefused(
            f"No source is called {shown(source)}, so there is nothing that it could take back.",
            code=ErrorCode.NOT_FOUND,
            path="input.source",
            remedy="Take the name from the provenance of what is to be taken back.",
        )
    return row[4]


def _speaks_for(namespaces: Sequence[str], caller: Caller) -> bool:
    """Whether a caller sees all that a source speaks of: who does not could take back what others said in its name."""
    return caller.sight is None or set(caller.sight).issuperset(namespaces)


def _refuse_stranger(source: str, namespaces: Sequence[str], caller: Caller) -> None:
    if not _speaks_for(namespaces, caller):
        raise RegistrationRefused(
            f"You may not speak in the name of the source {shown(source)}: it speaks of more than you may see.",
            code=ErrorCode.FORBIDDEN,
            path="input.source",
            remedy="Give what you register a source name of its own.",
        )


def _refuse_other_store(asked: Registration, store: str | None) -> None:
    if asked.store and store and asked.store != store:
        raise RegistrationRefused(
            f"{asked.source} is the name of another store: {store}, not {asked.store}.",
            code=ErrorCode.SOURCE_MISMATCH,
            path="input.source",
            remedy="Give this store a source name of its own (--source NAME).",
        )


def _new_source(name: str, store: str | None, now: int) -> dict[str, Any]:
    return {"name": name, "store": store, "firstLoadAt": now, "sortKey": sort_key((name,), uid("Source", (name,)))}


def _acting(caller: Caller, namespaces: Sequence[str], token: str, now: int) -> dict[str, Any]:
    """What `_ACT` needs."""
    new = {**_new_actor(caller, now), "namespaces": list(namespaces)}
    return {"uid": caller.uid, "new": new, "namespaces": list(namespaces), "token": token}


def _new_actor(caller: Caller, now: int) -> dict[str, Any]:
    """The node of an actor that the service itself knows."""
    key = {"issuer": caller.issuer, "subject": caller.subject}
    return {
        **key,
        "source": OWN,
        "assertedBy": caller.uid,
        "method": "VERIFIED",
        "confidence": 1.0,
        "recordedAt": now,
        "undescribed": False,
        "statements": 0,
        "scopes": [""],
        "sortKey": sort_key((caller.issuer, caller.subject), caller.uid),
        "searchText": search_text(ACTOR, key),
    }
