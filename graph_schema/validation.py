"""An item of a batch, checked: what it says in the graph's terms, or what is wrong with it and what to do.

An item is a dict as GraphQL has coerced it: camelCase, times as microseconds. Nothing of it is trusted beyond that, so
that one bad value never reaches a transaction, where it would fail the whole batch.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any, cast

from graph_schema import identity
from graph_schema.assertions import Assertion, End
from graph_schema.canonical import shown
from graph_schema.declare import Implied, Kind, Nested, Node, Property, Relationship
from graph_schema.intervals import interval_of
from graph_schema.nodes import ACTOR
from graph_schema.relationships import ROLES, SCHEMA
from graph_schema.repositories import normalise_repository
from graph_schema.rows import Described, Link, Named, Violation
from graph_schema.sayable import by_name, sayable, sayable_of_others
from graph_schema.values import BadValue, needed, stored

Item = Mapping[str, Any]
"""One `NodeInput` or `RelationshipInput`: a mapping with one key, the kind, to the fields."""


_ROLE = Property("role", Kind.TEXT, "The role.", choices=tuple(ROLES))


class Validator:
    """Reads the items of one source's batch; the nodes that several items name are checked once.

    Args:
        source: who says it.
        method: how a relationship came to be held where nothing is said of that.
    """

    def __init__(self, source: str, method: str = "CLAIMED") -> None:
        self._source = source
        self._always = {"confidence": 1.0, "method": method}
        self._named: dict[tuple[object, ...], Named] = {}

    def node(self, item: Item, path: str) -> Described:
        """What a `NodeInput` says.

        Raises:
            Violation: what is wrong with it.
        """
        kind, fields = _only(item, path)
        node = _nodes().get(kind)
        if node is None:
            raise Violation("BAD_VALUE", path, f"expected a kind of node, got {shown(kind)}.")
        path = f"{path}.{kind}"
        named = self._name(node, fields, path)
        try:
            return self._described(node, named, fields, path)
        except Violation as violation:
            violation.named = named
            raise

    def _described(self, node: Node, named: Named, fields: Mapping[str, Any], path: str) -> Described:
        described = Described(named, _word(node.properties, fields, path))
        if node.ends:
            _refuse_backwards(node, {**named.key, **described.word}, path)
        for implied in node.implied:
            if implied.field:
                self._imply(described, implied, fields, path)
        return described

    def link(self, item: Item, path: str) -> Link:
        """What a `RelationshipInput` says.

        Raises:
            Violation: what is wrong with it.
        """
        kind, fields = _only(item, path)
        assertion = by_name().get(kind)
        if assertion is None:
            raise Violation("BAD_VALUE", path, f"expected a kind of relationship, got {shown(kind)}.")
        path = f"{path}.{kind}"
        start, _ = self._end(assertion.start, fields, path)
        target, end = self._end(assertion.target, fields, path)
        type_ = assertion.type or end.type or ROLES[_value(_ROLE, fields.get("role") or "TRAINING", path)]
        declared = SCHEMA.relationship(type_)
        if start.uid == target.uid:
            raise Violation("SELF_REFERENCE", path, "expected two things, got one twice: nothing comes from itself.")
        try:
            return self._link(declared, start, target, self._stated(declared, assertion, fields, path))
        except Violation as violation:
            with suppress(Violation):
                parts = tuple(each for each in declared.properties if each.name in declared.identified_by)
                violation.link = self._link(declared, start, target, _word(parts, fields, path))
            raise

    def _name(self, node: Node, fields: Mapping[str, Any], path: str) -> Named:
        spelt = (node.label, *[_hashable(fields.get(part.name)) for part in node.key])
        try:
            known = self._named.get(spelt)
        except TypeError:
            known = None
        return known or self._name_anew(node, fields, path, spelt)

    def _name_anew(self, node: Node, fields: Mapping[str, Any], path: str, spelt: tuple[object, ...]) -> Named:
        values: list[Any] = []
        brings: list[Link] = []
        for part in node.key:
            place = f"{path}.{part.name}"
            value = fields.get(part.name)
            if isinstance(part, Nested):
                other = self._name(SCHEMA.node(part.label), _fields(value, place, part.label), place)
                values.extend(other.key.values())
                brings.extend(other.brings)
            else:
                values.append(_key_part(part, value, place))
        key = dict(zip(node.key_names, values, strict=True))
        if node is ACTOR and identity.is_own_issuer(key["issuer"]):
            message = f"the actors of {identity.OWN_ISSUER} are the service's own, which it alone names: name another."
            raise Violation("BAD_KEY", f"{path}.issuer", message)
        named = Named(node.label, identity.uid(node.label, values), key, brings)
        brings.extend(self._brought(named, implied) for implied in node.implied if implied.parts)
        self._named[spelt] = named
        return named

    def _brought(self, named: Named, implied: Implied) -> Link:
        other = SCHEMA.node(implied.label)
        values = [named.key[part] for part in implied.parts]
        end = self._named.get((other.label, *values))
        if end is None:
            end = self._name(other, dict(zip((part.name for part in other.key), values, strict=True)), "")
        ends = (named, end) if implied.outgoing else (end, named)
        return self._link(SCHEMA.relationship(implied.type), *ends, {})

    def _imply(self, described: Described, implied: Implied, fields: Mapping[str, Any], path: str) -> None:
        if implied.field not in fields:
            return
        place = f"{path}.{implied.field}"
        value = fields[implied.field]
        if value is None and implied.single:
            described.emptied[implied.field] = implied.type
            return
        other = self._key(implied.label, value, place) if implied.label else self._ref(implied.type, value, place)
        ends = (described.named, other) if implied.outgoing else (other, described.named)
        link = self._link(SCHEMA.relationship(implied.type), *ends, {})
        link.field, link.single = implied.field, implied.single
        described.links.append(link)

    def _end(self, ends: tuple[End, ...], fields: Mapping[str, Any], path: str) -> tuple[Named, End]:
        given = [end for end in ends if fields.get(end.field) is not None]
        if len(given) != 1:
            names = " and ".join(end.field for end in ends) if len(ends) == 1 else ", ".join(end.field for end in ends)
            got = " and ".join(end.field for end in given) or "none"
            raise Violation("BAD_ENDS", path, f"expected exactly one of {names}, got {got}.")
        end = given[0]
        return self._key(end.label, fields[end.field], f"{path}.{end.field}"), end

    def _key(self, label: str, value: object, path: str) -> Named:
        """The node that a key names; an artifact's key is its digest alone."""
        node = SCHEMA.node(label)
        fields = {node.key[0].name: value} if label == "Artifact" else _fields(value, path, label)
        return self._name(node, fields, path)

    def _ref(self, type_: str, value: object, path: str) -> Named:
        """The node that a `NodeRef` names."""
        kind, inner = _only(_fields(value, path, "NodeRef"), path)
        place = f"{path}.{kind}"
        if kind != "id":
            node = _refs().get(kind)
            if node is None:
                raise Violation("BAD_VALUE", path, f"expected a NodeRef, got {shown(kind)}.")
            return self._key(node.label, inner, place)
        try:
            label, uid = identity.from_id(str(inner))
        except ValueError as error:
            raise Violation("BAD_VALUE", place, f"{shown(inner)} is {error}: take it from an answer.") from error
        if label not in {end for _, end in SCHEMA.relationship(type_).ends}:
            raise Violation("BAD_ENDS", place, f"expected the id of a thing in the inventory, got that of a {label}.")
        return Named(label, uid, {})

    def _stated(
        self, declared: Relationship, assertion: Assertion, fields: Mapping[str, Any], path: str
    ) -> dict[str, Any]:
        """What is said of a relationship, with what is meant where nothing is said."""
        word = _word(sayable(declared.type), fields, path)
        for name, value in self._always.items():
            if word.get(name) is None:
                word[name] = value
        _refuse_others(declared, fields, assertion, path)
        _refuse_backwards(declared, word, path)
        return word

    def _link(self, declared: Relationship, start: Named, target: Named, word: dict[str, Any]) -> Link:
        parts = (str(word[name]) for name in declared.identified_by)
        uid = identity.relationship_uid(declared.type, start.uid, target.uid, self._source, *parts)
        return Link(declared.type, uid, start, target, word)


@cache
def _nodes() -> dict[str, Node]:
    return {node.input_name: node for node in SCHEMA.nodes if node.input_name}


@cache
def _refs() -> dict[str, Node]:
    return {node.ref_name: node for node in SCHEMA.nodes if node.ref_name}


def _only(item: Mapping[str, Any], path: str) -> tuple[str, Any]:
    given = [(name, value) for name, value in item.items() if value is not None]
    if len(given) != 1:
        raise Violation("BAD_VALUE", path, f"expected exactly one field, got {len(given)}.")
    return given[0]


def _fields(value: object, path: str, type_: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        got = "nothing" if value is None else shown(value)
        raise Violation("BAD_KEY", path, f"expected a key of the type {type_}, got {got}: name its parts.")
    return cast("Mapping[str, Any]", value)


def _hashable(value: object) -> object:
    """What tells two keys apart without looking into them: types too, since 1 and True are one to a dict."""
    if type(value) is str:
        return value
    if isinstance(value, Mapping):
        return tuple([(name, _hashable(each)) for name, each in cast("Mapping[str, object]", value).items()])
    return type(value), value


def _key_part(part: Property, value: object, path: str) -> Any:
    if value is None or value == "":
        got = "nothing" if value is None else "an empty one"
        raise Violation("BAD_KEY", path, needed(part, got, least=1))
    try:
        found = stored(value, part)
    except BadValue as error:
        raise Violation("BAD_KEY", path, str(error)) from error
    return _repository(found, path) if part.name == "repository" else found


def _repository(value: str, path: str) -> str:
    try:
        found = normalise_repository(value)
    except ValueError as error:
        raise Violation("BAD_KEY", path, f"{error}.") from error
    if not found:
        raise Violation("BAD_KEY", path, "expected the address of a repository, got nothing: write https://host/path.")
    return found


def _value(declared: Property, value: object, path: str) -> Any:
    try:
        return stored(value, declared)
    except BadValue as error:
        raise Violation("BAD_VALUE", f"{path}.{declared.name}{error.place}", str(error)) from error


def _word(declared: tuple[Property, ...], fields: Mapping[str, Any], path: str) -> dict[str, Any]:
    word: dict[str, Any] = {}
    for each in declared:
        value = fields.get(each.name)
        if value is not None:
            word[each.stored_as] = _value(each, value, path)
        elif each.required:
            got = "null" if each.name in fields else "nothing"
            raise Violation("BAD_VALUE", f"{path}.{each.name}", needed(each, got))
        elif each.name in fields:
            word[each.stored_as] = None
    return word


def _refuse_others(declared: Relationship, fields: Mapping[str, Any], assertion: Assertion, path: str) -> None:
    """A property of another type that the same field may become: `how` of data that a run was trained on."""
    for name in sayable_of_others(declared.type, assertion.name):
        if fields.get(name) is not None:
            raise Violation(
                "BAD_VALUE",
                f"{path}.{name}",
                f"{declared.type} has no such property: leave it out, or name a role that has.",
            )


def _refuse_backwards(declared: Node | Relationship, said: Mapping[str, Any], path: str) -> None:
    interval = interval_of(declared)
    if interval and (flaw := interval.flaw(said)):
        raise Violation("BAD_VALUE", f"{path}.{interval.ends}", flaw)
