"""What sources say of a node: their words, and the Statements in which they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph_schema import identity
from graph_schema.canonical import canonical
from graph_schema.declare import Node

TOKEN_LENGTH = 13
"""The length of the token with which a load marks what it named, its closing space included."""

_TOKENS_KEPT = 3
"""How many loads' marks a fact keeps, so that loads of one scope that overlap do not undo each other."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """On whose word, and when, something is written.

    Attributes:
        source: the system that says so.
        actor: the uid of the actor who sent it.
        now: microseconds since 1970 UTC.
        scope: the scope in which the source speaks.
        load: the token of the load; empty where it is none.
    """

    source: str
    actor: str
    now: int
    scope: str = ""
    load: str = ""


@dataclass(slots=True)
class Word:
    """What one source says of a node at present.

    Attributes:
        properties: by stored name; what it does not say is not in it.
        since: since when it says a property, where that is not `recorded_at`.
    """

    source: str
    actor: str
    recorded_at: int
    properties: dict[str, Any]
    since: dict[str, int] = field(default_factory=dict[str, int])
    method: str = "CLAIMED"
    confidence: float = 1.0
    evidence: str | None = None
    scope: str = ""
    load: str = ""

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
    """

    statuses: list[str | Refusal] = field(default_factory=list["str | Refusal"])
    properties: dict[str, Any] = field(default_factory=dict[str, Any])
    statements: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def joined_load(load: str, before: str | None) -> str:
    """The marks of the last loads that named a fact, the newest first."""
    before = before or ""
    if before.startswith(load):
        return before
    return load + before[: TOKEN_LENGTH * (_TOKENS_KEPT - 1)]


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
        "scope": word.scope,
        "load": word.load,
        **ended,
    }
