"""The text of walks: which things are reached from the starts, in a form that every engine prunes.

Each walk stands in a subquery of its own, whose last word is `RETURN DISTINCT` of its end: so an engine visits a thing
once, however many paths lead to it. Starts come one by one. Nothing else stands in the `MATCH` that walks, but, where
the question sets conditions, tests of each relationship and each thing on the way, which Neo4j makes while it walks.
ArcadeDB would walk every path first: there such a walk goes level by level (`stepping`), and its text only looks up
what was reached. What engines do with any other form is told in the guide of the graph; a test holds all that is
emitted here to this one.

Two facts keep a walk one pattern. Every relationship points upstream, and nothing leads on from a dataset, a model or
a commit: so a walk downstream from one of these may take `VERSION_OF` or `BUILT_FROM` with it, as it can only be its
first step. An artifact does lead on, to the run that made it, so `CONTAINS` needs a step of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.compiler.compiling import Compiler
from app.compiler.looking_up import Uids, looked_up
from app.compiler.times import clause_of
from app.lineage.conditions import WALKED, Conditions
from app.lineage.following import Following
from app.lineage.starts import FAMILIES

FURTHER = "coalesce(far > near, false)"
"""Whether a walk reaches more a hop later: `near` and `far` count both. Without rows to count, an engine says null."""

_FOUND = "RETURN start, found"
_NOTHING = f"UNWIND [] AS start UNWIND [] AS found {_FOUND}"
_VERSION_OF = "VERSION_OF"


@dataclass(frozen=True, slots=True)
class Walking:
    """The parts of statements that walk from the same starts along the same types.

    Attributes:
        compiler: the statement's.
        labels: those of the starts.
        following: the relationship types.
        conditions: what is asked of relationships.
        hops: how far.
        uids: how the text names the uids of a label's starts.
        wanted: the variable of each of these, where the text around it has one of that name.
    """

    compiler: Compiler
    labels: tuple[str, ...]
    following: Following
    conditions: Conditions
    hops: int
    uids: Callable[[str], str]
    wanted: str = "wanted"

    @property
    def types(self) -> str:
        """The relationship types that are followed at every step, as a pattern names them."""
        return self.following.pattern

    @property
    def ever(self) -> str:
        """The same with those of retracted ones where these may have been known: all that a walk could use."""
        return self.compiler.times.types(self.types)

    # ------------------------------------------------------------------------------------------------ starts

    def start(self, label: str) -> str:
        """Each start of the label in turn, as `start`."""
        times = self.compiler.times
        state = times.state("start", label)
        seen = self.compiler.sight.seen("start", label)
        conditions = clause_of([*times.live("start"), *seen, *state.inside])
        return (
            f"UNWIND {self.uids(label)} AS {self.wanted} "
            f"MATCH (start:{label} {{uid: {self.wanted}}}){conditions}{state.behind('start')}"
        )

    def known(self) -> str:
        """The uids of the starts that the graph holds."""
        return " + ".join(f"COLLECT {{ {self.start(label)} RETURN start.uid }}" for label in self.labels)

    def seeds(self, returning: str = "RETURN found") -> str:
        """The things at hop 0 as `found`: the starts, or their versions."""
        parts: list[str] = []
        for label in self.labels:
            if label in FAMILIES:
                parts.append(f"{self._versions(label)} {returning}")
            else:
                parts.append(f"{self.start(label)} WITH start, start AS found {returning}")
        return " UNION ALL ".join(parts)

    def of_family(self, found: str, family: str) -> tuple[str, list[str]]:
        """The pattern of what makes a thing a version of its dataset or model, and what must hold of it."""
        times = self.compiler.times
        held = times.held(_VERSION_OF, "kin")
        return f"({found})-[{'kin' if held else ''}:{times.types(_VERSION_OF)}]->({family})", held

    def _versions(self, label: str) -> str:
        """The versions of each start, each once for it."""
        pattern, held = self.of_family(f"found:{FAMILIES[label]}", "start")
        state = self.compiler.times.state("found", FAMILIES[label], shown=False)
        conditions = clause_of([*held, *state.inside])
        found = f"MATCH {pattern}{conditions}{state.behind('start', 'found')}"
        return f"{self.start(label)} {found} WITH DISTINCT start, found"

    # ------------------------------------------------------------------------------------------------ downstream

    def down(self, hops: int, target: str = "", where: str = "", *, own: bool = True) -> str:
        """Pairs of `start` and what it reaches, `found`; each pair once.

        Args:
            hops: how far.
            target: the label that `found` must have, with its colon; empty for any.
            where: what else must hold of `found`; begins with ` AND`.
            own: whether the versions of one dataset or model that are reached from another version of it are wanted.
        """
        parts: list[str] = []
        for label in self.labels:
            if label in FAMILIES:
                parts += self._family_down(label, hops, target, where, own=own)
            elif label != "Artifact":
                entry = "BUILT_FROM" if label == "CodeCommit" else ""
                walk = self.walk("start", f"found{target}", hops, entry=entry, where=where)
                parts.append(f"{self.start(label)} CALL (start) {{ {walk} }} {_FOUND}")
            elif self.following.enters("CONTAINS"):
                parts.append(self._artifact_down(hops, target, where))
        return " UNION ALL ".join(parts) or _NOTHING

    def _family_down(self, label: str, hops: int, target: str, where: str, *, own: bool) -> list[str]:
        """All versions in one walk, one hop longer; what they reach of each other is found for each by itself."""
        version = FAMILIES[label]
        walk = self.walk("start", f"found{target}", hops + 1, entry=_VERSION_OF, where=where)
        walked = f"{self.start(label)} CALL (start) {{ {walk} }}"
        if target and target != f":{version}":
            return [f"{walked} {_FOUND}"]
        pattern, held = self.of_family("found", "start")
        mine = f"(found:{version} AND EXISTS {{ MATCH {pattern}{clause_of(held)} }})"
        parts = [f"{walked} WITH start, found WHERE NOT {mine} {_FOUND}"]
        return [*parts, *self._own_down(label, hops, where)] if own else parts

    def _own_down(self, label: str, hops: int, where: str) -> list[str]:
        """The versions that another version reaches: most are made from one directly, the others are walked from."""
        version = FAMILIES[label]
        versions = self._versions(label)
        pattern, held = self.of_family("other", "start")
        walk = (
            f"CALL (found) {{ {self.walk('found', f'other:{version}', hops, upstream=True)} }} "
            f"WITH start, found, other WHERE EXISTS {{ MATCH {pattern}{clause_of(held)} }}"
        )
        direct = (
            f"EXISTS {{ MATCH (found)-[:DERIVED_FROM|BASED_ON]->(other:{version})-[:VERSION_OF]->(start) "
            "WHERE other <> found }"
        )
        if self.conditions.tested or not self.following.always:
            return [f"{versions}{where.replace(' AND', ' WHERE', 1)} {walk} RETURN DISTINCT start, found"]
        return [
            f"{versions} WHERE {direct}{where} {_FOUND}",
            f"{versions} WHERE NOT {direct}{where} {walk} RETURN DISTINCT start, found",
        ]

    def _artifact_down(self, hops: int, target: str, where: str) -> str:
        """First to the versions that hold it, then on from each."""
        walk = self.walk("holder", f"found{target}", hops - 1, least=0, other="start", where=where)
        return (
            f"{self.start('Artifact')} {self._contained('holder:ModelVersion', 'start')} WITH DISTINCT start, holder "
            f"CALL (start, holder) {{ {walk} }} RETURN DISTINCT start, found"
        )

    def _contained(self, holder: str, file: str) -> str:
        ends = [holder.split(":", maxsplit=1)[0], file.split(":", maxsplit=1)[0]]
        state = self.compiler.times.state(ends[0], "ModelVersion", shown=False)
        conditions = clause_of([*self.conditions.said(self.compiler, "said", "CONTAINS"), *state.inside])
        types = self.compiler.times.types("CONTAINS")
        return f"MATCH ({holder})-[said:{types}]->({file}){conditions}{state.behind(*ends)}"

    # ------------------------------------------------------------------------------------------------ upstream

    def up(self, hops: int) -> str:
        """What lies upstream of the things at hop 0, as `found`; more than once where several lead to it."""
        walk = self.walk("seed", "found", hops, entry="BUILT_FROM", upstream=True)
        parts = [f"CALL () {{ {self.seeds()} }} WITH DISTINCT found AS seed CALL (seed) {{ {walk} }} RETURN found"]
        if self.following.enters("CONTAINS"):
            parts.append(f"CALL () {{ {self._holders(hops)} }} {self._held()}")
        return " UNION ALL ".join(parts)

    def _holders(self, hops: int) -> str:
        """The versions whose files are within so many hops: what is at hop 0, and what is reached a hop earlier."""
        seeds = self.seeds("WITH found WHERE found:ModelVersion RETURN found")
        if hops == 1:
            return seeds
        return (
            f"{seeds} UNION ALL CALL () {{ {self.seeds()} }} WITH DISTINCT found AS seed "
            f"CALL (seed) {{ {self.walk('seed', 'found:ModelVersion', hops - 1, upstream=True)} }} RETURN found"
        )

    def _held(self) -> str:
        return (
            f"WITH DISTINCT found AS holder {self._contained('holder', 'file:Artifact')} RETURN DISTINCT file AS found"
        )

    # ------------------------------------------------------------------------------------------------ one walk

    def walk(  # noqa: PLR0913 - what a pattern is made of
        self,
        near: str,
        far: str,
        hops: int,
        *,
        least: int = 1,
        upstream: bool = False,
        entry: str = "",
        other: str = "",
        itself: bool = False,
        where: str = "",
    ) -> str:
        """The whole of a subquery that walks: what is reached from a thing, each once.

        Args:
            near: the variable to walk from.
            far: the variable of what is reached, with the label that it must have.
            hops: how far at most.
            least: how far at least.
            upstream: whether it goes along the arrows.
            entry: a type that is followed beside the others, if that is asked for.
            other: what is never reached; `near`, if it is not named.
            itself: whether it is reached all the same.
            where: what else must hold of what is reached; begins with ` AND`.
        """
        followed = self.following.with_entry(entry)
        span, name = f"*{least}..{hops}", far.split(":", maxsplit=1)[0]
        left, right = ("-", "->") if upstream else ("<-", "-")
        limits = [] if itself else [f"{name} <> {other or near}"]
        limits += [where.removeprefix(" AND ")] if where else []
        if not self.conditions.tested:
            link = f"{left}[:{followed}{span}]{right}"
            return f"MATCH ({near}){link}({far}){clause_of(limits)} RETURN DISTINCT {name}"
        tests = self.conditions.said(self.compiler, "said", followed, inherent=entry == _VERSION_OF)
        said = [f"all(said IN path WHERE {' AND '.join(tests)})"] if tests else []
        link = f"{left}[path:{self.compiler.times.types(followed)}{span}]{right}"
        things = self.conditions.existed(self.compiler, "thing")
        gone = self._gone(near, link, said, things)
        if gone:
            things = [*things, "NOT thing.uid IN gone"]
        way = "way = " if things else ""
        passed = [f"all(thing IN nodes(way) WHERE {' AND '.join(things)})"] if things else []
        return f"{gone}MATCH {way}({near}){link}({far}){clause_of([*limits, *said, *passed])} RETURN DISTINCT {name}"

    def _gone(self, near: str, link: str, said: list[str], things: list[str]) -> str:
        """Binds `gone`, where things are asked for as they were known: those on the way that did not exist.

        While it walks, an engine sees a thing as it is now. What changed since is looked at afterwards, and then the
        walk goes around it. Within an expression Neo4j takes no `collect(…)`, but a `COLLECT { … }`.
        """
        times = self.compiler.times
        if not times.known_at or not things:
            return ""
        state = self.conditions.state(self.compiler, "met", shown=True)
        limits = [f"met <> {near}", *said, f"all(thing IN nodes(way) WHERE {' AND '.join(things)})"]
        walk = f"MATCH way = ({near}){link}(met){clause_of(limits)} RETURN DISTINCT met"
        return (
            f"CALL ({near}) {{ RETURN COLLECT {{ CALL ({near}) {{ {walk} }} WITH met "
            f"WHERE met.recordedAt > {times.known_at}{state.clause} WITH met, {times.shown('met')} "
            f"WHERE NOT ({' AND '.join(state.conditions)}) RETURN met.uid }} AS gone }} "
        )


@dataclass(frozen=True, slots=True)
class SteppedWalking(Walking):
    """The same where the walk itself was gone level by level: what it reached is looked up.

    Attributes:
        within: how the text names the uids of what of a label is reached within the hops.
        beyond: the same of what is first reached a hop later.
    """

    within: Uids = str
    beyond: Uids = str

    def down(self, hops: int, target: str = "", where: str = "", *, own: bool = True) -> str:  # noqa: ARG002 - as above
        """What is reached, as `found`; `start` is not told."""
        condition = where.replace(" AND", " WHERE", 1)
        return f"{self._reached(hops, target)} WITH found{condition} RETURN null AS start, found"

    def up(self, hops: int) -> str:
        """What lies upstream, as `found`."""
        return f"{self._reached(hops)} RETURN found"

    def _reached(self, hops: int, target: str = "") -> str:
        labels = (target.removeprefix(":"),) if target else WALKED

        def uids(label: str) -> str:
            return self.within(label) if hops <= self.hops else f"{self.within(label)} + {self.beyond(label)}"

        return looked_up("found", labels, uids)
