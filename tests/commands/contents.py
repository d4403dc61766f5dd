"""Files of a version, in memory and in a folder."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from app.artifacts.content import Content
from app.artifacts.manifest import File, Manifest

KEY = {"namespace": "churn", "name": "scorer", "version": "12"}
REF = "model-version:churn/scorer/12"


def sha256(data: bytes) -> str:
    """The digest of these bytes."""
    return hashlib.sha256(data).hexdigest()


def manifest_of(files: Mapping[str, bytes]) -> Manifest:
    """The manifest of files that hold this."""
    return Manifest.of(File.of(path, Content(sha256(data), len(data))) for path, data in files.items())


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The folder, with these files in it."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder
