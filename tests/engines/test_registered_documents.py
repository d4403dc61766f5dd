"""Registered documents on each engine: kept once, found by all, looked for once."""

import asyncio
from collections.abc import Generator

import pytest

from app.errors import PedigreeError
from app.graph.driver import Graph
from app.operations import registered
from app.operations.documents import KEPT_LENGTH
from app.operations.registered import RegisteredDocuments, Registration, check_identifier, identifier_of
from tests.engines.registered import Clock

MODELS = "query Models { models { totalCount } }\n# é € 🜚 \\ \" '\r\n"
RUNS = "{ runs { totalCount } }"


def _of(text: str, *operations: str, name: str = "") -> Registration:
    return Registration(name or identifier_of(text), text, operations)


@pytest.fixture
def documents(migrated: Graph) -> RegisteredDocuments:
    return RegisteredDocuments(migrated, Clock())


@pytest.fixture
def statements(migrated: Graph) -> Generator[list[str]]:
    """What is sent to the graph from now on."""
    found: list[str] = []
    end = migrated.on_statement(lambda statement, _parameters: found.append(statement))
    yield found
    end()


async def test_what_is_registered_is_found_word_for_word(migrated: Graph, documents: RegisteredDocuments) -> None:
    assert await documents.register([_of(MODELS, "Models"), _of(RUNS)]) == ["CREATED", "CREATED"]
    replica = RegisteredDocuments(migrated)
    assert await replica.text_of(identifier_of(MODELS)) == MODELS
    assert await replica.text_of(identifier_of(RUNS)) == RUNS
    assert await replica.text_of(identifier_of("{ nope }")) is None


async def test_again_changes_nothing(migrated: Graph, documents: RegisteredDocuments) -> None:
    await documents.register([_of(MODELS, "Models")])
    before = await migrated.read("MATCH (d:PersistedDocument) RETURN properties(d)")
    assert await documents.register([_of(MODELS, "Models")]) == ["UNCHANGED"]
    assert await migrated.read("MATCH (d:PersistedDocument) RETURN properties(d)") == before


async def test_one_twice_in_one_go(documents: RegisteredDocuments) -> None:
    named = _of(RUNS, name="x-portal:runs")
    assert await documents.register([_of(RUNS), named, _of(RUNS), named]) == [
        "CREATED",
        "CREATED",
        "UNCHANGED",
        "UNCHANGED",
    ]


async def test_an_identifier_stands_for_one_text_for_ever(documents: RegisteredDocuments) -> None:
    assert await documents.register([_of(RUNS, name="mine"), _of(MODELS, name="mine")]) == ["CREATED", "REJECTED"]
    assert await documents.register([_of(MODELS, name="mine"), _of(MODELS)]) == ["REJECTED", "CREATED"]
    assert await documents.text_of("mine") == RUNS


async def test_many_who_register_the_same_at_once(migrated: Graph, documents: RegisteredDocuments) -> None:
    batch = [_of(RUNS), _of(MODELS, "Models")]
    found = await asyncio.gather(*(documents.register(batch) for _ in range(8)))
    assert {status for statuses in found for status in statuses} <= {"CREATED", "UNCHANGED"}
    assert await migrated.read("MATCH (d:PersistedDocument) RETURN count(d)") == [[2]]


async def test_a_document_is_looked_for_once(documents: RegisteredDocuments, statements: list[str]) -> None:
    await documents.register([_of(RUNS)])
    del statements[:]
    found = await asyncio.gather(*(documents.text_of(identifier_of(RUNS)) for _ in range(10)))
    assert set(found) == {RUNS}
    assert await documents.text_of(identifier_of(RUNS)) == RUNS
    assert len(statements) == 1


async def test_one_that_was_not_there_is_looked_for_again(
    documents: RegisteredDocuments, statements: list[str]
) -> None:
    assert await documents.text_of("later") is None
    assert len(statements) == 1
    await documents.register([_of(RUNS, name="later")])
    assert await documents.text_of("later") == RUNS


async def test_they_are_listed_page_by_page(
    documents: RegisteredDocuments, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    monkeypatch.setattr(registered, "_PAGE", 3)
    monkeypatch.setattr(registered, "_BATCH", 2)
    assert [each async for each in documents.all()] == []
    await documents.register([_of(RUNS, "A", "B", name=f"n{number}") for number in range(7)])
    del statements[:]
    found = [each async for each in documents.all()]
    assert [each.document_id for each in found] == [f"n{number}" for number in range(7)]
    assert {tuple(each.operations) for each in found} == {("A", "B")}
    assert len({each.registered_at for each in found}) == 4, "a time for each batch"
    assert len(statements) == 3


async def test_a_document_that_is_too_long_is_refused(migrated: Graph, documents: RegisteredDocuments) -> None:
    longest = "#" * KEPT_LENGTH
    with pytest.raises(PedigreeError, match="32,769 characters"):
        await documents.register([_of(RUNS), _of(longest + "#")])
    assert await migrated.read("MATCH (d:PersistedDocument) RETURN count(d)") == [[0]]
    assert await documents.register([_of(longest)]) == ["CREATED"]


async def test_an_asker_who_leaves_takes_nothing_from_the_others(documents: RegisteredDocuments) -> None:
    await documents.register([_of(RUNS)])
    first = asyncio.create_task(documents.text_of(identifier_of(RUNS)))
    second = asyncio.create_task(documents.text_of(identifier_of(RUNS)))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == RUNS


@pytest.mark.parametrize("name", (identifier_of(RUNS), "x-mine:1", "x-:a:b", "f" * 64, "~", "x" * 512))
def test_identifiers_that_may_be(name: str) -> None:
    check_identifier(name, RUNS)


@pytest.mark.parametrize(
    ("name", "code"),
    (
        (identifier_of(MODELS), "BAD_VALUE"),
        (identifier_of(RUNS).upper(), "BAD_KEY"),
        (identifier_of(RUNS).replace("sha256:", "sha256:A"), "BAD_VALUE"),
        ("md5:abc", "BAD_KEY"),
        ("sha256:", "BAD_KEY"),
        ("x" * 513, "BAD_KEY"),
        ("a b", "BAD_KEY"),
        ("a\n", "BAD_KEY"),
        ("é", "BAD_KEY"),
        ("", "BAD_KEY"),
    ),
)
def test_identifiers_that_may_not_be(name: str, code: str) -> None:
    with pytest.raises(PedigreeError) as caught:
        check_identifier(name, RUNS)
    assert caught.value.code == code
