"""What the parts of one pass over a store share: the store, what is remembered, and what is found through it."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from app.loading.loader import Item, LoadOptions, Skipped
from graph_schema.credentials import without_credentials
from loaders.mlflow.mapping import Key, Rows, alias_in, run_in, version_in
from loaders.mlflow.records import Page, Store
from loaders.mlflow.sayable import SayableStore
from loaders.mlflow.spool import Spool

T = TypeVar("T")

Step = tuple[list[Item], str]
"""The rows of a page, and the place after it within its part."""

END = "end"
"""In the place of a token: there are no further pages."""


class Pass:
    """One pass over a store.

    Attributes:
        store: the store, without what cannot be kept.
        options: what the user decided.
        spool: what is remembered.
        rows: makes the rows.
        experiments: the name of each experiment, by its id, in the store's order.
        done: how many runs were read.
        skipped: what became no row.
    """

    def __init__(self, store: Store, options: LoadOptions, spool: Spool, done: int) -> None:
        self.skipped: list[Skipped] = []
        self.store = SayableStore(store, self.skip)
        self.options = options
        self.spool = spool
        self.rows = Rows(options)
        self.experiments = {each.id: each.name for each in self.store.experiments()}
        self.done = done

    def skip(self, reason: str, row: str, word: str = "") -> None:
        """Say that something became no row, or said less than it could; the word of the store goes into the row."""
        self.skipped.append(Skipped(reason, row, word))

    def leave_out(self, reason: str, row: str) -> None:
        """Say that a value could not be kept; the row ends with the field."""
        self.skip(f"A value is left out: {reason}", row)

    def address(self, place: str, row: str) -> str:
        """An address without what lets its reader in; empty, and said to be left out, where that cannot be told."""
        try:
            return without_credentials(place)
        except ValueError as error:
            self.leave_out(f"{error}.", f"{row}, uri")
            return ""

    def keys(self, model_id: str) -> list[Key]:
        """What a logged model is called here: each of its registered versions, else the logged model itself."""
        versions = self.spool.versions_of(model_id)
        if versions:
            return [self.rows.version_key(*each) for each in versions]
        logged = self.spool.logged(model_id)
        if logged is None or logged["status"] == "FAILED":
            return []
        return [self.rows.logged_key(logged["experiment"], logged["name"], model_id)]

    def chain(self, version: tuple[str, str]) -> Iterator[tuple[str, str, str]]:
        """A version's logged model, run and source, then those of the version that it copies, and so on."""
        met: set[tuple[str, str]] = set()
        while version not in met:
            met.add(version)
            found = self.spool.version(*version)
            if found is None:
                return
            yield found
            version = self.base(found[2])

    def base(self, source: str) -> tuple[str, str]:
        """The version that a source names, by its number or by an alias; empty where it names none."""
        name, alias = alias_in(source)
        return (name, self.spool.registered(name)[0].get(alias, "")) if name else version_in(source)

    def maker(self, version: tuple[str, str]) -> str:
        """The run that made a version: its own, its logged model's, or that of the version that it copies."""
        for model_id, run_id, source in self.chain(version):
            logged = self.spool.logged(model_id) if model_id else None
            made_by = run_id or (logged["run"] if logged else "") or run_in(source)
            if made_by:
                return made_by
        return ""

    def by_experiment(self, read: Callable[[str, str], Page[T]], at: str) -> Iterator[tuple[str, str, Page[T]]]:
        """The pages of every experiment, each with the place after it: the experiment's id and the token within it."""
        ids = list(self.experiments)
        start, _, token = at.partition("|")
        # The last experiment may have been done, or be gone; the store gives them in one order.
        for id_ in ids[ids.index(start) :] if start in ids else ids:
            while token != END:
                page = read(id_, token)
                token = page.token or END
                yield id_, f"{id_}|{token}", page
            token = ""


def list_pages(read: Callable[[str], Page[T]], token: str) -> Iterator[tuple[str, Page[T]]]:
    """The pages of a list, each with the token after it."""
    while token != END:
        page = read(token)
        token = page.token or END
        yield token, page
