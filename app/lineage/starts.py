"""The things that a walk starts from: what a client names, sorted by label."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import ErrorCode, PedigreeError
from app.registry.naming import named, not_found

MOST_STARTS = 100
"""How many things one walk starts from."""

FAMILIES: Mapping[str, str] = {"Dataset": "DatasetVersion", "Model": "ModelVersion"}
"""What stands for all its versions, and the label of these."""

LABELS = ("Dataset", "DatasetVersion", "CodeCommit", "Run", "Model", "ModelVersion", "Artifact", "Endpoint")
"""What a walk can start from."""


@dataclass(frozen=True, slots=True)
class Starts:
    """Things to start from, each once.

    Attributes:
        argument: the argument that names them.
        places: where the client names each: by label and uid, the place in the arguments.
    """

    argument: str
    places: Mapping[tuple[str, str], str]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur, in a fixed order: a statement has a part for each."""
        found = {label for label, _ in self.places}
        return tuple(label for label in LABELS if label in found)

    @property
    def given(self) -> dict[str, list[str]]:
        """The parameters of a statement: the uids of each label."""
        return {self.parameter(label): [uid for other, uid in self.places if other == label] for label in self.labels}

    def parameter(self, label: str) -> str:
        """The name of the parameter that holds the uids of that label."""
        return f"{self.argument}{label}"

    def check(self, known: Iterable[str], *, then: Collection[str] = ()) -> None:
        """Refuses what the graph does not hold.

        Args:
            known: the uids that it does hold.
            then: the arguments that name the times at which it was looked for.

        Raises:
            PedigreeError: NOT_FOUND, naming the first unknown one.
        """
        held = set(known)
        for (label, uid), place in self.places.items():
            if uid not in held:
                raise not_found(place, label, then)


def read_starts(refs: Sequence[Mapping[str, Any]], argument: str) -> Starts:
    """The things that an argument names.

    Args:
        refs: each a `NodeRef`.
        argument: the argument's name, for messages.

    Raises:
        PedigreeError: there are none or too many, an id is none, or nothing can start from such a thing.
    """
    if not 1 <= len(refs) <= MOST_STARTS:
        raise PedigreeError(
            f"`{argument}` names {len(refs)} things.",
            code=ErrorCode.BAD_START,
            path=argument,
            remedy=f"Name 1 to {MOST_STARTS}.",
        )
    places: dict[tuple[str, str], str] = {}
    for index, ref in enumerate(refs):
        place = f"{argument}[{index}]"
        places.setdefault(_start(ref, place), place)
    return Starts(argument, places)


def read_start(ref: Mapping[str, Any], argument: str) -> Starts:
    """The one thing that an argument names.

    Raises:
        PedigreeError: its id is none, or nothing can start from such a thing.
    """
    return Starts(argument, {_start(ref, argument): argument})


def _start(ref: Mapping[str, Any], place: str) -> tuple[str, str]:
    try:
        label, uid = named(ref)
    except PedigreeError as error:
        error.path = place
        raise
    if label not in LABELS:
        raise PedigreeError(
            f"`{place}` is of the type {label}, and nothing flows from or to such a thing.",
            code=ErrorCode.BAD_START,
            path=place,
            remedy=f"Name one of these: {', '.join(LABELS)}.",
        )
    return label, uid
