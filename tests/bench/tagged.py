"""Versions with five tags each, the same each time, told to Pedigree and to MLflow as each wants to hear them.

Of the five, three are asked for. Pedigree has no free tags: what stands for each is the version's own property of that
name (`claimedStage` for the stage).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.bench.inventory import NAMESPACE

MODELS, VERSIONS = 2_000, 50
FRAMEWORKS, FORMATS, STAGES = 25, 20, ("DEVELOPMENT", "STAGING", "PRODUCTION", "ARCHIVED")
ASKED = {"framework": "framework-7", "format": "format-3", "stage": "PRODUCTION"}
"""The three tags; one version of two thousand has all of them."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A version and its tags."""

    model: str
    version: int
    tags: dict[str, str]

    @property
    def asked(self) -> bool:
        """Whether it has the three."""
        return ASKED.items() <= self.tags.items()

    def item(self) -> tuple[str, dict[str, Any]]:
        """As `registerLineage` takes it."""
        told = {name: text for name, text in self.tags.items() if name != "stage"}
        key = {"namespace": NAMESPACE, "name": self.model, "version": str(self.version)}
        return "nodes", {"modelVersion": key | told | {"claimedStage": self.tags["stage"]}}


def make(models: int = MODELS, versions: int = VERSIONS) -> Iterator[Tagged]:
    """All of them, model by model."""
    for number in range(models):
        for version in range(1, versions + 1):
            yield Tagged(f"model-{number:05d}", version, _tags(f"{number} {version}"))


def _tags(seed: str) -> dict[str, str]:
    """Tags that do not depend on each other."""
    chance = sha256(seed.encode()).digest()
    return {
        "framework": f"framework-{int.from_bytes(chance[:4]) % FRAMEWORKS}",
        "format": f"format-{int.from_bytes(chance[4:8]) % FORMATS}",
        "stage": STAGES[chance[8] % len(STAGES)],
        "description": f"made for team {chance[9] % 30}",
        "uri": f"s3://models/{seed.replace(' ', '/')}",
    }
