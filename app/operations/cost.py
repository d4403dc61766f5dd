"""What an operation may cost, counted from its text and its variables before anything of it runs.

The cost is how many things an answer of full pages holds, each as often as it stands there, and ten more for each list
that the statement must plan, for each step that a filter takes to other things, and for each item that is registered or
taken back. A list that is not paged counts as one of usual length: the largest are bounded by limits of their own
(10,000 answers of a walk, items by the body), and by time. It counts what is asked for, not what is there: the same
request always costs the same, and a step back to a hub (`version.model.versions`) costs a page for each row of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,  # pyright: ignore[reportUnknownVariableType] - a list of whatever
    is_composite_type,
    value_from_ast_untyped,
)

from app.compiler.paging import LARGEST, STANDARD
from app.operations.conditions import conditions_of
from app.operations.limits import fragments_of
from app.operations.price import Count, Items, Price, Steps

PLANNED = 10
"""What a list, or a count of one, costs beside its rows."""

FANS: Mapping[str, int] = {
    "Lineage.nodes": 1_000,
    "Lineage.relationships": 1_000,
    "RegisterLineageResult.items": 500,
    "RetractResult.items": 500,
    "DownloadUrlResult.downloads": 100,
    "RemoveUnrecordedResult.artifacts": 100,
    "StoreDifferences.differences": 1_000,
    "Comparison.parameters": 100,
    "Comparison.metrics": 100,
}
"""How many rows a list usually has, at most, that is not paged."""

LOOKS: Mapping[str, int] = {
    "Mutation.completeUpload": 10,
    "Mutation.planRetention": 100,
    "Mutation.applyRetention": 100,
    "Mutation.restoreFiles": 10,
    "Query.changes": 3,
    "Query.storageReport": 100,
    "Query.storeDifferences": 100,
    "StorageReport.groups": 100,
    "Query.gaps": 11,
    "Dataset.productionModels": 10,
    "DatasetVersion.productionModels": 10,
    "DatasetVersion.upstream": 10,
    "DatasetVersion.downstream": 10,
    "CodeCommit.downstream": 10,
    "Run.upstream": 10,
    "Run.downstream": 10,
    "ModelVersion.upstream": 10,
    "ModelVersion.downstream": 10,
    "Artifact.upstream": 10,
    "Artifact.downstream": 10,
    "ModelVersionLineageConnection.totalCount": 10,
    "NodeLineageConnection.totalCount": 10,
}
"""How many steps to other things a field takes by itself; a walk of lineage, which each count of one goes anew, ten;
what looks at all that is stored, a hundred; what reads what one upload brought, or brings it back, ten."""

ITEMS: Mapping[str, tuple[str, ...]] = {
    "Mutation.registerLineage": ("nodes", "relationships"),
    "Mutation.retract": ("nodes", "relationships", "assertions"),
    "Mutation.beginUpload": ("files",),
    "Mutation.downloadUrl": ("artifacts",),
    "Mutation.verifyArtifacts": ("artifacts",),
    "Mutation.removeUnrecorded": ("artifacts",),
    "Mutation.recordDifferences": ("artifacts",),
}
"""By a field that changes things, the lists of items in its input."""

PAGES: Mapping[str, tuple[str, int]] = {"Mutation.verifyArtifacts": ("first", 25)}
"""By such a field, what in its input says how many items are taken where it lists none, and how many usually are."""

WEIGHTS: Mapping[str, int] = {"Mutation.beginUpload": 1, "Mutation.verifyArtifacts": 100}
"""By such a field, what an item of it costs, where that is not what a list does: a file that is only noted costs less,
bytes that are all read more."""

FAN = 10
"""The same of every other, as the steps of a witness."""

_ONCE = Count(1)


class Pricing:
    """Prices the operations of one document, which is valid."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = fragments_of(document)
        self._known: dict[tuple[str, Count], Price] = {}

    def of(self, operation: OperationDefinitionNode) -> Price:
        """The price of an operation of the document."""
        return self._selected(operation.selection_set, self._schema.get_root_type(operation.operation), _ONCE)

    def _selected(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, page: Count) -> Price:
        """The price of what is selected of a type; `page` says how many edges it has, if it is a connection."""
        price = Price()
        for node in selections.selections if selections else ():
            price.add(_ONCE, self._one(node, parent, page), tuple(conditions_of(node.directives or ())))
        return price

    def _one(self, node: object, parent: GraphQLNamedType | None, page: Count) -> Price:
        if isinstance(node, FieldNode):
            return self._field(node, parent, page)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(self._fragments[node.name.value], page)
        if isinstance(node, InlineFragmentNode):
            named = node.type_condition
            inner = self._schema.get_type(named.name.value) if named else parent
            return self._selected(node.selection_set, inner, page)
        return Price()

    def _fragment(self, node: FragmentDefinitionNode, page: Count) -> Price:
        key = (node.name.value, page)
        if key not in self._known:
            parent = self._schema.get_type(node.type_condition.name.value)
            self._known[key] = self._selected(node.selection_set, parent, page)
        return self._known[key]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: Count) -> Price:
        name = node.name.value
        arguments, type_ = _declared(parent, name)
        named = cast("GraphQLNamedType | None", get_named_type(type_))
        if not is_composite_type(named):
            return Price(PLANNED * (1 + LOOKS.get(f"{parent}.{name}", 0)) if name == "totalCount" else 0)
        own = _count(node, ("first", "last"), _standard(arguments["first"])) if "first" in arguments else None
        inner = self._selected(node.selection_set, named, own or _ONCE)
        listed = isinstance(get_nullable_type(type_), GraphQLList)
        if listed and name == "edges":
            return Price().add(page, inner)
        if listed and own is None:
            own = _count(node, ("ids",)) if "ids" in arguments else Count(FANS.get(f"{parent}.{name}", FAN))
        price = Price(1 if own is None else PLANNED)
        if listed and own:
            price.add(own, Price(1).add(_ONCE, inner))
        else:
            price.add(_ONCE, inner)
        for steps in _steps(node, parent):
            price.add(steps, Price(WEIGHTS.get(f"{parent}.{name}", PLANNED)))
        return price


def _declared(parent: GraphQLNamedType | None, name: str) -> tuple[Mapping[str, GraphQLArgument], Any]:
    """The arguments and the type of a field. What is asked of the schema itself is declared by no type, and free."""
    declared: Any = getattr(parent, "fields", {}).get(name)
    return ({}, None) if declared is None else (declared.args, declared.type)


def _standard(first: GraphQLArgument) -> int:
    """How many rows a list has where the caller does not say."""
    return first.default_value if isinstance(first.default_value, int) else STANDARD


def _steps(node: FieldNode, parent: GraphQLNamedType | None) -> Iterator[Count]:
    """How many steps to other things a field takes beside its rows: by itself, and in its filter."""
    yield Count(LOOKS.get(f"{parent}.{node.name.value}", 0))
    field: Any = getattr(parent, "fields", {}).get(node.name.value)
    for given in node.arguments or ():
        if given.name.value == "input":
            place = f"{parent}.{node.name.value}"
            page, usual = PAGES.get(place, ("", 0))
            yield Items(usual, "", ITEMS.get(place, ()), given.value, page)
        if given.name.value == "where":
            type_ = cast("GraphQLNamedType", get_named_type(field.args["where"].type))
            if isinstance(type_, GraphQLInputObjectType):
                yield Steps(0, "", type_, given.value)


def _count(node: FieldNode, names: tuple[str, ...], standard: int = STANDARD) -> Count:
    given = [each.value for each in node.arguments or () if each.name.value in names]
    told = [_told(value, standard) for value in given if not isinstance(value, NullValueNode)]
    if len(told) > 1:
        return Count(LARGEST)  # from both ends: one of two variables may be null, or it is refused
    return told[0] if told else Count(standard)


def _told(value: ValueNode, standard: int) -> Count:
    if isinstance(value, VariableNode):
        return Count(standard, value.name.value)
    if isinstance(value, ListValueNode):
        return Count(len(value.values))
    if isinstance(value, IntValueNode):
        return Count(min(max(int(value.value), 0), LARGEST))
    return Count(standard)


def defaults_of(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The values that the variables of an operation have where a request gives none."""
    return {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
