"""The root fields that read the inventory."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from app.compiler.scalars import Digest
from app.registry.graph import ById, ByIds, ByKey
from app.registry.types.declaring import AsOf, KnownAt, listed, means
from app.registry.types.keys import (
    CommitKey,
    DatasetKey,
    DatasetVersionKey,
    EndpointKey,
    ModelKey,
    ModelVersionKey,
    RunKey,
)
from app.registry.types.pages import Connection
from app.registry.types.things import (
    LIVE,
    Actor,
    Artifact,
    CodeCommit,
    Dataset,
    DatasetVersion,
    Deployment,
    Document,
    Endpoint,
    Evaluation,
    Model,
    ModelVersion,
    Node,
    Run,
)

Key = strawberry.argument(description="Its natural key.")


def _id(
    id: Annotated[strawberry.ID, strawberry.argument(description="The id, from another answer.")],
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
) -> Any:
    raise NotImplementedError


def _ids(
    ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids: at most 100.")],
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
) -> Any:
    raise NotImplementedError


def _dataset(key: Annotated[DatasetKey, Key], as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


def _dataset_version(key: Annotated[DatasetVersionKey, Key], as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


def _commit(key: Annotated[CommitKey, Key], as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


def _run(key: Annotated[RunKey, Key], as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


def _model(key: Annotated[ModelKey, Key], as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


def _model_version(key: Annotated[ModelVersionKey, Key], as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


def _endpoint(key: Annotated[EndpointKey, Key], as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


def _artifact(
    key: Annotated[Digest, strawberry.argument(description="Its digest.")],
    as_of: AsOf = UNSET,
    known_at: KnownAt = UNSET,
) -> Any:
    raise NotImplementedError


@strawberry.type
class InventoryQuery:
    """The root fields that read the inventory."""

    node: Node | None = means("The thing with that id; null if there is none.", ById(), _id)
    nodes: list[Node | None] = means(
        "The things with these ids, in their order; null for an unknown one.", ByIds(), _ids
    )
    dataset: Dataset | None = means("The dataset with that key; null if there is none.", ByKey("Dataset"), _dataset)
    dataset_version: DatasetVersion | None = means(
        "The version of a dataset with that key; null if there is none.", ByKey("DatasetVersion"), _dataset_version
    )
    commit: CodeCommit | None = means("The commit with that key; null if there is none.", ByKey("CodeCommit"), _commit)
    run: Run | None = means("The run with that key; null if there is none.", ByKey("Run"), _run)
    model: Model | None = means("The model with that key; null if there is none.", ByKey("Model"), _model)
    model_version: ModelVersion | None = means(
        "The version of a model with that key; null if there is none.", ByKey("ModelVersion"), _model_version
    )
    artifact: Artifact | None = means(
        "The artifact with that key; null if there is none.", ByKey("Artifact"), _artifact
    )
    endpoint: Endpoint | None = means(
        "The endpoint with that key; null if there is none.", ByKey("Endpoint"), _endpoint
    )
    datasets: Connection[Dataset] = listed("The datasets.", "Dataset")
    dataset_versions: Connection[DatasetVersion] = listed("The versions of datasets.", "DatasetVersion")
    commits: Connection[CodeCommit] = listed("The commits.", "CodeCommit")
    runs: Connection[Run] = listed("The runs.", "Run")
    models: Connection[Model] = listed("The models.", "Model")
    model_versions: Connection[ModelVersion] = listed("The versions of models.", "ModelVersion")
    artifacts: Connection[Artifact] = listed("The artifacts.", "Artifact")
    evaluations: Connection[Evaluation] = listed("The evaluations.", "Evaluation")
    documents: Connection[Document] = listed("The documents.", "Document")
    endpoints: Connection[Endpoint] = listed("The endpoints.", "Endpoint")
    deployments: Connection[Deployment] = listed("The deployments.", "Deployment", live=LIVE)
    actors: Connection[Actor] = listed("The actors.", "Actor")
