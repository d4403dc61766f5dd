"""Commits, by whatever spelling of their repository, on each engine."""

from typing import TYPE_CHECKING

from app.errors import ErrorCode, PedigreeError
from app.graph.migrations import migrate
from graph_schema.identity import uid
from tests.plain.asking import Asking
from tests.plain.inventory import Inventory, Thing, pour

if TYPE_CHECKING:
    from app.graph.driver import Graph


async def test_a_commit_is_found_by_any_spelling_of_its_repository(graph: "Graph") -> None:
    stored = {"repository": "https://git.example.org/team/code", "sha": "abc"}
    stored["uid"] = uid("CodeCommit", list(stored.values()))
    await pour(graph, Inventory({stored["uid"]: Thing("CodeCommit", stored["uid"], stored)}))
    asking = Asking(graph)
    for spelling in (
        "git@git.example.org:team/code.git",
        "https://GIT.example.org/team/code/",
        "git+https://user:t0ken@git.example.org/team/code.git",
    ):
        found = await asking.data(
            "query Q($key: CommitKey!) { commit(key: $key) { repository } }",
            {"key": {"repository": spelling, "sha": "abc"}},
        )
        assert found == {"commit": {"repository": stored["repository"]}}


async def test_a_repository_that_cannot_be_read_is_told_without_its_secret(graph: "Graph") -> None:
    await migrate(graph)
    key = {"repository": "https://user:t0ken@[::1/code", "sha": "abc"}
    [error] = (
        await Asking(graph).ask("query Q($key: CommitKey!) { commit(key: $key) { id } }", {"key": key})
    ).errors or []
    refused = error.original_error
    assert isinstance(refused, PedigreeError)
    assert (refused.code, refused.path) == (ErrorCode.BAD_KEY, "key.repository")
    assert "https://host/path" in refused.message
    assert "t0ken" not in refused.message
