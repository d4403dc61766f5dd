"""On a real graph: where a permission is missing no statement is sent, and where none is, the question is answered."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.access.permissions import permissions_of
from app.access.roles import Role
from app.access.service import Caller
from app.compiler.plans import Plans
from app.graph.driver import Graph
from app.lineage.service import Lineage, WalkLimits
from app.operations.execution import Asked, Operations, Outcome
from app.operations.limits import DocumentLimits
from app.registry.answering import Registrar
from app.registry.graph import Inventory
from app.registry.service import Registry
from tests.contexts import context_of
from tests.engines.registered import made, run, used, version
from tests.published import PUBLISHED
from tests.reference.guarded import Asking, askings

RUNS = "query Runs($where: RunFilter) { runs(where: $where) { edges { node { name } } } }"
REGISTER = """
mutation Register($input: RegisterLineageInput!) {
  registerLineage(input: $input) { ... on RegisterLineageResult { rejected } }
}
"""
ENGINEER, VIEWER = Role.ENGINEER, Role.VIEWER


class _Service:
    """Services that ask one graph, and how many statements they sent."""

    def __init__(self, graph: Graph) -> None:
        plans = Plans()
        self.inventory = Inventory(graph, plans)
        self.lineage = Lineage(graph, plans, WalkLimits(100, 10_000))
        self.registrar = Registrar(graph, plans, Registry(graph))
        self.statements = 0
        self._operations = Operations(PUBLISHED, DocumentLimits())
        self.stop = graph.on_statement(self._counted)

    def _counted(self, _text: str, _parameters: object) -> None:
        self.statements += 1

    async def ask(self, role: Role, text: str, **variables: Any) -> Outcome:
        caller = Caller("issuer", "somebody", frozenset({role}))
        self.statements = 0
        with capture_logs():  # of what these few services do not have; to write it down takes longer than to ask
            return await self._operations.run(Asked(text, variables), context_of(self, caller))


@pytest.fixture
def service(migrated: Graph) -> Iterator[_Service]:
    """A service on a graph with the declared schema."""
    found = _Service(migrated)
    yield found
    found.stop()


def _root_fields() -> list[Asking]:
    """The questions; what changes something is tried below."""
    found = [each for each in askings(PUBLISHED) if "." not in each.name.removeprefix("Query.")]
    return [each for each in found if each.text.startswith("query") and not each.name.endswith(":)")]


async def test_each_role_asks_each_root_field(service: _Service) -> None:
    asked = _root_fields()
    assert len(asked) > 25
    for role in Role:
        held = permissions_of(frozenset({role}))
        for each in asked:
            outcome = await service.ask(role, each.text)
            codes = {error.get("extensions", {}).get("code") for error in outcome.body.get("errors", ())}
            assert ("FORBIDDEN" in codes) == outcome.forbidden == bool(each.permissions - held), (role, each.name)
            if outcome.forbidden:
                assert service.statements == 0


async def test_what_is_forbidden_in_a_part_is_not_run_at_all(service: _Service) -> None:
    body = {
        "source": "s",
        "nodes": [version(1), run(1, user="ann", name="first")],
        "relationships": [used(1, 1), made(1, 1)],
    }
    for role in (VIEWER, Role.SCANNER, Role.ADMIN, Role.AUDITOR):
        outcome = await service.ask(role, REGISTER, input=body)
        assert (outcome.forbidden, service.statements) == (True, 0)
    outcome = await service.ask(ENGINEER, REGISTER, input=body)
    assert outcome.body["data"] == {"registerLineage": {"rejected": 0}}
    assert service.statements > 0

    by_user = {"user": {"startsWith": "a"}}
    both = "{ models { totalCount } runs { edges { node { user } } } }"
    for text, given in ((both, {}), (RUNS, {"where": by_user}), (RUNS, {"where": {"search": "ann"}})):
        outcome = await service.ask(VIEWER, text, **given)
        assert (outcome.forbidden, service.statements) == (True, 0)
        outcome = await service.ask(ENGINEER, text, **given)
        assert "errors" not in outcome.body
        assert service.statements == 1 + (text == both)
    outcome = await service.ask(VIEWER, RUNS, where={"name": {"eq": "first"}})
    assert outcome.body["data"] == {"runs": {"edges": [{"node": {"name": "first"}}]}}
    assert service.statements == 1
