"""What sources say of a node: their words, and the Statements in which they are kept."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph_schema import identity
from graph_schema.canonical import canonical
from graph_schema.declare import Node

CLAIMING = ("claimedSource", "claimedBy", "claimedMethod", "claimedAt", "heldIn")
"""What is noted on an artifact when it is named, for who may not know that the service has had its bytes."""

_RECENT = 3_600
"""Seconds within which a load may have begun without being known here: what others began meanwhile, by their clocks."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """On whose word, and when, something is written.

    Attributes:
        source: the system that says so.
        actor: the uid of the actor who sent it.
        now: microseconds since 1970 UTC.
        scope: the scope in which the source speaks.
        load: the token of the load; empty where it is none.
        others: the tokens of the source's loads that are under way.
        began: when the load began, in the same unit; 0 where it is none.
        method: how it came to be held: CLAIMED, or VERIFIED where the service itself speaks.
    """

    source: str
    actor: str
    now: int
    scope: str = ""
    load: str = ""
    others: Sequence[str] = ()
    began: int = 0
    method: str = "CLAIMED"

    @property
    def recent(self) -> str:
        """What the token of a load compares with that may have begun without being known here: it is no less."""
        return _begun(self.now - _RECENT * 1_000_000)

    @property
    def marking(self) -> dict[str, Any]:
        """The values of a statement that marks what the load names."""
        return {"load": self.load, "others": list(self.others), "recent": self.recent}

    def claiming(self, namespace: str) -> dict[str, Any]:
        """What it notes on an artifact that it names: who did, or, where the service speaks, for whom it read it."""
        if self.method == "VERIFIED":
            return {**dict.fromkeys(CLAIMING), "heldIn": [namespace]}
        return dict(zip(CLAIMING, (self.source, self.actor, self.method, self.now, None), strict=True))

    def marks(self, before: Sequence[str]) -> list[str]:
        """The marks of a fact that is named: those of other loads stay until these have ended."""
        if not self.load:
            return list(before)
        kept = (mark for mark in before if mark != self.load and (mark >= self.recent or mark in self.others))
        return [*kept, self.load]

    def no_longer_says(self, word: "Word") -> bool:
        """Whether the load shows that its source no longer says this word, which it may only say in this scope.

        It does not where the load named it, where a load that began later has, or where it was said since this one
        began: whoever read the source then knows better than who began to read it before.
        """
        named = any(mark >= self.load for mark in word.loads)
        return set(word.scopes) <= {self.scope} and not named and word.recorded_at < self.began

    def scopes(self, before: Sequence[str]) -> list[str]:
        """The scopes in which the source says a fact that is named."""
        return list(before) if self.scope in before else [*before, self.scope]


@dataclass(slots=True)
class Word:
    """What one source says of a node at present.

    Attributes:
        properties: by stored name; what it does not say is not in it.
        since: since when it says a property, where that is not `recorded_at`.
        scopes: in which scopes it says so.
        loads: the tokens of the loads that named it, as long as they are under way.
    """

    source: str
    actor: str
    recorded_at: int
    properties: dict[str, Any]
    since: dict[str, int] = field(default_factory=dict)
    method: str = "CLAIMED"
    confidence: float = 1.0
    evidence: str | None = None
    scopes: Sequence[str] = ()
    loads: Sequence[str] = ()

    def said_at(self, name: str) -> int:
        """Since when the source says that property."""
        return self.since.get(name, self.recorded_at)


@dataclass(slots=True)
class Standing:
    """A node as it stands.

    Attributes:
        key: the stored properties of its key.
        words: what is said of it at present; none where it is undescribed or retracted.
        kept: whether the words are kept as Statements; otherwise the node is its only word.
        retired: what was last said of it before it was retracted, where that is not kept as a Statement yet.
        recorded_at: when it last changed.
        retracted_at: when it was retracted; None while it lives.
        retracted_by: by whom.
        claims: what was claimed of its stages over time, as it is stored.
    """

    label: str
    uid: str
    key: Mapping[str, Any]
    words: list[Word]
    kept: bool
    recorded_at: int
    retired: Word | None = None
    retracted_at: int | None = None
    retracted_by: str | None = None
    claims: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something that was said is refused.

    Attributes:
        code: a stable word.
        field: the property that offends, by its name in the API.
        message: what is wrong with it, and what to do.
    """

    code: str
    field: str
    message: str


@dataclass(slots=True)
class Change:
    """What is to be written.

    Attributes:
        statuses: for each thing that was said its status, or why it is refused.
        properties: what is set on the node; empty where nothing changes.
        statements: rows of Statements to make or to change, each with its `uid`.
        snapshot: the uid of the Snapshot that keeps the node as it is before; empty where it is kept as it is.
    """

    statuses: list[str | Refusal] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)
    snapshot: str = ""


def new_token(now: int) -> str:
    """A mark for a load that begins now, in microseconds. All have one length; those of later loads are greater."""
    return f"{_begun(now)}{secrets.token_hex(4)}"


def _begun(now: int) -> str:
    return f"{max(now, 0):014x}"


def snapshot_uid(standing: Standing) -> str:
    """The uid of the Snapshot that keeps a node as it stands."""
    return identity.uid("Snapshot", (standing.uid, standing.recorded_at))


def statement_uid(about: str, word: Word) -> str:
    """The uid of the Statement that keeps the word."""
    return identity.uid("Statement", (about, word.source, word.recorded_at))


def statement(node: Node, about: str, word: Word, **ended: Any) -> dict[str, Any]:
    """The Statement that keeps a word about the node with the uid `about`; `ended` says when it ceased to hold."""
    since = {name: at for name, at in word.since.items() if at != word.recorded_at}
    return {
        "uid": statement_uid(about, word),
        "about": about,
        "aboutLabel": node.label,
        "source": word.source,
        "assertedBy": word.actor,
        "method": word.method,
        "confidence": word.confidence,
        "evidence": word.evidence,
        "recordedAt": word.recorded_at,
        "word": canonical(word.properties),
        "since": canonical(since) if since else None,
        "scopes": list(word.scopes),
        "loads": list(word.loads),
        **ended,
    }
