"""Whoever changes who may come in is looked up again in the graph: a service knows its callers from memory."""

import pytest

from app.access.granted import Actor, Grant, Token, caller_given
from app.access.roles import Role
from app.access.scoping import AccessRefused
from app.access.service import LOCAL, Caller, Given
from app.errors import ErrorCode
from app.graph.driver import Graph
from tests.engines.access import LEAD, MAKER, Service, id_of

VIEWER, ENGINEER, ADMIN = Role.VIEWER, Role.ENGINEER, Role.ADMIN
CLAIMED: Actor = ("https://login.example", "7")


@pytest.fixture
def service(migrated: Graph) -> Service:
    return Service(migrated)


@pytest.fixture
def other(migrated: Graph) -> Service:
    """Another service on the graph, which learns late what the first one changed."""
    return Service(migrated)


@pytest.fixture
async def bens(service: Service) -> Token:
    """A token of another actor, and an admin who is not looked at, so that nobody is the last one."""
    await service.grant(MAKER, ADMIN, VIEWER)
    await service.token(MAKER, ADMIN)
    return (await service.access.create_token(service.wanted(actor=MAKER), LOCAL))[1]


async def _by_token(service: Service, other: Service, *roles: Role) -> tuple[Caller, Token]:
    """An admin as the other service knows it, and the token that it came in by."""
    await service.grant(LEAD, *roles)
    secret, token = await service.access.create_token(service.wanted(roles), LOCAL)
    caller = await other.known(secret)
    assert caller is not None
    return caller, token


async def _codes(service: Service, caller: Caller, token: Token) -> list[ErrorCode | None]:
    """How each change that needs an ADMIN ends."""
    found: list[ErrorCode | None] = []
    for change in (
        service.access.create_token(service.wanted(actor=MAKER), caller),
        service.access.revoke_token(id_of(token), caller),
        service.access.set_role(Grant("people", token.uid, frozenset({ADMIN}), None), caller),
    ):
        try:
            await change
            found.append(None)
        except AccessRefused as refused:
            found.append(refused.code)
    return found


async def _stored(graph: Graph) -> list[list[object]]:
    return await graph.read(
        "MATCH (n) WHERE n:ApiToken OR n:RoleGrant RETURN n.uid, n.roles, n.revokedAt, n.change ORDER BY n.uid"
    )


async def test_a_token_that_was_revoked_elsewhere_changes_nothing(
    service: Service, other: Service, bens: Token, migrated: Graph
) -> None:
    caller, token = await _by_token(service, other, ADMIN, VIEWER)
    await service.access.revoke_token(id_of(token), LOCAL)
    before = await _stored(migrated)
    assert await _codes(other, caller, bens) == [ErrorCode.FORBIDDEN] * 3
    with pytest.raises(AccessRefused, match="not in force any more"):
        await other.access.create_token(other.wanted(actor=None), caller)
    assert await _stored(migrated) == before


async def test_a_token_that_has_ended_changes_nothing(service: Service, other: Service, bens: Token) -> None:
    caller, _ = await _by_token(service, other, ADMIN, VIEWER)
    other.passes(24 * 60 * 60)
    assert await _codes(other, caller, bens) == [ErrorCode.FORBIDDEN] * 3


async def test_an_admin_that_is_none_any_more_changes_what_it_still_may(
    service: Service, other: Service, bens: Token, migrated: Graph
) -> None:
    caller, _ = await _by_token(service, other, ADMIN, VIEWER)
    await service.grant(LEAD, VIEWER, sight=("a",))
    before = await _stored(migrated)
    assert await _codes(other, caller, bens) == [ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN]
    with pytest.raises(AccessRefused) as refused:
        await other.access.create_token(other.wanted([ADMIN], actor=None), caller)
    assert refused.value.code is ErrorCode.SCOPE_TOO_WIDE
    assert await _stored(migrated) == before
    _, made = await other.access.create_token(other.wanted(actor=None), caller)
    assert (made.roles, made.sight) == ({VIEWER}, ("a",))


async def test_what_claims_give_counts_as_it_came(service: Service, other: Service, bens: Token) -> None:
    claimed = caller_given(Given(frozenset({ADMIN}), None), Grant(*CLAIMED))
    assert await _codes(other, claimed, bens) == [None] * 3
    await service.grant(CLAIMED, ADMIN)
    granted = caller_given(Given(frozenset({VIEWER}), None), Grant(*CLAIMED, frozenset({ADMIN}), None, 1))
    await service.grant(CLAIMED, sight=())
    third = (await service.access.create_token(service.wanted(actor=MAKER), LOCAL))[1]
    codes = await _codes(other, granted, third)
    assert codes == [ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN]


async def test_claims_and_a_grant_make_an_admin_together(service: Service, other: Service, bens: Token) -> None:
    await service.grant(CLAIMED, VIEWER, sight=None)
    both = caller_given(Given(frozenset({ADMIN}), ("a",)), Grant(*CLAIMED, frozenset({VIEWER}), None, 1))
    assert both.roles == {ADMIN, VIEWER}
    await service.grant(CLAIMED, VIEWER, sight=("b",))
    assert await _codes(other, both, bens) == [ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN]


async def test_what_ended_the_callers_own_leave_is_told_again(service: Service, other: Service, bens: Token) -> None:
    del bens
    caller, token = await _by_token(service, other, ADMIN, VIEWER)
    grant = Grant(*LEAD, frozenset({VIEWER}), None)
    assert (await other.access.set_role(grant, caller))[1] is True
    assert (await other.access.set_role(grant, caller))[1] is False
    revoked = await other.access.revoke_token(id_of(token), caller)
    other.passes(1)
    assert await other.access.revoke_token(id_of(token), caller) == revoked
