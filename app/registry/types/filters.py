"""Filters and orders of the lists, made from the declaration: what is stored can be asked for, by what it holds."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

import strawberry

from app.access.permissions import Permission
from app.compiler.paging import Order
from app.registry.types.enums import ActorKind, ArtifactState, DeploymentMode, DocumentKind, EvaluationKind, Stage
from app.registry.types.operators import (
    BigIntFilter,
    BooleanFilter,
    DigestFilter,
    FloatFilter,
    IntFilter,
    TextFilter,
    TextsFilter,
    TimeFilter,
    choice_filter,
    operator,
)
from graph_schema.declare import Kind, Nested, Node, Property
from graph_schema.nodes import NAMESPACES, STAGE
from graph_schema.relationships import SCHEMA
from graph_schema.search import LONGEST

NOUNS: Mapping[str, str] = {
    "Dataset": "a dataset",
    "DatasetVersion": "a version of a dataset",
    "CodeCommit": "a commit",
    "Run": "a run",
    "Model": "a model",
    "ModelVersion": "a version of a model",
    "Artifact": "an artifact",
    "Evaluation": "an evaluation",
    "Document": "a document",
    "Endpoint": "an endpoint",
    "Deployment": "a deployment",
    "Actor": "an actor",
}
"""What has lists, and how its descriptions call it."""

_CHOICES: Mapping[tuple[str, ...], Any] = {
    tuple(each.__members__): choice_filter(each, f"Conditions on {what}.")
    for each, what in (
        (Stage, "a stage"),
        (EvaluationKind, "what an evaluation examined"),
        (DocumentKind, "what a document is"),
        (DeploymentMode, "how a deployment serves"),
        (ActorKind, "what an actor is"),
        (ArtifactState, "what became of stored bytes"),
    )
}

_OPERATORS: Mapping[Kind, Any] = {
    Kind.TEXT: TextFilter,
    Kind.INTEGER: BigIntFilter,
    Kind.FLOAT: FloatFilter,
    Kind.BOOLEAN: BooleanFilter,
    Kind.TIME: TimeFilter,
    Kind.DIGEST: DigestFilter,
    Kind.TEXTS: TextsFilter,
}

_ORDERED: Mapping[str, tuple[str, ...]] = {
    "Model": ("riskTier",),
    "ModelVersion": ("stage", "validatedUntil"),
    "Artifact": ("bytes",),
    "Run": ("endedAt",),
    "Deployment": ("endedAt",),
    "Document": ("validUntil",),
    "Evaluation": ("name",),
}
"""By which properties a list is ordered, beside its key, the time from which its things exist, and when recorded."""

_SOURCE = Property(
    "source",
    Kind.TEXT,
    "The system whose word of it counts: of several the verified, then the newest. `history` has all.",
)
_RECORDED_AT = Property("recordedAt", Kind.TIME, "When it was recorded here.")
_UNDESCRIBED = Property("undescribed", Kind.BOOLEAN, "Whether nobody has described it yet.")
_SEARCH = (
    "Its names and texts hold each of these words, or a part of one; case and accents do not matter. "
    f"Of long texts the first {LONGEST:,} characters count."
)


def _compared(node: Node) -> Iterator[Property]:
    """The properties that conditions can be set on."""
    for part in node.key:
        yield from _parts(part) if isinstance(part, Nested) else (part,)
    if node.label == "ModelVersion":
        yield STAGE
    yield from (each for each in node.properties if each.kind is not Kind.JSON)
    if not node.namespaced:
        yield NAMESPACES
    yield _UNDESCRIBED
    if not any(part.name == "source" for part in node.key):
        yield _SOURCE
    yield _RECORDED_AT


def _parts(part: Nested) -> Iterator[Property]:
    """The parts of the key of another thing, under the names under which they are stored."""
    of = (each for each in SCHEMA.node(part.label).key if isinstance(each, Property))
    for stored, declared in zip(part.stored, of, strict=True):
        yield Property(stored, declared.kind, declared.description)


def _operators(declared: Property) -> Any:
    if declared.choices:
        return _CHOICES[declared.choices]
    if declared.kind is Kind.INTEGER and declared.maximum is not None:
        return IntFilter
    return _OPERATORS[declared.kind]


def _needed(compared: Iterable[Property]) -> Permission | None:
    """What it needs to compare with these properties: else who may not read one would find it by trying."""
    return Permission.PEOPLE_READ if any(each.personal for each in compared) else None


def _filter(label: str) -> Any:
    """The input type with the conditions on things of a label."""
    name = f"{label}Filter"
    fields: dict[str, Any] = {}
    types: dict[str, Any] = {}
    node = SCHEMA.node(label)
    for declared in _compared(node):
        types[declared.name] = _operators(declared) | None
        fields[declared.name] = operator(declared.description, declared.name, _needed([declared]))
    searched = [each for each in node.everything() if each.searchable]
    types["search"], fields["search"] = str | None, operator(_SEARCH, needs=_needed(searched))
    types["and_"], fields["and_"] = f"list[{name}] | None", operator("All of these hold.", "and")
    types["or_"], fields["or_"] = f"list[{name}] | None", operator("At least one of these holds.", "or")
    types["not_"], fields["not_"] = f"{name} | None", operator("This does not hold.", "not")
    description = f"Conditions on {NOUNS[label]}; all of those that are named hold."
    made = type(name, (), {"__doc__": description, "__module__": __name__, "__annotations__": types, **fields})
    return strawberry.input(made, description=description)


def _order(label: str) -> Any:
    """The enum of the orders of a list of things of a label."""
    node = SCHEMA.node(label)
    key = "By its key" if label == "Deployment" else f"By its key: {_listed([part.name for part in node.key])}"
    values: dict[str, Any] = {
        "KEY": strawberry.enum_value(Order("KEY"), description=f"{key}."),
        "KEY_DESC": strawberry.enum_value(
            Order("KEY_DESC", "sortKey", descending=True), description=f"{key}, the other way round."
        ),
    }
    declared = {each.name: each for each in _compared(node)}
    for name in (*filter(None, [node.begins]), *_ORDERED.get(label, ()), "recordedAt"):
        values |= dict(_both_ways(declared[name]))
    made: Any = Enum(f"{label}Order", values)
    return strawberry.enum(made, description=f"The order of a list: each is {NOUNS[label]}.")


def _both_ways(declared: Property) -> Iterator[tuple[str, Any]]:
    stem = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in declared.name)
    what = declared.description.rstrip(".").partition(";")[0]
    least = "the oldest first" if declared.kind is Kind.TIME else "the least first"
    if declared.choices:
        least = f"{declared.choices[0]} first, {declared.choices[-1]} last"
    elif not declared.required and declared is not _RECORDED_AT:
        least += ", and what has none before it"
    for end, way in (("ASC", least), ("DESC", f"{least}; the other way round")):
        order = Order(
            f"{stem}_{end}",
            declared.stored_as,
            declared.kind,
            descending=end == "DESC",
            choices=declared.choices,
        )
        yield order.name, strawberry.enum_value(order, description=f"{what}: {way}.")


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# Named here one by one, since a filter's `and`, `or` and `not` find it by its name.
DatasetFilter = _filter("Dataset")
DatasetVersionFilter = _filter("DatasetVersion")
CodeCommitFilter = _filter("CodeCommit")
RunFilter = _filter("Run")
ModelFilter = _filter("Model")
ModelVersionFilter = _filter("ModelVersion")
ArtifactFilter = _filter("Artifact")
EvaluationFilter = _filter("Evaluation")
DocumentFilter = _filter("Document")
EndpointFilter = _filter("Endpoint")
DeploymentFilter = _filter("Deployment")
ActorFilter = _filter("Actor")

FILTERS: Mapping[str, Any] = {label: globals()[f"{label}Filter"] for label in NOUNS}
"""By label, what `where` takes."""

ORDERS: Mapping[str, Any] = {label: _order(label) for label in NOUNS}
"""By label, what `orderBy` takes."""
