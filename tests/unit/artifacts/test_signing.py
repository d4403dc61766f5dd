"""Signed addresses of the service's own: what they allow, nothing else, and not for longer."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.artifacts.content import LONGEST_SECONDS
from app.artifacts.failures import UrlExpired, UrlRefused
from app.artifacts.signing import SECRET_FILE, Grant, Signer, expiry, secret_of
from app.errors import ErrorCode, HomeUnusable

BASE = "http://127.0.0.1:8000/artifacts"
SIGNER = Signer(b"s" * 32, BASE)
NOW = 1_800_000_000
GRANT = Grant("GET", "sha256/aa", NOW + 60, 5, "a" * 64, "model.bin")
GRANTS = st.builds(
    Grant,
    st.sampled_from(("GET", "PUT")),
    st.from_regex(r"[a-z0-9/]{1,40}", fullmatch=True),
    st.integers(NOW + 1, NOW + LONGEST_SECONDS),
    st.integers(0, 2**45),
    st.sampled_from(("", "b" * 64)),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50),
)


def parts(url: str) -> tuple[str, str]:
    split = urlsplit(url)
    assert url.startswith(f"{BASE}/")
    return split.path.removeprefix("/artifacts/"), split.query


@given(GRANTS)
def test_what_was_signed_is_known_again(grant: Grant) -> None:
    assert SIGNER.verify(grant.method, *parts(SIGNER.url(grant)), NOW) == grant


@given(GRANTS, st.data())
def test_nothing_of_it_can_be_changed(grant: Grant, data: st.DataObject) -> None:
    key, query = parts(SIGNER.url(grant))
    fields = dict(parse_qsl(query, keep_blank_values=True))
    name = data.draw(st.sampled_from(("key", *fields)))
    value = data.draw(st.text(max_size=70) | st.sampled_from(("GET", "PUT", "1", "01", "", key)))
    before = key if name == "key" else fields[name]
    if value == before:
        return
    changed = fields | {name: value} if name != "key" else fields
    with pytest.raises(UrlRefused):
        SIGNER.verify(grant.method, value if name == "key" else key, urlencode(changed, errors="replace"), NOW)


@given(st.text(max_size=200), st.text(max_size=50))
def test_nothing_that_comes_makes_it_fail(query: str, key: str) -> None:
    with pytest.raises(UrlRefused):
        SIGNER.verify("GET", key, query, NOW)


@pytest.mark.parametrize("more", ("&name=b", "&a=1", "&signature=", "&", "&=", f"&{'a' * 9000}"))
def test_nothing_can_be_added(more: str) -> None:
    key, query = parts(SIGNER.url(GRANT))
    for changed in (query + more, more.strip("&") + "&" + query):
        with pytest.raises(UrlRefused):
            SIGNER.verify("GET", key, changed, NOW)


def test_what_cannot_be_signed_is_refused() -> None:
    key, query = parts(SIGNER.url(GRANT))
    with pytest.raises(UrlRefused):
        SIGNER.verify("GET", key, query.replace("name=model.bin", "name=%00"), NOW)


def test_its_fields_cannot_run_into_each_other() -> None:
    one, other = Grant("PUT", "a/1", NOW + 60, 15), Grant("PUT", "a/11", NOW + 60, 5)
    assert SIGNER.url(one).partition("signature=")[2] != SIGNER.url(other).partition("signature=")[2]


def test_another_secret_makes_other_addresses() -> None:
    with pytest.raises(UrlRefused, match="changed, or was not made by this service"):
        Signer(b"t" * 32, BASE).verify("GET", *parts(SIGNER.url(GRANT)), NOW)


def test_it_ends_to_the_second() -> None:
    key, query = parts(SIGNER.url(GRANT))
    assert SIGNER.verify("GET", key, query, GRANT.expires - 0.001) == GRANT
    with pytest.raises(UrlExpired, match="Ask for a new one") as found:
        SIGNER.verify("GET", key, query, GRANT.expires)
    assert found.value.code is ErrorCode.URL_EXPIRED


@pytest.mark.parametrize(("method", "allowed"), (("GET", True), ("HEAD", True), ("PUT", False), ("DELETE", False)))
def test_it_is_for_one_method(method: str, allowed: bool) -> None:
    key, query = parts(SIGNER.url(GRANT))
    if allowed:
        assert SIGNER.verify(method, key, query, NOW) == GRANT
    else:
        with pytest.raises(UrlRefused, match=f"is for GET, not for {method}"):
            SIGNER.verify(method, key, query, NOW)


def test_an_address_to_write_does_not_read() -> None:
    key, query = parts(SIGNER.url(Grant("PUT", "a/1", NOW + 60, 5)))
    for method in ("GET", "HEAD"):
        with pytest.raises(UrlRefused, match="is for PUT"):
            SIGNER.verify(method, key, query, NOW)


def test_it_lives_for_so_long_and_no_longer() -> None:
    assert expiry(NOW + 0.9, 1) == NOW + 1
    assert expiry(NOW, LONGEST_SECONDS) == NOW + LONGEST_SECONDS
    for seconds in (0, LONGEST_SECONDS + 1):
        with pytest.raises(ValueError, match="lives between"):
            expiry(NOW, seconds)


def test_the_secret_is_made_once_for_its_owners_eyes(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(secret_of, [home] * 32))
    assert len(secrets) == 1
    assert secret_of(home) in secrets
    assert len(secret_of(home)) == 32
    assert stat.S_IMODE((home / SECRET_FILE).stat().st_mode) == 0o600
    assert [each.name for each in home.iterdir()] == [SECRET_FILE]
    assert secret_of(tmp_path / "other") not in secrets


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    secret_of(tmp_path)
    (tmp_path / SECRET_FILE).chmod(0o640)
    with pytest.raises(HomeUnusable, match="can be read by others"):
        secret_of(tmp_path)


def test_a_secret_that_was_cut_is_refused(tmp_path: Path) -> None:
    secret_of(tmp_path)
    os.truncate(tmp_path / SECRET_FILE, 8)
    with pytest.raises(HomeUnusable, match="32 bytes"):
        secret_of(tmp_path)


def test_a_home_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeUnusable, match="PEDIGREE_HOME"):
        secret_of(tmp_path / "file")
