"""Each documented question is answered on the sample inventory as the page beside it says, and costs what it says."""

import re

import orjson

from app.wiring import Services
from tests.overhearing import overheard
from tests.questions.asking import NAMES, NUMBERS, QUESTIONS, RETENTION, answered


async def test_each_is_answered_as_documented_and_costs_what_it_says(services: Services) -> None:
    for name in [each for each in NAMES if each not in RETENTION]:
        document = (QUESTIONS / f"{name}.graphql").read_text(encoding="utf-8")
        await answered(services, document, {})  # what is done once for each document is no part of its cost
        with overheard(services.graph) as statements:
            answer = await answered(services, document, {})
        said = re.search(r"^# Costs (\w+) statements?\b", document, re.MULTILINE)
        assert said, f"{name} does not say what it costs"
        assert NUMBERS[len(statements)] == said[1], name
        assert answer == orjson.loads((QUESTIONS / f"{name}.json").read_bytes())["data"], name


def test_the_page_lists_each_with_its_answer() -> None:
    page = (QUESTIONS / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w.-]+)\)", page))
    assert NAMES
    assert linked == {f"{name}.{ending}" for name in NAMES for ending in ("graphql", "json")}
