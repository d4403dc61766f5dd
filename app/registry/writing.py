"""The statements that write, made from the declaration: one text for each label and each pair of ends, always the same.

Rows are lists, so that names travel once. Nodes are locked, by writing `lock`, before anything of them is read; rows
come in the order of their uid, labels in the order of the declaration, so that two writers wait for each other, never
in a circle.
"""

from collections.abc import Sequence
from functools import cache
from typing import LiteralString, cast

from app.compiler.sight import seen
from app.graph.engines.engine import Engine
from app.registry.words import CLAIMING
from graph_schema.declare import Hub, Node, Relationship
from graph_schema.nodes import ARTIFACT
from graph_schema.relationships import RELATIONSHIPS, SCHEMA
from graph_schema.sayable import said_of

STANDING = (
    "uid", "undescribed", "statements", "recordedAt", "retractedAt", "retractedBy", "source", "assertedBy", "method",
    "confidence", "evidence", "scopes", "loads", "since", "claims",
)  # fmt: skip
"""What of a node is read before it is changed; its declared properties follow."""

SPOKEN = (
    "about", "source", "assertedBy", "method", "confidence", "evidence", "recordedAt", "scopes", "loads", "since",
    "word",
)  # fmt: skip
"""What of a Statement is read."""

LINKED = ("uid", "recordedAt", "scopes", "loads")
"""What of a relationship is read before it is changed; what can be said of it follows."""

MARKING = ("load", "others", "recent")
"""The values by which a statement marks what a load names: see `Speaker.marking`."""

CURRENT = "s.supersededAt IS NULL AND s.retractedAt IS NULL"
"""Whether a Statement `s` is what its source says."""

HELD = "n.source = {source} AND n.statements = 0 AND NOT n.undescribed AND n.retractedAt IS NULL"
"""Whether a node `n` is described by the source alone."""


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
        """Changes nodes that are locked, and keeps Snapshots of what they were.

        Rows: uid, properties to set, Statements to make or change, the uid of the Snapshot in a list, or none.
        """
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (n:{label} {{{{uid: row[0]}}}}) "
            f"FOREACH (snapshot IN row[3] | CREATE (p:Snapshot)-[:SNAPSHOT_OF]->(n) SET p = properties(n), "
            "p.uid = snapshot, p.about = row[0], p.recordedUntil = coalesce(n.retractedAt, row[1].recordedAt), "
            "p.lock = null, p.loads = null) SET n += row[1] "
            "FOREACH (s IN row[2] | MERGE (t:Statement {{uid: s.uid}}) SET t += s MERGE (t)-[:ABOUT]->(n))",
            "rows",
        )

    def look_at_nodes(self, label: str) -> LiteralString:
        """Locks nodes and answers one list: what stands of each, its key, whether a live relationship touches it."""
        node = SCHEMA.node(label)
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) SET n.lock = {{token}} "
            f"WITH n, EXISTS {{{{ (n)-[:{touching(label)}]-() }}}} AS touched "
            f"RETURN collect([{_read(node)}, {', '.join(f'n.{name}' for name in node.key_names)}, touched])",
            "uids", "token",
        )  # fmt: skip

    def words(self) -> LiteralString:
        """The current words about some nodes, as one list."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (s:Statement {{{{about: uid}}}}) WHERE {CURRENT} "
            f"RETURN collect([{', '.join(f's.{name}' for name in SPOKEN)}])",
            "uids",
        )

    def existing(self, label: str, *, limited: bool = False) -> LiteralString:
        """Which of some uids are live nodes of the label, and in a limited sight, as one list."""
        return self._text(
            f"UNWIND {{uids}} AS uid MATCH (n:{label} {{{{uid: uid}}}}) WHERE n.retractedAt IS NULL"
            f"{in_sight('n', label, limited=limited)} RETURN collect(n.uid)",
            "uids",
            *(SIGHTED if limited else ()),
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
            f"ON CREATE SET r += row[3], r += {{common}}, r.lock = {{token}}{placed(self._engine, type_)} "
            f"ON MATCH SET r.lock = {{seen}}, r.scopes = {scoped('r')}, r.loads = {marked('r')} "
            f"WITH r WHERE r.lock <> {{token}} RETURN collect([{read}])",
            "rows", "common", "token", "seen", "scope", *MARKING,
        )  # fmt: skip

    def replace_links(self, type_: str, start: str, target: str) -> LiteralString:
        """Retracts relationships and makes others in their place. Rows: uid, uids of the ends, all properties."""
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[1]}}}})-[r:{type_} {{{{uid: row[0]}}}}]->"
            f"(b:{target} {{{{uid: row[2]}}}}) {retire(type_)} SET r = row[3]{placed(self._engine, type_)}",
            "rows", "now", "actor",
        )  # fmt: skip

    def keep_one_link(self, type_: str, start: str) -> LiteralString:
        """Retracts what a source said before of ends of which there is one. Rows: uid of the start, uid of what stays.

        Answers the starts for which it did, and the label and uid of each other end.
        """
        return self._text(
            f"UNWIND {{rows}} AS row MATCH (a:{start} {{{{uid: row[0]}}}})-[r:{type_}]->(b) "
            f"WHERE r.source = {{source}} AND r.uid <> row[1] {retire(type_)} DELETE r "
            "RETURN collect(DISTINCT a.uid), collect(DISTINCT [labels(b)[0], b.uid])",
            "rows", "source", "now", "actor",
        )  # fmt: skip

    def _text(self, text: str, *names: str) -> LiteralString:
        return literal(text, self._engine, *names)


def inherent(label: str) -> tuple[str, ...]:
    """The types that live as long as the node of the label at which they start."""
    return tuple(each.type for each in RELATIONSHIPS if each.inherent and label in starts(each))


def starts(relationship: Relationship) -> tuple[str, ...]:
    """The labels at which the relationships of a type start, each once."""
    return tuple(dict.fromkeys(start for start, _ in relationship.ends))


_CLAIMED = "".join(f"n.{name} = coalesce(n.{name}, {{{name}}}), " for name in CLAIMING[:-1]) + (
    "n.heldIn = CASE WHEN {heldIn} IS NULL THEN n.heldIn "
    "ELSE coalesce(n.heldIn, []) + [each IN {heldIn} WHERE NOT each IN coalesce(n.heldIn, [])] END, "
)


@cache
def _merge_nodes(engine: Engine, label: str) -> LiteralString:
    node = SCHEMA.node(label)
    namespaces = (
        ""
        if node.namespaced
        else "n.namespaces = CASE WHEN {namespace} IN n.namespaces THEN n.namespaces "
        "ELSE coalesce(n.namespaces, []) + {namespace} END, "
    )
    text = (
        f"UNWIND {{rows}} AS row MERGE (n:{label} {{{{uid: row[0]}}}}) "
        "ON CREATE SET n += row[2], n += {common}, n.lock = {token} "
        f"ON MATCH SET n.lock = {{seen}}, {namespaces}{_CLAIMED if node is ARTIFACT else ''}"
        f"n.scopes = CASE WHEN row[1] AND {HELD} THEN {scoped('n')} ELSE n.scopes END, "
        f"n.loads = CASE WHEN row[1] AND {HELD} THEN {marked('n')} ELSE n.loads END "
        "WITH n, row WHERE n.lock <> {token} AND (row[1] OR n.retractedAt IS NOT NULL) "
        f"RETURN collect([{_read(node)}])"
    )
    claiming = CLAIMING if node is ARTIFACT else ()
    return literal(text, engine, "rows", "common", "token", "seen", "source", "scope", "namespace", *claiming, *MARKING)


def _read(node: Node) -> str:
    return ", ".join(f"n.{name}" for name in (*STANDING, *(each.stored_as for each in node.properties)))


def marked(variable: str) -> str:
    """The marks of the loads that named it, as `Speaker.marks` has them; it needs the values of `MARKING`."""
    under_way = "mark <> {load} AND (mark >= {recent} OR mark IN {others})"
    kept = f"[mark IN coalesce({variable}.loads, []) WHERE {under_way}]"
    return f"CASE WHEN {{load}} = '' THEN {variable}.loads ELSE {kept} + {{load}} END"


def scoped(variable: str) -> str:
    """The scopes in which its source says it, with the present one."""
    before = f"coalesce({variable}.scopes, [])"
    return f"CASE WHEN {{scope}} IN {before} THEN {before} ELSE {before} + {{scope}} END"


SIGHTED = ("sight",)
"""The name of the value that a statement of a limited sight needs."""


def sighted(sight: Sequence[str] | None) -> dict[str, list[str]]:
    """That value: the namespaces that the caller sees; nothing, where they see all there are."""
    return {} if sight is None else {"sight": [each for each in sight if each]}


def in_sight(variable: str, labels: str, *, limited: bool) -> str:
    """What asks that a thing is in a limited sight; begins with ` AND`."""
    return "".join(f" AND {each}" for each in seen(variable, labels, "{sight}")) if limited else ""


def retire(type_: str) -> str:
    """Makes of a relationship `r` from `a` to `b` one of the retracted type; it is deleted or said anew after it."""
    retired = SCHEMA.relationship(type_).retracted_type
    return f"CREATE (a)-[o:{retired}]->(b) SET o = properties(r), o.retractedAt = {{now}}, o.retractedBy = {{actor}}"


def placed(engine: Engine, type_: str) -> str:
    """What else a `SET` gives relationships `r` from `a` to `b`: the keys by which hubs are read in order."""
    if not engine.orders_relationships:
        return ""
    return "".join(f", {place(hub)}" for hub in SCHEMA.relationship(type_).hubs)


def place(hub: Hub) -> str:
    """The key of a relationship `r` from `a` to `b` at that end, as an assignment."""
    at, other = ("a", "b") if hub is Hub.START else ("b", "a")
    return f"r.{hub} = {at}.uid + '|' + {other}.sortKey"


def touching(label: str) -> str:
    """The live types that keep a node of the label that nobody describes: its own inherent ones do not."""
    kept = (each for each in RELATIONSHIPS if each.retractable and each.type not in inherent(label))
    return "|".join(each.type for each in kept if any(label in pair for pair in each.ends))


def literal(text: str, engine: Engine, *names: str) -> LiteralString:
    """The one place where a text becomes a statement: every name in it comes from the declaration.

    Args:
        text: with the names of values in braces.
        engine: whose parameters they become.
        names: of the values.
    """
    return cast("LiteralString", text.format(**{name: engine.parameter(name) for name in names}))
