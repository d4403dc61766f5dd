"""`python -m tests.bench`: measures, prints the table, and writes docs/performance.md."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from cyclopts import App
from rich.console import Console

from tests.bench import bulk, diamonds, driver_side, growth, mlflow_side, report, statements
from tests.bench.machine import Machine
from tests.bench.results import Finding
from tests.bench.subject import ENGINES, Subject, subjects
from tests.bench.timing import Effort
from tests.servers.java import Missing

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
Fresh = Callable[[], Subject]

app = App(name="python -m tests.bench", help="Measure Pedigree against its goals.")


def measures(engine: str, *, quick: bool) -> dict[str, Callable[[Fresh], Iterator[Finding]]]:
    """Each group of rows by the name that `--only` takes."""
    often, few = Effort(), Effort(turns=60, seconds=30, warm_up=5)
    writing = Effort(turns=120, seconds=60, warm_up=60)
    if quick:
        often, few, writing = often.quick(), few.quick(), writing.quick()
    goals = {100: mlflow_side.GOALS[100]} if quick else mlflow_side.GOALS
    return {
        "driver": lambda fresh: driver_side.measure(fresh, often, 100 if quick else driver_side.SIZE),
        "diamonds": lambda fresh: diamonds.measure(fresh, often),
        "bulk": lambda fresh: bulk.measure(fresh, writing),
        "statements": statements.measure,
        "mlflow": lambda fresh: mlflow_side.measure(fresh, few, goals),
        "registering": lambda fresh: mlflow_side.measure_registering(fresh, few),
        "growth": lambda _: growth.measure(engine, often, (300, 3_000) if quick else growth.SIZES),
    }


@app.default
def bench(
    *, engine: list[str] | None = None, only: list[str] | None = None, quick: bool = False, json_: bool = False
) -> int:
    """Measure, and print the table. A run of everything also writes docs/performance.md.

    Args:
        engine: on which engine, instead of all; may be given more than once.
        only: which rows, instead of all: driver, diamonds, bulk, statements, mlflow, registering, growth.
        quick: see that it works, on little data and with figures that say nothing.
        json_: print one JSON document instead of the table.
    """
    console = Console(stderr=True)
    names = list(measures("", quick=quick))
    if unknown := set(only or ()) - set(names):
        console.print(f"There is no {', '.join(sorted(unknown))}: --only takes {', '.join(names)}.")
        return 2
    findings: list[Finding] = []
    complete = not (engine or only or quick)
    for name in engine or ENGINES:
        try:
            with subjects(name) as fresh:
                for row in only or names:
                    console.print(f"{name}: {row} …")
                    findings += measures(name, quick=quick)[row](fresh)
        except Missing as reason:
            console.print(f"{name} cannot be had here, so that its rows are missing: {reason}.")
            complete = False
    machine = Machine.here()
    if json_:
        sys.stdout.write(json.dumps(report.document(findings, machine), indent=2, ensure_ascii=False) + "\n")
    else:
        Console(width=200 if not sys.stdout.isatty() else None).print(report.table(findings))
    if complete:
        PAGE.write_text(report.page(findings, machine), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(app())
