"""Stages that are claimed of a time to come: not before it, and then without anybody saying it again."""

import asyncio
from typing import Any

import pytest
import structlog

from app.graph.driver import Graph
from app.registry import ripening
from app.registry.ripening import put_off, ripen
from app.registry.service import Registry
from tests.engines.registered import register, rows, version

START = 1_000_000_000
"""Microseconds since 1970 UTC: when the test begins."""


class Now:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.micros = START

    def __call__(self) -> float:
        return self.micros / 1_000_000


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    found = Now()
    monkeypatch.setattr(ripening, "_now", lambda: found.micros)
    return found


async def stages(graph: Graph) -> dict[str, tuple[str, int | None]]:
    found = await rows(graph, "MATCH (v:ModelVersion) RETURN v.version, v.stage, v.stageDue")
    return {version: (stage, due) for version, stage, due in found}


def claimed(number: object, stage: str, since: int | None) -> dict[str, Any]:
    said: dict[str, Any] = {} if since is None else {"claimedStageSince": START + since}
    return version(number, claimedStage=stage, **said)


async def test_a_stage_counts_when_its_time_has_come(migrated: Graph, now: Now) -> None:
    registry = Registry(migrated, now)
    await register(registry, "a", nodes=[claimed(1, "STAGING", None), claimed(2, "PRODUCTION", 20), version(3)])
    await register(registry, "b", nodes=[claimed(1, "PRODUCTION", 10)])
    await register(registry, "c", nodes=[claimed(1, "RETIRED", 20)])
    assert await stages(migrated) == {
        "1": ("STAGING", START + 10),
        "2": ("DEVELOPMENT", START + 20),
        "3": ("DEVELOPMENT", None),
    }
    assert await ripen(migrated) == 0
    now.micros = START + 10
    assert await ripen(migrated) == 1
    assert await stages(migrated) == {
        "1": ("PRODUCTION", START + 20),
        "2": ("DEVELOPMENT", START + 20),
        "3": ("DEVELOPMENT", None),
    }
    now.micros = START + 25
    assert await ripen(migrated) == 2
    assert await ripen(migrated) == 0
    assert await stages(migrated) == {"1": ("RETIRED", None), "2": ("PRODUCTION", None), "3": ("DEVELOPMENT", None)}


async def test_what_is_claimed_anew_is_due_anew(migrated: Graph, now: Now) -> None:
    registry = Registry(migrated, now)
    await register(registry, nodes=[claimed(1, "PRODUCTION", 30)])
    await register(registry, nodes=[claimed(1, "STAGING", 20)])
    assert await stages(migrated) == {"1": ("DEVELOPMENT", START + 20)}
    await register(registry, nodes=[version(1, claimedStage=None)])
    now.micros = START + 40
    assert await ripen(migrated) == 0
    assert await stages(migrated) == {"1": ("DEVELOPMENT", None)}


async def test_many_come_due_at_once_and_two_services_look(
    migrated: Graph, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ripening, "_PAGE", 7)
    await register(Registry(migrated, now), nodes=[claimed(number, "PRODUCTION", 10) for number in range(30)])
    now.micros += 10
    await asyncio.gather(ripen(migrated), ripen(migrated))
    assert {stage for stage, _ in (await stages(migrated)).values()} == {"PRODUCTION"}


async def test_an_older_release_did_not_wait(migrated: Graph, now: Now) -> None:
    registry = Registry(migrated, now)
    await register(registry, nodes=[claimed(1, "PRODUCTION", 10), claimed(2, "STAGING", None), version(3)])
    await migrated.execute("MATCH (v:ModelVersion {version: '1'}) SET v.stage = 'PRODUCTION', v.stageDue = null")
    for _ in range(2):
        await put_off(migrated)
        assert await stages(migrated) == {
            "1": ("DEVELOPMENT", START + 10),
            "2": ("STAGING", None),
            "3": ("DEVELOPMENT", None),
        }


async def test_it_goes_on_while_the_graph_is_open(migrated: Graph, now: Now, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ripening, "_EVERY", 0.01)
    await register(Registry(migrated, now), nodes=[claimed(1, "STAGING", 10), claimed(2, "RETIRED", 20)])
    now.micros += 10
    async with ripening.ripening(migrated):
        assert (await stages(migrated))["1"] == ("STAGING", None)
        now.micros += 10
        for _ in range(3_000):
            if (await stages(migrated))["2"] == ("RETIRED", None):
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("it was never looked at again")


async def test_a_failure_is_told_once_and_looked_past(
    migrated: Graph, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def fails_twice(graph: Graph) -> int:
        looks.append(len(looks))
        if len(looks) <= 2:
            raise RuntimeError("away")
        return await ripen(graph)

    monkeypatch.setattr(ripening, "_EVERY", 0.01)
    monkeypatch.setattr(ripening, "ripen", fails_twice)
    await register(Registry(migrated, now), nodes=[claimed(1, "STAGING", 10)])
    with structlog.testing.capture_logs() as logged:
        async with ripening.ripening(migrated):
            now.micros += 10
            for _ in range(3_000):
                if (await stages(migrated))["1"] == ("STAGING", None):
                    break
                await asyncio.sleep(0.01)
            else:
                pytest.fail("it was never looked at again")
    assert [each["event"] for each in logged] == ["put off", "ripened"]
