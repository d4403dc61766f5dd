"""What a client reads of two items that contradict each other is in its own terms."""

from typing import Any

from app.registry.batch import settle

VERSION = {"namespace": "n", "name": "m", "version": "1"}


def _message(*nodes: dict[str, Any]) -> str:
    error = settle("s", nodes, []).items[-1].error
    assert error is not None
    return error.message


def test_nothing_is_null() -> None:
    said = {"modelVersion": {**VERSION, "description": "x"}}, {"modelVersion": {**VERSION, "description": None}}
    assert _message(*said).startswith("description is null here and was x in an earlier item: ")


def test_a_key_is_its_parts() -> None:
    both = [
        {"evaluation": {"modelVersion": VERSION, "name": "e", "evaluatedAt": 1, "data": {**VERSION, "name": name}}}
        for name in ("a", "b")
    ]
    assert _message(*both).startswith("data is n/b/1 here and was n/a/1 in an earlier item: ")
