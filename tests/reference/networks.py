"""What walks reach, how far and by which ways, found by networkx: nothing of it is written out by hand."""

from typing import Any

import networkx as nx

from tests.reference.walks import Thing, Walk

Network = Any
"""A directed graph of networkx, which tells no types."""


def network(walk: Walk, seed: Thing) -> Network:
    """What a walk from `seed` may follow, as arrows in its direction."""
    arrows: Network = nx.DiGraph()
    arrows.add_node(seed)
    for said in walk.world.live:
        if not (said.low.serves and said.high.serves):
            continue
        enters = said.type in walk.entries and (walk.upstream or said.high == seed)
        if said.type in walk.followed or enters:
            arrows.add_edge(*((said.low, said.high) if walk.upstream else (said.high, said.low)))
    leaves = [thing for thing in arrows if thing.label == "Artifact" and thing != seed]
    arrows.remove_edges_from(list(arrows.out_edges(leaves)))
    return arrows


def reached(walk: Walk, hops: int | None = None) -> dict[Thing, int]:
    """Everything that a start other than itself reaches, with its hops from the nearest."""
    most = walk.hops if hops is None else hops
    found: dict[Thing, int] = {}
    for seed in walk.seeds:
        far = nx.single_source_shortest_path_length(network(walk, seed), seed, cutoff=most)
        for thing in far.keys() - {seed}:
            found[thing] = min(far[thing], found.get(thing, far[thing]))
    return found


def shortest(walk: Walk, ends: list[Thing]) -> int | None:
    """How many steps a shortest way from a start to one of the ends has; None where there is none within the hops."""
    ways = [
        len(nx.shortest_path(arrows, seed, end)) - 1
        for seed in walk.seeds
        for arrows in [network(walk, seed)]
        for end in ends
        if end in arrows and nx.has_path(arrows, seed, end)
    ]
    return min((steps for steps in ways if steps <= walk.hops), default=None)
