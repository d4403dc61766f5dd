"""The memory of the service, without the embedded engine: at rest, and while it takes in a load of many facts."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from threading import Event, Thread
from uuid import uuid4

import psutil

from tests.bench.inventory import ASKED, NAMESPACE, Run, Version, told_of_run, told_of_version
from tests.bench.registering import REGISTER, Item, batches, checked
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject
from tests.bench.timing import Spread

FACTS = 200_000
"""A million take some minutes: `--facts 1000000`."""

AT_REST = Goal(120, "≤", " MB")
LOADING = Goal(300, "≤", " MB")
_MB = 1e6
_LOOK_SECONDS = 0.05
_SETTLE_SECONDS = 2.0
_ENGINE = "app.graph.embedded.host"
"""The module that the embedded engine's process runs, Java machine and all."""

_DATASETS = 5_000


def facts(number: int) -> Iterator[Item]:
    """That many nodes and relationships, each new: versions with their runs, and what those trained on."""
    return islice(_endless(), number)


def _endless() -> Iterator[Item]:
    number = 0
    while True:
        run = Run(f"fact-{number}", number, (f"data-{number % _DATASETS}", ASKED)[: 1 + (number % 100 == 0)])
        yield from told_of_run(run)
        yield from told_of_version(Version(f"fact-{number // 10}", number % 10 + 1, run, production=False))
        number += 1


def measure(fresh: Callable[[], Subject], number: int = FACTS) -> Iterator[Finding]:
    """A row for the service that was just started and is asked nothing; one for its most while it loads."""
    subject = fresh()
    time.sleep(_SETTLE_SECONDS)
    at_rest = held(subject.pid)
    note = "resident memory of all of the service's processes but the embedded engine's; shared libraries count"
    yield Finding(
        subject.engine,
        "memory of the service at rest",
        AT_REST,
        Spread.of([at_rest / _MB]),
        {"service": Side.of(at_rest / _MB, "MB")},
        note,
    )
    started = time.monotonic()
    with watched(subject.pid) as watch:
        _load(subject, number)
    taken = time.monotonic() - started
    time.sleep(_SETTLE_SECONDS)
    yield Finding(
        subject.engine,
        f"memory of the service while {number:,} facts are loaded",
        LOADING,
        Spread.of([watch.most / _MB]),
        {
            "service": Side.of(watch.most / _MB, "MB"),
            "service afterwards": Side.of(held(subject.pid) / _MB, "MB"),
        },
        f"one load in calls of 500, ended as complete, in {taken:.0f} s ({number / taken:,.0f} facts/s)",
    )


def _load(subject: Subject, number: int) -> None:
    """Sends all of them as one load, and ends it."""
    load = {"load": str(uuid4())}
    for variables in batches(facts(number)):
        variables["input"] |= load
        checked(subject.client.send(subject.request(REGISTER, variables)))
    end = {"source": "bench", "namespace": NAMESPACE, "complete": True, **load}
    checked(subject.client.send(subject.request(REGISTER, {"input": end})))


@dataclass
class Watch:
    """The most bytes that were seen, so far."""

    most: int = 0
    over: Event = field(default_factory=Event)


@contextmanager
def watched(pid: int) -> Iterator[Watch]:
    """Looks at the memory of a process and its children, again and again, until the block ends."""
    watch = Watch()

    def look() -> None:
        while not watch.over.wait(_LOOK_SECONDS):
            watch.most = max(watch.most, held(pid))

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.over.set()
        thread.join()
        watch.most = max(watch.most, held(pid))


def held(pid: int) -> int:
    """The bytes that a process and its children hold in memory, the embedded engine apart."""
    process = psutil.Process(pid)
    return sum(_resident(each) for each in (process, *process.children(recursive=True)))


def _resident(process: psutil.Process) -> int:
    try:
        return 0 if _ENGINE in process.cmdline() else process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
