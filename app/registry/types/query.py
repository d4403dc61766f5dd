"""The root fields that read the inventory."""

from collections.abc import Callable
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from app.access.permissions import Permission
from app.compiler.connections import Connected
from app.compiler.meanings import RootMeaning, along
from app.compiler.scalars import DateTime, Digest
from app.registry.graph import ById, ByIds, ByKey
from app.registry.types.declaring import SERVING, AsOf, KnownAt, listed, means, serving_arguments
from app.registry.types.keys import (
    CommitKey,
    DatasetKey,
    DatasetVersionKey,
    EndpointKey,
    ModelKey,
    ModelVersionKey,
    NodeRef,
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
from app.registry.whole import Given, ServedAt, Whole

Key = strawberry.argument(description="Its natural key.")


def _read(description: str, meaning: RootMeaning, arguments: Callable[..., Any]) -> Any:
    """A root field that reads the inventory."""
    return means(description, meaning, arguments, needs=Permission.INVENTORY_READ)


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


def _inventory(as_of: AsOf = UNSET, known_at: KnownAt = UNSET) -> Any:
    raise NotImplementedError


@strawberry.type
class Lists:
    """The lists of everything of a kind."""

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
    actors: Connection[Actor] = listed("The actors.", "Actor", Permission.PEOPLE_READ)


@strawberry.type(description="What there was, as of one time and as known at one: each list as the root field has it.")
class WholeInventory(Lists):
    """What there was."""

    as_of: DateTime | None = means("The world's time that it was asked for.", Given("asOf"))
    known_at: DateTime | None = means("The record's time that it was asked for.", Given("knownAt"))


@strawberry.type
class InventoryQuery(Lists):
    """The root fields that read the inventory."""

    node: Node | None = _read("The thing with that id; null if there is none.", ById(), _id)
    nodes: list[Node | None] = _read(
        "The things with these ids, in their order; null for an unknown one.", ByIds(), _ids
    )
    dataset: Dataset | None = _read("The dataset with that key; null if there is none.", ByKey("Dataset"), _dataset)
    dataset_version: DatasetVersion | None = _read(
        "The version of a dataset with that key; null if there is none.", ByKey("DatasetVersion"), _dataset_version
    )
    commit: CodeCommit | None = _read("The commit with that key; null if there is none.", ByKey("CodeCommit"), _commit)
    run: Run | None = _read("The run with that key; null if there is none.", ByKey("Run"), _run)
    model: Model | None = _read("The model with that key; null if there is none.", ByKey("Model"), _model)
    model_version: ModelVersion | None = _read(
        "The version of a model with that key; null if there is none.", ByKey("ModelVersion"), _model_version
    )
    artifact: Artifact | None = _read(
        "The artifact with that key; null if there is none.", ByKey("Artifact"), _artifact
    )
    endpoint: Endpoint | None = _read(
        "The endpoint with that key; null if there is none.", ByKey("Endpoint"), _endpoint
    )
    inventory: WholeInventory = _read("All that there was at one moment.", Whole(), _inventory)
    served_at: Connection[Deployment] | None = _read(
        "What an endpoint served at a time, with the traffic of each. An unknown endpoint is an error, NOT_FOUND.",
        ServedAt(Connected((along("HOSTS", "Deployment"),), holding=SERVING, as_of="at")),
        serving_arguments(endpoint=Annotated[NodeRef, strawberry.argument(description="The endpoint.")]),
    )
