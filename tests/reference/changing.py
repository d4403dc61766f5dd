"""What changes about a few things while sources register and take back, plainly: a log of what was said, and when.

It knows nothing of how the registry works. Times are microseconds since 1970 UTC.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.compiler.scalars import publish_time
from graph_schema.identity import to_id, uid

Key = tuple[str, ...]
"""A label, and the natural key."""

V: Key = ("ModelVersion", "n", "m", "1")
M: Key = ("Model", "n", "m")
BASE: Key = ("ModelVersion", "n", "base", "1")
E: Key = ("Endpoint", "prod", "e")
VERSION = {"modelVersion": {"namespace": "n", "name": "m", "version": "1"}}
MODEL = {"model": {"namespace": "n", "name": "m"}}
ENDPOINT = {"endpoint": {"environment": "prod", "name": "e"}}
SUBJECTS = {
    V: VERSION,
    M: MODEL,
    E: ENDPOINT,
    BASE: {"modelVersion": {"namespace": "n", "name": "base", "version": "1"}},
}
STAGES = ("STAGING", "PRODUCTION", "RETIRED", None)
Thrown = tuple[str, list[Any], list[Any], bool]
"""Who speaks, of which things, of which relationships, and whether it is taken back."""


@dataclass
class Link:
    """What one source says of two things, once."""

    type: str
    start: Key
    target: Key
    source: str
    said: dict[str, Any]
    recorded: int
    retracted: int | None = None


@dataclass
class Log:
    """All that was said.

    Attributes:
        words: what each source says of each thing at present, by the names of its fields.
        said: each word that was said: when, by whom, of what, what before and what after.
        links: all relationships, retracted or not.
        claims: since when source `a` claims a stage of the version.
        served: the deployments: start to end, and whose word it is.
    """

    words: dict[tuple[Key, str], dict[str, Any]] = field(default_factory=dict)
    said: list[tuple[int, str, str, Key, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    claims: list[tuple[int, str]] = field(default_factory=list)
    served: dict[int, tuple[int | None, str]] = field(default_factory=dict)

    def throw(self, throw: Random, now: int) -> Thrown:
        """Something that a source does next."""
        taken = throw.random() < 0.35
        if taken and (self.words or self._live()) and (found := self._taken(throw, now)):
            return found
        moves = (self._speak, self._base, self._run, self._call, self._own, self._deploy)
        return throw.choice(moves)(throw, now)

    # ------------------------------------------------------------------------------------------------ what is said

    def _speak(self, throw: Random, now: int) -> Thrown:
        source, key = throw.choice("ab"), throw.choice((V, V, V, M))
        said: dict[str, Any] = {"description": throw.choice(("x", "y", None))}
        if key == V and source == "a":
            stage, since = throw.choice(STAGES), throw.randrange(1, 900) * 1_000_000
            said |= {"claimedStage": stage, "claimedStageSince": since if stage else None}
            self._claim(stage, since, now)
        self._say(key, source, said, now)
        input_ = {"modelVersion": VERSION["modelVersion"]} if key == V else MODEL
        ((name, named),) = input_.items()
        return source, [{name: {**named, **said}}], [], False

    def _claim(self, stage: str | None, since: int, now: int) -> None:
        current = self.words.get((V, "a"), {})
        if stage is not None and current.get("claimedStage") == (stage) and current["claimedStageSince"] == since:
            return
        if stage is not None:
            self.claims = [*(each for each in self.claims if each[0] < since), (since, stage)]
        elif current.get("claimedStage") is not None:
            self.claims = [*(each for each in self.claims if each[0] < now), (now, "DEVELOPMENT")]

    def _say(self, key: Key, source: str, said: dict[str, Any], now: int) -> None:
        before = self.words.get((key, source))
        after = {name: value for name, value in {**(before or {}), **said}.items() if value is not None}
        if before is None or before != after:
            self.said.append((now, "WORD_SAID", source, key, before or {}, after))
        self.words[key, source] = after
        if key == V:
            self._brought(source, now)

    def _brought(self, source: str, now: int) -> None:
        self._link("VERSION_OF", V, M, source, {}, now)

    def _base(self, throw: Random, now: int) -> Thrown:
        source, how = throw.choice("ab"), throw.choice(("adapter", "merge"))
        since = throw.choice((None, throw.randrange(1_000, 2_000) * 1_000_000))
        said = {"how": how, **({"validFrom": since} if since else {})}
        self._link("BASED_ON", V, BASE, source, said, now)
        self._brought(source, now)
        self._link("VERSION_OF", BASE, ("Model", "n", "base"), source, {}, now)
        base = SUBJECTS[BASE]["modelVersion"]
        return source, [], [{"basedOn": {**VERSION, "base": base, **said}}], False

    def _run(self, throw: Random, now: int) -> Thrown:
        source, number = throw.choice("ab"), throw.choice("12")
        self._link("GENERATED_BY", V, ("Run", "r", number), source, {}, now)
        self._brought(source, now)
        return source, [], [{"produced": {"run": {"source": "r", "runId": number}, **VERSION}}], False

    def _call(self, throw: Random, now: int) -> Thrown:
        source, name = throw.choice("ab"), throw.choice(("e2", "e3"))
        since = throw.randrange(1_000, 2_000) * 1_000_000
        said = {"validFrom": since, "validTo": since + throw.randrange(1, 500) * 1_000_000}
        ends = (E, ("Endpoint", "prod", name))
        start, target = throw.choice((ends, ends[::-1]))
        self._link("CALLS", start, target, source, said, now)
        named = [{"environment": "prod", "name": each[2]} for each in (start, target)]
        return source, [], [{"calls": {"endpoint": named[0], "callee": named[1], **said}}], False

    def _own(self, throw: Random, now: int) -> Thrown:
        source, since = throw.choice("ab"), throw.randrange(1_000, 2_000) * 1_000_000
        self._link("OWNS", ("Actor", "i", "z"), M, source, {"validFrom": since}, now)
        return source, [], [{"owns": {"actor": {"issuer": "i", "subject": "z"}, **MODEL, "validFrom": since}}], False

    def _deploy(self, throw: Random, now: int) -> Thrown:
        start = throw.choice((1_500, 1_600, 1_700)) * 1_000_000
        source = self.served[start][1] if start in self.served else throw.choice("ab")
        end = start + throw.choice((0, 50, 100)) * 1_000_000
        self.served[start] = (end, source)
        key = _deployment(start)
        self.words[key, source] = {"endedAt": end}
        self._link("SERVES", key, V, source, {}, now)
        self._link("HOSTS", E, key, source, {}, now)
        self._brought(source, now)
        item = {**ENDPOINT, **VERSION, "startedAt": start, "endedAt": end}
        return source, [{"deployment": item}], [], False

    def _link(self, type_: str, start: Key, target: Key, source: str, said: dict[str, Any], now: int) -> None:
        """A relationship is said; what is said differently of the same ends is retracted, and recorded anew."""
        for link in self._live():
            if (link.type, link.start, link.target, link.source) != (type_, start, target, source):
                continue
            said = {**link.said, **said}
            if link.said == said:
                return
            link.retracted = now
        self.links.append(Link(type_, start, target, source, said, now))

    # ----------------------------------------------------------------------------------------------- what is taken back

    def _taken(self, throw: Random, now: int) -> Thrown | None:
        words = sorted(self.words)
        links = [each for each in self._live() if each.type in {"BASED_ON", "GENERATED_BY", "CALLS", "OWNS"}]
        if words and (not links or throw.random() < 0.5):
            key, source = throw.choice(words)
            return source, [self._take_word(key, source, now)], [], True
        if not links:
            return None
        link = throw.choice(links)
        link.retracted = now
        self._drop(now)
        return link.source, [], [_input(link)], True

    def _take_word(self, key: Key, source: str, now: int) -> Any:
        word = self.words.pop((key, source))
        if key == V and source == "a":
            self.claims = []
        if key[0] == "Deployment":
            del self.served[int(key[-1])]
            for link in self._live():
                if key in (link.start, link.target) and link.source == source:
                    link.retracted = now
        else:
            self.said.append((now, "WORD_TAKEN_BACK", source, key, word, {}))
        self._drop(now)
        label, *rest = key
        return SUBJECTS[key] if key in SUBJECTS else {"id": to_id(label, _uid((label, *rest)))}

    def _drop(self, now: int) -> None:
        """A version that nobody describes and nothing touches is none of its model any more."""
        for link in self._live():
            if link.type == "VERSION_OF" and not self._there(link.start):
                link.retracted = now

    def _live(self) -> list[Link]:
        return [link for link in self.links if link.retracted is None]

    def _there(self, key: Key) -> bool:
        if any(about == key for about, _ in self.words):
            return True
        return any(
            key in (link.start, link.target) and not (link.type == "VERSION_OF" and link.start == key)
            for link in self._live()
        )

    # ------------------------------------------------------------------------------------------------ what changed

    def of(self, key: Key) -> list[tuple[Any, ...]]:
        """Everything that changed about a thing: when, rank, kind, source, values, type, direction, id, there."""
        found = [
            (publish_time(at), 5 if kind == "WORD_TAKEN_BACK" else 7, kind, source, _values(before, after),
             None, None, None, False)
            for at, kind, source, about, before, after in self.said
            if about == key
        ]  # fmt: skip
        for link in self.links:
            if key in (link.start, link.target):
                found += self._told(link, key)
        found += self._served() if key in (V, E) else []
        return found + (self._stages() if key == V and self._there(V) else [])

    def _served(self) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for start, (end, source) in self.served.items():
            rest = (source, (), None, None, to_id("Deployment", _uid(_deployment(start))), True)
            found.append((publish_time(start), 2, "DEPLOYMENT_BEGAN", *rest))
            if end is not None:
                found.append((publish_time(end), 1, "DEPLOYMENT_ENDED", *rest))
        return found

    def _stages(self) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        before = "DEVELOPMENT"
        for since, stage in self.claims:
            if stage != before:
                values = (("stage", before, stage),)
                found.append((publish_time(since), 0, "STAGE_CHANGED", "a", values, None, None, None, False))
            before = stage
        return found

    def _told(self, link: Link, key: Key) -> list[tuple[Any, ...]]:
        other, way = (link.target, "UPSTREAM") if link.start == key else (link.start, "DOWNSTREAM")
        rest = (link.source, (), link.type, way, to_id(other[0], _uid(other)), self._there(other))
        times = [(link.recorded, 8, "RELATIONSHIP_RECORDED"), (link.retracted, 6, "RELATIONSHIP_RETRACTED")]
        if link.retracted is None:
            times.append((link.said.get("validFrom"), 4, "RELATIONSHIP_BEGAN"))
            times.append((link.said.get("validTo"), 3, "RELATIONSHIP_ENDED"))
        return [(publish_time(at), rank, kind, *rest) for at, rank, kind in times if at is not None]


def _values(before: dict[str, Any], after: dict[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    names = ("claimedStage", "claimedStageSince", "description")

    def shown(name: str, value: Any) -> Any:
        return publish_time(value) if name.endswith("Since") and value is not None else value

    return tuple(
        (name, shown(name, before.get(name)), shown(name, after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    )


def _deployment(start: int) -> Key:
    return ("Deployment", *E[1:], *V[1:], str(start))


def _uid(key: Key) -> str:
    label, *parts = key
    return uid(label, [*parts[:-1], int(parts[-1])] if label == "Deployment" else parts)


def _input(link: Link) -> dict[str, Any]:
    if link.type == "BASED_ON":
        return {"basedOn": {**VERSION, "base": SUBJECTS[BASE]["modelVersion"]}}
    if link.type == "GENERATED_BY":
        return {"produced": {"run": {"source": "r", "runId": link.target[2]}, **VERSION}}
    if link.type == "OWNS":
        return {"owns": {"actor": {"issuer": "i", "subject": "z"}, **MODEL}}
    named = [{"environment": "prod", "name": each[2]} for each in (link.start, link.target)]
    return {"calls": {"endpoint": named[0], "callee": named[1]}}
