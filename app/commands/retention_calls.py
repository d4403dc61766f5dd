"""The API as commands speak to it of retention and holds: pages to their end, and what takes long."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import Any

from app.commands.api import Api, data_of, outcome_of
from app.commands.progress import WaitProgress
from app.commands.references import reference
from app.commands.retention_questions import APPLY_RETENTION, HOLDS, ITEMS, NAMES, PLAN, PLAN_RETENTION, PLANS
from app.errors import ErrorCode, PedigreeError
from graph_schema.identity import from_id

Item = dict[str, Any]

SHORT = 12
"""How much of a plan's digest names it for people."""

PAUSE = 1.0
"""Seconds before the service is asked again for what is not done yet."""

_LONGEST = 3_600
"""Seconds that a plan is waited for: one that its service left half made stays so for ever."""

_PAGE = 100
_PREFIX = re.compile(r"(?:sha256:)?([0-9a-f]{8,64})")


async def planned(api: Api, policy: Mapping[str, Any], progress: WaitProgress) -> Item:
    """A new plan by that policy, made to its end.

    Raises:
        PedigreeError: the policy is refused, or it takes too long, or there is no answer.
    """
    asked = {"input": {"policy": policy}}
    plan = outcome_of(data_of(await api.ask(PLAN_RETENTION, asked))["planRetention"])
    waited = 0.0
    while plan["state"] == "PLANNING":
        if waited >= _LONGEST:
            raise PedigreeError(
                "The plan is not made after an hour: the service may have stopped amid it.",
                code=ErrorCode.TIMEOUT,
                remedy=f"Look at it with `pedigree retention show {plan['id']}`, or have it planned anew.",
            )
        await asyncio.sleep(PAUSE)
        waited += PAUSE
        progress.show(int(waited), None)
        plan = await plan_of(api, plan["id"])
    if plan["state"] == "ABANDONED":
        raise PedigreeError(
            "The plan could not be made to its end; the log of the service says why.",
            code=ErrorCode.TIMEOUT,
            remedy="Have it planned anew.",
        )
    return plan


async def applied(api: Api, plan_id: str, progress: WaitProgress) -> Item:
    """A plan, carried out to its end.

    Raises:
        PedigreeError: it is refused, or there is no answer.
    """
    while True:
        plan = outcome_of(data_of(await api.ask(APPLY_RETENTION, {"input": {"id": plan_id}}))["applyRetention"])
        if plan["state"] != "APPLYING":
            return plan
        progress.show(plan["removed"] + plan["spared"], plan["versionCount"])
        await asyncio.sleep(PAUSE)


async def plan_of(api: Api, plan_id: str) -> Item:
    """A plan as it stands.

    Raises:
        PedigreeError: there is none, or no answer.
    """
    found = data_of(await api.ask(PLAN, {"id": plan_id}))["retentionPlan"]
    if found is None:
        raise _no_plan(plan_id)
    return found


async def plan_meant(api: Api, word: str) -> str:
    """The id of the plan that a word means: an id, or the first eight or more digits of a digest.

    Raises:
        PedigreeError: it means none, or several; or there is no answer.
    """
    if _is_plan(word):
        return word
    digits = _PREFIX.fullmatch(word.lower())
    if digits is None:
        raise PedigreeError(
            f"{word!r} is no plan.",
            code=ErrorCode.BAD_USAGE,
            remedy="Name it by its id, or by the first 8 or more digits of its digest: `pedigree retention list`.",
        )
    begins = f"sha256:{digits[1]}"
    found = [each["id"] async for each in every_plan(api) if (each["digest"] or "").startswith(begins)]
    if not found:
        raise _no_plan(word)
    if len(found) > 1:
        raise PedigreeError(
            f"The digests of {len(found)} plans begin with {word}.",
            code=ErrorCode.BAD_USAGE,
            remedy="Write more of its digits.",
        )
    return found[0]


async def every_plan(api: Api) -> AsyncGenerator[Item]:
    """All plans of which the caller sees all, the newest first."""
    async for each in _every(api, PLANS, "retentionPlans", {}):
        yield each


async def every_hold(api: Api, *, lifted: bool) -> AsyncGenerator[Item]:
    """All holds that the caller sees, the newest first; with those that were lifted, if asked for."""
    async for each in _every(api, HOLDS, "legalHolds", {"lifted": lifted}):
        yield each


async def items_of(api: Api, plan_id: str, count: int | None) -> list[Item]:
    """The items of a plan: so many of the first, or all."""
    found: list[Item] = []
    after: str | None = None
    while True:
        asked = {"id": plan_id, "first": min(_PAGE, count or _PAGE), "after": after}
        plan = data_of(await api.ask(ITEMS, asked))["retentionPlan"]
        if plan is None:
            raise _no_plan(plan_id)
        page = plan["items"]
        found += [edge["node"] for edge in page["edges"]]
        if count is not None or not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def names_of(api: Api, ids: Iterable[str | None]) -> dict[str, str]:
    """What people call these actors, models and versions, by id: of those that the service shows."""
    wanted = sorted({each for each in ids if each is not None})
    names: dict[str, str] = {}
    for first in range(0, len(wanted), _PAGE):
        nodes = data_of(await api.ask(NAMES, {"ids": wanted[first : first + _PAGE]}))["nodes"]
        names |= {each["id"]: _name(each) for each in nodes if each is not None}
    return names


async def _every(api: Api, document: str, field: str, asked: Mapping[str, Any]) -> AsyncGenerator[Item]:
    after: str | None = None
    while True:
        page = data_of(await api.ask(document, {**asked, "first": _PAGE, "after": after}))[field]
        edges: Sequence[Item] = page["edges"]
        for edge in edges:
            yield edge["node"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _name(node: Mapping[str, Any]) -> str:
    return f"{node['issuer']}/{node['subject']}" if node["__typename"] == "Actor" else reference(node)


def _is_plan(word: str) -> bool:
    try:
        return from_id(word)[0] == "RetentionPlan"
    except ValueError:
        return False


def _no_plan(word: str) -> PedigreeError:
    return PedigreeError(
        f"There is no plan {word} of which you see all.",
        code=ErrorCode.NOT_FOUND,
        remedy="`pedigree retention list` shows those that there are.",
    )
