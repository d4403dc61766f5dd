"""What in an address lets its reader in, and an address without it."""

import re
from urllib.parse import unquote, urlsplit

_SECRET = re.compile(
    r"token|secret|passw|pwd|credential|signature|accesskey|jwt|^x-(amz|goog)-"
    r"|(^|[-_.])(key|apikey|sig|auth|authorization|oauth|user|username|login|expires)=",
    re.IGNORECASE,
)
"""What a parameter begins with that says who may read, and not what is read."""

_PARAMETERS = re.compile("[&;]")

_LETS_IN = re.compile(r"://[^/]+@|^(?![A-Za-z]:[\\/])[^/]*:[^/]*@")
"""What is left of a user, or may be one, in an address that was not understood; a drive's letter is none."""

_CONTAINERS = frozenset({"abfs", "abfss", "wasb", "wasbs"})
"""The schemes of Azure's storage, in which a container stands where others have the user."""

_UNREADABLE = (
    "expected an address without a user, a password or a token, got one that cannot be read (it is not shown, since it "
    "may hold a secret)"
)


def identifying(query: str) -> str:
    """The parameters of a query that name something, as they are written."""
    return "&".join(each for each in _PARAMETERS.split(query) if each and not _is_secret(each))


def _is_secret(parameter: str) -> bool:
    return bool(_SECRET.search(f"{unquote(parameter.partition('=')[0])}="))


def may_let_in(address: str) -> bool:
    """Whether there is, or may be, a user left in an address that was taken apart."""
    return bool(_LETS_IN.search(address))


def without_credentials(address: str) -> str:
    """The address of data or of a model, without the user, the password and the parameters that let its reader in.

    What has none is left as it is written: a path, a table's name, `s3://bucket/key`.

    Raises:
        ValueError: it cannot be read, so that what lets its reader in cannot be told from the rest; the text shows
            nothing of the value.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port  # a password that holds a slash ends up there
    except ValueError:
        raise ValueError(_UNREADABLE) from None  # the reason quotes what may be a secret
    user, _at, host = parts.netloc.rpartition("@")
    query, fragment = _cleaned(parts.query), _cleaned(parts.fragment) if "=" in parts.fragment else parts.fragment
    bare = parts._replace(netloc=host, query=query, fragment=fragment)
    if may_let_in(bare.geturl()):
        raise ValueError(_UNREADABLE)
    if parts.scheme in _CONTAINERS and ":" not in user:
        bare = bare._replace(netloc=parts.netloc)
    return address if bare == parts else bare.geturl()


def _cleaned(query: str) -> str:
    return identifying(query) if any(map(_is_secret, _PARAMETERS.split(query))) else query
