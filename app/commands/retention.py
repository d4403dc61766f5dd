"""`pedigree retention`."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

from cyclopts import App, Parameter

from app.commands.api import data_of, open_api, outcome_of
from app.commands.exits import Exit
from app.commands.file_calls import reference_of
from app.commands.meant import PUSHED, refuse_other, version_meant
from app.commands.options import Json, Where
from app.commands.policy_file import PolicyFile
from app.commands.progress import WaitProgress
from app.commands.retention_calls import (
    Item,
    applied,
    every_plan,
    items_of,
    names_of,
    plan_meant,
    plan_of,
    planned,
)
from app.commands.retention_questions import APPROVE_RETENTION, RESTORE_FILES
from app.commands.retention_shown import show_items, show_plan, show_plans, show_spared
from app.commands.terminal import err, out, print_json
from app.errors import PedigreeError

retention = App(
    name="retention",
    help="Plan which versions lose their files, or have them moved, have it approved by a second person, and apply it.",
)

_FIRST = 25
_Result = TypeVar("_Result")


@retention.command(name="plan")
def plan_(policy: Path, /, *, where: Where = Where(), json: Json = False) -> int:
    """Plan which versions lose their files under a policy, or have them moved, and change nothing else.

    Args:
        policy: A file with the policy, in YAML, or in JSON where its name ends in .json: name, keepNewest, and rules
            with action, stages, riskTiers, namespaces, olderThanDays, idleForDays, neverPromoted, graceDays.
        where: Which Pedigree to ask.
        json: Print the plan as JSON.
    """
    read = PolicyFile(policy)

    async def asking(progress: WaitProgress) -> Item:
        async with open_api(where.settings()) as api:
            try:
                return await planned(api, read.policy, progress)
            except PedigreeError as error:
                raise read.refused(error) from error

    with WaitProgress(quiet=json, what="seconds: the plan is being made") as progress:
        found = _run(asking(progress), "Stopped. `pedigree retention list` tells whether the plan was made.")
    if json:
        print_json(found)
    else:
        show_plan(found)
    return Exit.DONE


@retention.command
def show(
    plan: str,
    /,
    *,
    all_: Annotated[bool, Parameter(name="--all", negative=())] = False,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Show a plan: which versions it names, who approved it, and what became of each.

    Args:
        plan: Its id, or the first 8 or more digits of its digest.
        all_: List all versions, not only the first 25.
        where: Which Pedigree to ask.
        json: Print it as JSON, with the versions as `items`.
    """

    async def asking() -> tuple[Item, list[Item], dict[str, str]]:
        async with open_api(where.settings()) as api:
            found = await plan_of(api, await plan_meant(api, plan))
            listed = await items_of(api, found["id"], None if all_ else _FIRST)
            named = await names_of(api, [found[f"{each}By"] for each in ("planned", "approved", "applied")])
            return found, listed, named

    found, listed, named = asyncio.run(asking())
    if json:
        print_json({**found, "items": listed})
    else:
        show_plan(found, named)
        show_items(listed, found["versionCount"])
    return Exit.DONE


@retention.command(name="list")
def list_(*, where: Where = Where(), json: Json = False) -> int:
    """List the plans of which you see all, the newest first.

    Args:
        where: Which Pedigree to ask.
        json: Print them as JSON.
    """

    async def asking() -> list[Item]:
        async with open_api(where.settings()) as api:
            return [each async for each in every_plan(api)]

    found = asyncio.run(asking())
    if json:
        print_json({"plans": found})
    elif found:
        show_plans(found)
    else:
        err().print("There are none.")
    return Exit.DONE


@retention.command
def approve(plan: str, digest: str, /, *, where: Where = Where(), json: Json = False) -> int:
    """Approve a plan, which another person had planned. It may be applied for 30 days.

    Args:
        plan: Its id, or the first 8 or more digits of its digest.
        digest: Its whole digest, of what you looked at: `pedigree retention show` tells it.
        where: Which Pedigree to ask.
        json: Print the plan as JSON.
    """

    async def asking() -> Item:
        async with open_api(where.settings()) as api:
            asked = {"input": {"id": await plan_meant(api, plan), "digest": digest}}
            return outcome_of(data_of(await api.ask(APPROVE_RETENTION, asked))["approveRetention"])

    found = asyncio.run(asking())
    if json:
        print_json(found)
    else:
        show_plan(found)
    return Exit.DONE


@retention.command
def apply(plan: str, /, *, where: Where = Where(), json: Json = False) -> int:
    """Apply a plan that was approved. What has come to be protected since keeps its files, and is told with why.

    It can be stopped, and goes on when the same command is given again; applied once more it changes nothing.

    Args:
        plan: Its id, or the first 8 or more digits of its digest.
        where: Which Pedigree to ask.
        json: Print the plan as JSON, with the versions that kept their files as `sparedItems`.
    """

    async def asking(progress: WaitProgress) -> tuple[Item, list[Item]]:
        async with open_api(where.settings()) as api:
            done = await applied(api, await plan_meant(api, plan), progress)
            listed = await items_of(api, done["id"], None) if done["spared"] else []
            return done, [each for each in listed if each["outcome"] not in {None, "REMOVED", "TIERED"}]

    with WaitProgress(quiet=json, what="versions done") as progress:
        found, spared = _run(asking(progress), "Stopped. The same command goes on with it.")
    if json:
        print_json({**found, "sparedItems": spared})
    else:
        show_plan(found)
        show_spared(spared, found)
    return Exit.DONE


@retention.command
def restore(ref: str, /, *, where: Where = Where(), json: Json = False) -> int:
    """Give a version its files back, which a plan has taken away, before their bytes are gone.

    Args:
        ref: The version: model-version:NAMESPACE/NAME/VERSION, or its id.
        where: Which Pedigree to ask.
        json: Print what was restored as JSON.
    """
    refuse_other(ref, PUSHED)

    async def asking() -> Item:
        async with open_api(where.settings()) as api:
            key = await version_meant(api, ref)
            asked = {"input": {"modelVersion": key}}
            found = outcome_of(data_of(await api.ask(RESTORE_FILES, asked))["restoreFiles"])
            return {"modelVersion": reference_of(key), **found}

    found = asyncio.run(asking())
    if json:
        print_json(found)
    else:
        out().print(f"{found['modelVersion']} has its files.", soft_wrap=True, markup=False)
    return Exit.DONE


def _run(work: Coroutine[Any, Any, _Result], when_stopped: str) -> _Result:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        err().print(when_stopped, soft_wrap=True)
        raise
