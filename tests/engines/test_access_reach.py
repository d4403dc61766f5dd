"""Which tokens one lists and may revoke on every engine: by a limited token none that may more."""

import random
from collections.abc import Collection

import pytest

from app.access.granted import Grant, Sight, Token, reach_of
from app.access.roles import Role
from app.access.scoping import AccessRefused
from app.access.service import LOCAL, Caller
from app.errors import ErrorCode
from app.graph.driver import Graph
from tests.engines.access import LEAD, MAKER, Service, id_of

VIEWER, ENGINEER, SCANNER, ADMIN = Role.VIEWER, Role.ENGINEER, Role.SCANNER, Role.ADMIN
END = (2**62, "")


@pytest.fixture
def service(migrated: Graph) -> Service:
    return Service(migrated)


async def _made(
    service: Service, name: str, roles: Collection[Role], namespaces: list[str] | None = None
) -> tuple[Caller, Token]:
    """A token of the lead, and whoever comes in by it."""
    secret, token = await service.access.create_token(service.wanted(roles, name=name, namespaces=namespaces), LOCAL)
    caller = await service.known(secret)
    assert caller is not None
    return caller, token


async def _names(service: Service, caller: Caller, *, dead: bool = True) -> set[str]:
    """What it is listed, page by page, each of which says how many there are."""
    found: list[Token] = []
    after, total = END, 0
    while True:
        page, total = await service.access.tokens(caller, dead=dead, mine=False, after=after, count=2)
        found += page
        if not page:
            break
        after = (page[-1].created_at, page[-1].uid)
    assert len({each.uid for each in found}) == len(found) == total
    return {each.name for each in found}


async def _revoked(service: Service, caller: Caller, token: Token) -> bool:
    try:
        await service.access.revoke_token(id_of(token), caller)
    except AccessRefused as refused:
        if refused.code is not ErrorCode.NOT_FOUND:
            raise
        return False
    return True


async def test_a_limited_token_reaches_itself_and_what_it_could_have_made(service: Service) -> None:
    await service.grant(LEAD, VIEWER, ENGINEER, sight=("a", "b"))
    limited, own = await _made(service, "limited", [VIEWER], ["a"])
    _, same = await _made(service, "same", [VIEWER], ["a"])
    _, nothing = await _made(service, "nothing", [VIEWER], [])
    others = [
        (await _made(service, name, roles, namespaces))[1]
        for name, roles, namespaces in (
            ("more roles", [VIEWER, ENGINEER], ["a"]),
            ("another role", [ENGINEER], ["a"]),
            ("more namespaces", [VIEWER], ["a", "b"]),
            ("another namespace", [VIEWER], ["b"]),
            ("all namespaces", [VIEWER], None),
        )
    ]
    assert await _names(service, limited) == {"limited", "same", "nothing"}
    assert [await _revoked(service, limited, each) for each in others] == [False] * 5
    assert [await _revoked(service, limited, each) for each in (same, nothing, own)] == [True] * 3


async def test_a_token_that_may_all_that_its_actor_may_reaches_all_of_them(service: Service) -> None:
    await service.grant(LEAD, VIEWER, ENGINEER, SCANNER, sight=("a", "b"))
    _, once = await _made(service, "once", [SCANNER], ["b"])
    whole, own = await _made(service, "whole", [VIEWER, ENGINEER])
    assert await _names(service, whole) == {"whole"}
    await service.grant(LEAD, VIEWER, ENGINEER, sight=("a",))
    caller = await service.directory.caller_with(own.digest)
    assert caller is not None
    assert await _names(service, caller) == {"once", "whole"}
    assert await _revoked(service, caller, once)
    assert await _names(service, caller, dead=False) == {"whole"}


async def test_a_token_whose_actor_was_granted_more_is_limited_from_then_on(service: Service) -> None:
    await service.grant(LEAD, VIEWER, sight=("a",))
    caller, own = await _made(service, "first", [VIEWER], ["a"])
    await service.grant(LEAD, VIEWER, sight=None)
    _, wider = await _made(service, "wider", [VIEWER])
    assert not await _revoked(service, caller, wider), "by what the graph says, though the caller is as it was known"
    again = await service.directory.caller_with(own.digest)
    assert again is not None
    assert await _names(service, again) == {"first"}


async def test_who_came_in_without_a_token_reaches_its_own_and_an_admin_everybodys(service: Service) -> None:
    await service.grant(LEAD, ADMIN, VIEWER)
    await service.grant(MAKER, VIEWER)
    admin, _ = await _made(service, "admin", [ADMIN])
    await _made(service, "viewer", [VIEWER])
    await service.token(MAKER, VIEWER)
    assert await _names(service, Caller(*LEAD, frozenset())) == {"admin", "viewer"}
    assert await _names(service, admin) == {"admin", "viewer", "ci"}
    mine, total = await service.access.tokens(admin, dead=True, mine=True, after=END, count=10)
    assert ({each.name for each in mine}, total) == ({"admin", "viewer"}, 2)


async def test_the_statement_says_what_a_reach_holds(service: Service) -> None:
    rng = random.Random(7)
    held = Grant(*LEAD, frozenset({VIEWER, ENGINEER, SCANNER}), None)
    await service.grant(LEAD, *held.roles)
    tokens: list[Token] = []
    for number in range(24):
        roles = rng.sample(sorted(held.roles), rng.randint(1, 3))
        sight: Sight = rng.choice((None, tuple(sorted(rng.sample("abc", rng.randint(0, 3))))))
        tokens.append((await _made(service, str(number), roles, None if sight is None else list(sight)))[1])
    for grant in (held, Grant(*LEAD, frozenset({VIEWER, ENGINEER}), ("a", "b"))):
        await service.grant(LEAD, *grant.roles, sight=grant.sight)
        for token in tokens:
            caller = await service.directory.caller_with(token.digest)
            assert caller is not None
            reach = reach_of(caller, grant)
            expected = {each.name for each in tokens if reach.holds(each)}
            assert token.name in expected
            found, total = await service.access.tokens(caller, dead=True, mine=False, after=END, count=100)
            assert ({each.name for each in found}, total) == (expected, len(expected))
