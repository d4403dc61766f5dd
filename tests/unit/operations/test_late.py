"""An answer that took too long names the field, what is dear within it, and what to do."""

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import execute

from app.errors import ErrorCode, PedigreeError
from app.graph.failures import too_late
from tests.published import PUBLISHED, document

WALKS = """{ nodes(ids: []) { ...N ...N ... on Run { upstream { edges { cursor } } } } }
fragment N on ModelVersion { downstream { edges { node { ... on Run { downstream { totalCount } } } } } }"""


async def _refused(text: str, path: str | None = None) -> PedigreeError:
    async def answer(_info: object, _arguments: object) -> object:
        error = too_late(5)
        error.path = path
        raise error

    services = SimpleNamespace(inventory=SimpleNamespace(answer=answer), lineage=SimpleNamespace(answer=answer))
    found: Any = execute(PUBLISHED, document(text), context_value=SimpleNamespace(services=services))
    result = await found if inspect.isawaitable(found) else found
    error = result.errors[0].original_error
    assert isinstance(error, PedigreeError)
    assert error.code is ErrorCode.TIMEOUT
    return error


@pytest.mark.parametrize(
    ("text", "place", "words", "dear"),
    (
        ("{ models { edges { node { name } } } }", "models", "narrower filter", []),
        ("{ gaps { edges { gaps } } }", "gaps", "narrower filter", []),
        ("{ mine: models { totalCount } }", "mine", "narrower filter", []),
        ('{ impact(of: [{ id: "x" }]) { totalCount } }', "impact", "fewer hops or starts", []),
        (
            "{ all: datasets { edges { node { reached: productionModels { totalCount } } } } }",
            "all",
            "smaller page",
            ["all.edges.node.reached", "all.edges.node.reached.totalCount"],
        ),
        (
            "{ models(where: { versions: { some: {} } }) { facet(by: OWNER) { __typename } } }",
            "models",
            "smaller page",
            ["models(where:)", "models.facet"],
        ),
        (
            WALKS,
            "nodes",
            "smaller page",
            ["nodes.downstream", "nodes.downstream.edges.node.downstream"],
        ),
    ),
)
async def test_it_names_the_field_and_what_is_dear_in_it(text: str, place: str, words: str, dear: list[str]) -> None:
    error = await _refused(text)
    assert error.path == place
    assert f"`{place}`" in error.message
    assert "within 5 seconds" in error.message
    assert words in error.message
    assert [each for each in dear if f"`{each}`" not in error.message] == []
    assert ("Dearest" in error.message) == bool(dear)


async def test_a_place_that_is_known_already_stays() -> None:
    error = await _refused("{ models { totalCount } }", "witnesses")
    assert (error.path, error.message) == ("witnesses", too_late(5).message)
