"""Which stage a version was in at each time, by what its sources claim. Pure.

A version was in a stage from one claim to the next. What a source claims later of a time replaces what it had claimed
of that time; of two sources the later claim in the world counts.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from app.registry.words import Word
from graph_schema.canonical import canonical

Claim = tuple[int, str | None, int]
"""Since when a source claims a stage, which one, and when it said so; None where it takes its claim back."""

UNCLAIMED = "DEVELOPMENT"
"""The stage of which nobody claims one."""

Claims = Mapping[str, Sequence[Claim]]
"""By source, its claims in the order of time."""


def read_claims(text: str | None) -> dict[str, list[Claim]]:
    """The claims, from what is stored of them."""
    stored: dict[str, list[list[Any]]] = json.loads(text) if text else {}
    return {source: [(since, stage, said) for since, stage, said in claims] for source, claims in stored.items()}


def claimed(before: Claims, words: Sequence[Word], now: int) -> dict[str, list[Claim]]:
    """The claims after these words, which are all that is said of the version at present.

    Args:
        before: the claims until now.
        words: of each source what it says; a source that says nothing any more claims nothing, of no time.
        now: when the words were recorded, in microseconds since 1970 UTC.
    """
    found: dict[str, list[Claim]] = {}
    for word in words:
        claims = list(before.get(word.source, ()))
        claim = _claim(word)
        if claim is not None and (not claims or claims[-1][:2] != claim[:2]):
            claims = [*(each for each in claims if each[0] < claim[0]), claim]
        elif claim is None and claims and claims[-1][1] is not None:
            claims = [*(each for each in claims if each[0] < now), (now, None, now)]
        if claims:
            found[word.source] = claims
    return found


def timeline(claims: Claims) -> tuple[list[int], list[str]]:
    """When the version changed its stage, in order, and the stage that it was in from each of these times on."""
    times: list[int] = []
    stages: list[str] = []
    for at in sorted({since for each in claims.values() for since, *_ in each}):
        held = [(_latest(each, at), source) for source, each in claims.items()]
        counting = [(-since, -said, source, stage) for (since, stage, said), source in held if stage is not None]
        stage = min(counting)[-1] if counting else UNCLAIMED
        if stage != (stages[-1] if stages else UNCLAIMED):
            times.append(at)
            stages.append(stage)
    return times, stages


def stored_claims(claims: Claims, now: int) -> dict[str, Any]:
    """What a version keeps of them, and the stage that it is in; nulls where nothing was ever claimed.

    Args:
        claims: all that there are.
        now: in microseconds since 1970 UTC: what is claimed of a later time counts then (`ripening`).
    """
    times, stages = timeline(claims)
    text = canonical({source: [list(claim) for claim in each] for source, each in claims.items()}) if claims else None
    begun = bisect_right(times, now)
    return {
        "stage": stages[begun - 1] if begun else UNCLAIMED,
        "stageDue": times[begun] if begun < len(times) else None,
        "claims": text,
        "stageTimes": times or None,
        "stages": stages or None,
    }


def _claim(word: Word) -> Claim | None:
    stage = word.properties.get("claimedStage")
    if stage is None:
        return None
    said = word.said_at("claimedStage")
    since = word.properties.get("claimedStageSince")
    return (said if since is None else since), stage, said


def _latest(claims: Sequence[Claim], at: int) -> Claim:
    """The claim that holds at a time; before the first of them, none."""
    return next((each for each in reversed(claims) if each[0] <= at), (at, None, at))
