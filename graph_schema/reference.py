"""The declaration as a page for people: what `docs/graph.md` holds. `python -m graph_schema.reference` prints it."""

import sys
from collections.abc import Iterable

from graph_schema.assertions import ASSERTIONS, Assertion, End
from graph_schema.declare import Kind, Nested, Node, Property, Relationship, Schema, Walk
from graph_schema.nodes import (
    AS_CLAIMED,
    BOOKKEEPING,
    CHECKED_AT,
    DESCRIBED,
    HELD,
    HELD_IN,
    MOVING,
    NAMESPACES,
    NODE_BOOKKEEPING,
    PROVENANCE,
    PURGING,
    RECORDS,
    RELEASING,
    STAGE,
    STAGES_CLAIMED,
)
from graph_schema.relationships import PLACES, SCHEMA, VALID_FROM, VALID_TO

_WALKS = {
    Walk.FLOW: "always: data flows along it",
    Walk.ROLE: "when its role is asked for",
    Walk.ENTRY: "as the first step from a commit or an artifact, and as a leaf that ends an ancestry",
    Walk.SERVING: "when the caller names it",
    Walk.NEVER: "never",
}
_KINDS = {
    Kind.TIME: "time (microseconds since 1970 UTC; RFC 3339 in the API)",
    Kind.JSON: "JSON (canonical text, RFC 8785; the value in the API)",
    Kind.DIGEST: "digest (`sha256:<hex>`)",
    Kind.TEXTS: "texts",
    Kind.TIMES: "times (microseconds since 1970 UTC)",
}
_HEAD = """\
# The graph

Made from the declaration in `graph_schema/` by `python -m graph_schema.reference`; change that, not this.

This is version {version} of the schema. Every relationship points upstream, to where a thing came from: ancestry is a
walk along the arrows, impact a walk against them. A retracted relationship moves to the type `<TYPE>_RETRACTED`, with
all its properties; a retracted node keeps its label and has `retractedAt`. Personal is what says what a person did; who
reads it is in [access.md](access.md).
"""


def page(schema: Schema = SCHEMA) -> str:
    """The reference page, as Markdown."""
    parts = [_HEAD.format(version=schema.version), "## What clients describe\n"]
    parts += [_node(node) for node in DESCRIBED]
    parts.append("## How things are related\n")
    parts += [_relationship(each) for each in schema.relationships]
    parts += ["## What clients state\n", *_assertions(ASSERTIONS)]
    parts += ["## On everything\n", _properties("Provenance, on every node and relationship", PROVENANCE)]
    parts.append(_properties("Bookkeeping, on every node and relationship", BOOKKEEPING))
    parts.append(_properties("Bookkeeping, on every node that clients describe", NODE_BOOKKEEPING))
    parts.append(_properties("On nodes whose key has no namespace", (NAMESPACES,)))
    parts.append(_properties("On every `ModelVersion`", (STAGE, *STAGES_CLAIMED)))
    parts.append(_properties("On every `ModelVersion` whose files are being moved", (MOVING,)))
    parts.append(_properties("On every `Model` and `ModelVersion` that is held", (HELD,)))
    parts.append(_properties("On every `Artifact` that is stored", (CHECKED_AT, HELD_IN, PURGING, RELEASING)))
    parts.append(_properties("On every `Artifact`, for who may not know that it is stored", AS_CLAIMED.values()))
    parts.append("## What the service itself records\n")
    parts += [_node(node) for node in RECORDS]
    return "\n".join(parts)


def _node(node: Node) -> str:
    lines = [f"### `{node.label}`\n", f"{node.description}\n"]
    if node.input_name:
        lines.append(f"Registered as `{node.input_name}`.{_begins(node)}\n")
    rows = [*(_key_row(part) for part in node.key), *(_row(each) for each in node.properties)]
    lines += [_table(rows)]
    return "\n".join(lines)


def _begins(node: Node) -> str:
    since = f" It exists since `{node.begins}`; without one, always." if node.begins else ""
    return f"{since} It ends at `{node.ends}`, which is never before that." if node.ends else since


def _key_row(part: Property | Nested) -> tuple[str, str, str]:
    if isinstance(part, Nested):
        stored = ", ".join(f"`{name}`" for name in part.stored)
        return (f"**`{part.name}`**", f"key of a `{part.label}`", f"{part.description} Stored as {stored}.")
    name, kind, description = _row(part)
    return (f"**{name}**", kind, description)


def _row(declared: Property) -> tuple[str, str, str]:
    notes = [declared.description]
    if declared.stored:
        notes.append(f"Stored as `{declared.stored}`.")
    if declared.choices:
        notes.append(f"One of {', '.join(f'`{choice}`' for choice in declared.choices)}.")
    if declared.fixed:
        notes.append("Never changes.")
    if declared.personal:
        notes.append("Personal.")
    if declared.sought:
        notes.append("An index finds its values.")
    return (f"`{declared.name}`", _KINDS.get(declared.kind, declared.kind.value), " ".join(notes))


def _relationship(each: Relationship) -> str:
    lines = [f"### `{each.type}`\n", f"{each.description}\n"]
    lines.append("\n".join(f"- `{start}` → `{target}`" for start, target in each.ends) + "\n")
    lines.append(f"Walked by lineage: {_WALKS[each.walk]}{f' (`{each.role}`)' if each.role else ''}.\n")
    if each.retractable:
        times = (VALID_FROM, VALID_TO) if each.bounded else (VALID_FROM,)
        places = (PLACES[hub] for hub in each.hubs)
        lines.append(_table([_row(declared) for declared in (*each.properties, *times, *places)]))
    return "\n".join(lines)


def _assertions(assertions: Iterable[Assertion]) -> list[str]:
    rows = [
        (
            f"`{each.name}`",
            f"{_either(each.start)} → {_either(each.target)}",
            f"{each.description} Becomes {', '.join(f'`{type_}`' for type_ in each.types)}.",
        )
        for each in assertions
    ]
    return [_table(rows, ("field", "ends", "says"))]


def _either(ends: Iterable[End]) -> str:
    return " or ".join(f"`{end.field}`" for end in ends)


def _properties(title: str, declared: Iterable[Property]) -> str:
    return f"### {title}\n\n{_table([_row(each) for each in declared])}"


def _table(
    rows: Iterable[tuple[str, str, str]], head: tuple[str, str, str] = ("property", "kind", "meaning; the key is bold")
) -> str:
    lines = [f"| {' | '.join(head)} |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
