"""`make demo`: starts Pedigree, loads the sample inventory, asks the headline question, shows the answer, stops.

Everything is new and goes again: a home in a temporary folder, a free port. What is in `.env` or the environment does
not matter.
"""

import asyncio
import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from app.commands.answers import completeness, impact_edges
from app.commands.api import data_of, open_api
from app.commands.questions import IMPACT
from app.commands.references import parse_reference
from app.commands.terminal import complain, out
from app.errors import PedigreeError
from app.settings import Settings
from samples.running import (
    DATASET,
    QUESTION,
    NotStarted,
    load_inventory,
    serving,
    temporary_home,
    told_to_stop,
)

_NEXT = """\
How to go on:
  make serve                                   the same inventory, left running, with a page to ask it
  .venv/bin/pedigree load mlflow http://…      your own models, from your MLflow
  .venv/bin/pedigree impact dataset:mlflow/…   and the same question about them
README.md walks through it, on the embedded engine and on Neo4j."""


def main() -> int:
    """Runs the demo; 0 when the answer was shown."""
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        del os.environ[name]
    try:
        with told_to_stop(), temporary_home() as home, contextlib.chdir(home):
            return _demo(home)
    except KeyboardInterrupt:
        return 130
    except NotStarted as reason:
        return reason.code or 3
    except PedigreeError as error:
        complain(error.message)
        return 3


def _demo(home: Path) -> int:
    print("Starting Pedigree on its embedded engine …")
    with serving("--port", "0", "--home", str(home), environment={}, folder=home, loud=False) as service:
        service.wait_until_ready()
        print(f"It answers at {service.address}/graphql\n")
        try:
            if code := load_inventory(service.address, "--home", str(home)):
                return code
            found, times = asyncio.run(_ask(service.address))
        except PedigreeError:
            print(f"The log of the service: {service.keep_log()}", file=sys.stderr)
            raise
        _show(found, times)
        return 0


async def _ask(address: str) -> tuple[dict[str, Any], list[float]]:
    """The answer, and how many milliseconds it took each time."""
    variables = {"of": [parse_reference(DATASET)]}
    times: list[float] = []
    found: dict[str, Any] = {}
    async with open_api(Settings(server=address)) as api:
        for _ in range(20):
            started = time.perf_counter()
            found = data_of(await api.ask(IMPACT, variables))["impact"]
            times.append((time.perf_counter() - started) * 1000)
    return found, times


def _show(found: dict[str, Any], times: list[float]) -> None:
    console = out()
    console.print(f"\n[bold]{QUESTION}[/]")
    console.print(f"$ pedigree impact {DATASET}\n", markup=False)
    impact_edges(found["edges"], console)
    completeness(found["completeness"], console)
    again = sorted(times[10:])[5]
    console.print(f"\nAsked over HTTP, answered in {times[0]:.0f} ms; asked again, in {again:.1f} ms.\n")
    console.print(_NEXT, markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
