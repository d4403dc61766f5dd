"""`pedigree lineage`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from app.commands.answers import completeness, name_of, said_by
from app.commands.asking import WALK, Walk, ask
from app.commands.documents import LINEAGE
from app.commands.exits import Exit
from app.commands.options import Json, Where
from app.commands.references import parse_references
from app.commands.terminal import out, print_json

Direction = Literal["upstream", "downstream"]


def lineage(
    *ref: str,
    direction: Annotated[Direction, Parameter(group=WALK)] = "upstream",
    walk: Walk = Walk(),
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Show everything that things came from, or everything that came from them.

    Args:
        ref: What to start from: kind:key, as model-version:NAMESPACE/NAME/VERSION, or an id.
        direction: Where to walk (upstream).
        walk: How the walk goes.
        where: Which Pedigree to ask.
        json: Print the answer as JSON.
    """
    starts = parse_references(ref)
    variables = {"start": starts, "direction": direction.upper(), **walk.variables()}
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
    console.print(_relationships(found["relationships"]))
    console.print()
    completeness(found["completeness"], console)


def _relationships(relationships: list[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("This", overflow="fold", ratio=1)
    table.add_column("", no_wrap=True, style="cyan")
    table.add_column("that", overflow="fold", ratio=1)
    table.add_column("says", overflow="fold", style="dim")
    for each in relationships:
        joined = each["relationship"]
        # A relationship points upstream: its own beginning is where data flow to.
        table.add_row(Text(name_of(each["to"])), joined["type"], Text(name_of(each["from"])), Text(said_by(joined)))
    return table
