"""What an MLflow dataset is called, where it is, and how it was used."""

import json
from typing import Any, Literal

import pytest

from loaders.mlflow import datasets
from loaders.mlflow.records import DatasetUse


def use(source: Any = None, context: str | None = None, **more: Any) -> DatasetUse:
    said = {"name": "orders", "digest": "8f9eb48c", "source_type": "local", "schema": None, "profile": None}
    text = source if isinstance(source, str) else json.dumps(source)
    return DatasetUse(**(said | more), source=text, context=context)


@pytest.mark.parametrize(
    ("context", "role"),
    (
        ("training", "TRAINING"),
        (" Train ", "TRAINING"),
        ("validation", "VALIDATION"),
        ("eval", "VALIDATION"),
        ("test", "TEST"),
        ("reference", "REFERENCE"),
        ("input", "INPUT"),
        ("something", None),
        ("", None),
        (None, None),
    ),
)
def test_a_context_is_a_role(context: str | None, role: str | None) -> None:
    assert datasets.role(context) == role


@pytest.mark.parametrize(
    ("source", "place"),
    (
        ({"uri": "s3://bucket/orders.csv"}, "s3://bucket/orders.csv"),
        ({"url": "https://data.example.com/orders"}, "https://data.example.com/orders"),
        ({"url": "https://me:pw@data.example.com/orders"}, "https://data.example.com/orders"),
        (
            {"url": "https://data.example.com/o?X-Amz-Signature=1&version=2&sig=3"},
            "https://data.example.com/o?version=2",
        ),
        ({"uri": "postgresql://me:pw@db.example.com/shop"}, "postgresql://db.example.com/shop"),
        ({"uri": "abfss://raw@account.dfs.core.windows.net/orders"}, "abfss://raw@account.dfs.core.windows.net/orders"),
        ({"path": "data/orders.csv"}, "data/orders.csv"),
        ({"delta_table_name": "shop.orders"}, "shop.orders"),
        ({"tags": {"mlflow.user": "me"}}, ""),
        ({"uri": 5}, ""),
        ([], ""),
        ("s3://bucket/plain", "s3://bucket/plain"),
        ({"url": "https://data.example.com/o?private_token=t0ken&v=1"}, "https://data.example.com/o?v=1"),
        ({"url": "https://data.example.com/o?v=1#access_token=t0ken"}, "https://data.example.com/o?v=1"),
        ({"uri": "hdfs://me:t0ken@name.example.com/orders"}, "hdfs://name.example.com/orders"),
        ({"uri": "s3://t0ken@bucket/orders"}, "s3://bucket/orders"),
        ({"uri": "abfss://raw@account.dfs.core.windows.net/o?sig=t0ken"}, "abfss://raw@account.dfs.core.windows.net/o"),
        ({"uri": "abfss://raw:t0ken@account.dfs.core.windows.net/o"}, "abfss://account.dfs.core.windows.net/o"),
        ("https://[broken", ""),
        ("https://me:t0ken@host:port/x", ""),
        ("https://me:t0ken/x@host/x", ""),
        ("jdbc:postgresql://me:t0ken@db.example.com/shop", ""),
        ("me:t0ken@host.example.com", ""),
        ("", ""),
    ),
)
def test_an_address_is_found_and_lets_nobody_in(source: Any, place: str) -> None:
    assert datasets.address(use(source)) == place
    assert ("t0ken" in str(source) and not place) <= bool(list(datasets.left_out(use(source))))
    assert "t0ken" not in str(list(datasets.left_out(use(source))))


def test_a_dataset_of_a_hub_has_its_address() -> None:
    assert datasets.address(use({"path": "team/orders"}, source_type="hugging_face")) == "hf://datasets/team/orders"


@pytest.mark.parametrize(
    ("place", "namespace", "name"),
    (
        ("s3://bucket/a/orders.csv", "s3://bucket", "a/orders.csv"),
        ("hdfs://host:8020/a/orders", "hdfs://host:8020", "/a/orders"),
        ("https://data.example.com/orders?version=2", "https://data.example.com", "orders?version=2"),
        ("https://data.example.com", "https://data.example.com", "/"),
        ("/data/orders.csv", "file", "/data/orders.csv"),
        ("file:///data/orders.csv", "file", "/data/orders.csv"),
        ("file://host/data/orders.csv", "file://host", "/data/orders.csv"),
        ("data/orders.csv", "file", "data/orders.csv"),
        ("C:\\data\\orders.csv", "file", "C:/data/orders.csv"),
        ("c:/data/orders.csv", "file", "C:/data/orders.csv"),
        ("file:///C:/data/orders.csv", "file", "C:/data/orders.csv"),
        ("/data/orders#1?.csv", "file", "/data/orders#1?.csv"),
        ("s3://bucket/orders#1.csv", "s3://bucket", "orders#1.csv"),
    ),
)
def test_a_dataset_can_be_named_by_its_address(place: str, namespace: str, name: str) -> None:
    assert datasets.key(use({"uri": place}), "mlflow", "uri") == (namespace, name, "8f9eb48c")


@pytest.mark.parametrize("said", ("delta_table_name", "table_name", "table"))
def test_a_table_keeps_its_name_and_is_no_file(said: str) -> None:
    found = use({said: "main.sales.orders", "delta_table_version": 3}, source_type="delta_table")
    assert datasets.key(found, "mlflow", "uri") == ("mlflow", "orders", "8f9eb48c")
    assert datasets.address(found) == "main.sales.orders"


@pytest.mark.parametrize("by", ("name", "uri"))
def test_without_an_address_a_dataset_keeps_its_name(by: Literal["name", "uri"]) -> None:
    assert datasets.key(use({}), "mlflow", by) == ("mlflow", "orders", "8f9eb48c")


def test_without_a_digest_it_is_unversioned() -> None:
    assert datasets.key(use({}, digest=""), "mlflow", "name").version == "@unversioned"
    assert datasets.facts(use({}, digest="")) == {}


@pytest.mark.parametrize(
    ("digest", "algorithm"),
    (("8f9eb48c", "md5 (first 8 hexadecimal digits)"), ("sha256:00", "sha256"), ("mine", None)),
)
def test_a_digest_is_claimed_with_its_algorithm(digest: str, algorithm: str | None) -> None:
    facts = datasets.facts(use({}, digest=digest))
    assert facts["digest"] == digest
    assert facts.get("digestAlgorithm") == algorithm


@pytest.mark.parametrize(
    ("profile", "rows"),
    (
        ('{"num_rows": 150}', 150),
        ('{"features_shape": [7, 2]}', 7),
        ('{"features_shape": []}', None),
        ('{"num_rows": "many"}', None),
        ('{"num_rows": -1}', None),
        ('{"num_rows": true}', None),
        ('{"num_rows": 1.5}', None),
        ('{"num_rows": 99999999999999999999}', None),
        ('{"num_rows": null}', None),
        ("[]", None),
        ("no json", None),
        (None, None),
    ),
)
def test_the_profile_tells_the_rows(profile: str | None, rows: int | None) -> None:
    assert datasets.facts(use({}, profile=profile)).get("rows") == rows


def test_a_schema_that_is_no_json_is_kept_as_text() -> None:
    assert datasets.facts(use({}, schema="a, b"))["schema"] == "a, b"
    assert datasets.facts(use({}, schema='{"a": 1}'))["schema"] == {"a": 1}


@pytest.mark.parametrize(
    ("field", "given", "reason"),
    (
        ("rows", {"profile": '{"num_rows": true}'}, "expected an integer, got True."),
        ("rows", {"profile": '{"num_rows": 99999999999999999999}'}, "at most 64 bits"),
        ("rows", {"profile": f'{{"num_rows": {"9" * 5_000}}}'}, "more than 64 bits"),
        ("rows", {"profile": "[" * 100_000}, "nested too deep"),
        ("schema.a", {"schema": '{"a": NaN}'}, "is nan"),
        ("schema.a[1]", {"schema": '{"a": [1, -Infinity]}'}, "is -inf"),
        ("schema.a", {"schema": '{"a": 18446744073709551616}'}, "more than 64 bits"),
        ("schema", {"schema": f'{{"a": {"9" * 5_000}}}'}, "more than 64 bits"),
        ("schema.a", {"schema": '{"a": "\\ud800"}'}, "lone surrogate"),
        ("schema", {"schema": "\ud800"}, "lone surrogate"),
        ("schema", {"schema": "[" * 70 + "]" * 70}, "nested more than"),
        ("schema", {"schema": "[" * 20_000}, "nested too deep"),
        ("schema", {"schema": f'"{"x" * 2**20}"'}, "at most"),
        ("address", {"source": '{"uri": "a\\ud800b"}'}, "lone surrogate"),
        ("address", {"source": '{"uri": "a\\u0000b"}'}, "NUL"),
        ("address", {"source": "[" * 20_000}, "nested too deep"),
        ("address", {"source": f'{{"uri": "{"u" * 70_000}"}}'}, "at most"),
    ),
)
def test_what_cannot_be_kept_is_left_out_and_the_rest_is_told(field: str, given: dict[str, str], reason: str) -> None:
    whole = {"profile": '{"num_rows": 7}', "schema": '{"b": 1}', "source": '{"uri": "s3://bucket/orders"}'}
    told = use(**(whole | given))
    ((place, why),) = datasets.left_out(told)
    assert place == field
    assert reason in why
    said = datasets.facts(told) | {"address": datasets.address(told)}
    expected = {"rows": 7, "schema": {"b": 1}, "address": "s3://bucket/orders"}
    kept = expected.keys() - {field.partition(".")[0]}
    assert {name: said[name] for name in kept} == {name: expected[name] for name in kept}
    assert not said.get(field.partition(".")[0])


@pytest.mark.parametrize(
    ("context", "made"), (("output", True), (" Derived ", True), ("training", False), ("", False), (None, False))
)
def test_a_run_made_what_it_calls_output(context: str | None, made: bool) -> None:
    assert datasets.is_output(use({"uri": "s3://bucket/orders"}, context)) is made
