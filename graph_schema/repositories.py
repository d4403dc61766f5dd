"""The one address of a code repository, however a clone spells it, and never what would let its reader in."""

import re
from urllib.parse import SplitResult, urlsplit

from graph_schema.credentials import identifying, may_let_in

_UNREADABLE = (
    "expected the address of a repository as https://host/path, without a user, a password or a token, got one that "
    "cannot be read (it is not shown, since it may hold a secret)"
)
# `user@host:path`, as scp has it; without a user the host is known by its dot, since `word:path` may be anything.
_SCP = re.compile(
    r"(?:[^@/\s]+@(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])|(?P<plain>[A-Za-z0-9.-]+\.[A-Za-z0-9-]+|localhost))"
    r":(?!//)(?P<path>\S+)",
    re.ASCII,
)
_PIP = re.compile(r"git\+(?=[a-z]+:)", re.IGNORECASE)
_PIP_REVISION = re.compile(r"(?<=[^/])@[^/]*$|(?<=\.git)@.*$")
_ENDING = re.compile(r"(/|\.git)+$")
_DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22, "git": 9418}


def normalise_repository(value: str) -> str:
    """The one address of a repository: `https://host/path`, without user, `.git` or slash.

    `git@host:team/code.git`, `ssh://git@host/team/code`, `git+https://token@HOST/team/code@v1` and
    `https://host/team/code/` are the same repository. A query stays, save what lets its reader in: some servers name
    the repository in it. Anything that names no host (a path, a word) is left as it is.

    Raises:
        ValueError: it cannot be read, so that what lets its reader in cannot be told from the rest; the text says what
            was expected, and nothing of the value.
    """
    text = value.strip()
    scp = _SCP.fullmatch(text)
    found = _address((scp["host"] or scp["plain"]).lower(), scp["path"], "") if scp else _of_url(text)
    if may_let_in(found):
        raise ValueError(_UNREADABLE)
    return found


def _of_url(text: str) -> str:
    plain = _PIP.sub("", text, count=1)
    try:
        parts = urlsplit(plain)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(_UNREADABLE) from None  # the reason quotes what may be a secret
    if parts.scheme in _DEFAULT_PORTS:
        if not host:
            raise ValueError(_UNREADABLE)
        path = parts.path if plain == text else _PIP_REVISION.sub("", parts.path)
        return _address(_authority(host, port, parts.scheme), path, identifying(parts.query))
    return _without_user(parts) if parts.netloc else plain


def _authority(host: str, port: int | None, scheme: str) -> str:
    host = f"[{host}]" if ":" in host else host
    # 443 is left out whatever spoke there: the address begins with https, where it says nothing.
    return host if port in {None, 443, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"


def _address(authority: str, path: str, query: str) -> str:
    return f"https://{authority}/{_ENDING.sub('', path.lstrip('/'))}{f'?{query}' if query else ''}"


def _without_user(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query=identifying(parts.query)).geturl()
