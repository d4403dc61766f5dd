"""Who is calling. Without login it is always the same actor, so that what is recorded already names one."""

from dataclasses import dataclass
from functools import lru_cache

from app.access.permissions import Permission, permissions_of
from app.access.roles import Role
from graph_schema.identity import OWN_ISSUER, uid


@dataclass(frozen=True, slots=True)
class HeldToken:
    """The API token by which a caller came in.

    Attributes:
        name: what it is for.
        expires_at: in microseconds since 1970 UTC.
        uid: of its node.
    """

    name: str
    expires_at: int
    uid: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a token's claims give, all rules together.

    Attributes:
        roles: those of every rule that applies.
        sight: the namespaces of all of them; None for all there are.
    """

    roles: frozenset[Role] = frozenset()
    sight: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """The actor on whose behalf something is asked or changed.

    Attributes:
        issuer: who vouches for the identity.
        subject: the identity there.
        roles: what it may do.
        sight: the namespaces that it may see and register in, in order; None for all there are.
        token: the API token by which it came in; None where it came in otherwise.
        given: what it has by the claims that it came in with, of which the graph knows nothing.
    """

    issuer: str
    subject: str
    roles: frozenset[Role] = frozenset(Role)
    sight: tuple[str, ...] | None = None
    token: HeldToken | None = None
    given: Given = Given()

    @property
    def uid(self) -> str:
        """The uid of the actor's node."""
        return _uid_of(self.issuer, self.subject)

    @property
    def actor(self) -> tuple[str, str]:
        """Its issuer and its subject."""
        return self.issuer, self.subject

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that it may do."""
        return permissions_of(self.roles)


@lru_cache(maxsize=1_024)  # each request names its caller in the log
def _uid_of(issuer: str, subject: str) -> str:
    return uid("Actor", (issuer, subject))


LOCAL = Caller(OWN_ISSUER, "local")
"""Whoever reaches a service without login, which only this machine can; and whoever runs a command on a home."""

SERVICE = Caller(OWN_ISSUER, "service", frozenset())
"""The service itself, where it does by the clock what was decided before."""
