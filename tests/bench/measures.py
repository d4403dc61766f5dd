"""Everything that is measured, by the names that `--only` takes, and how long each may take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench import (
    artifacts_side,
    bulk,
    diamonds,
    driver_side,
    growth,
    hubs,
    login_side,
    memory,
    ml_metadata_question,
    ml_metadata_registering,
    mlflow_registering,
    mlflow_side,
    mlflow_tags,
    statements,
    strawberry_side,
)
from tests.bench.results import Finding
from tests.bench.subject import Subject
from tests.bench.timing import Effort

Fresh = Callable[[], Subject]
"""Gives a fresh, empty subject; the one before is gone then."""

_OFTEN = Effort(seconds=15)
_SELDOM = Effort(turns=60, seconds=20, warm_up=5)
_WRITING = Effort(turns=120, seconds=30, warm_up=60)
_FILES = Effort(turns=40, seconds=30, warm_up=3)
_FEW_FACTS = 2_000


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures, at the size that was asked for.

    Attributes:
        quick: little data and few turns: enough to see that it works.
        facts: how many are loaded while memory is watched.
    """

    quick: bool = False
    facts: int = memory.FACTS

    def of(self, name: str, engine: str, fresh: Fresh) -> Iterator[Finding]:
        """What the measure of that name finds on that engine."""
        return {**self._asking(fresh), **self._peers(fresh), **self._writing(engine, fresh)}[name]()

    def _asking(self, fresh: Fresh) -> dict[str, Callable[[], Iterator[Finding]]]:
        often = self._effort(_OFTEN)
        size = 100 if self.quick else driver_side.SIZE
        return {
            "driver": lambda: driver_side.measure(fresh, often, size),
            "strawberry": lambda: strawberry_side.measure(fresh, often, size),
            "login": lambda: login_side.measure(fresh, often, size),
            "statements": lambda: statements.measure(fresh),
            "diamonds": lambda: diamonds.measure(fresh, often),
            "hubs": lambda: hubs.measure(fresh, often, (1_000, 100) if self.quick else hubs.SIZES),
        }

    def _peers(self, fresh: Fresh) -> dict[str, Callable[[], Iterator[Finding]]]:
        seldom, often = self._effort(_SELDOM), self._effort(_OFTEN)
        goals = {100: mlflow_side.GOALS[100]} if self.quick else mlflow_side.GOALS
        tagged = (100, 50) if self.quick else (mlflow_tags.MODELS, mlflow_tags.VERSIONS)
        size = 100 if self.quick else ml_metadata_question.SIZE
        return {
            "mlflow": lambda: mlflow_side.measure(fresh, seldom, goals),
            "tags": lambda: mlflow_tags.measure(fresh, seldom, *tagged),
            "ml-metadata": lambda: ml_metadata_question.measure(fresh, often, size),
        }

    def _writing(self, engine: str, fresh: Fresh) -> dict[str, Callable[[], Iterator[Finding]]]:
        seldom, often, writing = self._effort(_SELDOM), self._effort(_OFTEN), self._effort(_WRITING)
        return {
            "growth": lambda: growth.measure(engine, often, (300, 3_000) if self.quick else growth.SIZES),
            "bulk": lambda: bulk.measure(fresh, writing),
            "registering": lambda: mlflow_registering.measure(fresh, seldom, self._effort(_WRITING).warm_up),
            "ml-metadata-registering": lambda: ml_metadata_registering.measure(fresh, writing),
            "artifacts": lambda: self._files(fresh),
            "memory": lambda: memory.measure(fresh, _FEW_FACTS if self.quick else self.facts),
        }

    def _files(self, fresh: Fresh) -> Iterator[Finding]:
        sizes = (artifacts_side.MIB, artifacts_side.MIB) if self.quick else (artifacts_side.SIZE, artifacts_side.LARGE)
        return artifacts_side.measure(fresh, self._effort(_FILES), *sizes)

    def _effort(self, whole: Effort) -> Effort:
        return whole.quick() if self.quick else whole
