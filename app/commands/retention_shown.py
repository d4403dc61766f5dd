"""Retention plans and their items, as a person reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table

from app.commands.file_calls import reference_of
from app.commands.retention_calls import SHORT, Item
from app.commands.terminal import out

_REASONS = {
    "HOLD": "a legal hold is on it or on its model",
    "PRODUCTION": "it is or was in PRODUCTION",
    "SERVED": "it is or was deployed",
    "ANCESTOR": "something came from it that is kept by itself",
    "NEWEST": "it is among the newest of its model",
    "NO_RULE": "no rule speaks of it",
    "CHANGED": "it fell under another rule by then, or had no files",
}
_LISTED = 25
"""How many versions are listed where nobody asks for all."""


def versions_of(count: int) -> str:
    """So many versions, in words."""
    return f"{count:,} {'version' if count == 1 else 'versions'}"


def short_of(plan: Mapping[str, Any]) -> str:
    """What names a plan on the command line: the beginning of its digest; its id where it has none yet."""
    digest: str | None = plan["digest"]
    return plan["id"] if digest is None else digest.removeprefix("sha256:")[:SHORT]


def new_table(*columns: str, right: Sequence[str] = (), whole: Sequence[str] = ()) -> Table:
    """A table that fits the terminal.

    Args:
        columns: their heads.
        right: those of numbers.
        whole: those that are never broken, so that they can be copied.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(
            name, overflow="fold", justify="right" if name in right else "left", no_wrap=name in whole or name in right
        )
    return table


def show_plan(plan: Mapping[str, Any], names: Mapping[str, str] | None = None) -> None:
    """Prints what a plan would do, or did, and what comes next.

    Args:
        plan: as the API tells it.
        names: what people call the actors, of those that are known.
    """
    if plan["state"] == "PLANNING":
        _say(f"Policy {plan['policyName']}: it is still found out which versions lose their files.")
        _say(f"Look again: pedigree retention show {plan['id']}")
        return
    if plan["state"] == "ABANDONED":
        _say(f"Policy {plan['policyName']}: it could not be made to its end. Have it planned anew.")
        return
    if plan["state"] == "EXPIRED":
        _say(f"Policy {plan['policyName']}: nobody approved it in 90 days. Have it planned anew.")
        return
    _say(_sentence(plan))
    for each in plan["kept"]:
        _say(f"Kept: {versions_of(each['versions'])}, {_reason(each['reason'])}")
    _say(f"Plan:     {short_of(plan)}  (id {plan['id']})")
    _say(f"Digest:   {plan['digest']}")
    for state in ("planned", "approved", "applied"):
        at, by = plan[f"{state}At"], plan[f"{state}By"]
        if at is not None:
            known = f" by {names[by]}" if names and by in names else ""
            _say(f"{f'{state.capitalize()}:':<9} {at}{known}")
    _say(f"State:    {plan['state']}{_done(plan)}")
    if following := _next(plan):
        _say(following)


def show_items(items: Sequence[Item], total: int) -> None:
    """Prints items of a plan, which has so many in all."""
    if not items:
        return
    table = new_table("", "Version", "Rule", "Files", "Bytes", "Outcome", right=("", "Files", "Bytes"))
    for each in items:
        cells = (
            f"{each['number']:,}", reference_of(_key(each)), f"rules[{each['rule']}]", f"{each['fileCount']:,}",
            decimal(each["bytes"]), each["outcome"] or "",
        )  # fmt: skip
        table.add_row(*(escape(cell) for cell in cells))
    out().print()
    out().print(table)
    if total > len(items):
        _say(f"… and {versions_of(total - len(items))} more: --all lists all.")


def show_spared(items: Sequence[Item], plan: Mapping[str, Any]) -> None:
    """Prints which versions kept their files after all, and why."""
    for each in items[:_LISTED]:
        _say(f"Spared: {reference_of(_key(each))}, {_reason(each['outcome'])}")
    if len(items) > _LISTED:
        _say(f"… and {versions_of(len(items) - _LISTED)} more: pedigree retention show {short_of(plan)} --all")


def show_plans(plans: Sequence[Item]) -> None:
    """Prints plans, one a line."""
    table = new_table("Plan", "State", "Planned", "Versions", "Frees", "Policy", right=("Versions", "Frees"))
    for each in plans:
        made = each["digest"] is not None
        cells = (
            short_of(each), each["state"], str(each["plannedAt"])[:16].replace("T", " "),
            f"{each['versionCount']:,}" if made else "", decimal(each["freedBytes"]) if made else "",
            each["policyName"],
        )  # fmt: skip
        table.add_row(*(escape(cell) for cell in cells))
    out().print(table)


def _sentence(plan: Mapping[str, Any]) -> str:
    moving, moved = plan["tierVersionCount"], plan["tierBytes"]
    count = plan["versionCount"] - moving
    parts: list[str] = []
    if count:
        loses = "loses its files" if count == 1 else "lose their files"
        freed = f"the store is freed of {decimal(plan['freedBytes'])}"
        parts.append(f"{versions_of(count)} {loses} ({decimal(plan['bytes'] - moved)}); {freed}")
    if moving:
        has = "has its files" if moving == 1 else "have their files"
        parts.append(f"{versions_of(moving)} {has} moved to the colder store ({decimal(moved)})")
    return f"Policy {plan['policyName']}: {'; '.join(parts) or 'no version loses its files'}."


def _done(plan: Mapping[str, Any]) -> str:
    if plan["state"] not in {"APPLYING", "APPLIED"}:
        return ""
    tiered = f", moved of {versions_of(plan['tiered'])}" if plan["tierVersionCount"] else ""
    return f", files taken away of {versions_of(plan['removed'])}{tiered}, {plan['spared']:,} spared"


def _next(plan: Mapping[str, Any]) -> str:
    match plan["state"]:
        case "PLANNED" if not plan["versionCount"]:
            return "Nothing is to be done."
        case "PLANNED":
            return f"Next, by a second person: pedigree retention approve {short_of(plan)} {plan['digest']}"
        case "APPROVED":
            return f"Next, within 30 days: pedigree retention apply {short_of(plan)}"
        case "APPLYING":
            return f"It goes on with: pedigree retention apply {short_of(plan)}"
        case _:
            again = "While its days of grace last a version gets them back: pedigree retention restore model-version:…"
            return again if plan["removed"] else ""


def _reason(outcome: str) -> str:
    return f"{outcome}: {_REASONS[outcome]}" if outcome in _REASONS else outcome


def _key(item: Mapping[str, Any]) -> dict[str, str]:
    return {name: item[name] for name in ("namespace", "name", "version")}


def _say(text: str) -> None:
    out().print(text, soft_wrap=True, markup=False)
