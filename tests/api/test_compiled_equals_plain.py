"""Random queries, compiled and run on each engine, answer byte for byte as ordinary resolvers over the same data do."""

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.values import get_variable_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.service import LOCAL
from tests.plain.asking import Asking, as_sent
from tests.plain.inventory import TEAMS, Inventory, pour, random_inventory
from tests.plain.queries import Query
from tests.plain.resolvers import Plain
from tests.published import PUBLISHED

if TYPE_CHECKING:
    from app.graph.driver import Graph

INVENTORY = random_inventory(3)
PLAIN = Plain(INVENTORY)


@pytest.fixture
async def asking(graph: "Graph") -> Asking:
    await pour(graph, INVENTORY)
    return Asking(graph)


def _root_fields(query: Query, text: str) -> int:
    """How many root fields are answered, after fragments, `@skip` and `@include`."""
    document = parse(text)
    (operation,) = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    fragments = {
        each.name.value: FragmentDetails(each)
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    values = get_variable_values(PUBLISHED, operation.variable_definitions or (), query.variables)
    assert not isinstance(values, list)
    assert PUBLISHED.query_type is not None
    return len(collect_fields(PUBLISHED, fragments, values, PUBLISHED.query_type, operation).grouped_field_set)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rng=st.randoms(use_true_random=False))
async def test_a_random_query_answers_as_plain_resolvers_do(asking: Asking, rng: random.Random) -> None:
    query = Query(PUBLISHED, INVENTORY, rng)
    text = query.text()
    compiled = await asking.ask(text, query.variables)
    assert as_sent(compiled) == as_sent(PLAIN.execute(text, query.variables))
    assert len(asking.statements) == _root_fields(query, text), "one statement for each root field"


async def test_who_sees_less_is_answered_as_if_there_was_no_more(graph: "Graph") -> None:
    """Of what is hidden nothing shows: in no list, count, facet, filter, look-up and cursor. From fixed seeds."""
    inventory = random_inventory(5, teams=TEAMS)
    await pour(graph, inventory)
    for seed in range(60):
        rng = random.Random(seed)
        sight = frozenset(rng.sample(TEAMS, rng.choice((0, 1, 1, 2, 2))))
        asking = Asking(graph, replace(LOCAL, sight=tuple(sorted(sight))))
        query, plain = Query(PUBLISHED, inventory, rng), Plain(inventory.sighted(sight))
        text = query.text()
        compiled = await asking.ask(text, query.variables)
        assert as_sent(compiled) == as_sent(plain.execute(text, query.variables)), (sight, text, query.variables)
        assert len(asking.statements) == _root_fields(query, text), "one statement for each root field"


async def test_another_inventory_answers_alike(graph: "Graph") -> None:
    """More things than fit on a page, and the same ones over and over: from a fixed seed, for the odd shapes."""
    inventory: Inventory = random_inventory(11, size=14)
    await pour(graph, inventory)
    asking, plain = Asking(graph), Plain(inventory)
    for seed in range(60):
        query = Query(PUBLISHED, inventory, random.Random(seed))
        text = query.text()
        assert as_sent(await asking.ask(text, query.variables)) == as_sent(plain.execute(text, query.variables)), text
