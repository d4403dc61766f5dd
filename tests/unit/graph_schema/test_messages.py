"""What a client reads of an item that is refused: what was expected, what came, and what to do."""

from typing import Any

import pytest

from graph_schema.rows import Violation
from graph_schema.validation import Validator

SHA = "sha256:" + "0" * 64
RUN = {"source": "mlflow", "runId": "1"}
VERSION = {"namespace": "n", "name": "m", "version": "1"}
ENDPOINT = {"environment": "e", "name": "x"}


def _refused(item: dict[str, Any], *, node: bool = True) -> Violation:
    validator = Validator("s")
    with pytest.raises(Violation) as found:
        validator.node(item, "nodes[3]") if node else validator.link(item, "relationships[3]")
    return found.value


@pytest.mark.parametrize(
    ("begin", "told"),
    ((1_767_225_600_000_000, "2026-01-01T00:00:00Z"), (2**62, "4,611,686,018,427,387,904 µs after 1970")),
)
def test_an_end_before_the_beginning_is_told_with_both(begin: int, told: str) -> None:
    assert _refused({"run": {**RUN, "startedAt": begin, "endedAt": 1}}).message == (
        f"expected endedAt to be startedAt or later, got 1970-01-01T00:00:00.000001Z and {told}: correct one of the "
        "two, or leave endedAt out."
    )
    owns = {"actor": {"issuer": "i", "subject": "s"}, "model": {"namespace": "n", "name": "m"}}
    assert _refused({"owns": {**owns, "validFrom": begin, "validTo": begin}}, node=False).message == (
        f"expected validTo to be later than validFrom, got {told} and {told}: correct one of the two, or leave "
        "validTo out."
    )


@pytest.mark.parametrize(
    "times",
    (
        {"startedAt": 5, "endedAt": 5},
        {"startedAt": 5, "endedAt": None},
        {"startedAt": None, "endedAt": 5},
        {"endedAt": 5},
    ),
)
def test_a_run_may_end_as_it_starts_and_leave_either_out(times: dict[str, int | None]) -> None:
    assert Validator("s").node({"run": {**RUN, **times}}, "nodes[0]").word == times


@pytest.mark.parametrize(
    ("item", "message"),
    (
        (
            {"run": {"source": "", "runId": "1"}},
            "expected a text of 1 to 512 characters, got an empty one: say the system that ran it.",
        ),
        ({"run": {"source": "s"}}, "expected a text of 1 to 512 characters, got nothing: say its id in that system."),
        (
            {"artifact": {"digest": None}},
            "expected sha256:<64 hexadecimal digits>, got nothing: say the sha256 of the bytes.",
        ),
        (
            {"deployment": {"endpoint": ENDPOINT, "modelVersion": VERSION}},
            "expected a time, got nothing: say when it started.",
        ),
        ({"deployment": {"endpoint": None}}, "expected a key of the type Endpoint, got nothing: name its parts."),
        ({"deployment": {"endpoint": 5}}, "expected a key of the type Endpoint, got 5: name its parts."),
    ),
)
def test_an_empty_part_of_a_key_is_told_with_what_it_should_be(item: dict[str, Any], message: str) -> None:
    assert _refused(item).message == message


def test_a_word_that_is_needed_is_told_with_its_choices() -> None:
    assert _refused({"document": {"digest": SHA}}).message == (
        "expected one of MODEL_CARD, VALIDATION_REPORT, RISK_ASSESSMENT, IMPACT_ASSESSMENT, got nothing: say what it "
        "is."
    )


@pytest.mark.parametrize(("fields", "got"), (({}, "nothing"), ({"path": None}, "null")))
def test_a_value_that_is_needed_is_asked_for(fields: dict[str, Any], got: str) -> None:
    refused = _refused({"contains": {"modelVersion": VERSION, "artifact": SHA, **fields}}, node=False)
    assert refused.message == f"expected a text of at most 1,024 characters, got {got}: say where in the folder."


def test_a_value_that_nests_too_deep_is_told_as_a_whole() -> None:
    value: object = 1
    for _ in range(200):
        value = [value]
    refused = _refused({"run": {**RUN, "parameters": {"a": value}}})
    assert (refused.path, refused.message) == (
        "nodes[3].run.parameters",
        "it is nested more than 64 levels deep: flatten it, or keep it as an artifact.",
    )
