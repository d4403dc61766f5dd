"""Sends items to `registerLineage` over HTTP, in calls of 500, as a pipeline does."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from tests.bench.client import Client
from tests.bench.inventory import NAMESPACE, SOURCE
from tests.bench.subject import data_of

Item = tuple[str, dict[str, Any]]
"""`nodes` or `relationships`, and one of them as the API takes it."""

ITEMS_A_CALL = 500

REGISTER = """
mutation Register($input: RegisterLineageInput!) {
  registerLineage(input: $input) {
    __typename
    ... on RegisterLineageResult {
      created updated unchanged rejected
      items { path status error { code message } }
    }
    ... on RequestError { code message path }
  }
}
"""


def batches(items: Iterable[Item], source: str = SOURCE) -> Iterator[dict[str, Any]]:
    """The variables of one call after another."""
    rest = iter(items)
    while taken := list(islice(rest, ITEMS_A_CALL)):
        lists: dict[str, list[dict[str, Any]]] = {"nodes": [], "relationships": []}
        for kind, item in taken:
            lists[kind].append(item)
        yield {"input": {"source": source, "namespace": NAMESPACE, **lists}}


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """The result in an answer.

    Raises:
        AssertionError: the call, or one of its items, was refused.
    """
    result = data_of(body)["registerLineage"]
    assert result["__typename"] == "RegisterLineageResult", str(result)
    refused = [item for item in result["items"] if item["status"] == "REJECTED"]
    assert not refused, str(refused[0])
    return result


def register(client: Client, items: Iterable[Item], source: str = SOURCE) -> int:
    """Registers all of them as what that source says; how many nodes and relationships were made."""
    created = 0
    for variables in batches(items, source):
        created += checked(client.post("/graphql", {"query": REGISTER, "variables": variables}))["created"]
    return created
