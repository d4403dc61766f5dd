"""What lineage reaches from a thing of an inventory in memory; written on its own, from the design."""

from collections.abc import Iterator

from tests.plain.inventory import Inventory, Thing

FOLLOWED = ("DERIVED_FROM", "TRAINED_ON", "CONSUMED", "GENERATED_BY", "BASED_ON")
ENDS = ("BUILT_FROM", "CONTAINS")
"""What ends an ancestry, and begins a walk downstream."""

FIELDS = ("upstream", "downstream", "productionModels")


def flows(inventory: Inventory, thing: Thing, name: str) -> list[Thing]:
    """What a natural field of the thing lists, in no order."""
    if "retractedAt" in thing.stored:
        return []
    upstream = name == "upstream"
    found: set[str] = set()
    for seed in _seeds(inventory, thing):
        found |= _reached(inventory, seed, upstream=upstream) - {seed}
    things = [inventory.things[each] for each in found if inventory.sees(inventory.things[each])]
    if name == "productionModels":
        return [each for each in things if each.label == "ModelVersion" and each.stored["stage"] == "PRODUCTION"]
    return things


def _seeds(inventory: Inventory, thing: Thing) -> set[str]:
    versions = {link.start for link in inventory.backward["VERSION_OF", thing.uid]}
    return versions if thing.label == "Dataset" else {thing.uid}


def _reached(inventory: Inventory, seed: str, *, upstream: bool) -> set[str]:
    met, left = {seed}, [seed]
    while left:
        at = left.pop()
        for end in _next(inventory, at, upstream=upstream, first=at == seed):
            if end not in met:
                met.add(end)
                left.append(end)
    return met


def _next(inventory: Inventory, at: str, *, upstream: bool, first: bool) -> Iterator[str]:
    if inventory.things[at].label == "Artifact" and not first:
        return
    types = (*FOLLOWED, *ENDS) if upstream or first else FOLLOWED
    for type_ in types:
        links = inventory.forward if upstream else inventory.backward
        yield from (link.end if upstream else link.start for link in links[type_, at])
