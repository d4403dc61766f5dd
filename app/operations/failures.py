"""Errors made fit to show: what the caller can act on is told, what nobody foresaw is logged and masked."""

from typing import Any

import structlog
from graphql import GraphQLError

from app.errors import ErrorCode, PedigreeError


def published(error: GraphQLError, correlation_id: str, document_hash: str) -> dict[str, Any]:
    """The error as an answer shows it, in the order of the GraphQL specification.

    What is masked is logged here, with the correlation id by which its reader finds it.
    """
    cause = _cause(error)
    if isinstance(cause, PedigreeError) and cause.code is not ErrorCode.INTERNAL:
        message, extensions = cause.message, _extensions(cause)
    elif cause is None:
        # Without a path it is the request itself: a variable that does not fit, an operation that is not there.
        code = {"code": ErrorCode.BAD_REQUEST.value} if error.path is None else {}
        message, extensions = error.message, {**code, **(error.extensions or {})}
    else:
        structlog.get_logger("pedigree").error(
            "unforeseen", correlation_id=correlation_id, document=document_hash, path=error.path, exc_info=cause
        )
        message, extensions = masked(correlation_id)
    return _formatted(error, message, extensions)


def masked(correlation_id: str) -> tuple[str, dict[str, Any]]:
    """The words and the extensions that stand for what nobody foresaw."""
    return (
        f"Something went wrong that was not foreseen. The log tells more under {correlation_id}.",
        {"code": ErrorCode.INTERNAL.value, "correlationId": correlation_id},
    )


def _cause(error: GraphQLError) -> BaseException | None:
    """What was raised; None where GraphQL itself speaks."""
    found: BaseException | None = error.original_error
    while isinstance(found, GraphQLError):
        found = found.original_error
    return found


def _extensions(error: PedigreeError) -> dict[str, Any]:
    found: dict[str, Any] = {"code": error.code.value}
    if error.path is not None:
        found["path"] = error.path
    return found


def _formatted(error: GraphQLError, message: str, extensions: dict[str, Any]) -> dict[str, Any]:
    formatted: dict[str, Any] = {"message": message}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    if extensions:
        formatted["extensions"] = extensions
    return formatted
