"""Tokens on every engine: who is known by one, for how long, and what that costs."""

import asyncio
from collections.abc import Generator

import pytest

from app.access.roles import Role
from app.access.service import LOCAL
from app.access.tokens import new_token
from app.graph.driver import Graph
from tests.engines.access import LEAD, MAKER, Service, id_of

VIEWER, ENGINEER = Role.VIEWER, Role.ENGINEER


@pytest.fixture
def service(migrated: Graph) -> Service:
    return Service(migrated)


# ------------------------------------------------------------------------------------------------ who is known


async def test_a_token_acts_as_its_actor_within_its_bounds(service: Service) -> None:
    await service.grant(LEAD, VIEWER, ENGINEER, sight=("a", "b", "c"))
    secret = await service.token(LEAD, VIEWER, namespaces=["c", "b"])
    found = await service.known(secret)
    assert found is not None
    assert (found.issuer, found.subject) == LEAD
    assert (found.roles, found.sight) == (frozenset({VIEWER}), ("b", "c"))
    assert found.token is not None
    assert found.token.name == "ci"


async def test_only_a_digest_of_it_is_stored(service: Service, migrated: Graph) -> None:
    await service.grant(LEAD, VIEWER)
    secret = await service.token(LEAD, VIEWER)
    [[stored]] = await migrated.read("MATCH (t:ApiToken) RETURN properties(t)")
    assert secret not in str(stored)
    assert str(stored["digest"]).startswith("sha256:")


async def test_nobody_is_known_by_a_token_that_was_never_made(service: Service) -> None:
    await service.grant(LEAD, VIEWER)
    await service.token(LEAD, VIEWER)
    assert await service.known(new_token()) is None


async def test_a_token_ends_to_the_second(service: Service) -> None:
    await service.grant(LEAD, VIEWER)
    secret = await service.token(LEAD, VIEWER, days=1)
    service.passes(24 * 60 * 60 - 1)
    assert await service.known(secret) is not None
    service.passes(1)
    assert await service.known(secret) is None


async def test_a_revoked_token_is_refused_at_once_and_elsewhere_in_time(service: Service, migrated: Graph) -> None:
    other = Service(migrated)
    await service.grant(LEAD, VIEWER)
    secret, token = await service.access.create_token(service.wanted(), LOCAL)
    assert await service.known(secret) is not None
    assert await other.known(secret) is not None
    await service.access.revoke_token(id_of(token), LOCAL)
    assert await service.known(secret) is None
    other.passes(9)
    assert await other.known(secret) is None


async def test_what_was_made_with_a_token_outlives_it_and_says_who_made_it(service: Service) -> None:
    await service.grant(LEAD, VIEWER)
    secret, first = await service.access.create_token(service.wanted(), LOCAL)
    caller = await service.known(secret)
    assert caller is not None
    next_secret, _ = await service.access.create_token(service.wanted(actor=None, name="next"), caller)
    await service.access.revoke_token(id_of(first), caller)
    assert await service.known(secret) is None
    assert await service.known(next_secret) is not None
    [left], _ = await service.access.tokens(LOCAL, dead=False, mine=False, after=(2**62, ""), count=10)
    assert (left.name, left.created_by) == ("next", caller.uid)


async def test_a_role_taken_away_counts_at_once_and_elsewhere_in_time(service: Service, migrated: Graph) -> None:
    other = Service(migrated)
    await service.grant(LEAD, VIEWER, ENGINEER)
    secret = await service.token(LEAD, VIEWER, ENGINEER)
    for each in (service, other):
        assert (await _roles(each, secret)) == {VIEWER, ENGINEER}
    await service.grant(LEAD, VIEWER, sight=("a",))
    assert (await _roles(service, secret)) == {VIEWER}
    other.passes(9)
    found = await other.known(secret)
    assert found is not None
    assert (found.roles, found.sight) == ({VIEWER}, ("a",))


async def _roles(service: Service, secret: str) -> frozenset[Role] | None:
    found = await service.known(secret)
    return found and found.roles


async def test_a_token_made_elsewhere_is_known_at_its_first_use(service: Service, migrated: Graph) -> None:
    other = Service(migrated)
    assert await other.known(new_token()) is None
    await service.grant(LEAD, VIEWER)
    assert await other.known(await service.token(LEAD, VIEWER)) is not None


async def test_what_sees_nothing_is_told_apart_from_what_sees_all(service: Service, migrated: Graph) -> None:
    await service.grant(LEAD, VIEWER, sight=())
    await service.grant(MAKER, VIEWER, sight=None)
    secrets = [await service.token(each, VIEWER) for each in (LEAD, MAKER)]
    nothing = await service.token(MAKER, VIEWER, namespaces=[])
    for each in (service, Service(migrated)):
        sights = [found.sight for secret in (*secrets, nothing) if (found := await each.known(secret))]
        assert sights == [(), None, ()]


async def test_a_grant_that_was_emptied_leaves_a_caller_without_roles(service: Service) -> None:
    await service.grant(LEAD, VIEWER)
    secret = await service.token(LEAD, VIEWER)
    await service.grant(LEAD, sight=())
    found = await service.known(secret)
    assert found is not None
    assert (found.roles, found.sight) == (frozenset(), ())


# ------------------------------------------------------------------------------------------------ what it costs


async def test_the_steady_state_costs_no_statement(service: Service, statements: list[str]) -> None:
    await service.grant(LEAD, VIEWER)
    secret = await service.token(LEAD, VIEWER)
    await service.known(secret)
    statements.clear()
    for _ in range(100):
        assert await service.known(secret) is not None
    assert statements == []


async def test_wrong_tokens_cost_few_statements_and_put_nobody_out(service: Service, statements: list[str]) -> None:
    await service.grant(LEAD, VIEWER)
    secret = await service.token(LEAD, VIEWER)
    await service.known(secret)
    service.passes(1)
    statements.clear()
    wrong = await asyncio.gather(*(service.known(new_token()) for _ in range(2_000)))
    assert set(wrong) == {None}
    assert len(statements) <= 2
    assert await service.known(secret) is not None
    assert len(service.directory._tokens) == len(service.directory._callers) == 1


async def test_a_graph_that_was_put_back_is_read_anew(service: Service, migrated: Graph) -> None:
    await service.grant(LEAD, VIEWER)
    kept, later = await service.token(LEAD, VIEWER), await service.token(LEAD, VIEWER)
    assert await service.known(later) is not None
    await migrated.execute("MATCH (t:ApiToken) WHERE t.change = 3 DETACH DELETE t")
    await migrated.execute("MATCH (s:AccessState) SET s.changes = 2")
    service.passes(9)
    assert await service.known(later) is None
    assert await service.known(kept) is not None


@pytest.fixture
def statements(migrated: Graph) -> Generator[list[str]]:
    """What is sent to the graph, from when a test empties it."""
    told: list[str] = []
    end = migrated.on_statement(lambda text, _: told.append(text))
    yield told
    end()


# ------------------------------------------------------------------------------------------------ the lists


async def test_tokens_are_listed_by_pages_the_newest_first(service: Service) -> None:
    await service.grant(LEAD, VIEWER)
    made = []
    for number in range(5):
        service.now += number % 2  # some of them at the same time
        made.append((await service.access.create_token(service.wanted(name=str(number)), LOCAL))[1])
    await service.access.revoke_token(id_of(made[0]), LOCAL)
    expected = sorted(made, key=lambda each: (-each.created_at, each.uid))
    found = []
    after = (2**62, "")
    while True:
        page, total = await service.access.tokens(LOCAL, dead=True, mine=False, after=after, count=2)
        assert total == 5
        if not page:
            break
        found += page
        after = (page[-1].created_at, page[-1].uid)
    assert [each.uid for each in found] == [each.uid for each in expected]
    live, total = await service.access.tokens(LOCAL, dead=False, mine=False, after=(2**62, ""), count=10)
    assert (len(live), total) == (4, 4)
    mine, total = await service.access.tokens(LOCAL, dead=True, mine=True, after=(2**62, ""), count=10)
    assert (mine, total) == ([], 0)


async def test_grants_are_listed_by_pages(service: Service) -> None:
    actors = [("a", "1"), ("a", "2"), ("b", "0")]
    for actor in reversed(actors):
        await service.grant(actor, VIEWER)
    found: list[tuple[str, str]] = []
    after = ("", "")
    while page := (await service.access.grants(LOCAL, after=after, count=1))[0]:
        found += [each.actor for each in page]
        after = page[-1].actor
    assert found == actors
    assert (await service.access.grants(LOCAL, after=("", ""), count=1))[1] == 3
    [one], total = await service.access.grants(LOCAL, actor=("a", "2"), after=("", ""), count=10)
    assert (one.actor, total) == (("a", "2"), 1)
