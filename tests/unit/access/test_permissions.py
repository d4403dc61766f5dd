"""The table of roles and permissions holds what the design says of the roles."""

from app.access.permissions import EVERYBODY, GRANTS, Permission, permissions_of, roles_with
from app.access.roles import Role
from app.access.service import LOCAL, Caller
from tests.published import PUBLISHED
from tests.reference.guarded import askings

NAMES = {
    "viewer:read", "schema:read", "inventory:read", "lineage:read", "people:read", "history:read", "lineage:register",
    "lineage:retract", "tokens:own", "tokens:manage", "roles:manage",
    "artifacts:write", "artifacts:read", "artifacts:verify",
    "retention:read", "retention:plan", "retention:approve", "retention:apply", "holds:manage", "metrics:read",
}  # fmt: skip
READS = {
    Permission.INVENTORY_READ, Permission.LINEAGE_READ, Permission.PEOPLE_READ, Permission.HISTORY_READ,
    Permission.ARTIFACTS_READ,
}  # fmt: skip
CHANGES = {Permission.LINEAGE_REGISTER, Permission.LINEAGE_RETRACT, Permission.ARTIFACTS_WRITE}


def test_a_name_stays() -> None:
    assert {str(each) for each in Permission} == NAMES
    assert all(each.meaning.endswith(".") for each in Permission)


def test_every_role_has_its_grant_and_a_reason() -> None:
    assert list(GRANTS) == list(Role)
    assert all(grant.reason.endswith(".") and grant.permissions >= EVERYBODY for grant in GRANTS.values())


def test_a_scanner_may_ask_who_it_is_and_nothing_else() -> None:
    assert permissions_of(frozenset({Role.SCANNER})) == {Permission.VIEWER_READ} == permissions_of(frozenset())


def test_an_admin_looks_after_people_and_registers_nothing() -> None:
    held = permissions_of(frozenset({Role.ADMIN}))
    assert held >= {Permission.TOKENS_MANAGE, Permission.ROLES_MANAGE}
    assert held.isdisjoint(CHANGES)
    assert roles_with(Permission.TOKENS_MANAGE) == roles_with(Permission.ROLES_MANAGE) == (Role.ADMIN,)


def test_an_auditor_reads_all_and_changes_nothing() -> None:
    held = permissions_of(frozenset({Role.AUDITOR}))
    assert held >= READS
    assert held.isdisjoint(CHANGES)


def test_who_looks_after_files_has_them_read_again() -> None:
    """What is found goes on record, and nobody is given what is said to be damaged."""
    kept_from = {Role.VIEWER, Role.SCANNER, Role.DEPLOYER}
    assert set(roles_with(Permission.ARTIFACTS_VERIFY)) == set(Role) - kept_from
    fields = {each.name: each.permissions for each in askings(PUBLISHED)}
    assert fields["Mutation.verifyArtifacts"] >= {"artifacts:verify"}
    assert "artifacts:read" not in fields["Mutation.verifyArtifacts"], "an ADMIN fetches nothing"


def test_engineers_alone_register() -> None:
    assert [roles_with(each) for each in CHANGES] == [(Role.ENGINEER,)] * 3


def test_who_plans_what_goes_does_not_approve_it() -> None:
    for role in Role:
        held = permissions_of(frozenset({role}))
        assert not held >= {Permission.RETENTION_PLAN, Permission.RETENTION_APPROVE}, role
    assert roles_with(Permission.RETENTION_PLAN) == roles_with(Permission.RETENTION_APPLY) == (Role.ADMIN,)
    assert roles_with(Permission.RETENTION_APPROVE) == roles_with(Permission.HOLDS_MANAGE) == (Role.RISK_APPROVER,)


def test_whoever_reads_words_reads_what_they_say_of_people_and_things() -> None:
    """A word holds all that was said of a thing: a permission for it alone would be a way round the others."""
    assert set(roles_with(Permission.HISTORY_READ)) <= set(roles_with(Permission.PEOPLE_READ))
    for each in (Permission.PEOPLE_READ, Permission.LINEAGE_READ, *CHANGES):
        assert set(roles_with(each)) <= set(roles_with(Permission.INVENTORY_READ))


def test_roles_add_up() -> None:
    held = permissions_of(frozenset({Role.VIEWER, Role.ENGINEER}))
    assert held == GRANTS[Role.VIEWER].permissions | GRANTS[Role.ENGINEER].permissions
    assert LOCAL.permissions == set(Permission)
    assert Caller("issuer", "subject", frozenset()).permissions == EVERYBODY
