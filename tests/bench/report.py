"""The findings as a table on a terminal, as JSON, and as the page docs/performance.md with its pictures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.bench.machine import Machine
from tests.bench.pictures import GOALS, by_measure, pictures
from tests.bench.results import Finding, figure
from tests.bench.titles import TITLES

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
  ways. Before all of it Pedigree has been asked the same 3,000 times, as a service that is used has: until then the
  engines' Java still compiles what is asked often, and answers get faster. MLflow's Python compiles nothing so.
- **Cold, and at best**: while one of MLflow's walks or an answer of plain Strawberry's takes its time, up to a second,
  the processes that answer in milliseconds go cold, which they would not if they were alone; so there each side is
  asked once more before each time that counts. "Pedigree cold" is what that first ask took. "driver" is what the raw
  driver took for the same statements in the same turns: what asks this engine so answers no faster.
- **MLflow, versions by tags**: MLflow's `search_model_versions` by three tags, through the same server, against a
  filter on three properties of versions. Pedigree has no free tags; it stores what a team would tag by as properties
  of the version, and these hold the same texts.
- **Plain Strawberry**: `tests/bench/plain_strawberry.py`, a schema of async resolvers and DataLoaders with one
  statement for each level, Strawberry's own caches of parsed and validated documents switched on, on the same HTTP
  server, the same driver and the same graph. Its answer is equal to Pedigree's, to the letter.
- **ML Metadata**: the library, over a SQLite file, in a process of its own that times itself, so that the way to it
  does not count; Pedigree is asked over HTTP. Each of its ways to the answer is tried, and the fastest counts. Where it
  registers, it writes as many versions in one transaction as a call of Pedigree's has.
- **Registering**: a version comes with its run, the run's parameters and metrics, the data that it trained on, and that
  the run made it. Building what is sent falls on neither side. Against MLflow, Pedigree's call that counts follows
  another one, as in a stream of calls.
- **Hubs**: a model with 100,000 versions against one with 100, and a version of a dataset that 100,000 runs trained on
  against one with 100; the first 25 of each, in the order of their keys.
- **Memory**: the resident memory of the service's processes, the embedded engine's own apart, looked at every 50 ms
  while one client sends a load.
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


def page(
    findings: Sequence[Finding], machine: Machine, *, drawn: Sequence[str] = (), missing: Sequence[str] = ()
) -> str:
    """The page of the documentation, whole.

    Args:
        findings: of every engine, together.
        machine: on what they were found.
        drawn: the names of the pictures that lie in the folder beside the page.
        missing: why what is not measured is not.
    """
    engines = list(dict.fromkeys(each.engine for each in findings))
    lines = [
        "# Performance",
        "",
        "Written by `make bench`, which measures all of it again, and draws the pictures.",
        "",
    ]
    lines += [f"Measured on {datetime.now(UTC).date()}, on {machine.sentence()}.", ""]
    lines += [*_picture(GOALS, "Each measure against its goal", drawn), *_together(findings, engines)]
    if missing:
        lines += ["What could not be measured:", "", *(f"- {each}." for each in missing), ""]
    for group in dict.fromkeys(each.group for each in findings):
        mine = [each for each in findings if each.group == group]
        lines += [f"## {TITLES.get(group, group)}", ""]
        lines += [*_picture(group, f"{TITLES.get(group, group)}: each side", drawn), *_each(mine)]
    return "\n".join([*lines, "## How it was measured", "", HOW])


def write(docs: Path, findings: Sequence[Finding], machine: Machine, missing: Sequence[str] = ()) -> None:
    """Writes the page, and the pictures into a folder beside it, in which none of an earlier run stays."""
    folder = docs / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    drawn = pictures(findings)
    for name, picture in drawn.items():
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
    (docs / "performance.md").write_text(page(findings, machine, drawn=tuple(drawn), missing=missing), encoding="utf-8")


def _picture(name: str, alternative: str, drawn: Sequence[str]) -> list[str]:
    return [f"![{alternative}](performance/{name}.svg)", ""] if name in drawn else []


def _together(findings: Sequence[Finding], engines: Sequence[str]) -> list[str]:
    """One line for each measure, the engines side by side."""
    lines = [f"| measure | goal | {' | '.join(engines)} |", f"|---|---|{'---|' * len(engines)}"]
    found = {(each.measure, each.engine): each for each in findings}
    for measure, goal in dict.fromkeys((each.measure, str(each.goal)) for each in findings):
        values = (_value(found.get((measure, engine))) for engine in engines)
        lines.append(f"| {measure} | {goal} | {' | '.join(values)} |")
    return [*lines, ""]


def _value(found: Finding | None) -> str:
    if found is None:
        return ""
    return f"{_row(found)[3]}, {'met' if found.met else '**missed**'}"


def _each(findings: Sequence[Finding]) -> list[str]:
    """One line for each finding with what it is made of, and what else is to be known of it."""
    lines = ["| measure | on | value | p10 to p90 | sides |", "|---|---|---|---|---|"]
    for each in (each for _, mine in by_measure(findings) for each in mine):
        _, measure, _, value, spread, sides, _ = _row(each)
        lines.append(f"| {measure} | {each.engine} | {value} | {spread} | {sides} |")
    notes: dict[str, list[Finding]] = {}
    for each in findings:
        if each.note:
            notes.setdefault(each.note, []).append(each)
    return [*lines, "", *(f"- {_about(told)}: {note}." for note, told in notes.items()), *([""] if notes else [])]


def _about(findings: Sequence[Finding]) -> str:
    """Of which measures a note speaks; of which engine, where not of each."""
    measures = "; ".join(dict.fromkeys(each.measure for each in findings))
    engines = dict.fromkeys(each.engine for each in findings)
    return measures if len(engines) > 1 else f"{measures}, on {next(iter(engines))}"


def _row(found: Finding) -> tuple[str, ...]:
    value, unit = found.value, found.goal.unit
    spread = f"{figure(value.low)} to {figure(value.high)}" if value.low != value.high else ""
    sides = "; ".join(f"{name} {told}" for name, told in found.sides.items())
    return found.engine, found.measure, str(found.goal), f"{figure(value.median)}{unit}", spread, sides, found.verdict
