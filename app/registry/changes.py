"""What changed about a thing between two times: in the world, and in what is recorded of it.

One statement brings, each in order and no longer than a page, what was said of it, its relationships, its deployments
and its stages; they are merged here. A change is told as what is recorded now has it: nothing but what was retracted
is gone from the world's clock, and that stands on the record's.
"""

from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Draft, Takes
from app.compiler.inputs import Inputs
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Shape, list_shape
from app.compiler.times import clause_of
from app.registry.changed import merged
from app.registry.changing import RANKS, Asked, read_asked, types_of, unknown_subject
from app.registry.history import only_word, published_value
from app.registry.lists import ListCompleteness
from app.registry.naming import label_named
from graph_schema.canonical import canonical
from graph_schema.declare import Property
from graph_schema.identity import to_id
from graph_schema.nodes import DEPLOYMENT, DESCRIBED, SOURCE, STATEMENT
from graph_schema.relationships import RELATIONSHIPS, SCHEMA

_ANY = "|".join(node.label for node in DESCRIBED)
_BOUNDED = [each.type for each in RELATIONSHIPS if each.bounded]
_IMPLIED = [type_ for each in RELATIONSHIPS if each.inherent for type_ in (each.type, each.retracted_type)]

_WORDS = ((RANKS["WORD_SAID"], "{x}.recordedAt"), (RANKS["WORD_TAKEN_BACK"], "{x}.retractedAt"))
_DEPLOYMENTS = ((RANKS["DEPLOYMENT_BEGAN"], "{x}.startedAt"), (RANKS["DEPLOYMENT_ENDED"], "{x}.endedAt"))
_LINKS = (
    (RANKS["RELATIONSHIP_RECORDED"], "{x}.recordedAt"),
    (RANKS["RELATIONSHIP_RETRACTED"], "{x}.retractedAt"),
    (RANKS["RELATIONSHIP_BEGAN"], "CASE WHEN {x}.retractedAt IS NULL THEN {x}.validFrom END"),
    (
        RANKS["RELATIONSHIP_ENDED"],
        f"CASE WHEN {{x}}.retractedAt IS NULL AND type({{x}}) IN {_BOUNDED} THEN {{x}}.validTo END",
    ),
)
"""Of a Statement, a deployment and a relationship: the rank of each change that it tells, and the time of it."""

_SUBJECT, _SAID, _TIMES = "subject", "said", "times"
_WORD, _FORMER, _DEPLOYMENT, _LINK, _END = "word", "former", "deployment", "link", "other"
_ORIGIN, _ORIGINS = "origin", "origins"
"""The variables of the statement."""

_TAKEN_BACK, _RETRACTED = RANKS["WORD_TAKEN_BACK"], RANKS["RELATIONSHIP_RETRACTED"]
_OF_DEPLOYMENTS = frozenset(rank for rank, _ in _DEPLOYMENTS)
_DIRECTIONS = {None: None, True: "UPSTREAM", False: "DOWNSTREAM"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed about the thing that the argument `subject` names, from `from` until before `to`."""

    def draft(self, compiler: Compiler, field: Field) -> Draft:
        """One record, or none where no such thing was ever recorded."""
        return _Changes(compiler, field).draft()


class _Changes:
    """One answer while it is compiled."""

    def __init__(self, compiler: Compiler, field: Field) -> None:
        self.compiler = compiler
        self.field = field
        self.links, self.ends, self.deployments = Columns(), Columns(), Columns()
        compiler.check(self._asked)
        # Known of what is named by its key: Neo4j needs seconds to plan what may be about anything.
        self.label = label_named(compiler.inputs.arguments(field)["subject"])
        self.limits = {
            name: compiler.parameter(lambda inputs, name=name: getattr(self._asked(inputs), name))
            for name in ("at", "until", "rank", "key")
        }
        self.size = compiler.parameter(lambda inputs: self._asked(inputs).page.size + 1)

    def draft(self) -> Draft:
        takes: Takes = {
            "edges": self._edges,
            "pageInfo": self._page_info,
            "completeness": self._completeness,
        }
        shape = self.compiler.by_hand(self.field.selection, takes)
        statement = self._statement()

        def taken(records: Any, answer: Answer) -> Any:
            if not records:
                raise unknown_subject()
            return shape(merged(records[0], self._asked(answer.inputs)), answer)

        return Draft(statement, taken, top=lambda records: records[0][-1] if records else [])

    # ------------------------------------------------------------------------------------------------ the statement

    def _statement(self) -> str:
        """What was said first: the words that it replaced are found by its times."""
        label = self.compiler.parameter(lambda inputs: self._asked(inputs).label)
        subject = self.compiler.parameter(lambda inputs: self._asked(inputs).uid)
        seen = self.compiler.sight.seen(_SUBJECT, self.label or _ANY)
        limits = " AND ".join([f"labels({_SUBJECT})[0] = {label}", *seen])
        columns = f"{self._own()}, {self._former()}, {self._related()}, {self._served()}, {self._stages()}"
        return (
            f"MATCH ({_SUBJECT}:{self.label or _ANY} {{uid: {subject}}}) WHERE {limits} "
            f"WITH {_SUBJECT}, COLLECT {{ {self._said()} }} AS {_SAID} "
            f"WITH {_SUBJECT}, {_SAID}, [each IN {_SAID} | each[0]] + [{_SUBJECT}.recordedAt] AS {_TIMES}"
            f"{self._origins()} "
            f"RETURN {_SAID}, {columns}, {self.compiler.top_expression} AS top"
        )

    def _origins(self) -> str:
        """Binds the sources that the caller sees, where that is not all of them."""
        seen = self.compiler.sight.seen(_ORIGIN, SOURCE.label)
        if not seen:
            return ""
        return f", COLLECT {{ MATCH ({_ORIGIN}:{SOURCE.label}){clause_of(seen)} RETURN {_ORIGIN}.name }} AS {_ORIGINS}"

    def _sighted(self) -> list[str]:
        """What must hold of a relationship and of the thing at its other end for the caller to be told of it.

        Whoever names a version, as what something hidden came from, says by that alone that it is a version of its
        model: at the very time that the hidden assertion shows, and in the name of a source that it does not.
        """
        seen = self.compiler.sight.seen(_END, _ANY)
        return [*seen, f"(NOT type({_LINK}) IN {_IMPLIED} OR {_LINK}.source IN {_ORIGINS})"] if seen else []

    def _told(self, word: str) -> list[str]:
        return self.compiler.sight.said(word, _SUBJECT, self.label)

    def _said(self) -> str:
        actor = f"CASE each[1] WHEN {_TAKEN_BACK} THEN {_WORD}.retractedBy ELSE {_WORD}.assertedBy END"
        return (
            f"MATCH ({_SUBJECT})<-[:ABOUT]-({_WORD}:{STATEMENT.label})"
            f"{clause_of(self._told(_WORD))} {self._each(_WORD, _WORDS)} "
            f"RETURN [each[0], each[1], {_WORD}.uid, {_WORD}.source, {actor}, {_WORD}.word]"
        )

    def _own(self) -> str:
        """The thing's own row, where it is its only word."""
        read = ("source", "assertedBy", "recordedAt", "retractedBy", "retractedAt")
        row = ", ".join(f"{_SUBJECT}.{name}" for name in read)
        only = " AND ".join([only_word(_SUBJECT), *self._told(_SUBJECT)])
        return f"CASE WHEN {only} THEN [{row}, properties({_SUBJECT})] END AS own"

    def _former(self) -> str:
        """The words that were replaced at the times of those of the page: each by its source's next one."""
        wanted = clause_of([f"{_FORMER}.supersededAt IN {_TIMES}", *self._told(_FORMER)])
        return (
            f"COLLECT {{ MATCH ({_SUBJECT})<-[:ABOUT]-({_FORMER}:{STATEMENT.label})"
            f"{wanted} RETURN [{_FORMER}.supersededAt, {_FORMER}.word] }} AS former"
        )

    def _related(self) -> str:
        actor = f"CASE each[1] WHEN {_RETRACTED} THEN {_LINK}.retractedBy ELSE {_LINK}.assertedBy END"
        row = (
            f"each[0], each[1], {_LINK}.uid, {_LINK}.source, {actor}, labels({_END})[0], {_END}.uid, "
            f"startNode({_LINK}).uid = {_SUBJECT}.uid, {self.links.text()}, "
            f"CASE WHEN {_END}.retractedAt IS NULL THEN {self.ends.text()} END"
        )
        return (
            f"COLLECT {{ MATCH ({_SUBJECT})-[{_LINK}:{types_of(self.label)}]-({_END})"
            f"{clause_of(self._sighted())} "
            f"{self._each(_LINK, _LINKS, _SUBJECT, _END)} RETURN [{row}] }} AS related"
        )

    def _served(self) -> str:
        if self.label not in {"", "Endpoint", "ModelVersion"}:
            return "[] AS served"
        row = (
            f"each[0], each[1], {_DEPLOYMENT}.uid, {_DEPLOYMENT}.source, {_DEPLOYMENT}.assertedBy, "
            f"labels({_DEPLOYMENT})[0], {_DEPLOYMENT}.uid, null, null, {self.deployments.text()}"
        )
        return (
            f"COLLECT {{ MATCH ({_SUBJECT})-[:SERVES|HOSTS]-({_DEPLOYMENT}:{DEPLOYMENT.label})"
            f"{clause_of(self.compiler.sight.seen(_DEPLOYMENT, DEPLOYMENT.label))} "
            f"WITH DISTINCT {_DEPLOYMENT} {self._each(_DEPLOYMENT, _DEPLOYMENTS)} RETURN [{row}] }} AS served"
        )

    def _stages(self) -> str:
        """The changes of stage: at most one at a time, so that one more than a page may be left out for the cursor."""
        if self.label not in {"", "ModelVersion"}:
            return "[[], null] AS stages"
        times, stages = f"coalesce({_SUBJECT}.stageTimes, [])", f"{_SUBJECT}.stages"
        at = f"{_SUBJECT}.stageTimes[i]"
        held = f"{_SUBJECT}.retractedAt IS NULL AND {at} >= {self.limits['at']} AND {at} < {self.limits['until']}"
        before = f"CASE i WHEN 0 THEN 'DEVELOPMENT' ELSE {stages}[i - 1] END"
        found = f"[i IN range(0, size({times}) - 1) WHERE {held} | [{at}, {before}, {stages}[i]]]"
        return f"[{found}[0..{self.size} + 1], {_SUBJECT}.claims] AS stages"

    def _each(self, variable: str, events: tuple[tuple[int, str], ...], *carried: str) -> str:
        """Unwinds the changes that a thing tells, those of the page and one more, each a pair: when, and the rank."""
        at, until, rank, key = (self.limits[name] for name in ("at", "until", "rank", "key"))
        pairs = ", ".join(f"[{when.format(x=variable)}, {number}]" for number, when in events)
        later = f"pair[0] > {at} OR pair[1] > {rank} OR (pair[1] = {rank} AND {variable}.uid > {key})"
        kept = ", ".join((variable, *carried, "each"))
        return (
            f"UNWIND [pair IN [{pairs}] WHERE pair[0] >= {at} AND pair[0] < {until} AND ({later})] AS each "
            f"WITH {kept} ORDER BY each[0], each[1], {variable}.uid LIMIT {self.size}"
        )

    # ------------------------------------------------------------------------------------------------ the parts

    def _edges(self, of: Field) -> Shape:
        takes: Takes = {"cursor": lambda _: self._cursor, "node": self._change}
        edge = list_shape(self.compiler.by_hand(of.selection, takes))
        return lambda found, answer: edge(found[: self._asked(answer.inputs).page.size], answer)

    def _page_info(self, of: Field) -> Shape:
        takes: Takes = {
            "hasNextPage": lambda _: lambda found, answer: len(found) > self._asked(answer.inputs).page.size,
            "hasPreviousPage": lambda _: lambda _found, answer: self._asked(answer.inputs).page.after is not None,
            "startCursor": lambda _: self._cursor_at(0),
            "endCursor": lambda _: self._cursor_at(-1),
        }
        return self.compiler.by_hand(of.selection, takes)

    def _completeness(self, of: Field) -> Shape:
        shape = ListCompleteness().compile(self.compiler, of, "", Columns()).shape
        return lambda found, answer: None if shape is None else shape(found, answer)

    def _change(self, of: Field) -> Shape:
        takes: Takes = {
            "at": lambda _: lambda change, _answer: change.at,
            "clock": lambda _: lambda change, _answer: change.clock,
            "kind": lambda _: lambda change, _answer: change.kind,
            "source": lambda _: lambda change, _answer: change.source,
            "assertedBy": lambda _: lambda change, _answer: change.actor and to_id("Actor", change.actor),
            "properties": self._properties,
            "relationship": self._relationship,
            "direction": lambda _: lambda change, _answer: _DIRECTIONS[change.upstream],
            "otherId": lambda _: lambda change, _answer: change.other and to_id(*change.other),
            "other": self._other,
        }
        return self.compiler.by_hand(of.selection, takes)

    def _properties(self, of: Field) -> Shape:
        takes: Takes = {
            "property": lambda _: lambda value, _answer: value[0].name,
            "before": lambda _: lambda value, _answer: _told(value[0], value[1]),
            "after": lambda _: lambda value, _answer: _told(value[0], value[2]),
        }
        each = list_shape(self.compiler.by_hand(of.selection, takes))

        def shape(change: Any, answer: Answer) -> Any:
            declared = SCHEMA.node(self._asked(answer.inputs).label)
            return each(list(change.values(declared)), answer)

        return shape

    def _relationship(self, of: Field) -> Shape:
        shape = self.compiler.row(of.selection, _LINK, self.links)
        return lambda change, answer: shape(change.link, answer)

    def _other(self, of: Field) -> Shape:
        end = self.compiler.row(of.selection, _END, self.ends)
        deployment = self.compiler.row(of.selection, _DEPLOYMENT, self.deployments)

        def shape(change: Any, answer: Answer) -> Any:
            return (deployment if change.rank in _OF_DEPLOYMENTS else end)(change.row, answer)

        return shape

    def _cursor(self, change: Any, answer: Answer) -> str:
        return change.cursor(self._asked(answer.inputs))

    def _cursor_at(self, index: int) -> Shape:
        def shape(found: Any, answer: Answer) -> str | None:
            shown = found[: self._asked(answer.inputs).page.size]
            return self._cursor(shown[index], answer) if shown else None

        return shape

    def _asked(self, inputs: Inputs) -> Asked:
        name = f"{self.field.parent}.{self.field.name}"
        return inputs.once(self.field, lambda given: read_asked(given.arguments(self.field), name))


def _told(declared: Property, value: Any) -> str | None:
    """A value as JSON text, to be published as the API shows it; None where it is not said."""
    return None if value is None else canonical(published_value(declared.kind, value))
