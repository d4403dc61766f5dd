"""On whose behalf a request comes, before anything of it is read."""

from typing import Any

import structlog

from app.access.login import Login, Unauthenticated
from app.access.service import Caller
from app.errors import ErrorCode, PedigreeError
from app.http.answers import Headers, Refused, Scope, header

NOTES = "pedigree.notes"
"""The key of a scope under which the log finds what it should say of a request."""

_CALLER = "pedigree.caller"
_CHALLENGE: Headers = ((b"www-authenticate", b'Bearer realm="pedigree"'),)
"""The same whatever was wrong (RFC 6750 has it say more): who sends wrong tokens learns nothing from it."""

_SOON: Headers = ((b"retry-after", b"2"),)


def note(scope: Scope, **notes: Any) -> None:
    """Has the log line of the request say this, too."""
    scope.setdefault(NOTES, {}).update(notes)


async def enter(login: Login, scope: Scope) -> None:
    """Finds out who sends a request, for `caller_of`.

    Raises:
        Refused: nobody is known by it, or nobody can be known at present.
    """
    unread = scope["method"] == "POST"
    try:
        caller = await login.caller(header(scope, b"authorization"))
    except Unauthenticated as error:
        note(scope, why=error.why)
        raise Refused(401, error.message, error.code, _CHALLENGE, unread=unread) from None
    except PedigreeError as error:
        if error.code is ErrorCode.INTERNAL:
            raise
        # What is wrong with the graph or the issuer, and where it is, is told to those who are known.
        log: Any = structlog.get_logger("pedigree.http")
        log.warning("nobody can be known", reason=error.message, correlation_id=scope["pedigree.correlation_id"])
        message = "Nobody can be known at present, since what tells who is who does not answer. Try again."
        raise Refused(503, message, error.code, _SOON, unread=unread) from error
    scope[_CALLER] = caller
    note(scope, caller=caller.uid)


def caller_of(scope: Scope) -> Caller:
    """Who sends a request that was entered."""
    return scope[_CALLER]
