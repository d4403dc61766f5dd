"""`pedigree reconcile`."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rich.filesize import decimal

from app.commands.api import Api, data_of, open_api, outcome_of
from app.commands.exits import Exit
from app.commands.file_questions import RECORD_DIFFERENCES, REMOVE_UNRECORDED, STORE_DIFFERENCES
from app.commands.options import Json, Where
from app.commands.progress import CountProgress
from app.commands.retention_shown import new_table
from app.commands.terminal import err, out, print_json

_MEANING = {
    "UNRECORDED": "held, and nobody recorded them",
    "ABSENT": "recorded, and not held",
    "OTHER_SIZE": "held with another size than recorded",
    "FOUND": "recorded as missing, and held",
}
_SHOWN = 20
_PAGE = 100
"""The artifacts that one request may name (the API's limit)."""

Found = Mapping[str, Any]


def reconcile(*, apply: bool = False, where: Where = Where(), json: Json = False) -> int:
    """Compare the store of artifacts with what is recorded, and tell how they differ. Exit code 1: they do.

    Bytes that came less than an hour ago, or for an upload that has not ended, are no difference.

    Args:
        apply: Then remove what the store holds and nobody recorded, and put the other differences on record: each is
            looked at anew (nothing is touched).
        where: Which Pedigree to ask.
        json: Print what differs, and what was done, as JSON.
    """
    with CountProgress(quiet=json, what="digests compared") as progress:
        compared, found = asyncio.run(_compared(where, progress))
    if not json:
        _show(compared, found)
    done = asyncio.run(_applied(where, found)) if apply and found else []
    settled = {each["digest"] for each in done if each["kept"] is None}
    left = [each for each in found if each["digest"] not in settled]
    if json:
        print_json({"compared": compared, "differences": found, "done": done})
    elif apply and found:
        _show_done(done)
    elif found:
        message = "Nothing was touched: --apply removes what nobody recorded, and puts the rest on record."
        err().print(message, soft_wrap=True)
    return Exit.NO if left else Exit.DONE


async def _compared(where: Where, progress: CountProgress) -> tuple[int, list[Found]]:
    async with open_api(where.settings()) as api:
        compared, found, after = 0, list[Found](), None
        while True:
            page = data_of(await api.ask(STORE_DIFFERENCES, {"after": after}))["storeDifferences"]
            found += page["differences"]
            compared += page["compared"]
            progress.advance(page["compared"])
            after = page["next"]
            if after is None:
                return compared, found


async def _applied(where: Where, found: Sequence[Found]) -> list[Found]:
    """What was done about each difference: whether bytes went, what is on record now, and what was kept and why."""
    strays = [each["digest"] for each in found if each["kind"] == "UNRECORDED"]
    others = [each["digest"] for each in found if each["kind"] != "UNRECORDED"]
    done: list[Found] = []
    async with open_api(where.settings()) as api:
        for first in range(0, len(strays), _PAGE):
            asked = {"input": {"artifacts": strays[first : first + _PAGE]}}
            answer = outcome_of(data_of(await api.ask(REMOVE_UNRECORDED, asked))["removeUnrecorded"])
            done += [{**each, "state": None} for each in answer["artifacts"]]
        for first in range(0, len(others), _PAGE):
            done += await _recorded(api, others[first : first + _PAGE])
    return done


async def _recorded(api: Api, digests: Sequence[str]) -> list[Found]:
    asked: dict[str, Any] = {"artifacts": list(digests)}
    done: list[Found] = []
    while True:
        answer = outcome_of(data_of(await api.ask(RECORD_DIFFERENCES, {"input": asked}))["recordDifferences"])
        done += [
            {"digest": each["digest"], "bytes": 0, "kept": None, "state": each["state"]} for each in answer["checked"]
        ]
        if answer["next"] is None:
            return done
        asked["after"] = answer["next"]


def _show(compared: int, found: Sequence[Found]) -> None:
    console = out()
    console.print(f"{compared:,} {'digest' if compared == 1 else 'digests'} compared.", soft_wrap=True)
    if not found:
        console.print("The store holds what is recorded, and nothing else.", soft_wrap=True)
        return
    table = new_table("Difference", "What it means", "Artifacts", "Bytes", right=("Artifacts", "Bytes"))
    by_kind: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        by_kind[each["kind"]].append(each)
    for kind, meaning in _MEANING.items():
        if of_kind := by_kind[kind]:
            size = sum(each["storedBytes"] or each["recordedBytes"] or 0 for each in of_kind)
            table.add_row(kind, meaning, f"{len(of_kind):,}", decimal(size))
    console.print(table)
    for each in found[:_SHOWN]:
        console.print(f"{each['kind']:<10}  {each['digest']}", soft_wrap=True)
    if len(found) > _SHOWN:
        console.print(f"and {len(found) - _SHOWN:,} more: --json tells all.", soft_wrap=True)


def _show_done(done: Sequence[Found]) -> None:
    console = out()
    removed = [each for each in done if each["state"] is None and each["kept"] is None]
    size = decimal(sum(each["bytes"] for each in removed))
    console.print(f"{len(removed):,} removed ({size}); {_counted(done)} put on record.", soft_wrap=True)
    for each in done:
        if each["kept"] is not None:
            console.print(f"kept  {each['digest']}  {each['kept']}", soft_wrap=True)


def _counted(done: Sequence[Found]) -> str:
    return f"{sum(each['state'] is not None for each in done):,}"
