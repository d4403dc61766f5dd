"""A store of which only what can be kept is seen: other values are left out, and told.

A text may hold a NUL, or what is no character: a lone surrogate, which JSON can spell, or a byte that is no UTF-8,
which is read as one. A time may be one that no calendar knows. Without such a value the thing is still worth loading;
what it is known by it cannot do without.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from graph_schema.canonical import flaw_of_text, shown
from loaders.mlflow.mapping import moment
from loaders.mlflow.records import (
    DatasetUse,
    Experiment,
    LoggedModel,
    Measure,
    Page,
    RegisteredModel,
    Run,
    Store,
    Version,
)

Thing = Experiment | Run | LoggedModel | RegisteredModel | Version | DatasetUse | Measure
T = TypeVar("T", Experiment, Run, LoggedModel, RegisteredModel, Version, DatasetUse, Measure)

Tell = Callable[[str, str], None]
"""Told why a value is left out, and where it stood."""

_KNOWN_BY: Mapping[type[Thing], tuple[str, ...]] = {
    Experiment: ("id",),
    Run: ("id", "experiment_id"),
    LoggedModel: ("id", "experiment_id"),
    RegisteredModel: ("name",),
    Version: ("name", "version"),
    DatasetUse: ("name", "digest"),
    Measure: ("name", "at", "run_id", "dataset"),
}
"""The fields without which a thing is nothing."""

_CALLED: Mapping[type[Thing], str] = {
    Experiment: "experiment {0.id}",
    Run: "run {0.id}",
    LoggedModel: "logged model {0.id}",
    RegisteredModel: "model {0.name}",
    Version: "version {0.version} of model {0.name}",
    DatasetUse: "dataset {0.name}, version {0.digest}",
    Measure: "metric {0.name}",
}
_TIMES = frozenset({"started", "ended", "created", "at"})
READ_TAGS = "mlflow."
"""How the tags begin that are read: MLflow's own. A user's are not loaded, so that nothing is told of them."""

_READ_LATER = frozenset({"source_type", "source", "schema", "profile"})
"""The fields of data that are taken apart, and told of, where they are read."""


class SayableStore:
    """That store, without what cannot be kept.

    Args:
        store: the store.
        tell: told of each value that is left out, and of each thing that cannot do without one.
    """

    def __init__(self, store: Store, tell: Tell) -> None:
        self._store = store
        self._tell = tell

    def experiments(self) -> Iterator[Experiment]:
        """Every experiment, deleted ones too, in the order of their ids."""
        for each in self._store.experiments():
            yield from self._kept([each])

    def default_experiment(self) -> Experiment | None:
        """The first experiment, as it is: it only identifies the store."""
        return self._store.default_experiment()

    def count_runs(self) -> int | None:
        """How many runs there are; None where only reading them all would tell."""
        return self._store.count_runs()

    def runs(self, experiment_id: str, token: str) -> Page[Run]:
        """The runs of an experiment, deleted ones too, the earliest first."""
        return self._page(self._store.runs(experiment_id, token))

    def logged_models(self, experiment_id: str, token: str) -> Page[LoggedModel]:
        """The logged models of an experiment."""
        return self._page(self._store.logged_models(experiment_id, token))

    def registered_models(self, token: str) -> Page[RegisteredModel]:
        """The registered models, by name."""
        return self._page(self._store.registered_models(token))

    def versions(self, token: str) -> Page[Version]:
        """The registered versions, tombstones included where the store shows them."""
        return self._page(self._store.versions(token))

    def close(self) -> None:
        """Let go of the connection."""
        self._store.close()

    def _page(self, page: Page[T]) -> Page[T]:
        for reason, place in page.told:
            self._tell(reason, shown(place, 1_000))
        return Page(tuple(self._kept(page.things)), page.token)

    def _kept(self, things: Iterable[T], within: str = "") -> Iterator[T]:
        for thing in things:
            if _whole(thing):  # nearly all of them
                yield thing
                continue
            called = f"{within}{shown(_CALLED[type(thing)].format(thing), 1_000)}"
            rest = {name: self._rest(name, value, called) for name, value in _values(thing) if not _good(name, value)}
            if rest.keys().isdisjoint(_KNOWN_BY[type(thing)]):
                yield replace(thing, **rest)
            else:
                self._tell("It is left out as a whole, since what it is known by cannot be kept.", called)

    def _rest(self, name: str, value: Any, called: str) -> Any:
        """What is left of a value of which not all can be kept."""
        place = f"{called}, {name}"
        if isinstance(value, str):
            self._say(flaw_of_text(value), place)
            return ""
        if isinstance(value, Mapping):
            return dict(self._good_of(cast("Mapping[str, Any]", value), place))
        if isinstance(value, tuple):
            return tuple(self._members(cast("tuple[Any, ...]", value), called, place))
        self._say("is no time that a calendar knows", place)
        return None

    def _good_of(self, values: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
        for key, value in values.items():
            flaw = flaw_of_text(key) or (flaw_of_text(value) if isinstance(value, str) else "")
            if not flaw:
                yield key, value
            elif not place.endswith(", tags") or key.startswith(READ_TAGS):
                self._say(flaw, f"{place}.{shown(key)}")

    def _members(self, values: tuple[Any, ...], called: str, place: str) -> Iterator[Any]:
        for value in values:
            if not isinstance(value, str):
                yield from self._kept([value], f"{called}, ")
            elif flaw := flaw_of_text(value):
                self._say(flaw, place)
            else:
                yield value

    def _say(self, flaw: str, place: str) -> None:
        self._tell(f"A value is left out: it {flaw}.", place)


def _whole(thing: Thing) -> bool:
    return all(_good(name, value) for name, value in _values(thing))


def _good(name: str, value: Any) -> bool:
    """Whether all of a value can be kept."""
    if isinstance(value, str):
        return not flaw_of_text(value)
    if isinstance(value, Mapping):
        said = cast("Mapping[str, Any]", value)
        return all(_good("", key) and _good("", each) for key, each in said.items())
    if isinstance(value, tuple):
        return all(
            _good("", each) if isinstance(each, str) else _whole(each) for each in cast("tuple[Any, ...]", value)
        )
    return name not in _TIMES or value is None or moment(value) is not None


def _values(thing: Thing) -> Iterator[tuple[str, Any]]:
    for field in fields(thing):
        if not (field.name in _READ_LATER and isinstance(thing, DatasetUse)):
            yield field.name, getattr(thing, field.name)
