"""What several sources say differently of one thing, and whose word counts."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Takes
from app.compiler.selection import Field
from app.compiler.shaping import Answer, Piece, list_shape
from app.registry.history import published_value
from app.registry.merging import counting
from app.registry.words import Word
from app.registry.writing import CURRENT
from graph_schema.canonical import canonical
from graph_schema.declare import Node, Property
from graph_schema.identity import to_id
from graph_schema.nodes import STATEMENT
from graph_schema.relationships import SCHEMA

_READ = ("source", "assertedBy", "recordedAt", "word", "since", "method", "confidence")
"""What of a Statement is read, in the order in which a word takes it."""

_KNOWN = (
    "s.recordedAt <= {known} AND (s.supersededAt IS NULL OR s.supersededAt > {known}) "
    "AND (s.retractedAt IS NULL OR s.retractedAt > {known})"
)
"""Whether a Statement `s` was what its source said."""


@dataclass(frozen=True, slots=True)
class Value:
    """What one source says of a property that several say differently.

    Attributes:
        word: all that the source says.
        declared: the property.
        counts: whether the thing shows the value.
    """

    word: Word
    declared: Property
    counts: bool

    @property
    def value(self) -> Any:
        """The value, as it is stored."""
        return self.word.properties[self.declared.stored_as]

    @property
    def said_at(self) -> int:
        """Since when the source says it."""
        return self.word.said_at(self.declared.stored_as)


def contradictions(node: Node, words: Sequence[Word]) -> Iterator[tuple[Property, list[Value]]]:
    """The properties that these words have differently, and each word on it: what counts first, then the newest."""
    best = counting(node, words)
    for declared in node.properties:
        name = declared.stored_as
        saying = [word for word in words if name in word.properties]
        if all(word.properties[name] == saying[0].properties[name] for word in saying):
            continue
        shown = best[name].properties[name] if name in best else None
        values = [Value(word, declared, word.properties[name] == shown) for word in saying]
        yield declared, sorted(values, key=lambda each: (not each.counts, -each.said_at, each.word.source))


@dataclass(frozen=True, slots=True)
class Contradictions:
    """The contradictions of a thing: computed from the words about it, of which each source has one."""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The list, from one column of the row; empty where one source speaks or none."""
        node = SCHEMA.node(field.parent)
        several, known = compiler.times.property(variable, "statements"), compiler.times.known_at
        current = _KNOWN.format(known=known) if known else CURRENT
        current = " AND ".join([current, *compiler.sight.said("s", variable, node.label)])
        place = columns.add(
            f"COLLECT {{ MATCH ({variable})<-[:ABOUT]-(s:{STATEMENT.label}) "
            f"WHERE {several} > 1 AND {current} RETURN [{', '.join(f's.{name}' for name in _READ)}] }}"
        )
        takes: Takes = {
            "property": lambda _: lambda found, _answer: found[0].name,
            "values": lambda part: _each_in(1, list_shape(_value(compiler, part))),
        }
        shape = list_shape(compiler.by_hand(field.selection, takes))

        def take(row: Any, answer: Answer) -> Any:
            words = [_word(each) for each in row[place]] if row[place] else []
            return shape(list(contradictions(node, words)), answer)

        return Piece(field, shape=take)


def _value(compiler: Compiler, part: Field) -> Callable[[Any, Answer], Any]:
    takes: Takes = {
        "value": lambda _: lambda said, _answer: canonical(published_value(said.declared.kind, said.value)),
        "source": lambda _: lambda said, _answer: said.word.source,
        "assertedBy": lambda _: lambda said, _answer: said.word.actor and to_id("Actor", said.word.actor),
        "method": lambda _: lambda said, _answer: said.word.method,
        "confidence": lambda _: lambda said, _answer: said.word.confidence,
        "saidAt": lambda _: lambda said, _answer: said.said_at,
        "counts": lambda _: lambda said, _answer: said.counts,
    }
    return compiler.by_hand(part.selection, takes)


def _each_in(index: int, shape: Callable[[Any, Answer], Any]) -> Callable[[Any, Answer], Any]:
    return lambda found, answer: shape(found[index], answer)


def _word(row: Sequence[Any]) -> Word:
    source, actor, recorded_at, word, since, method, confidence = row
    return Word(source, actor, recorded_at, json.loads(word), json.loads(since) if since else {}, method, confidence)
