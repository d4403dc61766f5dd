"""Nobody comes in as the service itself, or as whoever asks it without login: what was done would read as theirs."""

import pytest

from app.access import graph as cypher
from app.access.granted import Grant
from app.access.roles import Role
from app.access.scoping import AccessRefused
from app.access.service import LOCAL, SERVICE, Caller
from app.errors import ErrorCode
from app.graph.driver import Graph
from app.graph.transaction import Transaction
from tests.engines.access import LEAD, Service


@pytest.fixture
def service(migrated: Graph) -> Service:
    return Service(migrated)


OWN = (SERVICE, LOCAL, Caller("pedigree", "another"), Caller(" Pedigree", "like"))


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.subject)
async def test_an_admin_makes_nobody_one_of_the_services_own_actors(service: Service, own: Caller) -> None:
    await service.grant(LEAD, Role.ADMIN, Role.VIEWER)
    admin = await service.known(await service.token(LEAD, Role.ADMIN, Role.VIEWER))
    assert admin is not None
    for by in (admin, LOCAL):
        for refusing in (
            service.access.create_token(service.wanted(actor=own.actor), by),
            service.access.set_role(Grant(*own.actor, frozenset({Role.VIEWER}), None), by),
        ):
            with pytest.raises(AccessRefused, match=f"as {own.issuer}/{own.subject}.*Name another actor") as refused:
                await refusing
            assert (refused.value.code, refused.value.path) == (ErrorCode.FORBIDDEN, "input.actor")
    assert (await service.access.grants(LOCAL, after=("", ""), count=10))[1] == 1


async def test_who_asks_without_login_names_whom_a_token_acts_as(service: Service) -> None:
    with pytest.raises(AccessRefused, match="--actor"):
        await service.access.create_token(service.wanted(actor=None), LOCAL)


async def test_what_one_of_them_was_granted_before_is_taken_away(service: Service, migrated: Graph) -> None:
    async def work(transaction: Transaction) -> None:
        held = Grant(*SERVICE.actor, frozenset({Role.VIEWER}), None, granted_at=1)
        await cypher.give(transaction, held, LOCAL.uid, await cypher.counted(transaction))

    await migrated.write(work, repeatable=True)
    taken, changed = await service.access.set_role(Grant(*SERVICE.actor), LOCAL, same_sight=True)
    assert (taken.roles, changed) == (frozenset(), True)
