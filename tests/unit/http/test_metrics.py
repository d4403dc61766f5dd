"""What monitoring is told: what was counted, each under its own name; and who is told."""

from collections.abc import Callable, Mapping

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.access.login import NoLogin, Unauthenticated
from app.access.roles import Role
from app.access.service import Caller
from app.errors import GraphUnreachable, PedigreeError
from app.http.counting import BOUNDS, OTHER, Counts
from app.http.front import Front
from app.http.metrics import MetricsEndpoint


class FakeLogin:
    """Knows callers by what their tokens are named after."""

    async def caller(self, authorization: str) -> Caller:
        match authorization:
            case "Bearer auditor":
                return Caller("people", "auditor", frozenset({Role.AUDITOR}))
            case "Bearer limited":
                return Caller("people", "limited", frozenset({Role.AUDITOR}), ("churn",))
            case "Bearer viewer":
                return Caller("people", "viewer", frozenset({Role.VIEWER}))
            case _:
                raise Unauthenticated("unknown")


class Looked:
    """Counts how often the graph is asked, and what it answers or fails with."""

    def __init__(self, *answers: Mapping[str, int] | PedigreeError) -> None:
        self._answers = list(answers)
        self.times = 0

    async def __call__(self) -> Mapping[str, int]:
        self.times += 1
        found = self._answers.pop(0)
        if isinstance(found, PedigreeError):
            raise found
        return found


async def _passes() -> None:
    pass


async def _fails() -> None:
    raise GraphUnreachable("No graph answers.")


def client_of(endpoint: MetricsEndpoint) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Front(endpoint, local_only=False))
    return httpx.AsyncClient(transport=transport, base_url="http://pedigree")


def told(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels, every sample, as Prometheus reads it."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def _read(counts: Counts, amiss: Callable[..., object] | None = None) -> dict[tuple[str, ...], float]:
    endpoint = MetricsEndpoint(counts, {"graph": _passes, "artifacts": _fails}, amiss or Looked({}), NoLogin())  # type: ignore[arg-type] - as it is called
    async with client_of(endpoint) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    return told(answer.text)


async def test_requests_are_counted_by_path_and_status() -> None:
    counts = Counts(("/graphql", "/artifacts/"))
    for path, status, seconds in (
        ("/graphql", 200, 0.004),
        ("/graphql", 200, BOUNDS[0]),
        ("/graphql", 429, 0.3),
        ("/graphql/", 404, 0.1),
        ("/artifacts/a/b", 200, 11.0),
        ("/made/up", 404, 0.1),
    ):
        counts.answered(path, status, seconds, {})
    found = await _read(counts)
    assert found["pedigree_requests_total", "/graphql", "200"] == 2
    assert found["pedigree_requests_total", "/graphql", "429"] == 1
    assert found["pedigree_requests_total", "/artifacts/", "200"] == 1
    assert found["pedigree_requests_total", OTHER, "404"] == 2
    buckets = {key[1]: value for key, value in found.items() if key[0].endswith("_bucket") and key[2] == "/graphql"}
    assert buckets == {str(bound): 2.0 if bound < 0.3 else 3.0 for bound in BOUNDS} | {"+Inf": 3.0}
    assert found["pedigree_request_seconds_sum", "/graphql"] == pytest.approx(0.309)
    assert found["pedigree_request_seconds_bucket", "10.0", "/artifacts/"] == 0
    assert found["pedigree_request_seconds_count", "/artifacts/"] == 1


async def test_what_the_log_says_of_a_request_is_counted_too() -> None:
    counts = Counts()
    counts.answered("/graphql", 200, 0.1, {"cost": 35})
    counts.answered("/graphql", 200, 0.1, {"cost": 7, "codes": ["NOT_FOUND", "TIMEOUT"]})
    counts.answered("/graphql", 200, 0.1, {"codes": ["NOT_FOUND"]})
    counts.sent("RETURN 1", {})
    found = await _read(counts)
    assert found["pedigree_cost_total",] == 42
    assert found["pedigree_statements_total",] == 1
    assert (found["pedigree_errors_total", "NOT_FOUND"], found["pedigree_errors_total", "TIMEOUT"]) == (2, 1)


async def test_checks_and_what_is_amiss_are_told() -> None:
    found = await _read(Counts(), Looked({"DAMAGED": 3, "MISSING": 0}))
    assert (found["pedigree_check", "graph"], found["pedigree_check", "artifacts"]) == (1, 0)
    assert (found["pedigree_artifacts_amiss", "DAMAGED"], found["pedigree_artifacts_amiss", "MISSING"]) == (3, 0)


async def test_while_the_graph_is_away_nothing_is_said_of_artifacts() -> None:
    amiss = Looked(GraphUnreachable("No graph answers."), {"DAMAGED": 1})
    async with client_of(MetricsEndpoint(Counts(), {}, amiss, NoLogin())) as client:
        away, back = [told((await client.get("/metrics")).text) for _ in range(2)]
    assert not [key for key in away if key[0] == "pedigree_artifacts_amiss"]
    assert back["pedigree_artifacts_amiss", "DAMAGED"] == 1


async def test_artifacts_are_counted_every_five_minutes_at_most() -> None:
    now, amiss = [0.0], Looked({"DAMAGED": 1}, {"DAMAGED": 2})
    async with client_of(MetricsEndpoint(Counts(), {}, amiss, NoLogin(), lambda: now[0])) as client:
        for now[0], damaged in ((100.0, 1), (399.9, 1), (400.0, 2)):
            assert told((await client.get("/metrics")).text)["pedigree_artifacts_amiss", "DAMAGED"] == damaged
    assert amiss.times == 2


@pytest.mark.parametrize(
    ("method", "token", "status", "code"),
    (
        ("GET", None, 401, "UNAUTHENTICATED"),
        ("GET", "viewer", 403, "FORBIDDEN"),
        ("GET", "limited", 403, "FORBIDDEN"),
        ("POST", "auditor", 405, "BAD_METHOD"),
    ),
)
async def test_counts_of_everything_are_not_for_everybody(
    method: str, token: str | None, status: int, code: str
) -> None:
    amiss = Looked()
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with client_of(MetricsEndpoint(Counts(), {}, amiss, FakeLogin())) as client:
        answer = await client.request(method, "/metrics", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert amiss.times == 0


async def test_an_auditor_who_sees_everything_is_told() -> None:
    async with client_of(MetricsEndpoint(Counts(), {}, Looked({}), FakeLogin())) as client:
        answer = await client.get("/metrics", headers={"authorization": "Bearer auditor"})
        head = await client.head("/metrics", headers={"authorization": "Bearer auditor"})
    assert answer.status_code == head.status_code == 200
    assert "pedigree_cost_total" in answer.text
    assert head.content == b""
