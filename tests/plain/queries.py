"""Random queries that fit a schema: aliases, fragments, merged selections, conditions, filters, orders and pages."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
)

from graph_schema.identity import to_id
from graph_schema.relationships import SCHEMA as NODES
from tests.plain.inventory import RENAMED, WORDS, Inventory, Thing
from tests.plain.ways import FIRST, KEYS, LISTS, RELATED

TIMED = frozenset({"servedAt"})
"""What needs a time: it is asked by tests of its own, since nothing else here is asked of another time than now."""


@dataclass(slots=True)
class Query:
    """A query while it is written."""

    schema: GraphQLSchema
    inventory: Inventory
    rng: random.Random
    names: int = 0
    fragments: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        roots = " ".join(self._root() for _ in range(self.rng.choice((1, 1, 2))))
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return "\n".join([f"query Q{declared} {{ {roots} }}", *self.fragments])

    # ------------------------------------------------------------------------------------------------ selections

    def _root(self) -> str:
        query = self.schema.query_type
        assert query is not None
        name = self.rng.choice((*LISTS, "modelVersions", "node", "nodes", *KEYS, "artifact"))
        arguments = "" if name in LISTS else self._key(name)
        return self._field(query, name, query.fields[name], depth=4, given=arguments)

    def _key(self, name: str) -> str:
        things = list(self.inventory.things.values())
        if name in {"node", "nodes"}:
            ids = [self._id(thing) for thing in self.rng.sample(things, 3)]
            return self._given("id", "ID!", ids[0]) if name == "node" else self._given("ids", "[ID!]!", ids)
        if name == "artifact":
            return self._given("key", "Digest!", self.rng.choice(self.inventory.of("Artifact")).stored["digest"])
        label, parts = KEYS[name]
        thing = self.rng.choice(self.inventory.of(label))
        stored = [thing.stored["runSource" if part == "source" else part] for part in parts]
        if self.rng.random() < 0.2:
            stored[-1] += "?"
        type_ = f"{label.removeprefix('Code')}Key!"
        return self._given("key", type_, dict(zip(parts, stored, strict=True)))

    def _id(self, thing: Thing) -> str:
        return to_id(thing.label, thing.uid[::-1] if self.rng.random() < 0.2 else thing.uid)

    def _selection(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int, prefix: str = "") -> str:
        if isinstance(type_, GraphQLInterfaceType):
            return self._abstract(type_, depth)
        parts: list[str] = []
        for name in self._some([each for each in type_.fields if each not in TIMED], 4):
            of = type_.fields[name]
            if isinstance(get_named_type(of.type), GraphQLObjectType | GraphQLInterfaceType) and depth <= 0:
                continue
            parts.append(self._field(type_, name, of, depth, prefix=prefix))
        if self.rng.random() < 0.3 or not parts:
            parts.append("__typename")
        return self._dressed(parts, type_.name)

    def _abstract(self, type_: GraphQLInterfaceType, depth: int) -> str:
        parts = self._some(["id", "__typename"], 2) or ["id"]
        for possible in self._some(list(self.schema.get_possible_types(type_)), 3):
            # Two types may answer one name with different types: so each has names of its own here.
            parts.append(f"... on {possible.name} {{ {self._selection(possible, depth - 1, f'{possible.name}_')} }}")
        return self._dressed(parts, type_.name)

    def _field(
        self, parent: GraphQLObjectType, name: str, of: GraphQLField, depth: int, *, given: str = "", prefix: str = ""
    ) -> str:
        inner = get_named_type(of.type)
        if not isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
            return self._leaf(name, of, prefix)
        alias = self._fresh("f")
        arguments = given or self._arguments(parent, name, of)
        head = f"{alias}: {name}{f'({arguments})' if arguments else ''}{self._condition()}"
        texts = [f"{head} {{ {self._selection(inner, depth - 1)} }}"]
        if self.rng.random() < 0.15:
            texts.append(f"{head} {{ {self._selection(inner, depth - 1)} }}")
        return " ".join(texts)

    def _leaf(self, name: str, of: GraphQLField, prefix: str) -> str:
        alias = prefix + name if prefix else self._fresh("l") if self.rng.random() < 0.2 else ""
        return f"{alias}: {name}{self._condition()}" if alias else f"{name}{self._condition()}"

    def _dressed(self, parts: list[str], type_: str) -> str:
        """The same fields, some of them in fragments."""
        if len(parts) < 2 or self.rng.random() < 0.6:
            return " ".join(parts)
        cut = self.rng.randrange(1, len(parts))
        inner = " ".join(parts[cut:])
        if self.rng.random() < 0.5:
            return f"{' '.join(parts[:cut])} ... on {type_}{self._condition()} {{ {inner} }}"
        name = self._fresh("F")
        self.fragments.append(f"fragment {name} on {type_} {{ {inner} }}")
        return f"...{name}{self._condition()} {' '.join(parts[:cut])}"

    def _condition(self) -> str:
        if self.rng.random() > 0.08:
            return ""
        wanted = self.rng.random() < 0.6
        directive = self.rng.choice(("include", "skip"))
        value = str(wanted).lower() if self.rng.random() < 0.5 else f"${self._variable('Boolean!', wanted)}"
        return f" @{directive}(if: {value})"

    # ------------------------------------------------------------------------------------------------ arguments

    def _arguments(self, parent: GraphQLObjectType, name: str, of: GraphQLField) -> str:
        parts: list[str] = []
        for key, argument in of.args.items():
            if (key == "first" and self.rng.random() < 0.6) or (
                key == "last" and not any(part.startswith("first") for part in parts) and self.rng.random() < 0.3
            ):
                parts.append(self._given(key, "Int", self.rng.randrange(1, 4)))
            elif key == "by" and isinstance(inner := get_named_type(argument.type), GraphQLEnumType):
                parts.append(f"by: {self._facet(inner, parent.name.removesuffix('Connection'))}")
            elif key in {"live", "verified"} and self.rng.random() < 0.6:
                parts.append(self._given(key, "Boolean", self.rng.choice((True, False, None))))
            elif key == "orderBy" and self.rng.random() < 0.5 and isinstance(argument.type, GraphQLEnumType):
                parts.append(self._enum(key, argument.type))
            elif key == "where" and self.rng.random() < 0.5 and isinstance(argument.type, GraphQLInputObjectType):
                parts.append(self._given(key, argument.type.name, self._filter(argument.type, 2)))
        return ", ".join(parts)

    def _facet(self, type_: GraphQLEnumType, label: str) -> str:
        """A property that the things of the list have."""
        names = {"SOURCE", "UNDESCRIBED"}
        if label != "Node":
            node = NODES.node(label)
            stored = {*node.key_names, *(each.name for each in node.properties)}
            names |= {name for name in type_.values if _camel(name) in stored} | {"NAMESPACE"}
            names |= {"STAGE"} if label == "ModelVersion" else {"ENVIRONMENT"} if label == "Deployment" else set()
        return self.rng.choice(sorted(names))

    def _enum(self, key: str, type_: GraphQLEnumType) -> str:
        value = self.rng.choice(list(type_.values))
        if self.rng.random() < 0.5:
            return f"{key}: {value}"
        return f"{key}: ${self._variable(type_.name, value)}"

    def _given(self, key: str, type_: str, value: Any) -> str:
        if self.rng.random() < 0.5 or _has_enum(value):
            return f"{key}: ${self._variable(type_, value)}"
        return f"{key}: {_literal(value)}"

    def _variable(self, type_: str, value: Any) -> str:
        name = self._fresh("v")
        self.declared.append(f"${name}: {type_}")
        self.variables[name] = value
        return name

    def _filter(self, type_: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in self._some(list(type_.fields), 2):
            if name in {"and", "or"} and depth:
                found[name] = [self._filter(type_, depth - 1) for _ in range(self.rng.randrange(3))]
            elif name == "not" and depth:
                found[name] = self._filter(type_, depth - 1)
            elif name not in {"and", "or", "not"}:
                found |= self._asked(type_, name, depth)
        return found

    def _asked(self, type_: GraphQLInputObjectType, name: str, depth: int) -> dict[str, Any]:
        label, operators = type_.name.removesuffix("Filter"), type_.fields[name].type
        if name == "search":
            return {name: " ".join(self._some((*WORDS, "ALPHA", "unicode", "zzz"), 2))}
        if name == "live":
            return {name: self.rng.random() < 0.5}
        assert isinstance(operators, GraphQLInputObjectType)
        if (label, name) in RELATED:
            return {name: self._related(operators, depth)} if depth else {}
        return {name: self._operators(label, name, operators)}

    def _related(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        """What is asked of connected things: of one, or of a list."""
        if not type_.name.endswith("ListFilter"):
            return self._filter(type_, depth - 1)
        return {
            branch: self._filter(type_.fields[branch].type, depth - 1) for branch in self._some(list(type_.fields), 2)
        }

    def related_filter(self, label: str, steps: int) -> dict[str, Any]:
        """A filter that goes so many steps from thing to thing at most, and at least one, joined in every way."""
        die, plain = self.rng.random(), self._filter(self.schema.type_map[f"{label}Filter"], 0)
        if steps and die < 0.35:
            return {self.rng.choice(("and", "or")): [self.related_filter(label, steps), plain]}
        if steps and die < 0.5:
            return {"not": self.related_filter(label, steps)}
        names = [name for of, name in RELATED if of == label] if steps else []
        if not names:
            return plain
        name = self.rng.choice(names)
        field, hops = RELATED[label, name]
        inner = self.rng.choice(({}, self.related_filter(hops[-1][2], self.rng.randrange(steps))))
        return {name: inner if (label, field) in FIRST else {self.rng.choice(("some", "some", "none")): inner}}

    def _operators(self, label: str, name: str, type_: GraphQLInputObjectType) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for operator in self._some(list(type_.fields), 2):
            of = type_.fields[operator].type
            if operator == "isNull":
                found[operator] = self.rng.random() < 0.5
            elif isinstance(of, GraphQLList):
                found[operator] = [self._operand(label, name, of) for _ in range(self.rng.randrange(4))]
            else:
                found[operator] = self._operand(label, name, of)
        return found

    def _operand(self, label: str, name: str, of: Any) -> Any:
        """A value that some thing may have, so that something is found."""
        inner = get_named_type(of)
        assert isinstance(inner, GraphQLScalarType | GraphQLEnumType)
        name = RENAMED.get((label, name), name)
        stored = [thing.stored[name] for thing in self.inventory.of(label) if name in thing.stored]
        if isinstance(inner, GraphQLEnumType):
            return Symbol(self.rng.choice(list(inner.values)))
        texts = [each for each in stored if isinstance(each, str)]
        choices: dict[str, Sequence[Any]] = {
            "String": (*texts, *WORDS, "a", "0"),
            "Int": range(1, 10),
            "Float": (0.0, 0.25, 1.0, 0.5),
            "BigInt": (0, 7, 2**53 + 1, 2**62),
            "Boolean": (True, False),
            "DateTime": ("2025-10-09T08:53:20Z", "2025-10-09T10:53:20.5+02:00", "1999-01-01T00:00:00Z"),
            "Digest": (*texts, f"sha256:{0:064x}"),
        }
        return self.rng.choice(choices[inner.name])

    def _some(self, names: Sequence[Any], most: int) -> list[Any]:
        return self.rng.sample(names, min(len(names), self.rng.randrange(1, most + 1)))

    def _fresh(self, stem: str) -> str:
        self.names += 1
        return f"{stem}{self.names}"


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(map(str.capitalize, rest))


class Symbol(str):
    """The name of an enum's value, which is written without quotes."""

    __slots__ = ()


def _has_enum(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_enum(each) for each in value.values())
    return isinstance(value, Symbol) or (isinstance(value, list) and any(_has_enum(each) for each in value))


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    return json.dumps(value)
