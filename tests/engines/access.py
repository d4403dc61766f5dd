"""Tokens and grants on a graph, for tests of who may come in."""

from collections.abc import Iterable

from app.access.directory import Directory
from app.access.granted import Actor, Grant, Sight, Token
from app.access.managing import DAY, Access
from app.access.roles import Role
from app.access.scoping import Wanted
from app.access.service import LOCAL, Caller
from app.access.tokens import digest_of
from app.graph.driver import Graph
from graph_schema.identity import to_id


def id_of(token: Token) -> str:
    """The id of a token in the API."""
    return to_id("ApiToken", token.uid)


LEAD, MAKER = ("people", "admin"), ("people", "engineer")


class Service:
    """What one service knows and does; two of them on a graph are two services.

    Attributes:
        now: what its clock shows, in seconds.
        ticks: what the clock shows that never goes back.
    """

    def __init__(self, graph: Graph, issuer: str = "") -> None:
        self.now = 1_700_000_000.0
        self.ticks = 1_000.0
        self.directory = Directory(graph, lambda: self.now, lambda: self.ticks)
        self.access = Access(graph, self.directory, days=90, issuer=issuer, clock=lambda: self.now)

    async def grant(self, actor: Actor, *roles: Role, sight: Sight = None, by: Caller = LOCAL) -> tuple[Grant, bool]:
        """Grants these roles, in place of those before."""
        return await self.access.set_role(Grant(*actor, frozenset(roles), sight), by)

    def wanted(
        self,
        roles: Iterable[Role] = (Role.VIEWER,),
        *,
        actor: Actor | None = LEAD,
        name: str = "ci",
        days: float = 1,
        namespaces: list[str] | None = None,
    ) -> Wanted:
        """A token that is asked for."""
        ends = int(self.now * 1_000_000) + int(days * DAY)
        return Wanted(name, list(roles), ends, actor, namespaces)

    async def token(self, actor: Actor, *roles: Role, days: float = 1, namespaces: list[str] | None = None) -> str:
        """The secret of a new token."""
        wanted = self.wanted(roles, actor=actor, days=days, namespaces=namespaces)
        return (await self.access.create_token(wanted, LOCAL))[0]

    async def known(self, secret: str) -> Caller | None:
        """Whoever sends that token."""
        digest = digest_of(secret)
        assert digest is not None
        return await self.directory.caller_with(digest)

    def passes(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += seconds
        self.ticks += seconds
