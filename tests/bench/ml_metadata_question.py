"""The headline question: Pedigree over HTTP against ML Metadata, a library over a file in the asking process."""

from collections.abc import Callable, Iterator

from tests.bench import inventory, questions
from tests.bench.driver_side import ABOUT_ASKED
from tests.bench.ml_metadata_process import MlMetadata, ml_metadata
from tests.bench.registering import register
from tests.bench.results import Finding, Goal, Side, figure
from tests.bench.subject import Subject
from tests.bench.timing import Effort, interleave

SIZE = 10_000
GOAL = Goal(1, "≤", " ×")
_TRIES = 7


def measure(fresh: Callable[[], Subject], effort: Effort, size: int = SIZE) -> Iterator[Finding]:
    """One row: against whichever way of ML Metadata's is the fastest."""
    made = inventory.make(size)
    with ml_metadata() as peer:
        times = _ways(peer, made)
        best = min(times, key=lambda way: times[way])
        subject = fresh()
        register(subject.client, made.items())
        found = subject.ask(questions.NAMES, ABOUT_ASKED)["impact"]["edges"]
        answer = {(edge["node"]["model"]["name"], int(edge["node"]["version"])) for edge in found}
        assert answer == made.answer, "Pedigree's answer is another than the one found by hand"
        request = subject.request(questions.NAMES, ABOUT_ASKED)
        pair = interleave(lambda: subject.client.send(request), lambda: peer.time(ask=best), effort)
    told = "; ".join(f"{way} {figure(seconds * 1e3)} ms" for way, seconds in times.items())
    yield Finding(
        subject.engine,
        f"Pedigree over HTTP ÷ ML Metadata in process: headline question at {size:,} versions",
        GOAL,
        pair.slower(),
        {"Pedigree": Side.time(pair.ours), "ML Metadata": Side.time(pair.theirs)},
        f"{len(made.answer)} production versions in the answer. ML Metadata's best way: {best}; of {told}",
    )


def _ways(peer: MlMetadata, made: inventory.Inventory) -> dict[str, float]:
    """How long each way takes, the best of some tries; its answer is held against the one by hand."""
    times: dict[str, float] = {}
    for way in peer.tell(fill=made.size)["ways"]:
        answers = [peer.tell(ask=way) for _ in range(_TRIES)]
        for each in answers:
            assert {(model, version) for model, version in each["answer"]} == made.answer, f"{way}: another answer"
        times[way] = min(each["seconds"] for each in answers)
    return times
