"""ML Metadata in a process of its own: it is told what to do by lines of JSON, and times itself what it does.

    python -m tests.bench.ml_metadata_peer DATABASE

Run by the Python of ML Metadata's own environment, never by Pedigree's. The store is a SQLite file, which is what it
has without a server; what is written survives the process, as in Pedigree.
"""

# What it imports lives in ML Metadata's environment only.
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

import gc
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Any

from ml_metadata.metadata_store import ListOptions, MetadataStore
from ml_metadata.proto import metadata_store_pb2 as proto

from tests.bench.bulk_versions import DATASETS, version_of
from tests.bench.inventory import ASKED, Inventory, Run, Version, digest, make

VERSIONS_AT_ONCE = 125
"""As many as a call of `registerLineage` with 500 items has."""

_PRODUCTION = "properties.stage.string_value = 'PRODUCTION'"
_FAR = 100
Answer = set[tuple[str, int]]
Edges = list[tuple[int | None, int | None, Any]]


class Peer:
    """A store, and what is asked of it."""

    def __init__(self, database: str) -> None:
        """Makes the store in that file."""
        config = proto.ConnectionConfig()
        config.sqlite.filename_uri = database
        config.sqlite.connection_mode = proto.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        self._store = MetadataStore(config)
        self._data = self._store.put_artifact_type(_type(proto.ArtifactType, "DatasetVersion", ("digest",)))
        self._version = self._store.put_artifact_type(
            _type(proto.ArtifactType, "ModelVersion", ("framework", "stage"), ("version", "registeredAt"))
        )
        told = ("experiment", "status", "user", "commit")
        self._run = self._store.put_execution_type(_type(proto.ExecutionType, "Run", told, ("startedAt", "endedAt")))
        self._known: dict[str, int] = {}

    def fill(self, inventory: Inventory) -> None:
        """Writes all of it."""
        self.put_data(inventory.datasets)
        edges: Edges = []
        for number, run in enumerate(inventory.preparations):
            edges += [(number, None, self._event(name)) for name in run.reads]
            edges.append((number, None, self._event(run.writes, proto.Event.OUTPUT)))
        self._store.put_lineage_subgraph([self._execution(run) for run in inventory.preparations], [], [], edges)
        for at in range(0, len(inventory.versions), VERSIONS_AT_ONCE):
            self._register(inventory.versions[at : at + VERSIONS_AT_ONCE])

    def put_data(self, names: Sequence[str]) -> None:
        """Writes the datasets of these names."""
        made = [proto.Artifact(type_id=self._data, name=name, uri=f"data/{name}.parquet") for name in names]
        for each in made:
            each.properties["digest"].string_value = digest(each.name)
        self._known |= dict(zip(names, self._store.put_artifacts(made), strict=True))

    def _register(self, versions: Sequence[Version]) -> float:
        """Writes versions with their runs in one transaction; the seconds that it took, its rows being ready."""
        runs = [self._execution(version.run) for version in versions]
        artifacts = [self._artifact(version) for version in versions]
        at = {version.run.id: number for number, version in enumerate(versions)}
        edges: Edges = []
        for number, version in enumerate(versions):
            edges += [(number, None, self._event(name)) for name in version.run.reads]
            edges.append((number, number, proto.Event(type=proto.Event.OUTPUT)))
            if version.run.base:
                base = version.run.base.run.id
                here = at.get(base)
                edges.append((number, here, self._event(base) if here is None else proto.Event(type=proto.Event.INPUT)))
        started = perf_counter()
        _, ids, _ = self._store.put_lineage_subgraph(runs, artifacts, [], edges)
        taken = perf_counter() - started
        self._known |= {version.run.id: id_ for version, id_ in zip(versions, ids, strict=True)}
        return taken

    def register(self, first: int) -> float:
        """Registers new versions, the first of which has that number; the seconds that it took."""
        return self._register([version_of(number) for number in range(first, first + VERSIONS_AT_ONCE)])

    def register_singly(self, first: int) -> float:
        """Registers as many, each by a call; the seconds that it took."""
        return sum(self._register([version_of(number)]) for number in range(first, first + VERSIONS_AT_ONCE))

    def ways(self) -> dict[str, Callable[[], Answer]]:
        """Each way to ask the headline question, by its name."""
        return {
            "its lineage subgraph": self.by_subgraph,
            "its lineage subgraph, artifacts only": lambda: self.by_subgraph(["artifacts"]),
            "level by level through its events": self.by_events,
        }

    def by_subgraph(self, mask: list[str] | None = None) -> Answer:
        """One call for all that is downstream; the client picks the versions in production."""
        options = proto.LineageSubgraphQueryOptions(
            max_num_hops=_FAR, direction=proto.LineageSubgraphQueryOptions.DOWNSTREAM
        )
        options.starting_artifacts.filter_query = f"name = '{ASKED}'"
        found = self._store.get_lineage_subgraph(options, mask).artifacts
        return _answer(
            each
            for each in found
            if each.type_id == self._version and each.properties["stage"].string_value == "PRODUCTION"
        )

    def by_events(self) -> Answer:
        """Runs that read and what they wrote, in turn; of what was reached, the versions in production."""
        start = self._store.get_artifact_by_type_and_name("DatasetVersion", ASKED).id
        reached, runs, level = {start}, set[int](), [start]
        while level:
            read = self._store.get_events_by_artifact_ids(level)
            new = {each.execution_id for each in read if each.type == proto.Event.INPUT} - runs
            runs |= new
            written = self._store.get_events_by_execution_ids(list(new)) if new else []
            level = list({each.artifact_id for each in written if each.type == proto.Event.OUTPUT} - reached)
            reached |= {*level}
        ids = ",".join(map(str, reached))
        return _answer(self._store.get_artifacts(ListOptions(filter_query=f"{_PRODUCTION} AND id IN ({ids})")))

    def _event(self, name: str, type_: Any = proto.Event.INPUT) -> Any:
        return proto.Event(artifact_id=self._known[name], type=type_)

    def _execution(self, run: Run) -> Any:
        made = proto.Execution(type_id=self._run, name=run.id)
        told = {
            "experiment": f"experiment-{run.number % 20}",
            "status": "FINISHED",
            "user": f"person-{run.number % 30}",
            "commit": run.commit,
        }
        for name, text in told.items():
            made.properties[name].string_value = text
        made.properties["startedAt"].int_value = run.started_ms
        made.properties["endedAt"].int_value = run.started_ms + 60_000
        for name, text in run.parameters.items():
            made.custom_properties[name].string_value = text
        for name, value in run.metrics.items():
            made.custom_properties[name].double_value = value
        return made

    def _artifact(self, version: Version) -> Any:
        uri = f"models:/{version.logged_model}"
        made = proto.Artifact(type_id=self._version, name=f"{version.model}/{version.number}", uri=uri)
        made.properties["version"].int_value = version.number
        made.properties["registeredAt"].int_value = version.run.started_ms + 60_000
        made.properties["framework"].string_value = "sklearn"
        made.properties["stage"].string_value = "PRODUCTION" if version.production else "DEVELOPMENT"
        return made


def _type(kind: Any, name: str, texts: Iterable[str], numbers: Iterable[str] = ()) -> Any:
    made = kind(name=name)
    for each in texts:
        made.properties[each] = proto.STRING
    for each in numbers:
        made.properties[each] = proto.INT
    return made


def _answer(artifacts: Iterable[Any]) -> Answer:
    return {(each.name.rpartition("/")[0], each.properties["version"].int_value) for each in artifacts}


def obey(peer: Peer, told: dict[str, Any]) -> dict[str, Any]:
    """Does what a line tells: the answer, and the seconds that it took."""
    if "fill" in told:
        peer.fill(make(told["fill"]))
        return {"ways": list(peer.ways())}
    if "datasets" in told:
        peer.put_data(DATASETS)
        return {}
    if "register" in told:
        return {"seconds": peer.register(told["register"])}
    if "register_singly" in told:
        return {"seconds": peer.register_singly(told["register_singly"])}
    way = peer.ways()[told["ask"]]
    started = perf_counter()
    answer = way()
    return {"seconds": perf_counter() - started, "answer": sorted(answer)}


def main(database: str) -> None:
    """Obeys until its input ends."""
    peer = Peer(database)
    gc.disable()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(obey(peer, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
