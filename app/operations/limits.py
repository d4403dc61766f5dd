"""How large a document is, counted before anything of it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from app.access.spending import Budget
from app.errors import ErrorCode

_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What a document may have.

    Attributes:
        tokens: the words of the document; variables are not part of it.
        depth: how deep its fields nest; what is asked of the schema itself is not counted.
        aliases: how many aliases there are after fragments are spread, since each makes an answer of its own.
        cost: how many things an answer may hold, as `app.operations.cost` counts them.
    """

    tokens: int = 2_000
    depth: int = 12
    aliases: int = 30
    cost: int = 100_000


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    aliases: int = 0


class _Counting:
    """Counts each fragment once, however often it is spread. The document has no cycles: validation saw to it."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Size] = {}

    def of(self, selections: SelectionSetNode | None) -> _Size:
        if selections is None:
            return _Size()
        sizes = [self._selection(each) for each in selections.selections]
        return _Size(max((size.depth for size in sizes), default=0), sum(size.aliases for size in sizes))

    def _selection(self, node: object) -> _Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        selections: SelectionSetNode | None = getattr(node, "selection_set", None)
        inner = self.of(selections)
        if not isinstance(node, FieldNode):
            return inner
        depth = 0 if node.name.value in _INTROSPECTION else inner.depth + 1
        return _Size(depth, inner.aliases + (node.alias is not None))

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = self.of(self._fragments[name].selection_set)
        return self._known[name]


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def operations_of(document: DocumentNode) -> Iterator[OperationDefinitionNode]:
    """The operations of a document, in its order."""
    return (node for node in document.definitions if isinstance(node, OperationDefinitionNode))


def aliases_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """How many aliases there are after fragments are spread."""
    return _Counting(fragments).of(operation.selection_set).aliases


def too_much_together(tokens: int, aliases: int, cost: int, limits: DocumentLimits) -> str:
    """What is too much of several requests that come at once; empty where nothing is."""
    found = (
        (tokens, limits.tokens, f"{tokens} tokens"),
        (aliases, limits.aliases, f"{aliases} aliases"),
        (cost, limits.cost, f"a cost of {cost}"),
    )
    for number, limit, words in found:
        if number > limit:
            return f"All requests together have {words}, and {limit} is the limit. Send them in several bodies."
    return ""


def violations(document: DocumentNode, limits: DocumentLimits) -> list[GraphQLError]:
    """What of a valid document is more than it may be; each error says the limit and the remedy."""
    counting = _Counting(fragments_of(document))
    found: list[GraphQLError] = []
    for operation in operations_of(document):
        size = counting.of(operation.selection_set)
        if size.depth > limits.depth:
            found.append(_error(f"Fields nest {size.depth} deep, and {limits.depth} is the limit.", operation))
        if size.aliases > limits.aliases:
            message = f"There are {size.aliases} aliases, fragments spread, and {limits.aliases} is the limit."
            found.append(_error(message, operation))
    return found


def too_dear(cost: int, limit: int) -> GraphQLError:
    """The refusal of an operation that costs more than it may."""
    return GraphQLError(
        f"The operation may cost {cost:,}, and {limit:,} is the limit. Ask for smaller pages, of lists within lists "
        "above all, or in more than one request.",
        extensions={"code": ErrorCode.COST_TOO_HIGH.value},
    )


def spent(budget: Budget, cost: int) -> GraphQLError:
    """The refusal of what costs more than its caller may spend now."""
    seconds = "a second" if budget.wait == 1 else f"{budget.wait:,} seconds"
    return GraphQLError(
        f"The request may cost {cost:,}, and you have {budget.left:,} left to spend. Come back in {seconds}: "
        f"{budget.rate.per_minute:,} comes back in a minute.",
        extensions={"code": ErrorCode.RATE_LIMITED.value, "retryAfter": budget.wait},
    )


def _error(message: str, node: OperationDefinitionNode) -> GraphQLError:
    code = ErrorCode.DOCUMENT_TOO_LARGE.value
    return GraphQLError(f"{message} Ask in more than one request.", node, extensions={"code": code})
