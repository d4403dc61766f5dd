"""What is changed about who may come in: tokens are made and revoked, roles are granted."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from app.access import graph as cypher
from app.access.directory import Directory
from app.access.granted import Actor, Grant, Reach, Token, counting, reach_of
from app.access.roles import Role
from app.access.scoping import (
    AccessRefused,
    Wanted,
    check_actor,
    check_admin,
    check_namespaces,
    check_scope,
    last_admin,
    limited_admin,
    no_token,
    no_wider,
    refuse_own,
    seen_before,
    token_of,
    token_uid,
)
from app.access.service import Caller
from app.access.standing import came_by, standing
from app.access.tokens import digest_of, new_token
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.transaction import Transaction

T = TypeVar("T")

DAY = 24 * 60 * 60 * 1_000_000
"""In microseconds."""

MOST_TOKENS = 100
"""How many live tokens may act as one actor: every service holds all of them."""

_ADMIN_GRANTS = "Only an ADMIN grants roles."


class Access:
    """Makes and revokes tokens, grants roles, and lists both.

    Args:
        graph: where they are.
        directory: what is told that something changed.
        days: the longest life of a token.
        issuer: who vouches for those that need no token; empty where nobody does.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        graph: Graph,
        directory: Directory,
        *,
        days: int,
        issuer: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._graph = graph
        self._directory = directory
        self._days = days
        self._issuer = issuer
        self._clock = clock

    async def create_token(self, wanted: Wanted, caller: Caller) -> tuple[str, Token]:
        """The secret of a new token, which nobody can find out again, and the token.

        Raises:
            AccessRefused: it is not made, and why.
            GraphError: the graph does not answer, or did not do it.
        """
        now = self._now()
        actor = wanted.actor or caller.actor
        self._check_life(wanted.expires_at, now)
        secret = new_token()
        asked = token_of(wanted, actor, digest_of(secret) or "", caller, now)
        no_wider(asked, caller)  # looked at again below; but who may not do it is not to make others wait

        async def work(transaction: Transaction) -> Token:
            change = await cypher.counted(transaction)
            token = no_wider(asked, await standing(transaction, caller, now))
            check_scope(token, await cypher.granted(transaction, actor))
            if await cypher.live_tokens(transaction, actor, now, token.uid) >= MOST_TOKENS:
                raise AccessRefused(
                    f"{MOST_TOKENS} live tokens act as this actor, which is the limit.",
                    code=ErrorCode.TOO_MANY_TOKENS,
                    remedy="Revoke those that are no longer used.",
                )
            await cypher.keep(transaction, token, change)
            return token

        return secret, await self._change(work)

    async def revoke_token(self, token_id: str, caller: Caller) -> Token:
        """The token, revoked; the same again changes nothing, by the token itself neither.

        Raises:
            AccessRefused: it is not revoked, and why.
            GraphError: the graph does not answer, or did not do it.
        """
        now, node_uid = self._now(), token_uid(token_id)

        async def work(transaction: Transaction) -> Token:
            change = await cypher.counted(transaction)
            token = await cypher.token_of(transaction, node_uid)
            if not (token is not None and token.revoked_at is not None and came_by(caller, token)):
                by = await standing(transaction, caller, now)
                reach = reach_of(by, await cypher.granted(transaction, by.actor))
                if token is None or not reach.holds(token):
                    raise no_token()
            if token.revoked_at is not None:
                transaction.rollback_at_end()
                return token
            before = await cypher.admins(transaction, now, self._issuer)
            if not before.may_become(before.without_token(token.uid)):
                raise last_admin("input.id", "No other token of an ADMIN could be used after that.")
            await cypher.revoke(transaction, token.uid, caller.uid, now, change)
            return replace(token, revoked_at=now, revoked_by=caller.uid)

        return await self._change(work)

    async def set_role(self, wanted: Grant, caller: Caller, *, same_sight: bool = False) -> tuple[Grant, bool]:
        """What the actor is granted from now on, in place of what it was, and whether that is another.

        Args:
            wanted: what it is to be granted.
            caller: who grants it.
            same_sight: whether it goes on to see what it saw, whatever `wanted` says of that.

        Raises:
            AccessRefused: nothing is granted, and why.
            GraphError: the graph does not answer, or did not do it.
        """
        check_admin(caller, _ADMIN_GRANTS)
        check_actor(wanted.actor)
        if wanted.roles:  # what was granted to one before this was refused, can be taken away
            refuse_own(wanted.actor)
        check_namespaces(wanted.sight)
        now = self._now()

        async def work(transaction: Transaction) -> tuple[Grant, bool]:
            change = await cypher.counted(transaction)
            held = await cypher.granted(transaction, wanted.actor)
            grant = replace(wanted, sight=seen_before(held) if same_sight else wanted.sight, granted_at=now)
            if counting(grant.roles, grant.sight) != grant.roles:
                raise limited_admin()
            if held.granted_at and replace(held, granted_at=now) == grant:
                transaction.rollback_at_end()
                return held, False
            check_admin(await standing(transaction, caller, now), _ADMIN_GRANTS)
            if Role.ADMIN in held.roles and Role.ADMIN not in grant.roles:
                before = await cypher.admins(transaction, now, self._issuer)
                if not before.may_become(before.without_holder(grant.actor)):
                    raise last_admin("input.roles", "No other actor that holds ADMIN could come in after that.")
            await cypher.give(transaction, grant, caller.uid, change)
            return grant, True

        return await self._change(work)

    async def tokens(
        self, caller: Caller, *, dead: bool, mine: bool, after: tuple[int, str], count: int
    ) -> tuple[list[Token], int]:
        """A page of tokens, the newest first, and how many there are: those that the caller may revoke.

        Args:
            caller: who asks.
            dead: whether those are among them that were revoked or have expired.
            mine: only those that act as the caller, also for an ADMIN.
            after: the time of creation and the uid that they come after.
            count: how many at most.

        Raises:
            GraphError: the graph does not answer.
        """
        if mine and Role.ADMIN in caller.roles:
            reach = Reach(caller.actor)
        else:
            reach = reach_of(caller, await self._directory.grant_of(caller.actor))
        return await cypher.listed_tokens(self._graph, reach, dead=dead, after=after, count=count, now=self._now())

    async def grants(
        self, caller: Caller, *, actor: Actor | None = None, after: Actor, count: int
    ) -> tuple[list[Grant], int]:
        """A page of what actors were granted, by issuer and subject, and how many there are.

        Args:
            caller: who asks.
            actor: whose; None for everybody's.
            after: the actor that they come after.
            count: how many at most.

        Raises:
            AccessRefused: the caller is no ADMIN.
            GraphError: the graph does not answer.
        """
        check_admin(caller, "Only an ADMIN may see what others were granted.")
        return await cypher.listed_grants(self._graph, actor, after, count)

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)

    def _check_life(self, expires_at: int, now: int) -> None:
        if not now < expires_at <= now + self._days * DAY:
            raise AccessRefused(
                f"A token ends after now, and at most {self._days} days from now (PEDIGREE_TOKEN_DAYS).",
                path="input.expiresAt",
            )

    async def _change(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Carries out one change. Where its outcome is unknown it is done again, and then changes nothing."""
        try:
            return await self._graph.write(work, repeatable=True)
        finally:
            self._directory.outdated()
