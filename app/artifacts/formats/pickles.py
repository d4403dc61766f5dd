"""Pickles: programs that build objects, and may build anything. They are told, and never run."""

import pickletools
from enum import Enum

from app.artifacts.formats.format import Format, Start, Work, unsafe
from app.artifacts.formats.names import may_be_unpickled

WHY = "unpickling it executes what it says"

_PROTO = b"\x80"
_NEWEST = 5
_MOST_STEPS = 4096
_STEPS = {step.code: step for step in pickletools.opcodes}
_COUNTED = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
"""Bytes of the length that such an argument begins with."""

_LINES = {"GLOBAL": 2, "INST": 2}
"""Of how many lines an argument is that ends with one, where there are more."""

_NUMBERS = frozenset({"FLOAT", "GET", "INT", "LONG", "PUT"})
_FIRST_OF_NUMBERS = frozenset(bytes([byte]) for byte in b"0123456789+-. \tinIN")

_NAMING = frozenset({"GLOBAL", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4"})
_CALLING = frozenset({"BUILD", "INST", "NEWOBJ", "NEWOBJ_EX", "OBJ", "REDUCE", "STOP"})
"""What executes something, or is the end of what has named something to be executed."""


class _End(Enum):
    """Where the steps of what may be a pickle end."""

    CALL = 1
    """At one that executes something."""

    STOP = 2
    """At its own end."""

    MANY = 3
    """Nowhere: there are more than are looked at."""

    CUT = 4
    """Where what was read of the file does, in a step that goes on in the rest of it."""

    LINE = 5
    """The same, in an argument that ends with its line, as every long text does."""

    WRONG = 6
    """At something that is no step, or for which the steps before it have not left what it takes."""


class _Over(Exception):
    """The steps are at an end that is none of theirs."""

    def __init__(self, end: _End) -> None:
        super().__init__(end)
        self.end = end


def calling(start: Start) -> Format | None:
    """Whether it is one that says something to be executed, whatever else it may look like."""
    if start.head.startswith(b"PK"):  # a zip archive; as a step it asks for what only a loader of such archives gives
        return None
    return _told() if _walk(start.head, start.size, start.work)[0] is _End.CALL else None


def pickle(start: Start) -> Format | None:
    """Whether it is one, by its first steps."""
    return _told() if is_pickle(start.head, size=start.size, path=start.path, work=start.work) else None


def _told() -> Format:
    return unsafe("pickle", f"begins as a pickle does; {WHY}")


def is_pickle(head: bytes, *, size: int, path: str = "", work: Work | None = None) -> bool:
    """Whether these are the first bytes of a pickle (PEP 307, PEP 3154; `pickletools`, which only reads).

    What follows the end of a pickle makes it no other thing. A file that goes on after what was read, and is one so
    far, counts as one.

    Args:
        head: the first bytes.
        size: how many there are.
        path: what the file is called: a few texts look as pickles might, and are none unless they are called so.
        work: what may still be done.

    Raises:
        BeyondLook: that is not enough.
    """
    work = work or Work()
    if head[:1] == _PROTO and head[1:2] and head[1] <= _NEWEST and head[2:3].decode("latin-1") in _STEPS:
        return not _is_length(head, size) or _walk(head, size, work)[0] is _End.CALL
    end, steps, place = _walk(head, size, work)
    if end in {_End.CALL, _End.MANY, _End.CUT}:
        return True
    named = may_be_unpickled(path)
    if end is _End.STOP:
        return steps > 1 and (place == size or named or not _is_plain(head[:place]))
    return end is _End.LINE and (named or not _is_plain(head[:place]))


def _is_length(head: bytes, size: int) -> bool:
    """Whether a safetensors header of so many bytes may follow: its length may begin as a pickle does."""
    return head[8:9] == b"{" and 8 + int.from_bytes(head[:8], "little") <= size


def _is_plain(data: bytes) -> bool:
    """Whether these are the bytes of a text."""
    return data.isascii() and all(byte >= 0x20 or byte in b"\t\n\r" for byte in data)  # noqa: PLR2004 - a space


def _walk(head: bytes, size: int, work: Work) -> tuple[_End, int, int]:
    """The same as `_walked`, for which work is spent.

    Raises:
        BeyondLook: there is not enough left.
    """
    found = _walked(head, size)
    work.spend(found[1])
    return found


def _walked(head: bytes, size: int) -> tuple[_End, int, int]:
    """Where the steps end, how many there are until then, and the place after the last of them.

    After the end of a pickle another may follow, which who loads the first loads next; what follows else is nothing.
    """
    stack, naming, steps, place = [0], False, 0, 0
    stopped: tuple[_End, int, int] | None = None
    try:
        while place < len(head):
            step, place = _step(head, place, size)
            _take(stack, step)
            steps, naming = steps + 1, naming or step.name in _NAMING
            if _executes(step, naming=naming):
                return _End.CALL, steps, place
            if step.name == "STOP":
                stopped = stopped or (_End.STOP, steps, place)
                stack[:] = [0]
            if steps > _MOST_STEPS:
                return _End.MANY, steps, place
    except _Over as over:
        return stopped or (over.end, steps, place)
    return stopped or (_End.CUT if place < size else _End.WRONG, steps, place)


def _executes(step: pickletools.OpcodeInfo, *, naming: bool) -> bool:
    return step.name in {"INST", "STACK_GLOBAL"} or (naming and step.name in _CALLING)


def _step(data: bytes, at: int, size: int) -> tuple[pickletools.OpcodeInfo, int]:
    """The step there, and where the next begins. What its argument says is not looked at: loaders differ in that.

    Raises:
        _Over: there is none, or not all of it.
    """
    step = _STEPS.get(chr(data[at]))
    if step is None:
        raise _Over(_End.WRONG)
    kind = step.arg.n if step.arg else 0
    if kind == pickletools.UP_TO_NEWLINE:
        return step, _after_lines(step.name, data, at + 1)
    width = _COUNTED.get(kind, 0)
    end = at + 1 + (width + int.from_bytes(data[at + 1 : at + 1 + width], "little") if width else kind)
    if end > len(data):
        raise _Over(_End.CUT if end < size else _End.WRONG)
    return step, end


def _after_lines(name: str, data: bytes, at: int) -> int:
    first = data[at : at + 1]
    if (name == "STRING" and first not in {b"'", b'"'}) or (name in _NUMBERS and first not in _FIRST_OF_NUMBERS):
        raise _Over(_End.WRONG)
    for _ in range(_LINES.get(name, 1)):
        at = data.find(b"\n", at) + 1
        if not at:
            raise _Over(_End.LINE)
    return at


def _take(stack: list[int], step: pickletools.OpcodeInfo) -> None:
    """Does to a stack what the step does to it.

    Args:
        stack: of which is only known how much is in it: below its first mark, then above that, and so on.
        step: the step.

    Raises:
        _Over: the steps before it have not left what it takes.
    """
    before = step.stack_before
    if pickletools.markobject in before:
        _drop_mark(stack)
        before = before[: before.index(pickletools.markobject)]
    for _ in before:
        if stack[-1]:
            stack[-1] -= 1
        else:
            _drop_mark(stack)  # it is taken as anything else is
    for each in step.stack_after:
        if each is pickletools.markobject:
            stack.append(0)
        else:
            stack[-1] += 1


def _drop_mark(stack: list[int]) -> None:
    """Takes the last mark away, and what is above it."""
    if len(stack) == 1:
        raise _Over(_End.WRONG)
    stack.pop()
