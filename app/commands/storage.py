"""`pedigree storage`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Group, Parameter
from rich.filesize import decimal
from rich.markup import escape

from app.commands.asking import ask, chosen
from app.commands.exits import Exit
from app.commands.load_options import refuse
from app.commands.options import Json, Where
from app.commands.retention_questions import STORAGE
from app.commands.retention_shown import new_table
from app.commands.terminal import out, print_json

_COUNTED = Group("What is told", sort_key=2)

_GROUPINGS = ("MODEL", "TEAM", "STAGE")
_MOST = 100
_MOST_PRICE = 1e9


def storage(
    *,
    by: Annotated[str, Parameter(group=_COUNTED)] = "model",
    price: Annotated[float | None, Parameter(group=_COUNTED)] = None,
    cold_price: Annotated[float | None, Parameter(group=_COUNTED)] = None,
    overhead: Annotated[float, Parameter(group=_COUNTED)] = 1.0,
    first: Annotated[int, Parameter(group=_COUNTED)] = 25,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Tell what is stored of the files that you see, what it costs, and what it will be in the next twelve months.

    Equal bytes are stored once. What several models, teams or stages share counts for each of them.

    Args:
        by: Tell it by model, team or stage (model).
        price: What a GiB (1,073,741,824 bytes) costs for a month, in any currency; without it no cost is told.
        cold_price: The same in the colder store; without it what lies there costs as much as the rest.
        overhead: How many bytes the store takes for each, as copies and parity: 1 to 100 (1).
        first: How many models, teams or stages to show, the largest first, at most 100 (25).
        where: Which Pedigree to ask.
        json: Print the report as JSON.
    """
    [grouping] = chosen("--by", [by], _GROUPINGS)
    for name, given in (("--price", price), ("--cold-price", cold_price)):
        if given is not None and not 0 <= given <= _MOST_PRICE:
            refuse(f"{name} is {given}.", f"Give a number from 0 to {_MOST_PRICE:,.0f}.")
    if cold_price is not None and price is None:
        refuse("--cold-price is given without --price.", "Give both, or neither.")
    if not 1 <= overhead <= _MOST:
        refuse(f"--overhead is {overhead}.", f"Give a number from 1 to {_MOST}.")
    if not 1 <= first <= _MOST:
        refuse(f"--first is {first}.", f"Give a number from 1 to {_MOST}.")
    asked = {"by": grouping, "first": first, "price": price, "coldPrice": cold_price, "overhead": overhead}
    found: dict[str, Any] = ask(where, STORAGE, asked)["storageReport"]
    if json:
        print_json(found)
    else:
        _show(found, grouping.capitalize(), first)
    return Exit.DONE


def _show(found: Mapping[str, Any], by: str, first: int) -> None:
    console = out()
    count = found["artifacts"]
    told = f"{count:,} {'artifact' if count == 1 else 'artifacts'}, {decimal(found['bytes'])}"
    cost = _cost(found)
    console.print(f"{told}{f'; {cost} a month' if cost else ''}", soft_wrap=True)
    console.print(f"Sharing saves {decimal(found['savedBytes'])}.", soft_wrap=True)
    if found["coldBytes"]:
        console.print(f"In the colder store: {decimal(found['coldBytes'])}.", soft_wrap=True)
    groups: Sequence[Mapping[str, Any]] = found["groups"]
    if groups:
        console.print()
        _show_groups(groups, by)
    if len(groups) == first:
        console.print(f"These are the {first:,} largest: --first shows up to {_MOST}.", soft_wrap=True)
    console.print(f"\nIt grows by {decimal(found['monthlyGrowthBytes'])} a month. If it goes on so:", soft_wrap=True)
    _show_forecast(found["forecast"])


def _show_groups(groups: Sequence[Mapping[str, Any]], by: str) -> None:
    priced = groups[0]["monthlyCost"] is not None
    sizes_told = {"bytes": "Bytes", "ownBytes": "Its own", "sharedBytes": "Shared", "savedBytes": "Saved"}
    if any(each["coldBytes"] for each in groups):
        sizes_told["coldBytes"] = "Cold"
    numbers = ("Artifacts", *sizes_told.values(), *(["A month"] if priced else []))
    table = new_table(by, *numbers, right=numbers)
    for each in groups:
        sizes = [decimal(each[name]) for name in sizes_told]
        cells = [each["name"] or "nobody is named", f"{each['artifacts']:,}", *sizes]
        table.add_row(*(escape(cell) for cell in (*cells, *([_cost(each)] if priced else []))))
    out().print(table)


def _show_forecast(months: Sequence[Mapping[str, Any]]) -> None:
    numbers = ("Bytes", "A month")
    priced = months[0]["monthlyCost"] is not None
    table = new_table("On", *(numbers if priced else numbers[:-1]), right=numbers)
    for each in months:
        table.add_row(each["at"][:10], decimal(each["bytes"]), *([_cost(each)] if priced else []))
    out().print(table)


def _cost(of: Mapping[str, Any]) -> str:
    return "" if of["monthlyCost"] is None else f"{of['monthlyCost']:,.2f}"
