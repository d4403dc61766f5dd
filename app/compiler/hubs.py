"""Lists at one thing, read in order from an index: no more of them than a page holds, however many there are.

What is at a thing lies side by side in an index in two cases: where the natural order of the others begins with the key
of that thing (the versions of a model), and where the relationships carry a key that does (the runs that trained on
some data). Either way the condition that is added says nothing new: it only lets the engine begin at the right place.
"""

from dataclasses import dataclass, replace

from app.compiler.beside import Named
from app.compiler.compiling import Compiler
from app.compiler.meanings import Hop, Way, way
from app.compiler.paging import Order
from graph_schema.hubs import belonging, place
from graph_schema.identity import SEPARATOR

_AFTER_SEPARATOR = chr(ord(SEPARATOR) + 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a page of what is at a thing is read in the order of an index.

    Attributes:
        way: finds the things.
        key: the expression whose order is theirs.
        head: what stands before the sort value of a cursor in it, in Cypher's text.
        first: an expression that is the same of all the things, where the index is ordered by it first.
        apart: whether the statement of the thing cannot hold it, so that one of its own reads it beside that.
    """

    way: Way
    key: str
    head: str = ""
    first: str = ""
    apart: bool = False

    @property
    def kept(self) -> str:
        """The variables that a `WITH` carries on, and the key, where it is not the things' own."""
        return f"{self.way.kept}, {self.key} AS place" if self.head else self.way.kept

    def clause(self, order: Order, *, backward: bool) -> str:
        """What stands behind `ORDER BY`, behind that `WITH`."""
        clause = order.clause("place" if self.head else self.key, self.way.end, backward=backward)
        return f"{self.first}{order.direction(backward=backward)}, {clause}" if self.first else clause


def found_at(compiler: Compiler, start: str, hops: tuple[Hop, ...]) -> tuple[Way, Reading | None]:
    """How the things at the end of some hops are found, and how they are read in order, where an index allows it.

    Neo4j reads in order wherever the list stands, filtered or not: what does not fulfil a filter costs it less there
    than what must be sorted. ArcadeDB does it in a statement only of which it is the whole, and of which the values are
    known; with a filter it may take another index.
    """
    hop = hops[0]
    if len(hops) != 1 or "|" in hop.label or not compiler.times.present:
        return way(compiler, start, hops), None
    if belonging(hop.type, hop.label, forward=hop.forward):
        found = way(compiler, start, hops)
        return found, _belonging(compiler, start, hop, found)
    key = place(hop.type, forward=hop.forward)
    if key is None or not compiler.dialect.orders_relationships:
        return way(compiler, start, hops), None
    found = way(compiler, start, hops, named=True)
    stored, head = f"{found.link}.{key}", f"{start}.uid + '|' + "
    held = [f"{stored} > {start}.uid + '|'", f"{stored} < {start}.uid + '}}'", *found.held]
    hint = f" USING INDEX {found.link}:{hop.type}({key})"
    return found, Reading(replace(found, pattern=found.pattern + hint, held=held), stored, head)


def _belonging(compiler: Compiler, start: str, hop: Hop, found: Way) -> Reading | None:
    key = f"{found.end}.sortKey"
    if compiler.dialect.kind == "neo4j":
        own = f"{start}.sortKey"
        held = [f"{key} > {own} + '{_text(SEPARATOR)}'", f"{key} < {own} + '{_text(_AFTER_SEPARATOR)}'", *found.held]
        hint = f" USING INDEX {found.end}:{hop.label}(sortKey)"
        return Reading(replace(found, pattern=found.pattern + hint, held=held), key)
    named, owner = compiler.named.get(start), belonging(hop.type, hop.label, forward=hop.forward)
    if named is None or owner is None or found.held:
        return None
    least, beyond = (_parameter(compiler, named, sign) for sign in (SEPARATOR, _AFTER_SEPARATOR))
    back = f"<-[:{hop.type}]-" if hop.forward else f"-[:{hop.type}]->"
    tied = f"EXISTS {{ ({found.end}){back}(:{owner.label} {{uid: {named.uid}}}) }}"
    held = [f"{key} > {least}", f"{key} < {beyond}", tied]
    return Reading(replace(found, pattern=f"({found.end}:{hop.label})", held=held), key, apart=True)


def _parameter(compiler: Compiler, named: Named, sign: str) -> str:
    return compiler.parameter(lambda inputs: named.order(inputs) + sign)


def _text(sign: str) -> str:
    return f"\\u{ord(sign):04x}"
