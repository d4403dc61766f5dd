"""The headline question put to MLflow's REST server: every good way that there is, of which the fastest counts.

MLflow has no question of this kind, so that its client walks. What it can search by: runs by the name of a dataset, by
a list of run ids, by a tag; versions by a list of run ids or by a tag. What it cannot search by: the models that a run
was given as input, which only reading that one run tells. A careful team would therefore write the base's run down as a
tag, and so the store does; that is more than MLflow's own clients do. The pages are the largest that it gives.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tests.bench.client import Client

Answer = set[tuple[str, int]]
Json = dict[str, Any]

_RUNS = "/api/2.0/mlflow/runs/search"
_RUN = "/api/2.0/mlflow/runs/get"
_VERSIONS = "/api/2.0/mlflow/model-versions/search"
_LOGGED_MODELS = "/api/2.0/mlflow/logged-models"
_MOST_RUNS = 50_000
_MOST_VERSIONS = 200_000
_IDS_IN_AN_ADDRESS = 400
"""Searches of versions are GETs, and servers refuse addresses of more than 64 KiB."""


class Question:
    """Which production versions were trained on a dataset, in each of the ways."""

    def __init__(self, client: Client, experiments: list[str]) -> None:
        """Asks through that client, in those experiments; a team knows its own."""
        self._client = client
        self._experiments = experiments

    def ways(self) -> dict[str, Callable[[str], Answer]]:
        """Each way by its name."""
        return {
            "from production, by tags": self.from_production,
            "from the dataset, by tags": self.from_dataset,
            "from the dataset, tuned runs at once": self.from_dataset_tuned_at_once,
            "from production, by what MLflow's clients write": self.natively,
        }

    def from_production(self, dataset: str) -> Answer:
        """What was made of the dataset; the production versions, their runs, and their bases' runs, level by level."""
        tainted = self._made_of(dataset)
        versions = self._versions("tags.stage = 'production'")
        bases: dict[str, str | None] = {}
        direct: dict[str, bool] = {}
        asked = {each["run_id"] for each in versions}
        while asked:
            found = self._by_id(asked)
            for run in found:
                direct[_id(run)] = _trained_on(run, tainted)
                bases[_id(run)] = _tags(run).get("base_run_id")
            asked = {base for run in found if (base := bases[_id(run)]) and not direct[_id(run)]} - direct.keys()
        return {_key(each) for each in versions if _reached(each["run_id"], direct, bases)}

    def from_dataset(self, dataset: str) -> Answer:
        """The runs on the dataset and on what was made of it, then those tuned from theirs, one search for each."""
        reached = self._trained(self._made_of(dataset))
        asked = set(reached)
        while asked:
            found: set[str] = set()
            for run in asked:
                found |= {_id(each) for each in self._search(f"tags.base_run_id = '{run}'")}
            asked = found - reached
            reached |= asked
        return self._production_of(reached)

    def from_dataset_tuned_at_once(self, dataset: str) -> Answer:
        """The same, with every tuned run in one search, and the walk over them in the client."""
        reached = self._trained(self._made_of(dataset))
        tuned: dict[str, list[str]] = {}
        for run in self._search("tags.base_run_id IS NOT NULL"):
            tuned.setdefault(_tags(run)["base_run_id"], []).append(_id(run))
        asked = list(reached)
        while asked:
            found = [each for each in tuned.get(asked.pop(), ()) if each not in reached]
            reached.update(found)
            asked += found
        return self._production_of(reached)

    def natively(self, dataset: str) -> Answer:
        """As from production, by what MLflow's own clients write: each tuned run and its base is read alone."""
        tainted = self._made_of(dataset, "")
        versions = self._versions("tags.stage = 'production'")
        direct: dict[str, bool] = {}
        bases: dict[str, str | None] = {}
        asked = {each["run_id"] for each in versions}
        while asked:
            for run in self._by_id(asked):
                direct[_id(run)] = _trained_on(run, tainted)
            bases |= {run: self._base(run) for run in asked if not direct[run]}
            asked = {base for run in asked if (base := bases.get(run))} - direct.keys()
        return {_key(each) for each in versions if _reached(each["run_id"], direct, bases)}

    def _made_of(self, dataset: str, further: str = " AND tags.kind = 'preparation'") -> set[str]:
        """The dataset, and whatever preparations made of it, step by step: a call for each step."""
        known, asked = {dataset}, {dataset}
        while asked:
            made: set[str] = set()
            for run in self._search(_on(asked) + further):
                if _datasets(run, "input") & asked:
                    made |= _datasets(run, "output")
            asked = made - known
            known |= asked
        return known

    def _trained(self, datasets: set[str]) -> set[str]:
        return {_id(run) for run in self._search(_on(datasets)) if _trained_on(run, datasets)}

    def _production_of(self, runs: set[str]) -> Answer:
        ids = sorted(runs)
        found: Answer = set()
        for at in range(0, len(ids), _IDS_IN_AN_ADDRESS):
            named = _listed(ids[at : at + _IDS_IN_AN_ADDRESS])
            found |= {_key(each) for each in self._versions(f"run_id IN {named} AND tags.stage = 'production'")}
        return found

    def _by_id(self, runs: Iterable[str]) -> list[Json]:
        return self._search(f"attributes.run_id IN {_listed(runs)}")

    def _base(self, run: str) -> str | None:
        """The run that made the model which this run was given."""
        inputs = self._client.get(_RUN, {"run_id": run})["run"].get("inputs", {}).get("model_inputs", ())
        for each in inputs:
            model = self._client.get(f"{_LOGGED_MODELS}/{each['model_id']}")
            return model["model"]["info"]["source_run_id"]
        return None

    def _search(self, wanted: str) -> list[Json]:
        found: list[Json] = []
        body: Json = {"experiment_ids": self._experiments, "filter": wanted, "max_results": _MOST_RUNS}
        while True:
            answer = self._client.post(_RUNS, body)
            found += answer.get("runs", ())
            if not answer.get("next_page_token"):
                return found
            body["page_token"] = answer["next_page_token"]

    def _versions(self, wanted: str) -> list[Json]:
        found: list[Json] = []
        query: dict[str, str | int] = {"filter": wanted, "max_results": _MOST_VERSIONS}
        while True:
            answer = self._client.get(_VERSIONS, query)
            found += answer.get("model_versions", ())
            if not answer.get("next_page_token"):
                return found
            query["page_token"] = answer["next_page_token"]


def _on(datasets: Iterable[str]) -> str:
    return f"dataset.name IN {_listed(datasets)}"


def _listed(values: Iterable[str]) -> str:
    return "({})".format(", ".join(f"'{value}'" for value in sorted(values)))


def _id(run: Json) -> str:
    return run["info"]["run_id"]


def _key(version: Json) -> tuple[str, int]:
    return version["name"], int(version["version"])


def _tags(run: Json) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["data"].get("tags", ())}


def _datasets(run: Json, context: str) -> set[str]:
    used = run.get("inputs", {}).get("dataset_inputs", ())
    return {each["dataset"]["name"] for each in used if any(tag["value"] == context for tag in each.get("tags", ()))}


def _trained_on(run: Json, datasets: set[str]) -> bool:
    return bool(_datasets(run, "training") & datasets)


def _reached(run: str | None, direct: dict[str, bool], bases: dict[str, str | None]) -> bool:
    """Whether the run, or one that its bases go back to, is trained on what is asked for."""
    seen: set[str] = set()
    while run and run not in seen:
        if direct.get(run):
            return True
        seen.add(run)
        run = bases.get(run)
    return False
