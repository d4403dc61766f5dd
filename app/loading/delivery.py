"""Delivers rows to the registry: what it cannot even read costs the one row that holds it, and no other.

The registry judges each item of a batch by itself. What never becomes an item, a text where GraphQL wants a number or a
body that is too large, fails the whole request: then the rows that the answer names are taken out, and where it names
none the batch is halved until the row is found.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from app.errors import ErrorCode, PedigreeError
from app.loading.report import LoadReport, Row, paths_of

Register = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Carries out one `registerLineage`: its input to its payload, a `RegisterLineageResult` or a `RequestError`, as dicts.

It raises `RequestUnread` where the request could not be read, and another `PedigreeError` (or an `OSError`) where the
registry cannot be reached.
"""


class RequestUnread(PedigreeError):
    """The registry could not read the request, and nothing was changed; its rows may be at fault.

    Args:
        message: what is wrong with it.
        code: as the API has it.
        rows: what is wrong with which rows, by their place as `nodes[3]`; empty where that is not known.
    """

    standard_code = ErrorCode.BAD_REQUEST

    def __init__(self, message: str, *, code: ErrorCode | None = None, rows: Mapping[str, str] | None = None) -> None:
        super().__init__(message, code=code)
        self.rows = rows or {}


class Delivery:
    """Delivers the batches of one load.

    Args:
        register: where to.
        head: what every batch says beside its rows.
        report: what becomes of them is counted there.
    """

    def __init__(self, register: Register, head: Mapping[str, Any], report: LoadReport) -> None:
        self._register = register
        self._head = head
        self._report = report
        self._was_read = False

    async def deliver(self, rows: Sequence[Row]) -> None:
        """Registers the rows, in order.

        Raises:
            PedigreeError: the registry refuses the request for what is no row of it, or cannot be reached.
        """
        waiting = [rows]
        while waiting:
            part = waiting.pop()
            try:
                result = await self._ask(part, complete=False)
            except RequestUnread as error:
                waiting.extend(await self._divided(part, error))
            else:
                self._report.add(result, part)

    async def end(self) -> None:
        """Ends the load as complete.

        Raises:
            PedigreeError: the registry refuses that, or cannot be reached.
        """
        self._report.add(await self._ask((), complete=True), ())

    async def _divided(self, part: Sequence[Row], error: RequestUnread) -> list[Sequence[Row]]:
        """What is left to deliver, the first last; the rows at fault are refused."""
        at_fault = {row: error.rows[path] for row, path in enumerate(paths_of(part)) if path in error.rows}
        if not at_fault:
            await self._see_whether_rows_are_at_fault()
            if len(part) > 1:
                middle = len(part) // 2
                return [part[middle:], part[:middle]]
            at_fault = {0: error.message}
        for row, message in at_fault.items():
            self._report.refuse(error.code.value, message, part[row])
        rest = [each for row, each in enumerate(part) if row not in at_fault]
        return [rest] if rest else []

    async def _see_whether_rows_are_at_fault(self) -> None:
        """Sends the request without rows, once: where that is refused as well, no row is looked for."""
        if not self._was_read:
            await self._ask((), complete=False)

    async def _ask(self, rows: Sequence[Row], *, complete: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            **self._head,
            "complete": complete,
            "nodes": [row.item for row in rows if row.field == "nodes"],
            "relationships": [row.item for row in rows if row.field == "relationships"],
        }
        # Sent again, after an answer that was lost or by a resumed load, the same batch is the same change.
        try:
            body["idempotencyKey"] = f"{self._head['load']}:{_digest(body)}"
        except RecursionError:
            raise RequestUnread("It is nested too deeply to be sent: send it less deep, or as a text.") from None
        result = await self._register(body)
        self._was_read = True
        if "items" not in result:
            raise _refused(result)
        return result


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _refused(result: Mapping[str, Any]) -> PedigreeError:
    code = str(result.get("code", ErrorCode.INTERNAL))
    known = code in ErrorCode.__members__
    return PedigreeError(
        str(result.get("message", "")) if known else f"{code}: {result.get('message', '')}",
        code=ErrorCode[code] if known else ErrorCode.INTERNAL,
        path=result.get("path"),
    )
