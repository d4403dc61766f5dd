"""`pedigree hold`."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.markup import escape

from app.commands.api import data_of, open_api, outcome_of
from app.commands.exits import Exit
from app.commands.meant import key_meant, refuse_other
from app.commands.options import Json, Where
from app.commands.retention_calls import Item, every_hold, names_of
from app.commands.retention_questions import LIFT_HOLD, PLACE_HOLD
from app.commands.retention_shown import new_table
from app.commands.terminal import err, out, print_json

hold = App(name="hold", help="Place and lift legal holds: what is held keeps its files, whatever a policy says.")

_HELD = ("model", "modelVersion")
"""What a hold is on, by the field of `NodeRef`."""


@hold.command
def place(ref: str, /, *, reference: str, reason: str, where: Where = Where(), json: Json = False) -> int:
    """Place a legal hold on a model, with all its versions, or on one version. Placed again it changes nothing.

    Args:
        ref: What it is on: model:NAMESPACE/NAME or model-version:NAMESPACE/NAME/VERSION, or an id.
        reference: What the hold is known by: a case, a request.
        reason: Why it is held.
        where: Which Pedigree to ask.
        json: Print the hold as JSON.
    """
    found = asyncio.run(_changed(where, ref, PLACE_HOLD, "placeHold", {"reference": reference, "reason": reason}))
    if json:
        print_json(found)
    else:
        _say(f"{found['on']} is held by {found['reference']} since {found['placedAt']}: {found['reason']}")
    return Exit.DONE


@hold.command
def lift(ref: str, /, *, reference: str, where: Where = Where(), json: Json = False) -> int:
    """Lift a legal hold. It stays on record. Lifted again it changes nothing.

    Args:
        ref: What it is on: model:NAMESPACE/NAME or model-version:NAMESPACE/NAME/VERSION, or an id.
        reference: What the hold is known by.
        where: Which Pedigree to ask.
        json: Print the hold as JSON.
    """
    found = asyncio.run(_changed(where, ref, LIFT_HOLD, "liftHold", {"reference": reference}))
    if json:
        print_json(found)
    else:
        _say(f"{found['on']} is no longer held by {found['reference']}, since {found['liftedAt']}.")
    return Exit.DONE


@hold.command(name="list")
def list_(
    *, lifted: Annotated[bool, Parameter(negative=())] = False, where: Where = Where(), json: Json = False
) -> int:
    """List the legal holds on what you see, the newest first.

    Args:
        lifted: Also those that were lifted.
        where: Which Pedigree to ask.
        json: Print them as JSON.
    """
    found = asyncio.run(_listed(where, lifted=lifted))
    if json:
        print_json({"holds": found})
    elif found:
        _show(found, lifted=lifted)
    else:
        err().print("There are none.")
    return Exit.DONE


async def _changed(where: Where, ref: str, document: str, field: str, words: Mapping[str, str]) -> Item:
    refuse_other(ref, _HELD)
    async with open_api(where.settings()) as api:
        asked = {"input": {"on": await key_meant(api, ref), **words}}
        found = outcome_of(data_of(await api.ask(document, asked))[field])
        names = await names_of(api, [found["onId"]])
        return {"on": names.get(found["onId"], ref), **found}


async def _listed(where: Where, *, lifted: bool) -> list[Item]:
    async with open_api(where.settings()) as api:
        found = [each async for each in every_hold(api, lifted=lifted)]
        names = await names_of(api, [each[name] for each in found for name in ("onId", "placedBy")])
        return [
            {"on": names.get(each["onId"], each["onId"]), "by": names.get(each["placedBy"]), **each} for each in found
        ]


def _show(found: Sequence[Mapping[str, Any]], *, lifted: bool) -> None:
    table = new_table("On", "Reference", "Reason", "Placed", "By", *(("Lifted",) if lifted else ()))
    for each in found:
        cells = [each["on"], each["reference"], each["reason"], _day(each["placedAt"]), each["by"] or ""]
        cells += [_day(each["liftedAt"])] if lifted else []
        table.add_row(*(escape(cell) for cell in cells))
    out().print(table)


def _day(at: str | None) -> str:
    return "" if at is None else at[:10]


def _say(text: str) -> None:
    out().print(text, soft_wrap=True, markup=False)
