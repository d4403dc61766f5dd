"""Which stage a version's aliases and its old stage claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph_schema.nodes import STAGES

OLD_STAGES = {"production": "PRODUCTION", "staging": "STAGING", "archived": "ARCHIVED"}
"""The stages of MLflow before aliases, by name; `None` claims nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The stage that a version claims (None: none), and the aliases and stages that nobody mapped."""

    stage: str | None
    unmapped: tuple[str, ...]


def claim(aliases: Sequence[str], old_stage: str, mapping: Mapping[str, str]) -> Claim:
    """What a version claims: a mapped alias before its old stage, and of several aliases the one nearest PRODUCTION."""
    given = {name.casefold(): stage for name, stage in mapping.items()}
    mapped = [given[alias.casefold()] for alias in aliases if alias.casefold() in given]
    unmapped = [f"alias {alias}" for alias in aliases if alias.casefold() not in given]
    old = old_stage.casefold()
    stage = given.get(old) or OLD_STAGES.get(old)
    if stage is None and old not in {"", "none"}:
        unmapped.append(f"stage {old_stage}")
    return Claim(min(mapped, key=_distance) if mapped else stage, tuple(unmapped))


def _distance(stage: str) -> tuple[int, int]:
    """How far from PRODUCTION; of two as far, the one that still goes there is nearer."""
    place = STAGES.index(stage)
    return abs(place - STAGES.index("PRODUCTION")), place
