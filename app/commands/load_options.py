"""The options of `pedigree load`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from cyclopts import Group, Parameter

from app.errors import ErrorCode, PedigreeError
from app.loading.loader import Loader, LoadOptions
from app.transfer.bringing import BringsFiles
from graph_schema.canonical import shown
from graph_schema.nodes import STAGES
from graph_schema.repositories import normalise_repository

_READING = Group("What is read", sort_key=3)
_SENDING = Group("What is done with it", sort_key=4)
_SHARE = 0.05
"""The largest share that is retracted where nobody says otherwise."""


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
        workspace: Which workspace of MLflow is read, where a store is kept in several (default: its default one). Load
            each under a --source of its own.
    """

    source: Annotated[str | None, Parameter(group=_READING)] = None
    namespace: Annotated[str | None, Parameter(group=_READING)] = None
    stage: Annotated[Sequence[str], Parameter(group=_READING, negative=())] = ()
    datasets_by: Annotated[Literal["name", "uri"] | None, Parameter(group=_READING)] = None
    repository: Annotated[str | None, Parameter(group=_READING)] = None
    workspace: Annotated[str | None, Parameter(group=_READING)] = None

    def options(self, loader: Loader) -> LoadOptions:
        """As the loader wants them.

        Raises:
            PedigreeError: one of them makes no sense.
        """
        try:
            normalise_repository(self.repository or "")
        except ValueError as error:
            refuse(f"--repository: {error}.")
        return LoadOptions(
            source=self.source or loader.name,
            namespace=self.namespace or "",
            stages=dict(_stage(each) for each in self.stage),
            datasets_by=self.datasets_by or "name",
            repository=self.repository or "",
            workspace=self.workspace or "",
        )

    def given(self) -> dict[str, Any]:
        """The options that a load keeps, by name; None where one was not given.

        Raises:
            PedigreeError: a stage makes no sense.
        """
        return {
            "namespace": self.namespace,
            "stage": _stages(self.stage) or None,
            "datasets_by": self.datasets_by,
            "repository": self.repository,
            "workspace": self.workspace,
        }

    def kept(self, loader: Loader) -> dict[str, Any]:
        """The same with what stands for an option that was not given."""
        options = self.options(loader)
        return {
            "namespace": options.models_namespace,
            "stage": _stages(self.stage),
            "datasets_by": options.datasets_by,
            "repository": options.repository,
            "workspace": options.workspace,
        }


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """What is done with what was read.

    Attributes:
        dry_run: Change nothing, and say what would change.
        complete: Retract what the source held in the scope and does not say any more. What a refused row names is
            spared; where a row cannot even be read, nothing is retracted, and the report says so.
        max_retracted_share: The largest share of what its source holds that a complete load may retract (0.05).
        scope: Which part of the system is loaded, where loads of several parts stand beside each other.
        expected_every: Seconds after which the source counts as stale without a complete load.
        resume: Go on with the load of this source that stopped midway, with the options that it began with; of them
            only --max-retracted-share, --expected-every, --with-artifacts and --artifact-root may be given anew.
        to_file: Write a file of JSON lines instead; `pedigree load items FILE` loads it.
        with_artifacts: Then hand over the files of each model version too, as far as they can be read from here. What
            Pedigree holds already is not sent; a version that fails is reported, and costs no other.
        artifact_root: With --with-artifacts: a folder of this machine in which files may be read, beside the folder of
            a local store itself, outside of which none are; may be given again.
    """

    dry_run: Annotated[bool, Parameter(group=_SENDING, negative=())] = False
    complete: Annotated[bool, Parameter(group=_SENDING, negative=())] = False
    max_retracted_share: Annotated[float | None, Parameter(group=_SENDING)] = None
    scope: Annotated[str | None, Parameter(group=_SENDING)] = None
    expected_every: Annotated[int | None, Parameter(group=_SENDING)] = None
    resume: Annotated[bool, Parameter(group=_SENDING, negative=())] = False
    to_file: Annotated[Path | None, Parameter(group=_SENDING)] = None
    with_artifacts: Annotated[bool, Parameter(group=_SENDING, negative=())] = False
    # As texts: an empty one, of a variable that is not set, would be the working folder as a path.
    artifact_root: Annotated[Sequence[str], Parameter(group=_SENDING, negative=())] = ()

    def check(self) -> None:
        """Refuses what cannot go together.

        Raises:
            PedigreeError: two options contradict each other, or one makes no sense.
        """
        if self.resume and (self.dry_run or self.to_file):
            refuse("--resume goes on with a load that changes something.", "Leave out --dry-run and --to-file.")
        if self.to_file and (self.dry_run or self.complete):
            refuse("--to-file registers nothing.", "Leave out --dry-run and --complete.")
        if self.with_artifacts and (self.dry_run or self.to_file):
            refuse(
                "--with-artifacts hands files over to versions that are registered, and --dry-run and --to-file "
                "register none.",
                "Leave out --with-artifacts, or those.",
            )
        if self.artifact_root and not self.with_artifacts:
            refuse(
                "--artifact-root says where files may be read, and without --with-artifacts none are.",
                "Give --with-artifacts too, or leave out --artifact-root.",
            )
        for root in self.artifact_root:
            if not os.path.isdir(root):  # noqa: PTH112 - it may not be looked into; and see above
                refuse(f"--artifact-root {shown(root, 300)!r} is no folder.", "Name a folder that is there.")

    @property
    def artifact_roots(self) -> tuple[Path, ...]:
        """The folders in which files may be read."""
        return tuple(Path(root).absolute() for root in self.artifact_root or ())

    def given(self) -> dict[str, Any]:
        """The options that a load keeps, by name; None where one was not given."""
        return {
            "complete": self.complete or None,
            "max_retracted_share": self.max_retracted_share,
            "expected_every": self.expected_every,
            "with_artifacts": self.with_artifacts or None,
            "artifact_root": self._roots() or None,
        }

    def kept(self) -> dict[str, Any]:
        """The same with what stands for an option that was not given."""
        kept = {"complete": self.complete, "max_retracted_share": self.share, "with_artifacts": self.with_artifacts}
        return {**self.given(), **kept, "artifact_root": self._roots()}

    def _roots(self) -> list[str]:
        return [str(root) for root in self.artifact_roots]  # a load may go on from another working folder

    @property
    def share(self) -> float:
        """The largest share that may be retracted."""
        return _SHARE if self.max_retracted_share is None else self.max_retracted_share


def check_brings_files(loader: Loader) -> BringsFiles:
    """That loader, as one that finds files too.

    Raises:
        PedigreeError: it finds none.
    """
    if not isinstance(loader, BringsFiles):
        refuse(f"The loader {loader.name} brings no files.", "Leave out --with-artifacts, and hand them over by push.")
    return loader


def refuse(message: str, remedy: str = "") -> NoReturn:
    """Refuses what was written on the command line.

    Raises:
        PedigreeError: always.
    """
    raise PedigreeError(message, code=ErrorCode.BAD_USAGE, remedy=remedy)


def _stages(given: Sequence[str]) -> list[str]:
    return sorted(f"{name}={stage}" for name, stage in dict(map(_stage, given)).items())


def _stage(given: str) -> tuple[str, str]:
    name, equals, stage = given.rpartition("=")
    if not equals or not name or stage.upper() not in STAGES:
        refuse(
            f"--stage {given!r} maps nothing.", f"Write --stage champion=PRODUCTION; stages are {', '.join(STAGES)}."
        )
    return name, stage.upper()
