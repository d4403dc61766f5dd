"""What clients register: one input for each kind of thing, and one for each way in which two things are related.

The values go to the registry as GraphQL coerces them, never through these classes: they are the schema's.
"""

from collections.abc import Callable
from inspect import get_annotations
from typing import Any, TypeVar, get_args

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from app.compiler.scalars import BigInt, DateTime, Digest, Json
from app.registry.types.enums import (
    ActorKind,
    DataRole,
    DeploymentMode,
    DocumentKind,
    EvaluationKind,
    Method,
    Stage,
)
from app.registry.types.keys import (
    ActorKey,
    CommitKey,
    DatasetVersionKey,
    EndpointKey,
    ModelKey,
    ModelVersionKey,
    NodeRef,
    RunKey,
)
from graph_schema.assertions import ASSERTIONS
from graph_schema.relationships import SCHEMA, VALID_FROM, VALID_TO

T = TypeVar("T")

_ASSERTIONS = {assertion.name: assertion for assertion in ASSERTIONS}


def describing(label: str) -> Callable[[type[T]], type[T]]:
    """An input that describes a node; its plain fields have the declared properties' words."""
    node = SCHEMA.node(label)
    words = {part.name: part.description for part in (*node.key, *node.properties)}

    def made(cls: type[T]) -> type[T]:
        return _input(cls, words, node.description)

    return made


def relating(name: str) -> Callable[[type[T]], type[T]]:
    """An input that states a relationship."""

    def made(cls: type[T]) -> type[T]:
        return _input(cls, {}, _ASSERTIONS[name].description)

    return made


def _input(cls: type[T], words: dict[str, str], description: str) -> type[T]:
    for name, type_ in get_annotations(cls).items():
        if name not in cls.__dict__:
            setattr(cls, name, _field(type_, words[to_camel_case(name)]))
    return strawberry.input(cls, description=description)


def _field(type_: Any, description: str) -> Any:
    if type(None) in get_args(type_):
        return strawberry.field(default=UNSET, description=description)
    return strawberry.field(description=description)


def _maybe(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


def _named(description: str) -> Any:
    return strawberry.field(description=description)


@describing("Dataset")
class DatasetInput:
    """A dataset."""

    namespace: str
    name: str
    description: str | None
    owner: str | None
    classification: str | None
    contains_personal_data: bool | None


@describing("DatasetVersion")
class DatasetVersionInput:
    """A version of a dataset."""

    namespace: str
    name: str
    version: str
    digest: str | None
    digest_algorithm: str | None
    uri: str | None
    addresses: list[str] | None
    description: str | None
    rows: BigInt | None
    bytes: BigInt | None
    schema: Json | None
    created_at: DateTime | None


@describing("CodeCommit")
class CommitInput:
    """A commit."""

    repository: str
    sha: str
    branch: str | None
    message: str | None
    author: str | None
    committed_at: DateTime | None
    dirty: bool | None


@describing("Run")
class RunInput:
    """A run."""

    source: str
    run_id: str
    experiment: str | None
    name: str | None
    status: str | None
    started_at: DateTime | None
    ended_at: DateTime | None
    parameters: Json | None
    metrics: Json | None
    container_image_digest: Digest | None
    user: str | None


@describing("Model")
class ModelInput:
    """A model."""

    namespace: str
    name: str
    description: str | None
    owner: str | None
    purpose: str | None
    intended_use: str | None
    restrictions: str | None
    risk_tier: int | None
    materiality: str | None
    regulated_as: str | None
    business_unit: str | None


@describing("ModelVersion")
class ModelVersionInput:
    """A version of a model."""

    namespace: str
    name: str
    version: str
    claimed_stage: Stage | None
    claimed_stage_since: DateTime | None
    manifest_digest: Digest | None
    description: str | None
    framework: str | None
    format: str | None
    uri: str | None
    signature: Json | None
    parameters: Json | None
    metrics: Json | None
    validated_until: DateTime | None
    registered_at: DateTime | None


@describing("Artifact")
class ArtifactInput:
    """An artifact."""

    digest: Digest
    bytes: BigInt | None
    media_type: str | None
    uri: str | None


@describing("Evaluation")
class EvaluationInput:
    """An evaluation."""

    model_version: ModelVersionKey
    name: str
    evaluated_at: DateTime
    kind: EvaluationKind | None
    metrics: Json | None
    passed: bool | None
    thresholds: Json | None
    data: DatasetVersionKey | None = _maybe("The data that it ran on.")


@describing("Document")
class DocumentInput:
    """A document."""

    about: NodeRef = _named("What it is about.")
    digest: Digest
    kind: DocumentKind
    title: str | None
    valid_until: DateTime | None


@describing("Endpoint")
class EndpointInput:
    """An endpoint."""

    environment: str
    name: str
    url: str | None
    runtime: str | None
    region: str | None
    owner: str | None
    purpose: str | None


@describing("Deployment")
class DeploymentInput:
    """A deployment."""

    endpoint: EndpointKey
    model_version: ModelVersionKey
    started_at: DateTime
    ended_at: DateTime | None
    traffic_weight: float | None
    mode: DeploymentMode | None
    image_digest: Digest | None
    deployed_by: str | None


@describing("Actor")
class ActorInput:
    """An actor."""

    issuer: str
    subject: str
    kind: ActorKind | None
    display_name: str | None
    active: bool | None


@strawberry.input(
    one_of=True, description="One kind of thing: exactly one field. A version brings its model or dataset into being."
)
class NodeInput:
    """One kind of thing."""

    dataset: DatasetInput | None = _maybe("A dataset.")
    dataset_version: DatasetVersionInput | None = _maybe("A version of a dataset.")
    commit: CommitInput | None = _maybe("A commit.")
    run: RunInput | None = _maybe("A run.")
    model: ModelInput | None = _maybe("A model.")
    model_version: ModelVersionInput | None = _maybe("A version of a model.")
    artifact: ArtifactInput | None = _maybe("An artifact.")
    evaluation: EvaluationInput | None = _maybe("An evaluation of a version.")
    document: DocumentInput | None = _maybe("A document about something.")
    endpoint: EndpointInput | None = _maybe("An endpoint.")
    deployment: DeploymentInput | None = _maybe("A deployment of a version on an endpoint.")
    actor: ActorInput | None = _maybe("A person or a service.")


@strawberry.input
class Said:
    """What is said with every relationship."""

    confidence: float = strawberry.field(default=1.0, description="How sure the source is, a ratio from 0 to 1.")
    method: Method = strawberry.field(
        default=Method.CLAIMED, description="CLAIMED, or INFERRED where a rule concluded it."
    )
    evidence: Digest | None = _maybe("The sha256 of a stored document that shows it.")
    valid_from: DateTime | None = _maybe(VALID_FROM.description)


@relating("used")
class UsedInput(Said):
    """A run used something."""

    run: RunKey = _named("The run.")
    data: DatasetVersionKey | None = _maybe("The data that it used.")
    model_version: ModelVersionKey | None = _maybe("The model that it used; always as input.")
    role: DataRole = strawberry.field(default=DataRole.TRAINING, description="The role in which it used the data.")
    how: str | None = _maybe("As what an input was used: a teacher, a labeller, ...")


@relating("produced")
class ProducedInput(Said):
    """A run made something."""

    run: RunKey = _named("The run.")
    model_version: ModelVersionKey | None = _maybe("The version that it made.")
    data: DatasetVersionKey | None = _maybe("The data that it made.")
    artifact: Digest | None = _maybe("The artifact that it made.")


@relating("builtFrom")
class BuiltFromInput(Said):
    """A run executed code."""

    run: RunKey = _named("The run.")
    commit: CommitKey = _named("The commit whose code it executed.")


@relating("partOf")
class PartOfInput(Said):
    """A run is part of another."""

    run: RunKey = _named("The run.")
    parent: RunKey = _named("The run that it is part of.")


@relating("derivedFrom")
class DerivedFromInput(Said):
    """Data was made from data."""

    data: DatasetVersionKey = _named("The data that was made.")
    from_: DatasetVersionKey = strawberry.field(name="from", description="The data that it was made from.")
    how: str | None = _maybe("filter, join, augment, sample, synthesise, ...")


@relating("basedOn")
class BasedOnInput(Said):
    """A version was made from a version."""

    model_version: ModelVersionKey = _named("The version that was made.")
    base: ModelVersionKey = _named("The version that it was made from.")
    how: str | None = _maybe("fine-tune, adapter, merge, quantise, distil, prune, ...")


@relating("contains")
class ContainsInput(Said):
    """A version holds an artifact."""

    model_version: ModelVersionKey = _named("The version.")
    artifact: Digest = _named("The artifact.")
    path: str = _named("Where in the version's folder.")


@relating("calls")
class CallsInput(Said):
    """An endpoint is fed by another."""

    endpoint: EndpointKey = _named("The endpoint that is fed.")
    callee: EndpointKey = _named("The endpoint that feeds it.")
    valid_to: DateTime | None = _maybe(VALID_TO.description)


@relating("owns")
class OwnsInput(Said):
    """An actor answers for a model."""

    actor: ActorKey = _named("The actor.")
    model: ModelKey = _named("The model.")
    valid_to: DateTime | None = _maybe(VALID_TO.description)


@strawberry.input(
    one_of=True,
    description="One statement that two things are related: exactly one field. Where one of several ends is asked for, "
    "another number is REJECTED(BAD_ENDS).",
)
class RelationshipInput:
    """One statement that two things are related."""

    used: UsedInput | None = _maybe("A run used data or a model.")
    produced: ProducedInput | None = _maybe("A run made a version, data or an artifact.")
    built_from: BuiltFromInput | None = _maybe("A run executed code.")
    part_of: PartOfInput | None = _maybe("A run is part of another.")
    derived_from: DerivedFromInput | None = _maybe("Data was made from other data.")
    based_on: BasedOnInput | None = _maybe("A version was made from another.")
    contains: ContainsInput | None = _maybe("A version holds an artifact.")
    calls: CallsInput | None = _maybe("An endpoint is fed by another.")
    owns: OwnsInput | None = _maybe("An actor answers for a model.")


@strawberry.input(description="A batch of what one source says: at most 500 nodes and relationships together.")
class RegisterLineageInput:
    """A batch of what one source says."""

    source: str = _named("The system that says it.")
    store: str | None = _maybe("Which store of the system this is; another one under its name is a SOURCE_MISMATCH.")
    expected_every: int | None = _maybe("Seconds without a complete load after which the source is stale.")
    namespace: str = strawberry.field(
        default="default", description="Where what has no namespace of its own belongs; it decides who may see it."
    )
    load: str | None = _maybe("The load that the batch is part of; all of its batches share the name.")
    scope: str = strawberry.field(default="", description="Which part of the source the load speaks of.")
    complete: bool = strawberry.field(
        default=False,
        description="Whether the load ends with this batch: what the source held in the scope, and no batch of the "
        "load named, is retracted.",
    )
    max_retracted_share: float = strawberry.field(
        default=0.05,
        description="The largest share of what the source holds in the scope that may be retracted; more is a "
        "RETRACTION_TOO_LARGE.",
    )
    dry_run: bool = strawberry.field(default=False, description="Say what would change, and change nothing.")
    atomic: bool = strawberry.field(
        default=False,
        description="All or nothing: where one item is refused, the innocent are REJECTED(BATCH_ABORTED).",
    )
    idempotency_key: str | None = _maybe("Sent again with it within 7 days, the same body gets the same result.")
    nodes: list[NodeInput] = strawberry.field(default_factory=list[NodeInput], description="What there is.")
    relationships: list[RelationshipInput] = strawberry.field(
        default_factory=list[RelationshipInput], description="How it is related."
    )
