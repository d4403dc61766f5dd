"""What of tokens and grants is refused on every engine, and that the last admin stays."""

import asyncio

import pytest

from app.access.managing import MOST_TOKENS
from app.access.roles import Role
from app.access.scoping import AccessRefused
from app.access.service import LOCAL, Caller
from app.errors import ErrorCode
from app.graph.driver import Graph
from graph_schema.identity import to_id
from tests.engines.access import LEAD, MAKER, Service, id_of

VIEWER, ENGINEER, ADMIN = Role.VIEWER, Role.ENGINEER, Role.ADMIN


@pytest.fixture
def service(migrated: Graph) -> Service:
    return Service(migrated)


async def _refused(awaited: object) -> AccessRefused:
    with pytest.raises(AccessRefused) as found:
        await awaited  # type: ignore[misc] - each test knows that it is a coroutine
    return found.value


# ------------------------------------------------------------------------------------------------ what is refused


async def test_a_token_is_not_wider_than_its_actor(service: Service) -> None:
    await service.grant(LEAD, VIEWER, sight=("a",))
    for wanted, path in (
        (service.wanted([ENGINEER]), "input.roles"),
        (service.wanted([VIEWER, ENGINEER]), "input.roles"),
        (service.wanted(namespaces=["a", "b"]), "input.namespaces"),
        (service.wanted(actor=MAKER), "input.roles"),
    ):
        refused = await _refused(service.access.create_token(wanted, LOCAL))
        assert (refused.code, refused.path) == (ErrorCode.SCOPE_TOO_WIDE, path)


@pytest.mark.parametrize("days", (-1, 0, 90.001, 100_000))
async def test_a_token_ends_within_its_longest_life(service: Service, days: float) -> None:
    await service.grant(LEAD, VIEWER)
    refused = await _refused(service.access.create_token(service.wanted(days=days), LOCAL))
    assert (refused.code, refused.path) == (ErrorCode.BAD_VALUE, "input.expiresAt")


async def test_an_actor_has_so_many_live_tokens_and_no_more(service: Service) -> None:
    await service.grant(LEAD, VIEWER)
    made = [await service.access.create_token(service.wanted(), LOCAL) for _ in range(MOST_TOKENS)]
    refused = await _refused(service.access.create_token(service.wanted(), LOCAL))
    assert refused.code is ErrorCode.TOO_MANY_TOKENS
    await service.access.revoke_token(id_of(made[0][1]), LOCAL)
    await service.token(LEAD, VIEWER)


async def test_one_who_is_no_admin_makes_no_more_than_it_came_with(service: Service) -> None:
    await service.grant(LEAD, VIEWER, ENGINEER, sight=("a", "b"))
    caller = await service.known(await service.token(LEAD, VIEWER, namespaces=["a"]))
    assert caller is not None
    for wanted, code in (
        (service.wanted([ENGINEER]), ErrorCode.SCOPE_TOO_WIDE),
        (service.wanted(namespaces=["b"]), ErrorCode.SCOPE_TOO_WIDE),
        (service.wanted(days=1.001), ErrorCode.BAD_VALUE),
        (service.wanted(actor=MAKER), ErrorCode.FORBIDDEN),
    ):
        assert (await _refused(service.access.create_token(wanted, caller))).code is code
    _, token = await service.access.create_token(service.wanted(actor=None), caller)
    assert (token.actor, token.sight, token.created_by) == (LEAD, ("a",), caller.uid)


async def test_one_who_is_no_admin_revokes_and_lists_its_own_only(service: Service) -> None:
    await service.grant(LEAD, VIEWER)
    await service.grant(MAKER, VIEWER)
    _, bens = await service.access.create_token(service.wanted(actor=MAKER), LOCAL)
    admin = await service.known(await service.token(LEAD, VIEWER))
    assert admin is not None
    for token_id in (id_of(bens), to_id("ApiToken", "0" * 64), to_id("Actor", bens.uid), "nonsense"):
        refused = await _refused(service.access.revoke_token(token_id, admin))
        assert (refused.code, refused.message) == (
            ErrorCode.NOT_FOUND,
            "No token of yours has this id. Take it from `tokens`.",
        )
    found, total = await service.access.tokens(admin, dead=True, mine=False, after=(2**62, ""), count=10)
    assert ([each.actor for each in found], total) == ([LEAD], 1)
    assert (await _refused(service.access.grants(admin, after=("", ""), count=10))).code is ErrorCode.FORBIDDEN
    assert (await _refused(service.grant(LEAD, ADMIN, by=admin))).code is ErrorCode.FORBIDDEN


async def test_an_admin_sees_everything(service: Service) -> None:
    refused = await _refused(service.grant(LEAD, ADMIN, sight=("a",)))
    assert (refused.code, refused.path) == (ErrorCode.BAD_VALUE, "input.namespaces")
    await service.grant(LEAD, ADMIN)
    refused = await _refused(service.token(LEAD, ADMIN, namespaces=["a"]))
    assert (refused.code, refused.path) == (ErrorCode.BAD_VALUE, "input.namespaces")


@pytest.mark.parametrize(
    ("actor", "sight", "path"),
    (
        (("", "admin"), None, "input.actor.issuer"),
        (("people", "x" * 513), None, "input.actor.subject"),
        (("people", "a\0b"), None, "input.actor.subject"),
        (LEAD, ("",), "input.namespaces"),
        (LEAD, tuple(f"n{each:03}" for each in range(101)), "input.namespaces"),
    ),
)
async def test_what_cannot_be_stored_is_refused(
    service: Service, actor: tuple[str, str], sight: tuple[str, ...] | None, path: str
) -> None:
    assert (await _refused(service.grant(actor, VIEWER, sight=sight))).path == path


@pytest.mark.parametrize("name", ("", " ", "x" * 201, "a\0"))
async def test_a_token_says_what_it_is_for(service: Service, name: str) -> None:
    await service.grant(LEAD, VIEWER)
    refused = await _refused(service.access.create_token(service.wanted(name=name), LOCAL))
    assert refused.path == "input.name"


async def test_the_same_again_changes_nothing(service: Service, migrated: Graph) -> None:
    first, changed = await service.grant(LEAD, VIEWER, sight=("a", "b"))
    assert changed
    _, token = await service.access.create_token(service.wanted(), LOCAL)
    revoked = await service.access.revoke_token(id_of(token), LOCAL)
    before = await migrated.read("MATCH (s:AccessState) RETURN s.changes")
    service.passes(5)
    assert await service.grant(LEAD, VIEWER, sight=("a", "b")) == (first, False)
    assert await service.access.revoke_token(id_of(token), LOCAL) == revoked
    assert await migrated.read("MATCH (s:AccessState) RETURN s.changes") == before


async def test_where_nothing_is_said_of_namespaces_they_stay(service: Service) -> None:
    wanted = (await service.grant(LEAD, VIEWER, sight=("a",)))[0]
    kept, changed = await service.access.set_role(
        wanted.__class__(*LEAD, frozenset({ENGINEER})), LOCAL, same_sight=True
    )
    assert (kept.roles, kept.sight, changed) == ({ENGINEER}, ("a",), True)
    refused = await _refused(service.access.set_role(wanted.__class__(*MAKER), LOCAL, same_sight=True))
    assert refused.path == "input.namespaces"


# ------------------------------------------------------------------------------------------------ the last admin


async def test_the_last_admin_stays(service: Service) -> None:
    await service.grant(LEAD, ADMIN)
    refused = await _refused(service.grant(LEAD, VIEWER))
    assert (refused.code, refused.path) == (ErrorCode.LAST_ADMIN, "input.roles")
    await service.grant(MAKER, ADMIN)
    await service.grant(LEAD, VIEWER)
    assert (await _refused(service.grant(MAKER))).code is ErrorCode.LAST_ADMIN


async def test_the_last_way_in_stays(service: Service) -> None:
    await service.grant(LEAD, ADMIN, VIEWER)
    await service.grant(MAKER, ADMIN)
    _, token = await service.access.create_token(service.wanted([ADMIN]), LOCAL)
    await service.token(LEAD, VIEWER)  # lets in, but not as an admin
    _, ended = await service.access.create_token(service.wanted([ADMIN], actor=MAKER, days=0.5), LOCAL)
    service.passes(24 * 60 * 60 * 0.6)
    refused = await _refused(service.access.revoke_token(id_of(token), LOCAL))
    assert (refused.code, refused.path) == (ErrorCode.LAST_ADMIN, "input.id")
    assert (await _refused(service.grant(LEAD, VIEWER))).code is ErrorCode.LAST_ADMIN
    await service.access.revoke_token(id_of(ended), LOCAL)
    await service.token(MAKER, ADMIN)
    await service.access.revoke_token(id_of(token), LOCAL)


@pytest.mark.parametrize("configured", ("https://login.example", "https://other.example", ""))
async def test_who_needs_no_token_is_a_way_in(migrated: Graph, configured: str) -> None:
    service = Service(migrated, issuer=configured)
    await service.grant(LEAD, ADMIN)
    await service.grant(("https://login.example", "7"), ADMIN)
    _, token = await service.access.create_token(service.wanted([ADMIN]), LOCAL)
    if configured != "https://login.example":
        assert (await _refused(service.access.revoke_token(id_of(token), LOCAL))).code is ErrorCode.LAST_ADMIN
        assert (await _refused(service.grant(LEAD))).code is ErrorCode.LAST_ADMIN
        return
    await service.access.revoke_token(id_of(token), LOCAL)
    await service.grant(LEAD)


@pytest.mark.parametrize(("each_other", "code"), ((True, ErrorCode.FORBIDDEN), (False, ErrorCode.LAST_ADMIN)))
async def test_of_two_admins_who_remove_one_another_or_themselves_at_once_one_stays(
    service: Service, migrated: Graph, each_other: bool, code: ErrorCode
) -> None:
    other = Service(migrated)
    for _ in range(5):
        await service.grant(LEAD, ADMIN)
        await service.grant(MAKER, ADMIN)
        lead, maker = (Caller(*each, frozenset({ADMIN})) for each in (LEAD, MAKER))
        ended = await asyncio.gather(
            service.grant(MAKER, by=lead if each_other else maker),
            other.grant(LEAD, by=maker if each_other else lead),
            return_exceptions=True,
        )
        refused = [each for each in ended if isinstance(each, BaseException)]
        assert [each.code for each in refused if isinstance(each, AccessRefused)] == [code]
        assert len(refused) == 1
        [[left]] = await migrated.read("MATCH (g:RoleGrant) WHERE 'ADMIN' IN g.roles RETURN count(g)")
        assert left == 1
