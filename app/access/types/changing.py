"""The mutations that make and revoke tokens, and grant roles."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from app.access import roles
from app.access.granted import Grant, sight_of
from app.access.managing import Access
from app.access.permissions import Permission, guarded
from app.access.scoping import AccessRefused, Wanted
from app.access.types.shown import ApiToken, Role, RoleGrant, shown_grant, shown_token
from app.compiler.scalars import DateTime
from app.registry.types.keys import ActorKey
from app.registry.types.registering import RequestError


@strawberry.input(description="A token that is to be made.")
class CreateTokenInput:
    """A token that is to be made."""

    name: str = strawberry.field(description="What it is for, in 1 to 200 characters.")
    roles: list[Role] = strawberry.field(description="The roles that it is limited to: one or more of its actor's.")
    expires_at: DateTime = strawberry.field(description="When it ends; PEDIGREE_TOKEN_DAYS says how late that may be.")
    actor: ActorKey | None = strawberry.field(
        default=None, description="Whom it acts as; null: whoever asks. Others only by an ADMIN."
    )
    namespaces: list[str] | None = strawberry.field(
        default=None, description="The namespaces that it is limited to, of its actor's; null: to all of them."
    )


@strawberry.input(description="A token that is to end now.")
class RevokeTokenInput:
    """A token that is to end now."""

    id: strawberry.ID = strawberry.field(description="The id of the token.")


@strawberry.input(description="What an actor may do from now on, in place of what it might until now.")
class SetRoleInput:
    """What an actor may do from now on."""

    actor: ActorKey = strawberry.field(description="Whose roles these are; nobody need have described it.")
    roles: list[Role] = strawberry.field(description="All roles that it holds; an empty list takes all away.")
    namespaces: list[str] | None = strawberry.field(
        default=UNSET,
        description="All namespaces that it may see and register in; null: all there are; left out: as before, so "
        "that it is said at the first time.",
    )


@strawberry.type(description="A token that was made.")
class CreateTokenResult:
    """A token that was made."""

    secret: str = strawberry.field(description="What is sent as `Authorization: Bearer …`. It is never shown again.")
    token: ApiToken = strawberry.field(description="The token.")


@strawberry.type(description="A token that is revoked.")
class RevokeTokenResult:
    """A token that is revoked."""

    token: ApiToken = strawberry.field(description="The token; of one that was revoked before, as it was.")


@strawberry.type(description="What an actor is granted.")
class SetRoleResult:
    """What an actor is granted."""

    grant: RoleGrant = strawberry.field(description="The grant.")
    changed: bool = strawberry.field(description="Whether it was another one before.")


CreateTokenPayload = Annotated[
    CreateTokenResult | RequestError,
    strawberry.union("CreateTokenPayload", description="A new token, or why none was made."),
]
RevokeTokenPayload = Annotated[
    RevokeTokenResult | RequestError,
    strawberry.union("RevokeTokenPayload", description="A revoked token, or why none was revoked."),
]
SetRolePayload = Annotated[
    SetRoleResult | RequestError,
    strawberry.union("SetRolePayload", description="What an actor is granted, or why it is not."),
]


@strawberry.type
class AccessMutation:
    """The mutations that say who may come in."""

    @strawberry.mutation(
        description="Makes an API token that acts as one actor. Its secret is in this answer, and nowhere else: sent "
        "again, it makes another token.",
        metadata=guarded(Permission.TOKENS_OWN),
    )
    async def create_token(
        self,
        info: Info[Any, Any],
        input: Annotated[CreateTokenInput, strawberry.argument(description="The token.")],
    ) -> CreateTokenPayload:
        """Makes a token."""
        actor = None if input.actor is None else (input.actor.issuer, input.actor.subject)
        wanted = Wanted(input.name, _held(input.roles), input.expires_at, actor, input.namespaces)
        try:
            secret, token = await _access(info).create_token(wanted, info.context.caller)
        except AccessRefused as refused:
            return RequestError.of(refused)
        return CreateTokenResult(secret=secret, token=shown_token(token))

    @strawberry.mutation(
        description="Revokes an API token, one of those that `tokens` lists to the caller: it is refused at once here, "
        "and within ten seconds by every other service on the graph. Tokens that were made with it go on: revoke them, "
        "too, where it was lost (`createdBy`, `createdAt`). Sent again it changes nothing.",
        metadata=guarded(Permission.TOKENS_OWN),
    )
    async def revoke_token(
        self,
        info: Info[Any, Any],
        input: Annotated[RevokeTokenInput, strawberry.argument(description="The token.")],
    ) -> RevokeTokenPayload:
        """Revokes a token."""
        try:
            token = await _access(info).revoke_token(input.id, info.context.caller)
        except AccessRefused as refused:
            return RequestError.of(refused)
        return RevokeTokenResult(token=shown_token(token))

    @strawberry.mutation(
        description="Says what an actor may do and where, in place of what was granted before: it holds at once here, "
        "and within ten seconds on every other service on the graph. Sent again it changes nothing.",
        metadata=guarded(Permission.ROLES_MANAGE),
    )
    async def set_role(
        self,
        info: Info[Any, Any],
        input: Annotated[SetRoleInput, strawberry.argument(description="The actor, and all that it is granted.")],
    ) -> SetRolePayload:
        """Grants roles."""
        as_before = input.namespaces is UNSET
        sight = () if as_before else sight_of(input.namespaces)
        grant = Grant(input.actor.issuer, input.actor.subject, _held(input.roles), sight)
        try:
            grant, changed = await _access(info).set_role(grant, info.context.caller, same_sight=as_before)
        except AccessRefused as refused:
            return RequestError.of(refused)
        return SetRoleResult(grant=shown_grant(grant), changed=changed)


def _access(info: Info[Any, Any]) -> Access:
    return info.context.services.access


def _held(named: list[Role]) -> frozenset[roles.Role]:
    return frozenset(roles.Role[each.name] for each in named)
