"""Delivering rows: what cannot be read costs the one row that holds it."""

from typing import Any

import pytest

from app.errors import ErrorCode, PedigreeError
from app.loading.delivery import RequestUnread
from app.loading.loader import Batch, Item
from app.loading.sending import LoadRequest, send
from tests.unit.loading.pretended import Registry, Store, run, used

REQUEST = LoadRequest("load-1", "mlflow", complete=True)


class Reads:
    """A store of one batch."""

    store_id = "store-1"
    namespace = "science"

    def __init__(self, nodes: list[Item], links: list[Item]) -> None:
        places = [f"line {number}" for number in range(len(nodes) + len(links))]
        self._batch = Batch(nodes, links, "1", 1, 1, places[: len(nodes)], places[len(nodes) :])

    def batches(self, after: str | None = None) -> Any:
        del after
        return iter([self._batch])

    def skipped(self) -> Any:
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


class Choosy(Registry):
    """Cannot read a request that holds one of these runs; it says where, or not."""

    def __init__(self, unread: set[str], *, says_where: bool, code: ErrorCode = ErrorCode.BAD_REQUEST) -> None:
        super().__init__()
        self.asked = 0
        self._unread, self._says_where, self._code = unread, says_where, code

    async def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        bad = {
            f"{name}[{index}]": "odd"
            for name in ("nodes", "relationships")
            for index, item in enumerate(body[name])
            if (item.get("run") or item["used"]["run"])["runId"] in self._unread
        }
        if bad:
            raise RequestUnread("It is odd.", code=self._code, rows=bad if self._says_where else None)
        return await super().__call__(body)


@pytest.mark.parametrize("says_where", (True, False))
async def test_what_cannot_be_read_costs_that_row_alone(*, says_where: bool) -> None:
    registry = Choosy({"3", "7"}, says_where=says_where)
    nodes, links = [run(number) for number in range(10)], [used(7), used(8)]
    report = await send(Reads(nodes, links), registry, REQUEST)
    assert (report.failure, report.created, report.rejected, report.unread) == (None, 9, 3, 3)
    assert [(each.place, each.row) for each in report.refusals] == [
        ("line 3", run(3)),
        ("line 7", run(7)),
        ("line 10", used(7)),
    ]
    assert {each.message for each in report.refusals} == {"odd" if says_where else "It is odd."}
    taken = [item for body in registry.received for item in (*body["nodes"], *body["relationships"])]
    assert taken == [*(each for each in nodes if each not in (run(3), run(7))), used(8)]
    if says_where:
        assert registry.asked == 2


async def test_a_load_with_a_row_that_nobody_read_is_not_complete_and_says_so() -> None:
    registry = Choosy({"1"}, says_where=True)
    report = await send(Store(), registry, REQUEST)
    assert not report.completed
    assert report.retracted == 0
    assert "2 rows could not be read" in report.not_completed
    assert "--complete" in report.not_completed


async def test_a_row_that_is_too_large_is_found() -> None:
    registry = Choosy({"5"}, says_where=False, code=ErrorCode.BODY_TOO_LARGE)
    report = await send(Reads([run(number) for number in range(9)], []), registry, REQUEST)
    assert (report.created, [each.code for each in report.refusals]) == (8, ["BODY_TOO_LARGE"])


async def test_no_row_is_blamed_for_what_every_request_meets() -> None:
    asked: list[int] = []

    async def reads_nothing(body: dict[str, Any]) -> dict[str, Any]:
        asked.append(len(body["nodes"]))
        raise RequestUnread("There is no field registerLineage.")

    report = await send(Store(), reads_nothing, REQUEST)
    assert isinstance(report.failure, PedigreeError)
    assert "no field" in report.failure.message
    assert (report.rejected, asked) == (0, [1, 0])


async def test_a_row_that_nests_too_deep_to_be_sent() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    report = await send(Reads([run(1), {"run": {"parameters": deep}}, run(2)], []), Registry(), REQUEST)
    assert (report.created, report.unread) == (2, 1)
    [refusal] = report.refusals
    assert (refusal.place, refusal.row) == ("line 1", "run: nested too deeply to be shown")
    assert "less deep" in refusal.message
