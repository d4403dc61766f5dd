"""What the driver raises, turned into what Pedigree raises; and which of it passes if one waits."""

from enum import Enum, auto

from neo4j import exceptions

from app.errors import (
    DatabaseUnknown,
    GraphBusy,
    GraphError,
    GraphFull,
    GraphUnreachable,
    GraphUnsupported,
    LoginRefused,
    OutcomeUnknown,
    StatementFailed,
    TookTooLong,
)
from app.graph.endpoint import Endpoint
from app.graph.engines.engine import EngineKind


class Chance(Enum):
    """Whether the same work may be tried again."""

    NONE = auto()
    """It would fail again."""
    CONFLICT = auto()
    """Another writer was in the way; nothing was changed."""
    LOST = auto()
    """The connection went away, and with it all that was not committed."""
    UNKNOWN = auto()
    """The connection went away during the commit: whether it was done, nobody can tell."""
    FAULT = auto()
    """The engine met a fault of its own; nothing was changed. It may pass: ArcadeDB has one where it reads a record
    that another transaction is rewriting, and finds its parts torn."""


_LOST = (
    exceptions.ServiceUnavailable,
    exceptions.SessionExpired,
    OSError,
)
_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
_TERMINATED = "Neo.ClientError.Transaction.Terminated"
_AWAY = ".DatabaseUnavailable"
_LESS = "Ask for less: fewer hops, fewer starts, a filter."
_FAULT = "Neo.DatabaseError.General.UnknownError"
_NO_TRANSACTION = "Neo.ClientError.Transaction.TransactionNotFound"
_NO_DATABASE = "Neo.ClientError.Database.DatabaseNotFound"


def chance(error: BaseException) -> Chance:
    """Whether trying again helps after this error.

    A constraint violation is one: two writers merged the same new key at once, and the second finds it the next time.
    """
    if isinstance(error, exceptions.IncompleteCommit):
        return Chance.UNKNOWN
    if isinstance(error, _LOST) or (isinstance(error, exceptions.Neo4jError) and (error.code or "").endswith(_AWAY)):
        return Chance.LOST
    if isinstance(error, exceptions.ConstraintError):
        return Chance.CONFLICT
    if isinstance(error, exceptions.Neo4jError) and error.code == _FAULT:
        return Chance.FAULT
    retryable = isinstance(error, exceptions.Neo4jError) and error.is_retryable()
    return Chance.CONFLICT if retryable else Chance.NONE


def translate(error: BaseException, endpoint: Endpoint, kind: EngineKind | None) -> GraphError:
    """The error to raise for one of the driver's.

    The engine's own text is kept as the cause, never in the message: it may hold values.

    Args:
        error: what the driver raised.
        endpoint: the graph it was raised about.
        kind: which engine, once it is known.
    """
    outcome = chance(error)
    if outcome not in {Chance.NONE, Chance.FAULT}:
        return _passing(outcome, endpoint)
    if isinstance(error, exceptions.Neo4jError):
        return _refused(error, endpoint, kind)
    if isinstance(error, exceptions.ConfigurationError):
        return _unsupported(error, endpoint)
    if isinstance(error, exceptions.ConnectionPoolError):
        return GraphBusy("All connections to the graph are in use.", remedy="Send it again, and less at once.")
    return StatementFailed(f"The driver could not use the graph {endpoint.place} ({type(error).__name__}).")


def too_late(seconds: float) -> TookTooLong:
    """The time of a statement is over."""
    return TookTooLong(f"The graph did not answer within {seconds:g} seconds.", remedy=_LESS)


def _passing(outcome: Chance, endpoint: Endpoint) -> GraphError:
    if outcome is Chance.UNKNOWN:
        return OutcomeUnknown(
            f"The graph {endpoint.place} went away while it stored the change, which may or may not be there.",
            remedy="Send the same change with the same idempotency key: it is stored once.",
        )
    if outcome is Chance.CONFLICT:
        return GraphBusy(
            "Other writers held the same things for too long, and nothing was changed.", remedy="Send it again."
        )
    return GraphUnreachable(
        f"No graph answers {endpoint.place}.",
        remedy="Start it, or correct PEDIGREE_GRAPH_URL; what is sent after it is back is answered without a restart.",
    )


def _refused(error: exceptions.Neo4jError, endpoint: Endpoint, kind: EngineKind | None) -> GraphError:
    code = error.code or ""
    if code.startswith("Neo.ClientError.Security."):
        return LoginRefused(
            f"The graph {endpoint.place} refuses the user {endpoint.user!r} ({code}).",
            remedy="Correct PEDIGREE_GRAPH_USER and PEDIGREE_GRAPH_PASSWORD.",
        )
    if code == _NO_DATABASE:
        return DatabaseUnknown(
            f"The graph {endpoint.place} has no database {endpoint.database!r}.",
            remedy="Correct PEDIGREE_GRAPH_DATABASE.",
        )
    if code.startswith(_TIMED_OUT) or code == _TERMINATED:
        return TookTooLong("The graph ended a statement because its time was over.", remedy=_LESS)
    if code == _NO_TRANSACTION and kind == "arcadedb":
        return GraphFull(
            "The embedded graph could not store the change: the disk that holds it is full. Nothing was lost, and"
            " reading goes on.",
            remedy="Make room on that disk and send the change again.",
        )
    return StatementFailed(f"The graph {endpoint.place} refused a statement ({code}).")


def _unsupported(error: exceptions.ConfigurationError, endpoint: Endpoint) -> GraphError:
    if isinstance(error, exceptions.AuthConfigurationError):
        return LoginRefused(
            f"The graph {endpoint.place} does not take this kind of login.",
            remedy="Correct PEDIGREE_GRAPH_USER and PEDIGREE_GRAPH_PASSWORD.",
        )
    return GraphUnsupported(
        f"{endpoint.url!r} is no address of a graph that Pedigree can use.",
        remedy="Set PEDIGREE_GRAPH_URL to one that begins with bolt://, neo4j://, bolt+s:// or neo4j+s://.",
    )
