"""What several sources say of one node, merged. Pure: what stands and what is said, to what is to be written.

Property by property, verified goes before claimed, then the newest, then the source's name. A claimed stage and since
when it is claimed belong together: of several claims the one that is later in the world counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.registry.claims import claimed, read_claims, stored_claims
from app.registry.words import Change, Refusal, Speaker, Standing, Word, snapshot_uid, statement, statement_uid
from graph_schema.canonical import canonical, shown
from graph_schema.declare import Node
from graph_schema.intervals import interval_of
from graph_schema.nodes import ARTIFACT
from graph_schema.search import search_text

CLAIM = ("claimedStage", "claimedStageSince")
"""The two properties of a version that are one claim."""


def speak(node: Node, standing: Standing, said: Sequence[Mapping[str, Any]], speaker: Speaker) -> Change:
    """What a source's word changes.

    Args:
        node: the declaration.
        standing: the node as it stands.
        said: what the source says, one after the other; None as a value takes back what it said.
        speaker: who says it, and when.
    """
    now = max(speaker.now, standing.recorded_at + 1)
    mine = next((word for word in standing.words if word.source == speaker.source), None)
    new = _spoken(mine, speaker, now)
    first = "UPDATED" if _told_of(standing.words, speaker) else "CREATED"
    change = Change()
    fresh = mine is None
    for each in said:
        refusal = _fixed(node, standing.words, each, speaker.source) or _backwards(node, new, each)
        if refusal is not None:
            change.statuses.append(refusal)
            continue
        changed = _apply(new, each, now)
        change.statuses.append(first if fresh else "UPDATED" if changed else "UNCHANGED")
        fresh = False
    if fresh:
        return change
    if mine is not None and "UPDATED" not in change.statuses:
        _keep_up(standing, mine, speaker, change)
        return change
    others = [word for word in standing.words if word is not mine]
    kept = standing.kept or bool(others)
    change.statements = _outdated(node, standing, mine, now)
    if kept:
        change.statements.extend(statement(node, standing.uid, word) for word in others if not standing.kept)
        change.statements.append(statement(node, standing.uid, new))
    change.properties = described(node, standing, [*others, new], now, kept=kept)
    change.snapshot = snapshot_uid(standing)
    return change


def _told_of(words: Sequence[Word], speaker: Speaker) -> bool:
    """Whether a speaker is told that it was described before: not by what the service found of bytes alone.

    Who guesses a digest would learn that somebody has handed those bytes over.
    """
    return any(word.method != "VERIFIED" or speaker.method == "VERIFIED" for word in words)


def withdraw(node: Node, standing: Standing, source: str, speaker: Speaker, *, touched: bool) -> Change:
    """What it changes that a source says nothing of the node any more.

    Args:
        node: the declaration.
        standing: the node as it stands.
        source: whose word goes.
        speaker: on whose word, and when.
        touched: whether a live relationship touches the node, so that it stays, undescribed.
    """
    now = max(speaker.now, standing.recorded_at + 1)
    mine = next(word for word in standing.words if word.source == source)
    others = [word for word in standing.words if word is not mine]
    change = Change()
    if standing.kept or touched:
        change.statements.append(statement(node, standing.uid, mine, retractedAt=now, retractedBy=speaker.actor))
    if not others and not touched:
        change.properties = {"retractedAt": now, "retractedBy": speaker.actor}
        return change
    change.snapshot = snapshot_uid(standing)
    if others:
        change.properties = described(node, standing, others, now, kept=True)
    else:
        change.properties = {**blank(node, standing.key), "recordedAt": now}
    return change


def revive(node: Node, standing: Standing, speaker: Speaker) -> Change:
    """What it changes that a retracted node is named again by a relationship, and described by nobody."""
    now = max(speaker.now, standing.recorded_at + 1)
    provenance = {"source": speaker.source, "assertedBy": speaker.actor, "method": speaker.method, "confidence": 1.0}
    return Change(
        properties={**blank(node, standing.key), **provenance, "recordedAt": now},
        statements=_outdated(node, standing, None, now),
        snapshot=snapshot_uid(standing),
    )


def counting(node: Node, words: Sequence[Word]) -> dict[str, Word]:
    """By property, the word that counts of those that say it; a property that the thing does not show is not in it."""
    best: dict[str, Word] = {}
    for each in node.properties:
        name = each.stored_as
        saying = [word for word in words if name in word.properties]
        if saying:
            best[name] = min(saying, key=lambda word, name=name: _rank(word, name))
    if node.label == "ModelVersion":
        claims = [word for word in words if "claimedStage" in word.properties]
        claim = min(claims, key=_claim_rank, default=None)
        for name in CLAIM:
            best.pop(name, None)
            if claim is not None and name in claim.properties:
                best[name] = claim
    return best


def _spoken(mine: Word | None, speaker: Speaker, now: int) -> Word:
    """A copy of what the source said, to be changed, as said now."""
    if mine is None:
        return Word(
            speaker.source, speaker.actor, now, {},
            method=speaker.method, scopes=speaker.scopes(()), loads=speaker.marks(()),
        )  # fmt: skip
    return Word(
        speaker.source,
        speaker.actor,
        now,
        dict(mine.properties),
        {name: mine.said_at(name) for name in mine.properties},
        method=speaker.method,
        scopes=speaker.scopes(mine.scopes),
        loads=speaker.marks(mine.loads),
    )


def _apply(word: Word, said: Mapping[str, Any], now: int) -> bool:
    """Whether what is said changes the word; it is changed."""
    changes = {name: value for name, value in said.items() if word.properties.get(name) != value}
    if "claimedStage" in changes and "claimedStageSince" not in said and "claimedStageSince" in word.properties:
        changes["claimedStageSince"] = None  # it was since when the other stage was claimed
    for name, value in changes.items():
        if value is None:
            del word.properties[name]
            word.since.pop(name, None)
        else:
            word.properties[name] = value
            word.since[name] = now
    return bool(changes)


def _fixed(node: Node, words: Iterable[Word], said: Mapping[str, Any], source: str) -> Refusal | None:
    for declared in node.properties:
        name = declared.stored_as
        if not declared.fixed or name not in said:
            continue
        for word in words:
            before = word.properties.get(name)
            if before is None or before == said[name] or (said[name] is None and word.source != source):
                continue
            says = "null" if said[name] is None else shown(said[name])
            return Refusal(
                "FIXED_VALUE",
                declared.name,
                f"{declared.name} never changes: it is {shown(before)}, as {shown(word.source)} said, now {says} is "
                "said. Register what is different as another version.",
            )
    return None


def _backwards(node: Node, word: Word, said: Mapping[str, Any]) -> Refusal | None:
    """Why what is said cannot stand beside what its source said before: other sources may contradict it."""
    interval = interval_of(node) if node.ends in said or node.begins in said else None
    if interval and (flaw := interval.flaw({**word.properties, **said})):
        field = interval.ends if interval.ends in said else interval.begins
        return Refusal("BAD_VALUE", field, f"{flaw} The other time was said before.")
    return None


def _keep_up(standing: Standing, mine: Word, speaker: Speaker, change: Change) -> None:
    """Notes that a word that is kept as a Statement was said again: in which scope, and by which load."""
    scopes, marks = speaker.scopes(mine.scopes), speaker.marks(mine.loads)
    if standing.kept and (list(mine.scopes), list(mine.loads)) != (scopes, marks):
        change.statements.append({"uid": statement_uid(standing.uid, mine), "scopes": scopes, "loads": marks})


def _outdated(node: Node, standing: Standing, mine: Word | None, now: int) -> list[dict[str, Any]]:
    """What was said before, to be kept as a Statement."""
    if mine is not None:
        return [statement(node, standing.uid, mine, supersededAt=now)]
    if standing.retired is not None:
        ended = {"retractedAt": standing.retracted_at, "retractedBy": standing.retracted_by}
        return [statement(node, standing.uid, standing.retired, **ended)]
    return []


def described(node: Node, standing: Standing, words: list[Word], now: int, *, kept: bool) -> dict[str, Any]:
    """All that a node shows from now on.

    Args:
        node: the declaration.
        standing: the node as it stood until now.
        words: what is said of it from now on, of each source what it says.
        now: in microseconds since 1970 UTC.
        kept: whether the words are kept as Statements.
    """
    properties = _merged(node, words)
    head = _head(words)
    since = {name: at for name, at in head.since.items() if at != head.recorded_at}
    state: dict[str, Any] = {
        **properties,
        "source": head.source,
        "assertedBy": head.actor,
        "method": head.method,
        "confidence": head.confidence,
        "evidence": head.evidence,
        "recordedAt": now,
        "retractedAt": None,
        "retractedBy": None,
        "undescribed": False,
        "statements": len(words) if kept else 0,
        "scopes": None if kept else list(head.scopes),
        "loads": None if kept else list(head.loads),
        "since": canonical(since) if since and not kept else None,
        "searchText": search_text(node, {**standing.key, **properties}),
    }
    if node is ARTIFACT:
        state |= as_claimed(node, [word for word in words if word.method != "VERIFIED"])
    if node.label == "ModelVersion":
        before = read_claims(standing.claims) if standing.words else {}
        state |= stored_claims(claimed(before, words, now), now)
    return state


def _head(words: Sequence[Word]) -> Word:
    """The word whose provenance the thing shows."""
    return min(words, key=lambda word: (word.method != "VERIFIED", -word.recorded_at, word.source))


def as_claimed(node: Node, claims: Sequence[Word]) -> dict[str, Any]:
    """How an artifact is shown to who may not know what the service found of it."""
    if not claims:  # who named it stays
        return {"unclaimed": True, "claimedBytes": None, "claimedEvidence": None}
    head = _head(claims)
    return {
        "unclaimed": False, "claimedBytes": _merged(node, claims)["bytes"], "claimedSource": head.source,
        "claimedBy": head.actor, "claimedMethod": head.method, "claimedEvidence": head.evidence,
        "claimedAt": head.recorded_at,
    }  # fmt: skip


def blank(node: Node, key: Mapping[str, Any]) -> dict[str, Any]:
    """What a node shows of which nothing is said."""
    state: dict[str, Any] = {each.stored_as: None for each in node.properties}
    state |= dict.fromkeys(("evidence", "retractedAt", "retractedBy", "scopes", "loads", "since"))
    state |= {"undescribed": True, "statements": 0, "searchText": search_text(node, key)}
    if node.label == "ModelVersion":
        state |= stored_claims({}, 0)
    return state


def _merged(node: Node, words: Sequence[Word]) -> dict[str, Any]:
    """Each property as the best word on it has it; None where nobody says it."""
    if len(words) == 1:
        return {each.stored_as: words[0].properties.get(each.stored_as) for each in node.properties}
    best = counting(node, words)
    names = (each.stored_as for each in node.properties)
    return {name: best[name].properties[name] if name in best else None for name in names}


def _rank(word: Word, name: str) -> tuple[bool, int, str]:
    return (word.method != "VERIFIED", -word.said_at(name), word.source)


def _claim_rank(word: Word) -> tuple[int, bool, int, str]:
    since = word.properties.get("claimedStageSince")
    at = word.said_at("claimedStage")
    return (-(at if since is None else since), word.method != "VERIFIED", -at, word.source)
