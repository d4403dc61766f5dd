"""The fields by which retention is planned, approved and carried out."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Info

from app.access.permissions import Permission, guarded
from app.compiler import cursors
from app.compiler.paging import Order, page_of
from app.compiler.scalars import Digest
from app.registry.types.declaring import After, First
from app.registry.types.enums import Stage
from app.registry.types.pages import given_page, page_info
from app.registry.types.registering import RequestError
from app.retention.policy import RetentionRefused, read_policy
from app.retention.types.plan import RetentionPlan, RetentionPlanConnection, RetentionPlanEdge, retention, shown_plan
from graph_schema.declare import INTEGER_LIMIT, Kind

_NEWEST = Order("NEWEST", "plannedAt", Kind.TIME, descending=True)


@strawberry.enum(description="What becomes of the files of versions that fall under a rule.")
class RetentionAction(Enum):
    """What becomes of files; the names are those of `app.retention.policy.Action`."""

    DELETE_ARTIFACT = strawberry.enum_value(
        "DELETE_ARTIFACT", description="They are taken away, and after the days of grace their bytes go."
    )
    TIER = strawberry.enum_value(
        "TIER", description="They are moved to the colder store, and are given out from there. This is done once."
    )


@strawberry.input(description="Versions whose files go, or are moved: those of which all holds that is said here.")
class RetentionRuleInput:
    """Versions whose files go, or are moved."""

    action: RetentionAction = strawberry.field(
        default=RetentionAction.DELETE_ARTIFACT, description="What becomes of their files."
    )

    stages: list[Stage] | None = strawberry.field(
        default=None, description="They are in one of these stages. What is in PRODUCTION keeps its files all the same."
    )
    risk_tiers: list[int] | None = strawberry.field(
        default=None, description="Their model is of one of these tiers; one of no known tier is of none."
    )
    namespaces: list[str] | None = strawberry.field(default=None, description="Their model is in one of these.")
    older_than_days: int | None = strawberry.field(default=None, description="They were registered so long ago.")
    idle_for_days: int | None = strawberry.field(
        default=None,
        description="For so long they were not registered, evaluated or handed files, and changed no stage.",
    )
    never_promoted: bool = strawberry.field(
        default=False, description="They were in no stage but DEVELOPMENT, RETIRED and ARCHIVED."
    )
    grace_days: int = strawberry.field(default=30, description="For so long files that are taken away can be restored.")


@strawberry.input(description="A retention policy. What no rule speaks of keeps its files.")
class RetentionPolicyInput:
    """A retention policy."""

    name: str = strawberry.field(description="By which people know it.")
    rules: list[RetentionRuleInput] = strawberry.field(
        description="1 to 100; the first that a version falls under counts."
    )
    keep_newest: int = strawberry.field(
        default=1, description="So many of the newest versions of each model keep their files: 0 to 1,000."
    )


@strawberry.input(description="A plan that is to be made.")
class PlanRetentionInput:
    """A plan that is to be made."""

    policy: RetentionPolicyInput = strawberry.field(description="By which policy.")


@strawberry.input(description="A plan that is approved.")
class ApproveRetentionInput:
    """A plan that is approved."""

    id: strawberry.ID = strawberry.field(description="The id of the plan.")
    digest: Digest = strawberry.field(description="Its digest, as whoever approves it saw it.")


@strawberry.input(description="A plan that is to be carried out.")
class ApplyRetentionInput:
    """A plan that is to be carried out."""

    id: strawberry.ID = strawberry.field(description="The id of the plan.")


RetentionPlanPayload = Annotated[
    RetentionPlan | RequestError,
    strawberry.union("RetentionPlanPayload", description="A plan as it stands now, or why nothing was done."),
]


@strawberry.type
class PlanningQuery:
    """The root fields that tell of retention plans."""

    @strawberry.field(
        description="The retention plan with that id; null where there is none of which the caller sees all.",
        metadata=guarded(Permission.RETENTION_READ),
    )
    async def retention_plan(
        self,
        info: Info[Any, Any],
        id: Annotated[strawberry.ID, strawberry.argument(description="The id, from another answer.")],
    ) -> RetentionPlan | None:
        """Reads a plan."""
        found = await retention(info).get(id, info.context.caller)
        return None if found is None else shown_plan(found)

    @strawberry.field(
        description="The retention plans of which the caller sees all, the newest first.",
        metadata=guarded(Permission.RETENTION_READ),
    )
    async def retention_plans(
        self, info: Info[Any, Any], first: First = UNSET, after: After = UNSET
    ) -> RetentionPlanConnection:
        """Lists plans."""
        page = page_of(given_page(first, after), "Query.retentionPlans", _NEWEST)
        found, total = await retention(info).plans(
            page.after or (INTEGER_LIMIT, ""), page.size + 1, info.context.caller
        )
        edges = [
            RetentionPlanEdge(cursor=cursors.encode(page.list_tag, each.planned_at, each.uid), node=shown_plan(each))
            for each in found[: page.size]
        ]
        return RetentionPlanConnection(
            edges=edges,
            page_info=page_info(page, [edge.cursor for edge in edges], len(found)),
            total_count=total,
        )


@strawberry.type
class PlanningMutation:
    """The mutations that plan retention and carry it out."""

    @strawberry.mutation(
        description="Plans which versions lose their files, and changes nothing else. It answers within half a minute: "
        "where that takes longer the state is PLANNING, and the plan is asked for by its id.",
        metadata=guarded(Permission.RETENTION_PLAN),
    )
    async def plan_retention(
        self,
        info: Info[Any, Any],
        input: Annotated[PlanRetentionInput, strawberry.argument(description="The policy.")],
    ) -> RetentionPlanPayload:
        """Plans."""
        try:
            policy = read_policy(_policy(input.policy))
            return shown_plan(await retention(info).plan(policy, info.context.caller))
        except RetentionRefused as refused:
            return RequestError.of(refused)

    @strawberry.mutation(
        description="Approves a plan, which another person had planned.",
        metadata=guarded(Permission.RETENTION_APPROVE),
    )
    async def approve_retention(
        self,
        info: Info[Any, Any],
        input: Annotated[ApproveRetentionInput, strawberry.argument(description="The plan.")],
    ) -> RetentionPlanPayload:
        """Approves."""
        try:
            return shown_plan(await retention(info).approve(input.id, input.digest, info.context.caller))
        except RetentionRefused as refused:
            return RequestError.of(refused)

    @strawberry.mutation(
        description="Carries out a plan that was approved. Each version is decided on anew: what has come to be "
        "protected keeps its files. It answers within half a minute: while the state is APPLYING it is asked again. "
        "Sent again it changes nothing.",
        metadata=guarded(Permission.RETENTION_APPLY),
    )
    async def apply_retention(
        self,
        info: Info[Any, Any],
        input: Annotated[ApplyRetentionInput, strawberry.argument(description="The plan.")],
    ) -> RetentionPlanPayload:
        """Carries out."""
        try:
            return shown_plan(await retention(info).apply(input.id, info.context.caller))
        except RetentionRefused as refused:
            return RequestError.of(refused)


def _policy(given_: RetentionPolicyInput) -> dict[str, Any]:
    """As `read_policy` takes it."""
    rules = [
        {
            "action": rule.action.name,
            "stages": None if rule.stages is None else [each.name for each in rule.stages],
            "riskTiers": rule.risk_tiers,
            "namespaces": rule.namespaces,
            "olderThanDays": rule.older_than_days,
            "idleForDays": rule.idle_for_days,
            "neverPromoted": rule.never_promoted,
            "graceDays": rule.grace_days,
        }
        for rule in given_.rules
    ]
    return {"name": given_.name, "keepNewest": given_.keep_newest, "rules": rules}
