"""An address of data or of a model: what lets its reader in goes, and the rest stays as it is written."""

import traceback

import pytest

from graph_schema.credentials import without_credentials

SECRET = "t0ken"


@pytest.mark.parametrize(
    "address",
    (
        "",
        "data/orders.csv",
        "/data/a:b@c/orders.csv",
        "C:\\data\\me@home.csv",
        "catalog.shop.orders@v3",
        "s3:///orders",
        "s3://bucket/orders?versionId=3&partition=eu#part=1",
        "https://data.example.com/o?monkey=1&a;b",
        "abfss://raw@account.dfs.core.windows.net/orders",
        "models:/orders@champion",
        "mlflow-artifacts:/1/abc/artifacts/model",
        "file:///data/orders.csv",
    ),
)
def test_what_lets_nobody_in_stays_as_it_is(address: str) -> None:
    assert without_credentials(address) == address


@pytest.mark.parametrize(
    ("address", "kept"),
    (
        (f"https://data.example.com/o?private_token={SECRET}&v=1", "https://data.example.com/o?v=1"),
        (f"https://data.example.com/o?private%5Ftoken={SECRET}", "https://data.example.com/o"),
        (f"https://data.example.com/o?%74oken={SECRET}", "https://data.example.com/o"),
        (f"https://data.example.com/o?X-Amz-Signature={SECRET}&AWSAccessKeyId=1", "https://data.example.com/o"),
        (f"https://data.example.com/o#access_token={SECRET}", "https://data.example.com/o"),
        (f"https://{SECRET}@data.example.com/o", "https://data.example.com/o"),
        (f"s3://key:{SECRET}@bucket/o", "s3://bucket/o"),
        (f"abfss://raw:{SECRET}@account.dfs.core.windows.net/o", "abfss://account.dfs.core.windows.net/o"),
        (f"jdbc:postgresql://db.example.com/shop?user=me&password={SECRET}", "jdbc:postgresql://db.example.com/shop"),
    ),
)
def test_what_lets_in_goes(address: str, kept: str) -> None:
    assert without_credentials(address) == kept


@pytest.mark.parametrize(
    "address",
    (
        f"https://me:{SECRET}@[broken",
        f"https://me:{SECRET}@host:port/x",
        f"https://me:{SECRET}/x@host/x",
        f"jdbc:postgresql://me:{SECRET}@db.example.com/shop",
        f"me:{SECRET}@host.example.com",
    ),
)
def test_what_cannot_be_read_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(ValueError, match="without a user, a password or a token") as refused:
        without_credentials(address)
    assert SECRET not in "".join(traceback.format_exception(refused.value))
