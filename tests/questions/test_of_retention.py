"""The questions on retention: on the sample inventory with small files, after a plan was carried out."""

import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.access.service import LOCAL, Caller
from app.artifacts.content import Content
from app.graph.transaction import Transaction
from app.registry.verifying import record_verified
from app.retention.policy import Policy, read_policy
from app.retention.service import Retention
from app.wiring import Services
from graph_schema.identity import to_id
from tests.overhearing import overheard
from tests.questions.asking import NUMBERS, QUESTIONS, RETENTION, answered

NOW = 1_795_824_000
"""Seconds since 1970 UTC: some days after the sample was made."""

_FILES = {
    ("tumour-screening", "1"): {"model.safetensors": b"first weights" * 10, "tokenizer.json": b"{}"},
    ("tumour-screening", "2"): {"model.safetensors": b"second weights" * 10, "tokenizer.json": b"{}"},
    ("tumour-screening", "3"): {"model.safetensors": b"third weights" * 10, "tokenizer.json": b"{}"},
    ("form-reader", "1"): {"model.onnx": b"digits" * 10},
    ("2/classifier", "m-e7d04401eecf4f4ab7e79e1f816da986"): {"model.skops": b"of the sweep" * 10},
}
_PLANNER, _APPROVER = Caller("pedigree", "platform-admin"), Caller("pedigree", "risk-approver")


class _Clock:
    def __init__(self) -> None:
        self.seconds = float(NOW)

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def kept(services: Services) -> AsyncGenerator[Services]:
    """The same with files, one plan carried out, and one made."""
    clock = _Clock()
    for (name, version), files in _FILES.items():
        await _give(services, {"namespace": "mlflow", "name": name, "version": version}, files, clock)
    retention = Retention(services.graph, services.store, clock=clock)
    sweeps = read_policy({"name": "sweeps", "rules": [{"neverPromoted": True, "graceDays": 0}], "keepNewest": 0})
    made = await retention.plan(sweeps, _PLANNER)
    clock.seconds += 3_600
    made_id = to_id("RetentionPlan", made.uid)
    await retention.approve(made_id, made.digest or "", _APPROVER)
    clock.seconds += 3_600
    await retention.apply(made_id, _PLANNER)
    clock.seconds += 3_600
    await retention.plan(_old(), _PLANNER)
    yield replace(services, retention=retention)
    await retention.close()


def _old() -> Policy:
    return read_policy({"name": "idle", "rules": [{"idleForDays": 0, "stages": ["STAGING"]}], "keepNewest": 0})


async def _give(services: Services, key: dict[str, str], files: dict[str, bytes], clock: _Clock) -> None:
    """Puts files into the store, and records them as the service does what was handed over."""
    now = int(clock() * 1_000_000)
    nodes: list[dict[str, Any]] = [
        {"modelVersion": {**key, "manifestDigest": f"sha256:{hashlib.sha256(repr(files).encode()).hexdigest()}"}}
    ]
    contained: list[dict[str, Any]] = []
    for path, data in files.items():
        sha256 = hashlib.sha256(data).hexdigest()
        await services.store.put(Content(sha256, len(data)), _chunks(data))
        digest = f"sha256:{sha256}"
        nodes.append({"artifact": {"digest": digest, "bytes": len(data), "state": "STORED", "verifiedAt": now}})
        contained.append({"contains": {"modelVersion": key, "artifact": digest, "path": path, "kind": "OTHER"}})

    async def work(transaction: Transaction) -> None:
        await record_verified(
            transaction, services.graph.engine, nodes, contained, namespace=key["namespace"], caller=LOCAL, now=now
        )

    await services.graph.write(work, repeatable=True)


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_each_is_answered_as_documented_and_costs_what_it_says(kept: Services) -> None:
    for name in RETENTION:
        document = (QUESTIONS / f"{name}.graphql").read_text(encoding="utf-8")
        await answered(kept, document, {})
        with overheard(kept.graph) as statements:
            answer = await answered(kept, document, {})
        said = re.search(r"^# Costs (\w+) statements?\b", document, re.MULTILINE)
        assert said, f"{name} does not say what it costs"
        assert NUMBERS[len(statements)] == said[1], name
        assert answer == orjson.loads((QUESTIONS / f"{name}.json").read_bytes())["data"], name
