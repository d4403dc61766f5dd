"""`pedigree load`."""

import asyncio
import os
import secrets
import sqlite3
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from app.commands.api import Api, open_api
from app.commands.delivering import register_by
from app.commands.exits import Exit, exit_for
from app.commands.handing_over import HandedOver, hand_over
from app.commands.load_options import Reads, Sends, check_brings_files, refuse
from app.commands.loaders import find_loader
from app.commands.options import Json, Where
from app.commands.progress import BytesProgress, LoadProgress
from app.commands.reports import handed_over_as_json, report_as_json, show_handed_over, show_report
from app.commands.resuming import goal, going_on
from app.commands.terminal import err, print_json
from app.errors import ErrorCode, PedigreeError
from app.loading.disks import stopped_by
from app.loading.loader import Loader, LoadOptions, Reading
from app.loading.report import LoadReport
from app.loading.sending import LoadRequest, send, write_lines
from app.loading.unfinished import ABANDONED_DAYS, LoadState, LoadStates, load_name
from app.settings import Settings

_BEGINNING = 40
"""How much of its name is in that of the file that is to replace it: a name has at most 255 bytes."""


def load(
    loader: str,
    location: str,
    /,
    *,
    reads: Reads = Reads(),
    sends: Sends = Sends(),
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Load what another system knows of models and data: `pedigree load mlflow http://127.0.0.1:5000`.

    Loading twice changes nothing. A load that stopped midway has retracted nothing, and goes on with --resume.

    Args:
        loader: The kind of system; `pedigree doctor` lists them.
        location: Where it is: an address or a path, in the form that the system itself uses.
        reads: What is read.
        sends: What is done with it.
        where: Which Pedigree to load into.
        json: Print the report as JSON.
    """
    sends.check()
    found = find_loader(loader)
    if sends.with_artifacts:
        check_brings_files(found)
    reads.options(found)  # refused before anything is opened
    settings = where.settings()
    with LoadProgress(quiet=json) as progress:
        work = _Work(found, location, reads, sends, settings, progress)
        report, work = (work.write(sends.to_file), work) if sends.to_file else _sent(work)
    handed = _handed_over(work, quiet=json) if work.sends.with_artifacts and report.failure is None else None
    if json:
        print_json(report_as_json(report) | {"artifacts": handed and handed_over_as_json(handed)})
    else:
        show_report(report, dry=sends.dry_run, file=sends.to_file)
        show_handed_over(handed)
    failure = report.failure or (handed and handed.failure)
    if failure is not None:
        return exit_for(failure)
    return Exit.PARTLY if report.rejected or (handed and handed.failed) else Exit.DONE


def _replaceable(path: Path) -> Path:
    """The file of that name, or that a link of that name leads to, which may not be there yet."""
    file = Path(os.path.realpath(path))
    try:
        # A folder, what the whole machine writes to, as /dev/stdout, or a link that leads to itself.
        if (path.exists() and not path.is_file()) or file.is_symlink():
            refuse(f"{path} is no file that could be replaced.", "Name a file; it is written whole or not at all.")
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror or error}.", "Name another file.")
    return file


@dataclass(frozen=True, slots=True)
class _Work:
    loader: Loader
    location: str
    reads: Reads
    sends: Sends
    settings: Settings
    progress: LoadProgress

    def write(self, path: Path) -> LoadReport:
        """Writes the file; one that is there is replaced when the new one is whole, and written to its disk."""
        path = _replaceable(path)
        # A name of its own: another load may write the same file at the same time, and the last one to end wins.
        beside = path.with_name(f".{path.name[:_BEGINNING]}.{secrets.token_hex(8)}.new")
        try:
            with tempfile.TemporaryDirectory() as workspace, beside.open("x", encoding="utf-8") as file:
                reading = self.loader.open(self.location, self.options, Path(workspace))
                try:
                    report = write_lines(reading, self._source(reading), file, self.progress)
                finally:
                    reading.close()
                file.flush()
                os.fsync(file.fileno())
            if report.failure is None:
                beside.replace(path)
        except OSError as error:
            refuse(f"{path} cannot be written: {error.strerror or error}.", "Name another file.")
        except sqlite3.Error as error:
            raise stopped_by(error, Path(tempfile.gettempdir())) from error
        finally:
            beside.unlink(missing_ok=True)
        return report

    @property
    def options(self) -> LoadOptions:
        """As the loader wants them."""
        return replace(self.reads.options(self.loader), artifact_roots=self.sends.artifact_roots)

    async def send_or_go_on(self) -> tuple[LoadReport, "_Work"]:
        """Sends all, or what is left of it; also the work with the options that held: those that it began with."""
        states = LoadStates(self.settings.home / "loads")
        if self.sends.resume:
            state = states.latest(await self._speaker(), self.sends.scope)
            work = self._going_on(state)
            return await work.go_on(states, state), work
        return await self.send(states), self

    async def send(self, states: LoadStates) -> LoadReport:
        """Sends everything to the API."""
        name = load_name(self.options.source)
        async with open_api(self.settings) as api:
            if self.sends.dry_run:
                with tempfile.TemporaryDirectory() as workspace:
                    return await self._send(api, name, Path(workspace), None, None)
            for state in states.forget_abandoned():
                self.progress.say(
                    f"The load {state.load} of {state.source} stopped more than {ABANDONED_DAYS} days ago, and can be "
                    "resumed no more: what was kept of it is removed."
                )
            _make(states.workspace(name))
            with states.held(name):
                return await self._send(api, name, states.workspace(name), states, None)

    async def go_on(self, states: LoadStates, state: LoadState) -> LoadReport:
        """Sends what is left of that load."""
        workspace = states.workspace(state.load)
        async with open_api(self.settings) as api:
            with states.held(state.load):
                state = states.find(state.load)
                _make(workspace)
                return await self._send(api, state.load, workspace, states, state)

    def _going_on(self, state: LoadState) -> "_Work":
        """The work with the options that the load began with."""
        here = {"loader": self.loader.name, "into": goal(self.settings)}
        asked = going_on(state, {**here, **self.reads.given(), **self.sends.given()})
        return replace(
            self,
            reads=replace(self.reads, **{name: asked[name] for name in self.reads.given()}),
            sends=replace(self.sends, scope=state.scope, **{name: asked[name] for name in self.sends.given()}),
        )

    async def _send(
        self, api: Api, name: str, workspace: Path, states: LoadStates | None, resumed: LoadState | None
    ) -> LoadReport:
        try:
            reading = await asyncio.to_thread(self.loader.open, self.location, self.options, workspace)
        except BaseException:
            if states and not resumed:
                states.forget(name)  # nothing is in it
            raise
        try:
            request = self._request(name, self._source(reading))
            return await send(
                reading,
                register_by(api),
                request,
                states=states,
                resume=resumed,
                progress=self.progress,
                workspace=workspace,
            )
        finally:
            reading.close()

    async def _speaker(self) -> str:
        """The source under whose name a load that stopped midway was kept."""
        with tempfile.TemporaryDirectory() as workspace:
            reading = await asyncio.to_thread(self.loader.open, self.location, self.options, Path(workspace))
            reading.close()
        return self._source(reading)

    def _source(self, reading: Reading) -> str:
        """A recorded load speaks for the source that it was recorded from."""
        return str(getattr(reading, "source", self.options.source))

    def _request(self, name: str, source: str) -> LoadRequest:
        return LoadRequest(
            load=name,
            source=source,
            scope=self.sends.scope or "",
            complete=self.sends.complete,
            dry_run=self.sends.dry_run,
            max_retracted_share=self.sends.share,
            expected_every=self.sends.expected_every,
            asked={
                "loader": self.loader.name,
                "into": goal(self.settings),
                **self.reads.kept(self.loader),
                **self.sends.kept(),
            },
        )


def _make(workspace: Path) -> None:
    try:
        workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PedigreeError(
            f"{workspace} cannot be made: {error.strerror}.",
            code=ErrorCode.HOME_UNUSABLE,
            remedy="Name a folder that can be written: PEDIGREE_HOME.",
        ) from error


def _sent(work: _Work) -> tuple[LoadReport, _Work]:
    try:
        return asyncio.run(work.send_or_go_on())
    except KeyboardInterrupt:
        if not work.sends.dry_run:
            err().print("Stopped; nothing was retracted. Go on with --resume.")
        raise


def _handed_over(work: _Work, *, quiet: bool) -> HandedOver:
    opened = check_brings_files(work.loader).open_files(work.location, work.options)
    try:
        with BytesProgress(quiet=quiet) as progress:
            return asyncio.run(hand_over(work.settings, opened, progress))
    except KeyboardInterrupt:
        err().print("Stopped. What was read is loaded; the same command goes on with the files that are missing.")
        raise
