"""The root fields that tell who is asking, and who may."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from app.access.permissions import Permission, guarded
from app.access.types.shown import (
    ApiTokenConnection,
    ApiTokenEdge,
    RoleGrantConnection,
    RoleGrantEdge,
    Viewer,
    shown_grant,
    shown_token,
    viewer_of,
)
from app.compiler import cursors
from app.compiler.paging import Order, page_of
from app.registry.types.declaring import After, First
from app.registry.types.keys import ActorKey
from app.registry.types.pages import given_page, page_info
from graph_schema.declare import INTEGER_LIMIT, Kind

_NEWEST = Order("NEWEST", "createdAt", Kind.TIME, descending=True)
_BY_ACTOR = Order("ACTOR", "issuer", Kind.TEXT)

_Dead = Annotated[
    bool, strawberry.argument(description="Whether those are listed too that were revoked or have expired.")
]
_Mine = Annotated[bool, strawberry.argument(description="Only those that act as the caller, also for an ADMIN.")]

_Actor = Annotated[ActorKey | None, strawberry.argument(description="Of this actor only; null: of all.")]


@strawberry.type
class AccessQuery:
    """The root fields that tell who is asking, and who may."""

    @strawberry.field(description="Who is asking, and what it may do.", metadata=guarded(Permission.VIEWER_READ))
    def viewer(self, info: Info[Any, Any]) -> Viewer:
        """Tells who is asking."""
        caller = info.context.caller
        return viewer_of(caller, info.context.services.spending.left(caller))

    @strawberry.field(
        description="API tokens, the newest first: everybody's for an ADMIN, else those that act as the caller. Whoever"
        " came in by a token that may less than its actor is told of that one, and of those that may no more than it.",
        metadata=guarded(Permission.TOKENS_OWN),
    )
    async def tokens(
        self,
        info: Info[Any, Any],
        *,
        dead: _Dead = False,
        mine: _Mine = False,
        first: First = UNSET,
        after: After = UNSET,
    ) -> ApiTokenConnection:
        """Lists tokens."""
        page = page_of({**given_page(first, after), "dead": dead, "mine": mine}, "Query.tokens", _NEWEST)
        found, total = await info.context.services.access.tokens(
            info.context.caller, dead=dead, mine=mine, after=page.after or (INTEGER_LIMIT, ""), count=page.size + 1
        )
        edges = [
            ApiTokenEdge(cursor=cursors.encode(page.list_tag, each.created_at, each.uid), node=shown_token(each))
            for each in found[: page.size]
        ]
        cursors_of = [edge.cursor for edge in edges]
        return ApiTokenConnection(edges=edges, page_info=page_info(page, cursors_of, len(found)), total_count=total)

    @strawberry.field(
        description="What actors were granted: for an ADMIN only.", metadata=guarded(Permission.ROLES_MANAGE)
    )
    async def role_grants(
        self, info: Info[Any, Any], actor: _Actor = None, first: First = UNSET, after: After = UNSET
    ) -> RoleGrantConnection:
        """Lists grants."""
        whose = None if actor is None else (actor.issuer, actor.subject)
        page = page_of({**given_page(first, after), "actor": whose}, "Query.roleGrants", _BY_ACTOR)
        found, total = await info.context.services.access.grants(
            info.context.caller, actor=whose, after=page.after or ("", ""), count=page.size + 1
        )
        edges = [
            RoleGrantEdge(cursor=cursors.encode(page.list_tag, each.issuer, each.subject), node=shown_grant(each))
            for each in found[: page.size]
        ]
        cursors_of = [edge.cursor for edge in edges]
        return RoleGrantConnection(edges=edges, page_info=page_info(page, cursors_of, len(found)), total_count=total)
