"""Documents: read and validated once for each text, since most callers send the same few again and again."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
    parse,
    validate,
)

from app.access.permissions import Permission
from app.errors import ErrorCode
from app.operations.coercing import Coercer, Coercers
from app.operations.conditions import Variables
from app.operations.cost import Pricing, defaults_of
from app.operations.limits import DocumentLimits, aliases_of, fragments_of, operations_of, violations
from app.operations.permitting import Inputs, Need, Needs, Permitting
from app.operations.price import Price

_KEPT_DOCUMENTS = 500
KEPT_LENGTH = 32_768
"""The longest text that is kept, in characters: with the number kept, it bounds the memory."""

_SHOWN_ERRORS = 20

_GIVEN_UP = "Parsing aborted."
"""How the parser ends its message where a document is too large or too deep for it."""


_UNCHECKED = "Validation aborted."
"""All that the validation says of a document that asks for the same fields too often for it."""


class DocumentRefused(Exception):
    """A document that is not run, and why."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document.

    Attributes:
        name: its own; empty where it has none.
        changes: whether it is a mutation.
        fields: the names of the root fields that it asks for.
        aliases: how many there are after fragments are spread.
        price: what it costs, with whatever variables.
        needs: the permissions that it needs, with whatever variables.
        most: all of them that it needs with some.
        defaults: the values of variables that a request leaves out.
        coercer: brings its variables into their forms; None where that is left to the executor.
    """

    name: str
    changes: bool
    fields: frozenset[str]
    aliases: int
    price: Price
    needs: Needs
    most: frozenset[Permission]
    defaults: Variables
    coercer: Coercer | None = None

    def cost(self, variables: Variables | None) -> int:
        """What it may cost with these variables."""
        return self.price.of(self._given(variables))

    def missing(self, held: frozenset[Permission], variables: Variables | None) -> list[Need]:
        """What it needs with these variables and is not held, each permission once."""
        if self.most <= held:
            return []
        needed = self.needs.found(self._given(variables))
        return [need for permission, need in needed.items() if permission not in held]

    def _given(self, variables: Variables | None) -> Variables:
        return {**self.defaults, **variables} if variables else self.defaults


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that can be run.

    Attributes:
        document: its syntax tree.
        operations: its operations by name; an unnamed one has the name None.
    """

    document: DocumentNode
    operations: Mapping[str | None, Operation]

    def operation(self, name: str | None) -> Operation | None:
        """The operation that a request means; None where it names none, or leaves open which."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        return self.operations.get(name)


class Documents:
    """Turns texts into documents that can be run, and remembers those used last."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits) -> None:
        self._schema = schema
        self._limits = limits
        self._inputs = Inputs(schema)
        self._coercers = Coercers(schema)
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, text: str, *, suggesting: bool = True) -> Prepared:
        """The document of that text.

        Args:
            text: as it came.
            suggesting: whether a refusal says what a misspelt name may have meant, which tells what there is.

        Raises:
            DocumentRefused: it is no GraphQL, does not fit the schema, or is larger than it may be.
        """
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known
        prepared = self._read(text, suggesting=suggesting)
        if len(text) <= KEPT_LENGTH:
            self._kept[text] = prepared
            if len(self._kept) > _KEPT_DOCUMENTS:
                self._kept.popitem(last=False)
        return prepared

    def _read(self, text: str, *, suggesting: bool) -> Prepared:
        document = self._parsed(text)
        hidden = not suggesting
        if errors := validate(self._schema, document, max_errors=_SHOWN_ERRORS, hide_suggestions=hidden):
            raise DocumentRefused([_invalid(error) for error in errors])
        if errors := violations(document, self._limits):
            raise DocumentRefused(errors)
        return Prepared(document, dict(self._operations(document)))

    def _parsed(self, text: str) -> DocumentNode:
        try:
            return parse(
                text,
                max_lexical_tokens=self._limits.tokens,
                max_comments=self._limits.tokens,
                allow_empty_selection_sets=False,  # as the published specification has it
            )
        except GraphQLError as error:
            code = ErrorCode.GRAPHQL_PARSE_FAILED
            if error.message.endswith(_GIVEN_UP):
                error.message += " Send large and deep values in `variables`."
                code = ErrorCode.DOCUMENT_TOO_LARGE
            raise DocumentRefused([_coded(error, code)]) from None

    def _operations(self, document: DocumentNode) -> Iterator[tuple[str | None, Operation]]:
        fragments, pricing = fragments_of(document), Pricing(self._schema, document)
        permitting = Permitting(self._schema, self._inputs, document)
        for node in operations_of(document):
            needs = permitting.of(node)
            yield (
                node.name.value if node.name else None,
                Operation(
                    node.name.value if node.name else "",
                    node.operation is OperationType.MUTATION,
                    frozenset(_root_fields(node.selection_set, fragments, set())),
                    aliases_of(node, fragments),
                    pricing.of(node),
                    needs,
                    needs.most(),
                    defaults_of(node),
                    self._coercers.of(document, node),
                ),
            )


def _invalid(error: GraphQLError) -> GraphQLError:
    if error.message != _UNCHECKED:
        return _coded(error, ErrorCode.GRAPHQL_VALIDATION_FAILED)
    error.message = (
        "The document asks for the same fields so often that it is not checked to its end. Ask for each once."
    )
    return _coded(error, ErrorCode.DOCUMENT_TOO_LARGE)


def _coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    error.extensions = {"code": code.value, **(error.extensions or {})}
    return error


def _root_fields(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _root_fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            yield from _root_fields(fragments[node.name.value].selection_set, fragments, seen)
