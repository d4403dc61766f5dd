"""The findings as a table on a terminal, as JSON, and as the page docs/performance.md."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from tests.bench.machine import Machine
from tests.bench.results import Finding, figure

HOW = """\
Each ratio is of two sides that were asked in turn in one run, the first one changing from turn to turn, after turns
that do not count, by one client each; the figure is the ratio of the two medians, and its spread is of the turns'
own ratios, from the tenth to the ninetieth hundredth. Both sides' answers are held against each other, or against
one found by hand, before the clock runs. Pedigree is a `pedigree serve` in a process of its own, asked over HTTP on
loopback by a client that does nothing but write a request and read an answer; MLflow's server is asked through the
same client. All processes share the machine's cores.

- **Raw driver**: the official `neo4j` driver with its Rust extension, one session, auto-commit reads, database named;
  it runs the very text and parameters that the service sends, and takes the records as lists. What is measured is
  therefore what GraphQL, HTTP and the service's own process add.
- **MLflow**: its own server on SQLite, over an inventory of the same facts. It has no question of this kind, so that
  its client walks; every good way is tried and the fastest counts. What MLflow cannot search by (which model a run
  was tuned from) is written down as tags too, as a careful team would. `tests/bench/mlflow_question.py` holds the
  ways. One of its walks takes up to a second, in which the processes that answer in milliseconds go cold; so each
  side walks or asks once before each time that counts. "Pedigree cold" is what that first ask took. Before all of it
  Pedigree has been asked the same 3,000 times, as a service that is used has: until then the engines' Java still
  compiles what is asked often, and answers get faster. MLflow's Python compiles nothing so.
- **Diamonds**: 40 layers of versions that are each merged of two, 2⁴⁰ paths from end to end, against a tree with as
  many nodes and relationships in which every version is as deep.
- **Bulk**: what one call of `registerLineage` writes, new nodes and relationships and those that it names and that are
  there, is read back, and written again, the new under other uids, by one `UNWIND … MERGE … SET` for each label and
  each type, in one transaction over Bolt.
"""


def table(findings: Sequence[Finding]) -> Table:
    """For a terminal."""
    made = Table(title="Pedigree measured against its goals", show_lines=True)
    for heading in ("engine", "measure", "goal", "value", "p10 to p90", "sides", "verdict"):
        made.add_column(heading, justify="right" if heading in {"goal", "value", "p10 to p90"} else "left")
    for each in findings:
        row = _row(each)
        colour = "green" if each.met else "bold red"
        made.add_row(*row[:-1], f"[{colour}]{row[-1]}[/]")
    return made


def document(findings: Sequence[Finding], machine: Machine) -> dict[str, Any]:
    """For programs."""
    return {"machine": machine.sentence(), "findings": [each.as_json() for each in findings]}


def page(findings: Sequence[Finding], machine: Machine) -> str:
    """The page of the documentation, whole."""
    lines = ["# Performance", "", "Written by `make bench`, which measures all of it again.", ""]
    lines += [f"Measured on {datetime.now(UTC).date()}, on {machine.sentence()}.", ""]
    for engine in dict.fromkeys(each.engine for each in findings):
        lines += [f"## On {engine}", "", "| measure | goal | value | p10 to p90 | sides | verdict |"]
        lines += ["|---|---|---|---|---|---|"]
        mine = [each for each in findings if each.engine == engine]
        lines += [f"| {' | '.join(_row(each)[1:])} |" for each in mine]
        notes = [f"- {each.measure}: {each.note}." for each in mine if each.note]
        lines += ["", *notes, ""]
    return "\n".join([*lines, "## How it was measured", "", HOW])


def _row(found: Finding) -> tuple[str, ...]:
    value, unit = found.value, found.goal.unit
    spread = f"{figure(value.low)} to {figure(value.high)}" if value.low != value.high else ""
    sides = "; ".join(f"{name} {told}" for name, told in found.sides.items())
    return found.engine, found.measure, str(found.goal), f"{figure(value.median)}{unit}", spread, sides, found.verdict
