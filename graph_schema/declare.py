"""The words in which the graph is declared: frozen, documented, and read by everything else."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

KEY_LENGTH = 512
"""The longest part of a natural key, in characters: three of them in one index entry stay below Neo4j's 8,167 bytes."""

TEXT_LENGTH = 65_536
"""The longest text of a property that is not part of a key, in characters."""

SOUGHT_LENGTH = 256
"""The longest text that an index seeks, in characters: with a sort key beside it it stays below Neo4j's 8,167 bytes."""

JSON_LENGTH = 2**20
"""The longest JSON value, in characters of its canonical text."""

INTEGER_LIMIT = 2**63 - 1
"""The largest integer that both engines store."""


class Kind(StrEnum):
    """What a property holds, and so how it is checked, stored and published."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TIME = "time"
    """Microseconds since 1970-01-01T00:00:00Z as an integer; published as RFC 3339 with an offset."""
    JSON = "json"
    """Any JSON value, stored as canonical text (RFC 8785); published as the value."""
    DIGEST = "digest"
    """`sha256:` and 64 lower-case hexadecimal digits."""
    TEXTS = "texts"
    """A list of texts, none of them null."""
    TIMES = "times"
    """A list of times, each as `TIME` has it, none of them null. Only the service itself writes such."""


class Walk(StrEnum):
    """When lineage follows a relationship type."""

    FLOW = "flow"
    """Always: data flows along it."""
    ROLE = "role"
    """When the role in which the data was used is asked for."""
    ENTRY = "entry"
    """As the first step from a commit or an artifact, and as the leaf that ends an ancestry."""
    SERVING = "serving"
    """Only when the caller names the type."""
    NEVER = "never"


class Hub(StrEnum):
    """An end of relationships at which very many of them may meet; its value is the property that holds its key.

    The key is the uid of the thing at that end and the natural order of the one at the other, so that an index over it
    holds what is listed at each thing in order. It never changes, since natural keys do not.
    """

    START = "placeAtStart"
    TARGET = "placeAtTarget"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a node or a relationship.

    Attributes:
        name: its name in the API (camelCase).
        kind: what it holds.
        description: one sentence for the reference and the schema.
        required: whether every row that describes the thing names it.
        choices: the only texts allowed; empty where any is.
        fixed: whether the first value that is said stays for ever (digests, a registered manifest).
        minimum: the smallest number allowed.
        maximum: the largest number allowed.
        max_length: the longest text allowed, in characters.
        searchable: whether free-text search looks into it.
        checked: whether only the service itself says it, of what it has looked at: no client can.
        personal: whether it says what a person did, so that not everybody who may read the thing may read it.
        sought: whether lists are often narrowed to one value of it that few have: an index finds these, in order. Of
            several that a filter names, the one that is declared first is looked up.
        stored: the name in the graph, where it differs from the name in the API.
        stored_as: the name in the graph.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    choices: tuple[str, ...] = ()
    fixed: bool = False
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = TEXT_LENGTH
    searchable: bool = False
    checked: bool = False
    personal: bool = False
    sought: bool = False
    stored: str = ""
    stored_as: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Settle the name under which the graph keeps it."""
        object.__setattr__(self, "stored_as", self.stored or self.name)


@dataclass(frozen=True, slots=True)
class Nested:
    """A part of a natural key that is itself the key of another node: a deployment names its endpoint.

    Attributes:
        name: the field of the key and of the input.
        label: whose key it is.
        stored: under which names the graph keeps the parts of that key, in its order.
        description: one sentence for the reference and the schema.
    """

    name: str
    label: str
    stored: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Implied:
    """A relationship that describing a node states by itself: a version is a version of its model.

    Attributes:
        type: the relationship's type.
        label: the label of the other end.
        parts: which stored properties of this node make up the other end's key, in its order; empty where a field of
            the input names the other end.
        field: the field of the input that names the other end, where it is not in the key.
        outgoing: whether the relationship starts at this node.
        single: whether the field names the only one, so that another replaces it and null takes it back.
    """

    type: str
    label: str
    parts: tuple[str, ...] = ()
    field: str = ""
    outgoing: bool = True
    single: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One label.

    Attributes:
        label: the label in the graph and the type in the API.
        description: one sentence.
        key: the natural key, in the order in which identity reads it.
        properties: what else is stored.
        input_name: the field of `NodeInput` that describes it; empty where clients cannot.
        ref_name: the field of `NodeRef` that names it; empty where none does.
        begins: the stored property that says since when it exists; empty: always.
        ends: the stored property that says until when, never before it begins; empty: for ever.
        implied: the relationships that describing it states.
        sort: the stored properties of its natural order; empty where lists do not show it.
        searchable: the stored properties that free-text search looks into.
        key_names: the stored names of the flattened key, in order.
        namespace_names: those that hold a namespace: its own, and that of a thing that the key names.
    """

    label: str
    description: str
    key: tuple[Property | Nested, ...]
    properties: tuple[Property, ...] = ()
    input_name: str = ""
    ref_name: str = ""
    begins: str = ""
    ends: str = ""
    implied: tuple[Implied, ...] = ()
    sort: tuple[str, ...] = ()
    searchable: tuple[str, ...] = field(init=False, repr=False, compare=False)
    key_names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    namespace_names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Settle what follows from the rest: it is asked for with every row."""
        searchable = tuple(each.stored_as for each in self.everything() if each.searchable)
        named = (part.stored if isinstance(part, Nested) else (part.stored_as,) for part in self.key)
        names = tuple(name for stored in named for name in stored)
        object.__setattr__(self, "searchable", searchable)
        object.__setattr__(self, "key_names", names)
        namespaces = tuple(name for name in names if name.lower().endswith("namespace"))
        object.__setattr__(self, "namespace_names", namespaces)

    @property
    def namespaced(self) -> bool:
        """Whether its natural key holds a namespace; otherwise it carries a list of them."""
        return any(part.name == "namespace" for part in self.key)

    def property(self, name: str) -> Property:
        """The property of that API name, key or not.

        Raises:
            KeyError: it declares no such property.
        """
        for candidate in self.everything():
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    def everything(self) -> Iterator[Property]:
        """Its properties, the plain parts of the key first."""
        yield from (part for part in self.key if isinstance(part, Property))
        yield from self.properties


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship type; it points upstream, to where a thing came from.

    Attributes:
        type: the type in the graph.
        description: one sentence.
        ends: the pairs of labels (from, to) that it may join.
        properties: what it holds beyond provenance and `validFrom`.
        walk: when lineage follows it.
        role: the data role that it stands for, where it is one.
        identified_by: properties that tell two of the same ends, type and source apart.
        bounded: whether it also has a `validTo`.
        retractable: whether it is a fact of some source; otherwise the service's own bookkeeping.
        inherent: whether it follows from what its start is, so that it lives as long as that, whoever names it.
        hubs: the ends at which very many may meet, and where what is at the other ends is read in order by a key.
    """

    type: str
    description: str
    ends: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...] = ()
    walk: Walk = Walk.NEVER
    role: str = ""
    identified_by: tuple[str, ...] = ()
    bounded: bool = False
    retractable: bool = True
    inherent: bool = False
    hubs: tuple[Hub, ...] = ()

    @property
    def retracted_type(self) -> str:
        """The type to which a retracted one moves, so that a walk over the live type never meets it."""
        return f"{self.type}_RETRACTED"


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything that is declared, and the version of it that a graph is migrated to."""

    version: int
    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]
    _nodes: dict[str, Node] = field(init=False, repr=False, compare=False)
    _relationships: dict[str, Relationship] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the declarations by name."""
        object.__setattr__(self, "_nodes", {node.label: node for node in self.nodes})
        object.__setattr__(self, "_relationships", {each.type: each for each in self.relationships})

    def node(self, label: str) -> Node:
        """The declaration of that label.

        Raises:
            KeyError: no such label is declared.
        """
        return self._nodes[label]

    def relationship(self, type_: str) -> Relationship:
        """The declaration of that relationship type.

        Raises:
            KeyError: no such type is declared.
        """
        return self._relationships[type_]

    def walked(self, *walks: Walk) -> tuple[Relationship, ...]:
        """The relationship types that lineage follows in one of these ways, in the order of their declaration."""
        return tuple(each for each in self.relationships if each.walk in walks)
