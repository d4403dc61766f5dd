"""The changes of one thing in their order, from the rows of the statement that finds them."""

import json
from collections.abc import Iterator
from typing import Any

from app.registry.changing import RANKS, Asked, Change, claimant
from graph_schema.identity import uid
from graph_schema.nodes import STAGE, STATEMENT
from graph_schema.relationships import SCHEMA

_SAID_RANK, _TAKEN_BACK = RANKS["WORD_SAID"], RANKS["WORD_TAKEN_BACK"]


def merged(record: Any, asked: Asked) -> list[Change]:
    """The changes of the page in their order, and one more where others follow."""
    said, own, former, related, served, staged, _ = record
    found = [*_words(said, own, former, asked), *_stages(staged, asked)]
    for at, rank, key, source, actor, label, other, upstream, link, row in (*related, *served):
        found.append(Change(at, rank, key, source, actor, None, None, (label, other), upstream, link, row))
    found.sort(key=lambda change: change.place)
    return found[: asked.page.size + 1]


def _words(said: Any, own: Any, former: Any, asked: Asked) -> Iterator[Change]:
    """What was said and taken back, each with what the same source had said before."""
    replaced: dict[int, Any] = {at: json.loads(word) for at, word in former}
    for at, rank, key, source, actor, word in said:
        yield _word(at, rank, key, source, actor, json.loads(word), replaced)
    if own is not None:
        source, speaker, recorded, retractor, retracted, shown = own
        word = {each.stored_as: shown.get(each.stored_as) for each in SCHEMA.node(asked.label).properties}
        key = uid(STATEMENT.label, (asked.uid, source, recorded))
        for rank, at, actor in ((_SAID_RANK, recorded, speaker), (_TAKEN_BACK, retracted, retractor)):
            if at is not None:
                change = _word(at, rank, key, source, actor, word, replaced)
                yield from (change,) if asked.holds(change) else ()


def _word(at: int, rank: int, key: str, source: str, actor: str | None, word: Any, replaced: Any) -> Change:
    if rank == _TAKEN_BACK:
        return Change(at, rank, key, source, actor, word, None)
    return Change(at, rank, key, source, actor, replaced.get(at), word)


def _stages(staged: Any, asked: Asked) -> Iterator[Change]:
    found, claims = staged
    for at, before, after in found:
        told = ({STAGE.stored_as: before}, {STAGE.stored_as: after})
        change = Change(at, RANKS["STAGE_CHANGED"], "", claimant(claims, at, after), None, *told)
        yield from (change,) if asked.holds(change) else ()
