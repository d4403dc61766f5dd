"""What the driver raises, and what becomes of it."""

import pytest
from neo4j import exceptions

from app.errors import ErrorCode
from app.graph.endpoint import Endpoint
from app.graph.failures import Chance, chance, too_late, translate

HERE = Endpoint("bolt://graph.example:7687", "reader", "hush", "inventory")


def _server(code: str) -> exceptions.Neo4jError:
    """The error that the driver makes of a server's code, with a text that holds a value."""
    return exceptions.Neo4jError._hydrate_neo4j(code=code, message="secret value")


@pytest.mark.parametrize(
    ("error", "expected"),
    (
        (exceptions.ServiceUnavailable("gone"), Chance.LOST),
        (exceptions.SessionExpired("gone"), Chance.LOST),
        (ConnectionResetError(), Chance.LOST),
        (_server("Neo.TransientError.Database.DatabaseUnavailable"), Chance.LOST),
        (_server("Neo.TransientError.General.DatabaseUnavailable"), Chance.LOST),
        (exceptions.IncompleteCommit("gone"), Chance.UNKNOWN),
        (_server("Neo.TransientError.Transaction.DeadlockDetected"), Chance.CONFLICT),
        (_server("Neo.ClientError.Schema.ConstraintValidationFailed"), Chance.CONFLICT),
        (_server("Neo.TransientError.Transaction.Terminated"), Chance.NONE),
        (_server("Neo.DatabaseError.General.UnknownError"), Chance.FAULT),
        (_server("Neo.ClientError.Statement.SyntaxError"), Chance.NONE),
        (KeyError("ours"), Chance.NONE),
    ),
)
def test_what_may_be_tried_again(error: Exception, expected: Chance) -> None:
    assert chance(error) is expected


@pytest.mark.parametrize(
    ("error", "code", "names"),
    (
        (exceptions.ServiceUnavailable("x"), ErrorCode.GRAPH_UNREACHABLE, "PEDIGREE_GRAPH_URL"),
        (exceptions.IncompleteCommit("x"), ErrorCode.OUTCOME_UNKNOWN, "idempotency key"),
        (_server("Neo.ClientError.Schema.ConstraintValidationFailed"), ErrorCode.GRAPH_BUSY, "Send it again"),
        (_server("Neo.ClientError.Security.Unauthorized"), ErrorCode.GRAPH_LOGIN_REFUSED, "PEDIGREE_GRAPH_PASSWORD"),
        (exceptions.AuthConfigurationError("x"), ErrorCode.GRAPH_LOGIN_REFUSED, "PEDIGREE_GRAPH_PASSWORD"),
        (_server("Neo.ClientError.Database.DatabaseNotFound"), ErrorCode.GRAPH_DATABASE_UNKNOWN, "'inventory'"),
        (_server("Neo.ClientError.Transaction.TransactionTimedOut"), ErrorCode.TIMEOUT, "fewer hops"),
        (
            _server("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration"),
            ErrorCode.TIMEOUT,
            "fewer hops",
        ),
        (_server("Neo.TransientError.Transaction.Terminated"), ErrorCode.TIMEOUT, "fewer hops"),
        (exceptions.ConfigurationError("x"), ErrorCode.GRAPH_UNSUPPORTED, "neo4j+s://"),
        (exceptions.ConnectionAcquisitionTimeoutError("x"), ErrorCode.GRAPH_BUSY, "All connections"),
        (_server("Neo.ClientError.Statement.SyntaxError"), ErrorCode.INTERNAL, "SyntaxError"),
        (exceptions.ResultConsumedError(None, "x"), ErrorCode.INTERNAL, "ResultConsumedError"),
    ),
)
def test_each_failure_has_a_code_and_names_its_remedy(error: Exception, code: ErrorCode, names: str) -> None:
    told = translate(error, HERE, "neo4j")
    assert told.code is code
    assert names in told.message
    assert "secret" not in told.message
    assert "hush" not in told.message


def test_only_the_embedded_engine_means_a_full_disk_by_it() -> None:
    error = _server("Neo.ClientError.Transaction.TransactionNotFound")
    assert translate(error, HERE, "arcadedb").code is ErrorCode.GRAPH_FULL
    assert translate(error, HERE, "neo4j").code is ErrorCode.INTERNAL


def test_lateness_names_its_limit() -> None:
    assert "within 2.5 seconds" in too_late(2.5).message


def test_a_password_is_not_shown() -> None:
    assert "hush" not in repr(HERE)
