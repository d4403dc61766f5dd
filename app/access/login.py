"""How a request shows on whose behalf it comes."""

from typing import Protocol

from app.access.directory import Directory
from app.access.service import LOCAL, Caller
from app.access.tokens import digest_of
from app.errors import ErrorCode, PedigreeError

LONGEST = 16_384
"""The longest header `Authorization` that is looked at, in characters: a large OIDC token has a quarter of them."""


class Unauthenticated(PedigreeError):
    """Nobody is known by what came with a request. There is one message, whatever was wrong: it tells nothing else.

    Args:
        why: in a word or two, for the log alone.
    """

    standard_code = ErrorCode.UNAUTHENTICATED

    def __init__(self, why: str) -> None:
        super().__init__(
            "Send a token that is in force, in the header Authorization: Bearer <token>. None was sent, or one that is "
            "unknown, malformed, expired or revoked."
        )
        self.why = why


class Login(Protocol):
    """Tells who is calling."""

    async def caller(self, authorization: str) -> Caller:
        """Whoever sends that header `Authorization`; it is empty where none was sent.

        Raises:
            Unauthenticated: nobody is known by it.
            GraphError: the graph does not answer, and without it nobody can be known.
        """
        ...


class NoLogin:
    """Lets everybody in as one actor: for an address that only this machine reaches."""

    async def caller(self, authorization: str) -> Caller:
        """Always the same, whatever was sent."""
        del authorization
        return LOCAL


class TokenLogin:
    """Knows callers by the API tokens of a graph."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def caller(self, authorization: str) -> Caller:
        """Whoever sends an API token.

        Raises:
            Unauthenticated: it is none that is in force.
            GraphError: the graph does not answer, and what is known of it is too old.
        """
        digest = digest_of(bearer_of(authorization))
        if digest is None:
            raise Unauthenticated("malformed")
        caller = await self._directory.caller_with(digest)
        if caller is None:
            raise Unauthenticated("not in force")
        return caller


def bearer_of(authorization: str) -> str:
    """The bearer token in a header (RFC 6750, section 2.1).

    Raises:
        Unauthenticated: it holds none, or too long a one.
    """
    if len(authorization) > LONGEST:
        raise Unauthenticated("too long")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("none sent" if not authorization else "another scheme")
    return token.strip()
