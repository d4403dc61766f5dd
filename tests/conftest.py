"""The engines and the stores that the suite runs on, and what it says about them at the end.

A test that asks for `graph` runs once on each engine, on a graph that is empty.
"""

import os
import signal
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from app.graph.driver import Graph
from tests.servers.engines import ENGINES, Engines
from tests.servers.spreading import made_scheduler
from tests.servers.stores import Stores

LAST_RELEASE = ENGINES[-1]
RUNNING = pytest.StashKey[Engines]()
KEEPING = pytest.StashKey[Stores]()
OUTPUT = "workeroutput"
"""Where one of several processes leaves what the first is to learn (pytest-xdist)."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        action="append",
        choices=ENGINES,
        help="run on this engine only (may be given again); without it, on all: " + ", ".join(ENGINES),
    )


def pytest_configure(config: pytest.Config) -> None:
    # No test asserts a time. What CI tries is the same at each run; elsewhere each run looks for something new.
    patient = settings(
        deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ, print_blob=True
    )
    settings.register_profile("house", patient)
    settings.load_profile("house")
    # A suite that was started in the background ignores Ctrl-C, and so would all that it starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    required = os.environ.get("PEDIGREE_REQUIRE_SERVERS") == "1"
    config.stash[RUNNING] = Engines(required=required)
    config.stash[KEEPING] = Stores(required=required)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--engine") or ENGINES
        metafunc.parametrize("engine_name", chosen, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Whatever a test covers on one release of Neo4j it covers on the other; on Python 3.11 to measure it costs as much
    # as to run it.
    for item in items:
        if LAST_RELEASE in item.nodeid:
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where tests run in several processes, those that share a server run in one: so each is started once."""
    return made_scheduler(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, OUTPUT, None)
    if output is not None:
        output["engines"] = session.config.stash[RUNNING].record
        output["stores"] = session.config.stash[KEEPING].record


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output: dict[str, Any] = getattr(node, OUTPUT, {})
    if "engines" in output:
        node.config.stash[RUNNING].learn(output["engines"])
        node.config.stash[KEEPING].learn(output["stores"])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    yield  # first all that others have to say, so that this is read
    terminalreporter.section("engines")
    for line in config.stash[RUNNING].told(config.getoption("--engine") or ENGINES):
        terminalreporter.write_line(line)
    terminalreporter.section("stores of artifacts")
    for line in config.stash[KEEPING].told():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
async def stores(pytestconfig: pytest.Config) -> AsyncGenerator[Stores]:
    """The stores of artifacts of this session, each started when it is first asked for."""
    keeping = pytestconfig.stash[KEEPING]
    yield keeping
    await keeping.close()


@pytest.fixture(scope="session")
async def engines(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Engines]:
    """The engines of this session, each started when it is first asked for."""
    running = pytestconfig.stash[RUNNING]
    running.home = tmp_path_factory.mktemp("embedded")
    yield running
    await running.close()


@pytest.fixture
async def graph(engine_name: str, engines: Engines) -> Graph:
    """A connected, empty graph on one of the engines. Its indexes are those that earlier tests made."""
    connected = await engines.graph(engine_name)
    await connected.wipe()
    return connected


@pytest.fixture
async def migrated(graph: Graph, engine_name: str, engines: Engines) -> Graph:
    """A graph with the declared schema, that holds nothing but the node that says so."""
    await engines.declare(engine_name)
    return graph


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of an embedded graph, of this test only."""
    return tmp_path / "home"
