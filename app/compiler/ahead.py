"""Walks that go before the statement which shows what they reach: for an engine that cannot go them within it.

What stands in a list of things is then asked for in turns. The first turn finds the things that such a walk is asked
of, and shows nothing below them. Then the walks are gone for all of them together, and the next turn is given what
they reached: it shows that, and finds the things of which the walks below are asked. So it takes a turn more than such
fields stand within each other, however many rows there are. Each turn looks again for what the walks are asked of: what
was not there before is walked from too.
"""

from collections.abc import Awaitable, Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from app.compiler.passthrough import Ready
from app.compiler.shaping import Answer, Shape
from app.errors import GraphBusy

if TYPE_CHECKING:
    from app.compiler.compiling import Compiler, Draft
    from app.compiler.inputs import Inputs
    from app.compiler.plans import Execution

MOST_TURNS = 30
"""How often an answer is looked at again: more than its walks can stand within each other."""

Reached = Mapping[str, Mapping[str, list[str]]]
"""By the uid of the thing that was walked from, and by label, the uids of what was reached."""

Ask = Callable[[Callable[["Compiler"], "Draft"], tuple[object, ...], Mapping[str, Any]], Awaitable[list[list[Any]]]]
"""Sends the statement of a draft, of a shape, with these values, and gives its records."""


class Walker(Protocol):
    """Goes a walk from things of one label."""

    @property
    def labels(self) -> Sequence[str]:
        """The labels of what it may reach."""
        ...

    def key(self, inputs: "Inputs") -> tuple[object, ...]:
        """What is the same of walks that reach the same."""
        ...

    async def go(self, ask: Ask, inputs: "Inputs", uids: Collection[str]) -> Reached:
        """What is reached from each of these things."""
        ...


class Walk(NamedTuple):
    """A walk that a plan needs.

    Attributes:
        name: under which the statement is given what it reached.
        depth: within how many others it stands.
        walker: goes it.
    """

    name: str
    depth: int
    walker: Walker


class Ahead:
    """The walks of one statement while it is compiled.

    Args:
        turn: how many levels of them have gone; None where none can.

    Attributes:
        able: whether any can.
        walks: those met so far.
        name: under which what was reached by the innermost stands.
    """

    def __init__(self, turn: int | None) -> None:
        self._turn = turn or 0
        self._depth = 0
        self.able = turn is not None
        self.walks: list[Walk] = []
        self.name = ""

    @contextmanager
    def of(self, walker: Walker) -> "Generator[tuple[str, bool]]":
        """Has what is compiled within be what the walker reached; tells its name, and whether it has gone yet.

        Walks are numbered as they are met among those as deep, which is the same in each turn.
        """
        number = sum(each.depth == self._depth for each in self.walks)
        before, self.name = self.name, f"walk{self._depth}x{number}"
        self.walks.append(Walk(self.name, self._depth, walker))
        gone = self._depth < self._turn
        self._depth += 1
        try:
            yield self.name, gone
        finally:
            self._depth -= 1
            self.name = before


def meeting(name: str, column: int, inner: Shape | None) -> Shape:
    """The shaper of a field that is walked to: it notes from where, and shapes what was reached if that is known."""

    def shape(row: Any, answer: Answer) -> Any:
        answer.inputs.met[name].add(row[column])
        return {} if inner is None else inner(row, answer)

    return shape


Turn = Callable[[int, Mapping[str, Any]], Awaitable["tuple[Execution, Ready]"]]
"""By how many levels of walks have gone, and by what they gave: the statement that was sent, and its answer."""


class Turns:
    """Answers a field below which walks go first.

    Args:
        turn: sends the statement of a turn, made with the values that walks gave, and shapes what comes.
        ask: sends the statements of the walks.
    """

    def __init__(self, turn: Turn, ask: Ask) -> None:
        self._turn = turn
        self._ask = ask
        self._known: dict[tuple[object, ...], dict[str, Mapping[str, list[str]]]] = {}

    async def ready(self) -> Ready:
        """The answer.

        Raises:
            GraphBusy: other writers change what is looked at, again and again.
        """
        turn, given = 0, dict[str, Any]()
        for _ in range(MOST_TURNS):
            execution, ready = await self._turn(turn, given)
            inputs, walks = execution.inputs, execution.plan.walks
            new = [await self._go(walk, inputs) for walk in walks]
            deeper = any(walk.depth == turn and inputs.met[walk.name] for walk in walks)
            if not deeper and not any(new):
                return ready
            turn += deeper
            given = {name: of for walk in walks for name, of in self._given(walk, inputs)}
        raise GraphBusy("Other writers change what is looked at, again and again.", remedy="Send it again.")

    async def _go(self, walk: Walk, inputs: "Inputs") -> bool:
        """Whether there was anything to walk from that the walk had not gone from yet."""
        known = self._known.setdefault(walk.walker.key(inputs), {})
        missing = inputs.met[walk.name] - known.keys()
        if missing:
            known |= await walk.walker.go(self._ask, inputs, sorted(missing))
        return bool(missing)

    def _given(self, walk: Walk, inputs: "Inputs") -> Iterator[tuple[str, Any]]:
        known, starts = self._known[walk.walker.key(inputs)], inputs.met[walk.name]
        for label in walk.walker.labels:
            yield f"{walk.name}{label}", {uid: known[uid].get(label, []) for uid in sorted(starts)}
