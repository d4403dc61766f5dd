"""What a load did: counted, with the first rows that were refused and the reasons."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.errors import ErrorCode, PedigreeError
from app.loading.loader import Batch, Item, Skipped, Unreadable
from app.operations.wire import is_json

KEPT = 200
"""How many refused rows a report keeps word for word; all of them are counted."""

_EXAMPLES = 3
"""How many of the things that were skipped for one reason are named: enough to find the others."""

_WORDS = 200
"""How many are named where they are about words of the source, each another one: one of them may be worth a stage."""

REASONS = 200
"""How many reasons are told apart: a reason may quote a value, and a source may hold as many as it has things."""

OTHERWISE = "For other reasons, of which there are too many to be told apart."

_TEXT = 1000
"""The most characters of a row that is told as text."""

Field = Literal["nodes", "relationships"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a batch, with where it goes and where it came from.

    Attributes:
        field: of `RegisterLineageInput`.
        item: the row.
        place: where in the source it is; empty where that does not say.
    """

    field: Field
    item: Item
    place: str = ""


def rows_of(batch: Batch) -> list[Row]:
    """The rows of a batch, nodes first."""
    nodes = zip(batch.nodes, batch.node_places or [""] * len(batch.nodes), strict=True)
    links = zip(batch.relationships, batch.relationship_places or [""] * len(batch.relationships), strict=True)
    return [
        *(Row("nodes", item, place) for item, place in nodes),
        *(Row("relationships", item, place) for item, place in links),
    ]


def paths_of(rows: Sequence[Row]) -> list[str]:
    """Where each row stands in the request that carries them, as `nodes[3]`."""
    counts = {"nodes": 0, "relationships": 0}
    paths: list[str] = []
    for row in rows:
        paths.append(f"{row.field}[{counts[row.field]}]")
        counts[row.field] += 1
    return paths


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was refused, and why.

    Attributes:
        code: as the API has it.
        message: what is wrong, and the remedy.
        row: the row; the beginning of its text where JSON cannot say it, as with NaN.
        place: where in the source it is; empty where that does not say.
    """

    code: str
    message: str
    row: Item | str
    place: str = ""


@dataclass(slots=True)
class LoadReport:
    """What a load did.

    Attributes:
        load: its name.
        batches: how many batches were sent.
        done: how many things of the source were read.
        created: rows that were new.
        updated: rows that said something new of a known thing.
        unchanged: rows that were known.
        rejected: rows that were refused.
        unread: how many of these nobody could read, so that what they name is not known.
        retracted: facts that the source no longer says.
        refusals: the first refused rows, with the reason.
        skipped: how many things of the source became no row, by the reason.
        examples: for each such reason the first of them.
        words: what these are about, where that is a word of the source.
        completed: whether the load was ended as complete.
        not_completed: why it was not, and the remedy, where that was asked for and nothing failed.
        failure: what ended the load early; None where nothing did.
    """

    load: str
    batches: int = 0
    done: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    unread: int = 0
    retracted: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, set[str]] = field(default_factory=dict)
    completed: bool = False
    not_completed: str = ""
    failure: PedigreeError | None = None

    def note(self, skipped: Iterable[Skipped]) -> None:
        """Count what became no row."""
        for each in skipped:
            told = each.reason in self.skipped or len(self.skipped) < REASONS
            reason, row = (each.reason, each.row) if told else (OTHERWISE, f"{each.row}: {each.reason}")
            self.skipped[reason] = self.skipped.get(reason, 0) + 1
            examples = self.examples.setdefault(reason, [])
            if self._is_example(reason, each.word, len(examples)):
                examples.append(row[:_TEXT])

    def _is_example(self, reason: str, word: str, named: int) -> bool:
        if not word:
            return named < _EXAMPLES
        words = self.words.setdefault(reason, set())
        if word in words or named == _WORDS:
            return False
        words.add(word)
        return True

    def add(self, result: Mapping[str, Any], rows: Sequence[Row]) -> None:
        """Count what the registry answered to these rows."""
        for name in ("created", "updated", "unchanged", "rejected", "retracted"):
            setattr(self, name, getattr(self, name) + int(result.get(name) or 0))
        by_path = dict(zip(paths_of(rows), rows, strict=True))
        for item in result.get("items") or ():
            if item["status"] == "REJECTED":
                error: dict[str, Any] = item.get("error") or {}
                self._keep(error.get("code", ""), error.get("message", ""), by_path[item["path"]])

    def refuse(self, code: str, message: str, row: Row) -> None:
        """Count a row that nobody could read."""
        self._refused_unread()
        self._keep(code, message, row)

    def refuse_unreadable(self, rows: Iterable[Unreadable]) -> None:
        """Count what could not be read at its source."""
        for row in rows:
            self._refused_unread()
            if len(self.refusals) < KEPT:
                self.refusals.append(Refusal(ErrorCode.BAD_VALUE.value, row.message, row.text[:_TEXT], row.place))

    def _refused_unread(self) -> None:
        self.rejected += 1
        self.unread += 1

    def _keep(self, code: str, message: str, row: Row) -> None:
        if len(self.refusals) < KEPT:
            self.refusals.append(Refusal(code, message, _sayable(row.item), row.place))


def _sayable(item: Item) -> Item | str:
    if is_json(item):
        return item
    try:
        return json.dumps(item)[:_TEXT]
    except RecursionError:
        return f"{', '.join(item)}: nested too deeply to be shown"
