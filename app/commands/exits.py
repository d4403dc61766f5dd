"""Exit codes, and the one place where an error becomes one."""

from enum import IntEnum

from app.errors import ErrorCode, PedigreeError


class Exit(IntEnum):
    """What the end of a command says to a script."""

    DONE = 0
    NO = 1
    """The answer is no: there is no path, a check fails, a load would retract too much."""

    USAGE = 2
    """The command, a setting or a document makes no sense as it is written, or names what is not there."""

    UNREACHABLE = 3
    """The service, the graph or a source cannot be reached or used."""

    PARTLY = 4
    """Partly done: some rows were refused, or a load stopped midway and can be resumed."""

    INTERRUPTED = 130
    """By Ctrl-C, as shells have it."""


_UNREACHABLE = frozenset(
    {
        ErrorCode.INTERNAL,
        ErrorCode.TIMEOUT,
        ErrorCode.GRAPH_UNREACHABLE,
        ErrorCode.GRAPH_LOGIN_REFUSED,
        ErrorCode.GRAPH_DATABASE_UNKNOWN,
        ErrorCode.GRAPH_UNSUPPORTED,
        ErrorCode.GRAPH_FULL,
        ErrorCode.GRAPH_BUSY,
        ErrorCode.OUTCOME_UNKNOWN,
        ErrorCode.HOME_UNUSABLE,
        ErrorCode.ENGINE_FAILED,
        ErrorCode.ARTIFACTS_UNREACHABLE,
        ErrorCode.ARTIFACTS_LOGIN_REFUSED,
        ErrorCode.ARTIFACTS_PLACE_UNKNOWN,
        ErrorCode.ARTIFACTS_READ_ONLY,
        ErrorCode.ARTIFACTS_FULL,
        ErrorCode.SOURCE_UNREACHABLE,
        ErrorCode.SCHEMA_TOO_NEW,
        ErrorCode.ADDRESS_UNUSABLE,
        ErrorCode.SERVER_UNREACHABLE,
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.ISSUER_UNREACHABLE,
        ErrorCode.RATE_LIMITED,
    }
)
_NO = frozenset(
    {"RETRACTION_TOO_LARGE", "ARTIFACT_MISSING", "ARTIFACT_DAMAGED", "MANIFEST_DIFFERS", "UPLOAD_MISMATCH", "BAD_FILE"}
)


def exit_for(error: PedigreeError) -> Exit:
    """The exit code that an error ends a command with."""
    return exit_for_code(error.code.value)


def exit_for_code(code: str) -> Exit:
    """The exit code for an error's code, as an answer has it."""
    if code in _NO:
        return Exit.NO
    return Exit.UNREACHABLE if code in _UNREACHABLE else Exit.USAGE
