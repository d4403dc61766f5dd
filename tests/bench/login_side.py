"""A request with an API token against the same without login: two services on one graph, in this same version."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from tests.bench import questions
from tests.bench.client import Client
from tests.bench.driver_side import ABOUT_ASKED
from tests.bench.inventory import ASKED, NAMESPACE, make
from tests.bench.processes import client_of, running
from tests.bench.registering import register
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import PEDIGREE, Subject, data_of, environment_of
from tests.bench.timing import Effort, interleave
from tests.servers.ports import free_port
from tests.serving import pedigree

GOAL = Goal(1.15, "≤", " ×")
SIZE = 1_000
_KEY = {"key": {"namespace": NAMESPACE, "name": ASKED}}

ROWS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("one dataset by its key", "query($key: DatasetKey!) { dataset(key: $key) { name } }", _KEY),
    ("the headline question", questions.HEADLINE, ABOUT_ASKED),
)


def measure(fresh: Callable[[], Subject], effort: Effort, size: int = SIZE) -> Iterator[Finding]:
    """A row for each question, over an inventory of that many versions."""
    subject = fresh()
    register(subject.client, make(size).items())
    with _known(subject) as (client, token):
        for name, query, variables in ROWS:
            body = orjson.dumps({"query": query, "variables": variables})
            with_token = client.request("/graphql", body, authorization=f"Bearer {token}")
            without = subject.request(query, variables)
            assert data_of(client.send(with_token)) == subject.ask(query, variables), "the answers differ"
            pair = interleave(lambda it=with_token: client.send(it), lambda it=without: subject.client.send(it), effort)
            yield Finding(
                subject.engine,
                f"with an API token ÷ without login: {name}",
                GOAL,
                pair.slower(),
                {"with": Side.time(pair.ours), "without": Side.time(pair.theirs)},
                "two services on one graph",
            )


@contextmanager
def _known(subject: Subject) -> Iterator[tuple[Client, str]]:
    """A client of a second service on the subject's graph, which wants tokens, and one."""
    settings = subject.settings.model_copy(update={"port": free_port()})
    environment = environment_of(settings) | {"PEDIGREE_AUTH": "tokens", "PEDIGREE_LIMIT_COST_PER_MINUTE": _ENOUGH}
    log = settings.home / "known.log"
    with running([PEDIGREE, "serve"], settings.home, environment, log) as process:
        client = client_of(process, settings.port, "/readyz", log)
        try:
            yield client, _token(settings.home, environment)
        finally:
            client.close()


def _token(home: Path, environment: dict[str, str]) -> str:
    given = {name.removeprefix("PEDIGREE_").lower(): value for name, value in environment.items() if "PEDIGREE" in name}
    words = ("bench", "--actor", "people/bench", "--role", "VIEWER", "--grant")
    made = pedigree("token", "create", *words, folder=home, **given)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


_ENOUGH = str(10**12)
"""What a client may spend in a minute that asks without a pause: it is counted all the same."""
