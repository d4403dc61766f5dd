"""What callers may do: every permission with its meaning, and which role has which. `docs/access.md` shows all of it.

A field of the API names the permission that it needs where it is declared, by the metadata that `guarded` gives. What
people did or said themselves is apart from the inventory, which says who answers for a thing: for that it is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import lru_cache
from typing import Self

from app.access.roles import Role

NEEDS = "needs"
"""The key under which the metadata of a field, of an argument or of a field of an input holds what it needs."""


@unique
class Permission(StrEnum):
    """Something that a caller may do; the name is never changed.

    Attributes:
        meaning: what it lets its caller do.
    """

    meaning: str

    def __new__(cls, name: str, meaning: str) -> Self:
        """A permission of that name."""
        made = str.__new__(cls, name)
        made._value_, made.meaning = name, meaning
        return made

    VIEWER_READ = "viewer:read", "Ask who one is, with which roles, and what is left of the limits."
    SCHEMA_READ = "schema:read", "Ask what can be asked, and be told what a misspelt name may have meant."
    INVENTORY_READ = "inventory:read", "Read things and their lists: what there is, served, lacks something, differs."
    LINEAGE_READ = "lineage:read", "Walk: what flows into what, at any distance."
    PEOPLE_READ = (
        "people:read",
        "Read what people did or said themselves: who ran, wrote, deployed or sent something; list and search them.",
    )
    HISTORY_READ = (
        "history:read",
        "Read what each source said and says, what it took back, and what changed; what is said of people is in it.",
    )
    LINEAGE_REGISTER = "lineage:register", "Register what a source says of things and of how they are related."
    LINEAGE_RETRACT = "lineage:retract", "Take back what a source said."
    ARTIFACTS_WRITE = "artifacts:write", "Hand over the files of versions."
    ARTIFACTS_READ = "artifacts:read", "Fetch the files of versions."
    ARTIFACTS_VERIFY = (
        "artifacts:verify",
        "Have the service read stored files again; what it finds goes on record as its own finding.",
    )
    RETENTION_READ = (
        "retention:read",
        "Read what is stored, what it costs and what is amiss, retention plans and legal holds.",
    )
    RETENTION_PLAN = "retention:plan", "Plan which versions lose their files under a policy."
    RETENTION_APPROVE = "retention:approve", "Approve such a plan, which another person had planned."
    RETENTION_APPLY = (
        "retention:apply",
        "Carry out an approved plan, give files back that it took away, and remove bytes that nobody recorded.",
    )
    HOLDS_MANAGE = "holds:manage", "Place and lift legal holds."
    METRICS_READ = (
        "metrics:read",
        "Read what the service counts of itself at /metrics; it takes the sight of everything, too.",
    )
    TOKENS_OWN = "tokens:own", "Make, list and revoke tokens that act for oneself."
    TOKENS_MANAGE = "tokens:manage", "Make, list and revoke the tokens of anybody."
    ROLES_MANAGE = "roles:manage", "Say who has which role, and sees which namespaces."


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do.

    Attributes:
        permissions: all of it.
        reason: why this and no more, for people.
    """

    permissions: frozenset[Permission]
    reason: str


LOOKED_UP: Mapping[str, Permission] = {"Actor": Permission.PEOPLE_READ}
"""By type, what is needed to look a thing up by its id, as to list it: an id follows from a key that can be guessed."""

EVERYBODY = frozenset({Permission.VIEWER_READ})
"""What each caller may do, also one without a role."""

_READER = EVERYBODY | {
    Permission.SCHEMA_READ,
    Permission.INVENTORY_READ,
    Permission.LINEAGE_READ,
    Permission.TOKENS_OWN,
}
_JUDGE = _READER | {
    Permission.PEOPLE_READ,
    Permission.HISTORY_READ,
    Permission.ARTIFACTS_READ,
    Permission.ARTIFACTS_VERIFY,
    Permission.RETENTION_READ,
}
_KEEPER = {Permission.RETENTION_APPROVE, Permission.HOLDS_MANAGE}

GRANTS: Mapping[Role, Grant] = {
    Role.VIEWER: Grant(_READER, "It shows an inventory and who answers for it, not whose work each run was."),
    Role.SCANNER: Grant(EVERYBODY, "It runs where anybody might get hold of its token: it reads nothing."),
    Role.ENGINEER: Grant(
        _JUDGE | {Permission.LINEAGE_REGISTER, Permission.LINEAGE_RETRACT, Permission.ARTIFACTS_WRITE},
        "It works in the systems that the names come from, and puts right what they said.",
    ),
    Role.RISK_APPROVER: Grant(
        _JUDGE | _KEEPER,
        "It must see whose work it decides on, and what was said of it before; it answers for what is kept.",
    ),
    Role.SECURITY_APPROVER: Grant(_JUDGE, "It must see whose work it decides on, and what was said of it before."),
    Role.DEPLOYER: Grant(
        _READER | {Permission.ARTIFACTS_READ},
        "It asks what may be deployed, and fetches it; whose work that is, others have judged.",
    ),
    Role.INCIDENT: Grant(_JUDGE | {Permission.METRICS_READ}, "It must see at once what changed, and whom to call."),
    Role.AUDITOR: Grant(
        _JUDGE | {Permission.METRICS_READ},
        "It reads everything, and changes nothing of it; it has files read again, and the service says what it found.",
    ),
    Role.ADMIN: Grant(
        _READER
        | {Permission.PEOPLE_READ, Permission.TOKENS_MANAGE, Permission.ROLES_MANAGE}
        | {Permission.RETENTION_READ, Permission.RETENTION_PLAN, Permission.RETENTION_APPLY}
        | {Permission.ARTIFACTS_VERIFY, Permission.METRICS_READ},
        "It looks after people, tokens and policies, and must be able to see what they see; it approves nothing.",
    ),
}
"""By role, what it may do."""


def guarded(permission: Permission) -> dict[str, Permission]:
    """The metadata of what needs this permission."""
    return {NEEDS: permission}


@lru_cache(maxsize=2 ** len(Role))
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """What a caller with these roles may do, whatever it may see."""
    return EVERYBODY.union(*(GRANTS[role].permissions for role in roles))


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that have a permission, in the order of their declaration."""
    return tuple(role for role in Role if permission in GRANTS[role].permissions)
