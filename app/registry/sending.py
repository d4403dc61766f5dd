"""Sends what a loader reads to the registry, batch by batch, in process or to a server, and keeps how far it came."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from app.errors import ErrorCode, PedigreeError
from app.registry.loading import Batch, Item, Reading, Skipped
from app.registry.unfinished import LoadState, LoadStates, LoadUnknown

Register = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Carries out one `registerLineage`: its input to its payload, a `RegisterLineageResult` or a `RequestError`, as dicts.

It raises a `PedigreeError` (or an `OSError`) where the registry cannot be reached.
"""

Progress = Callable[["LoadReport", int | None], None]
"""Called after each batch with what was done so far, and how many things the source holds, where that is known."""

KEPT = 200
"""How many refused or skipped rows a report keeps word for word; all of them are counted."""

_ITEM = re.compile(r"(nodes|relationships)\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """How a load is to go.

    Attributes:
        load: its name; every batch carries it.
        source: the name under which the system speaks.
        scope: which part of the system it speaks of.
        complete: retract what the source held in the scope and this load did not name.
        dry_run: change nothing, and say what would change.
        max_retracted_share: a complete load that would retract more than this share stops.
        expected_every: seconds after which the source is stale without a complete load.
    """

    load: str
    source: str
    scope: str = ""
    complete: bool = False
    dry_run: bool = False
    max_retracted_share: float = 0.05
    expected_every: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that the registry refused, and why."""

    code: str
    message: str
    row: Item


@dataclass(slots=True)
class LoadReport:
    """What a load did.

    Attributes:
        load: its name.
        batches: how many batches were sent.
        done: how many things of the source were read.
        created: rows that were new.
        updated: rows that said something new of a known thing.
        unchanged: rows that were known.
        rejected: rows that were refused.
        retracted: facts that the source no longer says.
        refusals: the first refused rows, with the reason.
        skipped: how many things of the source became no row, by the reason.
        examples: for each such reason the first of them.
        completed: whether the load was ended as complete.
        failure: what ended the load early; None where nothing did.
    """

    load: str
    batches: int = 0
    done: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    retracted: int = 0
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    examples: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    completed: bool = False
    failure: PedigreeError | None = None

    def note(self, skipped: Iterable[Skipped]) -> None:
        """Count what became no row."""
        for each in skipped:
            self.skipped[each.reason] = self.skipped.get(each.reason, 0) + 1
            examples = self.examples.setdefault(each.reason, [])
            if len(examples) < 3:  # noqa: PLR2004 - enough to find the others
                examples.append(each.row)

    def add(self, result: dict[str, Any], batch: Batch) -> None:
        """Count the result of a batch."""
        self.batches += 1
        self.done = batch.done
        for name in ("created", "updated", "unchanged", "rejected", "retracted"):
            setattr(self, name, getattr(self, name) + int(result.get(name) or 0))
        rows = {"nodes": batch.nodes, "relationships": batch.relationships}
        for item in result.get("items") or ():
            place = _ITEM.match(item["path"])
            if item["status"] == "REJECTED" and place and len(self.refusals) < KEPT:
                error: dict[str, Any] = item.get("error") or {}
                row = rows[place[1]][int(place[2])]
                self.refusals.append(Refusal(error.get("code", ""), error.get("message", ""), row))


async def send(
    reading: Reading,
    register: Register,
    request: LoadRequest,
    *,
    states: LoadStates | None = None,
    resume: LoadState | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Reads and sends a whole load, in order, one batch after the other.

    The report tells everything, a failure too: nothing but a fault of this program is raised. A load that ended early
    has retracted nothing; with `states` it can be resumed under its name. A load of which rows were refused is not
    ended as complete, since what was refused would count as no longer said.

    Args:
        reading: what to send.
        register: where to.
        request: how.
        states: where to remember how far it came; None, and in a dry run, nowhere.
        resume: where to go on; the request must have its load's name.
        progress: told after each batch.
    """
    sender = _Sender(reading, register, request, states if not request.dry_run else None)
    report = sender.report
    try:
        if resume:
            sender.go_on_from(resume)
        await sender.send_all(resume.cursor if resume else None, progress)
        await sender.end()
    except PedigreeError as error:
        report.failure = sender.explained(error)
    except OSError as error:
        report.failure = sender.explained(
            PedigreeError(f"The load stopped: {error}.", code=ErrorCode.SOURCE_UNREACHABLE)
        )
    return report


class _Sender:
    """One load on its way."""

    def __init__(self, reading: Reading, register: Register, request: LoadRequest, states: LoadStates | None) -> None:
        self.report = LoadReport(request.load)
        self._reading = reading
        self._register = register
        self._request = request
        self._states = states

    def go_on_from(self, state: LoadState) -> None:
        if state.store != self._reading.store_id:
            raise LoadUnknown(
                f"The load {state.load} read another store than the one that is named now.",
                remedy="Resume it with the address that it began with, or start a new load.",
            )
        self.report.done, self.report.batches, self.report.rejected = state.done, state.batches, state.rejected

    async def send_all(self, after: str | None, progress: Progress | None) -> None:
        if self._states and after is None:
            self._keep(Batch((), (), "", 0, None))
        batches = self._reading.batches(after)
        # A reading waits for its source; the loop must not.
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            result = await self._send(batch.nodes, batch.relationships, complete=False)
            self.report.add(result, batch)
            self.report.note(self._reading.skipped())
            self._keep(batch)
            if progress:
                progress(self.report, batch.total)
        self.report.note(self._reading.skipped())

    async def end(self) -> None:
        """End the load: as complete where that was asked for and every row was taken."""
        if self._request.complete and not self.report.rejected:
            result = await self._send((), (), complete=True)
            self.report.add(result, Batch((), (), "", self.report.done, None))
            self.report.completed = True
        if self._states:
            self._states.forget(self._request.load)

    def explained(self, error: PedigreeError) -> PedigreeError:
        """The error, with how to go on."""
        if not self._states or isinstance(error, LoadUnknown):
            return error
        load = self.report.load
        if not self.report.batches:
            # Nothing was sent: there is nothing to go on from.
            self._states.forget(load)
            return error
        return PedigreeError(
            f"{error.message} The load {load} stopped after {self.report.batches} batches, and retracted nothing.",
            code=error.code,
            path=error.path,
            remedy="Go on with --resume.",
        )

    def _keep(self, batch: Batch) -> None:
        if self._states:
            request, report = self._request, self.report
            self._states.save(
                LoadState(
                    load=request.load,
                    source=request.source,
                    store=self._reading.store_id,
                    scope=request.scope,
                    cursor=batch.cursor,
                    done=report.done,
                    batches=report.batches,
                    rejected=report.rejected,
                )
            )

    async def _send(self, nodes: Sequence[Item], relationships: Sequence[Item], *, complete: bool) -> dict[str, Any]:
        request = self._request
        body: dict[str, Any] = {
            "source": request.source,
            "store": self._reading.store_id,
            "namespace": self._reading.namespace,
            "load": request.load,
            "scope": request.scope,
            "complete": complete,
            "maxRetractedShare": request.max_retracted_share,
            "dryRun": request.dry_run,
            "nodes": list(nodes),
            "relationships": list(relationships),
        }
        if request.expected_every is not None:
            body["expectedEvery"] = request.expected_every
        # Sent again, after an answer that was lost or by a resumed load, the same batch is the same change.
        body["idempotencyKey"] = f"{request.load}:{_digest(body)}"
        result = await self._register(body)
        if "items" not in result:
            code = str(result.get("code", ErrorCode.INTERNAL))
            known = code in ErrorCode.__members__
            raise PedigreeError(
                str(result.get("message", "")) if known else f"{code}: {result.get('message', '')}",
                code=ErrorCode[code] if known else ErrorCode.INTERNAL,
                path=result.get("path"),
            )
        return result


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def write_lines(reading: Reading, source: str, file: TextIO, progress: Progress | None = None) -> LoadReport:
    """Writes a reading as JSON lines instead of sending it: one line of what it is, then an item a line.

    Nodes of a batch come before its relationships. The loader `items` reads it back.
    """
    report = LoadReport("")
    head = {"source": source, "store": reading.store_id, "namespace": reading.namespace}
    file.write(f"{json.dumps(head, ensure_ascii=False)}\n")
    try:
        for batch in reading.batches():
            items = (*batch.nodes, *batch.relationships)
            file.writelines(f"{json.dumps(item, ensure_ascii=False)}\n" for item in items)
            report.batches += 1
            report.done = batch.done
            report.note(reading.skipped())
            if progress:
                progress(report, batch.total)
        report.note(reading.skipped())
    except PedigreeError as error:
        report.failure = error
    return report
