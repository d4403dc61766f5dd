"""A part of the graph that a statement brings whole: things, and the relationships between them.

What a walk needs beyond a set of things (hops, ways, which relationships were walked) is found here, by a search in
breadth over what was brought. Engines have `shortestPath` for it, but they search from both ends: at a dataset that
100,000 runs used, a page of witnesses takes seconds that way. The way up is narrow.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Placed, Takes
from app.compiler.selection import Field
from app.compiler.shaping import Shape, list_shape
from app.compiler.times import State, clause_of
from app.lineage.conditions import MET
from app.lineage.levels import Levels
from app.lineage.starts import FAMILIES
from app.lineage.veiling import assertion, told, veiled_uid
from app.lineage.walking import Walking

NARROW = 500
"""How many things upstream of a page are brought without looking which of them lie downstream of a start."""

ENTRY_OF = {"BUILT_FROM": "CodeCommit", "CONTAINS": "Artifact"}
"""The types that are followed downstream only from a start, by the label of that."""

_BEST = (
    "CASE said.method WHEN 'VERIFIED' THEN 0 ELSE 1 END, -coalesce(said.confidence, 0.0), "
    "coalesce(said.recordedAt, 0), coalesce(said.source, '')"
)
"""The order of parallel assertions: the verified, the surest, the earliest; then by source."""

Step = tuple[Any, Any, Any]
"""The columns of the end that data flows from, of the end that it flows to, and of the assertion."""


@dataclass(slots=True)
class WebText:
    """Compiles what is asked of steps, under whatever aliases, and makes the text that brings a web.

    Attributes:
        compiler: the statement's, within the times of the question.
        walking: its walks.
        upstream: whether they are upstream.
        states: how the things are shown, by the variable that each is bound to.
    """

    compiler: Compiler
    walking: Walking
    upstream: bool = False
    states: dict[str, State] = field(init=False)
    _above: Columns = field(default_factory=Columns)
    _below: Columns = field(default_factory=Columns)
    _said: Columns = field(default_factory=Columns)

    def __post_init__(self) -> None:
        """Has the things be shown as they were at the times of the question."""
        self.states = {name: self.compiler.times.state(name, MET) for name in ("shown", "above", "below")}

    def steps(self, of: Field) -> Shape:
        """The shaper of a list of steps."""
        takes: Takes = {
            "from": lambda part: Placed(0, self.compiler.row(part.selection, "above", self._above, veiled=True)),
            "to": lambda part: Placed(1, self.compiler.row(part.selection, "below", self._below, veiled=True)),
            "relationship": lambda part: Placed(2, assertion(self.compiler, part, self._said)),
        }
        return list_shape(self.compiler.by_hand(of.selection, takes))

    def text(self, scope: str, things: str = "", columns: Callable[[], str] = lambda: "[]") -> str:
        """Binds what `Web` reads: `things`, `uppers`, `lowers` and `links`. Read it when all selections are compiled.

        Args:
            scope: the variable that holds the list of the things.
            things: an expression on it, where not all of them are wanted.
            columns: what else is wanted of each thing, as `shown`.
        """
        present, scope, things = self._present(scope, things or scope)
        hides = f", {self.compiler.sight.hides('shown', MET)}" if self.compiler.sight.limited else ""
        rows = (
            ("shown", lambda: f"[shown.uid, {self._seed()}, shown:Artifact, {columns()}{hides}]", "things"),
            ("above", self._above.text, "uppers"),
            ("below", self._below.text, "lowers"),
        )
        parts = [
            f"CALL ({scope}) {{ UNWIND {things} AS {variable}{self.states[variable].clause} "
            f"RETURN collect({values()}) AS {name} }}"
            for variable, values, name in rows
        ]
        return " ".join([*filter(None, [present]), *parts, self._links(scope, things)])

    def _present(self, scope: str, things: str) -> tuple[str, str, str]:
        """What leaves out things that did not exist: the clause, and the scope and the expression after it.

        What is brought was found by relationships alone, and each list of the web must hold the same things.
        """
        state = self.walking.conditions.state(self.compiler, "found", shown=True)
        kept = state.behind("found") or (f" WITH found{clause_of(state.conditions)}" if state.conditions else "")
        if not kept:
            return "", scope, things
        found = f"UNWIND {things} AS found{kept} RETURN collect(found) AS present"
        return f"CALL ({scope}) {{ {found} }}", "present", "present"

    def _links(self, scope: str, things: str) -> str:
        """What points upstream from each thing: the way up is narrow even below a hub."""
        following, times = self.walking.following, self.compiler.times
        wanted = ["BUILT_FROM", "CONTAINS"]
        conditions: list[str] = []
        if not self.upstream:
            labels = self.walking.labels
            wanted = [each for each, label in ENTRY_OF.items() if label in labels]
            if "Artifact" in labels:
                conditions = [from_artifacts(self.compiler, "above", self.walking.uids("Artifact"))]
        types = following.with_entries(wanted)
        conditions += self.walking.conditions.said(self.compiler, "said", types)
        state = self.walking.conditions.state(self.compiler, "above")
        found = f"UNWIND {things} AS below MATCH (below)-[said:{times.types(types)}]->(above)"
        found += clause_of([*conditions, *state.inside]) + state.behind("below", "said", "above")
        row = f"[below.uid, above.uid, {told(self.compiler, self._said)}, [{_BEST}, said.uid]]"
        return f"CALL ({scope}) {{ {found} RETURN collect({row}) AS links }}"

    def _seed(self) -> str:
        """Whether `shown` is at hop 0."""
        conditions: list[str] = []
        for label in self.walking.labels:
            uids = self.walking.uids(label)
            if label in FAMILIES:
                pattern, held = self.walking.of_family("shown", f"family:{label}")
                conditions.append(f"EXISTS {{ MATCH {pattern}{clause_of([f'family.uid IN {uids}', *held])} }}")
            else:
                conditions.append(f"shown.uid IN {uids}")
        return f"({' OR '.join(conditions)})"


@dataclass(slots=True)
class Web:
    """What a statement brought.

    Attributes:
        things: of each its uid, whether it is at hop 0, whether it is an artifact, and what else was wanted; where
            sight is limited, whether it is hidden.
        uppers: the same things, as ends that data flows from.
        lowers: the same things, as ends that data flows to.
        links: of each relationship the uids of its lower and its upper end, its columns, and its rank among parallel
            ones.
        secret: of the request: what the names of hidden things are made of.
    """

    things: list[Any]
    uppers: list[Any]
    lowers: list[Any]
    links: list[Any]
    secret: bytes = b""
    rows: dict[str, Any] = field(init=False)
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Finds things by their uids, and gives the relationships an order of their own."""
        self._veil()
        self.rows = {thing[0]: thing for thing in self.things}
        self.places = {thing[0]: place for place, thing in enumerate(self.things)}
        self.links.sort(key=lambda link: link[3][-1])

    def _veil(self) -> None:
        """Gives what is hidden other uids, before anything is ordered by them.

        Which of two ways is shown, and in which order relationships are, hangs on uids: who can guess the key of a
        hidden thing could see there whether the guess is right.
        """
        hidden = {thing[0]: veiled_uid(self.secret, thing[0]) for thing in self.things if thing[4:] == [True]}
        if not hidden:
            return
        self.things = [[hidden.get(thing[0], thing[0]), *thing[1:]] for thing in self.things]
        for link in self.links:
            if link[0] in hidden or link[1] in hidden:
                link[0], link[1] = (hidden.get(end, end) for end in link[:2])
                link[3][-1] = veiled_uid(self.secret, link[3][-1])

    @property
    def seeds(self) -> frozenset[str]:
        """What is at hop 0."""
        return frozenset(uid for uid, thing in self.rows.items() if thing[1])

    def levels(self, hops: int, *, upstream: bool = False) -> Levels:
        """The walk over it."""
        following: dict[str, list[str]] = defaultdict(list)
        for low, high, _, _ in self.links:
            if upstream:
                following[low].append(high)
            elif high in self.rows:
                following[high].append(low)
        leaves = frozenset(uid for uid, thing in self.rows.items() if thing[2])
        return Levels(self.seeds, leaves, hops, following)

    def step(self, low: str, high: str, columns: Any) -> Step:
        """The columns of one relationship and its ends."""
        return self.uppers[self.places[high]], self.lowers[self.places[low]], columns

    def best(self) -> dict[tuple[str, str], Any]:
        """The columns of the best relationship between each two things: of the lower and the upper end."""
        found: dict[tuple[str, str], Any] = {}
        ranks: dict[tuple[str, str], Any] = {}
        for low, high, columns, rank in self.links:
            ends = low, high
            if ends not in ranks or rank < ranks[ends]:
                found[ends], ranks[ends] = columns, rank
        return found

    def steps(self, way: list[str], best: dict[tuple[str, str], Any]) -> list[Step]:
        """The steps of a way downstream."""
        return [self.step(low, high, best[low, high]) for high, low in pairwise(way)]


def from_artifacts(compiler: Compiler, above: str, uids: str) -> str:
    """Whether a relationship `said` is followed downstream: what holds a file, only from a file that is a start."""
    return f"({compiler.times.unlike('said', 'CONTAINS')} OR {above}.uid IN {uids})"


def between(walking: Walking, answers: str) -> str:
    """Binds `between`: the answers, what lies upstream of them, and the starts that are a step of their own.

    Where that is much, only what lies downstream of a start as well.

    Args:
        walking: the walks; downstream.
        answers: an expression: the list of the answers.
    """
    own = " + ".join(
        f"COLLECT {{ {walking.start(label)} RETURN start }}"
        for label in walking.labels
        if label in {"CodeCommit", "Artifact"}
    )
    kin = (
        f"UNWIND {answers} AS answer CALL (answer) {{ MATCH (answer)-[:{walking.ever}*0..{walking.hops}]->(found) "
        "RETURN DISTINCT found } RETURN collect(DISTINCT found) AS kin"
    )
    sides = (
        "UNWIND kin AS found RETURN found, 1 AS side "
        f"UNION ALL CALL () {{ {walking.down(walking.hops)} }} RETURN found, 0 AS side "
        f"UNION ALL CALL () {{ {walking.seeds()} }} RETURN found, 0 AS side"
    )
    return (
        f"CALL ({answers}) {{ {kin} }} "
        f"CALL (kin) {{ WITH kin WHERE size(kin) <= {NARROW} RETURN kin AS kept UNION ALL "
        f"WITH kin WHERE size(kin) > {NARROW} CALL (kin) {{ {sides} }} "
        "WITH found, min(side) AS low, max(side) AS high WHERE low < high RETURN collect(found) AS kept } "
        f"CALL (kept) {{ RETURN kept{f' + {own}' if own else ''} AS between }}"
    )
