"""The first page, in order, of a hub with 100,000 relationships, against that of a node with 100."""

from collections.abc import Callable, Iterator

from tests.bench.inventory import NAMESPACE, SOURCE
from tests.bench.past_service import create_nodes, create_relationships, joined, node
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject
from tests.bench.timing import Effort, Pair, Spread, interleave

SIZES = (100_000, 100)
PAGE = 25
TWICE = Goal(2, "≤", " ×")
ENGINES_WITHOUT_RELATIONSHIP_INDEX = ("ArcadeDB",)
"""Those that cannot hold what is many to many in order at its hub, for which a time is the goal."""

IN_TIME = Goal(200, "≤", " ms")

VERSIONS = f"""
query Versions($key: ModelKey!) {{
  it: model(key: $key) {{
    page: versions(first: {PAGE}) {{ edges {{ node {{ version stage }} }} pageInfo {{ hasNextPage }} }}
  }}
}}
"""
RUNS = f"""
query Runs($key: DatasetVersionKey!) {{
  it: datasetVersion(key: $key) {{
    page: trainedRuns(first: {PAGE}) {{ edges {{ node {{ runId name }} }} pageInfo {{ hasNextPage }} }}
  }}
}}
"""
_NAMES = ("hub", "small")


def measure(fresh: Callable[[], Subject], effort: Effort, sizes: tuple[int, int] = SIZES) -> Iterator[Finding]:
    """A row for a model's versions, each of which has one model; one for a dataset's runs, which are many to many."""
    subject = fresh()
    for name, size in zip(_NAMES, sizes, strict=True):
        _fill(subject, name, size)
    most, least = (f"{size:,}" for size in sizes)
    pair = _pages(subject, VERSIONS, lambda name: {"namespace": NAMESPACE, "name": name}, "version", effort)
    sides = (f"of {most}", f"of {least}")
    note = f"{PAGE} in the order of their keys, the same as were found by hand"
    yield Finding(
        subject.engine,
        f"first page of a model's versions: of {most} ÷ of {least}",
        TWICE,
        pair.slower(),
        _sides(pair, sides),
        note,
    )
    pair = _pages(subject, RUNS, lambda name: {"namespace": NAMESPACE, "name": name, "version": "1"}, "runId", effort)
    if subject.engine.startswith(ENGINES_WITHOUT_RELATIONSHIP_INDEX):
        measure, goal = f"first page of the runs on a dataset, many to many: of {most}", IN_TIME
        value = Spread.of([each * 1e3 for each in pair.ours])
    else:
        measure, goal = f"first page of the runs on a dataset, many to many: of {most} ÷ of {least}", TWICE
        value = pair.slower()
    yield Finding(subject.engine, measure, goal, value, _sides(pair, sides), note)


def _sides(pair: Pair, names: tuple[str, str]) -> dict[str, Side]:
    return {names[0]: Side.time(pair.ours), names[1]: Side.time(pair.theirs)}


def _pages(subject: Subject, query: str, key: Callable[[str], dict[str, str]], field: str, effort: Effort) -> Pair:
    """Both pages in turn, after they were held against what is wanted."""
    for name in _NAMES:
        page = subject.ask(query, {"key": key(name)})["it"]["page"]
        found = [edge["node"][field] for edge in page["edges"]]
        assert found == [_number(each) for each in range(PAGE)], f"{name}: another page than the first in order"
        assert page["pageInfo"]["hasNextPage"]
    hub, small = (subject.request(query, {"key": key(name)}) for name in _NAMES)
    return interleave(lambda: subject.client.send(hub), lambda: subject.client.send(small), effort)


def _number(each: int) -> str:
    """A version, or the id of a run: as text in the order of the numbers."""
    return f"{each:08d}"


def _fill(subject: Subject, name: str, size: int) -> None:
    """A model with so many versions, and a version of a dataset that so many runs trained on; the last comes first."""
    numbers = range(size - 1, -1, -1)
    model, dataset, data = (NAMESPACE, name), (NAMESPACE, name), (NAMESPACE, name, "1")
    source = f"{SOURCE}-{name}"
    names = ("namespace", "name", "version")
    create_nodes(subject, "Model", [node("Model", names[:2], model)])
    create_nodes(subject, "Dataset", [node("Dataset", names[:2], dataset)])
    create_nodes(subject, "DatasetVersion", [node("DatasetVersion", names, data)])
    create_nodes(
        subject,
        "ModelVersion",
        (node("ModelVersion", names, (*model, _number(each)), stage="DEVELOPMENT") for each in numbers),
    )
    create_nodes(
        subject,
        "Run",
        (node("Run", ("runSource", "runId"), (source, _number(each)), name=f"run {each}") for each in numbers),
    )
    create_relationships(
        subject,
        "VERSION_OF",
        "DatasetVersion",
        "Dataset",
        [joined("VERSION_OF", ("DatasetVersion", data), ("Dataset", dataset))],
    )
    create_relationships(
        subject,
        "VERSION_OF",
        "ModelVersion",
        "Model",
        (joined("VERSION_OF", ("ModelVersion", (*model, _number(each))), ("Model", model)) for each in numbers),
    )
    create_relationships(
        subject,
        "TRAINED_ON",
        "Run",
        "DatasetVersion",
        (joined("TRAINED_ON", ("Run", (source, _number(each))), ("DatasetVersion", data)) for each in numbers),
    )
