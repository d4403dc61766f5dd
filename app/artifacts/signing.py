"""Signed addresses of this service's own, for the artifacts that it keeps in a folder.

As with those of S3, whoever has one may do the one thing that it says, until its time is over; nothing of it can be
changed.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qsl, urlencode

from app.artifacts.content import LONGEST_SECONDS
from app.artifacts.failures import UrlExpired, UrlRefused
from app.errors import HomeUnusable
from graph_schema.canonical import canonical

SECRET_FILE = "artifact-urls.key"  # noqa: S105 - the name of a file
_SECRET_BYTES = 32
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_FIELDS = ("method", "expires", "bytes", "sha256", "name")
_LONGEST_QUERY = 8192

Method = Literal["GET", "PUT"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What an address allows.

    Attributes:
        method: PUT; or GET, with which HEAD is allowed too.
        key: of what, as the store chose it.
        expires: until when, in seconds since 1970 UTC.
        bytes: how many: those to be sent, no more and no less, or those to be got.
        sha256: of those bytes; empty where it is not known, as of one part of many.
        name: what a browser saves them as; empty for a PUT.
    """

    method: Method
    key: str
    expires: int
    bytes: int
    sha256: str = ""
    name: str = ""


class Signer:
    """Makes addresses, and knows its own again.

    Args:
        secret: of `secret_of`, the same for every process that serves the folder.
        base: the beginning of every address, without a slash at its end: `http://127.0.0.1:8000/artifacts`.
    """

    def __init__(self, secret: bytes, base: str) -> None:
        self._secret = secret
        self._base = base

    def url(self, grant: Grant) -> str:
        """The address that allows it."""
        fields = asdict(grant)
        del fields["key"]
        return f"{self._base}/{grant.key}?{urlencode(fields | {'signature': self._signature(grant)})}"

    def verify(self, method: str, key: str, query: str, now: float) -> Grant:
        """What the address of a request allows.

        Args:
            method: of the request.
            key: its path after the base.
            query: what follows the question mark, as it came.
            now: in seconds since 1970 UTC.

        Raises:
            UrlRefused: no address of ours, one that was changed, or one for another method.
            UrlExpired: its time is over.
        """
        fields = _fields(query)
        grant = _grant(key, fields)
        # Compared before anything else is told of it, and in the same time however much of it is right.
        if not hmac.compare_digest(self._signature(grant).encode(), fields["signature"].encode()):
            raise _refused("was changed, or was not made by this service")
        if now >= grant.expires:
            raise UrlExpired("The time of this address is over.", remedy="Ask for a new one.")
        if method != grant.method and (method, grant.method) != ("HEAD", "GET"):
            raise _refused(f"is for {grant.method}, not for {method[:20]}")
        return grant

    def _signature(self, grant: Grant) -> str:
        signed = canonical(["pedigree-artifact-1", asdict(grant)]).encode()
        return hmac.new(self._secret, signed, hashlib.sha256).hexdigest()


def expiry(now: float, seconds: int) -> int:
    """When an address ends that is made now.

    Raises:
        ValueError: it would live longer than an address may, or not at all.
    """
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise ValueError(f"an address lives between 1 and {LONGEST_SECONDS:,} seconds")
    return int(now) + seconds


def secret_of(home: Path) -> bytes:
    """The secret of a home: made once, by whoever needs it first, and readable by its owner only.

    Raises:
        HomeUnusable: it can be neither read nor made, others may read it, or it is not what was made.
    """
    path = home / SECRET_FILE
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        secret, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise HomeUnusable(
            f"{path}, which signs the addresses of artifacts, cannot be used: {error.strerror or error}.",
            remedy="Let this user read and write it, or set PEDIGREE_HOME to another folder.",
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise HomeUnusable(
            f"{path} can be read by others, who could make addresses of artifacts with it.",
            remedy="Delete it, so that another is made; addresses that were given out end with it.",
        )
    if len(secret) != _SECRET_BYTES:
        raise HomeUnusable(f"{path} does not hold {_SECRET_BYTES} bytes.", remedy="Delete it, so that another is made.")
    return secret


def _make(path: Path) -> None:
    """Writes a secret, whole or not at all; of two who do so at once the first one's counts."""
    written = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(written)
    finally:
        written.unlink()


def _fields(query: str) -> Mapping[str, str]:
    """The fields of an address, each of them once and no other: what is not signed must not be there to be believed."""
    if len(query) > _LONGEST_QUERY:
        raise _refused("is too long")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=len(_FIELDS) + 1)
    except ValueError:
        raise _refused("cannot be read") from None
    fields = dict(pairs)
    if set(fields) != {*_FIELDS, "signature"}:  # of so many none is there twice, where none is missing
        raise _refused("lacks something, or has something twice or too much")
    return fields


def _grant(key: str, fields: Mapping[str, str]) -> Grant:
    method, expires, size = fields["method"], fields["expires"], fields["bytes"]
    if method not in {"GET", "PUT"} or not _NUMBER.fullmatch(expires) or not _NUMBER.fullmatch(size):
        raise _refused("cannot be read")
    try:
        canonical([key, fields["sha256"], fields["name"]])
    except ValueError:
        raise _refused("cannot be read") from None
    return Grant(cast("Method", method), key, int(expires), int(size), fields["sha256"], fields["name"])


def _refused(why: str) -> UrlRefused:
    return UrlRefused(f"This address {why}.", remedy="Ask for a new one, and use it as it is.")
