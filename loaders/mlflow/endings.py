"""The parts of a reading that need all the others: which run made a version, addresses, commits, evaluations."""

import json
from collections.abc import Iterator
from typing import Any

from app.loading.loader import Item
from graph_schema.canonical import shown
from graph_schema.values import TEXTS_LIMIT
from loaders.mlflow import datasets
from loaders.mlflow.datasets import DatasetKey
from loaders.mlflow.passing import Pass, Step
from loaders.mlflow.records import PAGE
from loaders.mlflow.spool import pages


class EndingParts:
    """The parts that come last.

    Args:
        pass_: the pass that they belong to.
    """

    def __init__(self, pass_: Pass) -> None:
        self._pass = pass_

    def origins(self, at: str) -> Iterator[Step]:
        """Which run made each registered version, and of which other it is a copy."""
        for rows in pages(self._pass.spool, "version", int(at or 0), PAGE):
            items = [item for _, name, version, *_ in rows for item in self._origin(name, version)]
            yield items, str(rows[-1][0])

    def _origin(self, name: str, version: str) -> Iterator[Item]:
        key = self._pass.rows.version_key(name, version)
        model_id, _, source = self._pass.spool.version(name, version) or ("", "", "")
        row = f"version {version} of model {name}"
        base = self._pass.base(source)
        if base == (name, version):
            self._pass.skip("Its source is itself.", row)
        elif all(base):
            if self._pass.spool.version(*base) is None:
                self._pass.skip("It is a copy of a version that this reading did not load.", f"{row}, from {source}")
            yield self._pass.rows.copy_of(key, self._pass.rows.version_key(*base))
        if model_id and self._pass.spool.logged(model_id) is None:
            self._pass.skip("Its source is a logged model that this reading did not meet.", f"{row}, from {model_id}")
        made_by = self._pass.maker((name, version))
        if not made_by:
            self._pass.skip("MLflow does not say which run made it: its ancestry is unknown.", row)
            return
        if not self._pass.spool.has_run(made_by):
            self._pass.skip(
                "This reading did not meet the run that made it: what that run used is not known from here.",
                f"{row}, by run {made_by}",
            )
        yield self._pass.rows.made_model(made_by, key)

    def datasets(self, at: str) -> Iterator[Step]:
        """Every dataset version with all its addresses, and the run among whose artifacts it lies."""
        for rows in pages(self._pass.spool, "dataset", int(at or 0), PAGE):
            items: list[Item] = []
            for _, namespace, name, version, facts in rows:
                key = DatasetKey(namespace, name, version)
                places = self._pass.spool.addresses(key)
                items.append(self._pass.rows.dataset(key, json.loads(facts), self._kept(places, key)))
                makers = {datasets.made_by(place) for place in places}
                items.extend(
                    self._pass.rows.made_data(run_id, key, inferred=True)
                    for run_id in sorted(makers)
                    if self._pass.spool.has_run(run_id) and not self._pass.spool.says_made(key, run_id)
                )
            yield items, str(rows[-1][0])

    def _kept(self, places: list[str], key: DatasetKey) -> list[str]:
        """As many addresses as one list takes: the first, by name, so that each reading keeps the same."""
        left = len(places) - TEXTS_LIMIT
        if left > 0:
            reason = f"It has more than {TEXTS_LIMIT:,} addresses: as many are kept, the first by name."
            self._pass.skip(reason, f"dataset {shown(key.name)}, version {shown(key.version)}, {left:,} left out")
        return places[:TEXTS_LIMIT]

    def code(self, at: str) -> Iterator[Step]:
        """The commits that runs named."""
        for rows in pages(self._pass.spool, "code", int(at or 0), PAGE):
            yield [self._pass.rows.commit(*row[1:4], dirty=bool(row[4])) for row in rows], str(rows[-1][0])

    def evaluations(self, at: str) -> Iterator[Step]:
        """The metrics of a logged model on a dataset, for each version that the model is."""
        for rows in pages(self._pass.spool, "logged", int(at or 0), PAGE):
            items: list[Item] = []
            for row in rows:
                for evaluation in json.loads(row[10]):
                    items.extend(self._evaluation(row[1], evaluation))
            yield items, str(rows[-1][0])

    def _evaluation(self, model_id: str, evaluation: dict[str, Any]) -> Iterator[Item]:
        known = self._pass.spool.datasets_known_as(evaluation["name"], evaluation["digest"])
        unknown = DatasetKey(self._pass.options.models_namespace, evaluation["name"], evaluation["digest"])
        data = known[0] if known else unknown
        for key in self._pass.keys(model_id):
            yield self._pass.rows.evaluation(key, evaluation, data)
