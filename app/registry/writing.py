"""The statements that write, made from the declaration: one text for each label and each pair of ends, always the same.

Rows are lists, so that names travel once. Nodes are locked, by writing `lock`, before anything of them is read; rows
come in the order of their uid, labels in the order of the declaration, so that two writers wait for each other, never
in a circle.
"""

from functools import cache
from typing import LiteralString, cast

from app.graph.engines.engine import Engine
from app.registry.words import TOKEN_LENGTH
from graph_schema.declare import Node, Relationship
from graph_schema.nodes import DESCRIBED
from graph_schema.relationships import RELATIONSHIPS, SCHEMA
from graph_schema.validation import said_of

PAGE = 2_000
"""How many nodes one statement of a retraction changes."""

LINKS_PAGE = 10_000
"""How many relationships one statement of a retraction takes; each looks again for those that are left."""

FOUND_PAGE = 50_000
"""How many uids one look for what is stale brings: a look costs as much as there is, so there are few of them."""

STANDING = (
    "uid", "undescribed", "statements", "recordedAt", "retractedAt", "retractedBy", "source", "assertedBy", "method",
    "confidence", "evidence", "scope", "load", "since",
)  # fmt: skip
"""What of a node is read before it is changed; its declared properties follow."""

SPOKEN = (
    "about", "source", "assertedBy", "method", "confidence", "evidence", "recordedAt", "scope", "load", "since", "word",
)  # fmt: skip
"""What of a Statement is read."""

LINKED = ("uid", "recordedAt", "scope", "load")
"""What of a relationship is read before it is changed; what can be said of it follows."""

_CURRENT = "s.supersededAt IS NULL AND s.retractedAt IS NULL"
_HELD = "n.source = {source} AND n.statements = 0 AND NOT n.undescribed AND n.retractedAt IS NULL"


class Statements:
    """The texts for one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def merge_nodes(self, label: str) -> LiteralString:
        """Makes and locks the nodes of a label.

        Rows: uid, whether an item describes it, its properties where it is new. Answers one list: what stands of each
        node that was there and is described, or was retracted.
        """
        return _merge_nodes(self._engine, label)

    def change_nodes(self, label: str) -> LiteralString:
        """Changes nodes that are locked. Rows: uid, properties to set, Statements to make or change."""
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (n:{label} {{{{uid: row[0]}}}}) SET n += row[1] "
            "FOREACH (s IN row[2] | MERGE (t:Statement {{uid: s.uid}}) SET t += s MERGE (t)-[:ABOUT]->(n))",
            "rows",
        )

    def look_at_nodes(self, label: str) -> LiteralString:
        """Locks nodes and answers one list: what stands of each, its key, whether a live relationship touches it."""
        node = SCHEMA.node(label)
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) SET n.lock = {{token}} "
            f"WITH n, EXISTS {{{{ (n)-[:{_touching(label)}]-() }}}} AS touched "
            f"RETURN collect([{_read(node)}, {', '.join(f'n.{name}' for name in node.key_names)}, touched])",
            "uids", "token",
        )  # fmt: skip

    def words(self) -> LiteralString:
        """The current words about some nodes, as one list."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (s:Statement {{{{about: uid}}}}) WHERE {_CURRENT} "
            f"RETURN collect([{', '.join(f's.{name}' for name in SPOKEN)}])",
            "uids",
        )

    def existing(self, label: str) -> LiteralString:
        """Which of some uids are live nodes of the label, as one list."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) WHERE n.retractedAt IS NULL "
            "RETURN collect(n.uid)",
            "uids",
        )

    def merge_links(self, type_: str, start: str, target: str) -> LiteralString:
        """Makes the relationships that are not there. Rows: uid, uids of the ends, properties where it is new.

        Answers one list: what stands of each that was there.
        """
        read = ", ".join(f"r.{name}" for name in (*LINKED, *said_of(type_)))
        return self._text(
            f"UNWIND {{rows}} AS row "
            f"MATCH (a:{start} {{{{uid: row[1]}}}}) MATCH (b:{target} {{{{uid: row[2]}}}}) "
            f"MERGE (a)-[r:{type_} {{{{uid: row[0]}}}}]->(b) "
            "ON CREATE SET r += row[3], r += {common}, r.lock = {token} "
            f"ON MATCH SET r.lock = {{seen}}, r.scope = {{scope}}, r.load = {_marked('r')} "
            f"WITH r WHERE r.lock <> {{token}} RETURN collect([{read}])",
            "rows", "common", "token", "seen", "scope", "load",
        )  # fmt: skip

    def replace_links(self, type_: str, start: str, target: str) -> LiteralString:
        """Retracts relationships and makes others in their place. Rows: uid, uids of the ends, all properties."""
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[1]}}}})-[r:{type_} {{{{uid: row[0]}}}}]->"
            f"(b:{target} {{{{uid: row[2]}}}}) {_retire(type_)} SET r = row[3]",
            "rows", "now", "actor",
        )  # fmt: skip

    def keep_one_link(self, type_: str, start: str) -> LiteralString:
        """Retracts what a source said before of ends of which there is one. Rows: uid of the start, uid of what stays.

        Answers the starts for which it did, and the label and uid of each other end.
        """
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[0]}}}})-[r:{type_}]->(b) "
            f"WHERE r.source = {{source}} AND r.uid <> row[1] {_retire(type_)} DELETE r "
            "RETURN collect(DISTINCT a.uid), collect(DISTINCT [labels(b)[0], b.uid])",
            "rows", "source", "now", "actor",
        )  # fmt: skip

    def retract_links(self, type_: str, start: str) -> LiteralString:
        """Retracts a page of what a source held in a scope and a load did not name.

        Answers how many, and the label and uid of each end.
        """
        return self._text(
            f"MATCH (a:{start})-[r:{type_}]->(b) WHERE r.source = {{source}} AND r.scope = {{scope}} "
            f"AND NOT coalesce(r.load, '') CONTAINS {{load}} WITH a, r, b LIMIT {LINKS_PAGE} {_retire(type_)} DELETE r "
            "RETURN count(*), collect(DISTINCT [labels(a)[0], a.uid]), collect(DISTINCT [labels(b)[0], b.uid])",
            "source", "scope", "load", "now", "actor",
        )  # fmt: skip

    def stale_nodes(self, label: str) -> LiteralString:
        """A page of the uids of nodes that only this source describes, in the scope, and that the load did not name."""
        return self._text(
            f"MATCH (n:{label}) WHERE n.uid > {{after}} AND {_HELD} AND n.scope = {{scope}} "
            f"AND NOT coalesce(n.load, '') CONTAINS {{load}} RETURN n.uid ORDER BY n.uid LIMIT {FOUND_PAGE}",
            "after", "source", "scope", "load",
        )  # fmt: skip

    def stale_words(self) -> LiteralString:
        """A page of the Statements of this source in the scope that the load did not repeat: uid, label and uid."""
        return self._text(
            f"MATCH (s:Statement) WHERE s.uid > {{after}} AND s.source = {{source}} AND s.scope = {{scope}} "
            f"AND {_CURRENT} AND NOT coalesce(s.load, '') CONTAINS {{load}} "
            f"RETURN s.uid, s.aboutLabel, s.about ORDER BY s.uid LIMIT {FOUND_PAGE}",
            "after", "source", "scope", "load",
        )  # fmt: skip

    def drop_ghosts(self, label: str) -> LiteralString:
        """Retracts those of some nodes that nobody describes and no live relationship touches any more."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) WHERE n.undescribed AND n.retractedAt IS NULL "
            f"SET n.lock = {{token}} WITH n WHERE NOT EXISTS {{{{ (n)-[:{_touching(label)}]-() }}}} "
            "SET n.retractedAt = {now}, n.retractedBy = {actor}",
            "uids", "token", "now", "actor",
        )  # fmt: skip

    def spare_nodes(self, label: str) -> LiteralString:
        """Marks nodes of the source as named by the load."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) "
            f"SET n.load = CASE WHEN {_HELD} THEN {_marked('n')} ELSE n.load END",
            "uids", "source", "load",
        )  # fmt: skip

    def spare_stated(self, label: str, *, beyond: bool) -> LiteralString:
        """Marks what the source states by describing nodes; `beyond`: what it states by naming the other ends."""
        types = "|".join(each.type for each in SCHEMA.node(label).implied)
        pattern = f"(n)-[:{types}]-()-[r:VERSION_OF]->()" if beyond else f"(n)-[r:{types}]-()"
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) MATCH {pattern} WHERE r.source = {{source}} "
            f"WITH DISTINCT r SET r.load = {_marked('r')}",
            "uids", "source", "load",
        )  # fmt: skip

    def spare_words(self) -> LiteralString:
        """Marks the Statements of the source about some nodes as named by the load."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (s:Statement {{{{about: uid}}}}) WHERE s.source = {{source}} AND {_CURRENT} "
            f"SET s.load = {_marked('s')}",
            "uids", "source", "load",
        )  # fmt: skip

    def spare_links(self, type_: str, start: str, target: str) -> LiteralString:
        """Marks relationships as named by the load. Rows: uid, uids of the ends."""
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[1]}}}})-[r:{type_} {{{{uid: row[0]}}}}]->"
            f"(b:{target} {{{{uid: row[2]}}}}) SET r.load = {_marked('r')}",
            "rows", "load",
        )  # fmt: skip

    def count_held(self, *, dry: bool) -> LiteralString:
        """For each label, the Statements and each type: its name, how much the source holds in the scope, and stale."""
        parts = [
            f"MATCH (n:{node.label}) WHERE {_HELD} AND n.scope = {{scope}} "
            f"{_counted('n', 'n.uid', node.label, dry=dry)}"
            for node in DESCRIBED
        ]
        parts.append(
            f"MATCH (s:Statement) WHERE s.source = {{source}} AND s.scope = {{scope}} AND {_CURRENT} "
            f"{_counted('s', 's.about', 'Statement', dry=dry)}"
        )
        parts.extend(
            f"MATCH (a:{start})-[r:{each.type}]->() WHERE r.source = {{source}} AND r.scope = {{scope}} "
            f"{_counted('r', 'r.uid', f'{each.type}:{start}', dry=dry)}"
            for each in facts()
            for start in starts(each)
        )
        return self._text(" UNION ALL ".join(parts), "source", "scope", "load")

    def _text(self, text: str, *names: str) -> LiteralString:
        return _literal(text.format(**{name: self._engine.parameter(name) for name in names}))


def facts() -> tuple[Relationship, ...]:
    """The relationship types that sources assert."""
    return tuple(each for each in RELATIONSHIPS if each.retractable)


def starts(relationship: Relationship) -> tuple[str, ...]:
    """The labels at which the relationships of a type start, each once."""
    return tuple(dict.fromkeys(start for start, _ in relationship.ends))


@cache
def _merge_nodes(engine: Engine, label: str) -> LiteralString:
    node = SCHEMA.node(label)
    names = ("rows", "common", "token", "seen", "source", "load", "namespace")
    namespaces = (
        ""
        if node.namespaced
        else "n.namespaces = CASE WHEN {namespace} IN n.namespaces THEN n.namespaces "
        "ELSE coalesce(n.namespaces, []) + {namespace} END, "
    )
    text = (
        f"UNWIND {{rows}} AS row MERGE (n:{label} {{{{uid: row[0]}}}}) "
        "ON CREATE SET n += row[2], n += {common}, n.lock = {token} "
        f"ON MATCH SET n.lock = {{seen}}, {namespaces}"
        f"n.load = CASE WHEN row[1] AND {_HELD} THEN {_marked('n')} ELSE n.load END "
        "WITH n, row WHERE n.lock <> {token} AND (row[1] OR n.retractedAt IS NOT NULL) "
        f"RETURN collect([{_read(node)}])"
    )
    return _literal(text.format(**{name: engine.parameter(name) for name in names}))


def _read(node: Node) -> str:
    return ", ".join(f"n.{name}" for name in (*STANDING, *(each.stored_as for each in node.properties)))


def _marked(variable: str) -> str:
    """The marks of the loads that named it, the present one first. Without a load its mark is empty, and they stay."""
    before = f"coalesce({variable}.load, '')"
    return (
        f"CASE WHEN {before} STARTS WITH {{load}} THEN {variable}.load "
        f"ELSE {{load}} + left({before}, {2 * TOKEN_LENGTH}) END"
    )


def _retire(type_: str) -> str:
    retired = SCHEMA.relationship(type_).retracted_type
    return f"CREATE (a)-[o:{retired}]->(b) SET o = properties(r), o.retractedAt = {{now}}, o.retractedBy = {{actor}}"


def _touching(label: str) -> str:
    """The live types that may touch a node of the label."""
    return "|".join(each.type for each in facts() if any(label in pair for pair in each.ends))


def _counted(variable: str, uid: str, kind: str, *, dry: bool) -> str:
    named = f"coalesce({variable}.load, '') CONTAINS {{load}}"
    before = ""
    if dry:
        before = f"OPTIONAL MATCH (m:Mention {{{{uid: {{load}} + {uid}}}}}) WITH {variable}, m "
        named = f"{named} OR m IS NOT NULL"
    return (
        f"{before}RETURN '{kind}' AS kind, count({variable}) AS held, sum(CASE WHEN {named} THEN 0 ELSE 1 END) AS stale"
    )


def _literal(text: str) -> LiteralString:
    """The one place where a text becomes a statement: every name in it comes from the declaration."""
    return cast("LiteralString", text)
