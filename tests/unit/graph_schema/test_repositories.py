"""The one address of a repository: what is one, what is another, and what would let its reader in."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_schema.repositories import normalise_repository

SECRET = "t0ken"


@pytest.mark.parametrize(
    "spelling",
    (
        "https://host.example/team/code",
        "https://HOST.example/team/code.git",
        "HTTPS://host.example:443/team/code/",
        "http://host.example:80/team/code",
        "http://host.example:443/team/code",
        "ssh://git@host.example:443/team/code",
        "https://host.example/team/code.git.git/",
        "https://user@host.example/team/code",
        f"https://user:{SECRET}@host.example/team/code.git",
        f"https://user:p@ss{SECRET}@host.example/team/code",
        f"git+https://user:{SECRET}@host.example/team/code",
        "GIT+https://host.example/team/code.git@v1.2",
        "git+https://host.example/team/code.git@feature/x#egg=code",
        "git+https://host.example/team/code@v1.2",
        "git+ssh://git@host.example/team/code.git",
        "git@host.example:team/code.git",
        "git@HOST.example:/team/code.git/",
        f"user:{SECRET}@host.example:team/code.git",
        "host.example:team/code",
        "ssh://git@host.example/team/code",
        "ssh://git@host.example:22/team/code.git",
        "git://host.example/team/code.git/",
        " https://host.example/team/code ",
        "https://host.example/team/code#readme",
        f"https://host.example/team/code?private_token={SECRET}",
        f"https://host.example/team/code?access_token={SECRET}&X-Amz-Signature={SECRET}",
        f"https://host.example/team/code?private%5Ftoken={SECRET}",
        f"https://host.example/team/code?apikey={SECRET};sig={SECRET}",
    ),
)
def test_a_repository_has_one_address(spelling: str) -> None:
    assert normalise_repository(spelling) == "https://host.example/team/code"


@pytest.mark.parametrize(
    ("spelling", "address"),
    (
        ("https://host.example:8443/c", "https://host.example:8443/c"),
        ("ssh://git@host.example:2222/c", "https://host.example:2222/c"),
        ("https://host.example:22/c", "https://host.example:22/c"),
        ("git@host.example:2222/c", "https://host.example/2222/c"),
        ("git@inside:team/code.git", "https://inside/team/code"),
        ("git@[2001:DB8::1]:team/code.git", "https://[2001:db8::1]/team/code"),
        ("https://[2001:DB8::1]/team/code", "https://[2001:db8::1]/team/code"),
        (f"https://user:{SECRET}@[2001:db8::1]:8443/c", "https://[2001:db8::1]:8443/c"),
        ("https://host.example/@team/code", "https://host.example/@team/code"),
        ("git+https://host.example/@team/code", "https://host.example/@team/code"),
        ("https://host.example/?p=a.git", "https://host.example/?p=a.git"),
        (f"https://host.example?p=a.git&token={SECRET}&o=age", "https://host.example/?p=a.git&o=age"),
        ("https://host.example/Team/Code", "https://host.example/Team/Code"),
        ("https://host.example", "https://host.example/"),
        (f"s3://key:{SECRET}@bucket/x?X-Amz-Signature={SECRET}", "s3://bucket/x"),
        (f"svn+https://user:{SECRET}@host.example/x?p=1", "svn+https://host.example/x?p=1"),
        (f"//user:{SECRET}@host.example/x", "//host.example/x"),
        ("git+file:///srv/code", "file:///srv/code"),
    ),
)
def test_another_repository_has_another_address(spelling: str, address: str) -> None:
    assert normalise_repository(spelling) == address


@pytest.mark.parametrize(
    "value",
    (
        "",
        "./code",
        "code",
        "/srv/me@home/code.git",
        "C:\\code",
        "C:/me@home/code",
        "file:///code",
        "file:///me@home/code",
        "s3://bucket/x",
        "https://host.example/a%20b",
    ),
)
def test_what_names_no_host_is_left_as_it_is(value: str) -> None:
    assert normalise_repository(value) == value


@pytest.mark.parametrize(
    "value",
    (
        f"https://user:{SECRET}@[::1/x",
        f"https://user:{SECRET}@host.example:port/x",
        f"https://user:{SECRET}/x@host.example/x",
        f"https://user:{SECRET}@/x",
        f"https:///user:{SECRET}@host.example/x",
        f"https:user:{SECRET}@host.example/x",
        f"https://proxy.example/https://user:{SECRET}@host.example/x",
        f"scm:git:https://user:{SECRET}@host.example/x",
        f"git::https://user:{SECRET}@host.example/x",
        f"user:{SECRET}@host.example:team/my code",
        f"user:{SECRET}@host.example/code",
        f"https://user:{SECRET}@ho\u2100st.example/x",
    ),
)
def test_what_cannot_be_read_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(ValueError, match="https://host/path, without a user") as refused:
        normalise_repository(value)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


WORDS = st.text("abcXYZ019._-~%+", min_size=1, max_size=8)


@given(
    st.sampled_from(("https", "http", "ssh", "git", "git+https", "git+ssh", "s3", "hg+https", "ftp")),
    WORDS,
    st.sampled_from(("host.example", "[::1]", "localhost", "HOST:99", "host:80", "host:443", "host:22")),
    WORDS,
)
def test_who_may_enter_is_never_kept_and_the_address_is_its_own(scheme: str, user: str, host: str, path: str) -> None:
    found = normalise_repository(f"{scheme}://{user}:{SECRET}@{host}/{path}/code.git")
    assert SECRET not in found
    assert "@" not in found
    assert normalise_repository(found) == found
