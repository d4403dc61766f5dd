"""Whether whoever changes who may come in may still do so: what is known from memory may be seconds old.

Elsewhere that is let pass (ADR 12): what is asked in those seconds is over with them. What is changed here stays.
"""

from app.access import graph as cypher
from app.access.granted import Token, caller_given, caller_with
from app.access.scoping import AccessRefused
from app.access.service import LOCAL, Caller
from app.errors import ErrorCode
from app.graph.transaction import Transaction


async def standing(transaction: Transaction, caller: Caller, now: int) -> Caller:
    """The caller, by what the graph says within the change.

    What claims give is taken as it came: the graph knows nothing of it.

    Args:
        transaction: that of the change, after it was counted, so that no other one is under way.
        caller: as the service knows it.
        now: in microseconds since 1970 UTC.

    Raises:
        AccessRefused: it came in by a token that is not in force any more.
    """
    if caller is LOCAL:
        return caller
    grant = await cypher.granted(transaction, caller.actor)
    if caller.token is None:
        return caller_given(caller.given, grant)
    token = await cypher.token_of(transaction, caller.token.uid)
    if token is None or not token.live(now):
        raise AccessRefused(
            "The token that you came in with is not in force any more.",
            code=ErrorCode.FORBIDDEN,
            remedy="Come in with another one.",
        )
    return caller_with(token, grant)


def came_by(caller: Caller, token: Token) -> bool:
    """Whether that is the token that the caller came in by."""
    return caller.token is not None and caller.token.uid == token.uid
