"""Callers, tokens and grants, as the API shows them."""

from collections.abc import Iterable
from enum import Enum

import strawberry

from app.access import granted, roles
from app.access.service import Caller
from app.access.spending import Budget
from app.compiler.scalars import DateTime
from app.registry.types.pages import PageInfo
from graph_schema.identity import to_id, uid


@strawberry.enum(description="What a caller is there to do; several may be held at once.")
class Role(Enum):
    """What a caller is there to do; the names are those of `app.access.roles.Role`."""

    VIEWER = strawberry.enum_value("VIEWER", description="Asks about the inventory and its lineage.")
    SCANNER = strawberry.enum_value("SCANNER", description="Reports what it found running, and nothing else.")
    ENGINEER = strawberry.enum_value("ENGINEER", description="Registers, and asks for promotions.")
    RISK_APPROVER = strawberry.enum_value("RISK_APPROVER", description="Decides for those who answer for risk.")
    SECURITY_APPROVER = strawberry.enum_value(
        "SECURITY_APPROVER", description="Decides for those who answer for security."
    )
    DEPLOYER = strawberry.enum_value("DEPLOYER", description="Deploys what may be deployed, and ends deployments.")
    INCIDENT = strawberry.enum_value("INCIDENT", description="Rolls back where production is in danger.")
    AUDITOR = strawberry.enum_value(
        "AUDITOR", description="Reads everything, with its proofs, and has stored files read again."
    )
    ADMIN = strawberry.enum_value(
        "ADMIN", description="Looks after people, tokens and policies; cannot approve. Never limited to namespaces."
    )


_NAMESPACES = "The namespaces that are seen and registered in; null: all there are."


@strawberry.type(description="The API token by which a caller came in.")
class ViewerToken:
    """The API token by which a caller came in."""

    name: str = strawberry.field(description="What it is for.")
    expires_at: DateTime = strawberry.field(description="When it ends.")


@strawberry.type(description="What a caller may still spend, in the cost of operations.")
class ViewerBudget:
    """What a caller may still spend."""

    left: int = strawberry.field(description="What may be spent now; this request is paid already.")
    burst: int = strawberry.field(description="The most that may be spent at once.")
    per_minute: int = strawberry.field(description="How much comes back in a minute.")
    full_in: int = strawberry.field(description="In how many seconds all of it has come back.")


@strawberry.type(description="Who is asking, and what the service lets it do.")
class Viewer:
    """Who is asking."""

    id: strawberry.ID = strawberry.field(description="The id of the actor, also where nobody has described it.")
    issuer: str = strawberry.field(description="Who vouches for the identity.")
    subject: str = strawberry.field(description="The identity there.")
    roles: list[Role] = strawberry.field(description="The roles that count for this request.")
    namespaces: list[str] | None = strawberry.field(description=_NAMESPACES)
    token: ViewerToken | None = strawberry.field(description="The API token; null for who came in otherwise.")
    budget: ViewerBudget | None = strawberry.field(description="What is left of what it may spend; null: no limit.")


@strawberry.type(description="An API token, without its secret, which is not kept.")
class ApiToken:
    """An API token, without its secret."""

    id: strawberry.ID = strawberry.field(description="By which it is revoked.")
    name: str = strawberry.field(description="What it is for.")
    issuer: str = strawberry.field(description="Who vouches for the identity of the actor that it acts as.")
    subject: str = strawberry.field(description="The identity there.")
    roles: list[Role] = strawberry.field(
        description="The roles that it is limited to: those of them count that its actor holds."
    )
    namespaces: list[str] | None = strawberry.field(
        description="The namespaces that it is limited to, of those that its actor sees; null: to all of them."
    )
    created_at: DateTime = strawberry.field(description="When it was made.")
    created_by: strawberry.ID = strawberry.field(
        description="The id of the actor who made it, by whichever of its tokens: it outlives that one."
    )
    expires_at: DateTime = strawberry.field(description="When it ends.")
    revoked_at: DateTime | None = strawberry.field(description="When it was revoked; null while it was not.")
    revoked_by: strawberry.ID | None = strawberry.field(description="The id of the actor who revoked it.")


@strawberry.type(description="What an actor was granted.")
class RoleGrant:
    """What an actor was granted."""

    actor: strawberry.ID = strawberry.field(description="The id of the actor, also where nobody has described it.")
    issuer: str = strawberry.field(description="Who vouches for the identity.")
    subject: str = strawberry.field(description="The identity there.")
    roles: list[Role] = strawberry.field(description="The roles that it holds; none after all were taken away.")
    namespaces: list[str] | None = strawberry.field(description=_NAMESPACES)
    granted_at: DateTime = strawberry.field(description="When this was granted.")


@strawberry.type(description="A token in a list.")
class ApiTokenEdge:
    """A token in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: ApiToken = strawberry.field(description="The token.")


@strawberry.type(description="Tokens, the newest first.")
class ApiTokenConnection:
    """Tokens, the newest first."""

    edges: list[ApiTokenEdge] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int = strawberry.field(description="How many there are in all.")


@strawberry.type(description="A grant in a list.")
class RoleGrantEdge:
    """A grant in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: RoleGrant = strawberry.field(description="The grant.")


@strawberry.type(description="What actors were granted, in the order of their issuers and subjects.")
class RoleGrantConnection:
    """What actors were granted."""

    edges: list[RoleGrantEdge] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int = strawberry.field(description="How many there are in all.")


def viewer_of(caller: Caller, budget: Budget | None) -> Viewer:
    """The caller, as it sees itself, and what it may still spend."""
    held = caller.token
    return Viewer(
        id=strawberry.ID(to_id("Actor", caller.uid)),
        issuer=caller.issuer,
        subject=caller.subject,
        roles=_roles(caller.roles),
        namespaces=_names(caller.sight),
        token=None if held is None else ViewerToken(name=held.name, expires_at=DateTime(held.expires_at)),
        budget=None if budget is None else _budget(budget),
    )


def _budget(budget: Budget) -> ViewerBudget:
    rate = budget.rate
    return ViewerBudget(left=budget.left, burst=rate.burst, per_minute=rate.per_minute, full_in=budget.full_in)


def shown_token(token: granted.Token) -> ApiToken:
    """A token, as the API shows it."""
    revoked_by = token.revoked_by
    return ApiToken(
        id=strawberry.ID(to_id("ApiToken", token.uid)),
        name=token.name,
        issuer=token.issuer,
        subject=token.subject,
        roles=_roles(token.roles),
        namespaces=_names(token.sight),
        created_at=DateTime(token.created_at),
        created_by=strawberry.ID(to_id("Actor", token.created_by)),
        expires_at=DateTime(token.expires_at),
        revoked_at=None if token.revoked_at is None else DateTime(token.revoked_at),
        revoked_by=None if revoked_by is None else strawberry.ID(to_id("Actor", revoked_by)),
    )


def shown_grant(grant: granted.Grant) -> RoleGrant:
    """A grant, as the API shows it."""
    return RoleGrant(
        actor=strawberry.ID(to_id("Actor", uid("Actor", grant.actor))),
        issuer=grant.issuer,
        subject=grant.subject,
        roles=_roles(grant.roles),
        namespaces=_names(grant.sight),
        granted_at=DateTime(grant.granted_at),
    )


def _roles(held: Iterable[roles.Role]) -> list[Role]:
    """In the order of their declaration."""
    known = frozenset(held)
    return [Role[each.name] for each in roles.Role if each in known]


def _names(sight: granted.Sight) -> list[str] | None:
    return None if sight is None else list(sight)
