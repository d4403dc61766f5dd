"""Pedigree over HTTP against MLflow's REST server, over the same inventory."""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter

from tests.bench import inventory, questions
from tests.bench.client import Client
from tests.bench.driver_side import ABOUT_ASKED
from tests.bench.inventory import ASKED, Inventory
from tests.bench.mlflow_question import Answer, Question
from tests.bench.mlflow_store import inventory_store, serving
from tests.bench.peer_side import Row, measured
from tests.bench.registering import register
from tests.bench.results import Finding, Goal, figure
from tests.bench.subject import Subject
from tests.bench.timing import Effort

GOALS = {100: 20, 1_000: 150, 10_000: 300}


def measure(fresh: Callable[[], Subject], effort: Effort, goals: dict[int, int]) -> Iterator[Finding]:
    """A row for each size: how many times longer MLflow takes, by whichever way it is fastest."""
    for size, goal in goals.items():
        made = inventory.make(size)
        with serving(inventory_store(size)) as (client, experiments):
            ways = Question(client, experiments).ways()
            times = {name: _seconds(way, made.answer, client) for name, way in ways.items()}
            best = min(times, key=lambda name: times[name][0])
            subject = fresh()
            register(subject.client, made.items())
            yield from _rows(subject, made, ways[best], Goal(goal, "≥", " ×"), effort, _ways(times, best))


def _seconds(way: Callable[[str], Answer], wanted: Answer, client: Client) -> tuple[float, int]:
    """How long that way takes, the better of two, and by how many calls; its answer is held against the one by hand."""
    taken: list[float] = []
    before = client.calls
    for _ in range(2):
        started = perf_counter()
        assert way(ASKED) == wanted, "MLflow's answer is another than the one found by hand"
        taken.append(perf_counter() - started)
        if taken[0] > 10:
            break
    return min(taken), (client.calls - before) // len(taken)


def _ways(times: dict[str, tuple[float, int]], best: str) -> str:
    told = (f"{name} {figure(seconds * 1e3)} ms in {calls} calls" for name, (seconds, calls) in times.items())
    return f"MLflow's best way: {best}; of {'; '.join(told)}"


def _rows(
    subject: Subject, made: Inventory, way: Callable[[str], Answer], goal: Goal, effort: Effort, note: str
) -> Iterator[Finding]:
    """The same answer, and the whole one: what MLflow's client would have to keep on its way."""
    found = {
        (edge["node"]["model"]["name"], int(edge["node"]["version"]))
        for edge in subject.ask(questions.NAMES, ABOUT_ASKED)["impact"]["edges"]
    }
    assert found == made.answer, "Pedigree's answer is another than the one found by hand"
    for what, query in (
        ("headline question", questions.NAMES),
        ("the same with witness, endpoints and hops, which MLflow does not tell,", questions.HEADLINE),
    ):
        request = subject.request(query, ABOUT_ASKED)
        for _ in range(effort.asked):
            subject.client.send(request)
        row = Row(
            f"MLflow REST at its best ÷ Pedigree over HTTP: {what} at {made.size:,} versions",
            goal,
            query,
            ABOUT_ASKED,
            f"{len(found)} production versions in the answer. {note}" if query is questions.NAMES else "",
        )
        yield measured(subject, row, "MLflow", partial(way, ASKED), effort)
