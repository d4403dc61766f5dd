"""`pedigree impact`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from app.commands.answers import completeness, impact_edges
from app.commands.asking import WALK, Walk, ask, chosen
from app.commands.exits import Exit
from app.commands.options import Json, Where
from app.commands.questions import IMPACT
from app.commands.references import parse_references
from app.commands.terminal import out, print_json
from graph_schema.nodes import STAGES

_ANY = "ANY"


def impact(
    *ref: str,
    stage: Annotated[tuple[str, ...], Parameter(group=WALK, negative=())] = ("PRODUCTION",),
    walk: Walk = Walk(),
    first: Annotated[int, Parameter(group=WALK)] = 25,
    where: Where = Where(),
    json: Json = False,
) -> int:
    """Say which model versions things reach by data flow: trained on a dataset, on data derived from it, and so on.

    Args:
        ref: What to start from: kind:key, as dataset:NAMESPACE/NAME or model-version:NAMESPACE/NAME/VERSION, or an id.
        stage: Only versions in this stage, or `any`; may be given again (PRODUCTION).
        walk: How the walk goes.
        first: How many answers to show, at most 100.
        where: Which Pedigree to ask.
        json: Print the answer as JSON.
    """
    starts = parse_references(ref)
    wanted = chosen("--stage", stage, (*STAGES, _ANY))
    stages = [] if _ANY in wanted else wanted
    variables = {"of": starts, "stages": stages, "first": first, **walk.variables()}
    named = {f"of[{place}]": each for place, each in enumerate(ref)}
    found: dict[str, Any] = ask(where, IMPACT, variables, named)["impact"]
    if json:
        print_json(found)
    else:
        _show(found, ref, stages)
    return Exit.DONE


def _show(found: Mapping[str, Any], refs: Sequence[str], stages: Sequence[str]) -> None:
    console = out()
    total: int = found["totalCount"]
    kind = f" in {' or '.join(stages)}" if stages else ""
    versions = "model version" if total == 1 else "model versions"
    console.print(f"{total:,} {versions}{kind} reached from {', '.join(refs)}\n", markup=False, soft_wrap=False)
    impact_edges(found["edges"], console)
    if found["pageInfo"]["hasNextPage"]:
        console.print(f"… and {total - len(found['edges']):,} more: --first, or --json with a cursor by `query`.\n")
    completeness(found["completeness"], console)
