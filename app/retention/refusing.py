"""What a plan cannot be asked for as it stands, and what to do about it."""

from app.artifacts.store import ArtifactStore
from app.artifacts.tiers import TieredStore
from app.retention.plans import Plan, State
from app.retention.policy import Action, Policy, RetentionRefused

APPROVAL_LIFE = 30 * 24 * 60 * 60 * 1_000_000
"""Microseconds for which a plan may be carried out after it was approved."""


def refuse_without_cold(policy: Policy, store: ArtifactStore, place: str) -> None:
    """Lets pass a policy that moves nothing, or a store that has a colder one.

    Args:
        policy: the policy.
        store: the store.
        place: of the rule in what was asked for; `{}` stands for its number.

    Raises:
        RetentionRefused: with the first rule that would move files.
    """
    moving = (number for number, rule in enumerate(policy.rules) if rule.action is Action.TIER)
    if (number := next(moving, None)) is not None and not isinstance(store, TieredStore):
        raise RetentionRefused(
            "The rule moves files to a colder store, and this deployment has none.",
            path=place.format(number),
            remedy="Name one with PEDIGREE_ARTIFACTS_COLD_URL, and start Pedigree again.",
        )


def refuse_old(plan: Plan, now: int) -> None:
    """Lets pass a plan whose approval holds at that time, in microseconds since 1970 UTC.

    Raises:
        RetentionRefused: it does not any more.
    """
    if plan.approved_at is None or now > plan.approved_at + APPROVAL_LIFE:
        raise RetentionRefused(
            "The approval of this plan is older than 30 days.", path="input.id", remedy="Have it planned anew."
        )


def wrong_state(plan: Plan, what: str) -> RetentionRefused:
    """The error of what cannot be done to a plan in the state that it is in."""
    remedies = {
        State.PLANNING: "It is still being made: ask again in a while.",
        State.ABANDONED: "It never was made to its end: have it planned anew.",
        State.PLANNED: "A second person has to approve it first.",
        State.APPROVED: "It is approved already.",
        State.EXPIRED: "Nobody approved it in 90 days: have it planned anew.",
    }
    return RetentionRefused(
        f"The plan is {plan.state}, and cannot {what}.",
        path="input.id",
        remedy=remedies.get(plan.state, "It is, or was, carried out: have a new one planned."),
    )
