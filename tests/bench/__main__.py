"""`python -m tests.bench`: measures, prints the table, and writes docs/performance.md with its pictures."""

import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from cyclopts import App
from rich.console import Console

from tests.bench import memory, report
from tests.bench.machine import Machine
from tests.bench.measures import Fresh, Measures
from tests.bench.results import Finding
from tests.bench.subject import ENGINES, subjects
from tests.bench.titles import TITLES
from tests.servers.java import Missing

DOCS = Path(__file__).parents[2] / "docs"

app = App(name="python -m tests.bench", help="Measure Pedigree against its goals.")


@app.default
def bench(
    *,
    engine: list[str] | None = None,
    only: list[str] | None = None,
    quick: bool = False,
    facts: int = memory.FACTS,
    to: Path | None = None,
    json_: bool = False,
) -> int:
    """Measure, and print the table. A run of everything also writes docs/performance.md and its pictures.

    Args:
        engine: on which engine, instead of all; may be given more than once.
        only: which rows, instead of all; may be given more than once. An unknown name lists them.
        quick: see that it works, on little data and with figures that say nothing.
        facts: how many facts are loaded while memory is watched.
        to: write the page and its pictures into this folder, whatever was measured.
        json_: print one JSON document instead of the table.
    """
    run = Run(Measures(quick=quick, facts=facts), Console(stderr=True))
    names = only or list(TITLES)
    if unknown := {*names} - {*TITLES}:
        run.console.print(f"There is no {', '.join(sorted(unknown))}: --only takes {', '.join(TITLES)}.")
        return 2
    for each in engine or ENGINES:
        run.on(each, names)
    machine = Machine.here()
    if json_:
        sys.stdout.write(json.dumps(report.document(run.findings, machine), indent=2, ensure_ascii=False) + "\n")
    else:
        Console(width=200 if not sys.stdout.isatty() else None).print(report.table(run.findings))
    if to or not (run.failed or engine or only or quick):
        report.write(to or DOCS, run.findings, machine, run.missing)
    return 1 if run.failed else 0


@dataclass
class Run:
    """What was found so far.

    Attributes:
        measures: what can be measured.
        console: where it is told how far it came.
        findings: the rows.
        missing: what is left out, since a measure's peer cannot be had.
        failed: whether an engine cannot be had, or a side gave a wrong answer: then there is no page.
    """

    measures: Measures
    console: Console
    findings: list[Finding] = field(default_factory=list[Finding])
    missing: list[str] = field(default_factory=list[str])
    failed: bool = False

    def on(self, engine: str, names: list[str]) -> None:
        """Measures what has these names on that engine."""
        try:
            with subjects(engine) as fresh:
                for name in names:
                    started = monotonic()
                    self._measure(engine, name, fresh)
                    self.console.print(f"{engine}: {name} took {monotonic() - started:.0f} s")
        except Missing as reason:
            self.console.print(f"{engine} cannot be had here, so that its rows are missing: {reason}.")
            self.failed = True

    def _measure(self, engine: str, name: str, fresh: Fresh) -> None:
        try:
            self.findings += [replace(found, group=name) for found in self.measures.of(name, engine, fresh)]
        except Missing as reason:
            self.console.print(f"{engine}: {name} is left out: {reason}.")
            # The reason itself may name hosts and folders of this machine.
            told = f"{TITLES[name]}: what it is measured against cannot be installed on this machine"
            if told not in self.missing:
                self.missing.append(told)
        except AssertionError as wrong:
            self.console.print(f"[bold red]{engine}: {name} is wrong: {wrong}[/]")
            self.failed = True


if __name__ == "__main__":
    sys.exit(app())
