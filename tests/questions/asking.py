"""The documented questions, and how they are asked."""

from pathlib import Path
from typing import Any

from app.operations.execution import Asked
from app.wiring import Services

QUESTIONS = Path(__file__).parents[2] / "docs" / "questions"
NAMES = sorted(path.stem for path in QUESTIONS.glob("*.graphql"))
RETENTION = ("19-what-was-removed", "24-what-storage-costs")
"""Those for which the sample inventory needs files, and a policy."""

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven")


async def answered(services: Services, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The data of an answer without errors."""
    outcome = await services.operations.run(Asked(document, variables), services.context("questions"))
    assert "errors" not in outcome.body, outcome.body
    return outcome.body["data"]
