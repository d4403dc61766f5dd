"""Items of a batch, checked: each bad one is told what is wrong, where, and what to do."""

import math
from enum import Enum
from typing import Any

import pytest

from graph_schema import identity
from graph_schema.canonical import NotCanonical
from graph_schema.declare import KEY_LENGTH, TEXT_LENGTH
from graph_schema.rows import Violation
from graph_schema.sayable import said_of
from graph_schema.validation import Validator

SHA = "sha256:" + "0" * 64
RUN = {"source": "mlflow", "runId": "1"}
DATA = {"namespace": "n", "name": "d", "version": "1"}
VERSION = {"namespace": "n", "name": "m", "version": "1"}
ENDPOINT = {"environment": "e", "name": "x"}


class Stage(Enum):
    """As GraphQL coerces an enum."""

    PRODUCTION = "PRODUCTION"


def _refused(item: dict[str, Any], *, node: bool = True) -> Violation:
    validator = Validator("s")
    with pytest.raises(Violation) as found:
        validator.node(item, "nodes[3]") if node else validator.link(item, "relationships[3]")
    return found.value


def test_a_version_brings_its_model() -> None:
    described = Validator("s").node({"modelVersion": {**VERSION, "claimedStage": Stage.PRODUCTION}}, "nodes[0]")
    assert described.named.uid == identity.uid("ModelVersion", ("n", "m", "1"))
    assert described.word == {"claimedStage": "PRODUCTION"}
    [link] = described.named.brings
    assert (link.type, link.start.uid, link.target.label) == ("VERSION_OF", described.named.uid, "Model")
    assert link.uid == identity.relationship_uid("VERSION_OF", link.start.uid, link.target.uid, "s")


def test_absent_is_left_and_null_takes_back() -> None:
    assert Validator("s").node({"run": {**RUN, "status": None, "name": "x"}}, "nodes[0]").word == {
        "status": None,
        "name": "x",
    }


def test_a_property_is_stored_in_its_form() -> None:
    word = (
        Validator("s")
        .node(
            {
                "deployment": {
                    "endpoint": ENDPOINT,
                    "modelVersion": VERSION,
                    "startedAt": 5,
                    "trafficWeight": 1,
                    "imageDigest": SHA.upper().replace("SHA", "sha"),
                }
            },
            "nodes[0]",
        )
        .word
    )
    assert (word["trafficWeight"], type(word["trafficWeight"])) == (1.0, float)
    assert word["imageDigest"] == SHA
    run = Validator("s").node({"run": {**RUN, "parameters": {"b": 1.0, "a": [None]}}}, "nodes[0]")
    assert run.word == {"parameters": '{"a":[null],"b":1}'}
    assert run.named.key == {"runSource": "mlflow", "runId": "1"}


def test_a_deployment_brings_its_version_and_its_endpoint() -> None:
    item = {"deployment": {"endpoint": ENDPOINT, "modelVersion": VERSION, "startedAt": 5}}
    described = Validator("s").node(item, "nodes[0]")
    assert [(link.type, link.start.label, link.target.label) for link in described.named.brings] == [
        ("VERSION_OF", "ModelVersion", "Model"),
        ("SERVES", "Deployment", "ModelVersion"),
        ("HOSTS", "Endpoint", "Deployment"),
    ]
    assert described.named.key["modelVersion"] == "1"


def test_a_document_is_about_anything_by_key_or_id() -> None:
    document = {"digest": SHA, "kind": "MODEL_CARD"}
    named = Validator("s").node({"document": {**document, "about": {"artifact": SHA}}}, "nodes[0]").links[0].target
    assert (named.label, named.by_id) == ("Artifact", False)
    by_id = {"id": identity.to_id("Artifact", named.uid)}
    again = Validator("s").node({"document": {**document, "about": by_id}}, "nodes[0]").links[0].target
    assert (again.uid, again.by_id) == (named.uid, True)


def test_an_evaluation_names_its_data_or_takes_it_back() -> None:
    item = {"modelVersion": VERSION, "name": "e", "evaluatedAt": 1}
    named = Validator("s").node({"evaluation": {**item, "data": DATA}}, "nodes[0]")
    assert [(link.type, link.single) for link in named.links] == [("EVALUATED_ON", True)]
    assert Validator("s").node({"evaluation": {**item, "data": None}}, "nodes[0]").emptied == {"data": "EVALUATED_ON"}


@pytest.mark.parametrize(
    ("fields", "type_", "start", "target"),
    (
        ({"data": DATA}, "TRAINED_ON", "Run", "DatasetVersion"),
        ({"data": DATA, "role": "VALIDATION"}, "VALIDATED_ON", "Run", "DatasetVersion"),
        ({"data": DATA, "role": "INPUT", "how": "join"}, "CONSUMED", "Run", "DatasetVersion"),
        ({"modelVersion": VERSION, "role": "TEST"}, "CONSUMED", "Run", "ModelVersion"),
    ),
)
def test_the_role_is_the_type_and_a_model_is_always_input(
    fields: dict[str, Any], type_: str, start: str, target: str
) -> None:
    link = Validator("s").link({"used": {"run": RUN, **fields}}, "relationships[0]")
    assert (link.type, link.start.label, link.target.label) == (type_, start, target)
    assert (link.word["confidence"], link.word["method"]) == (1.0, "CLAIMED")


def test_an_artifact_at_two_places_is_two_facts() -> None:
    validator = Validator("s")
    item = {"modelVersion": VERSION, "artifact": SHA}
    one, other = (validator.link({"contains": {**item, "path": path}}, "r") for path in "ab")
    assert one.uid != other.uid
    assert "path" in said_of("CONTAINS")


def test_one_repository_is_one_commit_however_it_is_spelt() -> None:
    validator = Validator("s")
    spellings = ("git@host.example:t/c.git", "https://host.example/t/c", "git+https://u:pw@host.example/t/c")
    uids = {validator.node({"commit": {"repository": each, "sha": "1"}}, "n").named.uid for each in spellings}
    assert len(uids) == 1


@pytest.mark.parametrize(
    ("item", "code", "path"),
    (
        ({"run": {"source": "", "runId": "1"}}, "BAD_KEY", "run.source"),
        ({"run": {"source": "s"}}, "BAD_KEY", "run.runId"),
        ({"run": {"source": "s", "runId": "x" * 10_000}}, "BAD_KEY", "run.runId"),
        ({"run": {"source": "s", "runId": "a\x00"}}, "BAD_KEY", "run.runId"),
        ({"run": {"source": "s", "runId": "a\ud800"}}, "BAD_KEY", "run.runId"),
        ({"run": {**RUN, "name": "\udfff"}}, "BAD_VALUE", "run.name"),
        ({"run": {**RUN, "name": "x" * (TEXT_LENGTH + 1)}}, "BAD_VALUE", "run.name"),
        ({"run": {**RUN, "name": 5}}, "BAD_VALUE", "run.name"),
        ({"run": {**RUN, "startedAt": 2**63}}, "BAD_VALUE", "run.startedAt"),
        ({"run": {**RUN, "metrics": {"a": [math.nan]}}}, "BAD_VALUE", "run.metrics.a[0]"),
        ({"run": {**RUN, "metrics": {"a": 2**63}}}, "BAD_VALUE", "run.metrics.a"),
        ({"run": {**RUN, "parameters": {"a": {"b": "\x00"}}}}, "BAD_VALUE", "run.parameters.a.b"),
        ({"run": {**RUN, "parameters": "x" * 2**20}}, "BAD_VALUE", "run.parameters"),
        ({"datasetVersion": {**DATA, "rows": 2**63}}, "BAD_VALUE", "datasetVersion.rows"),
        ({"datasetVersion": {**DATA, "rows": -1}}, "BAD_VALUE", "datasetVersion.rows"),
        ({"datasetVersion": {**DATA, "rows": True}}, "BAD_VALUE", "datasetVersion.rows"),
        ({"datasetVersion": {**DATA, "addresses": ["a", None]}}, "BAD_VALUE", "datasetVersion.addresses"),
        ({"datasetVersion": {**DATA, "addresses": "a"}}, "BAD_VALUE", "datasetVersion.addresses"),
        ({"datasetVersion": {**DATA, "addresses": ["a"] * 1_001}}, "BAD_VALUE", "datasetVersion.addresses"),
        ({"model": {"namespace": "n", "name": "m", "riskTier": 10}}, "BAD_VALUE", "model.riskTier"),
        ({"modelVersion": {**VERSION, "claimedStage": "LIVE"}}, "BAD_VALUE", "modelVersion.claimedStage"),
        ({"modelVersion": {**VERSION, "manifestDigest": "md5:1"}}, "BAD_VALUE", "modelVersion.manifestDigest"),
        ({"commit": {"repository": "r", "sha": "1", "dirty": 1}}, "BAD_VALUE", "commit.dirty"),
        ({"commit": {"repository": "  ", "sha": "1"}}, "BAD_KEY", "commit.repository"),
        ({"commit": {"repository": "https://u:pw@[::1/x", "sha": "1"}}, "BAD_KEY", "commit.repository"),
        ({"artifact": {"digest": "sha256:1"}}, "BAD_KEY", "artifact.digest"),
        ({"evaluation": {"modelVersion": {**VERSION, "name": ""}, "name": "e", "evaluatedAt": 1}}, "BAD_KEY",
         "evaluation.modelVersion.name"),
        ({"evaluation": {"modelVersion": None, "name": "e", "evaluatedAt": 1}}, "BAD_KEY", "evaluation.modelVersion"),
        ({"document": {"digest": SHA, "kind": "POEM", "about": {"artifact": SHA}}}, "BAD_KEY", "document.kind"),
        ({"document": {"digest": SHA, "kind": "MODEL_CARD", "about": {"id": "x"}}}, "BAD_VALUE", "document.about.id"),
        ({"document": {"digest": SHA, "kind": "MODEL_CARD", "about": {}}}, "BAD_VALUE", "document.about"),
        ({"document": {"digest": SHA, "kind": "MODEL_CARD", "about": {"poem": 1}}}, "BAD_VALUE", "document.about"),
        ({"document": {"digest": SHA, "kind": "MODEL_CARD", "about": {"id": identity.to_id("Actor", "0" * 64)}}},
         "BAD_ENDS", "document.about.id"),
        (
            {"deployment": {"endpoint": ENDPOINT, "modelVersion": VERSION, "startedAt": 1, "trafficWeight": 1.5}},
            "BAD_VALUE", "deployment.trafficWeight",
        ),
        (
            {"deployment": {"endpoint": ENDPOINT, "modelVersion": VERSION, "startedAt": 1, "trafficWeight": math.nan}},
            "BAD_VALUE", "deployment.trafficWeight",
        ),
        (
            {"deployment": {"endpoint": ENDPOINT, "modelVersion": VERSION, "startedAt": 1, "trafficWeight": 10**400}},
            "BAD_VALUE", "deployment.trafficWeight",
        ),
        ({"run": {**RUN, "startedAt": 5, "endedAt": 4}}, "BAD_VALUE", "run.endedAt"),
        ({"run": {**RUN, "startedAt": -4, "endedAt": -5}}, "BAD_VALUE", "run.endedAt"),
        (
            {"deployment": {"endpoint": ENDPOINT, "modelVersion": VERSION, "startedAt": 5, "endedAt": 4}},
            "BAD_VALUE", "deployment.endedAt",
        ),
        ({"poem": {}}, "BAD_VALUE", ""),
        ({}, "BAD_VALUE", ""),
        ({"run": RUN, "model": {}}, "BAD_VALUE", ""),
    ),
)  # fmt: skip
def test_a_bad_node_is_refused_with_its_place(item: dict[str, Any], code: str, path: str) -> None:
    violation = _refused(item)
    assert (violation.code, violation.path) == (code, f"nodes[3].{path}".rstrip("."))
    assert violation.message.encode()  # it can be sent
    assert "expected" in violation.message or "it " in violation.message or "is not" in violation.message


@pytest.mark.parametrize(
    ("item", "code", "path"),
    (
        ({"used": {"run": RUN}}, "BAD_ENDS", "used"),
        ({"used": {"run": RUN, "data": DATA, "modelVersion": VERSION}}, "BAD_ENDS", "used"),
        ({"produced": {"run": RUN, "data": None}}, "BAD_ENDS", "produced"),
        ({"used": {"run": RUN, "data": DATA, "role": "TRAINING", "how": "x"}}, "BAD_VALUE", "used.how"),
        ({"used": {"run": RUN, "data": DATA, "role": "FUN"}}, "BAD_VALUE", "used.role"),
        ({"used": {"run": RUN, "data": DATA, "confidence": 2.0}}, "BAD_VALUE", "used.confidence"),
        ({"used": {"run": RUN, "data": DATA, "method": "VERIFIED"}}, "BAD_VALUE", "used.method"),
        ({"used": {"run": RUN, "data": DATA, "evidence": "x"}}, "BAD_VALUE", "used.evidence"),
        ({"used": {"run": {"source": "s", "runId": ""}, "data": DATA}}, "BAD_KEY", "used.run.runId"),
        ({"derivedFrom": {"data": DATA, "from": DATA}}, "SELF_REFERENCE", "derivedFrom"),
        ({"basedOn": {"modelVersion": VERSION, "base": dict(VERSION)}}, "SELF_REFERENCE", "basedOn"),
        ({"partOf": {"run": RUN, "parent": RUN}}, "SELF_REFERENCE", "partOf"),
        ({"calls": {"endpoint": ENDPOINT, "callee": ENDPOINT}}, "SELF_REFERENCE", "calls"),
        ({"contains": {"modelVersion": VERSION, "artifact": SHA}}, "BAD_VALUE", "contains.path"),
        ({"contains": {"modelVersion": VERSION, "artifact": SHA, "path": None}}, "BAD_VALUE", "contains.path"),
        ({"contains": {"modelVersion": VERSION, "artifact": SHA, "path": "x" * 2_000}}, "BAD_VALUE", "contains.path"),
        (
            {"calls": {"endpoint": ENDPOINT, "callee": {**ENDPOINT, "name": "y"}, "validFrom": 5, "validTo": 5}},
            "BAD_VALUE", "calls.validTo",
        ),
        ({"poem": {}}, "BAD_VALUE", ""),
    ),
)  # fmt: skip
def test_a_bad_relationship_is_refused_with_its_place(item: dict[str, Any], code: str, path: str) -> None:
    violation = _refused(item, node=False)
    assert (violation.code, violation.path) == (code, f"relationships[3].{path}".rstrip("."))


def test_a_key_of_the_longest_kind_is_taken() -> None:
    Validator("s").node({"run": {"source": "s", "runId": "\U0001f600" * KEY_LENGTH}}, "nodes[0]")


def test_what_is_no_key_cannot_be_remembered_and_is_refused() -> None:
    assert _refused({"run": {"source": ["s"], "runId": "1"}}).code == "BAD_KEY"


def test_the_reason_of_a_value_is_told() -> None:
    assert NotCanonical("is odd", ".a").place == ".a"


@pytest.mark.parametrize("issuer", ("pedigree", "Pedigree", " pedigree ", "\uff50edigree"))
def test_nobody_describes_the_actors_of_the_service(issuer: str) -> None:
    """They are who did what the service did: as owners or under other names they would mislead."""
    actor = {"issuer": issuer, "subject": "service"}
    found = _refused({"actor": {**actor, "displayName": "x"}})
    assert (found.code, found.path) == ("BAD_KEY", "nodes[3].actor.issuer")
    found = _refused({"owns": {"actor": actor, "model": {"namespace": "n", "name": "m"}}}, node=False)
    assert (found.code, found.path) == ("BAD_KEY", "relationships[3].owns.actor.issuer")


def test_an_issuer_may_hold_that_word() -> None:
    Validator("s").node({"actor": {"issuer": "pedigree.example", "subject": "service"}}, "nodes[0]")
