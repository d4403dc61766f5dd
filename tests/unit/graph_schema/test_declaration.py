"""The declaration is whole, and what is made of it follows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_schema.assertions import ASSERTIONS
from graph_schema.constraints import Ordered, RelationshipName, Unique, Words, demands
from graph_schema.declare import Kind, Nested, Walk
from graph_schema.nodes import BOOKKEEPING, DESCRIBED, MODEL_VERSION, NODE_BOOKKEEPING, PROVENANCE, RUN
from graph_schema.reference import page
from graph_schema.relationships import RELATIONSHIPS, ROLES, SCHEMA
from graph_schema.search import LONGEST, fold, search_text


def test_nothing_is_declared_twice() -> None:
    assert len({node.label for node in SCHEMA.nodes}) == len(SCHEMA.nodes)
    assert len({each.type for each in RELATIONSHIPS}) == len(RELATIONSHIPS)
    kept = {each.name for each in (*PROVENANCE, *BOOKKEEPING, *NODE_BOOKKEEPING)} | {"namespaces", "stage"}
    for node in DESCRIBED:
        names = [*node.key_names, *(each.stored_as for each in node.properties)]
        assert len(set(names)) == len(names)
        assert not kept & set(names), node.label


def test_every_word_is_explained() -> None:
    for node in SCHEMA.nodes:
        assert node.description.endswith(".")
        assert all(part.description for part in (*node.key, *node.properties))


def test_what_begins_and_ends_is_a_time() -> None:
    for node in SCHEMA.nodes:
        times = {each.stored_as for each in node.everything() if each.kind is Kind.TIME}
        assert {name for name in (node.begins, node.ends) if name} <= times
        assert node.begins or not node.ends


def test_ends_and_implied_relationships_are_declared() -> None:
    labels = {node.label for node in SCHEMA.nodes}
    for each in RELATIONSHIPS:
        assert {end for pair in each.ends for end in pair} <= labels
    for node in DESCRIBED:
        for implied in node.implied:
            other = implied.label or "Model"
            pair = (node.label, other) if implied.outgoing else (other, node.label)
            assert pair in SCHEMA.relationship(implied.type).ends
            assert set(implied.parts) <= set(node.key_names)
            assert bool(implied.parts) != bool(implied.field)
        for part in node.key:
            if isinstance(part, Nested):
                assert len(part.stored) == len(SCHEMA.node(part.label).key_names)


def test_what_clients_state_is_declared() -> None:
    for assertion in ASSERTIONS:
        for start in assertion.start:
            for target in assertion.target:
                types = {target.type} if target.type else set(assertion.types)
                assert all((start.label, target.label) in SCHEMA.relationship(each).ends for each in types)


def test_every_role_has_its_type() -> None:
    assert {each.role: each.type for each in SCHEMA.walked(Walk.ROLE)} == ROLES


def test_a_declaration_is_found_by_its_name() -> None:
    assert RUN.property("source").stored_as == "runSource"
    assert MODEL_VERSION.namespaced
    assert not RUN.namespaced
    for find in (RUN.property, SCHEMA.node, SCHEMA.relationship):
        with pytest.raises(KeyError):
            find("nothing")


def test_engines_are_asked_for_everything_once() -> None:
    asked = demands(SCHEMA)
    assert len(set(asked)) == len(asked)
    assert {each.label for each in asked if isinstance(each, Unique)} == {node.label for node in SCHEMA.nodes}
    types = {each.type for each in asked if isinstance(each, RelationshipName)}
    assert {"TRAINED_ON", "TRAINED_ON_RETRACTED", "ABOUT"} <= types
    assert "ABOUT_RETRACTED" not in types
    assert Ordered("Statement", "about") in asked
    assert Ordered("IdempotencyKey", "expiresAt", integer=True) in asked
    assert Words("Model", "searchText") in asked


def test_the_page_tells_every_label_type_and_property() -> None:
    text = page()
    for node in SCHEMA.nodes:
        assert f"### `{node.label}`" in text
        assert all(f"`{each.name}`" in text for each in (*node.key, *node.properties))
    assert all(f"### `{each.type}`" in text for each in RELATIONSHIPS)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_search_does_not_care_for_case_and_accents() -> None:
    assert fold("Ärger Straße ﬁt") == "arger strasse fit"
    text = search_text(RUN, {"runSource": "MLflow", "runId": "1", "experiment": "Café", "status": "FAILED"})
    assert text == "mlflow 1 cafe"
    assert len(search_text(RUN, {"runId": "x" * 100_000})) == LONGEST
