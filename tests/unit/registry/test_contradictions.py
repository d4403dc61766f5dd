"""What a client reads of two items that contradict each other is in its own terms."""

from typing import Any

import pytest

from app.errors import ErrorCode
from app.registry.batch import ItemError, settle
from graph_schema.identity import to_id

VERSION = {"namespace": "n", "name": "m", "version": "1"}
EVALUATION = {"modelVersion": VERSION, "name": "e", "evaluatedAt": 1}
RUN = {"source": "r", "runId": "1"}
OWNS = {"actor": {"issuer": "i", "subject": "s"}, "model": {"namespace": "n", "name": "m"}}


def _error(nodes: list[dict[str, Any]], relationships: list[dict[str, Any]] | None = None) -> ItemError:
    *before, last = settle("s", nodes, relationships or []).items
    assert [item.error for item in before] == [None] * len(before)
    assert last.error is not None
    return last.error


def _message(*nodes: dict[str, Any]) -> str:
    return _error(list(nodes)).message


def test_nothing_is_null() -> None:
    said = {"modelVersion": {**VERSION, "description": "x"}}, {"modelVersion": {**VERSION, "description": None}}
    assert _message(*said).startswith("description is null here and was x in an earlier item: ")


def test_a_key_is_its_parts() -> None:
    both = [{"evaluation": {**EVALUATION, "data": {**VERSION, "name": name}}} for name in ("a", "b")]
    assert _message(*both).startswith("data is n/b/1 here and was n/a/1 in an earlier item: ")


@pytest.mark.parametrize(
    ("nodes", "relationships", "path"),
    (
        ([{"modelVersion": {**VERSION, "uri": each}} for each in "ab"], [], "nodes[1].modelVersion.uri"),
        (
            [{"evaluation": {**EVALUATION, "data": {**VERSION, "name": each}}} for each in "ab"],
            [],
            "nodes[1].evaluation.data",
        ),
        ([], [{"used": {"run": RUN, "data": VERSION, "confidence": each}} for each in (1.0, 0.5)],
         "relationships[1].used.confidence"),
        ([], [{"used": {"run": RUN, "data": VERSION, "confidence": 0.5}}, {"used": {"run": RUN, "data": VERSION}}],
         "relationships[1].used.confidence"),
    ),
)  # fmt: skip
def test_its_place_is_the_field(nodes: list[Any], relationships: list[Any], path: str) -> None:
    error = _error(nodes, relationships)
    assert (error.code, error.path) == (ErrorCode.CONTRADICTION, path)


def test_an_id_that_nothing_has_is_told_at_its_place() -> None:
    digest, about = "sha256:" + "0" * 64, ("Model", "0" * 64)
    item = {"document": {"digest": digest, "kind": "MODEL_CARD", "about": {"id": to_id(*about)}}}
    [result] = settle("s", [item], [], {about}).items
    assert result.error
    assert (result.error.code, result.error.path) == (ErrorCode.NOT_FOUND, "nodes[0].document.about.id")


@pytest.mark.parametrize(
    ("first", "second", "path"),
    (
        ({"startedAt": 5}, {"endedAt": 4}, "endedAt"),
        ({"endedAt": 4}, {"startedAt": 5}, "startedAt"),
    ),
)
def test_two_items_do_not_make_a_run_end_before_it_starts(
    first: dict[str, int], second: dict[str, int], path: str
) -> None:
    error = _error([{"run": {**RUN, **first}}, {"run": {**RUN, **second}}])
    assert (error.code, error.path) == (ErrorCode.CONTRADICTION, f"nodes[1].run.{path}")
    assert "expected endedAt to be startedAt or later" in error.message
    assert "earlier item" in error.message


def test_two_items_do_not_make_a_relationship_end_before_it_holds() -> None:
    error = _error([], [{"owns": {**OWNS, "validFrom": 5}}, {"owns": {**OWNS, "validTo": 5}}])
    assert (error.code, error.path) == (ErrorCode.CONTRADICTION, "relationships[1].owns.validTo")


def test_two_items_may_say_when_a_run_started_and_when_it_ended() -> None:
    batch = settle("s", [{"run": {**RUN, "startedAt": 4}}, {"run": {**RUN, "endedAt": 4}}, {"run": RUN}], [])
    assert [item.error for item in batch.items] == [None, None, None]
