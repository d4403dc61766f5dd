"""Settings of artifacts: what names a store, and how what names none is refused; and what is opened from them."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from app.artifacts.content import Content, new_upload_id
from app.artifacts.failures import PlaceUnknown
from app.artifacts.folder import FolderStore
from app.artifacts.opening import folders_of
from app.artifacts.place import S3Place
from app.artifacts.s3 import S3Store
from app.artifacts.tiers import TieredStore
from app.errors import HomeUnusable
from app.settings import Settings, SettingsRefused, read_settings
from app.wiring import open_artifacts

BUCKET = {
    "artifacts_url": "s3://models",
    "artifacts_endpoint": "http://store.example:9000",
    "artifacts_access_key": "somebody",
    "artifacts_secret_key": "topsecret",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`, and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        monkeypatch.delenv(name)


def refusal(**given: object) -> str:
    with pytest.raises(SettingsRefused) as caught:
        read_settings(**given)
    return caught.value.message


def test_nothing_has_to_be_set() -> None:
    settings = read_settings()
    assert (settings.artifacts_url, settings.public_url) == (None, None)
    assert settings.artifacts_region == "us-east-1"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    (
        ("artifacts_url", "models", "is no bucket"),
        ("artifacts_url", "http://models", "is no bucket"),
        ("artifacts_url", "s3://", "is no bucket"),
        ("artifacts_url", "s3://ab", "3 to 63"),
        ("artifacts_url", f"s3://{'a' * 64}", "3 to 63"),
        ("artifacts_url", "s3://Models", "lower-case"),
        ("artifacts_url", "s3://my_models", "lower-case"),
        ("artifacts_url", "s3://-models", "first and last"),
        ("artifacts_url", "s3://models.", "first and last"),
        ("artifacts_url", "s3://my..models", "3 to 63"),
        ("artifacts_url", "s3://192.168.1.1", "address of a machine"),
        ("artifacts_url", "s3://xn--models", "keeps for itself"),
        ("artifacts_url", "s3://models-s3alias", "keeps for itself"),
        ("artifacts_url", "s3://models/folder", "more than a bucket"),
        ("artifacts_url", "s3://models:9000", "lower-case"),
        ("artifacts_url", "s3://me:word@models", "PEDIGREE_ARTIFACTS_SECRET_KEY"),
        ("artifacts_endpoint", "store.example:9000", "no address that can be used"),
        ("artifacts_endpoint", "s3://store.example", "no address that can be used"),
        ("artifacts_endpoint", "http://", "no address that can be used"),
        ("artifacts_endpoint", "http://store.example:port", "no address that can be used"),
        ("artifacts_endpoint", "http://store.example/models", "more than scheme, host and port"),
        ("artifacts_endpoint", "http://store.example?x=1", "more than scheme, host and port"),
        ("artifacts_endpoint", "http://me:word@store.example", "PEDIGREE_ARTIFACTS_ACCESS_KEY"),
        ("artifacts_endpoint", "http://me@store.example", "PEDIGREE_ARTIFACTS_ACCESS_KEY"),
        ("artifacts_public_endpoint", "http://store.example/models", "more than scheme, host and port"),
        ("artifacts_cold_url", "cold", "is neither a bucket nor a folder"),
        ("artifacts_cold_url", "/cold", "file:///folder"),
        ("artifacts_cold_url", "s3://cold/folder", "more than a bucket"),
        ("artifacts_cold_url", "file:cold", "is no folder of this machine"),
        ("artifacts_cold_url", "file://host/cold", "is no folder of this machine"),
        ("artifacts_cold_url", "file:///cold?x=1", "is no folder of this machine"),
        ("artifacts_cold_url", "file:///co%00ld", "is no folder of this machine"),
        ("artifacts_cold_url", "file:///co%ffld", "is no folder of this machine"),
        ("artifacts_cold_url", "file:///", "the root of all folders"),
        ("artifacts_cold_url", "file:////", "the root of all folders"),
        ("artifacts_cold_url", "file:///cold/..", "the root of all folders"),
        ("artifacts_region", "us east", "pattern"),
        ("artifacts_region", "us-east-", "pattern"),
        ("public_url", "pedigree.example.org", "no address that can be used"),
        ("public_url", "ftp://pedigree.example.org", "no address that can be used"),
        ("public_url", "https://me:word@pedigree.example.org", "needs none"),
        ("public_url", "https://pedigree.example.org?x=1", "a query or a fragment"),
    ),
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, says: str) -> None:
    message = refusal(**{**BUCKET, name: value})
    assert message.replace(":", " ").startswith(f"PEDIGREE_{name.upper()} ")
    assert says in message
    assert str(Settings.model_fields[name].description) in message
    assert "word" not in message


@pytest.mark.parametrize("missing", ("artifacts_endpoint", "artifacts_access_key", "artifacts_secret_key"))
def test_a_bucket_is_named_whole(missing: str) -> None:
    message = refusal(**{**BUCKET, missing: None})
    assert f"PEDIGREE_ARTIFACTS_URL names a bucket, and PEDIGREE_{missing.upper()} is not set." in message
    assert "topsecret" not in message


@pytest.mark.parametrize("name", ("artifacts_endpoint", "artifacts_public_endpoint"))
def test_where_a_store_is_says_not_which_bucket(name: str) -> None:
    message = refusal(**{name: "http://store.example"})
    assert f"PEDIGREE_{name.upper()} is set, and PEDIGREE_ARTIFACTS_URL is not" in message


@pytest.mark.parametrize(
    ("given", "says"),
    (
        ({**BUCKET, "artifacts_cold_url": "s3://models/"}, "names the bucket of PEDIGREE_ARTIFACTS_URL"),
        ({**BUCKET, "artifacts_cold_url": "file:///cold"}, "is a bucket, as s3://bucket"),
        ({"artifacts_cold_url": "s3://cold"}, "a folder, as file:///folder"),
    ),
)
def test_a_colder_store_is_another_of_the_same_kind(given: Mapping[str, object], says: str) -> None:
    assert says in refusal(**given)


def test_keys_alone_name_no_store() -> None:
    """They stand in an `.env` that docker compose reads, too."""
    settings = read_settings(artifacts_access_key="somebody", artifacts_secret_key="topsecret")
    assert settings.artifacts_url is None


def test_what_is_written_otherwise_means_the_same() -> None:
    settings = read_settings(**{**BUCKET, "artifacts_url": "s3://models/", "artifacts_endpoint": "http://x.example/"})
    assert (settings.artifacts_url, settings.artifacts_endpoint) == ("s3://models", "http://x.example")
    assert read_settings(public_url="https://x.example/pedigree/").public_url == "https://x.example/pedigree"


def test_a_secret_key_is_not_printed() -> None:
    assert "topsecret" not in repr(read_settings(**BUCKET))


async def _address(given: Mapping[str, object], address: str = "") -> str:
    """The beginning of what is signed with those settings."""
    store = await open_artifacts(read_settings(**given), address)
    try:
        url = await store.upload_url(await store.begin(new_upload_id(), 0, Content("0" * 64, 1)), 1, 60)
    finally:
        await store.close()
    return url.partition("/staging/")[0]


@pytest.mark.parametrize(
    ("given", "address", "begins"),
    (
        ({}, "", "http://127.0.0.1:8000/artifacts"),
        ({"host": "::1", "port": 9}, "", "http://[::1]:9/artifacts"),
        ({"public_url": "https://x.example/pedigree"}, "", "https://x.example/pedigree/artifacts"),
        ({"public_url": "https://x.example"}, "http://127.0.0.1:5", "http://127.0.0.1:5/artifacts"),
    ),
)
async def test_addresses_of_a_folder_begin_with_who_answers_them(
    tmp_path: Path, given: Mapping[str, object], address: str, begins: str
) -> None:
    assert await _address({"home": tmp_path / "home", **given}, address) == begins


async def test_without_a_bucket_it_is_the_folder_in_the_home(tmp_path: Path) -> None:
    store = await open_artifacts(read_settings(home=tmp_path / "home"))
    assert isinstance(store, FolderStore)
    await store.check()
    assert (tmp_path / "home" / "artifacts" / "sha256").is_dir()
    await store.close()


async def test_a_colder_folder_is_there_and_another(tmp_path: Path) -> None:
    home, cold = tmp_path / "home", tmp_path / "cöld one"
    given = {"home": home, "artifacts_cold_url": cold.as_uri()}
    with pytest.raises(PlaceUnknown, match="is not there"):
        await open_artifacts(read_settings(**given))
    cold.mkdir()
    store = await open_artifacts(read_settings(**given))
    assert [type(each) for each in (store, *folders_of(store))] == [TieredStore, FolderStore, FolderStore]
    await store.check()
    assert (cold / "artifacts" / "sha256").is_dir()
    await store.close()
    (tmp_path / "link").symlink_to(home / "artifacts")
    for same in (home, home / "artifacts", home / "artifacts" / "staging", tmp_path / "link"):
        with pytest.raises(PlaceUnknown, match="is where artifacts are kept anyway"):
            await open_artifacts(read_settings(**{**given, "artifacts_cold_url": same.as_uri()}))


async def test_a_colder_bucket_is_at_the_same_place() -> None:
    store = await open_artifacts(read_settings(**{**BUCKET, "artifacts_cold_url": "s3://glacier"}))
    assert isinstance(store, TieredStore)
    hot, cold = store.hot, store.cold
    assert isinstance(hot, S3Store)
    assert isinstance(cold, S3Store)
    assert (hot._place.bucket, cold._place) == ("models", replace(hot._place, bucket="glacier"))
    await store.close()


async def test_a_home_that_cannot_be_used_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(HomeUnusable, match="PEDIGREE_HOME"):
        await open_artifacts(read_settings(home=tmp_path / "file"))


async def test_a_bucket_is_opened_without_asking_for_it() -> None:
    """No test here can connect to anything."""
    given = {**BUCKET, "artifacts_public_endpoint": "https://s3.example.org", "artifacts_region": "eu-central-1"}
    store = await open_artifacts(read_settings(**given))
    assert isinstance(store, S3Store)
    assert store._place == S3Place(
        "store.example:9000", "models", "somebody", "topsecret", "eu-central-1",
        secure=False, public_endpoint="s3.example.org", public_secure=True,
    )  # fmt: skip
    url = await store.download_url(Content("0" * 64, 1), 60)
    assert url.startswith("https://s3.example.org/models/sha256/00/00/")
    assert "eu-central-1" in url
    await store.close()


async def test_an_endpoint_that_its_provider_does_not_have_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="PEDIGREE_ARTIFACTS_ENDPOINT"):
        await open_artifacts(read_settings(**{**BUCKET, "artifacts_endpoint": "https://nothing.amazonaws.com"}))
