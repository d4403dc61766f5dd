"""What actors were granted, what tokens are limited to, and what is left where both hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.access.roles import Role
from app.access.service import Caller, Given, HeldToken

Sight = tuple[str, ...] | None
"""Namespaces, each once and in order; None for all there are."""

Actor = tuple[str, str]
"""The issuer and the subject of an actor."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What an actor may do.

    Attributes:
        issuer: who vouches for its identity.
        subject: the identity there.
        roles: those that it holds.
        sight: where.
        granted_at: in microseconds since 1970 UTC; 0 where nothing ever was.
    """

    issuer: str
    subject: str
    roles: frozenset[Role] = frozenset()
    sight: Sight = ()
    granted_at: int = 0

    @property
    def actor(self) -> Actor:
        """Whose it is."""
        return self.issuer, self.subject


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without its secret.

    Attributes:
        uid: of its node.
        digest: of the secret.
        name: what it is for.
        issuer: of the actor that it acts as.
        subject: the identity there.
        roles: those that it is limited to.
        sight: where.
        created_at: in microseconds since 1970 UTC.
        created_by: the uid of an actor.
        expires_at: in microseconds since 1970 UTC.
        revoked_at: the same; None while it was not.
        revoked_by: the uid of an actor.
    """

    uid: str
    digest: str
    name: str
    issuer: str
    subject: str
    roles: frozenset[Role]
    sight: Sight
    created_at: int
    created_by: str
    expires_at: int
    revoked_at: int | None = None
    revoked_by: str | None = None

    @property
    def actor(self) -> Actor:
        """Whom it acts as."""
        return self.issuer, self.subject

    def live(self, now: int) -> bool:
        """Whether it can be used."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tokens a caller lists and may revoke.

    Attributes:
        actor: those that act as this one; None for everybody's.
        own: the uid of the token by which it came in, where that lets it do less than its actor may; else empty.
        roles: in that case, what another token among them is limited to at most.
        sight: the same of namespaces.
    """

    actor: Actor | None
    own: str = ""
    roles: frozenset[Role] = frozenset()
    sight: Sight = None

    def holds(self, token: Token) -> bool:
        """Whether that is one of them."""
        if self.actor is not None and token.actor != self.actor:
            return False
        return self.own in {"", token.uid} or (token.roles <= self.roles and within(token.sight, self.sight))


@dataclass(frozen=True, slots=True)
class Admins:
    """Who could look after people and tokens, and by which ways.

    Attributes:
        holders: the actors that hold ADMIN.
        tokens: by the uids of live tokens that are limited to it among others, or to it alone, whom each acts as.
        issuer: who vouches for those that need no token of ours; empty where nobody does.
    """

    holders: frozenset[Actor]
    tokens: Mapping[str, Actor] = field(default_factory=dict[str, Actor])
    issuer: str = ""

    @property
    def ways_in(self) -> frozenset[Actor]:
        """The actors that hold it and can come in, as far as can be known.

        An actor of the issuer counts, also one that never came in: whom the issuer knows, it alone could say. One of
        another issuer, or of one that is no longer configured, comes in by a token of ours or not at all.
        """
        acting = set(self.tokens.values())
        return frozenset(each for each in self.holders if each in acting or (self.issuer and each[0] == self.issuer))

    def without_holder(self, actor: Actor) -> "Admins":
        """The same after that actor holds it no more."""
        return Admins(self.holders - {actor}, self.tokens, self.issuer)

    def without_token(self, uid: str) -> "Admins":
        """The same after that token was revoked."""
        return Admins(self.holders, {each: of for each, of in self.tokens.items() if each != uid}, self.issuer)

    def may_become(self, after: "Admins") -> bool:
        """Whether nobody is locked out by it who was not before: the last one stays, and so does the last way in."""
        return not (self.holders and not after.holders) and not (self.ways_in and not after.ways_in)


def sight_of(names: Iterable[str] | None) -> Sight:
    """Namespaces as they are compared and stored."""
    return None if names is None else tuple(sorted(set(names)))


def within(inner: Sight, outer: Sight) -> bool:
    """Whether whoever sees the outer ones sees all of the inner ones."""
    return outer is None or (inner is not None and set(inner) <= set(outer))


def both(one: Sight, other: Sight) -> Sight:
    """What is in both."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(name for name in one if name in set(other))


def either(one: Sight, other: Sight) -> Sight:
    """What is in one of them."""
    return None if one is None or other is None else sight_of((*one, *other))


def counting(roles: frozenset[Role], sight: Sight) -> frozenset[Role]:
    """The roles that count for who sees that: ADMIN only for who sees all, since it could give itself the rest."""
    return roles if sight is None else roles - {Role.ADMIN}


def caller_with(token: Token, grant: Grant | None) -> Caller:
    """Whoever sends that token: what it is limited to, as far as its actor holds it."""
    grant = grant or Grant(token.issuer, token.subject)
    sight = both(token.sight, grant.sight)
    roles = counting(token.roles & grant.roles, sight)
    return Caller(token.issuer, token.subject, roles, sight, HeldToken(token.name, token.expires_at, token.uid))


def caller_given(given: Given, grant: Grant) -> Caller:
    """Whoever comes in by claims: what they give, and what their actor was granted beside that."""
    sight = either(given.sight, grant.sight)
    roles = counting(given.roles | grant.roles, sight)
    return Caller(grant.issuer, grant.subject, roles, sight, given=given)


def reach_of(caller: Caller, grant: Grant) -> Reach:
    """Which tokens that caller lists and may revoke: an ADMIN all, else those of its actor.

    Whose own token lets it do less than its actor may reaches that token, and those that it could have made: what was
    kept from it for good reason is not to be found, or ended, by it.

    Args:
        caller: who it is.
        grant: what its actor was granted.
    """
    if Role.ADMIN in caller.roles:
        return Reach(None)
    as_much = counting(grant.roles, grant.sight) <= caller.roles and within(grant.sight, caller.sight)
    if caller.token is None or as_much:
        return Reach(caller.actor)
    return Reach(caller.actor, caller.token.uid, caller.roles, caller.sight)
