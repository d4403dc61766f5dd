"""What a caller may spend, as a user runs the service: a flood of what is refused comes to its end."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.api.entering import asked, made
from tests.serving import Serving

LARGE = {"query": "{ __typename } #" + "x" * 1_100_000}
LIST = [{"query": "{ __typename }"}]
LIMITS = {"limit_cost": "10", "limit_cost_burst": "10", "limit_cost_per_minute": "1"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spending") / "home"


@pytest.fixture(scope="module")
def serving(home: Path) -> Generator[Serving]:
    """A service whose callers may spend ten."""
    with Serving(home, auth="tokens", **LIMITS) as found:
        yield found


@pytest.mark.parametrize(
    ("subject", "method", "given", "status"),
    (
        ("gets", "GET", {"params": {"query": "mutation { __typename }"}}, 405),
        ("sends-large", "POST", {"json": LARGE}, 413),
        ("sends-lists", "POST", {"json": LIST}, 400),
        ("sends-nonsense", "POST", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
    ),
)
def test_a_flood_of_what_is_refused_is_paid_for(
    serving: Serving, home: Path, subject: str, method: str, given: dict[str, object], status: int
) -> None:
    token = made(home, subject, "--actor", f"people/{subject}", "--role", "VIEWER")
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as client:
        answers = [client.request(method, f"{serving.address}/graphql", **given) for _ in range(11)]  # type: ignore[arg-type] - as httpx takes it
    assert [answer.status_code for answer in answers] == [status] * 10 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert asked(serving, token).status_code == 429
