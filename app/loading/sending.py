"""Sends what a loader reads to the registry, batch by batch, in process or to a server, and keeps how far it came."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from app.errors import ErrorCode, PedigreeError
from app.loading.delivery import Delivery, Register
from app.loading.disks import stopped_by
from app.loading.loader import Batch, Item, Reading, SourceUnusable
from app.loading.report import LoadReport, rows_of
from app.loading.unfinished import LoadState, LoadStates, LoadUnknown

Progress = Callable[[LoadReport, int | None], None]
"""Called after each batch with what was done so far, and how many things the source holds, where that is known."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character of two halves, which UTF-8 cannot carry: it is written as an escape."""


_SEE_WHETHER = "See whether the load was whole"
"""How the API begins to say what to do about a load that would retract too much."""


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
        asked: what the load began with, as it is kept for going on.
    """

    load: str
    source: str
    scope: str = ""
    complete: bool = False
    dry_run: bool = False
    max_retracted_share: float = 0.05
    expected_every: int | None = None
    asked: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def send(
    reading: Reading,
    register: Register,
    request: LoadRequest,
    *,
    states: LoadStates | None = None,
    resume: LoadState | None = None,
    progress: Progress | None = None,
    workspace: Path | None = None,
) -> LoadReport:
    """Reads and sends a whole load, in order, one batch after the other.

    The report tells everything, a failure too: nothing but a fault of this program is raised. A load that ended early
    has retracted nothing; with `states` it can be resumed under its name.

    What cannot be read costs the one row that holds it. What the registry reads and refuses it spares: the things that
    such a row names stay as they were, so a load of which rows were refused still ends as complete, and one lasting bad
    row does not let a source grow stale for ever. Of a row that nobody can read, nobody knows what it names: it would
    count as no longer said, so such a load retracts nothing, and its report says so.

    Args:
        reading: what to send.
        register: where to.
        request: how.
        states: where to remember how far it came; None, and in a dry run, nowhere.
        resume: where to go on; the request must have its load's name.
        progress: told after each batch.
        workspace: where the reading keeps what it must remember, to be named where that fails.
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
    except (OSError, sqlite3.Error) as error:
        report.failure = sender.explained(stopped_by(error, workspace))
    return report


class _Sender:
    """One load on its way."""

    def __init__(self, reading: Reading, register: Register, request: LoadRequest, states: LoadStates | None) -> None:
        self.report = LoadReport(request.load)
        self._reading = reading
        self._request = request
        self._states = states
        self._delivery = Delivery(register, _head(reading, request), self.report)

    def go_on_from(self, state: LoadState) -> None:
        if state.store != self._reading.store_id:
            raise LoadUnknown(
                f"The load {state.load} read another store than the one that is named now.",
                remedy="Resume it with the address that it began with, or start a new load.",
            )
        self.report.done, self.report.batches = state.done, state.batches
        self.report.rejected, self.report.unread = state.rejected, state.unread

    async def send_all(self, after: str | None, progress: Progress | None) -> None:
        if self._states and after is None:
            self._keep(Batch((), (), "", 0, None))
        batches = self._reading.batches(after)
        # A reading waits for its source; the loop must not.
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            await self._delivery.deliver(rows_of(batch))
            self.report.refuse_unreadable(batch.unreadable)
            self.report.batches += 1
            self.report.done = batch.done
            self.report.note(self._reading.skipped())
            self._keep(batch)
            if progress:
                progress(self.report, batch.total)
        self.report.note(self._reading.skipped())

    async def end(self) -> None:
        """End the load: as complete where that was asked for and what every row names is known."""
        if self._request.complete and self.report.unread:
            self.report.not_completed = _not_completed(self.report.unread)
        elif self._request.complete:
            await self._delivery.end()
            self.report.batches += 1
            self.report.completed = True
        if self._states:
            self._states.forget(self._request.load)

    def explained(self, error: PedigreeError) -> PedigreeError:
        """The error, with how to go on."""
        if isinstance(error, LoadUnknown):
            return error
        resumes = self._states is not None and self.report.batches > 0
        if self._states and not resumes:
            # Nothing was sent: there is nothing to go on from.
            self._states.forget(self.report.load)
        message = error.message
        remedy = "Go on with --resume." if resumes else ""
        if error.code is ErrorCode.RETRACTION_TOO_LARGE:
            # What the API tells its clients to do, a command does by an option.
            message = message.partition(_SEE_WHETHER)[0]
            option = "--resume --max-retracted-share" if resumes else "--max-retracted-share"
            remedy = f"{_SEE_WHETHER}; if it was, allow a larger share with {option}."
        if resumes:
            batches = f"{self.report.batches} batch{'' if self.report.batches == 1 else 'es'}"
            message = f"{message.strip()} The load {self.report.load} stopped after {batches}, and retracted nothing."
        return PedigreeError(message.strip(), code=error.code, path=error.path, remedy=remedy)

    def _keep(self, batch: Batch) -> None:
        if self._states:
            request, report = self._request, self.report
            self._states.save(
                LoadState(
                    load=request.load,
                    source=request.source,
                    store=self._reading.store_id,
                    scope=request.scope,
                    asked=dict(request.asked),
                    cursor=batch.cursor,
                    done=report.done,
                    batches=report.batches,
                    rejected=report.rejected,
                    unread=report.unread,
                )
            )


def _not_completed(unread: int) -> str:
    rows = "1 row" if unread == 1 else f"{unread:,} rows"
    return (
        f"The load was not ended as complete, and retracted nothing: {rows} could not be read, and what stands there "
        "would count as no longer said. Mend what was refused at its source, and load again with --complete."
    )


def _head(reading: Reading, request: LoadRequest) -> dict[str, Any]:
    """What every batch says beside its rows."""
    head: dict[str, Any] = {
        "source": request.source,
        "store": reading.store_id,
        "namespace": reading.namespace,
        "load": request.load,
        "scope": request.scope,
        "maxRetractedShare": request.max_retracted_share,
        "dryRun": request.dry_run,
    }
    if request.expected_every is not None:
        head["expectedEvery"] = request.expected_every
    return head


def write_lines(reading: Reading, source: str, file: TextIO, progress: Progress | None = None) -> LoadReport:
    """Writes a reading as JSON lines instead of sending it: one line of what it is, then an item a line.

    Nodes of a batch come before its relationships. The loader `items` reads it back. A value that JSON cannot say, as
    NaN, is written in the words that Python reads back, and refused when it is loaded: left out, it would count as no
    longer said. For the same reason a row that cannot be read ends the writing.
    """
    report = LoadReport("")
    head = {"source": source, "store": reading.store_id, "namespace": reading.namespace}
    file.write(_line(head))
    try:
        for batch in reading.batches():
            for row in batch.unreadable:
                raise SourceUnusable(f"{row.place[:1].upper()}{row.place[1:]} cannot be read: {row.message}")
            file.writelines(_line(item) for item in (*batch.nodes, *batch.relationships))
            report.batches += 1
            report.done = batch.done
            report.note(reading.skipped())
            if progress:
                progress(report, batch.total)
        report.note(reading.skipped())
    except PedigreeError as error:
        report.failure = error
    return report


def _line(item: Item) -> str:
    try:
        text = json.dumps(item, ensure_ascii=False)
        return f"{text if not _SURROGATE.search(text) else json.dumps(item)}\n"
    except RecursionError:
        raise SourceUnusable(f"A {next(iter(item))} of the source is nested too deeply to be written down.") from None
