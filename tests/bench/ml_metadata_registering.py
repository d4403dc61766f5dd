"""Versions registered a second: Pedigree in bulk over HTTP against ML Metadata in process."""

from collections.abc import Callable, Iterator
from itertools import count, islice

from tests.bench.bulk_calls import VERSIONS_A_CALL, calls
from tests.bench.ml_metadata_process import ml_metadata
from tests.bench.registering import checked
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject
from tests.bench.timing import Effort, interleave

GOAL = Goal(5, "≥", " ×")
_SINGLY_FROM = 10_000_000
"""The number of the first version that is written by a call of its own: no other has it."""


def measure(fresh: Callable[[], Subject], effort: Effort) -> Iterator[Finding]:
    """One row: both sides write as many versions at once, each with its run, parameters, metrics and training data."""
    subject = fresh()
    ours = iter(list(islice(calls(subject), effort.warm_up + effort.turns)))
    with ml_metadata() as peer:
        peer.tell(datasets=True)
        numbers = count(step=VERSIONS_A_CALL)
        singly = peer.time(register_singly=_SINGLY_FROM)
        pair = interleave(
            lambda: checked(subject.client.send(next(ours))), lambda: peer.time(register=next(numbers)), effort
        )
    yield Finding(
        subject.engine,
        "versions registered a second, Pedigree in bulk over HTTP ÷ ML Metadata in process",
        GOAL,
        pair.faster(),
        {
            "Pedigree": Side.rate(pair.ours, VERSIONS_A_CALL, "versions"),
            "ML Metadata": Side.rate(pair.theirs, VERSIONS_A_CALL, "versions"),
            "ML Metadata, one a call": Side.rate([singly], VERSIONS_A_CALL, "versions"),
        },
        f"{VERSIONS_A_CALL} versions at once on both sides, each with its run, parameters, metrics and training data; "
        "ML Metadata writes to a SQLite file, by one `put_lineage_subgraph`",
    )
