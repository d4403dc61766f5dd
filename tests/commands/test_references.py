"""REFs on the command line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.references import BadReference, parse_reference, parse_references, reference
from graph_schema.identity import to_id

DIGEST = "sha256:" + "ab" * 32
ID = to_id("Dataset", "0" * 64)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("dataset:sales/orders", {"dataset": {"namespace": "sales", "name": "orders"}}),
        ("dataset:s3%3A%2F%2Flake/a%2Fb", {"dataset": {"namespace": "s3://lake", "name": "a/b"}}),
        ("dataset:a:b/c", {"dataset": {"namespace": "a:b", "name": "c"}}),
        (
            "dataset-version:sales/orders/3",
            {"datasetVersion": {"namespace": "sales", "name": "orders", "version": "3"}},
        ),
        ("model:churn/scorer", {"model": {"namespace": "churn", "name": "scorer"}}),
        ("model-version:churn/scorer/12", {"modelVersion": {"namespace": "churn", "name": "scorer", "version": "12"}}),
        ("run:mlflow/4f00", {"run": {"source": "mlflow", "runId": "4f00"}}),
        ("endpoint:prod/churn", {"endpoint": {"environment": "prod", "name": "churn"}}),
        ("commit:https://git.example/a/b/0af1", {"commit": {"repository": "https://git.example/a/b", "sha": "0af1"}}),
        (
            "commit:https%3A%2F%2Fgit.example%2Fa/0af1",
            {"commit": {"repository": "https://git.example/a", "sha": "0af1"}},
        ),
        (f"artifact:{DIGEST.upper().replace('SHA', 'sha')}", {"artifact": DIGEST}),
        (ID, {"id": ID}),
    ),
)
def test_what_a_ref_names(text: str, expected: dict[str, Any]) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    (
        ("", "A REF is kind:key"),
        ("sales/orders", "A REF is kind:key"),
        ("table:sales/orders", "Kinds are dataset,"),
        ("dataset:orders", "namespace/name"),
        ("dataset:sales/", "namespace/name"),
        ("dataset:s3://lake/orders", "%2F"),
        ("model-version:churn/scorer", "namespace/name/version"),
        ("commit:0af1", "repository/sha"),
        ("artifact:sha256:12", "64 hexadecimal digits"),
        ("dataset:%ff/x", "UTF-8"),
    ),
)
def test_what_is_no_ref_is_told_with_the_right_form(text: str, told: str) -> None:
    with pytest.raises(BadReference) as caught:
        parse_reference(text)
    assert told in caught.value.message


def test_no_ref_at_all() -> None:
    with pytest.raises(BadReference):
        parse_references(())


KEYS = st.text(min_size=1).filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text))


@given(namespace=KEYS, name=KEYS, version=KEYS)
def test_a_ref_of_an_answer_can_be_given_back(namespace: str, name: str, version: str) -> None:
    key = {"namespace": namespace, "name": name, "version": version}
    assert parse_reference(reference({"__typename": "DatasetVersion", **key})) == {"datasetVersion": key}


@given(repository=KEYS, sha=KEYS)
def test_a_commits_ref_too(repository: str, sha: str) -> None:
    key = {"repository": repository, "sha": sha}
    assert parse_reference(reference({"__typename": "CodeCommit", **key})) == {"commit": key}


def test_a_thing_without_a_key_of_its_own_is_named_by_its_id() -> None:
    assert reference({"__typename": "Deployment", "id": ID}) == ID
    assert reference({"__typename": "Artifact", "digest": DIGEST}) == f"artifact:{DIGEST}"
