"""What needs a permission names it, and each role may ask for what it has the permissions of."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type, is_abstract_type

from app.access.permissions import Permission, permissions_of
from app.access.roles import Role
from app.compiler.compiling import declared_meaning
from app.compiler.connections import Connected
from app.operations.access_reference import guarded_elements
from app.operations.documents import Documents, Operation
from app.operations.limits import DocumentLimits
from app.operations.permitting import permission_of
from app.registry.types.filters import NOUNS
from graph_schema.nodes import DESCRIBED, MODEL_VERSION, PROVENANCE
from graph_schema.relationships import SCHEMA
from tests.published import PUBLISHED
from tests.reference.guarded import Asking, askings

ASKINGS = tuple(askings(PUBLISHED))
PEOPLE = {each.name for node in DESCRIBED for each in (*node.everything(), *PROVENANCE) if each.personal}
WORDS = {"StatementConnection", "Contradiction", "ChangeConnection"}


def _fields(*names: str) -> Iterator[tuple[str, Any]]:
    for name in names or PUBLISHED.type_map:
        type_ = PUBLISHED.type_map[name]
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
            yield from ((f"{name}.{key}", field) for key, field in type_.fields.items())


def test_every_root_field_names_what_it_needs() -> None:
    roots = (PUBLISHED.query_type, PUBLISHED.mutation_type, PUBLISHED.subscription_type)
    silent = [name for root in roots if root for name, field in _fields(root.name) if permission_of(field) is None]
    assert silent == []


def test_what_people_did_is_guarded_wherever_it_is_shown() -> None:
    shown = {name: permission_of(field) for name, field in _fields() if name.split(".")[1] in PEOPLE}
    assert len(shown) > 8
    assert set(shown.values()) == {Permission.PEOPLE_READ}
    everybody = [
        permission_of(field)
        for _, field in _fields()
        if isinstance(meaning := declared_meaning(field), Connected) and meaning.label == "Actor"
    ]
    assert everybody == [Permission.PEOPLE_READ] * 2


@pytest.mark.parametrize("label", NOUNS)
def test_what_people_did_is_not_found_by_trying(label: str) -> None:
    filter_: Any = PUBLISHED.type_map[f"{label}Filter"]
    node = SCHEMA.node(label)
    personal = {each.name for each in node.everything() if each.personal}
    searched = {"search"} if any(each.personal and each.searchable for each in node.everything()) else set()
    guarded = {name for name, field in filter_.fields.items() if permission_of(field) is Permission.PEOPLE_READ}
    assert guarded == personal | searched


def test_nothing_is_ordered_or_counted_by_what_people_did() -> None:
    """An order tells of two things which has the greater value, and a facet tells the values: neither is guarded."""
    stored = {each.stored_as for node in DESCRIBED for each in (*node.everything(), *PROVENANCE) if each.personal}
    orders = [each for name, each in PUBLISHED.type_map.items() if name.endswith("Order")]
    assert len(orders) == len(NOUNS)
    for type_ in orders:
        assert isinstance(type_, GraphQLEnumType)
        assert {value.value.property for value in type_.values.values()}.isdisjoint(stored)
    facets = PUBLISHED.type_map["FacetBy"]
    assert isinstance(facets, GraphQLEnumType)
    assert {name for value in facets.values.values() for name in value.value}.isdisjoint(PEOPLE)


def test_what_versions_are_compared_by_is_nothing_that_people_did() -> None:
    """`compare` shows the properties of versions under their names, whatever they are."""
    assert [each.name for each in MODEL_VERSION.everything() if each.personal] == []


def test_what_was_said_is_guarded_wherever_it_is_shown() -> None:
    shown = {name: permission_of(field) for name, field in _fields() if get_named_type(field.type).name in WORDS}
    assert len(shown) == 2 * len(DESCRIBED) + 1
    assert set(shown.values()) == {Permission.HISTORY_READ}


def test_every_walk_is_guarded() -> None:
    shown = [permission_of(field) for _, field in _fields() if str(field.type).endswith("LineageConnection!")]
    assert len(shown) > 8
    assert set(shown) == {Permission.LINEAGE_READ}


def test_no_answer_to_a_change_shows_things_to_who_may_not_read_them() -> None:
    assert PUBLISHED.mutation_type is not None
    left: list[Any] = [get_named_type(field.type) for field in PUBLISHED.mutation_type.fields.values()]
    reached: set[str] = set()
    while left:
        type_ = left.pop()
        if type_.name not in reached:
            reached.add(type_.name)
            left += PUBLISHED.get_possible_types(type_) if is_abstract_type(type_) else ()
            open_ = [field for field in getattr(type_, "fields", {}).values() if permission_of(field) is None]
            left += [get_named_type(field.type) for field in open_]
    assert {"ItemResult", "RetractResult"} <= reached
    assert reached.isdisjoint({"Node", *(node.label for node in DESCRIBED)})


@pytest.mark.parametrize("role", Role)
def test_a_role_may_ask_for_what_it_has_the_permissions_of_and_for_nothing_else(role: Role) -> None:
    held = permissions_of(frozenset({role}))
    for asking, operation in _prepared():
        missing = {str(need.permission) for need in operation.missing(held, None)}
        assert missing == asking.permissions - held, asking.name


def test_every_line_of_the_page_was_tried() -> None:
    tried = {asking.name: asking.permissions for asking in ASKINGS}
    page = dict(guarded_elements(PUBLISHED))
    for name in ("__schema", "__type"):  # of which the tests below are
        assert page.pop(name) is Permission.SCHEMA_READ
    assert len(page) > 90
    assert [name for name, permission in page.items() if permission not in tried[name]] == []


@cache
def _prepared() -> list[tuple[Asking, Operation]]:
    documents = Documents(PUBLISHED, DocumentLimits(depth=100))
    found = [(asking, documents.prepare(asking.text).operation(None)) for asking in ASKINGS]
    return [(asking, operation) for asking, operation in found if operation is not None]
