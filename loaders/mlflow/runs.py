"""The part of a reading that tells of runs, and of what each used and made."""

import json
from collections.abc import Iterator
from dataclasses import replace

from app.loading.loader import Item
from graph_schema.canonical import shown
from loaders.mlflow import datasets
from loaders.mlflow.mapping import repository_of
from loaders.mlflow.passing import Pass, Step
from loaders.mlflow.records import DatasetUse, Run


class RunParts:
    """The part that tells of runs.

    Args:
        pass_: the pass that it belongs to.
    """

    def __init__(self, pass_: Pass) -> None:
        self._pass = pass_

    def runs(self, at: str) -> Iterator[Step]:
        """The runs, and what each was part of, executed, used and made."""
        for experiment_id, place, page in self._pass.by_experiment(self._pass.store.runs, at):
            experiment = self._pass.experiments[experiment_id]
            nodes: list[Item] = []
            relationships: list[Item] = []
            for run in page.things:
                self._pass.spool.put("run", run.id)
                nodes.append(self._pass.rows.run(self._ended(run), experiment))
                relationships.extend(self._of_run(run))
            self._pass.done += len(page.things)
            yield nodes + relationships, place

    def _ended(self, run: Run) -> Run:
        """The run; its end is left out where it lies before its start, as clocks that disagree have it."""
        if run.started is None or run.ended is None or run.ended >= run.started:
            return run
        self._pass.skip("It ended before it started: its end is left out.", f"run {run.id}")
        return replace(run, ended=None)

    def _of_run(self, run: Run) -> Iterator[Item]:
        yield from self._parent_of(run)
        yield from self._code_of(run)
        yield from self._data_of(run)
        for model_id in run.models_in:
            keys = self._pass.keys(model_id)
            if not keys:
                met = self._pass.spool.logged(model_id) is not None
                reason = "whose upload failed in MLflow" if met else "that this reading did not meet"
                self._pass.skip(f"It used a logged model {reason}.", f"run {run.id}, model {model_id}")
            for key in keys:
                yield self._pass.rows.used_model(run.id, key)
        for model_id in run.models_out:
            logged = self._pass.spool.logged(model_id)
            # What the model itself names as its run is said once, with the model.
            if logged and logged["run"] != run.id:
                for key in self._pass.keys(model_id):
                    yield self._pass.rows.made_model(run.id, key)

    def _parent_of(self, run: Run) -> Iterator[Item]:
        parent = run.tags.get("mlflow.parentRunId")
        if parent == run.id:
            self._pass.skip("It names itself as its parent.", f"run {run.id}")
        elif parent:
            yield self._pass.rows.part_of(run.id, parent)

    def _code_of(self, run: Run) -> Iterator[Item]:
        try:
            repository, sha = repository_of(run, self._pass.options.repository)
        except ValueError as error:
            self._pass.skip(f"Its commit is left out, since its repository is not known: {error}.", f"run {run.id}")
            return
        if sha and not repository:
            self._pass.skip(
                "It names a commit but no repository, and a commit is known by both: name it with --repository.",
                f"run {run.id}",
            )
        if not sha or not repository:
            return
        self._pass.spool.put_first("code", repository, sha, run.tags.get("mlflow.source.git.branch", ""), 0)
        if run.tags.get("mlflow.source.git.dirty", "").lower() == "true":
            self._pass.spool.mark_dirty(repository, sha)
        yield self._pass.rows.built_from(run.id, repository, sha)

    def _data_of(self, run: Run) -> Iterator[Item]:
        said: dict[tuple[datasets.DatasetKey, str], bool] = {}
        for use in run.datasets:
            key = datasets.key(use, self._pass.options.models_namespace, self._pass.options.datasets_by)
            self._meet(run, use, key)
            role = "OUTPUT" if datasets.is_output(use) else datasets.role(use.context)
            if role is None and use.context:
                reason = "Its context is no known role: taken as training, at half confidence."
                self._pass.skip(reason, f"“{use.context}” of run {run.id}, dataset {use.name}", use.context)
            # One that names the role outweighs one that leaves it to us.
            at = (key, role or "TRAINING")
            said[at] = said.get(at, True) and role is None
        for (key, role), inferred in said.items():
            if role == "OUTPUT":
                self._pass.spool.put("made", *key, run.id)
                yield self._pass.rows.made_data(run.id, key, inferred=False)
            else:
                yield self._pass.rows.used_data(run.id, key, role, inferred=inferred)

    def _meet(self, run: Run, use: DatasetUse, key: datasets.DatasetKey) -> None:
        """Remember what the store says of a dataset version where it is first met, and each address that it has."""
        known = self._pass.spool.has_dataset(key)
        for field, reason in datasets.left_out(use, ("address",) if known else datasets.FIELDS):
            self._pass.leave_out(reason, f"run {run.id}, dataset {shown(use.name)}, version {key.version}, {field}")
        if not known:
            self._pass.spool.put_first("dataset", *key, json.dumps(datasets.facts(use)))
        self._pass.spool.put_first("known_as", use.name, key.version, key.namespace, key.name)
        place = datasets.address(use)
        if place:
            self._pass.spool.put_first("address", *key, place)
