"""A batch is settled before anything is written."""

from typing import Any

import pytest

from app.errors import ErrorCode
from app.registry.batch import new_node, settle
from app.registry.idempotency import Key, packed, unpack
from app.registry.request import Registration, RegistrationRefused
from app.registry.words import Speaker
from graph_schema.identity import SEPARATOR, to_id, uid

RUN = {"source": "r", "runId": "1"}
VERSION = {"namespace": "n", "name": "M", "version": "1"}
SHA = "sha256:" + "0" * 64


def test_every_end_is_named_and_brings_what_it_belongs_to() -> None:
    batch = settle("s", [], [{"produced": {"run": RUN, "modelVersion": VERSION}}])
    named = {label: len(of_label) for label, of_label in batch.nodes.items() if of_label}
    assert named == {"Run": 1, "Model": 1, "ModelVersion": 1}
    assert set(batch.links) == {("GENERATED_BY", "ModelVersion", "Run"), ("VERSION_OF", "ModelVersion", "Model")}
    [spoken] = batch.nodes["ModelVersion"].values()
    assert new_node(spoken, Speaker("s", "actor", 5)) == {
        "uid": uid("ModelVersion", ("n", "M", "1")),
        **VERSION,
        "undescribed": True,
        "sortKey": SEPARATOR.join(("n", "M", "1")),
        "searchText": "n m 1",
        "stage": "DEVELOPMENT",
    }


def test_what_is_described_has_its_scope_and_its_stage() -> None:
    batch = settle("s", [{"modelVersion": {**VERSION, "claimedStage": "SHADOW", "format": None}}], [])
    [spoken] = batch.nodes["ModelVersion"].values()
    new = new_node(spoken, Speaker("s", "actor", 5, scope="x", load="t"))
    assert (new["stage"], new["scopes"], new["loads"], new["undescribed"]) == ("SHADOW", ["x"], ["t"], False)
    assert (new["stages"], new["stageTimes"], new["claims"]) == (["SHADOW"], [5], '{"s":[[5,"SHADOW",5]]}')
    assert "format" not in new


def test_what_is_missing_is_refused_and_names_nothing() -> None:
    about = {"id": to_id("Run", "0" * 64)}
    item = {"document": {"about": about, "digest": SHA, "kind": "MODEL_CARD"}}
    assert settle("s", [item], []).must_exist == {("Run", "0" * 64)}
    batch = settle("s", [item], [], {("Run", "0" * 64)})
    assert batch.refused
    assert batch.items[0].error
    assert batch.items[0].error.code is ErrorCode.NOT_FOUND
    assert not any(batch.nodes.values())


def test_a_thing_named_by_id_and_by_key_is_named_by_key() -> None:
    about = {"id": to_id("ModelVersion", uid("ModelVersion", ("n", "M", "1")))}
    document = {"document": {"about": about, "digest": SHA, "kind": "MODEL_CARD"}}
    batch = settle("s", [document, {"modelVersion": VERSION}], [])
    [spoken] = batch.nodes["ModelVersion"].values()
    assert spoken.named
    assert spoken.named.key == VERSION


@pytest.mark.parametrize(
    ("body", "code", "path"),
    (
        ({}, "BAD_KEY", "input.source"),
        ({"source": ""}, "BAD_KEY", "input.source"),
        ({"source": "x" * 513}, "BAD_KEY", "input.source"),
        ({"source": "a\x00"}, "BAD_KEY", "input.source"),
        ({"source": "s", "load": ""}, "BAD_KEY", "input.load"),
        ({"source": "s", "namespace": "\ud800"}, "BAD_KEY", "input.namespace"),
        ({"source": "s", "maxRetractedShare": 1.5}, "BAD_VALUE", "input.maxRetractedShare"),
        ({"source": "s", "maxRetractedShare": float("nan")}, "BAD_VALUE", "input.maxRetractedShare"),
        ({"source": "s", "expectedEvery": 0}, "BAD_VALUE", "input.expectedEvery"),
        ({"source": "s", "nodes": [{}] * 300, "relationships": [{}] * 201}, "TOO_MANY_ITEMS", "input.nodes"),
    ),
)
def test_a_registration_that_makes_no_sense_is_refused_whole(body: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        Registration.of(body)
    assert (refused.value.code.value, refused.value.path) == (code, path)


def test_the_digest_of_a_body_is_that_of_what_it_says() -> None:
    one = Registration.of({"source": "s", "nodes": [{"run": {**RUN, "parameters": {"a": 1, "b": 1.0}}}]})
    other = Registration.of(
        {"nodes": [{"run": {"parameters": {"b": 1, "a": 1}, **RUN}}], "source": "s", "idempotencyKey": "k"}
    )
    assert one.digest() == other.digest()
    assert one.digest() != Registration.of({"source": "t"}).digest()
    assert Registration.of({"source": "s", "nodes": [{"run": {"x": "\ud800"}}]}).digest()
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert Registration.of({"source": "s", "nodes": [{"run": {"parameters": deep}}]}).digest()


def test_a_result_is_kept_and_found_again() -> None:
    nodes = [{"run": RUN}, {"run": {**RUN, "runId": ""}}]
    batch = settle("s", nodes, [])
    batch.items[0].status = "CREATED"
    again = settle("s", nodes, [])
    assert unpack(again.items, packed(batch.items, 7)) == 7
    assert again.items == batch.items


def test_a_key_is_kept_for_its_time_and_its_body() -> None:
    key = Key("caller", "k", "digest", own=False)
    assert key.result_of([], 1) is None
    assert key.result_of([[None, None, None]], 1) is None
    assert key.result_of([["other", "r", 1]], 1) is None
    assert key.result_of([["digest", "r", 2]], 1) == "r"
    with pytest.raises(RegistrationRefused) as refused:
        key.result_of([["other", "r", 2]], 1)
    assert refused.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
