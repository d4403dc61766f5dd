"""Every relationship type, one declaration each; all of them point upstream, as those of W3C PROV do."""

from graph_schema.declare import Hub, Kind, Property, Relationship, Schema, Walk
from graph_schema.nodes import DESCRIBED, FILE_KINDS, RECORDS

PATH_LENGTH = 1024
"""The longest path of a file in a model's folder, in characters."""

VALID_FROM = Property(
    "validFrom", Kind.TIME, "Since when it holds in the world; null: always, or since its run started."
)
VALID_TO = Property("validTo", Kind.TIME, "Until when it holds in the world; null: it still does.")

PLACES = {
    Hub.START: Property(
        Hub.START,
        Kind.TEXT,
        "Where its target stands in the list at its start: the start's uid, `|`, and the `sortKey` of the target.",
    ),
    Hub.TARGET: Property(
        Hub.TARGET,
        Kind.TEXT,
        "Where its start stands in the list at its target: the target's uid, `|`, and the `sortKey` of the start.",
    ),
}
"""The keys of relationships at hubs, kept where the engine reads relationships in order."""

_MANY = (Hub.TARGET,)

ROLES = {
    "TRAINING": "TRAINED_ON",
    "VALIDATION": "VALIDATED_ON",
    "TEST": "TESTED_ON",
    "REFERENCE": "REFERRED_TO",
    "INPUT": "CONSUMED",
}
"""The role in which a run used data, and the relationship type that says so."""


def _how(description: str) -> Property:
    return Property("how", Kind.TEXT, description)


def _used(role: str, description: str) -> Relationship:
    ends = (("Run", "DatasetVersion"),)
    return Relationship(ROLES[role], description, ends, walk=Walk.ROLE, role=role, hubs=_MANY)


RELATIONSHIPS = (
    Relationship(
        "VERSION_OF",
        "A version belongs to the thing that it is a version of.",
        (("DatasetVersion", "Dataset"), ("ModelVersion", "Model")),
        inherent=True,
    ),
    Relationship(
        "DERIVED_FROM",
        "Data was made from other data.",
        (("DatasetVersion", "DatasetVersion"),),
        (_how("filter, join, augment, sample, synthesise, ..."),),
        Walk.FLOW,
        hubs=_MANY,
    ),
    _used("TRAINING", "A run trained on data."),
    _used("VALIDATION", "A run validated on data."),
    _used("TEST", "A run tested on data."),
    _used("REFERENCE", "A run referred to data."),
    Relationship(
        "CONSUMED",
        "A run took data in to make other data of it, or used a model (a teacher, a labeller).",
        (("Run", "DatasetVersion"), ("Run", "ModelVersion")),
        (_how("what it was used as"),),
        Walk.ROLE,
        role="INPUT",
        hubs=_MANY,
    ),
    Relationship(
        "GENERATED_BY",
        "A run made it.",
        (("ModelVersion", "Run"), ("DatasetVersion", "Run"), ("Artifact", "Run")),
        walk=Walk.FLOW,
    ),
    Relationship("BUILT_FROM", "A run executed code.", (("Run", "CodeCommit"),), walk=Walk.ENTRY, hubs=_MANY),
    Relationship(
        "BASED_ON",
        "A version was made from another version.",
        (("ModelVersion", "ModelVersion"),),
        (_how("fine-tune, adapter, merge, quantise, distil, prune, ..."),),
        Walk.FLOW,
        hubs=_MANY,
    ),
    Relationship(
        "CONTAINS",
        "A version's folder holds an artifact.",
        (("ModelVersion", "Artifact"),),
        (
            Property("path", Kind.TEXT, "Where in the folder.", required=True, max_length=PATH_LENGTH),
            Property("kind", Kind.TEXT, "What the file is for.", choices=FILE_KINDS),
        ),
        Walk.ENTRY,
        identified_by=("path",),
        hubs=_MANY,
    ),
    Relationship(
        "SERVES",
        "A deployment serves a version.",
        (("Deployment", "ModelVersion"),),
        walk=Walk.SERVING,
        hubs=_MANY,
    ),
    Relationship("HOSTS", "An endpoint hosts a deployment.", (("Endpoint", "Deployment"),), walk=Walk.SERVING),
    Relationship(
        "CALLS",
        "An endpoint is fed by another.",
        (("Endpoint", "Endpoint"),),
        walk=Walk.SERVING,
        bounded=True,
        hubs=_MANY,
    ),
    Relationship("PART_OF", "A run is part of a run.", (("Run", "Run"),), hubs=_MANY),
    Relationship("EVALUATES", "An evaluation examines a version.", (("Evaluation", "ModelVersion"),)),
    Relationship("EVALUATED_ON", "An evaluation ran on data.", (("Evaluation", "DatasetVersion"),), hubs=_MANY),
    Relationship(
        "DESCRIBES",
        "A document is about a thing.",
        tuple(("Document", node.label) for node in DESCRIBED if node.ref_name),
        hubs=_MANY,
    ),
    Relationship("OWNS", "An actor answers for a model.", (("Actor", "Model"),), bounded=True, hubs=(Hub.START,)),
    Relationship(
        "ABOUT",
        "A statement is about a node.",
        tuple(("Statement", node.label) for node in DESCRIBED),
        retractable=False,
    ),
    Relationship(
        "SNAPSHOT_OF",
        "A snapshot is of a node.",
        tuple(("Snapshot", node.label) for node in DESCRIBED),
        retractable=False,
    ),
)

SCHEMA = Schema(version=7, nodes=DESCRIBED + RECORDS, relationships=RELATIONSHIPS)
"""The declaration that everything reads."""
