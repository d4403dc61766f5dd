"""A source to read from and a registry to send to, as far as a load needs them."""

import json
from collections.abc import Iterator
from typing import Any

from app.loading.loader import Batch, Skipped, SourceUnreachable


def run(number: int) -> dict[str, Any]:
    return {"run": {"source": "mlflow", "runId": str(number)}}


def used(number: int) -> dict[str, Any]:
    return {"used": {"run": {"source": "mlflow", "runId": str(number)}}}


class Store:
    """A reading of three batches; it can go away after some of them."""

    def __init__(self, leaves_after: int = 99, store_id: str = "store-1", batches: int = 3) -> None:
        self.store_id = store_id
        self.namespace = "science"
        self.started_after: list[str | None] = []
        self._leaves_after = leaves_after
        self._batches = batches
        self._skipped: list[Skipped] = []

    def batches(self, after: str | None = None) -> Iterator[Batch]:
        self.started_after.append(after)
        for number in range(int(after or 0), self._batches):
            if number == self._leaves_after:
                raise SourceUnreachable("The store went away.")
            self._skipped.append(Skipped("It is odd.", f"run {number}"))
            yield Batch([run(number)], [used(number)], str(number + 1), number + 1, self._batches)

    def skipped(self) -> Iterator[Skipped]:
        found, self._skipped = self._skipped, []
        yield from found

    def close(self) -> None:
        """Nothing is held."""


class Registry:
    """Takes what it is sent; knows what it was sent before."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.rejects: str = ""
        self.answers: dict[str, Any] | None = None
        self._known: set[str] = set()

    async def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        self.received.append(body)
        if self.answers and body["complete"]:
            return self.answers
        items: list[dict[str, Any]] = []
        for name in ("nodes", "relationships"):
            for index, item in enumerate(body[name]):
                text = json.dumps(item)
                status = "REJECTED" if self.rejects and self.rejects in text else "CREATED"
                status = "UNCHANGED" if text in self._known else status
                error = {"code": "BAD", "message": "no"} if status == "REJECTED" else None
                items.append({"path": f"{name}[{index}]", "status": status, "error": error})
                self._known |= {text} if not body["dryRun"] else set()
        counts = {
            name: sum(item["status"] == name.upper() for item in items) for name in ("created", "unchanged", "rejected")
        }
        return {"items": items, "updated": 0, "retracted": 2 if body["complete"] else 0} | counts
