"""Pedigree against plain Strawberry with DataLoaders, over HTTP and over the same graph."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from tests.bench import plain_strawberry, questions
from tests.bench.client import Client
from tests.bench.inventory import make
from tests.bench.peer_side import Row, measured
from tests.bench.processes import client_of, running
from tests.bench.registering import register
from tests.bench.results import Finding, Goal
from tests.bench.subject import Subject, data_of
from tests.bench.timing import Effort
from tests.servers.ports import free_port

GOAL = Goal(5, "≥", " ×")
SIZE = 1_000
_ROOT = Path(__file__).parents[2]


def measure(fresh: Callable[[], Subject], effort: Effort, size: int = SIZE) -> Iterator[Finding]:
    """One row: the nested list, over an inventory of that many versions."""
    subject = fresh()
    register(subject.client, make(size).items())
    with _peer(subject) as peer:
        theirs = peer.request("/graphql", orjson.dumps({"query": questions.NESTED}))
        answer = data_of(peer.send(theirs))
        assert answer == subject.ask(questions.NESTED), "the peer answers something else"
        what = "plain Strawberry with DataLoaders ÷ Pedigree, both over HTTP: three-level nested list"
        row = Row(what, GOAL, questions.NESTED, {}, _size_of(answer))
        yield measured(subject, row, "Strawberry", lambda: peer.send(theirs), effort)


def _size_of(answer: dict[str, Any]) -> str:
    versions = [version for model in answer["models"]["edges"] for version in model["node"]["versions"]["edges"]]
    leaves = sum(len(version["node"]["trainingData"]["edges"]) for version in versions)
    return f"{len(answer['models']['edges'])} models, {len(versions)} versions and {leaves} datasets in both answers"


@contextmanager
def _peer(subject: Subject) -> Iterator[Client]:
    """A client of the peer, which reads the subject's graph."""
    place, port = subject.endpoint, free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")} | {
        plain_strawberry.URL: place.url,
        plain_strawberry.USER: place.user,
        plain_strawberry.PASSWORD: place.password,
        plain_strawberry.DATABASE: place.database,
    }
    command = [sys.executable, "-m", plain_strawberry.__name__, str(port)]
    with TemporaryDirectory(prefix="pedigree-bench-") as folder:
        log = Path(folder) / "peer.log"
        with running(command, _ROOT, environment, log) as process:
            client = client_of(process, port, "/graphql?query={__typename}", log)
            try:
                yield client
            finally:
                client.close()
