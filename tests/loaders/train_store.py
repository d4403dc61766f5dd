"""Trains small models under MLflow so that the store holds every trap that a loader must know.

    python train_store.py TRACKING_URI

Run by the Python of MLflow's own environment. Prints one JSON object: the ids of what the tests ask about.
"""

# MLflow's environment is another one than that in which types are checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false, reportAttributeAccessIssue=false
# pyright: reportPossiblyUnboundVariable=false, reportUnknownMemberType=false

import json
import sys
import warnings
from typing import Any

import mlflow
import pandas as pd
from mlflow.data.pandas_dataset import PandasDataset
from mlflow.entities import LoggedModelInput, LoggedModelOutput
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier

IRIS = load_iris(as_frame=True).frame
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FEATURES = list(IRIS.columns[:4])


def dataset(frame: pd.DataFrame, name: str, source: str) -> PandasDataset:
    return mlflow.data.from_pandas(frame, source=source, name=name)


def log_model(model: Any, name: str, registered: str | None = None) -> Any:
    # Without requirements MLflow need not find out what the model imports, which takes seconds.
    return mlflow.sklearn.log_model(model, name=name, registered_model_name=registered, pip_requirements=[])


def fitted(frame: pd.DataFrame, start: SGDClassifier | None = None) -> SGDClassifier:
    model = start or SGDClassifier(random_state=0)
    return model.partial_fit(frame[FEATURES], frame["target"], classes=[0, 1, 2])


def prepare(ids: dict[str, str]) -> str:
    """A run that makes the clean data out of the raw."""
    mlflow.set_experiment("preparation")
    with mlflow.start_run(run_name="prepare") as run:
        mlflow.log_input(dataset(IRIS, "iris", "https://data.example.com/iris.csv"), context="input")
        IRIS.head(120).to_csv("clean.csv", index=False)
        mlflow.log_artifact("clean.csv")
        place = mlflow.get_artifact_uri("clean.csv").removeprefix("file://")
        if place.startswith("mlflow-artifacts:"):
            place = "clean.csv"  # MLflow takes no such address as one of data
        mlflow.log_input(dataset(IRIS.head(120), "clean", place), context="output")
    ids["prepare"] = run.info.run_id
    return place


def train(ids: dict[str, str], place: str) -> SGDClassifier:
    """The base: trained on the clean data, validated on other data, from a commit, with a nested run."""
    mlflow.set_experiment("training")
    clean = dataset(IRIS.head(120), "clean", place)
    tags = {
        "mlflow.source.git.commit": COMMIT,
        "mlflow.source.git.repoURL": "git@git.example.com:models/iris.git",
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.dirty": "true",
        "mlflow.user": "trainer",
    }
    with mlflow.start_run(run_name="train", tags=tags) as run:
        mlflow.log_input(clean, context="training")
        mlflow.log_input(dataset(IRIS.tail(30), "held out", "https://data.example.com/held"), context="validation")
        mlflow.log_params({"loss": "hinge", "path/like": "yes"})
        model = fitted(IRIS.head(120))
        logged = log_model(model, "clf", "iris.clf")
        mlflow.log_metric("accuracy", 0.5, step=1, model_id=logged.model_id, dataset=clean)
        mlflow.log_metric("accuracy", 0.9, step=2, model_id=logged.model_id, dataset=clean)
        mlflow.log_metrics({"broken": float("nan"), "endless": float("inf")})
        with mlflow.start_run(run_name="fold", nested=True) as fold:
            mlflow.log_metric("accuracy", 0.8)
    ids |= {"train": run.info.run_id, "fold": fold.info.run_id, "clf": logged.model_id}
    return model


def tune(ids: dict[str, str], base: SGDClassifier) -> None:
    """A model that goes on from the base, and names it as its input."""
    with mlflow.start_run(run_name="tune") as run:
        MlflowClient().log_inputs(run.info.run_id, models=[LoggedModelInput(ids["clf"])])
        mlflow.log_input(dataset(IRIS.sample(40, random_state=1), "recent", "s3://bucket/recent.csv"), context="train")
        ids["tuned"] = log_model(fitted(IRIS.tail(30), base), "tuned", "Модель 1.0 – é").model_id
    ids["tune"] = run.info.run_id


def draft(ids: dict[str, str], model: SGDClassifier) -> None:
    """A model that nobody registered, and one that was made of it."""
    with mlflow.start_run(run_name="draft") as run:
        mlflow.log_input(dataset(IRIS.head(10), "no context", "https://data.example.com/none"))
        mlflow.log_input(dataset(IRIS.head(20), "odd", "https://u:pw@data.example.com/odd?token=x&v=1"), context="odd")
        ids["draft_model"] = log_model(model, "draft").model_id
    with mlflow.start_run(run_name="distil") as distil:
        MlflowClient().log_inputs(distil.info.run_id, models=[LoggedModelInput(ids["draft_model"])])
        ids["distilled"] = log_model(model, "small", "small").model_id
    with mlflow.start_run(run_name="repack") as repack:
        MlflowClient().log_outputs(repack.info.run_id, models=[LoggedModelOutput(ids["distilled"], step=0)])
    ids |= {"draft": run.info.run_id, "distil": distil.info.run_id, "repack": repack.info.run_id}


def share() -> None:
    """One dataset in three experiments, under three addresses."""
    for name in ("one", "two", "three"):
        mlflow.set_experiment(name)
        with mlflow.start_run(tags={"mlflow.source.git.commit": COMMIT, "mlflow.source.git.repoURL": ""}):
            mlflow.log_input(dataset(IRIS, "iris", f"https://{name}.example.com/iris.csv"), context="training")


def forget(ids: dict[str, str], model: SGDClassifier) -> None:
    """A run that was deleted after its model was registered, and a logged model that is gone."""
    with mlflow.start_run(run_name="forgotten") as run:
        mlflow.log_input(dataset(IRIS.head(50), "forgotten", "https://data.example.com/forgotten"), context="training")
        log_model(model, "forgotten", "forgotten")
    MlflowClient().delete_run(run.info.run_id)
    with mlflow.start_run(run_name="lost") as lost:
        lost_model = log_model(model, "lost", "lost").model_id
    MlflowClient().delete_logged_model(lost_model)
    ids |= {"forgotten": run.info.run_id, "lost": lost.info.run_id}


def register(ids: dict[str, str]) -> None:
    """The registry: aliases, old stages, a copy, a copy of it, a deleted version, one of unknown ancestry, a prompt."""
    client = MlflowClient()
    source = f"models:/{ids['clf']}"
    named = {"model_id": ids["clf"]} if sys.argv[1].startswith("http") else {}  # a server wants to be told twice
    client.create_model_version("iris.clf", source, ids["train"], **named)
    client.create_model_version("iris.clf", source, ids["train"], **named)
    client.create_model_version("iris.clf", "models:/iris.clf/1")
    client.create_model_version("iris.clf", "s3://elsewhere/model")
    client.delete_model_version("iris.clf", "2")
    client.copy_model_version("models:/iris.clf/4", "serving")
    client.set_registered_model_alias("iris.clf", "champion", "1")
    client.set_registered_model_alias("iris.clf", "challenger", "1")
    client.set_registered_model_alias("Модель 1.0 – é", "Champion", "1")
    client.update_registered_model("iris.clf", "Tells irises apart.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client.transition_model_version_stage("iris.clf", "1", "Staging")
        client.transition_model_version_stage("iris.clf", "3", "Archived")
        client.transition_model_version_stage("small", "1", "Production")
    mlflow.genai.register_prompt(name="a-prompt", template="Say {{what}}.")


def main() -> None:
    """Fill the store."""
    warnings.simplefilter("ignore")
    mlflow.set_tracking_uri(sys.argv[1])
    ids: dict[str, str] = {}
    place = prepare(ids)
    base = train(ids, place)
    tune(ids, base)
    draft(ids, base)
    share()
    forget(ids, base)
    register(ids)
    print(json.dumps(ids | {"place": place}))


if __name__ == "__main__":
    main()
