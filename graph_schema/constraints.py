"""What the declaration asks of an engine: constraints, indexes and types, in words that belong to no engine."""

from dataclasses import dataclass

from graph_schema.declare import Kind, Node, Schema
from graph_schema.nodes import ARTIFACT, MODEL_VERSION, STATEMENT, UPLOAD_FILE


@dataclass(frozen=True, slots=True)
class Unique:
    """No two nodes of the label have one `uid`."""

    label: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """Nodes of the label are found and read in order by a property.

    Attributes:
        label: the label.
        property: the stored property.
        integer: whether it holds integers; otherwise texts.
        within: the stored property in whose order those of one value come, where the engine can; empty for any.
    """

    label: str
    property: str
    integer: bool = False
    within: str = ""


@dataclass(frozen=True, slots=True)
class OrderedLinks:
    """Relationships of the type are read in order by a text, where the engine can."""

    type: str
    property: str


@dataclass(frozen=True, slots=True)
class Words:
    """Nodes of the label are found by the words of a property."""

    label: str
    property: str


@dataclass(frozen=True, slots=True)
class RelationshipName:
    """A relationship type is known before the first of it is stored."""

    type: str


Demand = Unique | Ordered | OrderedLinks | Words | RelationshipName
"""One thing that an engine must have before it is used."""


def demands(schema: Schema) -> tuple[Demand, ...]:
    """Everything that the declaration asks of an engine, each once, in the order of the declaration."""
    found: list[Demand] = []
    for node in schema.nodes:
        found.append(Unique(node.label))
        found.extend(_of_node(node))
    for each in schema.relationships:
        found.append(RelationshipName(each.type))
        if each.retractable:
            found.append(RelationshipName(each.retracted_type))
        found.extend(OrderedLinks(each.type, hub) for hub in each.hubs)
    return tuple(found)


_WORKING = (
    Ordered(MODEL_VERSION.label, "stageDue", integer=True),
    Ordered(MODEL_VERSION.label, "filesPurgeAt", integer=True),
    Ordered(MODEL_VERSION.label, "filesMoving", integer=True),
    Ordered(ARTIFACT.label, "purging", integer=True),
    Ordered(ARTIFACT.label, "coldSince", integer=True),
    Ordered(UPLOAD_FILE.label, "digest"),
    Ordered(STATEMENT.label, "about"),
)
"""What the service itself finds its work by."""


def _of_node(node: Node) -> list[Demand]:
    found: list[Demand] = []
    if node.sort:
        found.append(Ordered(node.label, "sortKey"))
        found.extend(Ordered(node.label, each.stored_as, within="sortKey") for each in node.properties if each.sought)
    if node.input_name and any(each.searchable for each in node.everything()):
        found.append(Words(node.label, "searchText"))
    found.extend(each for each in _WORKING if each.label == node.label)
    if any(each.name == "expiresAt" and each.kind is Kind.TIME for each in node.properties):
        found.append(Ordered(node.label, "expiresAt", integer=True))
    if any(each.name == "change" and each.kind is Kind.INTEGER for each in node.properties):
        found.append(Ordered(node.label, "change", integer=True))
    return found
