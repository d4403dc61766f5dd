"""Addresses as people write them into settings."""

import ipaddress
import os
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

_LOGIN = "holds a login, which would show in lists of processes and in logs: it belongs into {}"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


@lru_cache(maxsize=16)  # every request without login names its host
def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address. A name other than `localhost` may be anybody's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address(value: str, schemes: tuple[str, ...], remedy: str) -> SplitResult:
    """The parts of an address of one of these schemes.

    Raises:
        ValueError: it is none.
    """
    message = f"is no address that can be used: {remedy}"
    try:
        parts = urlsplit(value)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(message) from error
    if not usable:
        raise ValueError(message)
    return parts


def refuse_login(parts: SplitResult, where: str) -> None:
    """Lets pass an address without a user and a password.

    Raises:
        ValueError: it has one, which belongs elsewhere.
    """
    if parts.username is not None or parts.password is not None:
        raise ValueError(_LOGIN.format(where))


def issuer(value: str) -> str:
    """The address of an issuer of tokens, as it was written.

    Raises:
        ValueError: it is none that can be trusted.
    """
    parts = address(value, ("http", "https"), "write it as https://login.example.org/realm")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("is not https: whoever stands on the way could put in keys of its own")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("has a login, a query or a fragment, which an issuer's address has not")
    return value


def origins(value: str) -> list[str]:
    """Origins as browsers write them, from a list with commas.

    Raises:
        ValueError: one of them is none.
    """
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        parts = address(name, ("http", "https"), "write origins as https://portal.example.org, each by itself")
        if name != f"{parts.scheme}://{parts.netloc}" or name != name.lower() or parts.username is not None:
            raise ValueError(f"holds {name!r}, which is no origin: write it as https://portal.example.org")
    return names


def bucket(value: str) -> str:
    """The name of a bucket that is written as `s3://bucket`.

    Raises:
        ValueError: it is none that S3 takes (Amazon S3, General purpose bucket naming rules).
    """
    scheme, _, name = value.rstrip("/").partition("://")
    if scheme != "s3":
        raise ValueError("is no bucket: write it as s3://bucket")
    if "@" in name:
        raise ValueError(_LOGIN.format("PEDIGREE_ARTIFACTS_ACCESS_KEY and PEDIGREE_ARTIFACTS_SECRET_KEY"))
    if "/" in name or "?" in name or "#" in name:
        raise ValueError("names more than a bucket: write it as s3://bucket, without a folder in it")
    if not _BUCKET.fullmatch(name) or ".." in name or _is_number(name):
        raise ValueError(
            "names a bucket as none may be named: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter "
            "or a digit first and last, and no address of a machine"
        )
    if name.startswith(_RESERVED) or name.endswith(_RESERVED_ENDS):
        raise ValueError("names a bucket with a beginning or an end that S3 keeps for itself: choose another name")
    return name


def bucket_or_folder(value: str) -> str:
    """The same of a bucket, or of a folder of this machine that is written as `file:///folder`.

    Raises:
        ValueError: it is neither.
    """
    match urlsplit(value).scheme:
        case "s3":
            return f"s3://{bucket(value)}"
        case "file":
            return folder(value).as_uri()
        case _:
            raise ValueError("is neither a bucket nor a folder: write it as s3://bucket, or as file:///folder")


def folder(value: str) -> Path:
    """The folder that is written as `file:///folder`.

    Raises:
        ValueError: it is none of this machine's, or the root of all.
    """
    message = "is no folder of this machine: write it as file:///folder"
    parts = urlsplit(value)
    try:
        path = unquote(parts.path, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError(message) from error
    more = parts.netloc or parts.query or parts.fragment or "\0" in path
    if parts.scheme != "file" or more or not path.startswith("/"):
        raise ValueError(message)
    found = Path("/", os.path.normpath(path).lstrip("/"))
    if found == Path("/"):
        raise ValueError("names the root of all folders: name one of its own")
    return found


def _is_number(name: str) -> bool:
    return re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name, re.ASCII) is not None


def endpoint(value: str) -> str:
    """Where an S3 API is: scheme, host and port.

    Raises:
        ValueError: it is no such address, or says more.
    """
    parts = address(value, ("http", "https"), "write it as https://s3.example.org or http://127.0.0.1:9000")
    refuse_login(parts, "PEDIGREE_ARTIFACTS_ACCESS_KEY and PEDIGREE_ARTIFACTS_SECRET_KEY")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("has more than scheme, host and port: write it as https://s3.example.org:9000")
    return f"{parts.scheme}://{parts.netloc}"


def base(value: str) -> str:
    """The beginning of a service's addresses, without a slash at its end.

    Raises:
        ValueError: it is no such address.
    """
    parts = address(value, ("http", "https"), "write it as https://pedigree.example.org")
    refuse_login(parts, "no address, since a signed one needs none")
    if parts.query or parts.fragment:
        raise ValueError("has a query or a fragment: write it as https://pedigree.example.org")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
