"""MLflow's things as rows of the declared graph, each a dict shaped like the API's input."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.loading.loader import Item, LoadOptions
from graph_schema.declare import KEY_LENGTH
from graph_schema.repositories import normalise_repository
from loaders.mlflow.datasets import DatasetKey
from loaders.mlflow.records import LoggedModel, Measure, RegisteredModel, Run
from loaders.mlflow.stages import Claim

Key = dict[str, str]

_MODEL_ID = re.compile(r"models:/(m-[^/@]+)/?")
# A name may hold "@", and an alias none: the last one parts them, as MLflow has it.
_VERSION_SOURCE = re.compile(r"models:/([^/:]+)/(\d+)/?")
_ALIAS_SOURCE = re.compile(r"models:/([^/:]+)@([^/@]+)/?")
_RUN_SOURCE = re.compile(r"runs:/([^/]+)(?:/.*)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(milliseconds: int | None) -> str | None:
    """A time as the API takes it (RFC 3339, UTC); None where there is none that a calendar knows."""
    try:
        at = _EPOCH + timedelta(milliseconds=milliseconds) if milliseconds is not None else None
    except OverflowError:
        return None
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def numbers(metrics: Mapping[str, float | str]) -> dict[str, float | str]:
    """Metrics as JSON: what is no number (NaN, the infinities) stands as text, as MLflow's own API writes it."""
    return {name: _number(value) for name, value in metrics.items()}


def _number(value: float | str) -> float | str:
    given = float(value)
    if math.isnan(given):
        return "NaN"
    if math.isinf(given):
        return "Infinity" if given > 0 else "-Infinity"
    return given


def logged_model_in(source: str) -> str:
    """The id of the logged model that a version's source names; empty where it names none."""
    found = _MODEL_ID.fullmatch(source)
    return found[1] if found else ""


def version_in(source: str) -> tuple[str, str]:
    """The name and version that a version's source names, when it is a copy of another; empty where it is none."""
    found = _VERSION_SOURCE.fullmatch(source)
    return (found[1], found[2]) if found else ("", "")


def alias_in(source: str) -> tuple[str, str]:
    """The name and alias that a version's source names; empty where it names none."""
    found = _ALIAS_SOURCE.fullmatch(source)
    return (found[1], found[2]) if found else ("", "")


def run_in(source: str) -> str:
    """The run that a version's source names; empty where it names none."""
    found = _RUN_SOURCE.fullmatch(source)
    return found[1] if found else ""


class Rows:
    """Makes the rows of one load.

    Args:
        options: the source's name, the namespace, and how things are named.
    """

    def __init__(self, options: LoadOptions) -> None:
        self._source = options.source
        self._namespace = options.models_namespace

    def run_key(self, run_id: str) -> Key:
        """The key of a run."""
        return {"source": self._source, "runId": run_id}

    def version_key(self, name: str, version: str) -> Key:
        """The key of a registered version."""
        return {"namespace": self._namespace, "name": name, "version": version}

    def logged_key(self, experiment_id: str, name: str, model_id: str) -> Key:
        """The key of a logged model that is not registered.

        A registered name holds no slash, so the two never meet; the experiment's id stays when its name changes.
        """
        return self.version_key(f"{experiment_id}/{name or 'model'}", model_id)

    def run(self, run: Run, experiment: str) -> Item:
        """A run; one that was deleted has the status DELETED."""
        return {
            "run": {
                **self.run_key(run.id),
                "experiment": experiment,
                "name": run.name or None,
                "status": "DELETED" if run.deleted else run.status or None,
                "startedAt": moment(run.started),
                "endedAt": moment(run.ended),
                "parameters": dict(run.parameters),
                "metrics": numbers(run.metrics),
                "user": run.user or None,
            }
        }

    def part_of(self, run_id: str, parent_id: str) -> Item:
        """A run's parent run."""
        return {"partOf": {"run": self.run_key(run_id), "parent": self.run_key(parent_id)}}

    def used_data(self, run_id: str, key: DatasetKey, role: str, *, inferred: bool) -> Item:
        """A run's use of data; a role that the store does not name is inferred, at half confidence."""
        used = {"run": self.run_key(run_id), "data": key.as_input(), "role": role}
        return {"used": used | ({"method": "INFERRED", "confidence": 0.5} if inferred else {})}

    def used_model(self, run_id: str, version: Key) -> Item:
        """A run's use of a model."""
        return {"used": {"run": self.run_key(run_id), "modelVersion": version, "role": "INPUT"}}

    def made_model(self, run_id: str, version: Key) -> Item:
        """A version that a run made."""
        return {"produced": {"run": self.run_key(run_id), "modelVersion": version}}

    def made_data(self, run_id: str, key: DatasetKey, *, inferred: bool) -> Item:
        """Data that a run made; `inferred` when it only lies among the run's artifacts."""
        made = {"run": self.run_key(run_id), "data": key.as_input()}
        return {"produced": made | ({"method": "INFERRED", "confidence": 0.9} if inferred else {})}

    def built_from(self, run_id: str, repository: str, sha: str) -> Item:
        """The commit whose code a run executed."""
        return {"builtFrom": {"run": self.run_key(run_id), "commit": {"repository": repository, "sha": sha}}}

    def copy_of(self, version: Key, base: Key) -> Item:
        """A version that was copied from another one: the same bytes under another name."""
        return {"basedOn": {"modelVersion": version, "base": base, "how": "copy"}}

    def model(self, model: RegisteredModel) -> Item:
        """A registered model; a description that was taken away is cleared."""
        return {"model": {"namespace": self._namespace, "name": model.name, "description": model.description or None}}

    def version(
        self,
        version: tuple[str, str],
        created: int | None,
        description: str,
        uri: str,
        claim: Claim,
        logged: Mapping[str, Any] | None,
    ) -> Item:
        """A registered version, with what its logged model says; a stage that it lost is cleared.

        MLflow does not keep since when an alias or a stage stands, so nothing is said of it.
        """
        said: dict[str, Any] = {
            **self.version_key(*version),
            "claimedStage": claim.stage,
            "description": description or None,
            "uri": uri or None,
            "registeredAt": moment(created),
        }
        return {"modelVersion": said | (_of_logged(logged) if logged else {})}

    def logged(self, logged: Mapping[str, Any], uri: str) -> Item:
        """A logged model that is not registered."""
        said: dict[str, Any] = {
            **self.logged_key(logged["experiment"], logged["name"], logged["id"]),
            "uri": uri or None,
            "registeredAt": moment(logged["created"]),
        }
        return {"modelVersion": said | _of_logged(logged)}

    def logged_name(self, logged: Mapping[str, Any], experiment: str) -> Item:
        """The model under which logged models of one name stand together."""
        key = self.logged_key(logged["experiment"], logged["name"], "")
        description = f"Logged as “{logged['name']}” by runs of the experiment “{experiment}”, not registered."
        return {"model": {"namespace": key["namespace"], "name": key["name"], "description": description}}

    def dataset(self, key: DatasetKey, facts: Mapping[str, Any], addresses: list[str]) -> Item:
        """A dataset version, with every address at which it was seen."""
        places = {"uri": addresses[0], "addresses": addresses} if addresses else {}
        return {"datasetVersion": {**key.as_input(), **facts, **places}}

    def commit(self, repository: str, sha: str, branch: str, *, dirty: bool) -> Item:
        """A commit; dirty when any run of it had changes that it does not hold."""
        return {
            "commit": {"repository": repository, "sha": sha, **({"branch": branch} if branch else {}), "dirty": dirty}
        }

    def evaluation(self, version: Key, evaluation: Mapping[str, Any], data: DatasetKey) -> Item:
        """An evaluation of a version."""
        return {
            "evaluation": {
                "modelVersion": version,
                "name": _examination(evaluation),
                "evaluatedAt": moment(evaluation["at"]),
                "kind": "QUALITY",
                "metrics": evaluation["metrics"],
                "data": data.as_input(),
            }
        }


def _examination(evaluation: Mapping[str, Any]) -> str:
    """The name of an examination: the data and the run, since two runs may measure one model in one millisecond."""
    run = evaluation["run"]
    ending = f"@{evaluation['digest']}{f' by run {run}' if run else ''}"
    return f"{evaluation['name'][: KEY_LENGTH - len(ending)]}{ending}"


def _of_logged(logged: Mapping[str, Any]) -> dict[str, Any]:
    return {"parameters": json.loads(logged["parameters"]), "metrics": json.loads(logged["metrics"])}


def repository_of(run: Run, fallback: str) -> tuple[str, str]:
    """The repository and commit that a run names; the repository is the user's own where the run names none.

    Raises:
        ValueError: the repository's address cannot be read; the text shows nothing of it.
    """
    sha = run.tags.get("mlflow.source.git.commit", "").strip()
    repository = run.tags.get("mlflow.source.git.repoURL", "").strip() or fallback
    return (normalise_repository(repository) if sha and repository else "", sha)


def last_metrics(model: LoggedModel) -> dict[str, float | str]:
    """A logged model's last value of each metric, whatever it was measured on."""
    return _last(model.measures)


def evaluations(model: LoggedModel) -> list[dict[str, Any]]:
    """The examinations of a logged model: the metrics that one run computed on one dataset.

    An examination was made when its first metric was logged, so that a later metric does not make it another.
    """
    groups: dict[tuple[str, str, str], list[Measure]] = {}
    for measure in model.measures:
        if measure.dataset:
            groups.setdefault((*measure.dataset, measure.run_id), []).append(measure)
    return [
        {
            "name": name,
            "digest": digest,
            "run": run,
            "at": min(each.at for each in found),
            "metrics": numbers(_last(found)),
        }
        for (name, digest, run), found in sorted(groups.items())
    ]


def _last(measures: Iterable[Measure]) -> dict[str, float | str]:
    return {each.name: each.value for each in sorted(measures, key=lambda each: (each.step, each.at))}
