"""`pedigree path`."""

from typing import Any

from rich.padding import Padding

from app.commands.answers import completeness, witness
from app.commands.asking import Walk, ask
from app.commands.exits import Exit
from app.commands.options import Json, Where
from app.commands.questions import PATH
from app.commands.references import parse_reference
from app.commands.terminal import out, print_json


def path(
    start: str,
    end: str,
    /,
    *,
    walk: Walk = Walk(),
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Show one shortest way by which data flowed from one thing to another. Exit code 1: there is none.

    Args:
        start: Where the data come from: kind:key, as dataset:NAMESPACE/NAME, or an id.
        end: Where they go to.
        walk: How the walk goes.
        where: Which Pedigree to ask.
        json: Print the answer as JSON.
    """
    variables = {"from": parse_reference(start), "to": parse_reference(end), **walk.variables()}
    found: dict[str, Any] = ask(where, PATH, variables, {"from": start, "to": end})["path"]
    steps: list[dict[str, Any]] | None = found["steps"]
    if json:
        print_json(found)
    else:
        console = out()
        if steps is None:
            console.print(f"No data flows from {start} to {end} within the limits.", markup=False)
        else:
            console.print(Padding(witness(steps), (0, 0, 1, 0)))
        completeness(found["completeness"], console)
    return Exit.NO if steps is None else Exit.DONE
