"""What a loader is: it reads one system and yields rows of the declared graph, dicts shaped like the API's inputs.

A loader knows nothing of GraphQL or of the graph. It is found by the entry point group `pedigree.loaders`, whose
objects satisfy `Loader`; what it yields is sent by `app.loading.sending`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from app.errors import ErrorCode, PedigreeError

Item = dict[str, Any]
"""One `NodeInput` or `RelationshipInput` as a dict with one key: `{"run": {...}}`, `{"used": {...}}`."""

BATCH_ITEMS = 500
"""The most items that one batch may hold (the API's limit)."""

BATCH_BYTES = 4 * 1024 * 1024
"""The most bytes of JSON in a batch: half of what the API takes, since a request also carries its document."""

NODE_KINDS = frozenset(
    {
        "dataset",
        "datasetVersion",
        "commit",
        "run",
        "model",
        "modelVersion",
        "artifact",
        "evaluation",
        "document",
        "endpoint",
        "deployment",
        "actor",
    }
)
"""The fields of `NodeInput`; every other kind of item is a relationship."""


class SourceUnreachable(PedigreeError):
    """The system that is loaded from does not answer, or stopped answering."""

    standard_code = ErrorCode.SOURCE_UNREACHABLE


class SourceUnusable(PedigreeError):
    """What the location names is not a store that this loader can read."""

    standard_code = ErrorCode.SOURCE_UNUSABLE


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What the user decides about a load.

    Attributes:
        source: the name under which the system speaks; also the `source` in the key of its runs.
        namespace: the namespace of its models and datasets; empty: the source's name.
        stages: which stage an alias (or a stage's own name) of the system claims, as `{"champion": "PRODUCTION"}`.
        datasets_by: name datasets as the system does, or by their address as OpenLineage does.
        repository: the code repository of runs that name a commit but no repository; empty: such a commit is reported.
        workspace: which part of the system is read, where it keeps several apart; empty: its default one.
        artifact_roots: folders of this machine in which the files of versions may be read, beside the store's own.
    """

    source: str
    namespace: str = ""
    stages: Mapping[str, str] = field(default_factory=dict[str, str])
    datasets_by: Literal["name", "uri"] = "name"
    repository: str = ""
    workspace: str = ""
    artifact_roots: Sequence[Path] = ()

    @property
    def models_namespace(self) -> str:
        """The namespace of the models and datasets of this load."""
        return self.namespace or self.source


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of the source that cannot be read, so that nobody knows what it names.

    Attributes:
        place: where it is, as `line 3 of items.jsonl`.
        message: what is wrong with it, and the remedy.
        text: the beginning of it, as it stands there.
    """

    place: str
    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and where reading goes on after them.

    Attributes:
        nodes: dicts shaped as `NodeInput`, at most `BATCH_ITEMS` together with the relationships.
        relationships: dicts shaped as `RelationshipInput`.
        cursor: what to give `Reading.batches` to go on after this batch; opaque, the reading's own.
        done: how many things of the source (runs, for MLflow) were read up to here.
        total: how many there are; None where the source does not say.
        node_places: where in the source each node is, as `line 3 of items.jsonl`; empty where it does not say.
        relationship_places: likewise of the relationships.
        unreadable: rows between them that cannot be read; they are refused, and the load goes on.
    """

    nodes: Sequence[Item]
    relationships: Sequence[Item]
    cursor: str
    done: int
    total: int | None
    node_places: Sequence[str] = ()
    relationship_places: Sequence[str] = ()
    unreadable: Sequence[Unreadable] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of the source that became no row, or not all that it could have said.

    Attributes:
        reason: why, and what to do about it; the same words for the same reason, so that they can be counted.
        row: which thing of the source, as `run 4f…`.
        word: the word of the source that it is about, where there is one: things are then told by different words.
    """

    reason: str
    row: str
    word: str = ""


class Reading(Protocol):
    """One pass over one store."""

    @property
    def store_id(self) -> str:
        """Which store this is, however it was reached; another store under the same source name is refused by it."""
        ...

    @property
    def namespace(self) -> str:
        """The namespace of its models and datasets."""
        ...

    def batches(self, after: str | None = None) -> Iterator[Batch]:
        """The rows, from the start or after the batch that had this cursor.

        Raises:
            SourceUnreachable: the store went away; what was yielded is whole.
            SourceUnusable: a part of the store cannot be understood.
        """
        ...

    def skipped(self) -> Iterator[Skipped]:
        """What was found since the last call that became no row."""
        ...

    def close(self) -> None:
        """Let go of the store and of what was kept about it."""
        ...


class Loader(Protocol):
    """What an entry point of the group `pedigree.loaders` gives."""

    @property
    def name(self) -> str:
        """The word on the command line, and the source's name unless another is given."""
        ...

    @property
    def summary(self) -> str:
        """One sentence for the command line's help."""
        ...

    def open(self, location: str, options: LoadOptions, workspace: Path) -> Reading:
        """A reading of the store at that location, which it never changes.

        Args:
            location: an address in the form that the system itself uses.
            options: what the user decided.
            workspace: a folder of this load for what the reading must remember; kept until the load ends, so that a
                resumed load finds it.

        Raises:
            SourceUnreachable: nothing answers there.
            SourceUnusable: what is there is not such a store; the message names the remedy.
        """
        ...
