"""Reads a retention policy from a file, as the API takes it, and says where in the file something is wrong."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml

from app.errors import ErrorCode, PedigreeError
from app.retention.policy import Action
from graph_schema.nodes import STAGES

MOST_BYTES = 1_000_000
"""The largest file: a hundred rules with as many namespaces each are smaller."""

_ROOT = re.compile(r"^input\.policy\.?")
_INTEGER_LIMIT = 2**31
"""Of the API's integers."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of value: what people call it, and how it is told."""

    words: str
    fits: Callable[[object], bool]


_TEXT = _Kind("a text", lambda value: isinstance(value, str))
_STAGE = _Kind(f"one of {', '.join(STAGES)}", lambda value: value in STAGES)
_ACTION = _Kind(f"one of {', '.join(Action)}", lambda value: value in [*Action])
_NUMBER = _Kind(
    "a whole number",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INTEGER_LIMIT,
)
_SWITCH = _Kind("true or false", lambda value: isinstance(value, bool))
_LIST = _Kind("a list", lambda value: isinstance(value, list))
_FIELDS = _Kind("a mapping of fields", lambda value: isinstance(value, dict))
_POLICY = {"name": _TEXT, "keepNewest": _NUMBER, "rules": _LIST}
_RULE = {
    "action": _ACTION,
    "stages": _STAGE,
    "riskTiers": _NUMBER,
    "namespaces": _TEXT,
    "olderThanDays": _NUMBER,
    "idleForDays": _NUMBER,
    "neverPromoted": _SWITCH,
    "graceDays": _NUMBER,
}
_LISTS = frozenset({"stages", "riskTiers", "namespaces"})
_NAMES: dict[type, str] = {list: "a list", dict: "a mapping"}
_SHOWN = 60
"""Characters of a text in a message."""


class PolicyFile:
    """A policy, as a file holds it.

    Args:
        path: of the file: JSON where its name ends in .json, else YAML.

    Attributes:
        policy: as `RetentionPolicyInput` takes it.

    Raises:
        PedigreeError: it cannot be read, or is no policy; the message names the place and what to write there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._node: yaml.Node | None = None
        data = self._loaded(_text_of(path))
        self._check(data, _FIELDS, "")
        self.policy: dict[str, Any] = data
        self._check_fields(data, _POLICY, "")
        for name in ("name", "rules"):
            if name not in data:
                self._refuse("", f"The policy has no `{name}`.", f"Give it one: {name} is {_POLICY[name].words}.")
        for number, rule in enumerate(data["rules"]):
            place = f"rules[{number}]"
            self._check(rule, _FIELDS, place)
            self._check_fields(rule, _RULE, f"{place}.")

    def refused(self, error: PedigreeError) -> PedigreeError:
        """What the service says of the policy, with the place in the file; another error as it is."""
        if error.path is None or not _ROOT.match(error.path):
            return error
        place = _ROOT.sub("", error.path)
        return PedigreeError(f"{self._at(place)}: {error.message}", code=error.code, path=error.path)

    def _loaded(self, text: str) -> Any:
        if self._path.suffix.lower() == ".json":
            return self._json(text)
        try:
            loader: Any = yaml.SafeLoader(text)
            self._node = loader.get_single_node()
            return None if self._node is None else loader.construct_document(self._node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
            self._say(f"{self._path}{line}: This is no YAML: {error.problem or error.context}.", "Correct it there.")
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self._say(f"{self._path}: This is no YAML: {' '.join(str(error).split())}.", "Correct it.")

    def _json(self, text: str) -> Any:
        def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
            found: dict[str, Any] = {}
            for name, value in pairs:
                if name in found:
                    self._say(f"{self._path}: `{name}` is said twice.", "Say it once.")
                found[name] = value
            return found

        try:
            return json.loads(text, object_pairs_hook=once)
        except json.JSONDecodeError as error:
            self._say(
                f"{self._path}:{error.lineno}:{error.colno}: This is no JSON: {error.msg}.",
                "Correct it there, or name the file .yaml if it is YAML.",
            )
        except (ValueError, RecursionError) as error:
            self._say(f"{self._path}: This is no JSON: {error}.", "Correct it.")

    def _check_fields(self, data: Mapping[object, object], fields: Mapping[str, _Kind], prefix: str) -> None:
        self._refuse_twice(prefix.removesuffix("."))
        for name, value in data.items():
            place = f"{prefix}{name}"
            kind = fields.get(name) if isinstance(name, str) else None
            if kind is None:
                what = "rule" if prefix else "policy"
                self._refuse(place, f"A {what} has no `{name}`.", f"It may have {', '.join(fields)}.")
            if name not in _LISTS:
                self._check(value, kind, place)
                continue
            self._check(value, _LIST, place)
            # An empty list would be any for the service, and none for who reads it.
            if not value:
                self._refuse(place, f"`{place}` lists nothing.", "Leave it out where it may be any, or name some.")
            for number, each in enumerate(cast("list[object]", value)):
                self._check(each, kind, f"{place}[{number}]")

    def _check(self, value: object, kind: _Kind, place: str) -> None:
        if not kind.fits(value):
            what = f"`{place}`" if place else "A policy"
            quoted = kind is _TEXT and value is not None and type(value) not in _NAMES
            remedy = "Put it in quotes." if quoted else f"Write {kind.words} there."
            self._refuse(place, f"{what} is {kind.words}, and not {_named(value)}.", remedy)

    def _refuse_twice(self, place: str) -> None:
        """Refuses a name that stands twice: YAML takes the last without a word."""
        node, _ = self._found(place)
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value in seen:
                line = key.start_mark.line + 1
                self._say(f"{self._path}:{line}: `{key.value}` is said twice.", "Say it once.")
            seen.add(key.value)

    def _refuse(self, place: str, message: str, remedy: str) -> NoReturn:
        self._say(f"{self._at(place)}: {message}", remedy)

    def _say(self, message: str, remedy: str) -> NoReturn:
        raise PedigreeError(message, code=ErrorCode.BAD_USAGE, remedy=remedy) from None

    def _at(self, place: str) -> str:
        """The file, with the line where the YAML has that place, and the place."""
        _, line = self._found(place)
        return f"{self._path}{f':{line}' if line and place else ''}{f' ({place})' if place else ''}"

    def _found(self, place: str) -> tuple[yaml.Node | None, int]:
        """The node of a place such as `rules[0].stages`, or the nearest one around it, and its line."""
        node = self._node
        line = 0 if node is None else node.start_mark.line + 1
        for step in re.findall(r"[^.\[\]]+", place):
            for key, inner in _inside(node):
                if (key if isinstance(key, str) else key.value) == step:
                    node = inner
                    line = (inner if isinstance(key, str) else key).start_mark.line + 1
                    break
            else:
                break
        return node, line


def _inside(node: yaml.Node | None) -> Iterator[tuple[yaml.Node | str, yaml.Node]]:
    """What a node holds, each by its key, or in a list by its number."""
    if isinstance(node, yaml.MappingNode):
        yield from node.value
    elif isinstance(node, yaml.SequenceNode):
        yield from ((str(number), inner) for number, inner in enumerate(node.value))


def _text_of(path: Path) -> str:
    problem, remedy = "", "Name a file that holds a policy."
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) <= MOST_BYTES:
            return data.decode("utf-8-sig")
        problem = f"has more than {MOST_BYTES:,} bytes"
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        problem, remedy = f"is not UTF-8 (byte {error.start})", "Save it as UTF-8."
    raise PedigreeError(f"{path} {problem}.", code=ErrorCode.BAD_USAGE, remedy=remedy)


def _named(value: object) -> str:
    """What a value is, for people."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return f"{value}" if abs(value) < _INTEGER_LIMIT else "so large a number"
    if isinstance(value, str):
        return f"{value[:_SHOWN]!r}"
    return _NAMES.get(type(value), f"a {type(value).__name__}")
