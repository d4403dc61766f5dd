"""The parts of a reading that tell of models: logged ones, registered ones, and their versions."""

import json
from collections.abc import Iterator
from typing import Any

from app.loading.loader import Item
from loaders.mlflow.mapping import evaluations, last_metrics, logged_model_in, numbers
from loaders.mlflow.passing import Pass, Step, list_pages
from loaders.mlflow.records import PAGE, LoggedModel, RegisteredModel, Version
from loaders.mlflow.spool import pages
from loaders.mlflow.stages import claim

PROMPT = "mlflow.prompt.is_prompt"
"""The tag of a registered model that is a prompt: MLflow keeps both in one table."""


class ModelParts:
    """The parts that tell of models.

    Args:
        pass_: the pass that they belong to.
    """

    def __init__(self, pass_: Pass) -> None:
        self._pass = pass_

    def logged(self, at: str) -> Iterator[Step]:
        """No rows: remembers the logged models."""
        for _, place, page in self._pass.by_experiment(self._pass.store.logged_models, at):
            for model in page.things:
                self._remember(model)
            yield [], place

    def _remember(self, model: LoggedModel) -> None:
        self._pass.spool.put(
            "logged",
            model.id,
            model.experiment_id,
            model.name,
            model.run_id,
            model.location,
            model.status,
            model.created,
            json.dumps(dict(model.parameters)),
            json.dumps(numbers(last_metrics(model))),
            json.dumps(evaluations(model)),
        )

    def models(self, at: str) -> Iterator[Step]:
        """The registered models; their aliases are remembered for their versions."""
        for place, page in list_pages(self._pass.store.registered_models, at):
            yield [item for model in page.things for item in self._model(model)], place

    def _model(self, model: RegisteredModel) -> Iterator[Item]:
        prompt = model.tags.get(PROMPT, "").lower() == "true"
        self._pass.spool.put("registered", model.name, json.dumps(dict(model.aliases)), int(prompt))
        if not prompt:
            yield self._pass.rows.model(model)

    def versions(self, at: str) -> Iterator[Step]:
        """No rows: remembers the versions, since one may be a copy of any other."""
        for place, page in list_pages(self._pass.store.versions, at):
            for version in page.things:
                self._remember_version(version)
            yield [], place

    def _remember_version(self, version: Version) -> None:
        row = f"version {version.version} of model {version.name}"
        if self._pass.spool.registered(version.name)[1] or version.tags.get(PROMPT, "").lower() == "true":
            return
        if version.deleted:
            self._pass.skip("It was deleted in MLflow, and only its tombstone is left.", row)
            return
        if version.status.startswith("FAILED"):
            self._pass.skip("Its registration failed in MLflow.", f"{row}, {version.status}")
            return
        model_id = version.model_id or logged_model_in(version.source)
        said = json.dumps([version.created, version.description, version.stage])
        self._pass.spool.put("version", version.name, version.version, model_id, version.run_id, version.source, said)

    def registered(self, at: str) -> Iterator[Step]:
        """The registered versions with the stages that they claim."""
        for rows in pages(self._pass.spool, "version", int(at or 0), PAGE):
            yield [self._version(*row[1:4], *row[5:]) for row in rows], str(rows[-1][0])

    def _version(self, name: str, version: str, model_id: str, source: str, said: str) -> Item:
        if not model_id:
            model_id = next((model for model, _, _ in self._pass.chain((name, version)) if model), "")
            self._pass.spool.found_model(name, version, model_id)
        created, description, stage = json.loads(said)
        mine = sorted(alias for alias, number in self._pass.spool.registered(name)[0].items() if number == version)
        found = claim(mine, stage, self._pass.options.stages)
        for unmapped in found.unmapped:
            kind, _, word = unmapped.partition(" ")
            what = "An alias" if kind == "alias" else "An old stage"
            reason = f"{what} claims no stage: map it with --stage NAME=STAGE if it should."
            self._pass.skip(reason, f"“{word}” of version {version} of model {name}", word)
        logged = self._pass.spool.logged(model_id) if model_id else None
        uri = self._pass.address(logged["location"] if logged else source, f"version {version} of model {name}")
        return self._pass.rows.version((name, version), created, description, uri, found, logged)

    def unregistered(self, at: str) -> Iterator[Step]:
        """The logged models that nobody registered, and the runs that made them."""
        for rows in pages(self._pass.spool, "logged", int(at or 0), PAGE):
            items: list[Item] = []
            for _, id_, *_ in rows:
                logged = self._pass.spool.logged(id_)
                if logged and not self._pass.spool.versions_of(id_):
                    items.extend(self._logged_model(logged))
            # The model that many of a page stand under is said once.
            yield list({json.dumps(item): item for item in items}.values()), str(rows[-1][0])

    def _logged_model(self, logged: dict[str, Any]) -> Iterator[Item]:
        if logged["status"] == "FAILED":
            self._pass.skip("Its upload failed in MLflow.", f"logged model {logged['id']}")
            return
        experiment: str = logged["experiment"]
        yield self._pass.rows.logged_name(logged, self._pass.experiments.get(experiment, experiment))
        uri = self._pass.address(logged["location"], f"logged model {logged['id']}")
        yield self._pass.rows.logged(logged, uri)
        if logged["run"]:
            key = self._pass.rows.logged_key(logged["experiment"], logged["name"], logged["id"])
            yield self._pass.rows.made_model(logged["run"], key)
