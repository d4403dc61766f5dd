"""Answers of the traversals as a person reads them: who, by which path, and how complete that is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.commands.references import reference
from app.commands.terminal import seen

_SHORT = 8
"""How much of a long id tells one run from another, for people."""

_NAME = 200
"""How much of a name is shown."""

_LIMITS = {
    "HOPS": "the walk stopped at the limit of hops: raise --max-hops",
    "NODES": "there are more answers than one may have: ask for less at once",
}


def name_of(thing: Mapping[str, Any]) -> str:
    """What a person calls a thing: its REF, with a run's own name, and its long id cut."""
    if thing["__typename"] != "Run":
        return reference(thing)
    run_id = str(thing["runId"])
    short = run_id if len(run_id) <= 2 * _SHORT else f"{run_id[:_SHORT]}…"
    ref = reference({**thing, "runId": short}).replace("%E2%80%A6", "…")
    return f"{ref} ({seen(thing['runName'], _NAME)})" if thing.get("runName") else ref


def impact_edges(edges: Iterable[Mapping[str, Any]], console: Console) -> None:
    """Prints each answer of the headline question with its witness."""
    for edge in edges:
        node: Mapping[str, Any] = edge["node"]
        console.print(Text(name_of(node), style="bold"))
        console.print(Padding(Text(f"{node['stage']}, {_hops(edge['hops'])}{_serving(node)}"), (0, 0, 0, 2)))
        console.print(Padding(witness(edge["witness"]), (0, 0, 1, 2)))


def witness(steps: Sequence[Mapping[str, Any]]) -> Table:
    """A path, downstream from line to line: each thing with what joins it to the line above, and who says so."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold", ratio=1)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(overflow="fold", style="dim")
    if steps:
        table.add_row(Text(name_of(steps[0]["from"])), "", "")
    for step in steps:
        joined = step["relationship"]
        table.add_row(Text(f"→ {name_of(step['to'])}"), joined["type"], Text(said_by(joined)))
    return table


def said_by(joined: Mapping[str, Any]) -> str:
    """Who says that two things are related, and how surely where that is not simply claimed."""
    words = [seen(joined["source"], _NAME)]
    if joined["method"] != "CLAIMED":
        words.append(str(joined["method"]).lower())
    if joined["confidence"] is not None and joined["confidence"] < 1:
        words.append(f"{joined['confidence']:.0%}")
    return ", ".join(words)


def completeness(found: Mapping[str, Any], console: Console) -> None:
    """Says whether the answer is all there is, and if not, why."""
    if found["complete"]:
        console.print("[green]Complete:[/] nothing cut short or hidden, no ancestry unknown, no source stale.")
        return
    console.print("[yellow]Not complete:[/]")
    reasons = Table.grid(padding=(0, 1, 0, 0))
    for reason in _reasons(found):
        reasons.add_row("  -", Text(reason))
    console.print(reasons)


def _reasons(found: Mapping[str, Any]) -> Iterable[str]:
    for limit in found["truncatedBy"]:
        yield _LIMITS.get(limit, f"the limit {limit} was reached")
    if found["hiddenCount"]:
        yield f"{found['hiddenCount']:,} things on the way may not be shown to you"
    if unknown := found["unknownAncestry"]:
        yield (
            f"{unknown:,} model {'version has' if unknown == 1 else 'versions have'} an ancestry that nobody recorded "
            "in full, and could not be ruled out"
        )
    if stale := [seen(source["name"], _NAME) for source in found["staleSources"]]:
        yield f"no complete load for longer than expected from: {', '.join(stale)}"


def _hops(number: int) -> str:
    return "1 hop" if number == 1 else f"{number} hops"


def _serving(node: Mapping[str, Any]) -> str:
    edges: Sequence[Mapping[str, Any]] = (node.get("deployments") or {"edges": ()})["edges"]
    endpoints: Iterable[Mapping[str, Any]] = (edge["node"]["endpoint"] for edge in edges)
    names = [seen(f"{each['environment']}/{each['name']}", _NAME) for each in endpoints if each]
    return f", serves {', '.join(names)}" if names else ""
