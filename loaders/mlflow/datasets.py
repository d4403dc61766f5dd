"""What an MLflow dataset is called, where it is, and in which role a run used it."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from graph_schema.credentials import without_credentials
from graph_schema.identity import UNVERSIONED
from graph_schema.relationships import SCHEMA
from graph_schema.values import BadValue, stored
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

T = TypeVar("T")

FIELDS = ("address", "rows", "schema")
"""What the store says of data that may not be such as can be kept."""

_TABLES = ("delta_table_name", "table_name", "table")
"""Where a source names a table: of which metastore it does not say, so that the name is no address to OpenLineage."""

_ADDRESSES = ("uri", "url", "path", *_TABLES, "catalog_path")
_MLFLOW_DIGEST = re.compile(r"[0-9a-f]{8}")
_DRIVE = re.compile(r"/?([A-Za-z]):[\\/]")
"""How the path of a file begins on Windows, also in the address `file:///C:/…`."""

_RUN_FOLDER = re.compile(r"/([0-9a-f]{32})/artifacts/")
_DECLARED = {each.name: each for each in SCHEMA.node("DatasetVersion").properties}


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


def is_output(use: DatasetUse) -> bool:
    """Whether the run made the data, as its context says."""
    return (use.context or "").strip().lower() in OUTPUTS


def made_by(place: str) -> str:
    """The run among whose artifacts an address lies; empty where it lies nowhere such."""
    found = _RUN_FOLDER.search(place)
    return found[1] if found else ""


def address(use: DatasetUse) -> str:
    """Where the data is kept, without anything that would let its reader in; empty where the store does not say."""
    return _or_else(_address, use, "")


def left_out(use: DatasetUse, fields: Iterable[str] = FIELDS) -> Iterator[tuple[str, str]]:
    """What of these fields the store says and cannot be kept: the field, with the place in it, and why."""
    for field in fields:
        read: Callable[[DatasetUse], Any] = {"address": _address, "rows": _rows, "schema": _schema}[field]
        try:
            read(use)
        except BadValue as error:
            yield f"{field}{error.place}", str(error)


def _or_else(read: Callable[[DatasetUse], T], use: DatasetUse, default: T) -> T:
    try:
        return read(use)
    except BadValue:
        return default


def _address(use: DatasetUse) -> str:
    _, place = _said_place(use)
    return _kept_address(f"hf://datasets/{place}" if use.source_type == "hugging_face" and place else place)


def _said_place(use: DatasetUse) -> tuple[str, str]:
    """Where the data is kept, as the store says it, and what it calls that; empty where it does not say."""
    source = _parsed(use.source)
    if isinstance(source, str):
        return "", source
    found = cast("dict[str, Any]", source) if isinstance(source, dict) else {}
    return next(((name, found[name]) for name in _ADDRESSES if isinstance(found.get(name), str)), ("", ""))


def _kept_address(place: str) -> str:
    try:
        return stored(without_credentials(place), _DECLARED["uri"])
    except BadValue:
        raise
    except ValueError as error:
        raise BadValue(f"{error}.") from None


def key(use: DatasetUse, namespace: str, by: Literal["name", "uri"]) -> DatasetKey:
    """The key of a dataset version: named by MLflow, or by its address as OpenLineage's naming has it.

    A dataset without an address keeps its name, also where it is a table. Its version is its digest: MLflow has no
    other.
    """
    version = use.digest or UNVERSIONED
    place = address(use) if by == "uri" else ""
    if place and _said_place(use)[0] in _TABLES:
        place = ""
    return DatasetKey(*(_by_address(place) if place else (namespace, use.name)), version)


def _by_address(place: str) -> tuple[str, str]:
    if drive := _DRIVE.match(place.removeprefix("file://")):
        path = place.removeprefix("file://")[drive.end() :].replace("\\", "/")
        return ("file", f"{drive[1].upper()}:/{path}")
    parts = urlsplit(place, allow_fragments=False)  # a file, and an object of a bucket, may have "#" in its name
    if not parts.scheme and not parts.netloc:
        return ("file", place)
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
    for name, read in (("rows", _rows), ("schema", _schema)):
        value = _or_else(read, use, None)
        if value is not None:
            said[name] = value
    return said


def _algorithm(digest: str) -> str:
    # MLflow keeps the first 8 hexadecimal digits of an MD5; a user's own digest may be anything.
    if _MLFLOW_DIGEST.fullmatch(digest):
        return "md5 (first 8 hexadecimal digits)"
    return digest.partition(":")[0] if ":" in digest else ""


def _parsed(text: str | None) -> Any:
    """The value that a text is the JSON of; the text itself where it is no JSON.

    Raises:
        BadValue: it is JSON that cannot be read.
    """
    try:
        return json.loads(text) if text else text
    except json.JSONDecodeError:
        return text
    except ValueError:  # Python reads no integer of thousands of digits
        raise BadValue("it holds an integer of more than 64 bits.") from None
    except RecursionError:
        raise BadValue("it is nested too deep to be read: flatten it, or keep it as an artifact.") from None


def _schema(use: DatasetUse) -> Any:
    schema = _parsed(use.schema) if use.schema else None
    stored(schema, _DECLARED["schema"])
    return schema


def _rows(use: DatasetUse) -> int | None:
    profile = _parsed(use.profile)
    if not isinstance(profile, dict):
        return None
    said = cast("dict[str, Any]", profile)
    shape = said.get("features_shape")
    first = cast("list[Any]", shape)[0] if isinstance(shape, list) and shape else None
    rows = said.get("num_rows", first)
    return None if rows is None else stored(rows, _DECLARED["rows"])
