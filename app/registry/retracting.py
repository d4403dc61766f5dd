"""The statements that retract: what a load no longer names, what a source takes back, and what goes with that."""

from typing import LiteralString

from app.graph.engines.engine import Engine
from app.registry.writing import (
    CURRENT,
    HELD,
    MARKING,
    SIGHTED,
    in_sight,
    literal,
    marked,
    retire,
    starts,
    touching,
)
from graph_schema.declare import Relationship
from graph_schema.nodes import DESCRIBED
from graph_schema.relationships import RELATIONSHIPS, SCHEMA

PAGE = 2_000
"""How many nodes one statement of a retraction changes."""

LINKS_PAGE = 10_000
"""How many relationships one statement of a retraction takes; each looks again for those that are left."""

FOUND_PAGE = 50_000
"""How many uids one look for what is stale brings: a look costs as much as there is, so there are few of them."""


class Retractions:
    """The texts for one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def retract_links(self, type_: str, start: str) -> LiteralString:
        """Retracts a page of what a source held in a scope alone and a load did not name.

        What a load that began later has named before it is locked stays. Answers how many, and the label and uid of
        each end.
        """
        stale = f"{_stale('r')} AND size(r.scopes) = 1"
        return self._text(
            f"MATCH (a:{start})-[r:{type_}]->(b) WHERE r.source = {{source}} AND {stale} "
            f"WITH a, r, b LIMIT {LINKS_PAGE} SET r.lock = {{token}} "
            f"WITH a, r, b WHERE {stale} {retire(type_)} DELETE r "
            "RETURN count(*), collect(DISTINCT [labels(a)[0], a.uid]), collect(DISTINCT [labels(b)[0], b.uid])",
            "source", "scope", "load", "began", "token", "now", "actor",
        )  # fmt: skip

    def leave_links(self, type_: str, start: str) -> LiteralString:
        """Takes a scope from what its source says in others too, where a complete load of it did not name that."""
        return self._text(
            f"MATCH (:{start})-[r:{type_}]->() WHERE r.source = {{source}} AND {_leaving('r')}",
            "source", "scope", "load", "began", "token",
        )  # fmt: skip

    def leave_nodes(self, label: str) -> LiteralString:
        """The same of what it says, alone, of nodes."""
        return self._text(
            f"MATCH (n:{label}) WHERE {HELD} AND {_leaving('n')}", "source", "scope", "load", "began", "token"
        )

    def leave_words(self) -> LiteralString:
        """The same of its Statements."""
        return self._text(
            f"MATCH (s:Statement) WHERE s.source = {{source}} AND {CURRENT} AND {_leaving('s')}",
            "source", "scope", "load", "began", "token",
        )  # fmt: skip

    def lock_nodes(self, label: str, *, limited: bool) -> LiteralString:
        """Locks those of some nodes that were ever there; of those in sight, one list of their uids and namespaces."""
        of = "[each.namespace]" if SCHEMA.node(label).namespaced else "coalesce(each.namespaces, [])"
        found = f"[each IN collect(n) WHERE true{in_sight('each', label, limited=limited)} | [each.uid, {of}]]"
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) SET n.lock = {{token}} RETURN {found}",
            "uids", "token", *(SIGHTED if limited else ()),
        )  # fmt: skip

    def take_links(self, type_: str, start: str, target: str) -> LiteralString:
        """Retracts relationships of a source. Rows: uid, uids of the ends. Answers the uids of those that it was."""
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[1]}}}})-[r:{type_} {{{{uid: row[0]}}}}]->"
            f"(b:{target} {{{{uid: row[2]}}}}) WHERE r.source = {{source}} {retire(type_)} DELETE r "
            "RETURN collect(row[0])",
            "rows", "source", "now", "actor",
        )  # fmt: skip

    def known_links(self, type_: str, start: str, target: str, *, limited: bool) -> LiteralString:
        """Who said relationships that live or are retracted, of things in sight: uid and source.

        Rows: uid, uids of the ends.
        """
        ends = in_sight("a", start, limited=limited) + in_sight("b", target, limited=limited)
        types = f"{type_}|{SCHEMA.relationship(type_).retracted_type}"
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[1]}}}})-[r:{types}]->"
            f"(b:{target} {{{{uid: row[2]}}}}) WHERE r.uid = row[0]{ends} RETURN collect(DISTINCT [row[0], r.source])",
            "rows",
            *(SIGHTED if limited else ()),
        )

    def take_stated(self, label: str, type_: str, *, outgoing: bool) -> LiteralString:
        """Retracts what a source states by describing nodes: a deployment serves its version.

        Answers the nodes for which it did, and the label and uid of each other end.
        """
        here, there, back, on = ("a", "b", "", ">") if outgoing else ("b", "a", "<", "")
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH ({here}:{label} {{{{uid: uid}}}}){back}-[r:{type_}]-{on}({there}) "
            f"WHERE r.source = {{source}} {retire(type_)} DELETE r "
            f"RETURN collect(DISTINCT {here}.uid), collect(DISTINCT [labels({there})[0], {there}.uid])",
            "uids", "source", "now", "actor",
        )  # fmt: skip

    def stale_nodes(self, label: str) -> LiteralString:
        """A page of the uids of nodes that only this source describes, in the scope, and that the load did not name."""
        return self._text(
            f"MATCH (n:{label}) WHERE n.uid > {{after}} AND {HELD} AND {_stale('n')} AND size(n.scopes) = 1 "
            f"RETURN n.uid ORDER BY n.uid LIMIT {FOUND_PAGE}",
            "after", "source", "scope", "load", "began",
        )  # fmt: skip

    def stale_words(self) -> LiteralString:
        """A page of the Statements of this source in the scope that the load did not repeat: uid, label and uid."""
        return self._text(
            f"MATCH (s:Statement) WHERE s.uid > {{after}} AND s.source = {{source}} AND {CURRENT} "
            f"AND {_stale('s')} AND size(s.scopes) = 1 "
            f"RETURN s.uid, s.aboutLabel, s.about ORDER BY s.uid LIMIT {FOUND_PAGE}",
            "after", "source", "scope", "load", "began",
        )  # fmt: skip

    def drop_ghosts(self, label: str) -> LiteralString:
        """Retracts those of some nodes that nobody describes and no live relationship touches any more."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) WHERE n.undescribed AND n.retractedAt IS NULL "
            f"SET n.lock = {{token}} WITH n WHERE NOT EXISTS {{{{ (n)-[:{touching(label)}]-() }}}} "
            "SET n.retractedAt = {now}, n.retractedBy = {actor}",
            "uids", "token", "now", "actor",
        )  # fmt: skip

    def retract_inherent(self, type_: str, start: str) -> LiteralString:
        """Retracts what lives as long as some nodes, where these are retracted.

        Answers the label and uid of each other end.
        """
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (a:{start} {{{{uid: uid}}}})-[r:{type_}]->(b) "
            f"WHERE a.retractedAt IS NOT NULL {retire(type_)} DELETE r RETURN collect(DISTINCT [labels(b)[0], b.uid])",
            "uids", "now", "actor",
        )  # fmt: skip

    def spare_nodes(self, label: str) -> LiteralString:
        """Marks nodes of the source as named by the load."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) "
            f"SET n.loads = CASE WHEN {HELD} THEN {marked('n')} ELSE n.loads END",
            "uids", "source", *MARKING,
        )  # fmt: skip

    def spare_stated(self, label: str) -> LiteralString:
        """Marks what the source states by describing nodes."""
        types = "|".join(each.type for each in SCHEMA.node(label).implied)
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}})-[r:{types}]-() WHERE r.source = {{source}} "
            f"WITH DISTINCT r SET r.loads = {marked('r')}",
            "uids", "source", *MARKING,
        )  # fmt: skip

    def spare_words(self) -> LiteralString:
        """Marks the Statements of the source about some nodes as named by the load."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (s:Statement {{{{about: uid}}}}) WHERE s.source = {{source}} AND {CURRENT} "
            f"SET s.loads = {marked('s')}",
            "uids", "source", *MARKING,
        )  # fmt: skip

    def spare_links(self, type_: str, start: str, target: str) -> LiteralString:
        """Marks relationships as named by the load. Rows: uid, uids of the ends."""
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[1]}}}})-[r:{type_} {{{{uid: row[0]}}}}]->"
            f"(b:{target} {{{{uid: row[2]}}}}) SET r.loads = {marked('r')}",
            "rows", *MARKING,
        )  # fmt: skip

    def count_held(self, *, dry: bool) -> LiteralString:
        """For each label, the Statements and each type: its name, how much the source says in the scope.

        How much of it the load did not name follows, and how much of that the source says nowhere else.
        """
        parts = [
            f"MATCH (n:{node.label}) WHERE {HELD} AND {{scope}} IN n.scopes "
            f"{_counted('n', 'n.uid', node.label, dry=dry)}"
            for node in DESCRIBED
        ]
        parts.append(
            f"MATCH (s:Statement) WHERE s.source = {{source}} AND {{scope}} IN s.scopes AND {CURRENT} "
            f"{_counted('s', 's.about', 'Statement', dry=dry)}"
        )
        parts.extend(
            f"MATCH (a:{start})-[r:{each.type}]->() WHERE r.source = {{source}} AND {{scope}} IN r.scopes "
            f"{_counted('r', 'r.uid', f'{each.type}:{start}', dry=dry)}"
            for each in stated()
            for start in starts(each)
        )
        return self._text(" UNION ALL ".join(parts), "source", "scope", "load", "began")

    def _text(self, text: str, *names: str) -> LiteralString:
        return literal(text, self._engine, *names)


def stated() -> tuple[Relationship, ...]:
    """The relationship types that sources assert, and take back."""
    return tuple(each for each in RELATIONSHIPS if each.retractable and not each.inherent)


def _stale(variable: str) -> str:
    """Whether it is said in the scope, and the load shows that its source no longer says it."""
    return f"{{scope}} IN {variable}.scopes AND NOT ({_named(variable)})"


def _named(variable: str) -> str:
    """Whether it stays whatever the load named, as `Speaker.no_longer_says` has it: a later mark is a greater one."""
    marks = f"[mark IN coalesce({variable}.loads, []) WHERE mark >= {{load}}]"
    return f"coalesce({variable}.recordedAt, 0) >= {{began}} OR size({marks}) > 0"


def _leaving(variable: str) -> str:
    """Takes the scope from what is stale in it and said in others; looked at once more after it is locked."""
    stale = f"{_stale(variable)} AND size({variable}.scopes) > 1"
    others = f"[scope IN {variable}.scopes WHERE scope <> {{scope}}]"
    return f"{stale} SET {variable}.lock = {{token}} WITH {variable} WHERE {stale} SET {variable}.scopes = {others}"


def _counted(variable: str, uid: str, kind: str, *, dry: bool) -> str:
    named = _named(variable)
    before = ""
    if dry:
        before = f"OPTIONAL MATCH (m:Mention {{{{uid: {{load}} + {uid}}}}}) WITH {variable}, m "
        named = f"{named} OR m IS NOT NULL"
    return (
        f"{before}RETURN '{kind}' AS kind, count({variable}) AS held, "
        f"sum(CASE WHEN {named} THEN 0 ELSE 1 END) AS stale, "
        f"sum(CASE WHEN {named} OR size({variable}.scopes) > 1 THEN 0 ELSE 1 END) AS gone"
    )
