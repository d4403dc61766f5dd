"""What the service itself has looked at: recorded in its own name, and held as verified."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from app.access.service import Caller
from app.errors import ErrorCode, PedigreeError
from app.graph.engines.engine import Engine
from app.graph.transaction import Transaction
from app.registry.batch import settle
from app.registry.recording import Recorder
from app.registry.request import OWN
from app.registry.speaking import introduce_service
from app.registry.words import Speaker

FILES_BACK: Mapping[str, None] = dict.fromkeys(
    (
        "filesRemovedAt",
        "filesRemovedUnder",
        "filesPurgeAt",
        "filesPurgedAt",
        "bytesFreed",
        "filesTieredAt",
        "filesTieredUnder",
    )
)
"""What is said of a version whose files were taken away, and are there again."""

_METHOD = "VERIFIED"


class Contradicted(PedigreeError):
    """What the service saw contradicts what stays for ever; nothing of it was recorded."""

    standard_code = ErrorCode.FIXED_VALUE


async def record_verified(
    transaction: Transaction,
    engine: Engine,
    nodes: Sequence[Mapping[str, Any]],
    relationships: Sequence[Mapping[str, Any]],
    *,
    namespace: str,
    caller: Caller,
    now: int,
) -> None:
    """Records all of it in a change's transaction, or raises. The same again changes nothing.

    Args:
        transaction: of the change.
        engine: what it runs on.
        nodes: as `NodeInput`, and what only the service says of them.
        relationships: as `RelationshipInput`.
        namespace: where what has no namespace of its own belongs.
        caller: on whose behalf the service looked.
        now: in microseconds since 1970 UTC.

    Raises:
        Contradicted: it contradicts what stays for ever; the transaction is not to be stored.
    """
    speaker = Speaker(OWN, caller.uid, now, method=_METHOD)
    recorder = Recorder(transaction, engine, speaker, uuid4().hex)
    batch = settle(OWN, nodes, relationships, method=_METHOD)
    await introduce_service(recorder, caller, [namespace])
    await recorder.record(batch, namespace)
    for item in batch.items:
        if item.error is not None:
            raise Contradicted(item.error.message, code=item.error.code, path=item.error.path)
