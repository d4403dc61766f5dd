"""`pedigree lineage`."""

from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.commands.answers import completeness, name_of, said_by
from app.commands.asking import WALK, Walk, ask, chosen
from app.commands.exits import Exit
from app.commands.options import Json, Where
from app.commands.questions import LINEAGE
from app.commands.references import parse_references
from app.commands.terminal import out, print_json

DIRECTIONS = ("UPSTREAM", "DOWNSTREAM")


def lineage(
    *ref: str,
    direction: Annotated[str, Parameter(group=WALK)] = "upstream",
    walk: Walk = Walk(),
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Show everything that things came from, or everything that came from them.

    Args:
        ref: What to start from: kind:key, as model-version:NAMESPACE/NAME/VERSION, or an id.
        direction: Where to walk: upstream or downstream (upstream).
        walk: How the walk goes.
        where: Which Pedigree to ask.
        json: Print the answer as JSON.
    """
    starts = parse_references(ref)
    [way] = chosen("--direction", [direction], DIRECTIONS)
    variables = {"start": starts, "direction": way, **walk.variables()}
    named = {f"start[{place}]": each for place, each in enumerate(ref)}
    found: dict[str, Any] = ask(where, LINEAGE, variables, named)["lineage"]
    if json:
        print_json(found)
    else:
        _show(found)
    return Exit.DONE


def _show(found: Mapping[str, Any]) -> None:
    console = out()
    nodes = Table(box=None, pad_edge=False, header_style="bold")
    nodes.add_column("Hops", justify="right")
    nodes.add_column("Thing", overflow="fold")
    for each in found["nodes"]:
        nodes.add_row(str(each["hops"]), Text(name_of(each["node"])))
    console.print(nodes)
    console.print()
    _show_relationships(found["relationships"], console)
    completeness(found["completeness"], console)


def _show_relationships(relationships: list[Mapping[str, Any]], console: Console) -> None:
    """Prints each thing with what it came from: a relationship points upstream, against the step of data."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for each in relationships:
        grouped.setdefault(name_of(each["to"]), []).append(each)
    for name, steps in grouped.items():
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="cyan")
        table.add_column(overflow="fold")
        table.add_column(overflow="fold", style="dim")
        for step in steps:
            joined = step["relationship"]
            table.add_row(joined["type"], Text(name_of(step["from"])), Text(said_by(joined)))
        console.print(Text(name))
        console.print(Padding(table, (0, 0, 1, 2)))
