"""`/metrics` of a service as a user runs it, read by the parsers of Prometheus itself."""

from pathlib import Path

import httpx
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.api.entering import asked, made
from tests.serving import PATIENTLY, Serving
from tests.unit.http.test_metrics import told


def test_what_was_asked_is_counted(tmp_path: Path) -> None:
    with (
        Serving(tmp_path / "home") as serving,
        httpx.Client(base_url=serving.address, **PATIENTLY) as client,
    ):
        before = told(client.get("/metrics").text)
        for _ in range(3):
            asked(serving, None, {"query": "{ models(first: 5) { edges { node { name } } } }"})
        asked(serving, None, {"query": "{ models(first: -5) { edges { node { name } } } }"})
        client.get("/made/up")
        after = told(client.get("/metrics").text)
    assert after["pedigree_requests_total", "/graphql", "200"] == 4
    assert after["pedigree_requests_total", "other", "404"] == 1
    assert after["pedigree_requests_total", "/metrics", "200"] == 1
    assert after["pedigree_cost_total",] - before["pedigree_cost_total",] == 3 * 15 + 10
    assert after["pedigree_errors_total", "BAD_PAGE"] == 1
    assert after["pedigree_statements_total",] - before["pedigree_statements_total",] >= 3
    checks = {key[1]: value for key, value in after.items() if key[0] == "pedigree_check"}
    assert checks == {"graph": 1, "schema": 1, "artifacts": 1}
    amiss = {key[1]: value for key, value in after.items() if key[0] == "pedigree_artifacts_amiss"}
    assert amiss == {"MISSING": 0, "DAMAGED": 0, "UNREADABLE": 0}
    assert after["process_resident_memory_bytes",] > 0


def test_the_newer_form_is_given_to_who_asks_for_it(serving: Serving) -> None:
    accepting = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
    answer = httpx.get(f"{serving.address}/metrics", headers=accepting, **PATIENTLY)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"pedigree_requests", "pedigree_request_seconds", "pedigree_artifacts_amiss"} <= names


def test_who_asks_by_head_gets_no_body(client: httpx.Client) -> None:
    head = client.head("/metrics")
    assert (head.status_code, head.content) == (200, b"")
    assert client.get("/metrics").text.startswith("# HELP "), "on the same connection, where a body would stand first"


def test_with_a_login_it_takes_a_token(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Serving(home, auth="tokens") as serving:
        auditor = made(home, "scraper", "--actor", "services/prometheus", "--role", "AUDITOR")
        viewer = made(home, "portal", "--actor", "services/portal", "--role", "VIEWER")
        address = f"{serving.address}/metrics"
        found = [
            httpx.get(address, headers={"authorization": f"Bearer {token}"} if token else {}, **PATIENTLY)
            for token in (None, viewer, auditor)
        ]
    assert [answer.status_code for answer in found] == [401, 403, 200]
    assert "metrics:read" in found[1].json()["errors"][0]["message"]
