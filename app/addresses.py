"""Addresses as people write them into settings."""

import ipaddress
from urllib.parse import SplitResult, urlsplit


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
    if parts.username or parts.password:
        message = f"holds a login, which would show in lists of processes and in logs: it belongs into {where}"
        raise ValueError(message)


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
