"""What clients describe: one input for each kind of thing.

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
    DeploymentMode,
    DocumentKind,
    EvaluationKind,
    Stage,
)
from app.registry.types.keys import (
    DatasetVersionKey,
    EndpointKey,
    ModelVersionKey,
    NodeRef,
)
from graph_schema.relationships import SCHEMA

T = TypeVar("T")


def describing(label: str) -> Callable[[type[T]], type[T]]:
    """An input that describes a node; its plain fields have the declared properties' words."""
    node = SCHEMA.node(label)
    words = {part.name: part.description for part in (*node.key, *node.properties)}

    def made(cls: type[T]) -> type[T]:
        return _input(cls, words, node.description)

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


def maybe(description: str) -> Any:
    """A field that may be left out."""
    return strawberry.field(default=UNSET, description=description)


def named(description: str) -> Any:
    """A field that is needed."""
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
    data: DatasetVersionKey | None = maybe("The data that it ran on.")


@describing("Document")
class DocumentInput:
    """A document."""

    about: NodeRef = named("What it is about.")
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

    dataset: DatasetInput | None = maybe("A dataset.")
    dataset_version: DatasetVersionInput | None = maybe("A version of a dataset.")
    commit: CommitInput | None = maybe("A commit.")
    run: RunInput | None = maybe("A run.")
    model: ModelInput | None = maybe("A model.")
    model_version: ModelVersionInput | None = maybe("A version of a model.")
    artifact: ArtifactInput | None = maybe("An artifact.")
    evaluation: EvaluationInput | None = maybe("An evaluation of a version.")
    document: DocumentInput | None = maybe("A document about something.")
    endpoint: EndpointInput | None = maybe("An endpoint.")
    deployment: DeploymentInput | None = maybe("A deployment of a version on an endpoint.")
    actor: ActorInput | None = maybe("A person or a service.")
