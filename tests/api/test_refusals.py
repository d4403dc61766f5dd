"""What a client reads over HTTP of a registration that makes no sense: the place, and what to do."""

import json
from typing import Any

import httpx
import pytest

REGISTER = """
mutation($input: RegisterLineageInput!) {
  registerLineage(input: $input) {
    ... on RegisterLineageResult { items { status error { code message path } } }
    ... on RequestError { code message path }
  }
}
"""
RUN = {"source": "r", "runId": "1"}
OWNS = {"actor": {"issuer": "i", "subject": "s"}, "model": {"namespace": "n", "name": "m"}}
MARCH, MAY = "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"


def _registered(client: httpx.Client, **body: Any) -> dict[str, Any]:
    asked = {"query": REGISTER, "variables": {"input": {"source": "s", "dryRun": True, **body}}}
    response = client.post("/graphql", json=asked)
    assert "errors" not in response.json()
    return response.json()["data"]["registerLineage"]


@pytest.mark.parametrize(
    ("items", "code", "path", "remedy"),
    (
        ({"nodes": [{"run": {**RUN, "startedAt": MAY, "endedAt": MARCH}}]}, "BAD_VALUE", "nodes[0].run.endedAt",
         "2026-03-01T00:00:00Z and 2026-05-01T00:00:00Z: correct one of the two"),
        ({"relationships": [{"owns": {**OWNS, "validFrom": MAY, "validTo": MAY}}]}, "BAD_VALUE",
         "relationships[0].owns.validTo", "leave validTo out"),
        ({"nodes": [{"run": {**RUN, "startedAt": MAY}}, {"run": {**RUN, "endedAt": MARCH}}]}, "CONTRADICTION",
         "nodes[1].run.endedAt", "an earlier item"),
        ({"nodes": [{"run": {**RUN, "status": each}} for each in "ab"]}, "CONTRADICTION", "nodes[1].run.status",
         "send one of the two"),
        ({"nodes": [{"commit": {"repository": "https://u:t0ken@host.example:x/c", "sha": "1"}}]}, "BAD_KEY",
         "nodes[0].commit.repository", "as https://host/path, without a user"),
        ({"nodes": [{"run": {"source": "", "runId": "1"}}]}, "BAD_KEY", "nodes[0].run.source", "say the system"),
    ),
)  # fmt: skip
def test_an_item_is_told_its_field_and_what_to_do(
    client: httpx.Client, items: dict[str, Any], code: str, path: str, remedy: str
) -> None:
    answer = _registered(client, **items)
    error = answer["items"][-1]["error"]
    assert (error["code"], error["path"]) == (code, path)
    assert remedy in error["message"]
    assert "t0ken" not in str(answer)


def test_a_source_without_a_name_is_asked_for_it(client: httpx.Client) -> None:
    assert _registered(client, source="") == {
        "code": "BAD_KEY",
        "message": "source is empty: expected a text of 1 to 512 characters. Name the system that speaks.",
        "path": "input.source",
    }


@pytest.mark.parametrize("literal", (True, False))
def test_a_value_that_nests_too_deep_is_told_as_a_whole(client: httpx.Client, literal: bool) -> None:
    deep = "[" * 66 + "]" * 66
    item = f'{{run: {{source: "r", runId: "1", parameters: {deep if literal else "$deep"}}}}}'
    call = f'registerLineage(input: {{source: "s", dryRun: true, nodes: [{item}]}})'
    asked = "... on RegisterLineageResult { items { error { message path } } }"
    query = f"mutation{'' if literal else '($deep: JSON)'} {{ {call} {{ {asked} }} }}"
    response = client.post("/graphql", json={"query": query, "variables": {"deep": json.loads(deep)}})
    [found] = response.json()["data"]["registerLineage"]["items"]
    assert found["error"] == {
        "path": "nodes[0].run.parameters",
        "message": "it is nested more than 64 levels deep: flatten it, or keep it as an artifact.",
    }
