"""What an MLflow dataset is called, where it is, and in which role a run used it."""

import json
import re
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from graph_schema.identity import UNVERSIONED
from loaders.mlflow.records import DatasetUse

ROLES = {
    "training": "TRAINING",
    "train": "TRAINING",
    "fine-tuning": "TRAINING",
    "validation": "VALIDATION",
    "valid": "VALIDATION",
    "val": "VALIDATION",
    "dev": "VALIDATION",
    "eval": "VALIDATION",
    "evaluation": "VALIDATION",
    "test": "TEST",
    "testing": "TEST",
    "holdout": "TEST",
    "reference": "REFERENCE",
    "baseline": "REFERENCE",
    "input": "INPUT",
    "source": "INPUT",
    "raw": "INPUT",
    "inference": "INPUT",
    "scoring": "INPUT",
}
"""What MLflow's tag `mlflow.data.context` says, as a role. `train` and `eval` are what its autologging writes."""

OUTPUTS = frozenset({"output", "outputs", "derived", "generated", "produced", "result"})
"""The contexts of data that a run made: MLflow knows inputs only, so that a preparation says it this way."""

_ADDRESSES = ("uri", "url", "path", "delta_table_name", "table_name", "table", "catalog_path")
_MLFLOW_DIGEST = re.compile(r"[0-9a-f]{8}")
_RUN_FOLDER = re.compile(r"/([0-9a-f]{32})/artifacts/")
# What makes an address a key to the data rather than its name.
_SECRET = re.compile(r"(x-amz-|x-goog-|awsaccesskeyid|sig|token|key|secret|password|credential|expires)", re.IGNORECASE)


class DatasetKey(NamedTuple):
    """The natural key of a dataset version."""

    namespace: str
    name: str
    version: str

    def as_input(self) -> dict[str, str]:
        """The key as the API's input."""
        return self._asdict()


def role(context: str | None) -> str | None:
    """The role that a context stands for; None where it stands for none that is known."""
    return ROLES.get((context or "").strip().lower())


def is_output(use: DatasetUse, run_id: str) -> bool:
    """Whether the run made the data: its context says so, or it has none and the data is among the run's artifacts."""
    if use.context:
        return use.context.strip().lower() in OUTPUTS
    return made_by(address(use)) == run_id


def made_by(place: str) -> str:
    """The run among whose artifacts an address lies; empty where it lies nowhere such."""
    found = _RUN_FOLDER.search(place)
    return found[1] if found else ""


def address(use: DatasetUse) -> str:
    """Where the data is kept, without anything that would let its reader in; empty where the store does not say."""
    try:
        source = json.loads(use.source)
    except ValueError:
        return _without_secrets(use.source)
    if not isinstance(source, dict):
        return ""
    found = cast("dict[str, Any]", source)
    place = next((found[name] for name in _ADDRESSES if isinstance(found.get(name), str)), "")
    if use.source_type == "hugging_face" and place:
        return f"hf://datasets/{place}"
    return _without_secrets(place)


def _without_secrets(place: str) -> str:
    try:
        parts = urlsplit(place)
    except ValueError:
        return place
    if not parts.scheme or not (parts.query or "@" in parts.netloc):
        return place
    # In abfss://container@account the part before the @ is no user; a user's has a password.
    user, at, host = parts.netloc.rpartition("@")
    authority = host if at and (":" in user or parts.scheme in {"http", "https", "ftp", "sftp"}) else parts.netloc
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not _SECRET.match(name)])
    return parts._replace(netloc=authority, query=query).geturl()


def key(use: DatasetUse, namespace: str, by: Literal["name", "uri"]) -> DatasetKey:
    """The key of a dataset version: named by MLflow, or by its address as OpenLineage's naming has it.

    A dataset without an address keeps its name. Its version is its digest: MLflow has no other.
    """
    version = use.digest or UNVERSIONED
    place = address(use) if by == "uri" else ""
    return DatasetKey(*(_by_address(place) if place else (namespace, use.name)), version)


def _by_address(place: str) -> tuple[str, str]:
    parts = urlsplit(place)
    if parts.scheme in {"", "file"}:
        return (f"file://{parts.netloc}" if parts.netloc else "file", parts.path or place)
    tail = f"?{parts.query}" if parts.query else ""
    # OpenLineage names objects of a bucket without the leading slash, files of a cluster with it.
    path = parts.path if parts.scheme in {"hdfs", "dbfs"} else parts.path.lstrip("/")
    return (f"{parts.scheme}://{parts.netloc}", f"{path}{tail}" or "/")


def facts(use: DatasetUse) -> dict[str, Any]:
    """What the store says of the data beside its name and its address."""
    said: dict[str, Any] = {}
    if use.digest:
        said["digest"] = use.digest
        algorithm = _algorithm(use.digest)
        if algorithm:
            said["digestAlgorithm"] = algorithm
    rows = _rows(_parsed(use.profile))
    if rows is not None:
        said["rows"] = rows
    if use.schema:
        said["schema"] = _parsed(use.schema)
    return said


def _algorithm(digest: str) -> str:
    # MLflow keeps the first 8 hexadecimal digits of an MD5; a user's own digest may be anything.
    if _MLFLOW_DIGEST.fullmatch(digest):
        return "md5 (first 8 hexadecimal digits)"
    return digest.partition(":")[0] if ":" in digest else ""


def _parsed(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _rows(profile: Any) -> int | None:
    if not isinstance(profile, dict):
        return None
    said = cast("dict[str, Any]", profile)
    shape = said.get("features_shape")
    first = cast("list[Any]", shape)[0] if isinstance(shape, list) and shape else None
    rows = said.get("num_rows", first)
    return rows if isinstance(rows, int) and rows >= 0 else None
