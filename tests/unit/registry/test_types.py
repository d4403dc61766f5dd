"""The types of the API, written by hand, say what the graph's declaration says: every property, of the right type."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from app.compiler.compiling import declared_meaning
from app.compiler.connections import Connected
from app.compiler.meanings import Embedded, Hop, Identity, One, Stored
from app.compiler.related import Related, Truth, asked_of
from app.registry.contradictions import Contradictions
from app.registry.files import Files
from app.registry.history import History
from app.registry.types.filters import NOUNS
from app.registry.types.things import LIVE
from graph_schema.declare import Kind, Node, Property
from graph_schema.nodes import (
    BOOKKEEPING,
    CHECKED_AT,
    DESCRIBED,
    NAMESPACES,
    NODE_BOOKKEEPING,
    PROVENANCE,
    SOURCE,
    STAGE,
)
from graph_schema.relationships import SCHEMA
from tests.published import PUBLISHED

if TYPE_CHECKING:
    from app.compiler.paging import Order

SHOWN = (*DESCRIBED, SOURCE)
TYPES = {
    Kind.TEXT: "String",
    Kind.INTEGER: "BigInt",
    Kind.FLOAT: "Float",
    Kind.BOOLEAN: "Boolean",
    Kind.TIME: "DateTime",
    Kind.JSON: "JSON",
    Kind.DIGEST: "Digest",
    Kind.TEXTS: "[String!]",
}
FILTERED = {"DatasetFilter": "Dataset", "DatasetVersionFilter": "DatasetVersion"} | {
    "ModelFilter": "Model",
    "ModelVersionFilter": "ModelVersion",
}
ORDERED = {"DatasetOrder": "Dataset", "DatasetVersionOrder": "DatasetVersion"} | {
    "ModelOrder": "Model",
    "ModelVersionOrder": "ModelVersion",
}
COMMON = {each.name: each for each in (*PROVENANCE, *BOOKKEEPING, *NODE_BOOKKEEPING, NAMESPACES, STAGE, CHECKED_AT)}


def _object(label: str) -> GraphQLObjectType:
    type_ = PUBLISHED.type_map[label]
    assert isinstance(type_, GraphQLObjectType)
    return type_


def _type_of(declared: Property) -> str:
    if declared.choices:
        return "enum"
    small = declared.kind is Kind.INTEGER and declared.maximum is not None and declared.maximum < 2**31
    return "Int" if small else TYPES[declared.kind]


@pytest.mark.parametrize("node", SHOWN, ids=lambda node: node.label)
def test_every_declared_property_is_published_with_its_type(node: Node) -> None:
    fields = _object(node.label).fields
    for declared in node.everything():
        field = fields[declared.name]
        named = get_named_type(field.type)
        found = "enum" if isinstance(named, GraphQLEnumType) else str(field.type).removesuffix("!")
        assert found == _type_of(declared), declared.name
        assert isinstance(field.type, GraphQLNonNull) == (declared in node.key), declared.name
        if isinstance(named, GraphQLEnumType):
            assert tuple(named.values) == declared.choices
        assert field.description == declared.description
        meaning = declared_meaning(field)
        assert isinstance(meaning, Stored)
        assert meaning.name == declared.stored_as


@pytest.mark.parametrize("node", DESCRIBED, ids=lambda node: node.label)
def test_of_everything_that_is_described_it_is_told_who_said_what(node: Node) -> None:
    assert isinstance(declared_meaning(_object(node.label).fields["history"]), History)
    assert isinstance(declared_meaning(_object(node.label).fields["contradictions"]), Contradictions)


@pytest.mark.parametrize("node", SHOWN, ids=lambda node: node.label)
def test_every_published_property_is_declared(node: Node) -> None:
    known = {each.name for each in node.everything()} | {"undescribed", "namespaces", "stage", "checkedAt"}
    for name, field in _object(node.label).fields.items():
        if isinstance(declared_meaning(field), Stored):
            assert name in known, name
        else:
            assert isinstance(
                declared_meaning(field), Connected | One | Embedded | Identity | History | Contradictions | Files
            ), name


@pytest.mark.parametrize("node", DESCRIBED, ids=lambda node: node.label)
def test_what_clients_describe_says_where_it_comes_from(node: Node) -> None:
    fields = _object(node.label).fields
    assert str(fields["provenance"].type) == "Provenance!"
    assert str(fields["undescribed"].type) == "Boolean!"
    assert ("namespaces" in fields) == (not node.namespaced)
    assert [each.name for each in _object(node.label).interfaces] == ["Node"]


def test_provenance_is_published_whole() -> None:
    fields = _object("Provenance").fields
    assert set(fields) == {each.name for each in PROVENANCE if not each.name.startswith("retracted")}


def test_a_version_says_its_stage() -> None:
    field = _object("ModelVersion").fields["stage"]
    assert str(field.type) == "Stage!"
    assert field.description == STAGE.description


def _ways() -> Iterator[tuple[str, str, tuple[Hop, ...], str]]:
    for node in SHOWN:
        for name, field in _object(node.label).fields.items():
            meaning = declared_meaning(field)
            if isinstance(meaning, Connected | One) and meaning.hops:
                yield node.label, name, meaning.hops, get_named_type(field.type).name


@pytest.mark.parametrize(("label", "name", "hops", "shown"), tuple(_ways()))
def test_every_way_is_declared(label: str, name: str, hops: tuple[Hop, ...], shown: str) -> None:
    """A hop that no relationship joins would answer with nothing, for ever."""
    here = {label}
    for hop in hops:
        there = set(hop.label.split("|"))
        ends = SCHEMA.relationship(hop.type).ends
        pairs = {(start, end) if hop.forward else (end, start) for start, end in ends}
        assert there == {end for start, end in pairs if start in here and end in there}, name
        here = there
    expected = hops[-1].label if len(here) == 1 else "Node"
    assert shown in {expected, f"{expected}Connection"}


def test_what_leads_to_a_thing_that_cannot_be_missing_leads_to_one() -> None:
    for label, name, _, _ in _ways():
        field = _object(label).fields[name]
        meaning = declared_meaning(field)
        if isinstance(meaning, One):
            assert meaning.certain == isinstance(field.type, GraphQLNonNull), name


def test_every_relationship_is_shown_from_both_sides() -> None:
    shown = {(hop.type, hop.forward) for _, _, hops, _ in _ways() for hop in hops if len(hops) == 1}
    wanted = {(each.type, forward) for each in SCHEMA.relationships for forward in (True, False) if each.retractable}
    one_sided = {("EVALUATES", True), ("EVALUATES", False)}
    assert wanted - shown - one_sided == set()


@pytest.mark.parametrize(("name", "label"), tuple(FILTERED.items()))
def test_every_property_can_be_filtered(name: str, label: str) -> None:
    type_ = PUBLISHED.type_map[name]
    assert isinstance(type_, GraphQLInputObjectType)
    node = SCHEMA.node(label)
    declared = {each.name: each for each in node.everything() if each.kind is not Kind.JSON}
    others = {"and", "or", "not", "search", "undescribed", "source", "recordedAt"} | (
        {"stage"} if label == "ModelVersion" else set()
    )
    assert {each for each in type_.fields if not isinstance(asked_of(type_, each), Related)} == set(declared) | others
    for each in declared.values():
        operators = get_named_type(type_.fields[each.name].type)
        assert isinstance(operators, GraphQLInputObjectType)
        operand = next(iter(operators.fields.values()))
        named = get_named_type(operand.type)
        kind = "enum" if isinstance(named, GraphQLEnumType) else str(named)
        assert kind == _type_of(each).strip("[]!"), each.name
        assert type_.fields[each.name].description == each.description


@pytest.mark.parametrize("label", NOUNS)
def test_a_filter_asks_of_whatever_its_type_leads_to(label: str) -> None:
    type_ = PUBLISHED.type_map[f"{label}Filter"]
    assert isinstance(type_, GraphQLInputObjectType)
    ways = {name: (hops, shown) for of, name, hops, shown in _ways() if of == label and hops[-1].label in NOUNS}
    ways.pop("servedAt", None)  # of a time that a filter does not name
    if label in {"Deployment", "Evaluation"}:
        ways["version"] = ways.pop("modelVersion")
    assert {name for name in type_.fields if isinstance(asked_of(type_, name), Related)} == set(ways)
    for name, (hops, shown) in ways.items():
        way, of = asked_of(type_, name), type_.fields[name]
        assert isinstance(way, Related)
        assert way.hops == hops
        assert way.one == (not shown.endswith("Connection")), name
        assert str(of.type) == f"{hops[-1].label}{'' if way.one else 'List'}Filter"
        field = _object(label).fields["modelVersion" if name == "version" and way.one else name]
        assert of.description == field.description


def test_a_filter_asks_what_the_flags_of_lists_ask() -> None:
    type_ = PUBLISHED.type_map["DeploymentFilter"]
    assert isinstance(type_, GraphQLInputObjectType)
    assert asked_of(type_, "live") == Truth(LIVE.condition)
    assert type_.fields["live"].description == LIVE.description


@pytest.mark.parametrize(("name", "label"), tuple(ORDERED.items()))
def test_an_order_goes_by_a_property_and_its_kind(name: str, label: str) -> None:
    type_ = PUBLISHED.type_map[name]
    assert isinstance(type_, GraphQLEnumType)
    node = SCHEMA.node(label)
    declared = {**COMMON, **{each.name: each for each in node.everything()}}
    for key, value in type_.values.items():
        order: Order = value.value
        assert order.name == key
        assert order.descending == key.endswith("_DESC")
        if order.property != "sortKey":
            assert order.kind is declared[order.property].kind
            words = "".join(part.capitalize() for part in key.split("_")[:-1])
            assert words[0].lower() + words[1:] == order.property


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for type_ in schema.type_map.values():
        if type_.name.startswith("__") or type_.name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        yield type_.name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{type_.name}.{name}", value.description) for name, value in type_.values.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                yield from ((f"{type_.name}.{name}({key}:)", each.description) for key, each in field.args.items())
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{type_.name}.{name}", each.description) for name, each in type_.fields.items())


def test_every_element_of_the_schema_is_described() -> None:
    assert [name for name, description in _elements(PUBLISHED) if not description] == []
