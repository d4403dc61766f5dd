"""Settings: where they come from, which outranks which, and how a wrong one is refused."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.access.spending import Rate
from app.settings import MIB, Settings, SettingsRefused, is_loopback, read_settings
from app.wiring import rate_of


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`, and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PEDIGREE_")]:
        monkeypatch.delenv(name)


def _refusal(**command_line: object) -> str:
    with pytest.raises(SettingsRefused) as caught:
        read_settings(**command_line)
    return caught.value.message


def test_nothing_has_to_be_set() -> None:
    settings = read_settings()
    assert settings.graph_url is None
    assert (settings.host, settings.port, settings.auth) == ("127.0.0.1", 8000, "none")
    assert (settings.limit_body_bytes, settings.limit_bulk_body_bytes) == (MIB, 8 * MIB)
    assert settings.home.is_absolute()


def test_the_command_line_outranks_the_file_and_that_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEDIGREE_PORT", "8001")
    assert read_settings().port == 8001
    (tmp_path / ".env").write_text("PEDIGREE_PORT=8002\nMINIO_ROOT_USER=somebody\n", encoding="utf-8")
    assert read_settings().port == 8002
    assert read_settings(port=8003).port == 8003
    assert read_settings(port=None).port == 8002


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEDIGREE_GRAPH_URL", "")
    assert read_settings().graph_url is None


def test_they_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read_settings().port = 1


def test_a_home_is_absolute(tmp_path: Path) -> None:
    assert read_settings(home="here").home == tmp_path / "here"
    assert read_settings(home="~/there").home == Path.home() / "there"


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("port", "many"),
        ("port", "65536"),
        ("port", "-1"),
        ("auth", "ldap"),
        ("token_days", "0"),
        ("token_days", "4000"),
        ("oidc_issuer", "http://login.example"),
        ("oidc_issuer", "https://login.example/?realm=1"),
        ("oidc_issuer", "https://me:word@login.example"),
        ("oidc_issuer", "login.example"),
        ("oidc_keys_url", "http://login.example/keys"),
        ("oidc_algorithms", "none"),
        ("oidc_algorithms", "HS256"),
        ("oidc_algorithms", "RS256,HS256"),
        ("oidc_algorithms", "RS256,"),
        ("oidc_skew_seconds", "-1"),
        ("oidc_skew_seconds", "601"),
        ("oidc_rules", "no-such-file.json"),
        ("graph_url", "http://127.0.0.1:7474"),
        ("graph_url", "bolt://"),
        ("graph_url", "bolt://host:notaport"),
        ("graph_url", "neo4j"),
        ("server", "127.0.0.1:8000"),
        ("limit_depth", "0"),
        ("limit_seconds", "0"),
        ("limit_seconds", "nan"),
        ("limit_hops", "1001"),
        ("log_format", "xml"),
    ),
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PEDIGREE_{name.upper()}", value)
    message = _refusal()
    assert message.replace(":", " ").startswith(f"PEDIGREE_{name.upper()} ")
    assert str(Settings.model_fields[name].description) in message


def test_every_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEDIGREE_PORT", "x")
    monkeypatch.setenv("PEDIGREE_LIMIT_DEPTH", "y")
    assert [line.partition(":")[0] for line in _refusal().splitlines()] == ["PEDIGREE_PORT", "PEDIGREE_LIMIT_DEPTH"]


def test_a_login_in_an_address_is_refused_and_not_shown() -> None:
    message = _refusal(graph_url="bolt://neo4j:topsecret@127.0.0.1:7687")
    assert "PEDIGREE_GRAPH_PASSWORD" in message
    assert "topsecret" not in message


def test_a_password_is_not_printed() -> None:
    settings = read_settings(graph_password="topsecret")
    assert "topsecret" not in repr(settings)
    assert settings.graph_password.get_secret_value() == "topsecret"


@pytest.mark.parametrize("host", ("0.0.0.0", "::", "192.168.1.1", "pedigree.example.org"))  # noqa: S104 - to be refused
def test_without_login_no_other_address_than_loopback(host: str) -> None:
    message = _refusal(host=host)
    assert "PEDIGREE_HOST" in message
    assert "PEDIGREE_AUTH is none" in message


@pytest.mark.parametrize("missing", ("oidc_issuer", "oidc_audience"))
def test_an_issuer_of_tokens_is_named_whole(missing: str) -> None:
    given = {"auth": "oidc", "oidc_issuer": "https://login.example", "oidc_audience": "pedigree", "host": "192.0.2.1"}
    assert read_settings(**given).oidc_issuer == "https://login.example"
    assert f"PEDIGREE_{missing.upper()}" in _refusal(**{**given, missing: None})


def test_rules_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text('[{"roles": [], "namespaces": []}]', encoding="utf-8")
    assert read_settings(oidc_rules="rules.json").oidc_rules == '[{"roles": [], "namespaces": []}]'
    assert read_settings(oidc_rules=" [] ").oidc_rules == " [] "
    (tmp_path / "bytes.json").write_bytes(b"\xff")
    assert "UTF-8" in _refusal(oidc_rules="bytes.json")


def test_a_token_is_not_printed() -> None:
    assert "topsecret" not in repr(read_settings(token="topsecret"))


@pytest.mark.parametrize("host", ("127.0.0.1", "127.1.2.3", "::1", "localhost"))
def test_loopback_has_several_names(host: str) -> None:
    assert is_loopback(host)
    assert read_settings(host=host).host == host


def test_the_bulk_limit_is_not_the_smaller_one() -> None:
    assert "PEDIGREE_LIMIT_BULK_BODY_BYTES" in _refusal(limit_bulk_body_bytes=10)


def test_whatever_an_operation_may_cost_can_be_paid() -> None:
    assert "PEDIGREE_LIMIT_COST_BURST" in _refusal(limit_cost_burst=99_999)
    assert read_settings(limit_cost_burst=99_999, limit_cost_per_minute=0).limit_cost_burst == 99_999
    for given, rate in (
        ({}, Rate(1_000_000, 1_000_000)),
        ({"limit_cost_per_minute": 60}, Rate(60, 100_000)),
        ({"limit_cost_burst": 200_000}, Rate(1_000_000, 200_000)),
    ):
        assert rate_of(read_settings(**given)) == rate


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PEDIGREE_HOME=\xff\xfe\n")
    assert ".env" in _refusal()


def test_a_server_is_the_address_without_the_api() -> None:
    assert read_settings(server="http://127.0.0.1:8000/graphql").server == "http://127.0.0.1:8000"
    assert read_settings(server="http://127.0.0.1:8000/").server == "http://127.0.0.1:8000"
