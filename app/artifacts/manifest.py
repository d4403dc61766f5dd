"""The files of a version: their paths, digests and kinds, and the one digest over all of them."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import PurePosixPath

from app.artifacts.content import Content
from app.artifacts.failures import BadManifest
from graph_schema.canonical import canonical, shown

MOST_FILES = 10_000
"""Of one version."""

LONGEST_PATH = 1024
"""In characters."""

LONGEST_PART = 255
"""In bytes of UTF-8: what file systems take as one name (Linux, NAME_MAX)."""

UNFINISHED = ".pedigree-part"
"""How the names of files end that a pull has not finished: no file of a version is named so."""

_NAMED = 3
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of Unicode that no name needs: controls, surrogates, ends of lines."""

_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing, and so show another name than there is (UTR 36, section 3.2)."""


class Kind(StrEnum):
    """What a file is for."""

    WEIGHTS = "WEIGHTS"
    CONFIGURATION = "CONFIGURATION"
    TOKENIZER = "TOKENIZER"
    SIGNATURE = "SIGNATURE"
    """What goes into the model and what comes out, as MLflow writes it."""

    ENVIRONMENT = "ENVIRONMENT"
    OTHER = "OTHER"


_NAMES: dict[Kind, frozenset[str]] = {
    Kind.TOKENIZER: frozenset(
        {
            "added_tokens.json",
            "chat_template.jinja",
            "merges.txt",
            "sentencepiece.bpe.model",
            "special_tokens_map.json",
            "spiece.model",
            "tokenizer.json",
            "tokenizer.model",
            "tokenizer_config.json",
            "vocab.json",
            "vocab.txt",
        }
    ),
    Kind.SIGNATURE: frozenset({"mlmodel", "input_example.json", "serving_input_example.json", "signature.json"}),
    Kind.ENVIRONMENT: frozenset(
        {
            "conda.yaml",
            "conda.yml",
            "dockerfile",
            "environment.yaml",
            "environment.yml",
            "pipfile",
            "pipfile.lock",
            "poetry.lock",
            "pyproject.toml",
            "python_env.yaml",
            "requirements.txt",
            "uv.lock",
        }
    ),
}
_SUFFIXES: dict[str, Kind] = {
    **dict.fromkeys(
        (
            *(".bin", ".cbm", ".ckpt", ".gguf", ".h5", ".hdf5", ".joblib", ".keras", ".mar", ".mlmodel", ".msgpack"),
            *(".npy", ".npz", ".onnx", ".pb", ".pickle", ".pkl", ".pmml", ".pt", ".pth", ".safetensors", ".tflite"),
            *(".ubj", ".xgb"),
        ),
        Kind.WEIGHTS,
    ),
    **dict.fromkeys((".cfg", ".conf", ".ini", ".json", ".toml", ".yaml", ".yml"), Kind.CONFIGURATION),
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of a version.

    Attributes:
        path: in the version's folder, with `/` between its parts; see `flaw_of_path`.
        content: its bytes.
        kind: what it is for.
    """

    path: str
    content: Content
    kind: Kind

    @classmethod
    def of(cls, path: str, content: Content) -> "File":
        """The file, of the kind that its path tells."""
        return cls(path, content, kind_of(path))


@dataclass(frozen=True)
class Manifest:
    """The files of one version, which never change.

    Attributes:
        files: by path, in the order of its code points.
    """

    files: tuple[File, ...]

    @classmethod
    def of(cls, files: Iterable[File]) -> "Manifest":
        """The manifest of these files, in whatever order they come.

        Raises:
            BadManifest: there are too many or none, a path is none, or two of them cannot be in one folder.
        """
        ordered = tuple(sorted(files, key=lambda file: file.path))
        if not ordered:
            raise BadManifest("No file is named.", remedy="Name all files of the version.")
        if len(ordered) > MOST_FILES:
            raise BadManifest(
                f"A version has at most {MOST_FILES:,} files, and not {len(ordered):,}.",
                remedy="Pack small files into an archive.",
            )
        for file in ordered:
            if flaw := flaw_of_path(file.path):
                raise BadManifest(f"The path '{shown(file.path)}' {flaw}.", path=file.path)
        _refuse_clashes([file.path for file in ordered])
        return cls(ordered)

    @cached_property
    def digest(self) -> str:
        """`sha256:` and the digest of the canonical JSON (RFC 8785) of bytes, kind, path and sha256 of each file."""
        entries = [
            {"path": file.path, "sha256": file.content.sha256, "bytes": file.content.bytes, "kind": file.kind.value}
            for file in self.files
        ]
        return f"sha256:{hashlib.sha256(canonical(entries).encode()).hexdigest()}"

    @property
    def bytes(self) -> int:
        """Of all files together, those that are there twice counted twice."""
        return sum(file.content.bytes for file in self.files)


def flaw_of_path(path: str) -> str:
    """What keeps a text from being the path of a file, on any system; empty where nothing does."""
    if not path:
        return "is empty"
    if len(path) > LONGEST_PATH:
        return f"has more than {LONGEST_PATH:,} characters"
    if any(unicodedata.category(each) in _CONTROL or each in _TURNING for each in path):
        return "holds a control character"
    return _flaw_of_form(path) or _flaw_of_parts(path.split("/"))


def _flaw_of_form(path: str) -> str:
    if "\\" in path:
        return "holds a backslash: put a slash between the parts"
    if path.startswith("/") or path[1:2] == ":":
        return "is absolute: name it from the version's folder on"
    return "" if unicodedata.is_normalized("NFC", path) else "is not in Unicode's form NFC"


def _flaw_of_parts(parts: Sequence[str]) -> str:
    if "" in parts:
        return "has an empty part: two slashes, or one at its end"
    if "." in parts or ".." in parts:
        return "has a part that is `.` or `..`"
    if any(part.casefold().endswith(UNFINISHED) for part in parts):
        return f"has a part that ends with `{UNFINISHED}`, as the names of files do that a pull has not finished"
    if any(len(part.encode()) > LONGEST_PART for part in parts):
        return f"has a part of more than {LONGEST_PART} bytes"
    return ""


def kind_of(path: str) -> Kind:
    """What a file is for, as far as its path tells."""
    name = PurePosixPath(path).name.lower()
    for kind, names in _NAMES.items():
        if name in names:
            return kind
    return _SUFFIXES.get(PurePosixPath(name).suffix, Kind.OTHER)


def _refuse_clashes(paths: Sequence[str]) -> None:
    """Paths that one folder cannot hold, on a system that tells capitals apart or one that does not.

    Raises:
        BadManifest: two are the same, differ by case only, or one is the other's folder.
    """
    spelled: dict[str, str] = {}
    files: set[str] = set()
    for path in paths:
        parts = path.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        for each in (*above, path):
            other = spelled.setdefault(_folded(each), each)
            if other != each:
                raise BadManifest(f"The paths '{shown(other)}' and '{shown(each)}' differ by case only.", path=path)
        if path in files:
            raise BadManifest(f"The path '{shown(path)}' is there twice.", path=path)
        files.add(path)
        for each in above:
            if each in files:
                raise BadManifest(f"The path '{shown(each)}' is a file and the folder of another.", path=path)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())


@dataclass(frozen=True, slots=True)
class Differences:
    """What one manifest has otherwise than another, by path.

    Attributes:
        added: what only the second has.
        missing: what only the first has.
        changed: what has other bytes, or another kind, in the second.
    """

    added: tuple[str, ...]
    missing: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.missing or self.changed)

    def __str__(self) -> str:
        said = [
            f"{len(paths):,} {what} ({_listed(paths)})"
            for what, paths in (("added", self.added), ("missing", self.missing), ("changed", self.changed))
            if paths
        ]
        return ", ".join(said) or "no difference"


def differences(registered: Manifest, sent: Manifest) -> Differences:
    """What the manifest that is sent has otherwise than the one that is registered."""
    before, after = ({file.path: file for file in manifest.files} for manifest in (registered, sent))
    return Differences(
        added=tuple(path for path in after if path not in before),
        missing=tuple(path for path in before if path not in after),
        changed=tuple(path for path, file in after.items() if before.get(path, file) != file),
    )


def _listed(paths: Sequence[str]) -> str:
    named = ", ".join(shown(path) for path in paths[:_NAMED])
    return f"{named}, …" if len(paths) > _NAMED else named
