"""Documents, registered on the graph and asked for by name at the service on it: on each engine."""

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.cli import run
from app.commands.exits import Exit
from app.commands.questions import OWN
from app.graph.driver import Graph
from app.operations.registered import identifier_of
from tests.commands.contents import REF, write
from tests.serving import Serving

MODELS = "query Models($first: Int) { models(first: $first) { totalCount } }\n"
SAY = """
mutation Say {
  registerLineage(input: { source: "s", nodes: [{ model: { namespace: "n", name: "m" } }] }) { __typename }
}
"""
DEEP = "{ models { edges { node { " + "versions { edges { node { model { " * 3 + "name" + " }" * 16
NEWER = "application/graphql-response+json"

WRONG = {
    "field.graphql": ("{\n  models {\n    nope\n  }\n}\n", "GRAPHQL_VALIDATION_FAILED"),
    "syntax.graphql": ("{ models", "GRAPHQL_PARSE_FAILED"),
    "empty.graphql": ("", "GRAPHQL_PARSE_FAILED"),
    "sdl.graphql": ("type Query { a: Int }", "GRAPHQL_VALIDATION_FAILED"),
    "deep.graphql": (DEEP, "DOCUMENT_TOO_LARGE"),
    "long.graphql": ("{ __typename } #" + "x" * 40_000, "DOCUMENT_TOO_LARGE"),
    "list.json": ("[]", "BAD_USAGE"),
    "odd.json": ("{", "BAD_USAGE"),
}
"""Files that hold no document to register: what they hold, and how they are told so."""

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def settings(migrated: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The settings that name an empty graph, in the environment too."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        monkeypatch.delenv(name)
    found = {"home": str(tmp_path / "home"), "limit_seconds": "60"}
    if migrated.engine.kind == "neo4j":
        endpoint = migrated.endpoint
        found |= {
            "graph_url": endpoint.url,
            "graph_user": endpoint.user,
            "graph_password": endpoint.password,
            "graph_database": endpoint.database,
        }
    for name, value in found.items():
        monkeypatch.setenv(f"PEDIGREE_{name.upper()}", value)
    return found


@pytest.fixture
def client(settings: dict[str, str]) -> Generator[httpx.Client]:
    """A client of a service on that graph, which answers registered documents only, and lists of them."""
    with (
        Serving(Path(settings["home"]), **settings, documents="registered", batching="true") as serving,
        httpx.Client(base_url=serving.address, timeout=60, trust_env=False, headers={"accept": NEWER}) as found,
    ):
        yield found


def _registered(capsys: Printed, *words: str, code: Exit = Exit.DONE) -> Any:
    capsys.readouterr()
    assert run(["documents", "register", *words, "--json"]) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


def _told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


def test_only_what_is_registered_is_answered(client: httpx.Client, capsys: Printed, tmp_path: Path) -> None:
    (tmp_path / "models.graphql").write_text(MODELS, encoding="utf-8")
    (tmp_path / "say.graphql").write_text(SAY, encoding="utf-8")
    models, say = identifier_of(MODELS), identifier_of(SAY)
    assert _told(client.post("/graphql", json={"query": MODELS})) == (403, "DOCUMENT_NOT_REGISTERED")
    assert _told(client.get("/graphql", params={"documentId": models})) == (400, "DOCUMENT_UNKNOWN")

    report = _registered(capsys, "models.graphql", "say.graphql")
    assert [each["documentId"] for each in report["documents"]] == [models, say]

    # The same process answers them now.
    asked = {"documentId": models, "variables": '{"first": 1}'}
    got = client.get("/graphql", params=asked)
    assert (got.status_code, got.json()["data"]) == (200, {"models": {"totalCount": 0}})
    again = client.get("/graphql", params=asked, headers={"if-none-match": got.headers["etag"]})
    assert again.status_code == 304
    assert client.post("/graphql", json={"query": MODELS}).json() == got.json()
    assert _told(client.get("/graphql", params={"documentId": say})) == (405, "BAD_METHOD")
    assert _told(client.post("/graphql", json={"query": MODELS.strip()})) == (403, "DOCUMENT_NOT_REGISTERED")

    several = client.post("/graphql", json=[{"documentId": say}, {"documentId": models}, {"query": "{ __typename }"}])
    said, counted, refused = several.json()
    assert said["data"]["registerLineage"]["__typename"] == "RegisterLineageResult"
    assert counted["data"]["models"]["totalCount"] == 1, "one after the other"
    assert refused["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_REGISTERED"
    changed = client.get("/graphql", params=asked, headers={"if-none-match": got.headers["etag"]})
    assert changed.json()["data"] == {"models": {"totalCount": 1}}


def test_our_own_commands_are_answered_once_registered(
    client: httpx.Client, inventory: Path, tmp_path: Path, capsys: Printed
) -> None:
    server = ["--server", str(client.base_url)]
    load = ["load", "items", str(inventory), *server]
    assert run(load) == Exit.USAGE
    assert "registered documents only" in " ".join(capsys.readouterr().err.split())
    assert _registered(capsys, "--own")["created"] == len(OWN)
    assert run(load) == Exit.DONE
    for words in (["impact"], ["lineage", "--direction", "downstream"]):
        assert run([*words, "dataset:sales/orders", *server]) == Exit.DONE
    assert run(["path", "dataset:sales/orders", REF, *server]) == Exit.DONE
    folder = write(tmp_path / "model", {"config.json": b"{}"})
    assert run(["push", REF, str(folder), *server]) == Exit.DONE
    assert run(["pull", "model:churn/scorer", str(tmp_path / "into"), *server]) == Exit.DONE
    assert run(["verify", REF, *server]) == Exit.DONE
    (tmp_path / "policy.yaml").write_text("name: tidy\nrules: [{stages: [RETIRED]}]\n", encoding="utf-8")
    held = [REF, "--reference", "case 1", *server]
    for words in (
        ["retention", "plan", str(tmp_path / "policy.yaml"), *server],
        ["retention", "list", *server],
        ["hold", "place", *held, "--reason", "x"],
        ["hold", "list", *server],
        ["hold", "lift", *held],
        ["storage", *server],
    ):
        assert run(words) == Exit.DONE


def test_a_wrong_one_is_refused_by_its_place_and_its_neighbours_are_not(
    settings: dict[str, str], capsys: Printed, tmp_path: Path
) -> None:
    (tmp_path / "good.graphql").write_text(MODELS, encoding="utf-8")
    for name, (text, _) in WRONG.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "latin.graphql").write_bytes(b"# \xe9\n{ __typename }")
    report = _registered(capsys, "good.graphql", *WRONG, "latin.graphql", "nowhere.graphql", code=Exit.PARTLY)
    assert (report["created"], report["unchanged"], report["rejected"]) == (1, 0, len(WRONG) + 2)
    errors = {each["place"]: each["errors"] for each in report["documents"]}
    assert errors.pop("good.graphql") == []
    codes = {place: {error["code"] for error in found} for place, found in errors.items()}
    expected = {name: {code} for name, (_, code) in WRONG.items()}
    assert codes == expected | {"latin.graphql": {"BAD_USAGE"}, "nowhere.graphql": {"BAD_USAGE"}}
    [field] = errors["field.graphql"]
    assert (field["line"], field["column"]) == (3, 5)

    assert run(["documents", "register", "good.graphql", "field.graphql"]) == Exit.PARTLY
    printed = capsys.readouterr()
    assert identifier_of(MODELS) in printed.out
    assert "0 registered, 1 known before, 1 refused." in printed.out
    assert "field.graphql:3:5: Cannot query field 'nope'" in printed.err
    assert run(["documents", "list"]) == Exit.DONE
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(identifier_of(MODELS))
    assert line.endswith("  Models")


def test_a_list_of_a_generator_is_registered_under_its_own_names_too(
    settings: dict[str, str], capsys: Printed, tmp_path: Path
) -> None:
    digest = identifier_of(MODELS)
    other = "{ __typename }"
    manifest: dict[str, object] = {
        digest: MODELS,
        digest.removeprefix("sha256:"): MODELS,
        identifier_of(other): MODELS,
        "md5:abc": other,
        "none": 1,
    }
    (tmp_path / "documents.json").write_text(json.dumps(manifest), encoding="utf-8")
    report = _registered(capsys, "documents.json", code=Exit.PARTLY)
    assert (report["created"], report["unchanged"], report["rejected"]) == (3, 2, 3)
    refused = {each["place"]: each["errors"][0]["code"] for each in report["documents"] if each["errors"]}
    assert refused == {
        f'documents.json["{identifier_of(other)}"]': "BAD_VALUE",
        'documents.json["md5:abc"]': "BAD_KEY",
        'documents.json["none"]': "BAD_VALUE",
    }
    (tmp_path / "again.json").write_text(json.dumps({digest.removeprefix("sha256:"): other}), encoding="utf-8")
    report = _registered(capsys, "again.json", code=Exit.PARTLY)
    assert [each["errors"][0]["code"] for each in report["documents"] if each["errors"]] == ["FIXED_VALUE"]
    assert run(["documents", "list", "--json"]) == Exit.DONE
    listed = json.loads(capsys.readouterr().out)["documents"]
    assert {each["documentId"] for each in listed} == {
        digest,
        digest.removeprefix("sha256:"),
        identifier_of(other),
    }
