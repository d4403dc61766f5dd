"""What registrations mean, plainly: for each source its last word on each thing, and what must then be there.

It knows nothing of how the registry works.
"""

from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, str]
"""A label and a number: the things of an example."""

Claim = tuple[int, int, str | None]
"""When it was said, since when it holds, and the stage; None where it was taken back."""


@dataclass
class Call:
    """One registration."""

    source: str
    scope: str
    nodes: dict[Key, dict[str, Any]]
    links: dict[tuple[str, Key, Key], dict[str, Any]]
    load: str | None = None
    complete: bool = False


@dataclass
class TakingBack:
    """One retraction."""

    source: str
    nodes: list[Key]
    links: list[tuple[str, Key, Key]]


@dataclass
class Word:
    """What a source says of a thing: values with the time since when it says them."""

    said: dict[str, tuple[Any, int]] = field(default_factory=dict)
    scopes: set[str] = field(default_factory=set)
    named_by: set[str] = field(default_factory=set)
    changed: int = 0


@dataclass
class Model:
    """What must be there.

    Attributes:
        claims: by version and source, every stage that was claimed.
    """

    words: dict[Key, dict[str, Word]] = field(default_factory=dict)
    links: dict[tuple[str, Key, Key, str], Word] = field(default_factory=dict)
    incarnation: dict[tuple[str, str, str], int] = field(default_factory=dict)
    began: dict[str, int] = field(default_factory=dict)
    known: set[Any] = field(default_factory=set)
    claims: dict[tuple[Key, str], list[Claim]] = field(default_factory=dict)
    now: int = 0

    def call(self, call: Call) -> tuple[list[str], int]:
        """The statuses of the items, and how many facts were retracted."""
        self.now += 1
        mark = self._mark(call)
        answers = [self._node(call, mark, key, said) for key, said in call.nodes.items()]
        for ends in call.links:
            for key in ends[1:]:
                self._bring(call, mark, key)
        answers += [self._link(call, mark, ends, said) for ends, said in call.links.items()]
        retracted = self._retract(call, mark) if call.complete else 0
        self._log()
        return answers, retracted

    def take_back(self, asked: TakingBack) -> list[str]:
        """The statuses of the items."""
        self.now += 1
        words = [self._take(self.words.get(key, {}), asked.source, key) for key in asked.nodes]
        links = [self._take(self.links, place, place) for place in ((*ends, asked.source) for ends in asked.links)]
        self._end_versions()
        self._log()
        return words + links

    def _log(self) -> None:
        """Notes what is claimed now; who says nothing of a version any more claims nothing of it, of no time."""
        now = self.moment(self.now)
        saying = {(key, source) for key, words in self.words.items() for source in words}
        self.claims = {place: claims for place, claims in self.claims.items() if place in saying}
        for key, source in saying:
            said = self.words[key][source].said
            claims = self.claims.setdefault((key, source), [])
            stage, at = said.get("claimedStage", (None, self.now))
            since = said["claimedStageSince"][0] if stage and "claimedStageSince" in said else self.moment(at)
            last = claims[-1] if claims else (0, 0, None)
            if (stage is None and last[2] is not None) or (stage is not None and last[1:] != (since, stage)):
                claims.append((now, since, stage))

    def stage(self, key: Key, as_of: int) -> str:
        """Of each source the latest that it said of this time; of these the latest in the world."""
        counting: list[tuple[int, int, str, str]] = []
        for (version, source), claims in self.claims.items():
            said = [(at, since, stage) for at, since, stage in claims if since <= as_of]
            if version == key and said and said[-1][2] is not None:
                at, since, stage = said[-1]
                counting.append((-since, -at, source, stage or ""))
        return min(counting)[-1] if counting else "DEVELOPMENT"

    def _take(self, said: dict[Any, Word], place: Any, known: Any) -> str:
        if said.pop(place, None) is not None:
            return "RETRACTED"
        return "UNCHANGED" if known in self.known else "REJECTED"

    def _mark(self, call: Call) -> str:
        if call.load is None:
            return ""
        place = (call.source, call.scope, call.load)
        mark = f"{place}{self.incarnation.setdefault(place, 0)}"
        self.began.setdefault(mark, self.now)
        if call.complete:
            self.incarnation[place] += 1
        return mark

    def _node(self, call: Call, mark: str, key: Key, said: dict[str, Any]) -> str:
        self._bring(call, mark, key)
        words = self.words.setdefault(key, {})
        fixed = said.get("manifestDigest")
        if fixed and any(word.said.get("manifestDigest", (fixed, 0))[0] != fixed for word in words.values()):
            if call.source in words:
                self._name(words[call.source], call, mark)
            return "REJECTED"
        first = call.source not in words
        status = "CREATED" if not words else "UPDATED" if first else "UNCHANGED"
        word = words.setdefault(call.source, Word(changed=self.now))
        changed = self._say(word, said)
        self._name(word, call, mark)
        return "UPDATED" if changed and status == "UNCHANGED" else status

    def _say(self, word: Word, said: dict[str, Any]) -> bool:
        before = {name: value for name, (value, _) in word.said.items()}
        after = {name: value for name, value in (before | said).items() if value is not None}
        if before.get("claimedStage") != after.get("claimedStage") and "claimedStageSince" not in said:
            after.pop("claimedStageSince", None)
        if before == after:
            return False
        kept = {name: pair for name, pair in word.said.items() if after.get(name) == pair[0]}
        word.said = {name: kept.get(name, (value, self.now)) for name, value in after.items()}
        word.changed = self.now
        return True

    def _bring(self, call: Call, mark: str, key: Key) -> None:
        self.known.add(key)
        parent = {"ModelVersion": ("Model", ""), "DatasetVersion": ("Dataset", "")}.get(key[0])
        if parent:
            word = self.links.setdefault(("VERSION_OF", key, parent, call.source), Word())
            self._name(word, call, mark)

    def _link(self, call: Call, mark: str, ends: tuple[str, Key, Key], said: dict[str, Any]) -> str:
        place = (*ends, call.source)
        self.known.add(place)
        status = "UNCHANGED" if place in self.links else "CREATED"
        word = self.links.setdefault(place, Word())
        changed = self._say(word, said)
        self._name(word, call, mark)
        return "UPDATED" if changed and status == "UNCHANGED" else status

    def _name(self, word: Word, call: Call, mark: str) -> None:
        word.scopes.add(call.scope)
        if mark:
            word.named_by.add(mark)

    def _retract(self, call: Call, mark: str) -> int:
        began = self.began[mark]

        def stale(word: Word) -> bool:
            # Whoever said it since, or named it in a load that began later, knew the source better.
            if word.changed >= began or any(self.began[each] >= began for each in word.named_by):
                return False
            word.scopes.discard(call.scope)
            return not word.scopes

        gone = [place for place, word in self.links.items() if place[3] == call.source and stale(word)]
        gone = [place for place in gone if place[0] != "VERSION_OF"]
        for place in gone:
            del self.links[place]
        count = len(gone)
        for words in self.words.values():
            if call.source in words and stale(words[call.source]):
                del words[call.source]
                count += 1
        self._end_versions()
        return count

    def _end_versions(self) -> None:
        """A version is a version of its thing as long as it lives: somebody describes it, or names it."""
        named = {key for type_, *ends, _ in self.links if type_ != "VERSION_OF" for key in ends}
        alive = named | {key for key, words in self.words.items() if words}
        for place in [place for place in self.links if place[0] == "VERSION_OF" and place[1] not in alive]:
            del self.links[place]

    def nodes(self) -> dict[Key, dict[str, Any]]:
        """Every live thing, with what it shows."""
        touched = {key for _, start, target, _ in self.links for key in (start, target)}
        shown: dict[Key, dict[str, Any]] = {key: {"undescribed": True} for key in touched}
        shown |= {key: self._shown(words) for key, words in self.words.items() if words}
        for key, values in shown.items():
            if key[0] == "ModelVersion":
                values["stage"] = self.stage(key, self.moment(self.now))
        return shown

    def _shown(self, words: dict[str, Word]) -> dict[str, Any]:
        shown: dict[str, Any] = {"undescribed": False}
        shown["source"] = min(words, key=lambda source: (-words[source].changed, source))
        for name in {name for word in words.values() for name in word.said}:
            saying = {source: word.said[name] for source, word in words.items() if name in word.said}
            best = min(saying, key=lambda source, of=saying: (-of[source][1], source))
            shown[name] = saying[best][0]
        return shown | self._claim(words, shown)

    def _claim(self, words: dict[str, Word], shown: dict[str, Any]) -> dict[str, Any]:
        claims = []
        for source, word in words.items():
            if "claimedStage" in word.said:
                stage, at = word.said["claimedStage"]
                since = word.said["claimedStageSince"][0] if "claimedStageSince" in word.said else None
                claims.append((since if since is not None else self.moment(at), at, source, stage, since))
        if len(words) > 1:
            shown.pop("claimedStage", None)
            shown.pop("claimedStageSince", None)
        if not claims:
            return {}
        latest = max(claim[:2] for claim in claims)
        _, _, _, stage, since = min((claim for claim in claims if claim[:2] == latest), key=lambda claim: claim[2])
        return {"claimedStage": stage} | ({"claimedStageSince": since} if since is not None else {})

    def moment(self, call: int) -> int:
        """When that call was recorded, in microseconds: between the two moments that claims name."""
        return (1_000_000 + call) * 1_000_000
