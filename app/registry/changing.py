"""What kinds of changes there are, their order, and which of them an execution asks for. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.compiler import cursors
from app.compiler.paging import Order, Page, page_of
from app.errors import ErrorCode, PedigreeError
from app.registry.claims import read_claims
from app.registry.naming import named
from graph_schema.declare import Node, Property
from graph_schema.nodes import DESCRIBED, STAGE
from graph_schema.relationships import RELATIONSHIPS

WORLD, RECORD = "WORLD", "RECORD"
"""The clocks: of what happened, and of what was recorded of it."""

KINDS = (
    ("STAGE_CHANGED", WORLD),
    ("DEPLOYMENT_ENDED", WORLD),
    ("DEPLOYMENT_BEGAN", WORLD),
    ("RELATIONSHIP_ENDED", WORLD),
    ("RELATIONSHIP_BEGAN", WORLD),
    ("WORD_TAKEN_BACK", RECORD),
    ("RELATIONSHIP_RETRACTED", RECORD),
    ("WORD_SAID", RECORD),
    ("RELATIONSHIP_RECORDED", RECORD),
)
"""Every kind with its clock, in the order in which changes of one moment stand: what ends before what begins."""

RANKS = {kind: rank for rank, (kind, _) in enumerate(KINDS, start=1)}
"""By kind, its place in that order: one digit, with which the key of a change begins."""

_ORDER = Order("EARLIEST")
_SUBJECTS = frozenset(node.label for node in DESCRIBED)


@dataclass(frozen=True, slots=True)
class Asked:
    """The changes that an execution asks for.

    Attributes:
        label: the subject's.
        uid: the subject's.
        page: how many, and what their cursors have in common.
        at: the earliest time at which they may lie, in microseconds since 1970 UTC.
        until: the time before which they lie.
        rank: of the change of that earliest time after which they come; 0 for all of it.
        key: the uid of the same.
    """

    label: str
    uid: str
    page: Page
    at: int
    until: int
    rank: int
    key: str

    def holds(self, change: "Change") -> bool:
        """Whether a change is among them, as the statement has it: the page's end apart."""
        return (self.at, self.rank, self.key) < change.place and change.at < self.until


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        at: when, in microseconds since 1970 UTC.
        rank: of its kind.
        uid: what tells it from others of that kind and moment.
        source: whose word it is; None where that is not known.
        actor: the uid of the actor who sent it; None where that is not known.
        before: the word, or the stage, that it changes, by stored name.
        after: the same, as it is after it.
        other: the label and the uid of the other thing that it is about; None where there is none.
        upstream: whether that lies upstream; None where it is about no relationship.
        link: the row of the relationship.
        row: that of the other thing; None where that is not there any more.
    """

    at: int
    rank: int
    uid: str
    source: str | None = None
    actor: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    other: tuple[str, str] | None = None
    upstream: bool | None = None
    link: Any = None
    row: Any = None

    @property
    def place(self) -> tuple[int, int, str]:
        """What changes are ordered by."""
        return self.at, self.rank, self.uid

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return KINDS[self.rank - 1][0]

    @property
    def clock(self) -> str:
        """The clock that its time is of."""
        return KINDS[self.rank - 1][1]

    def cursor(self, asked: Asked) -> str:
        """Where it stands."""
        return cursors.encode(asked.page.list_tag, self.at, f"{self.rank}{self.uid}")

    def values(self, declared: Node) -> Iterator[tuple[Property, Any, Any]]:
        """The properties that it changes, in the order of the declaration, each as stored before and after it."""
        before, after = self.before or {}, self.after or {}
        for each in (STAGE, *declared.properties):
            was, is_ = before.get(each.stored_as), after.get(each.stored_as)
            if was != is_:
                yield each, was, is_


def read_asked(arguments: Mapping[str, Any], field: str) -> Asked:
    """What the arguments of a field ask for.

    Raises:
        PedigreeError: the subject is none, the times are no interval, or the page or its cursor makes no sense.
    """
    label, uid = _subject(arguments["subject"])
    start, until = arguments["from"], arguments["to"]
    if until <= start:
        raise PedigreeError(
            "`to` is not later than `from`, so that no change lies between them.",
            code=ErrorCode.BAD_VALUE,
            path="to",
            remedy="Name the earlier time as `from`, which counts, and the later one as `to`, which does not.",
        )
    asked = {"subject": uid, "from": start, "to": until}
    page = page_of({**asked, "first": arguments.get("first"), "after": arguments.get("after")}, field, _ORDER)
    if page.after is None:
        return Asked(label, uid, page, start, until, 0, "")
    at, key = page.after
    if not isinstance(at, int) or not start <= at < until or key[:1] not in set("123456789"):
        raise PedigreeError(
            "The cursor cannot be used. It is no cursor of this service.",
            code=ErrorCode.BAD_CURSOR,
            remedy="Take it from `pageInfo` or an edge of the same field, with the same subject and times.",
        )
    return Asked(label, uid, page, at, until, int(key[0]), key[1:])


def unknown_subject() -> PedigreeError:
    """The error that says that nothing was ever recorded of the subject."""
    message = "`subject` names a thing that was never in the graph."
    remedy = "Correct its key or id, or register it first."
    return PedigreeError(message, code=ErrorCode.NOT_FOUND, path="subject", remedy=remedy)


def claimant(claims: str | None, at: int, stage: str) -> str | None:
    """The source whose claim made a version change its stage at a time: one of that stage, else one that takes back."""
    found = sorted(
        (claimed != stage, source)
        for source, each in read_claims(claims).items()
        for since, claimed, _ in each
        if since == at
    )
    return found[0][1] if found else None


def types_of(label: str) -> str:
    """The types of relationship, live and retracted, that a thing of the label may have; of any, where it is empty."""
    retractable = (each for each in RELATIONSHIPS if each.retractable)
    found = [each for each in retractable if not label or any(label in pair for pair in each.ends)]
    return "|".join(f"{each.type}|{each.retracted_type}" for each in found)


def _subject(ref: Mapping[str, Any]) -> tuple[str, str]:
    try:
        label, uid = named(ref)
    except PedigreeError as error:
        error.path = "subject"
        raise
    if label not in _SUBJECTS:
        raise PedigreeError(
            f"`subject` names a {label}, of which sources say nothing.",
            code=ErrorCode.BAD_VALUE,
            path="subject",
            remedy="Name a thing that sources describe.",
        )
    return label, uid
