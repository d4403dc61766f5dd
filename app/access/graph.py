"""The Cypher of tokens and grants, one function a statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.access.granted import Actor, Admins, Grant, Reach, Sight, Token
from app.access.roles import Role
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from graph_schema.identity import uid

_STATE = uid("AccessState", ("pedigree",))
_ROLES = frozenset(Role)

_OF_GRANTS = "g.issuer, g.subject, g.roles, g.namespaces, g.grantedAt"
_OF_TOKENS = (
    "t.uid, t.digest, t.name, t.issuer, t.subject, t.roles, t.namespaces, t.createdAt, t.createdBy, t.expiresAt, "
    "t.revokedAt, t.revokedBy"
)

_NEWS = f"""
MATCH (s:AccessState {{uid: $state}}) RETURN 'changes' AS kind, [s.changes] AS row
UNION ALL MATCH (g:RoleGrant) WHERE g.change > $since RETURN 'grant' AS kind, [{_OF_GRANTS}] AS row
UNION ALL MATCH (t:ApiToken) WHERE t.change > $since AND t.expiresAt > $now
RETURN 'token' AS kind, [{_OF_TOKENS}] AS row
"""
_CHANGE = """
MERGE (s:AccessState {uid: $state}) SET s.name = 'pedigree', s.changes = coalesce(s.changes, 0) + 1 RETURN s.changes
"""
_GRANTED = f"MATCH (g:RoleGrant {{uid: $uid}}) RETURN {_OF_GRANTS}"
_GIVE = """
MERGE (g:RoleGrant {uid: $uid})
SET g.issuer = $issuer, g.subject = $subject, g.roles = $roles, g.namespaces = $namespaces, g.grantedAt = $now,
    g.grantedBy = $by, g.change = $change
"""
_TOKENS = f"MATCH (t:ApiToken {{uid: $uid}}) RETURN {_OF_TOKENS}"
_MAKE = "MERGE (t:ApiToken {uid: $uid}) SET t += $properties"
_REVOKE = "MATCH (t:ApiToken {uid: $uid}) SET t.revokedAt = $now, t.revokedBy = $by, t.change = $change"
_LIVE = """
MATCH (t:ApiToken) WHERE t.issuer = $issuer AND t.subject = $subject AND t.uid <> $besides
AND t.revokedAt IS NULL AND t.expiresAt > $now RETURN count(t)
"""
_ADMINS = """
MATCH (g:RoleGrant) WHERE 'ADMIN' IN g.roles RETURN '' AS uid, g.issuer AS issuer, g.subject AS subject
UNION ALL MATCH (t:ApiToken) WHERE 'ADMIN' IN t.roles AND t.revokedAt IS NULL AND t.expiresAt > $now
RETURN t.uid AS uid, t.issuer AS issuer, t.subject AS subject
"""
_REACHED = """($issuer = '' OR (t.issuer = $issuer AND t.subject = $subject))
  AND ($own = '' OR t.uid = $own OR (all(role IN t.roles WHERE role IN $roles) AND ($all OR (
    t.namespaces IS NOT NULL AND all(name IN t.namespaces WHERE name IN $names)))))
  AND ($dead OR (t.revokedAt IS NULL AND t.expiresAt > $now))"""
"""As `Reach.holds` has it, and whether dead ones are among them."""

_LISTED = f"""
RETURN COLLECT {{
  MATCH (t:ApiToken) WHERE {_REACHED}
  AND t.createdAt <= $at AND (t.createdAt < $at OR t.uid > $after)
  WITH t ORDER BY t.createdAt DESC, t.uid LIMIT $count
  RETURN [{_OF_TOKENS}]
}} AS listed, COUNT {{ MATCH (t:ApiToken) WHERE {_REACHED} RETURN t }} AS total
"""
_GRANTS = f"""
RETURN COLLECT {{
  MATCH (g:RoleGrant) WHERE ($only = '' OR g.uid = $only)
  AND (g.issuer > $issuer OR (g.issuer = $issuer AND g.subject > $subject))
  WITH g ORDER BY g.issuer, g.subject LIMIT $count
  RETURN [{_OF_GRANTS}]
}} AS listed, COUNT {{ MATCH (g:RoleGrant) WHERE $only = '' OR g.uid = $only RETURN g }} AS total
"""


@dataclass(frozen=True, slots=True)
class News:
    """What changed since a number of changes.

    Attributes:
        changes: how many there were.
        grants: those that were given since.
        tokens: those that were made or revoked since, and have not expired.
    """

    changes: int
    grants: tuple[Grant, ...]
    tokens: tuple[Token, ...]


async def news(graph: Graph, since: int, now: int) -> News:
    """What changed after so many changes; 0 tells everything.

    The number is read first: what is stored while the rest is read is told of again the next time.
    """
    rows = await graph.read(_NEWS, {"state": _STATE, "since": since, "now": now})
    told = {kind: [row for found, row in rows if found == kind] for kind in ("changes", "grant", "token")}
    return News(
        max((row[0] for row in told["changes"]), default=0),
        tuple(_grant(row) for row in told["grant"]),
        tuple(_token(row) for row in told["token"]),
    )


async def counted(transaction: Transaction) -> int:
    """Which change this one is. Whoever makes another waits from here on, or begins anew."""
    [[number]] = await transaction.run(_CHANGE, {"state": _STATE})
    return number


async def granted(transaction: Transaction, actor: Actor) -> Grant:
    """What that actor was granted."""
    rows = await transaction.run(_GRANTED, {"uid": uid("RoleGrant", actor)})
    return _grant(rows[0]) if rows else Grant(*actor)


async def give(transaction: Transaction, grant: Grant, by: str, change: int) -> None:
    """Stores what an actor is granted."""
    values = {"roles": sorted(grant.roles), "namespaces": _names(grant.sight), "now": grant.granted_at}
    key = {"uid": uid("RoleGrant", grant.actor), "issuer": grant.issuer, "subject": grant.subject}
    await transaction.run(_GIVE, {**key, **values, "by": by, "change": change})


async def token_of(transaction: Transaction, node_uid: str) -> Token | None:
    """The token of that node, dead or alive."""
    rows = await transaction.run(_TOKENS, {"uid": node_uid})
    return _token(rows[0]) if rows else None


async def keep(transaction: Transaction, token: Token, change: int) -> None:
    """Stores a token that was just made."""
    properties = {
        "digest": token.digest,
        "name": token.name,
        "issuer": token.issuer,
        "subject": token.subject,
        "roles": sorted(token.roles),
        "namespaces": _names(token.sight),
        "createdAt": token.created_at,
        "createdBy": token.created_by,
        "expiresAt": token.expires_at,
        "change": change,
    }
    await transaction.run(_MAKE, {"uid": token.uid, "properties": properties})


async def revoke(transaction: Transaction, node_uid: str, by: str, now: int, change: int) -> None:
    """Marks a token as revoked."""
    await transaction.run(_REVOKE, {"uid": node_uid, "by": by, "now": now, "change": change})


async def live_tokens(transaction: Transaction, actor: Actor, now: int, besides: str) -> int:
    """How many tokens act as that actor, but for one."""
    values = {"issuer": actor[0], "subject": actor[1], "now": now, "besides": besides}
    [[number]] = await transaction.run(_LIVE, values)
    return number


async def admins(transaction: Transaction, now: int, issuer: str) -> Admins:
    """Who holds ADMIN, and by which tokens.

    Args:
        transaction: that of the change.
        now: in microseconds since 1970 UTC.
        issuer: who vouches for those that need no token.
    """
    rows = await transaction.run(_ADMINS, {"now": now})
    holders = frozenset((of, subject) for node_uid, of, subject in rows if not node_uid)
    return Admins(holders, {node_uid: (of, subject) for node_uid, of, subject in rows if node_uid}, issuer)


async def listed_tokens(
    graph: Graph, reach: Reach, *, dead: bool, after: tuple[int, str], count: int, now: int
) -> tuple[list[Token], int]:
    """A page of tokens, the newest first, and how many there are in all.

    Args:
        graph: where they are.
        reach: which of them.
        dead: whether those are among them that were revoked or have expired.
        after: the time of creation and the uid that they come after.
        count: how many at most.
        now: in microseconds since 1970 UTC.
    """
    issuer, subject = reach.actor or ("", "")
    limits = {"own": reach.own, "roles": sorted(reach.roles), "all": reach.sight is None}
    names = [*(reach.sight or ()), _NOWHERE]
    bounds = {"dead": dead, "at": after[0], "after": after[1], "count": count, "now": now}
    [[rows, total]] = await graph.read(
        _LISTED, {"issuer": issuer, "subject": subject, **limits, "names": names, **bounds}
    )
    return [_token(row) for row in rows], total


async def listed_grants(graph: Graph, actor: Actor | None, after: Actor, count: int) -> tuple[list[Grant], int]:
    """A page of grants, by issuer and subject, and how many there are in all.

    Args:
        graph: where they are.
        actor: whose; None for everybody's.
        after: the actor that they come after.
        count: how many at most.
    """
    only = "" if actor is None else uid("RoleGrant", actor)
    bounds = {"issuer": after[0], "subject": after[1], "count": count}
    [[rows, total]] = await graph.read(_GRANTS, {"only": only, **bounds})
    return [_grant(row) for row in rows], total


def _grant(row: list[Any]) -> Grant:
    issuer, subject, roles, namespaces, granted_at = row
    return Grant(issuer, subject, _known(roles), _sight(namespaces), granted_at)


def _token(row: list[Any]) -> Token:
    node_uid, digest, name, issuer, subject, roles, namespaces, *rest = row
    return Token(node_uid, digest, name, issuer, subject, _known(roles), _sight(namespaces), *rest)


def _known(roles: Iterable[str] | None) -> frozenset[Role]:
    """Those that this release knows; another one may have granted more."""
    return frozenset(Role(each) for each in roles or () if each in _ROLES)


def _names(sight: Sight) -> list[str] | None:
    """As they are stored: a list that is empty is one of nothing, since engines differ in whether they keep it."""
    return None if sight is None else [*sight] or [_NOWHERE]


def _sight(names: Iterable[str] | None) -> Sight:
    return None if names is None else tuple(name for name in names if name != _NOWHERE)


_NOWHERE = ""
"""Stands in a stored list of no namespaces. No namespace has an empty name."""
