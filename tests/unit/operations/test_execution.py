"""An operation from its text to its answer."""

import structlog
from structlog.testing import capture_logs

from app.operations.execution import Asked, Operations, Outcome
from app.operations.limits import DocumentLimits
from tests.unit.operations.small_schema import FakeContext, answered, small_schema


async def _run(query: str, limits: DocumentLimits | None = None, **more: object) -> Outcome:
    operations = Operations(small_schema(), limits or DocumentLimits())
    return await operations.run(Asked(query, **more), FakeContext())  # type: ignore[arg-type] - each test knows what it gives


async def test_an_answer_has_data_and_its_cost() -> None:
    outcome = await _run("query Q($n: String) { hello(name: $n) later }", variables={"n": "me"})
    assert outcome == Outcome(answered({"hello": "hello me", "later": "done"}), ran=True)
    assert not outcome.failed


async def test_what_is_no_graphql_is_told_with_its_place() -> None:
    outcome = await _run("{ hello ")
    [error] = outcome.body["errors"]
    assert not outcome.ran
    assert "data" not in outcome.body
    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert error["locations"] == [{"line": 1, "column": 9}]


async def test_what_does_not_fit_the_schema_is_told() -> None:
    outcome = await _run("{ helo }")
    assert outcome.body["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "helo" in outcome.body["errors"][0]["message"]


async def test_a_variable_that_does_not_fit_is_the_requests_fault() -> None:
    outcome = await _run("mutation M($to: Int!) { change(to: $to) }", variables={"to": "many"})
    assert not outcome.ran
    [error] = outcome.body["errors"]
    assert "$to" in error["message"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}


async def test_an_operation_that_is_not_there_is_the_requests_fault() -> None:
    outcome = await _run("query A { hello } query B { hello }", operation="C")
    assert not outcome.ran
    outcome = await _run("query A { hello } query B { maybe }", operation="B")
    assert outcome.body == answered({"maybe": None})


async def test_a_foreseen_error_keeps_its_words_its_code_and_its_place() -> None:
    outcome = await _run('{ maybe fails(how: "told") }')
    assert outcome.ran
    assert outcome.body["data"] == {"maybe": None, "fails": None}
    [error] = outcome.body["errors"]
    assert error["message"] == "There is no such thing. Ask for another."
    assert error["path"] == ["fails"]
    assert error["extensions"] == {"code": "TIMEOUT", "path": "of[0]"}


async def test_an_unforeseen_error_is_masked_and_logged_under_its_id() -> None:
    structlog.reset_defaults()
    with capture_logs() as lines:
        outcome = await _run('{ fails(how: "secretly") }')
    [error] = outcome.body["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "correlationId": "c0ffee"}
    assert "topsecret" not in str(outcome.body)
    assert "secretly" not in str([{**line, "exc_info": None} for line in lines])
    assert [line["correlation_id"] for line in lines] == ["c0ffee"]


async def test_null_where_the_schema_forbids_it_answers_null_with_an_error() -> None:
    operations = Operations(small_schema(), DocumentLimits())
    outcome = await operations.run(Asked("{ hello(name: null) }"), FakeContext())
    assert outcome.body == answered({"hello": "hello None"})
