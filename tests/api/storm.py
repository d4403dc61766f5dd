"""A storm of requests that no client means well with: made from the schema, and from nothing at all."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)
from hypothesis import strategies as st

from graph_schema.identity import to_id

LABELS = (
    "Dataset",
    "DatasetVersion",
    "Run",
    "Model",
    "ModelVersion",
    "Artifact",
    "Source",
    "TRAINED_ON",
    "Nothing",
    "",
)
UIDS = ("0" * 64, "f" * 63, "", "' OR 1=1 //", "\x00")
CURSORS = ([3], [], None, [1, "x", "y", "z", "uid"], {"a": 1}, [2**70], ["\ud800"], [[[]]], "text")
ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "💥" * 600,
    "\ud800",
    "x" * 20_000,
    "a`b'c\"d\\e",
    "2026-02-30T00:00:00Z",
    "2026-01-01",
    "sha256:" + "z" * 64,
    "*",
    'AND OR NOT ( ) [ ] { } ~ ^ : + - && || ! "',
    "$p.k",
)
WORD = st.sampled_from(ODD_TEXTS) | st.text(max_size=20)
NUMBER = st.sampled_from((0, -1, 1, 25, 100, 101, 2**31, 2**63, -(2**63) - 1, 2**200)) | st.floats()
ID = st.builds(to_id, st.sampled_from(LABELS), st.sampled_from(UIDS)) | WORD
CURSOR = st.sampled_from(CURSORS).map(lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode())
SCALARS: Mapping[str, st.SearchStrategy[Any]] = {
    "Int": NUMBER,
    "BigInt": NUMBER,
    "Float": NUMBER,
    "Boolean": st.booleans(),
    "ID": ID,
    "DateTime": st.datetimes().map(lambda moment: moment.isoformat() + "Z") | WORD,
    "Digest": st.sampled_from(("sha256:" + "0" * 64, "SHA256:" + "A" * 64, "md5:0")) | WORD,
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBER | WORD | ID | CURSOR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=6,
)


class Storm:
    """Makes operations on the fields of a schema, whose values may fit or not.

    Args:
        schema: the published one.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        assert schema.query_type is not None
        self._schema = schema
        self._fields = {name: field for name, field in schema.query_type.fields.items() if not name.startswith("_")}

    def operations(self) -> st.SearchStrategy[dict[str, Any]]:
        """Bodies of requests: a document of one root field, its arguments by variables."""
        return st.sampled_from(sorted(self._fields)).flatmap(self._operation)

    def _operation(self, name: str) -> st.SearchStrategy[dict[str, Any]]:
        field = self._fields[name]
        declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
        passed = ", ".join(f"{each}: ${each}" for each in field.args)
        text = f"query Storm({declared}) {{ {name}({passed}) {self._selection(field, 2)} }}"
        return self._values(field.args).map(lambda values: {"query": text, "variables": values})

    def _selection(self, field: GraphQLField, depth: int) -> str:
        type_ = get_named_type(field.type)
        if not is_composite_type(type_):
            return ""
        parts = ["__typename"]
        if isinstance(type_, GraphQLObjectType) and depth:
            parts += [f"{name} {self._selection(of, depth - 1)}" for name, of in type_.fields.items() if _plain(of)]
        return "{ " + " ".join(parts) + " }"

    def _values(self, arguments: Mapping[str, GraphQLArgument]) -> st.SearchStrategy[dict[str, Any]]:
        made = {name: self._value(of.type, 3, name) for name, of in arguments.items()}
        required = {name: made[name] for name, of in arguments.items() if isinstance(of.type, GraphQLNonNull)}
        return st.fixed_dictionaries(required, optional={name: made[name] for name in made if name not in required})

    def _value(self, type_: Any, depth: int, name: str = "") -> st.SearchStrategy[Any]:
        """Mostly a value of the type, and sometimes anything."""
        return st.integers(0, 9).flatmap(lambda die: ANYTHING if die == 0 else self._fitting(type_, depth, name))

    def _fitting(self, type_: Any, depth: int, name: str) -> st.SearchStrategy[Any]:
        if isinstance(type_, GraphQLNonNull):
            return self._fitting(type_.of_type, depth, name)
        if isinstance(type_, GraphQLList):
            return st.lists(self._value(type_.of_type, depth - 1), max_size=3)
        if isinstance(type_, GraphQLEnumType):
            return st.sampled_from(sorted(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._input(type_, depth)
        return _scalar(type_, name)

    def _input(self, type_: GraphQLInputObjectType, depth: int) -> st.SearchStrategy[Any]:
        names = sorted(type_.fields)
        if depth <= 0:
            names = names[:2]
        if type_.is_one_of:
            return st.sampled_from(names).flatmap(
                lambda name: st.fixed_dictionaries({name: self._value(type_.fields[name].type, depth - 1, name)})
            )
        parts = {name: self._value(type_.fields[name].type, depth - 1, name) for name in names}
        required = {name: parts[name] for name in names if isinstance(type_.fields[name].type, GraphQLNonNull)}
        some = st.lists(st.sampled_from(names), max_size=2, unique=True)
        return some.flatmap(lambda chosen: st.fixed_dictionaries(required | {name: parts[name] for name in chosen}))


def _plain(field: GraphQLField) -> bool:
    """Whether it can be asked for without an argument."""
    return not any(isinstance(each.type, GraphQLNonNull) for each in field.args.values())


def _scalar(type_: GraphQLNamedType, name: str) -> st.SearchStrategy[Any]:
    return CURSOR | WORD if name in {"after", "before"} else SCALARS.get(type_.name, WORD)
