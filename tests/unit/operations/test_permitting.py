"""What an operation needs is settled before anything of it runs, and there is no way round."""

from typing import Any

import pytest
from graphql import build_schema, get_introspection_query

from app.access.permissions import Permission, roles_with
from app.access.roles import Role
from app.access.service import Caller
from app.errors import ErrorCode, PedigreeError
from app.operations.execution import Asked, Operations, Outcome
from app.operations.limits import DocumentLimits
from tests.published import PUBLISHED

VIEWER, SCANNER = frozenset({Role.VIEWER}), frozenset({Role.SCANNER})


class _Context:
    """Of a caller with these roles, whom no service answers: it only shows that one was asked."""

    correlation_id = "c0ffee"

    def __init__(self, roles: frozenset[Role]) -> None:
        self.caller = Caller("issuer", "somebody", roles)

    @property
    def services(self) -> None:
        raise PedigreeError("A service was asked.", code=ErrorCode.GRAPH_BUSY)


async def _ask(text: str, roles: frozenset[Role] = VIEWER, **variables: Any) -> Outcome:
    context = _Context(roles)
    return await Operations(PUBLISHED, DocumentLimits()).run(Asked(text, variables), context)


def _missing(outcome: Outcome) -> list[str]:
    """The fields that are refused; none where it was let run."""
    if not outcome.forbidden:
        assert outcome.body["errors"][0]["extensions"]["code"] == "GRAPH_BUSY", "a service was asked"
        return []
    assert not outcome.ran
    assert "data" not in outcome.body
    assert {error["extensions"]["code"] for error in outcome.body["errors"]} == {"FORBIDDEN"}
    return [error["extensions"]["field"] for error in outcome.body["errors"]]


async def test_a_refusal_names_the_permission_its_roles_the_field_and_its_place() -> None:
    outcome = await _ask("{ runs { edges { node { runId who: user } } } }")
    roles = [str(role) for role in roles_with(Permission.PEOPLE_READ)]
    assert outcome.body["errors"] == [
        {
            "message": "Run.user needs the permission people:read, which you do not have. Leave it out, or ask an "
            f"administrator for a role that has it: {', '.join(roles)}.",
            "locations": [{"line": 1, "column": 31}],
            "extensions": {"code": "FORBIDDEN", "permission": "people:read", "roles": roles, "field": "Run.user"},
        }
    ]
    assert outcome.forbidden
    assert _missing(outcome) == ["Run.user"]


async def test_each_missing_permission_is_named_once_and_where_it_stands_first() -> None:
    text = "{ models { totalCount } runs { edges { node { user history { totalCount } } } } commits { totalCount } }"
    assert _missing(await _ask(text, SCANNER)) == ["Query.models", "Run.user", "Run.history"]


@pytest.mark.parametrize(
    "text",
    (
        "{ node(id: 1) { ... on Run { user } } }",
        "{ node(id: 1) { ...F } } fragment F on Run { ...G } fragment G on Run { user }",
        "{ node(id: 1) { id @include(if: false) ...F @skip(if: false) } } fragment F on Run { user }",
        "query Q($x: Boolean = true) { node(id: 1) { ... on Run @include(if: $x) { user } } }",
        "{ nodes(ids: []) { ... on Deployment { modelVersion { runs { edges { node { user } } } } } } }",
        """mutation { registerLineage(input: {source: 1}) { ...R } }
        fragment R on RegisterLineageResult { items { node { ...F } } } fragment F on Run { user }""",
    ),
)
async def test_a_field_is_refused_however_it_is_reached(text: str) -> None:
    assert "Run.user" in _missing(await _ask(text.replace(": 1", ': "x"')))


@pytest.mark.parametrize(
    ("text", "variables"),
    (
        ("query Q($x: Boolean!) { models { totalCount } node(id: 1) { ... on Run { user @include(if: $x) } } }", False),
        ("query Q($x: Boolean!) { models { totalCount } node(id: 1) @include(if: $x) { ... on Run { user } } }", False),
        ("query Q($x: RunFilter) { runs(where: $x) { totalCount } }", None),
        ("query Q($x: RunFilter) { runs(where: $x) { totalCount } }", {"user": None, "search": None}),
        ("query Q($x: RunFilter) { runs(where: $x) { totalCount } }", {"name": {"eq": "user"}}),
        ("query Q($x: [ID!]) { lineage(start: [], direction: UPSTREAM, assertedBy: $x) { nodes { hops } } }", None),
        ("{ lineage(start: [], direction: UPSTREAM, assertedBy: null) { nodes { hops } } }", None),
    ),
)  # fmt: skip
async def test_what_is_not_asked_for_needs_nothing(text: str, variables: Any) -> None:
    given = {"x": variables} if "$x" in text else {}
    assert _missing(await _ask(text.replace(": 1", ': "x"'), **given)) == []


BY_USER = {"user": {"startsWith": "a"}}


@pytest.mark.parametrize(
    ("where", "field"),
    (
        (BY_USER, "RunFilter.user"),
        ({"user": {"isNull": False}}, "RunFilter.user"),
        ({"search": "ann"}, "RunFilter.search"),
        ({"and": [{"name": {"eq": "x"}}, {"not": {"or": [BY_USER]}}]}, "RunFilter.user"),
        ({"and": BY_USER}, "RunFilter.user"),
        ({"commit": {"author": {"eq": "ann"}}}, "CodeCommitFilter.author"),
        ({"children": {"none": {"parent": {"commits": {"some": {"search": "ann"}}}}}}, "CodeCommitFilter.search"),
    ),
)
@pytest.mark.parametrize("within", ("variable", "default", "part", "literal"))
async def test_nobody_finds_by_a_filter_what_they_may_not_read(where: Any, field: str, within: str) -> None:
    given: dict[str, Any] = {}
    if within == "variable":
        head, asked, given = "query Q($w: RunFilter)", "$w", {"w": where}
    elif within == "default":
        head, asked = f"query Q($w: RunFilter = {_literal(where)})", "$w"
    elif within == "part":
        head, asked, given = "query Q($w: [RunFilter!])", "{or: $w}", {"w": [where]}
    else:
        head, asked = "query Q", _literal(where)
    assert _missing(await _ask(f"{head} {{ runs(where: {asked}) {{ totalCount }} }}", **given)) == [field]
    nested = f"{head} {{ commits {{ edges {{ node {{ runs(where: {asked}) {{ totalCount }} }} }} }} }}"
    assert _missing(await _ask(nested, **given)) == [field]
    assert _missing(await _ask(nested, frozenset({Role.AUDITOR}), **given)) == []


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_literal(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


async def test_nobody_walks_by_who_said_what_without_being_let() -> None:
    text = "query Q($by: [ID!]) { lineage(start: [], direction: UPSTREAM, assertedBy: $by) { nodes { hops } } }"
    assert _missing(await _ask(text, by=["x"])) == ["Query.lineage(assertedBy:)"]
    assert _missing(await _ask(text, by=[])) == ["Query.lineage(assertedBy:)"]
    text = '{ lineage(start: [], direction: UPSTREAM, assertedBy: ["x"]) { nodes { hops } } }'
    assert _missing(await _ask(text)) == ["Query.lineage(assertedBy:)"]


async def test_what_does_not_fit_is_told_by_graphql() -> None:
    for where in ([BY_USER, 7], "x", {"nothing": {"user": 1}}, {"and": [[7]]}, {"children": 7}):
        outcome = await _ask("query Q($w: RunFilter) { runs(where: $w) { totalCount } }", w=where)
        assert not outcome.ran


async def test_fragments_that_double_again_and_again_are_looked_at_once() -> None:
    chain = [f"fragment F{i} on Run {{ ...F{i + 1} ... on Run {{ ...F{i + 1} }} }}" for i in range(60)]
    text = '{ node(id: "x") { ...F0 } } ' + " ".join(chain) + " fragment F60 on Run { user }"
    assert _missing(await _ask(text)) == ["Run.user"]


# ---------------------------------------------------------------------------------------------------- the schema itself


async def test_who_may_not_see_the_schema_is_not_told_of_it() -> None:
    for text in (get_introspection_query(), '{ __type(name: "Run") { name } }'):
        assert (await _ask(text)).body["data"]
        assert [each.split(".")[1][:2] for each in _missing(await _ask(text, SCANNER))] == ["__"]
    assert (await _ask("{ __typename }", SCANNER)).body["data"] == {"__typename": "Query"}


async def test_who_may_not_see_the_schema_is_not_told_what_a_misspelt_name_may_have_meant() -> None:
    operations = Operations(build_schema("enum Order { KEY } type Query { list(by: Order): Int }"), DocumentLimits())
    for text, value in (("{ lists }", None), ("query Q($by: Order) { list(by: $by) }", "KEYS")):
        for roles in (VIEWER, SCANNER):
            outcome = await operations.run(Asked(text, {"by": value}), _Context(roles))
            assert not outcome.ran
            assert ("Did you mean" in str(outcome.body["errors"])) == (roles is VIEWER)
