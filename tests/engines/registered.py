"""What the writing tests share: a registry on a migrated graph, and short words for items."""

from typing import Any

from app.access.service import LOCAL
from app.graph.driver import Graph
from app.registry.service import RegisterResult, Registry

Item = dict[str, Any]
SHA = "sha256:" + "0" * 64


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


async def register(registry: Registry, source: str = "s", **body: Any) -> RegisterResult:
    return await registry.register({"source": source, **body}, LOCAL)


def statuses(result: RegisterResult) -> list[str]:
    return [item.status for item in result.items]


def codes(result: RegisterResult) -> list[str | None]:
    return [item.error.code.value if item.error else None for item in result.items]


def version(number: object, name: str = "m", **fields: Any) -> Item:
    return {"modelVersion": {"namespace": "n", "name": name, "version": str(number), **fields}}


def run(number: object, **fields: Any) -> Item:
    return {"run": {"source": "r", "runId": str(number), **fields}}


def used(number: object, data: object, role: str = "TRAINING", **fields: Any) -> Item:
    return {"used": {**run(number), "data": data_key(data), "role": role, **fields}}


def made(number: object, of: object, name: str = "m", **fields: Any) -> Item:
    return {"produced": {**run(number), **version(of, name), **fields}}


def data_key(number: object) -> dict[str, str]:
    return {"namespace": "n", "name": "d", "version": str(number)}


async def rows(graph: Graph, statement: str, **parameters: Any) -> list[list[Any]]:
    return await graph.read(statement, parameters)  # pyright: ignore[reportArgumentType] - a test's own text


async def one(graph: Graph, label: str, **key: Any) -> dict[str, Any]:
    """The properties of the one node of a label with that key."""
    where = " AND ".join(f"n.{name} = ${name}" for name in key)
    [[found]] = await rows(graph, f"MATCH (n:{label}) WHERE {where} RETURN properties(n)", **key)
    return found
