"""What walks go before a statement for: in turns, from whatever its answer holds by then."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.compiler.ahead import Ahead, Reached, Turns, Walk, Walker
from app.errors import ErrorCode, PedigreeError


class Told:
    """Reaches what it is told, and remembers from what it went."""

    labels = ("Run",)

    def __init__(self, name: str = "one") -> None:
        self.name = name
        self.went: list[list[str]] = []

    def key(self, inputs: Any) -> tuple[object, ...]:
        del inputs
        return (self.name,)

    async def go(self, ask: Any, inputs: Any, uids: Any) -> Reached:
        del ask, inputs
        self.went.append(list(uids))
        return {uid: {"Run": [f"{uid}!"]} for uid in uids}


class Answers:
    """What each turn meets: by walk, its uids; and what each was given."""

    def __init__(self, *turns: tuple[list[Walk], dict[str, set[str]]]) -> None:
        self.turns = list(turns)
        self.given: list[tuple[int, dict[str, Any]]] = []

    async def __call__(self, turn: int, given: Any) -> Any:
        self.given.append((turn, dict(given)))
        walks, met = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        inputs = SimpleNamespace(met={walk.name: met.get(walk.name, set()) for walk in walks})
        return SimpleNamespace(inputs=inputs, plan=SimpleNamespace(walks=walks)), f"answer {len(self.given)}"


async def _never(*_: object) -> list[list[Any]]:
    raise AssertionError


def _walks(walker: Walker, *depths: int) -> list[Walk]:
    return [Walk(f"walk{depth}", depth, walker) for depth in depths]


async def test_without_walks_the_first_answer_stands() -> None:
    answers = Answers(([], {}))
    assert await Turns(answers, _never).ready() == "answer 1"
    assert answers.given == [(0, {})]


async def test_a_walk_that_nothing_is_asked_of_needs_no_turn() -> None:
    assert await Turns(Answers((_walks(Told(), 0), {})), _never).ready() == "answer 1"


async def test_each_level_takes_a_turn_and_walks_once_from_each_thing() -> None:
    told = Told()
    answers = Answers(
        (_walks(told, 0), {"walk0": {"a", "b"}}),
        (_walks(told, 0, 1), {"walk0": {"a", "b"}, "walk1": {"b", "c"}}),
        (_walks(told, 0, 1), {"walk0": {"a", "b"}, "walk1": {"b", "c"}}),
    )
    assert await Turns(answers, _never).ready() == "answer 3"
    assert told.went == [["a", "b"], ["c"]]
    first = {"walk0Run": {"a": ["a!"], "b": ["b!"]}}
    assert answers.given == [(0, {}), (1, first), (2, {**first, "walk1Run": {"b": ["b!"], "c": ["c!"]}})]


async def test_what_was_not_there_before_is_walked_from_in_the_same_turn() -> None:
    told = Told()
    walks = _walks(told, 0)
    answers = Answers((walks, {"walk0": {"a"}}), (walks, {"walk0": {"a", "new"}}), (walks, {"walk0": {"a", "new"}}))
    assert await Turns(answers, _never).ready() == "answer 3"
    assert told.went == [["a"], ["new"]]
    assert [turn for turn, _ in answers.given] == [0, 1, 1]


async def test_what_changes_again_and_again_is_given_up() -> None:
    class Changing(Answers):
        async def __call__(self, turn: int, given: Any) -> Any:
            self.turns = [(_walks(Told(), 0), {"walk0": {str(len(self.given))}})]
            return await super().__call__(turn, given)

    with pytest.raises(PedigreeError) as caught:
        await Turns(Changing(), _never).ready()
    assert caught.value.code is ErrorCode.GRAPH_BUSY


def test_walks_are_numbered_alike_in_each_turn() -> None:
    def compiled(ahead: Ahead) -> list[str]:
        for _ in range(2):
            with ahead.of(Told()) as (_, gone):
                for _ in range(2 if gone else 0):
                    with ahead.of(Told()):
                        pass
        return [walk.name for walk in ahead.walks]

    assert compiled(Ahead(0)) == ["walk0x0", "walk0x1"]
    assert compiled(Ahead(1)) == ["walk0x0", "walk1x0", "walk1x1", "walk0x1", "walk1x2", "walk1x3"]
    assert Ahead(0).able
    assert not Ahead(None).able
