"""`pedigree load`."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from cyclopts import Group, Parameter

from app.commands.api import Api, open_api
from app.commands.delivering import register_by
from app.commands.exits import Exit, exit_for
from app.commands.loaders import find_loader
from app.commands.options import Json, Where
from app.commands.progress import LoadProgress
from app.commands.reports import report_as_json, show_report
from app.commands.terminal import err, print_json
from app.errors import ErrorCode, PedigreeError
from app.registry.load_report import LoadReport
from app.registry.loading import Loader, LoadOptions, Reading
from app.registry.sending import LoadRequest, send, write_lines
from app.registry.unfinished import LoadState, LoadStates, load_name
from app.settings import Settings
from graph_schema.nodes import STAGES
from graph_schema.repositories import normalise_repository

_READING = Group("What is read", sort_key=3)
_SENDING = Group("What is done with it", sort_key=4)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What is read, and under which names.

    Attributes:
        source: The name under which the system speaks (default: the loader's name).
        namespace: The namespace of its models and datasets (default: the source's name).
        stage: Which stage an alias or a stage of the system claims, as champion=PRODUCTION; may be given again.
        datasets_by: Name datasets as the system does, or by their address as OpenLineage does (default: name).
        repository: The code repository of runs that name a commit and no repository.
    """

    source: Annotated[str | None, Parameter(group=_READING)] = None
    namespace: Annotated[str, Parameter(group=_READING)] = ""
    stage: Annotated[Sequence[str], Parameter(group=_READING, negative=())] = ()
    datasets_by: Annotated[Literal["name", "uri"], Parameter(group=_READING)] = "name"
    repository: Annotated[str, Parameter(group=_READING)] = ""

    def options(self, loader: Loader) -> LoadOptions:
        """As the loader wants them.

        Raises:
            PedigreeError: one of them makes no sense.
        """
        try:
            normalise_repository(self.repository)
        except ValueError as error:
            _refuse(f"--repository: {error}.")
        return LoadOptions(
            source=self.source or loader.name,
            namespace=self.namespace,
            stages=dict(_stage(each) for each in self.stage),
            datasets_by=self.datasets_by,
            repository=self.repository,
        )


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """What is done with what was read.

    Attributes:
        dry_run: Change nothing, and say what would change.
        complete: Retract what the source held in the scope and does not say any more.
        max_retracted_share: The largest share of what its source holds that a complete load may retract (0.05).
        scope: Which part of the system is loaded, where loads of several parts stand beside each other.
        expected_every: Seconds after which the source counts as stale without a complete load.
        resume: Go on with the load of this source that stopped midway.
        to_file: Write a file of JSON lines instead; `pedigree load items FILE` loads it.
    """

    dry_run: Annotated[bool, Parameter(group=_SENDING, negative=())] = False
    complete: Annotated[bool, Parameter(group=_SENDING, negative=())] = False
    max_retracted_share: Annotated[float, Parameter(group=_SENDING)] = 0.05
    scope: Annotated[str, Parameter(group=_SENDING)] = ""
    expected_every: Annotated[int | None, Parameter(group=_SENDING)] = None
    resume: Annotated[bool, Parameter(group=_SENDING, negative=())] = False
    to_file: Annotated[Path | None, Parameter(group=_SENDING)] = None

    def check(self) -> None:
        """Refuses what cannot go together.

        Raises:
            PedigreeError: two options contradict each other.
        """
        if self.resume and (self.dry_run or self.to_file):
            _refuse("--resume goes on with a load that changes something.", "Leave out --dry-run and --to-file.")
        if self.to_file and (self.dry_run or self.complete):
            _refuse("--to-file registers nothing.", "Leave out --dry-run and --complete.")


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
    options = reads.options(found)
    settings = where.settings()
    with LoadProgress(quiet=json) as progress:
        work = _Work(found, location, options, sends, settings, progress)
        report = work.write(sends.to_file) if sends.to_file else _sent(work)
    if json:
        print_json(report_as_json(report))
    else:
        show_report(report, dry=sends.dry_run, file=sends.to_file)
    if report.failure is not None:
        return exit_for(report.failure)
    return Exit.PARTLY if report.rejected else Exit.DONE


@dataclass(frozen=True, slots=True)
class _Work:
    loader: Loader
    location: str
    options: LoadOptions
    sends: Sends
    settings: Settings
    progress: LoadProgress

    def write(self, path: Path) -> LoadReport:
        """Writes the file; one that is there is replaced when the new one is whole."""
        beside = path.with_name(f".{path.name}.new")
        try:
            with tempfile.TemporaryDirectory() as workspace, beside.open("w", encoding="utf-8") as file:
                reading = self.loader.open(self.location, self.options, Path(workspace))
                try:
                    report = write_lines(reading, self._source(reading), file, self.progress)
                finally:
                    reading.close()
            if report.failure is None:
                beside.replace(path)
        except OSError as error:
            _refuse(f"{path} cannot be written: {error.strerror or error}.", "Name another file.")
        finally:
            beside.unlink(missing_ok=True)
        return report

    async def send(self) -> LoadReport:
        """Sends everything to the API."""
        states = LoadStates(self.settings.home / "loads")
        resumed = states.latest(await self._speaker(), self.sends.scope) if self.sends.resume else None
        name = resumed.load if resumed else load_name(self.options.source)
        async with open_api(self.settings) as api:
            if self.sends.dry_run:
                with tempfile.TemporaryDirectory() as workspace:
                    return await self._send(api, name, Path(workspace), None, None)
            return await self._send(api, name, states.workspace(name), states, resumed)

    async def _send(
        self, api: Api, name: str, workspace: Path, states: LoadStates | None, resumed: LoadState | None
    ) -> LoadReport:
        _make(workspace)
        reading = await asyncio.to_thread(self.loader.open, self.location, self.options, workspace)
        try:
            request = self._request(name, self._source(reading))
            return await send(reading, register_by(api), request, states=states, resume=resumed, progress=self.progress)
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
            scope=self.sends.scope,
            complete=self.sends.complete,
            dry_run=self.sends.dry_run,
            max_retracted_share=self.sends.max_retracted_share,
            expected_every=self.sends.expected_every,
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


def _sent(work: _Work) -> LoadReport:
    try:
        return asyncio.run(work.send())
    except KeyboardInterrupt:
        if not work.sends.dry_run:
            err().print("Stopped; nothing was retracted. Go on with --resume.")
        raise


def _stage(given: str) -> tuple[str, str]:
    name, equals, stage = given.rpartition("=")
    if not equals or not name or stage.upper() not in STAGES:
        _refuse(
            f"--stage {given!r} maps nothing.", f"Write --stage champion=PRODUCTION; stages are {', '.join(STAGES)}."
        )
    return name, stage.upper()


def _refuse(message: str, remedy: str = "") -> NoReturn:
    raise PedigreeError(message, code=ErrorCode.BAD_USAGE, remedy=remedy)
