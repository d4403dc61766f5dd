"""The things of the inventory. They stand in one file because they refer to each other."""

# ruff: noqa: TC001 - Strawberry reads the annotations when the schema is made
from __future__ import annotations

import strawberry

from app.access.permissions import Permission
from app.compiler.meanings import Identity, against, along
from app.compiler.scalars import BigInt, DateTime, Digest, Json
from app.registry.files import Files
from app.registry.types.declaring import (
    SERVING,
    Flag,
    described,
    files_arguments,
    many,
    means,
    one,
    part,
    served,
)
from app.registry.types.enums import (
    ActorKind,
    ArtifactState,
    DeploymentMode,
    DocumentKind,
    EvaluationKind,
    FileKind,
    Method,
    Stage,
)
from app.registry.types.history import told
from app.registry.types.pages import Connection, PageInfo

DOCUMENTS = "The documents about it."
EVALUATIONS = "The evaluations"
LIVE = Flag(SERVING, "Only those that serve, now or at `asOf`; false: only those that do not; null: all.")


@strawberry.interface(description="A thing with an id of its own.")
class Node:
    """A thing with an id of its own."""

    id: strawberry.ID = means("Opaque; it tells this thing from every other, for ever.", Identity())


@strawberry.type(
    description="Who said a thing is so, how, how surely, and when. Null where nobody has described the thing."
)
class Provenance:
    """Who said a thing is so."""

    source: str | None = strawberry.field(description="The system that said so.")
    asserted_by: strawberry.ID | None = means(
        "The id of the actor who sent it.", Identity("Actor", "assertedBy"), needs=Permission.PEOPLE_READ
    )
    method: Method | None = strawberry.field(description="How it came to be held.")
    confidence: float | None = strawberry.field(description="How sure its source is, a ratio from 0 to 1.")
    evidence: Digest | None = strawberry.field(description="The sha256 of a stored document that shows it.")
    recorded_at: DateTime | None = strawberry.field(description="When it was recorded here.")


@told
class Dataset(Node):
    """A body of data."""

    namespace: str
    name: str
    description: str | None
    owner: str | None
    classification: str | None
    contains_personal_data: bool | None
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    versions: Connection[DatasetVersion] = many("Its versions.", against("VERSION_OF", "DatasetVersion"))
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@told
class DatasetVersion(Node):
    """One state of a dataset."""

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
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    dataset: Dataset = one("What it is a version of.", along("VERSION_OF", "Dataset"), certain=True)
    derived_from: Connection[DatasetVersion] = many(
        "The data that it was made from directly.", along("DERIVED_FROM", "DatasetVersion")
    )
    derived: Connection[DatasetVersion] = many(
        "The data that was made from it directly.", against("DERIVED_FROM", "DatasetVersion")
    )
    generated_by: Connection[Run] = many("The runs that made it.", along("GENERATED_BY", "Run"))
    trained_runs: Connection[Run] = many("The runs that trained on it.", against("TRAINED_ON", "Run"))
    validated_runs: Connection[Run] = many("The runs that validated on it.", against("VALIDATED_ON", "Run"))
    tested_runs: Connection[Run] = many("The runs that tested on it.", against("TESTED_ON", "Run"))
    referring_runs: Connection[Run] = many("The runs that referred to it.", against("REFERRED_TO", "Run"))
    consuming_runs: Connection[Run] = many("The runs that turned it into other data.", against("CONSUMED", "Run"))
    evaluations: Connection[Evaluation] = many(f"{EVALUATIONS} that ran on it.", against("EVALUATED_ON", "Evaluation"))
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@told
class CodeCommit(Node):
    """A commit."""

    repository: str
    sha: str
    branch: str | None
    message: str | None
    author: str | None
    committed_at: DateTime | None
    dirty: bool | None
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    runs: Connection[Run] = many("The runs that executed it.", against("BUILT_FROM", "Run"))
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@told
class Run(Node):
    """One execution."""

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
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    training_data: Connection[DatasetVersion] = many("The data it trained on.", along("TRAINED_ON", "DatasetVersion"))
    validation_data: Connection[DatasetVersion] = many(
        "The data it validated on.", along("VALIDATED_ON", "DatasetVersion")
    )
    test_data: Connection[DatasetVersion] = many("The data it tested on.", along("TESTED_ON", "DatasetVersion"))
    reference_data: Connection[DatasetVersion] = many(
        "The data it referred to.", along("REFERRED_TO", "DatasetVersion")
    )
    inputs: Connection[DatasetVersion] = many(
        "The data it turned into other data.", along("CONSUMED", "DatasetVersion")
    )
    input_models: Connection[ModelVersion] = many(
        "The models it used: a teacher, a labeller.", along("CONSUMED", "ModelVersion")
    )
    outputs: Connection[Node] = many(
        "What it made: versions of models, of data, and artifacts.",
        against("GENERATED_BY", "DatasetVersion|ModelVersion|Artifact"),
    )
    commit: CodeCommit | None = one("The code it executed.", along("BUILT_FROM", "CodeCommit"))
    commits: Connection[CodeCommit] = many(
        "The code it executed, where sources name several commits.", along("BUILT_FROM", "CodeCommit")
    )
    parent: Run | None = one("The run that it is part of.", along("PART_OF", "Run"))
    children: Connection[Run] = many("The runs that are part of it.", against("PART_OF", "Run"))
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@told
class Model(Node):
    """A model under one name."""

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
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    versions: Connection[ModelVersion] = many("Its versions.", against("VERSION_OF", "ModelVersion"))
    owners: Connection[Actor] = many("Who answers for it now.", against("OWNS", "Actor"))
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@told
class ModelVersion(Node):
    """One version of a model."""

    namespace: str
    name: str
    version: str
    stage: Stage
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
    files_removed_at: DateTime | None
    files_removed_under: str | None
    files_purge_at: DateTime | None
    files_purged_at: DateTime | None
    bytes_freed: BigInt | None
    files_tiered_at: DateTime | None
    files_tiered_under: str | None
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    model: Model = one("What it is a version of.", along("VERSION_OF", "Model"), certain=True)
    training_data: Connection[DatasetVersion] = many(
        "The data that the runs which made it trained on, directly.",
        along("GENERATED_BY", "Run"),
        along("TRAINED_ON", "DatasetVersion"),
    )
    commits: Connection[CodeCommit] = many(
        "The code that the runs which made it executed.",
        along("GENERATED_BY", "Run"),
        along("BUILT_FROM", "CodeCommit"),
    )
    runs: Connection[Run] = many("The runs that made it.", along("GENERATED_BY", "Run"))
    artifacts: Connection[Artifact] = many("What its folder holds.", along("CONTAINS", "Artifact"))
    files: FileConnection = means(
        "What its folder holds, by path; a file of which two sources speak is there twice.", Files(), files_arguments()
    )
    deployments: Connection[Deployment] = many("Where it serves or served.", against("SERVES", "Deployment"), live=LIVE)
    owners: Connection[Actor] = many(
        "Who answers for its model now.", along("VERSION_OF", "Model"), against("OWNS", "Actor")
    )
    evaluations: Connection[Evaluation] = many(f"{EVALUATIONS} of it.", against("EVALUATES", "Evaluation"))
    bases: Connection[ModelVersion] = many(
        "The versions that it was made from directly.", along("BASED_ON", "ModelVersion")
    )
    derived: Connection[ModelVersion] = many(
        "The versions that were made from it directly.", against("BASED_ON", "ModelVersion")
    )
    consuming_runs: Connection[Run] = many(
        "The runs that used it: as a teacher, a labeller.", against("CONSUMED", "Run")
    )
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@told
class Artifact(Node):
    """Bytes, named by their digest."""

    digest: Digest
    bytes: BigInt | None
    media_type: str | None
    uri: str | None
    verified_at: DateTime | None
    state: ArtifactState | None
    checked_at: DateTime | None
    cold_since: DateTime | None
    format: str | None
    unsafe: bool | None
    flaw: str | None
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    model_versions: Connection[ModelVersion] = many(
        "The versions whose folder holds it.", against("CONTAINS", "ModelVersion")
    )
    generated_by: Connection[Run] = many("The runs that made it.", along("GENERATED_BY", "Run"))
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@strawberry.type(description="A file of a version, as one source says.")
class File:
    """A file of a version."""

    path: str = strawberry.field(description="Where in the version's folder, with `/` between its parts.")
    kind: FileKind | None = strawberry.field(description="What it is for; null where its source does not say.")
    artifact: Artifact = strawberry.field(description="Its bytes.")
    source: str = strawberry.field(description="The system that says so; `pedigree` is the service itself.")
    method: Method = strawberry.field(
        description="VERIFIED where the service itself has read the bytes and made sure that they are these."
    )
    recorded_at: DateTime = strawberry.field(description="When it was recorded here.")


@strawberry.type(description="A file in the list of a version's files.")
class FileEdge:
    """A file in a list."""

    cursor: str = strawberry.field(description="Where it stands: for `after`.")
    node: File = strawberry.field(description="The file.")


@strawberry.type(description="A page of the files of a version, by path.")
class FileConnection:
    """A page of files."""

    edges: list[FileEdge] = strawberry.field(description="The files of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    total_count: int = strawberry.field(description="How many files there are in all; counted only if asked for.")


@told
class Evaluation(Node):
    """One examination of a model version."""

    name: str
    evaluated_at: DateTime
    kind: EvaluationKind | None
    metrics: Json | None
    passed: bool | None
    thresholds: Json | None
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    model_version: ModelVersion = one("The version examined.", along("EVALUATES", "ModelVersion"), certain=True)
    data: DatasetVersion | None = one("The data that it ran on.", along("EVALUATED_ON", "DatasetVersion"))


@told
class Document(Node):
    """A document about something in the inventory."""

    digest: Digest
    kind: DocumentKind
    title: str | None
    valid_until: DateTime | None
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    about: Connection[Node] = many(
        "What it is about.",
        along("DESCRIBES", "Dataset|DatasetVersion|CodeCommit|Run|Model|ModelVersion|Artifact|Endpoint"),
    )


@told
class Endpoint(Node):
    """A place where models answer."""

    environment: str
    name: str
    url: str | None
    runtime: str | None
    region: str | None
    owner: str | None
    purpose: str | None
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    deployments: Connection[Deployment] = many("What it serves or served.", along("HOSTS", "Deployment"), live=LIVE)
    served_at: Connection[Deployment] = served("What it served at a time.", along("HOSTS", "Deployment"))
    calls: Connection[Endpoint] = many("The endpoints that feed it now.", along("CALLS", "Endpoint"))
    called_by: Connection[Endpoint] = many("The endpoints that it feeds now.", against("CALLS", "Endpoint"))
    documents: Connection[Document] = many(DOCUMENTS, against("DESCRIBES", "Document"))


@told
class Deployment(Node):
    """A model version on an endpoint."""

    started_at: DateTime
    ended_at: DateTime | None
    traffic_weight: float | None
    mode: DeploymentMode | None
    image_digest: Digest | None
    deployed_by: str | None
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    endpoint: Endpoint = one("The endpoint that hosts it.", against("HOSTS", "Endpoint"), certain=True)
    model_version: ModelVersion = one("The version that serves.", along("SERVES", "ModelVersion"), certain=True)


@told
class Actor(Node):
    """A person or a service that acts."""

    issuer: str
    subject: str
    kind: ActorKind | None
    display_name: str | None
    active: bool | None
    namespaces: list[str]
    undescribed: bool
    provenance: Provenance = part("Where what is said of it comes from.")
    owns: Connection[Model] = many("The models that it answers for now.", along("OWNS", "Model"))


@described
class Source(Node):
    """A system that facts come from."""

    name: str
    store: str | None
    expected_every: BigInt | None
    first_load_at: DateTime | None
    last_complete_load_at: DateTime | None
    namespaces: list[str] | None


@strawberry.type(description="Stands where a walk passed through something that the caller may not see.")
class HiddenNode(Node):
    """What stands where a walk passed through something that the caller may not see."""

    id: strawberry.ID = strawberry.field(
        description="The same for the same thing within one request, and another in each: it can be looked up nowhere."
    )


THINGS = (
    Dataset, DatasetVersion, CodeCommit, Run, Model, ModelVersion, Artifact, Evaluation, Document, Endpoint, Deployment,
    Actor, Source, HiddenNode,
)  # fmt: skip
"""Every type of the inventory."""
