"""A request that comes again gets the answer that it got before: what is kept of one, and for how long."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import ErrorCode
from app.graph.transaction import Transaction
from app.registry.batch import ItemResult, Status
from app.registry.request import RegistrationRefused
from graph_schema.identity import uid

DAY = 24 * 60 * 60 * 1_000_000
"""In microseconds."""

KEPT = 7 * DAY
"""How long a client's key is kept."""

KEPT_OWN = DAY // 24
"""How long a key of our own making is kept: only the attempts at one change ask for it."""

_CLAIM = """
MERGE (k:IdempotencyKey {uid: $uid}) SET k.lock = $token
RETURN k.bodyDigest, k.result, k.expiresAt
"""
_LOOK = "MATCH (k:IdempotencyKey {uid: $uid}) RETURN k.bodyDigest, k.result, k.expiresAt"
_KEEP = "MERGE (k:IdempotencyKey {uid: $uid}) SET k += $properties"

_LETTERS: dict[Status, str] = {"CREATED": "C", "UPDATED": "U", "UNCHANGED": "N", "REJECTED": "R", "RETRACTED": "T"}
_STATUSES: dict[str, Status] = {letter: status for status, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Key:
    """Under what a request is kept.

    Attributes:
        caller: the uid of the actor.
        key: the client's, or ours.
        digest: of the body.
        own: whether the service made it.
    """

    caller: str
    key: str
    digest: str
    own: bool

    @property
    def uid(self) -> str:
        """The uid of its node."""
        return uid("IdempotencyKey", (self.caller, self.key))

    async def kept(self, transaction: Transaction, now: int, token: str, *, attempt: int, dry_run: bool) -> str | None:
        """The result of the same request, where it was carried out before; else the key is taken until the end.

        Args:
            transaction: in which the request is carried out.
            now: microseconds since 1970 UTC.
            token: of the request, to lock by.
            attempt: which one this is, from 1.
            dry_run: whether nothing will be stored.

        Raises:
            RegistrationRefused: the key was used for another request.
        """
        if self.own and attempt == 1:
            return None
        look = dry_run or self.own
        return self.result_of(await transaction.run(_LOOK if look else _CLAIM, {"uid": self.uid, "token": token}), now)

    async def keep(self, transaction: Transaction, result: str, now: int) -> None:
        """Keeps the result of a request that was carried out."""
        properties = {
            "caller": self.caller,
            "key": self.key,
            "bodyDigest": self.digest,
            "result": result,
            "expiresAt": now + (KEPT_OWN if self.own else KEPT),
        }
        await transaction.run(_KEEP, {"uid": self.uid, "properties": properties})

    def result_of(self, rows: list[list[Any]], now: int) -> str | None:
        """The result that is kept for the same request; None where there is none.

        Raises:
            RegistrationRefused: the key was used for another request.
        """
        if not rows:
            return None
        [[digest, result, expires_at]] = rows
        if result is None or expires_at <= now:
            return None
        if digest != self.digest:
            raise RegistrationRefused(
                "The idempotency key was used for a request with another body.",
                code=ErrorCode.IDEMPOTENCY_CONFLICT,
                path="input.idempotencyKey",
                remedy="Send what was sent before, or take another key.",
            )
        return result


def packed(items: Sequence[ItemResult], retracted: int = 0) -> str:
    """What is kept of a result; the rest follows from the body."""
    errors = {
        index: (item.error.code.value, item.error.message, item.error.path)
        for index, item in enumerate(items)
        if item.error is not None
    }
    statuses = "".join(_LETTERS[item.status] for item in items)
    return json.dumps({"statuses": statuses, "errors": errors, "retracted": retracted}, ensure_ascii=True)


def unpack(items: Sequence[ItemResult], text: str) -> int:
    """Gives the items of the settled request the results that are kept; how many facts a load retracted."""
    kept = json.loads(text)
    for item, letter in zip(items, kept["statuses"], strict=True):
        item.status = _STATUSES[letter]
    for index, error in kept["errors"].items():
        items[int(index)].reject(*error)
    return kept["retracted"]
