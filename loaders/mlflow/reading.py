"""One pass over an MLflow store, part by part, with memory that does not grow with the store.

The order of the parts: logged models and versions are remembered, since a version's source and a run's inputs are
resolved through them; registered models and their versions; logged models that are not registered; runs; then what
needs all of these: which run made a version, the addresses of a dataset, commits, evaluations.
"""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from app.loading.loader import Batch, Item, LoadOptions, Skipped
from loaders.mlflow.endings import EndingParts
from loaders.mlflow.fitting import fitted
from loaders.mlflow.models import ModelParts
from loaders.mlflow.packing import Packer
from loaders.mlflow.passing import Pass, Step
from loaders.mlflow.records import Store
from loaders.mlflow.runs import RunParts
from loaders.mlflow.spool import Spool, is_left
from loaders.mlflow.workspaces import is_elsewhere

START: dict[str, Any] = {"part": "logged", "at": "", "done": 0}
"""The place before everything."""

PARTS = (
    "logged",
    "models",
    "versions",
    "registered",
    "unregistered",
    "runs",
    "origins",
    "datasets",
    "code",
    "evaluations",
)
"""The parts of a reading, in their order."""


class MlflowReading:
    """A reading of that store.

    Args:
        store: the store; closed with the reading.
        options: what the user decided.
        workspace: a folder for what must be remembered.
    """

    def __init__(self, store: Store, options: LoadOptions, workspace: Path) -> None:
        self._store = store
        self._options = options
        self._file = workspace / "mlflow.sqlite"
        self._pass: Pass | None = None
        try:
            first = store.default_experiment()
        except BaseException:
            store.close()
            raise
        identity: list[Any] = [first.id, first.created, first.artifact_location] if first else []
        # Not by an experiment of that workspace: it may have none yet, and lose its first.
        identity += [options.workspace] * is_elsewhere(options.workspace)
        self._store_id = f"mlflow:{sha256(json.dumps(identity).encode()).hexdigest()[:32]}"

    @property
    def store_id(self) -> str:
        """A digest of when and where the store's first experiment was made.

        MLflow gives a store no id. Its first experiment is made with the store, never moves, and reads the same over
        REST and from the file; a copy of a store has the same, and so is the same store. A workspace of it that is not
        the default one is a store of its own: its name goes into the digest. Where a server does not let us see the
        default workspace, the oldest experiment of the one that is read takes the first one's place: that is another
        store when it gets or loses this experiment, and when it is read from the database.
        """
        return self._store_id

    @property
    def namespace(self) -> str:
        """The namespace of its models and datasets."""
        return self._options.models_namespace

    def skipped(self) -> Iterator[Skipped]:
        """What was found since the last call that became no row."""
        if self._pass:
            found, self._pass.skipped = self._pass.skipped, []
            yield from found

    def close(self) -> None:
        """Let go of the store and of the file of what was remembered."""
        self._store.close()
        if self._pass:
            self._pass.spool.close()

    def batches(self, after: str | None = None) -> Iterator[Batch]:
        """The rows, from the start or after the batch that had this cursor.

        Where what was remembered is gone, or another version of this program remembered it in another form, it starts
        anew: rows that were sent before change nothing.
        """
        if self._pass:
            self._pass.spool.close()
        start = (_place_in(after) if after and is_left(self._file) else None) or START
        spool = Spool(self._file, fresh=start == START)
        self._pass = Pass(self._store, self._options, spool, start["done"])
        packer = Packer(self._store.count_runs())
        for part, items in self._steps(self._pass, start):
            spool.save()
            place = json.dumps({"part": part[0], "at": part[1], "done": self._pass.done})
            rows = [fitted(item, self._pass.leave_out) for item in items]
            yield from packer.add(rows, place, self._pass.done)
        if not packer.empty:
            yield packer.flush()

    def _steps(self, pass_: Pass, start: dict[str, Any]) -> Iterator[tuple[tuple[str, str], list[Item]]]:
        """The rows page by page, each with its part and the place in it."""
        models, runs, endings = ModelParts(pass_), RunParts(pass_), EndingParts(pass_)
        readers: tuple[Callable[[str], Iterator[Step]], ...] = (
            models.logged,
            models.models,
            models.versions,
            models.registered,
            models.unregistered,
            runs.runs,
            endings.origins,
            endings.datasets,
            endings.code,
            endings.evaluations,
        )
        parts = dict(zip(PARTS, readers, strict=True))
        at = start["at"]
        for part in PARTS[PARTS.index(start["part"]) :]:
            for items, place in parts[part](at):
                yield (part, place), items
            at = ""


def _place_in(cursor: str) -> dict[str, Any] | None:
    """The place that a cursor names; None where it is none of this reading's."""
    try:
        place: Any = json.loads(cursor)
    except ValueError:
        return None
    if not isinstance(place, dict):
        return None
    known = cast("dict[str, Any]", place)
    part, at, done = (known.get(name) for name in START)
    return known if part in PARTS and isinstance(at, str) and isinstance(done, int) else None
