"""What a client may say of two things: the fields of `RelationshipInput`, and the type that each of them becomes."""

from dataclasses import dataclass

from graph_schema.nodes import METHODS
from graph_schema.relationships import ROLES

CLAIMABLE = tuple(method for method in METHODS if method != "VERIFIED")
"""How a client may say that it came to hold a fact: what is verified, the service checked itself."""


@dataclass(frozen=True, slots=True)
class End:
    """A field of the input that names one end by its natural key.

    Attributes:
        field: its name.
        label: what it names.
        type: the relationship's type, where this end decides it.
    """

    field: str
    label: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One kind of statement that two things are related.

    Attributes:
        name: the field of `RelationshipInput`.
        description: one sentence for the schema.
        start: the ends that may stand downstream; exactly one is named.
        target: the ends that may stand upstream; exactly one is named.
        type: the relationship's type; empty where the role or the end decides it.
    """

    name: str
    description: str
    start: tuple[End, ...]
    target: tuple[End, ...]
    type: str = ""

    @property
    def types(self) -> tuple[str, ...]:
        """Every type that it may become."""
        return (self.type,) if self.type else tuple(dict.fromkeys(ROLES.values()))


_RUN = End("run", "Run")
_DATA = End("data", "DatasetVersion")
_VERSION = End("modelVersion", "ModelVersion")

ASSERTIONS = (
    Assertion(
        "used",
        "A run used data in a role, or a model (a teacher, a labeller, the base of a fine-tuning), always as input.",
        (_RUN,),
        (_DATA, End("modelVersion", "ModelVersion", type=ROLES["INPUT"])),
    ),
    Assertion(
        "produced",
        "A run made a model version, data or an artifact.",
        (_VERSION, _DATA, End("artifact", "Artifact")),
        (_RUN,),
        "GENERATED_BY",
    ),
    Assertion("builtFrom", "A run executed code.", (_RUN,), (End("commit", "CodeCommit"),), "BUILT_FROM"),
    Assertion("partOf", "A run is part of another run.", (_RUN,), (End("parent", "Run"),), "PART_OF"),
    Assertion(
        "derivedFrom", "Data was made from other data.", (_DATA,), (End("from", "DatasetVersion"),), "DERIVED_FROM"
    ),
    Assertion(
        "basedOn", "A version was made from another version.", (_VERSION,), (End("base", "ModelVersion"),), "BASED_ON"
    ),
    Assertion(
        "contains", "A version's folder holds an artifact.", (_VERSION,), (End("artifact", "Artifact"),), "CONTAINS"
    ),
    Assertion(
        "calls", "An endpoint is fed by another.", (End("endpoint", "Endpoint"),), (End("callee", "Endpoint"),), "CALLS"
    ),
    Assertion("owns", "An actor answers for a model.", (End("actor", "Actor"),), (End("model", "Model"),), "OWNS"),
)
"""All of them, in the order of the API."""

STATED = frozenset(type_ for assertion in ASSERTIONS for type_ in assertion.types)
"""The types that clients state as items; the others are part of what describes a node, and not counted beside it."""
