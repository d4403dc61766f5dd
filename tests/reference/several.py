"""Which of several ways must be shown, found by networkx, and holds what is shown against them."""

from collections.abc import Callable
from itertools import pairwise

import networkx as nx

from tests.reference.networks import Network, network
from tests.reference.walks import Thing, Walk

Step = tuple[Thing, Thing]


def check_ways(ways: list[list[str]], walk: Walk, ends: list[Thing], most: int, name: Callable[[Thing], str]) -> None:
    """Each shows a step from a start, or to an end, that none before it does, by a shortest way; all such if few.

    Args:
        ways: what is shown: the names of the things on each.
        walk: from where, and how.
        ends: to what.
        most: how many were asked for.
        name: what a thing is called.
    """
    firsts, lasts = (
        {(name(low), name(high)): hops for (low, high), hops in found.items()} for found in _ends(walk, ends)
    )
    terminal = {name(each) for each in (*walk.seeds, *ends)}
    shown_firsts, shown_lasts = set[tuple[str, str]](), set[tuple[str, str]]()
    for way in ways:
        first, last, hops = (way[0], way[1]), (way[-2], way[-1]), len(way) - 1
        assert len(set(way)) == len(way)
        assert not terminal & set(way[1:-1])
        assert first not in shown_firsts or last not in shown_lasts
        assert first in shown_firsts or firsts[first] == hops
        assert last in shown_lasts or lasts[last] == hops
        shown_firsts.add(first)
        shown_lasts.add(last)
    hops = [len(way) - 1 for way in ways]
    assert hops == sorted(hops)
    missing = [firsts[each] for each in firsts.keys() - shown_firsts]
    missing += [lasts[each] for each in lasts.keys() - shown_lasts]
    assert len(ways) <= most
    assert not missing or (len(ways) == most and min(missing) >= hops[-1])


def _ends(walk: Walk, ends: list[Thing]) -> tuple[dict[Step, int], dict[Step, int]]:
    """By each step by which data leaves a start, and by each by which it enters one of the ends: the least hops.

    Of the ways that lead through no other start and no other end, and are within the hops.
    """
    firsts, lasts = dict[Step, int](), dict[Step, int]()
    for seed in set(walk.seeds) - set(ends):
        whole = network(walk, seed)
        for end in {*ends} & {*whole}:
            arrows: Network = whole.copy()
            arrows.remove_nodes_from([each for each in (*walk.seeds, *ends) if each not in {seed, end}])
            arrows.remove_edges_from(list(nx.selfloop_edges(arrows)))
            for way in _ways(arrows, seed, end):
                if len(way) <= walk.hops:
                    firsts[way[0]] = min(len(way), firsts.get(way[0], len(way)))
                    lasts[way[-1]] = min(len(way), lasts.get(way[-1], len(way)))
    return firsts, lasts


def _ways(arrows: Network, seed: Thing, end: Thing) -> list[list[Step]]:
    """A shortest way by each first step, and by each last."""
    behind, before = arrows.copy(), arrows.copy()
    behind.remove_node(seed)
    before.remove_node(end)
    found = [
        [(seed, first), *pairwise(nx.shortest_path(behind, first, end))]
        for _, first in arrows.out_edges(seed)
        if nx.has_path(behind, first, end)
    ]
    found += [
        [*pairwise(nx.shortest_path(before, seed, last)), (last, end)]
        for last, _ in arrows.in_edges(end)
        if nx.has_path(before, seed, last)
    ]
    return found
