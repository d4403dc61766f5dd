"""Where an MLflow store is, as `MLFLOW_TRACKING_URI` has it."""

import httpx

from app.loading.loader import SourceUnusable


def unreadable_location() -> SourceUnusable:
    """The error for a location that is no address; nothing of it is shown, since a password may be in it."""
    return SourceUnusable(
        "The location of the store cannot be read as an address (it is not shown, since it may hold a password).",
        remedy="Give http://host:port, sqlite:///path/mlflow.db or file:path/mlruns, as MLFLOW_TRACKING_URI has it.",
    )


def server_address(address: str) -> httpx.URL:
    """The address of a tracking server, without a slash at its end.

    Raises:
        SourceUnusable: it cannot be read, or names no host.
    """
    try:
        url = httpx.URL(address.rstrip("/"))
        known = bool(url.host)
    except (httpx.InvalidURL, ValueError):
        raise unreadable_location() from None
    if not known:
        raise unreadable_location()
    return url
