"""Retention plans, as the API shows them."""

from enum import Enum
from typing import Any

import orjson
import strawberry
from strawberry import UNSET, Info

from app.access.permissions import Permission, guarded
from app.compiler import cursors
from app.compiler.paging import Order, page_of
from app.compiler.scalars import BigInt, DateTime, Digest, Json
from app.registry.types.declaring import After, First
from app.registry.types.pages import PageInfo, given_page, page_info
from app.retention.plans import Item, Plan, State
from app.retention.service import Retention
from app.retention.types.shown import actor_id, moment
from graph_schema.declare import Kind
from graph_schema.identity import to_id

_NUMBER = Order("NUMBER", "number", Kind.INTEGER)


@strawberry.enum(description="Where a retention plan stands.")
class RetentionPlanState(Enum):
    """Where a retention plan stands; the names are those of `app.retention.plans.State`."""

    PLANNING = strawberry.enum_value("PLANNING", description="It is being made.")
    ABANDONED = strawberry.enum_value("ABANDONED", description="It could not be made to its end: have it planned anew.")
    PLANNED = strawberry.enum_value("PLANNED", description="It waits for a second person.")
    APPROVED = strawberry.enum_value("APPROVED", description="A second person approved it; it holds for 30 days.")
    APPLYING = strawberry.enum_value("APPLYING", description="Files are being taken away.")
    APPLIED = strawberry.enum_value("APPLIED", description="It was carried out to its end.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Nobody approved it in 90 days: its items are gone.")


@strawberry.enum(description="What became of a version in a retention plan.")
class RetentionOutcome(Enum):
    """What became of a version in a retention plan."""

    REMOVED = strawberry.enum_value("REMOVED", description="Its files were taken away.")
    TIERED = strawberry.enum_value("TIERED", description="Its files were given to the colder store.")
    CHANGED = strawberry.enum_value("CHANGED", description="Kept: it fell under another rule by then, or had no files.")
    HOLD = strawberry.enum_value("HOLD", description="Kept: a legal hold is on it or on its model.")
    PRODUCTION = strawberry.enum_value("PRODUCTION", description="Kept: it is or was in PRODUCTION.")
    SERVED = strawberry.enum_value("SERVED", description="Kept: it is or was deployed.")
    ANCESTOR = strawberry.enum_value("ANCESTOR", description="Kept: something came from it that is kept by itself.")
    NEWEST = strawberry.enum_value("NEWEST", description="Kept: it is among the newest of its model.")
    NO_RULE = strawberry.enum_value("NO_RULE", description="Kept: no rule speaks of it.")


@strawberry.type(description="Why versions keep their files, and how many.")
class RetentionKept:
    """Why versions keep their files."""

    reason: RetentionOutcome = strawberry.field(description="The first reason that holds.")
    versions: int = strawberry.field(description="How many versions with files.")


@strawberry.type(description="A version in a retention plan.")
class RetentionItem:
    """A version in a retention plan."""

    number: int = strawberry.field(description="Which item, from 0.")
    model_version_id: strawberry.ID = strawberry.field(description="The id of the version: for `node`.")
    namespace: str = strawberry.field(description="The namespace of its model.")
    name: str = strawberry.field(description="The name of its model.")
    version: str = strawberry.field(description="The version.")
    rule: int = strawberry.field(description="The rule that it falls under, from 0.")
    file_count: int = strawberry.field(description="How many files it has.")
    bytes: BigInt = strawberry.field(description="How many bytes these have, equal ones counted once.")
    outcome: RetentionOutcome | None = strawberry.field(
        description="What became of it; null until the plan is carried out."
    )


@strawberry.type(description="An item in a list.")
class RetentionItemEdge:
    """An item in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: RetentionItem = strawberry.field(description="The item.")


@strawberry.type(description="The items of a plan, by number.")
class RetentionItemConnection:
    """The items of a plan."""

    edges: list[RetentionItemEdge] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int = strawberry.field(description="How many there are in all.")


@strawberry.type(description="What becomes of files under a policy, by whose decision, and what that frees.")
class RetentionPlan:
    """What becomes of files under a policy."""

    known: strawberry.Private[Plan]
    id: strawberry.ID = strawberry.field(description="Opaque.")
    state: RetentionPlanState = strawberry.field(description="Where it stands.")
    policy_name: str = strawberry.field(description="The name of the policy.")
    policy: Json = strawberry.field(description="The policy, with all that was left out filled in.")
    policy_digest: Digest = strawberry.field(description="The sha256 of its canonical form (RFC 8785).")
    digest: Digest | None = strawberry.field(
        description="The digest over the policy, the time and all items: what is approved; null while it is being made."
    )
    planned_at: DateTime = strawberry.field(description="The time to which ages count.")
    planned_by: strawberry.ID = strawberry.field(description="The id of the actor who had it planned.")
    version_count: int = strawberry.field(description="How many versions lose their files, or have them moved.")
    bytes: BigInt = strawberry.field(description="How many bytes their files have, each version by itself.")
    freed_bytes: BigInt = strawberry.field(
        description="How many bytes the store is freed of: those that no other version has."
    )
    tier_version_count: int = strawberry.field(
        description="How many of the versions have their files moved to the colder store, and do not lose them."
    )
    tier_bytes: BigInt = strawberry.field(
        description="How many bytes the files of these have, each version by itself. What other versions need stays."
    )
    kept: list[RetentionKept] = strawberry.field(description="Why the other versions with files keep them.")
    approved_at: DateTime | None = strawberry.field(description="When a second person approved it.")
    approved_by: strawberry.ID | None = strawberry.field(description="The id of that actor.")
    applied_at: DateTime | None = strawberry.field(description="When it was carried out to its end.")
    applied_by: strawberry.ID | None = strawberry.field(description="The id of the actor who had it carried out.")
    removed: int = strawberry.field(description="How many versions have lost their files.")
    tiered: int = strawberry.field(description="Of how many versions the files were given to the colder store.")
    spared: int = strawberry.field(description="How many kept them after all: see the outcomes of the items.")

    @strawberry.field(
        description="The versions whose files go, or are moved.", metadata=guarded(Permission.RETENTION_READ)
    )
    async def items(self, info: Info[Any, Any], first: First = UNSET, after: After = UNSET) -> RetentionItemConnection:
        """A page of the items."""
        page = page_of({**given_page(first, after), "plan": self.known.uid}, "RetentionPlan.items", _NUMBER)
        start = page.after[0] + 1 if page.after else 0
        found = await retention(info).items(self.known, start, page.size + 1)
        edges = [
            RetentionItemEdge(cursor=cursors.encode(page.list_tag, each.number, str(each.number)), node=_item(each))
            for each in found[: page.size]
        ]
        return RetentionItemConnection(
            edges=edges,
            page_info=page_info(page, [edge.cursor for edge in edges], len(found)),
            total_count=0 if self.known.state is State.EXPIRED else self.known.versions,
        )


@strawberry.type(description="A plan in a list.")
class RetentionPlanEdge:
    """A plan in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: RetentionPlan = strawberry.field(description="The plan.")


@strawberry.type(description="Retention plans, the newest first.")
class RetentionPlanConnection:
    """Retention plans, the newest first."""

    edges: list[RetentionPlanEdge] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    total_count: int = strawberry.field(description="How many there are in all.")


def retention(info: Info[Any, Any]) -> Retention:
    """The service of the request."""
    return info.context.services.retention


def shown_plan(plan: Plan) -> RetentionPlan:
    """A plan, as the API shows it."""
    kept: dict[str, int] = orjson.loads(plan.kept)
    return RetentionPlan(
        known=plan,
        id=strawberry.ID(to_id("RetentionPlan", plan.uid)),
        state=RetentionPlanState[plan.state.name],
        policy_name=plan.policy_name,
        policy=Json(plan.policy),
        policy_digest=Digest(plan.policy_digest),
        digest=None if plan.digest is None else Digest(plan.digest),
        planned_at=DateTime(plan.planned_at),
        planned_by=actor_id(plan.planned_by),
        version_count=plan.versions,
        bytes=BigInt(plan.bytes),
        freed_bytes=BigInt(plan.freed_bytes),
        tier_version_count=plan.tier_versions,
        tier_bytes=BigInt(plan.tier_bytes),
        kept=[RetentionKept(reason=each, versions=kept[each.name]) for each in RetentionOutcome if each.name in kept],
        approved_at=moment(plan.approved_at),
        approved_by=None if plan.approved_by is None else actor_id(plan.approved_by),
        applied_at=moment(plan.applied_at),
        applied_by=None if plan.applied_by is None else actor_id(plan.applied_by),
        removed=plan.removed,
        tiered=plan.tiered,
        spared=plan.spared,
    )


def _item(item: Item) -> RetentionItem:
    namespace, name, version = item.key
    return RetentionItem(
        number=item.number,
        model_version_id=strawberry.ID(to_id("ModelVersion", item.version)),
        namespace=namespace,
        name=name,
        version=version,
        rule=item.rule,
        file_count=item.files,
        bytes=BigInt(item.bytes),
        outcome=None if item.outcome is None else RetentionOutcome[item.outcome],
    )
