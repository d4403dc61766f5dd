"""A service with a login, and callers of it."""

import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests.serving import Serving, pedigree

ASKED = {"query": "{ viewer { issuer subject roles namespaces token { name } } }"}


def made(home: Path, name: str, *words: str) -> str:
    """The secret of a token that was made on the graph itself."""
    ended = pedigree("token", "create", name, *words, "--grant", "--home", str(home), folder=home.parent)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def asked(serving: Serving, token: str | None, body: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
    """The answer to a request with that token; None: without any."""
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return httpx.post(f"{serving.address}/graphql", json=body or ASKED, headers=headers, timeout=60, trust_env=False)


def command(serving: Serving, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    """What a command did that speaks to the service with that token."""
    return pedigree(*words, folder=serving.folder, server=serving.address, token=token)
