"""40 layers of diamonds, 2⁴⁰ paths, against a tree of as many nodes and relationships, each node as deep."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from tests.bench import questions
from tests.bench.inventory import NAMESPACE
from tests.bench.registering import Item, register
from tests.bench.results import Finding, Goal, Side
from tests.bench.subject import Subject
from tests.bench.timing import Effort, interleave

LAYERS = 40
GOAL = Goal(2, "≤", " ×")
Edges = list[tuple[int, int]]
"""Pairs of numbers: a version, and the one that it is based on."""


def diamonds(layers: int = LAYERS) -> Edges:
    """Version 0, then for each layer two versions of the last one's end, and one that is merged of both."""
    found: Edges = []
    for top in range(0, 3 * layers, 3):
        found += [(top + 1, top), (top + 2, top), (top + 3, top + 1), (top + 3, top + 2)]
    return found


def tree(layers: int = LAYERS) -> Edges:
    """The same versions, as deep each, in a tree: one of each two is a leaf, and of a leaf it is said twice."""
    found: Edges = []
    for top in range(0, 3 * layers, 3):
        found += [(top + 1, top), (top + 2, top), (top + 2, top), (top + 3, top + 1)]
    return found


def hops(edges: Edges) -> dict[int, int]:
    """How far each version is from version 0, found by hand: level by level with a visited set."""
    made: dict[int, list[int]] = {}
    for version, base in edges:
        made.setdefault(base, []).append(version)
    found, level = {0: 0}, [0]
    while level:
        further = {each: found[base] + 1 for base in level for each in made.get(base, ()) if each not in found}
        found |= further
        level = list(further)
    return found


def items(name: str, edges: Edges) -> Iterator[Item]:
    """The edges as `registerLineage` takes them. The farthest version comes first in the order of versions."""
    for version, base in edges:
        ends = {"modelVersion": _key(name, version), "base": _key(name, base)}
        yield "relationships", {"basedOn": {**ends, "how": "merge"}}


def _register(subject: Subject, name: str, edges: Edges) -> None:
    """Registers them; what is said twice is said by two sources."""
    register(subject.client, items(name, edges))
    again = [edge for edge in set(edges) if edges.count(edge) > 1]
    register(subject.client, items(name, again), source="another")


def _key(name: str, number: int) -> dict[str, str]:
    return {"namespace": NAMESPACE, "name": name, "version": f"{9_999 - number}"}


def _start(name: str) -> list[dict[str, Any]]:
    return [{"modelVersion": _key(name, 0)}]


def measure(fresh: Callable[[], Subject], effort: Effort, layers: int = LAYERS) -> Iterator[Finding]:
    """A row each for reach, impact, and a page of witnesses."""
    subject = fresh()
    shapes = {"diamonds": diamonds(layers), "tree": tree(layers)}
    for name, edges in shapes.items():
        _register(subject, name, edges)
        _check(subject, name, hops(edges))
    for what, query, argument in (
        ("reach", questions.REACH, "start"),
        ("impact", questions.IMPACT, "of"),
        ("a page of witnesses", questions.WITNESSES, "of"),
    ):
        ours, theirs = (subject.request(query, {argument: _start(name)}) for name in shapes)
        pair = interleave(lambda: subject.client.send(ours), lambda: subject.client.send(theirs), effort)  # noqa: B023 - called before the next turn
        yield Finding(
            subject.engine,
            f"{layers} layers of diamonds ÷ a tree of as many nodes and relationships: {what}",
            GOAL,
            pair.slower(),
            {"diamonds": Side.time(pair.ours), "tree": Side.time(pair.theirs)},
            f"{3 * layers} versions reached in both, at the hops counted by hand",
        )


def _check(subject: Subject, name: str, wanted: dict[int, int]) -> None:
    """Holds every answer against what was found by hand.

    Raises:
        AssertionError: they differ.
    """
    reached = subject.ask(questions.REACH, {"start": _start(name)})["lineage"]
    far = sorted(each["hops"] for each in reached["nodes"] if each["hops"])
    assert far == sorted(hop for hop in wanted.values() if hop), f"{name}: reach"
    told = subject.ask(questions.IMPACT, {"of": _start(name)})["impact"]
    assert told["totalCount"] == len(wanted) - 1, f"{name}: impact finds {told['totalCount']}"
    assert all(each["hops"] == wanted[_number(each)] for each in told["edges"]), f"{name}: impact's hops"
    for edge in subject.ask(questions.WITNESSES, {"of": _start(name)})["impact"]["edges"]:
        steps = edge["witness"]
        joined = all(one["to"] == next_["from"] for one, next_ in pairwise(steps))
        assert joined, f"{name}: a step does not begin where the one before ends"
        assert len(steps) == edge["hops"] == wanted[_number(edge)], f"{name}: a witness is not the shortest"


def _number(edge: dict[str, Any]) -> int:
    return 9_999 - int(edge["node"]["version"])
